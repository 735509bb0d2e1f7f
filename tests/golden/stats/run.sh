# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: `stats` on saved counters, which TCPSTATE_PROC names in place of /proc.
# plain has the counters of Linux 6.18 with numbers of our own, odd what some later kernel might
# have, no-ipv6 what one without IPv6 has.

# Times are those of the run.
stats_golden() # NAME FOLDER ARGUMENT...
{
	name=$1
	folder=$2
	shift 2
	(cd "$here/stats/proc" && TCPSTATE_PROC=$folder "$program" stats "$@" 2>&1; echo "[exit $?]") |
		sed -E 's/"ts":"[^"]*","mono_ns":[0-9]+/"ts":"TS","mono_ns":NS/
			s/"interval_s":[0-9.]+/"interval_s":S/; s/^20[-0-9T:.]+Z,/TS,/
			s/^[0-9:.]+  growth per second, over [0-9.]+ s$/TIME  growth per second, over S/' \
		>"$work/out"
	compare "$name"
}

stats_golden text plain
stats_golden csv plain --csv
stats_golden json plain --json
stats_golden all plain -a -P mptcp,udplite6
stats_golden meanings plain -v -P tcp,udp
stats_golden tcp6 plain -P tcp6
stats_golden tcp-both plain -P tcp6,tcp -j
stats_golden tcp-both-text plain -P tcp6,tcp
stats_golden zero plain -P udplite
stats_golden rate plain -P tcp,udp 0.02 2
stats_golden rate-all plain 0.02 2
stats_golden rate-json plain -j -P tcp 0.02 2
stats_golden rate-csv plain --csv -P udp6 0.02 2
stats_golden odd-text odd
stats_golden odd-json odd -j
stats_golden odd-meanings odd -v -P other
stats_golden no-ipv6 no-ipv6
stats_golden no-ipv6-more no-ipv6 -v -P tcp
stats_golden no-ipv6-note no-ipv6 -v -a
stats_golden no-ipv6-json no-ipv6 -j
stats_golden no-ipv6-udp6 no-ipv6 -P udp6
stats_golden no-ipv6-tcp6 no-ipv6 -P tcp,tcp6
stats_golden no-mptcp no-ipv6 -P ip,mptcp
stats_golden other plain -P other
stats_golden missing nowhere
stats_golden netns plain --netns $$

# Every counter of that kernel has a meaning, and no line is wider than a terminal.
TCPSTATE_PROC=$here/stats/proc/plain "$program" stats -a -v >"$work/out" &&
	! grep -n 'to this tcpstate' "$work/out" && ! grep -n '.\{81\}' "$work/out"
report $? "stats: meanings, 80 columns"

# One of the files is not what it should be.
stats_broken() # NAME FILE
{
	mkdir -p "$work/proc/net"
	cp "$here/stats/proc/plain/net/"* "$work/proc/net"
	cat >"$work/proc/net/$2"
	name=broken-$1
	(cd "$work" && TCPSTATE_PROC=proc "$program" stats -P udp 2>&1; echo "[exit $?]") >"$work/out"
	compare "$name"
}

: | stats_broken empty snmp
echo 'Tcp: ActiveOpens' | stats_broken lone snmp
printf 'TcpExt: TW TWKilled\nTcpExt: 1\n' | stats_broken short netstat
printf 'Ip6InReceives 1\nIp6InDelivers\n' | stats_broken single snmp6
printf 'Tcp: \033[31m\nTcp: 1\n' | stats_broken escape snmp
head -c 700 "$here/stats/proc/plain/net/netstat" | stats_broken cut netstat
rm "$work/proc/net/netstat"
(cd "$work" && TCPSTATE_PROC=proc "$program" stats 2>&1; echo "[exit $?]") >"$work/out"
compare missing-netstat
