# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM without the module tcp_diag, whose SOCK_DESTROY `stuck --close=reset` uses else: a BPF program
# ends the same sockets, and no others.
#
# destroy.sh [lacking]: lacking: a kernel without bpf_sock_destroy() (6.5), which says so.

. ./tap.sh
. ./json.sh
. ./sticks.sh

# A socket that no BPF program may end is left, and reported.
test_half_open()
{
	start_sticks made.json SYN_RECV CLOSE_WAIT
	ok "one half-open and one in CLOSE_WAIT" until_true 30 has_lines made.json 2
	tcpstate stuck --close=reset --yes --json $(rules 0s) --rule='SYN_SENT>off' \
		--rule='FIN_WAIT_2>off' >closed.json 2>closed.err
	ok "--close=reset ends with 1" [ $? -eq 1 ]
	explain closed.err
	fields "type state" closed.json | sort >types
	printf '%s\n' "closed CLOSE_WAIT" "left SYN_RECV" >types.expected
	ok "one was ended and one left" same types.expected types
	end_sticks
}

# A trace reports the process that ended the socket.
test_trace()
{
	tcpstate trace $tier --json -s 'CLOSE_WAIT>' >trace.json 2>trace.err &
	trace=$!
	ok "trace starts" until_true 30 has_lines trace.json 1
	start_sticks made.json CLOSE_WAIT
	ok "one in CLOSE_WAIT" until_true 30 has_lines made.json 1
	tcpstate stuck --close=reset --yes --json $(rules 0s CLOSE_WAIT) >closed.json 2>closed.err
	ok "--close=reset ends it" [ $? -eq 0 ]
	ok "its end is traced" until_true 30 has_lines trace.json 2
	end_sticks
	kill $trace
	wait $trace
	grep CLOSE_WAIT trace.json | fields "old new comm by_comm reason" - >ends
	echo "CLOSE_WAIT CLOSED load tcpstate destroyed" >ends.expected
	ok "as destroyed by tcpstate" same ends.expected ends
	explain trace.err
}

test_lacking()
{
	start_sticks made.json CLOSE_WAIT
	ok "one in CLOSE_WAIT" until_true 30 has_lines made.json 1
	tcpstate stuck --close=reset --yes --json $(rules 0s CLOSE_WAIT) >closed.json 2>closed.err
	ok "--close=reset ends with 3" [ $? -eq 3 ]
	explain closed.err
	ok "and one line that says why" [ "$(lines closed.err)" -eq 1 ]
	ok "and nothing else" [ ! -s closed.json ]
	end_sticks
	ok "the socket was left" [ "$(outlooks made.json)" = "1 eof open" ]
}

ok "there is no tcp_diag" sh -c '! grep -q ^tcp_diag /proc/modules'
if [ "${1:-}" = lacking ]; then
	test_lacking
	closes fin eof
	test_watch old # on 5.10 it has no cookie then
else
	closes reset ECONNRESET
	test_same_ports reset ECONNRESET --netns
	test_same_ports reset ECONNRESET -p
	test_half_open
	test_trace
fi
end_of_tests
