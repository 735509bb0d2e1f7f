# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: accepted connections say where in their process's code accept() was called, and clients
# where connect() was, by the symbols of a static program; and stacks are copied once. A burst of
# a program without copied stacks has more of them than are copied per second: the rest is reported.

. ./tap.sh

connections=100
rate=20 # with both ends fewer stacks per second than one CPU hands over

# How many lines of FILE have a site that is PATTERN.
sites()
{
	grep -cE "$2" "$1"
}

tcpstate trace $tier --pin --origin -v --json >trace.json 2>trace.err &
trace=$!
ok "trace starts" until_true 30 has_lines trace.json 1
explain trace.err
mkfifo go burst
load hold --count $connections --rate $rate <go >load.out 2>load.err &
load=$!
exec 3>go
ok "$connections connections are held" until_true 60 has_lines load.out 1

# All of them, both ends: the reader of stacks may be behind.
all_known()
{
	tcpstate list -s ESTABLISHED --json -o lport,rport,site >list.json 2>list.err &&
		[ "$(grep -c '"site":"' list.json)" -eq $((2 * connections)) ]
}

ok "every one of them has an origin" until_true 10 all_known
explain list.err
sed 's/.*"site"/"site"/' list.json | sort | uniq -c >seen
explain seen
ok "clients say where they connected" \
	[ "$(sites list.json '"connected at client_connect \(load\)"')" -eq $connections ]
ok "servers say where they accepted" \
	[ "$(sites list.json '"accepted at [a-z_.0-9]+ \(load\)"')" -eq $connections ]
exec 3>&-
wait $load
load hold --count $connections <burst >burst.out 2>burst.err &
load=$!
exec 3>burst
ok "a burst of a new process is held" until_true 60 has_lines burst.out 1
exec 3>&-
wait $load
kill $trace
wait $trace
explain trace.err

# number PATTERN: the number in the last lines of the tracer.
number()
{
	sed -n "s/.*$1.*/\\1/p" trace.err
}

copied=$(number 'origins: \([0-9]*\) stacks unwound')
known=$(number 'unwound, \([0-9]*\) known')
unknown=$(number 'the origin of \([0-9]*\) sockets is unknown')
ok "few stacks were copied" [ "${copied:-99999}" -le 200 ]
ok "every socket's stack was copied, known, or reported as neither" \
	[ $((copied + known + ${unknown:-0})) -eq $((4 * connections)) ]
end_of_tests
