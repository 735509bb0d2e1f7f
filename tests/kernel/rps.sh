# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: with packets of loopback handed from one CPU to the other (RPS), softirqs
# interrupt the programs on the tracepoint all the time. Counters, events and state counts
# must be exact all the same: load prints its transitions, /proc/net/tcp lists the sockets.
#
# rps.sh [exact|lossy [CONNECTIONS]]: lossy: a kernel on which an interrupt can get past
# both copies of the program. The number of missing events must be the number reported as lost.

. ./tap.sh

mode=${1:-exact}
connections=${2:-6000}
mode_slack=0
[ "$mode" = exact ] || mode_slack=$((connections / 100))

# A long run sees its first TIME_WAIT sockets expire, after a minute; the load does not.
without_expiry()
{
	grep -v '^TIME_WAIT>CLOSED '
}

# Sums of the transitions in JSON lines of `count` or of `load`: "OLD>NEW N", sorted.
sum_counters()
{
	tr '{},' '\n' <"$1" | awk -F '"' '
		$2 ~ /^[A-Z_0-9]+>[A-Z_0-9]+$/ { sum[$2] += substr($3, 2) }
		END { for (name in sum) if (sum[name]) print name, sum[name] }' | without_expiry | sort
}

# The same from the events themselves.
sum_events()
{
	awk -F '"' '/"type":"transition"/ {
			old = new = ""
			for (i = 2; i < NF; i += 2) {
				if ($i == "old") old = $(i + 2)
				if ($i == "new") new = $(i + 2)
			}
			sum[old ">" new]++
		}
		END { for (name in sum) print name, sum[name] }' "$1" | without_expiry | sort
}

# "STATE N" of every state that has sockets, as the kernel lists them.
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

# The newest line that began after line $from and the one that was being made; small
# sockets are null in lines that had no time to look at them.
looked_line()
{
	sed "1,$((from + 1))d" count.json | grep '"TIME_WAIT":[0-9]' | tail -n 1
}

has_looked()
{
	[ -n "$(looked_line)" ]
}

sockets_counted()
{
	looked_line | sed 's/.*"sockets":{\([^}]*\)}.*/\1/' | tr ',' '\n' |
		sed -n 's/^"\(.*\)":\([1-9][0-9]*\)$/\1 \2/p' | sort
}

# Of a file with lines "OLD>NEW N".
total()
{
	awk '{ n += $2 } END { print n + 0 }' "$1"
}

lost_events()
{
	sed -n '/"type":"lost"/s/.*"count":\([0-9]*\).*/lost \1/p' trace.json >lost
	total lost
}

lost_counts()
{
	sed -n 's/.*"lost":\([0-9]*\).*/lost \1/p' count.json >lost
	total lost
}

# A transition that was missed can leave one socket counted where it is not, and not
# counted where it is.
states_accounted()
{
	same there counted && return
	[ "$mode" = lossy ] && awk -v lost="$(lost_counts)" '
		NR == FNR { off[$1] = $2; next }
		{ off[$1] -= $2 }
		END {
			for (state in off) sum += off[state] < 0 ? -off[state] : off[state]
			exit sum > 2 * lost
		}' there counted
}

# A slow run is met by its first TIME_WAIT sockets' end: what was counted lies between what was
# there before and after, and is taken for both.
let_expire()
{
	local before after counted

	before=$(number_of TIME_WAIT there)
	after=$(number_of TIME_WAIT there.after)
	counted=$(number_of TIME_WAIT counted)
	if [ "$counted" -ge "$after" ] && [ "$counted" -le "$before" ]; then
		sed -i "s/^TIME_WAIT .*/TIME_WAIT $counted/" there there.after
	fi
}

number_of()
{
	awk -v state="$1" '$1 == state { n = $2 } END { print n + 0 }' "$2"
}

# Compares while nothing changes: TIME_WAIT sockets expire in batches.
states_agree()
{
	local try from

	for try in 1 2 3 4 5 6; do
		sockets_there >there
		from=$(lines count.json)
		until_true 20 has_looked || return 1
		sockets_counted >counted
		sockets_there >there.after
		let_expire
		if cmp -s there there.after; then
			states_accounted && return
			grep ^TCP: /proc/net/sockstat | explain
			return 1
		fi
	done
	echo "# the sockets did not come to rest"
	return 1
}

quiet()
{
	tail -n 1 count.json | grep -q '"transitions":{\("TIME_WAIT>CLOSED":[0-9]*\)\{0,1\}}'
}

# accounted FILE LOST: what was made is in the file, or reported as lost. That can be a few more: the full
# socket's CLOSED behind a TIME_WAIT that was seen says nothing new, and can be skipped as well.
accounted()
{
	local missing

	echo "# $(total made) made, $(total "$1") seen, $2 reported lost"
	same made "$1" && [ "$2" -le $((mode_slack)) ] && return
	missing=$(($(total made) - $(total "$1")))
	[ "$mode" = lossy ] && [ "$missing" -le "$2" ] && [ "$2" -le $((missing + mode_slack)) ]
}

echo 3 >/sys/class/net/lo/queues/rx-0/rps_cpus
# With no room for TIME_WAIT a late acknowledgement is answered by a reset, and the load
# is no longer exact.
echo 100000 >/proc/sys/net/ipv4/tcp_max_tw_buckets

# A background process of this shell ignores SIGINT.
touch count.json trace.json
tcpstate count $tier --json 1 >count.json 2>count.err &
count=$!
tcpstate trace $tier --json --buffer 32M >trace.json 2>trace.err &
trace=$!
ok "count starts" until_true 30 has_lines count.json 1
ok "trace starts" until_true 30 has_lines trace.json 1

# Where a namespace has no listener, iter/tcp of 6.12 skips the first bucket of the other
# sockets (tcp_seek_last_pos() carries a used-up offset over): one stays for the state counts.
mkfifo go stay
load hold --count 1 <stay >stay.out &
stay=$!
exec 4>stay
until_true 30 has_lines stay.out 1
load hold --count 40 <go >hold.out 4>&- &
hold=$!
exec 3>go
until_true 30 has_lines hold.out 1
load loop --count "$connections" >loop.out
ok "loop of $connections connections" [ $? -eq 0 ]
load prefork --count $((connections / 2)) >prefork.out
ok "prefork servers, $((connections / 2)) connections" [ $? -eq 0 ]
load loop -6 --count $((connections / 4)) >loop6.out
ok "the same over IPv6, $((connections / 4)) connections" [ $? -eq 0 ]

ok "sockets per state are those of /proc/net/tcp" states_agree
explain there

exec 3>&-
wait $hold
ok "40 connections held during all this and closed" [ $? -eq 0 ]
ok "sockets per state are still those of /proc/net/tcp" states_agree
exec 4>&-
wait $stay
n=$(lines count.json)
until_true 20 has_lines count.json $((n + 2))
ok "the counters come to rest" until_true 20 quiet

kill $count $trace
wait $count
ok "count ends well" [ $? -eq 0 ]
wait $trace
ok "trace ends well" [ $? -eq 0 ]

cat stay.out hold.out loop.out prefork.out loop6.out >load.all
sum_counters load.all >made
sum_counters count.json >counters
sum_events trace.json >events
ok "counters are exactly what the load did ($mode)" accounted counters "$(lost_counts)"
ok "events are exactly what the load did ($mode)" accounted events "$(lost_events)"
explain made
explain count.err trace.err
end_of_tests
