# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: accepted connections say where in their process's code accept() was called, and clients
# where connect() was, by the symbols of a static program; and stacks are copied once.

. ./tap.sh

connections=200

# How many lines of FILE have a site that is PATTERN.
sites()
{
	grep -cE "$2" "$1"
}

tcpstate trace $tier --keep --origin -v --json >trace.json 2>trace.err &
trace=$!
ok "trace starts" until_true 30 has_lines trace.json 1
explain trace.err
mkfifo go
load hold --count $connections <go >load.out 2>load.err &
load=$!
exec 3>go
ok "$connections connections are held" until_true 30 has_lines load.out 1
sleep 1
tcpstate list -s ESTABLISHED --json -o lport,rport,site >list.json 2>list.err
ok "list works" [ $? -eq 0 ]
explain list.err
sed 's/.*"site"/"site"/' list.json | sort | uniq -c >seen
explain seen
ok "clients say where they connected" \
	[ "$(sites list.json '"connected at client_connect \(load\)"')" -eq $connections ]
ok "servers say where they accepted" \
	[ "$(sites list.json '"accepted at [a-z_.0-9]+ \(load\)"')" -eq $connections ]
exec 3>&-
wait $load
kill $trace
wait $trace
grep origins: trace.err | explain
copied=$(sed -n 's/.*origins: \([0-9]*\) stacks.*/\1/p' trace.err)
ok "few stacks were copied" [ "${copied:-99999}" -le 100 ]
end_of_tests
