# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM, on the fentry tier: handshake drops. The sum of the reports is that of the
# kernel's own counters (/proc/net/netstat), however many reports were combined.

. ./tap.sh

port=8080
tracers=

# counter NAME: of the TcpExt lines.
counter()
{
	awk -v name="$1" '
		$1 != "TcpExt:" { next }
		!n { for (n = 1; $n != name; n++) if (n > NF) exit; next }
		{ print $n }' /proc/net/netstat
}

sysctl_set()
{
	echo "$2" >/proc/sys/net/"$1"
}

start()
{
	local file=$1

	shift
	tcpstate "$@" >"$file" 2>"$file.err" &
	tracers="$tracers $!"
}

ready()
{
	grep -q '"type":"ready"' all.json && grep -q '"type":"ready"' same.json && [ -s events.rec ]
}

# reported FILE WHY [AT]: of that kind, in all.
reported()
{
	awk -v why="\"why\":\"$2\"" -v at="${3:+\"at\":\"$3\"}" '
		/"type":"handshake-drop"/ && index($0, why) && (at == "" || index($0, at)) {
			sub(/.*"count":/, "")
			n += $0 + 0
		}
		END { print n + 0 }' "$1"
}

frames()
{
	grep -c '"type":"handshake-drop"' "$1"
}

comes_to()
{
	[ "$(reported all.json synack-retransmitted)" -ge "$1" ]
}

# It happened, and everything that the kernel has counted since is reported, and no more.
agree()
{
	happened=$(($(counter "$name") - before))
	[ $happened -gt 0 ] && [ "$(reported all.json "$why")" -eq $((was + happened)) ]
}

# meets TEXT WHY AT COUNTER STEP...: the steps meet WHY as often as the kernel has counted.
meets()
{
	local text=$1 why=$2 at=$3 name=$4 before was were happened

	shift 4
	before=$(counter "$name")
	was=$(reported all.json "$why")
	were=$(reported all.json "$why" "$at")
	load drops --port $port "$@" >load.out 2>&1
	ok "$text: done" [ $? -eq 0 ]
	explain load.out
	until_true 10 agree
	ok "$text: reported as often as counted" agree
	ok "$text: at the $at" [ "$(reported all.json "$why" "$at")" -gt "$were" ]
	grep "$why.*\"at\":\"$at\"" all.json | tail -n 1 >last
	echo "# counted $happened, reported $(($(reported all.json "$why") - was))"
	explain last
}

last_has()
{
	local part

	for part; do
		grep -q "$part" last || return 1
	done
}

sysctl_set ipv4/tcp_no_metrics_save 1 # no peer is known
start all.json trace --json
start same.json trace --json -L $port -c load --raddr 127.0.0.0/8 -4
tcpstate record -w events.rec 2>record.err &
tracers="$tracers $!"
ok "traces and a recording start" until_true 120 ready

sysctl_set ipv4/tcp_syncookies 1
meets "accept queue full at the SYN" accept-queue-full syn ListenOverflows fill knock:20
ok "with listener and queue" last_has '"comm":"load"' '"owner":"listen"' '"queue":[12],' '"limit":0' \
	'"lport":8080' '"laddr":"127.0.0.1"' '"raddr":"127.0.0.1"'
meets "the same over IPv6" accept-queue-full syn ListenOverflows -6 --backlog 3 fill:4 knock:20
ok "with its addresses" last_has '"family":"ipv6"' '"laddr":"::1"' '"raddr":"::1"' '"queue":[45],' \
	'"limit":3'
meets "accept queue full at the ACK" accept-queue-full ack ListenOverflows deaf fill late
ok "with its queue" last_has '"queue":1,' '"limit":0' '"raddr":"127.0.0.1"'
meets "and over IPv6" accept-queue-full ack ListenOverflows -6 deaf fill late
ok "with its addresses" last_has '"family":"ipv6"' '"raddr":"::1"'

meets "SYN queue full, cookies" cookie syn TCPReqQFullDoCookies --backlog 4 half:30
ok "with its limit" last_has '"limit":4'
sysctl_set ipv4/tcp_syncookies 2
meets "cookies always" cookie syn TCPReqQFullDoCookies --backlog 100 knock:10
sysctl_set ipv4/tcp_syncookies 0
meets "SYN queue full, no cookies" syn-queue-full syn TCPReqQFullDrop --backlog 4 half:30
ok "with its limit" last_has '"limit":4'
sysctl_set ipv4/tcp_max_syn_backlog 16
meets "the quarter for known peers" syn-queue-full syn ListenDrops --backlog 100 half:30
ok "with its limit" last_has '"queue":13' '"limit":12'
sysctl_set ipv4/tcp_max_syn_backlog 128

was=$(frames all.json)
start=$(date +%s)
meets "a flood" syn-queue-full syn TCPReqQFullDrop --backlog 4 half:2000
most=$((($(date +%s) - start + 1) * 101 + 1))
echo "# $(($(frames all.json) - was)) lines, at most $most are allowed"
ok "most of it was held back" [ $(($(frames all.json) - was)) -le $most ]

was=$(reported all.json synack-retransmitted)
load drops --port $port stay rest:2500 >load.out 2>&1
until_true 10 comes_to $((was + 2))
grep synack-retransmitted all.json | tail -n 2 >last
ok "SYN-ACKs retransmitted" [ -s last ]
explain last
ok "are numbered" last_has '"retrans":[1-9]' '"lport":8080' '"comm":"load"'

# The other trace may be behind.
let_through()
{
	[ "$(reported same.json accept-queue-full syn)" -gt 0 ] &&
		[ "$(reported same.json accept-queue-full ack)" -gt 0 ] &&
		[ "$(reported same.json cookie syn)" -gt 0 ] &&
		[ "$(reported same.json syn-queue-full syn)" -gt 0 ]
}

until_true 10 let_through
# shellcheck disable=SC2086 # a list
kill $tracers
wait
for kind in "accept-queue-full syn" "accept-queue-full ack" "cookie syn" "syn-queue-full syn"; do
	# shellcheck disable=SC2086 # two words
	set -- $kind
	echo "# $kind: $(reported all.json $kind), -4 $(reported same.json $kind)"
	ok "$kind: filters let it through" [ "$(reported same.json $kind)" -gt 0 ]
	tcpstate replay --json events.rec >replay.json 2>replay.err
	ok "$kind: a recording has it" [ "$(reported replay.json $kind)" -eq "$(reported all.json $kind)" ]
	grep "$1.*\"at\":\"$2\"" replay.json | tail -n 4 >last
	tcpstate replay --json -L $port -c load --raddr 127.0.0.0/8 -4 events.rec >replay.json
	ok "$kind: replay filters as the kernel does" \
		[ "$(reported replay.json $kind)" -eq "$(reported same.json $kind)" ]
	if [ "$(reported replay.json $kind)" -ne "$(reported same.json $kind)" ]; then
		grep "$1.*\"at\":\"$2\"" same.json | tail -n 4 >>last
		explain last
	fi
done
ok "nothing was lost" sh -c '! grep -q "\"type\":\"lost\"" all.json'
explain record.err
end_of_tests
