# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: the verifier takes the programs with every filter; those by interface and by the traffic
# that a listener takes select the same sockets in list and in a trace.

. ./tap.sh
. ./json.sh

# begins COMMAND OPTION...: a trace of one transition ends well.
begins()
{
	rm -f begin.json # that of the last trace
	# shellcheck disable=SC2086 # no option, or two words
	tcpstate trace $tier --json "$@" >begin.json 2>begin.err &
	traced=$!
	until_true 30 has_lines begin.json 1
	began=$?
	kill $traced
	wait $traced && [ $began -eq 0 ] && return
	explain begin.err
	return 1
}

# lists N OPTION...: that number of sockets.
lists()
{
	local wanted=$1

	shift
	tcpstate list -t -a --json "$@" >listed.json 2>listed.err
	[ "$(wc -l <listed.json)" -eq "$wanted" ] && return
	explain listed.json listed.err
	return 1
}

every='-4 -L 1-9 -R 1-9 --laddr 0.0.0.0/0,::%lo --raddr fe80::1%lo,10.0.0.0/8 --interface lo'
every="$every -p 1,2 -c x*,*y -u 0,1 -s listen --port 1-9 --addr ::%lo,10.0.0.0/8"
not='-L !1-9 -R !1-9 --laddr !::%lo,!10.0.0.1 --raddr !fe80::1%lo --interface !no -p !999999 -c !x*'
not="$not -u !65534 -s !last-ack --port !1-9 --addr !10.0.0.0/8"
ok "a trace begins with a filter by interface" begins --interface lo
ok "by an address and its interface" begins --raddr fe80::1%lo
ok "by family" begins -4
# shellcheck disable=SC2086 # words
ok "by everything at once" begins $every
# shellcheck disable=SC2086 # words
ok "so does list" lists 0 $every
# shellcheck disable=SC2086 # words
ok "a trace begins with a filter of what is left out" begins $not
ok "by either port, and not" begins --port '80,!1-9'

# shellcheck disable=SC2086 # no option, or two words
tcpstate trace $tier --json --interface lo >trace.json 2>trace.err &
trace=$!
until_true 30 has_lines trace.json 1
mkfifo go
load hold --count 3 --device lo <go >bound.out &
exec 3>go
load hold -6 --count 2 <go >free.out 3>&- &
ok "connections bound to lo" until_true 30 has_lines bound.out 1
ok "and others" until_true 30 has_lines free.out 1
ok "all are listed" lists 12
ok "those that are bound, and their listener" lists 7 --interface lo
ok "by index too" lists 7 --interface 1
ok "by address and interface" lists 3 --raddr 127.0.0.1%lo
ok "of no other interface" lists 0 --interface eth0
tcpstate list -t -a --json --interface lo >bound.json
ok "all but those" lists 5 --interface '!lo'
# shellcheck disable=SC2086 # words
ok "all, by what is left out" lists 12 $not
ok "each has its name" sh -c '! grep -v "\"interface\":\"lo\"" bound.json'
exec 3>&-
ok "the trace has the same" until_true 30 has_lines trace.json 20
kill $trace
wait $trace
fields "interface type" trace.json | grep transition | sort | uniq -c >names
ok "and their interface" sh -c '! grep -v " lo transition" names'
explain trace.err names
end_of_tests
