# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: `stuck` finds a socket in each state by its rule, says who holds it and for how long,
# and closes the selected sockets, and no others.
#
# stuck.sh [no-origin]: no-origin: this kernel or program does not know where sockets come from.

. ./tap.sh
. ./json.sh
. ./sticks.sh

origin=${1:-origin}
# retransmissions must not end before the test
echo 12 >/proc/sys/net/ipv4/tcp_syn_retries
echo 12 >/proc/sys/net/ipv4/tcp_synack_retries

# ages STICKS FOUND SLACK_MS: of what load made and stuck found, no age is above the truth, and exact
# ones lie within the slack below it, and the time that load took. "STATE exact|bound" of each into file `kinds`. Nothing
# above the truth is forgiven but what the times' digits here are cut by.
ages()
{
	fields "state lport rport since_ns until_ns" "$1" >made
	fields "rule lport rport mono_ns stuck_us stuck_exact" "$2" | sed 's/>[^ ]*//; s/ null / 0 /' >found
	awk -v slack="$3" '
		NR == FNR { since[$1 " " $2 " " $3] = $4; took[$1 " " $2 " " $3] = ($5 - $4) / 1e6; next }
		{
			key = $1 " " $2 " " $3
			if (!(key in since))
				next
			short_ms = ($4 - since[key]) / 1e6 - $5 / 1e3
			print $1, $6 == "true" ? "exact" : "bound" >"kinds"
			if (short_ms < -0.002 || ($6 == "true" && short_ms > slack + took[key])) {
				print $0, "short of the truth by", short_ms, "ms"
				bad = 1
			}
			n++
		}
		END { if (!n) print "nothing was found"; exit bad || !n }' made found >wrong && return
	explain wrong
	return 1
}

# holders_agree FOUND: holder_list is what /proc/PID/fd says, of every one.
holders_agree()
{
	holders_of_proc | sort >holders
	sed -n 's/.*"holder_list":\[\([^]]*\)\].*"inode":\([^,]*\),.*/\2 \1/p' "$1" | awk '
		{
			inode = $1
			count = split($2, each, "}")
			for (i = 1; i < count; i++) {
				match(each[i], /"pid":[0-9]+/)
				pid = substr(each[i], RSTART + 6, RLENGTH - 6)
				match(each[i], /"fd":[0-9]+/)
				print inode, pid, substr(each[i], RSTART + 5, RLENGTH - 5)
			}
		}' | sort >told
	awk 'NR == FNR { inodes[$1] = 1; next } $1 in inodes' told holders >expected
	[ -s expected ] && same expected told
}

# stuck_at LINE FOUND: the socket of that line of load's is in there
stuck_at()
{
	set -- "$2" $(echo "$1" | fields "state lport rport" -)
	fields "rule lport rport" "$1" | grep -q "^$2>[^ ]* $3 \($4\|null\)$"
}

found_by_its_rule()
{
	local line

	line=$(grep "\"$1\"" made.json)
	tcpstate stuck --once --json $(rules 300ms "$1") >one.json 2>one.err
	[ $? -eq 1 ] && stuck_at "$line" one.json && [ ! -s one.err ]
}

# A retransmitted packet may have come just now, and the bound of CLOSING's age is short then.
is_found()
{
	if until_true 10 found_by_its_rule "$1"; then
		cat one.json >>all.json
		return
	fi
	explain one.json one.err
	return 1
}

none_by_a_long_one()
{
	tcpstate stuck --once --json $(rules 1h) >one.json 2>one.err
	[ $? -eq 0 ] && [ ! -s one.json ] && return
	explain one.json one.err
	return 1
}

test_rules()
{
	start_sticks made.json $states
	ok "a socket in each of the states" until_true 30 has_lines made.json 10
	explain load.err
	: >all.json
	for state in $states; do
		ok "$state is found by its rule" is_found $state
	done
	ok "none is by a limit of an hour" none_by_a_long_one
	ok "no age is above the truth" ages made.json all.json 1e9
	ok "holders are those of /proc/PID/fd" holders_agree all.json
	end_sticks
}

# Beside a tracer that keeps what it knows; the states of sockets are exact then.
test_exact()
{
	rm -f trace.json
	tcpstate trace $tier --pin --json >trace.json 2>trace.err &
	trace=$!
	ok "trace --pin starts" until_true 30 has_lines trace.json 1
	start_sticks made.json $states
	ok "again a socket in each" until_true 30 has_lines made.json 10
	sleep 1
	tcpstate stuck --json $(rules 300ms) >all.json 2>stuck.err
	explain stuck.err
	ok "ages are exact to 100 ms" ages made.json all.json 100
	sort -u kinds >kinds.seen
	for state in $states; do
		case $state in
		*:*) echo "$state bound" ;;
		*) echo "$state exact" ;;
		esac
	done | sort >kinds.expected
	ok "of every state, and the others are bounds" same kinds.expected kinds.seen
	end_sticks
	kill $trace
	wait $trace
}

# How many are by this way, in the functions of that name.
from()
{
	grep "\"origin_kind\":\"$1\"" stuck.json | grep -c "\"[^\"]*$2[^\"]*\""
}

test_origin()
{
	rm -f trace.json
	tcpstate trace $tier --pin --origin --json >trace.json 2>trace.err &
	trace=$!
	ok "trace --origin starts" until_true 30 has_lines trace.json 1
	rm -f go load.out
	mkfifo go
	load leak --count 9 <go >load.out 2>load.err &
	leak=$!
	exec 3>go
	ok "nine sockets leak" until_true 30 has_lines load.out 1
	sleep 1
	tcpstate stuck --origin --json $(rules 0s CLOSE_WAIT) >stuck.json 2>stuck.err
	ok "which are found" [ "$(lines stuck.json)" -eq 9 ]
	explain stuck.err trace.err
	sed 's/.*"origin":\(.*\),"origin_kind":\("*[a-z]*"*\),.*/\2 \1/' stuck.json | sort | uniq -c >origins
	explain origins
	ok "three were accepted in one function" [ "$(from accept leak_request)" -eq 3 ]
	ok "three in another" [ "$(from accept leak_metrics)" -eq 3 ]
	ok "three connected in a third" [ "$(from connect leak_upstream)" -eq 3 ]
	exec 3>&-
	wait $leak
	kill $trace
	wait $trace
}

# One line, and the status of what this kernel or program cannot do.
test_no_origin()
{
	tcpstate stuck $tier --watch --origin --json >stuck.json 2>stuck.err
	ok "--origin ends with 3" [ $? -eq 3 ]
	explain stuck.err
	ok "and one line that says why" [ "$(lines stuck.err)" -eq 1 ]
}

# Held by an io_uring alone: no /proc/PID/fd has them. $1: how many of the 300 are found. What was not
# read is not ruled out.
test_ring()
{
	rm -f go load.out
	mkfifo go
	load ring --count 300 <go >load.out 2>load.err &
	ring=$!
	exec 3>go
	ok "sockets go into an io_uring" until_true 30 has_lines load.out 1
	explain load.err
	tcpstate stuck --json $(rules 0s CLOSE_WAIT) >ring.json 2>ring.err
	explain ring.err
	# without bpf_loop() (5.17) only the first slots of a table are read
	fields "pid comm fd ring_fd" ring.json | sort | uniq -c | sort -rn | head -1 >held
	ok "which has them" grep -q "^ *$1 $(fields pid load.out) load null $(fields ring_fd load.out)$" held
	explain held ring.err
	tcpstate stuck $(rules 0s CLOSE_WAIT) | tr -s ' \n' ' ' >ring.txt
	echo >>ring.txt
	if [ "$1" -lt 300 ]; then
		ok "and does not rule out a ring for the others" grep -q "could not search all" ring.txt
	fi
	explain ring.txt
	exec 3>&-
	wait $ring
}

# While their subflows are established. Kernels that cannot have it have no origin either.
test_mptcp()
{
	start_sticks made.json --mptcp CLOSE_WAIT FIN_WAIT_2 ESTABLISHED:unread
	ok "three MPTCP connections" until_true 30 has_lines made.json 3
	explain load.err
	: >all.json
	for state in CLOSE_WAIT FIN_WAIT_2 ESTABLISHED:unread; do
		ok "MPTCP's $state is found by its rule" is_found $state
	done
	ok "no age of theirs is above the truth" ages made.json all.json 1e9
	ok "their holders are those of /proc/PID/fd" holders_agree all.json
	fields "rule unread" all.json | sed -n 's/ESTABLISHED:unread>[^ ]* //p' >unread
	ok "unread data is reported in bytes" [ "$(cat unread)" = 6 ]
	end_sticks
}

test_rules
test_exact
[ "$origin" != origin ] || test_mptcp
case $(uname -r) in
5.10.*) test_ring 255 ;;
*) test_ring 300 ;;
esac
closes fin eof
closes reset ECONNRESET
test_same_ports fin eof --netns
test_same_ports reset ECONNRESET --netns
test_same_ports reset ECONNRESET -p
test_watch old
test_watch new
if [ "$origin" = origin ]; then test_origin; else test_no_origin; fi
end_of_tests
