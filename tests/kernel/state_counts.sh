# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: while 200 connections per second come and go, sockets per state are those that the
# kernel lists, TIME_WAIT and half-open SYN_RECV included, at five moments; with a filter too,
# whose counts are kept in another way. What is under way at such a moment may differ.

. ./tap.sh

moments=5
slack=12 # a line and the kernel's list are not of one instant: 60 ms of 200 per second

sockets_there()
{
	cat /proc/net/tcp /proc/net/tcp6 | awk '
		BEGIN {
			split("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED" \
				" CLOSE_WAIT LAST_ACK LISTEN CLOSING SYN_RECV", name, " ")
			for (i = 1; i <= 12; i++) of[sprintf("%02X", i)] = name[i]
		}
		$1 != "sl" { n[of[$4]]++ }
		END { for (state in n) print state, n[state] }' | sort
}

sockets_counted()
{
	tail -n 1 "$1" | sed 's/.*"sockets":{\([^}]*\)}.*/\1/' | tr ',' '\n' |
		sed -n 's/^"\(.*\)":\([1-9][0-9]*\)$/\1 \2/p' | sort
}

# near LOW HIGH COUNTED: every state within what was there before and after, and the slack. After a
# minute TIME_WAIT sockets expire, many at a time.
near()
{
	awk -v slack=$slack -v expire=$(($(date +%s) - begun > 55)) '
		FILENAME == ARGV[1] { low[$1] = high[$1] = $2 + 0; next }
		FILENAME == ARGV[2] {
			if (!($1 in low) || $2 < low[$1]) low[$1] = ($1 in low) ? $2 + 0 : 0
			if ($2 > high[$1]) high[$1] = $2 + 0
			after[$1] = 1
			next
		}
		{ counted[$1] = $2 }
		END {
			for (state in low) if (!(state in after)) low[state] = 0
			for (state in high) all[state] = 1
			for (state in counted) all[state] = 1
			if (expire)
				delete all["TIME_WAIT"]
			for (state in all)
				if (counted[state] + slack < low[state] ||
				    counted[state] - slack > high[state]) {
					print "# " state ": " counted[state] + 0 " counted, " \
						low[state] + 0 " to " high[state] + 0 " there"
					bad = 1
				}
			exit bad
		}' "$@"
}

moment()
{
	local n

	n=$(lines "$1")
	until_true 20 has_lines "$1" $((n + 1)) || return 1
	sockets_there >before
	n=$(lines "$1")
	until_true 20 has_lines "$1" $((n + 2)) || return 1 # the first was being made
	sockets_counted "$1" >counted
	sockets_there >after
	near before after counted
}

# Those of the 200 per second that are under way may be there too.
half_open_counted()
{
	explain counted
	awk -v slack=$slack '$1 == "SYN_RECV" { n = $2 } END { exit n < 30 || n > 30 + slack }' counted
}

touch all.json ports.json
tcpstate count $tier --json 0.5 >all.json 2>all.err &
all=$!
tcpstate count $tier --json -L 1-65535 0.5 >ports.json 2>ports.err &
ports=$!
ok "count starts" until_true 60 has_lines all.json 1
ok "count with a filter starts" until_true 60 has_lines ports.json 1
echo 60 >/proc/sys/net/ipv4/tcp_fin_timeout
echo 8 >/proc/sys/net/ipv4/tcp_synack_retries
mkfifo go half
load hold --count 25 <go >hold.out &
hold=$!
exec 3>go
load half-open --count 30 <half >half.out 3>&- &
half=$!
exec 4>half
begun=$(date +%s)
load churn --rate 200 --seconds 40 >churn.out 3>&- 4>&- &
churn=$!
until_true 30 has_lines half.out 1
sleep 2
for i in $(seq $moments); do
	ok "moment $i: sockets per state are those of /proc/net/tcp" moment all.json
	explain counted
	ok "moment $i: with a filter by port too" moment ports.json
	sleep 3
done
ok "30 half-open connections are SYN_RECV" half_open_counted
exec 3>&- 4>&-
kill $churn
wait $hold $half $churn
kill $all $ports
wait $all
ok "count ends well" [ $? -eq 0 ]
explain all.err ports.err
end_of_tests
