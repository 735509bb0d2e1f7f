# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: with prefork servers, each transition after the accept names the very process that
# accepted, by fexit on these kernels; the two before it, as a rule, the listener's owner. Load's
# log says who held each end.
#
# owner.sh [exact|lossy]: lossy: a kernel that preempts tasks within BPF programs and then skips
# those for other tasks. What it misses may leave an owner as `listener`, any that has it; a wrong
# one never.

. ./tap.sh

mode=${1:-exact}
connections=100

# From FILE: "OLD>NEW of the server's end, owner, whose process" and how many, sorted. Two
# connections can have the same client port, if the server's end of the first is in TIME_WAIT: each
# has a holder then.
server_ends()
{
	awk -F '[:,]' '
		function of(key,  i) {
			for (i = 1; i < NF; i++)
				if ($i == "\"" key "\"" || $i == "{\"" key "\"")
					return $(i + 1)
			return ""
		}
		{ gsub(/[ }]/, "") }
		FNR == NR { logged[of("lport")]; holder[of("lport"), of("server")]; next }
		/"type":"transition"/ && /"role":"server"/ && of("rport") in logged {
			who = (of("rport"), of("pid")) in holder ? "holder" : "other"
			n[of("old") ">" of("new") " " of("owner") " " who]++
		}
		END { for (each in n) print each, n[each] }' "$1" "$2" | tr -d '"' | sort
}

tcpstate trace $tier --json -o lport,rport,old,new,role,pid,owner >trace.json 2>trace.err &
trace=$!
ok "trace starts" until_true 30 has_lines trace.json 1
load prefork --count $connections --log log.json >load.out
ok "prefork servers, $connections connections" [ $? -eq 0 ]
ok "all of them were logged" [ "$(lines log.json)" -eq $connections ]
# 1 for ready, 2 for the listener, 10 for each connection
if [ "$mode" = exact ]; then
	ok "all transitions come" until_true 30 has_lines trace.json $((connections * 10 + 3))
else
	ok "nearly all transitions come" until_true 30 has_lines trace.json $((connections * 9))
	sleep 1
fi
kill $trace
wait $trace

server_ends log.json trace.json >seen
explain seen
if [ "$mode" = exact ]; then
	# How many is left open: a server that is awake can accept a child that still is SYN_RECV,
	# because the kernel queues it before that child's ESTABLISHED.
	grep -v ' accept holder ' seen | cut -d ' ' -f 1-3 >others
	cat >before.accept <<-EOT
		LISTEN>SYN_RECV listener other
		SYN_RECV>ESTABLISHED listener other
	EOT
	least=$((connections * 3))
else
	grep -v ' accept holder \| use holder \| listener ' seen >others
	: >before.accept
	least=$((connections * 27 / 10))
fi
ok "no process is named wrongly" same before.accept others
ok "after the accept the holder is named" [ "$(awk '
	/ accept holder / { n += $4 } END { print n + 0 }' seen)" -ge $least ]
end_of_tests
