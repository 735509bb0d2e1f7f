#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The cost of a list of many sockets: `tcpstate list` against `ss -tanp` in each network namespace,
# and the formats --ss and --netstat against ss and netstat in one namespace. Prints ratios of runs
# taken in turn: only ratios can be compared between machines. Without privileges the holders are those of
# the same user, in a namespace of their own.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage()
{
	cat <<-EOT
	Usage: scripts/bench-list.sh [--rounds N] [--connections N]

	--rounds       of each pair, default 5
	--connections  held by each of four processes in each of three namespaces, default
	               4200: 100,800 sockets

	Environment: BUILD (default build)
	EOT
}

namespaces=3 holders=4 rounds=5 connections=4200
while [ $# -gt 0 ]; do
	case $1 in
	--rounds) rounds=$2 ;;
	--connections) connections=$2 ;;
	*)
		usage
		[ "$1" = --help ] && exit 0
		exit 2
		;;
	esac
	shift 2
done
build=${BUILD:-build}
tcpstate=$PWD/$build/tcpstate
load=$PWD/$build/load
work=$(mktemp -d)
pids=()

# Holders end when their standard input does.
clean_up()
{
	exec 9>&- || true
	for pid in "${pids[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap clean_up EXIT

lines()
{
	cat "$work"/held.* 2>/dev/null | wc -l
}

hold_all()
{
	local ns tick

	mkfifo "$work/stay"
	exec 9<>"$work/stay"
	for ((ns = 0; ns < namespaces; ns++)); do
		unshare -n sh -c '
			ip link set lo up
			echo $$ >"$1/pid.$2"
			for holder in $(seq "$5"); do
				"$3" hold --count "$4" <"$1/stay" >"$1/held.$2.$holder" 9>&- &
			done
			exec 9>&-
			wait' sh "$work" $ns "$load" "$connections" $holders &
		pids+=($!)
	done
	for ((tick = 0; tick < 1200 && $(lines) < namespaces * holders; tick++)); do
		sleep 0.1
	done
	[ "$(lines)" -eq $((namespaces * holders)) ] || die "the sockets were not opened"
}

user='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all'

# 50,000 sockets of an ordinary user, in one more namespace.
hold_user()
{
	local tick

	unshare -n sh -c '
		ip link set lo up
		echo $$ >"$1/pid.user"
		exec $3 "$2" hold --count 25000 <"$1/stay" >"$1/user" 9>&-' sh "$work" "$load" "$user" &
	pids+=($!)
	for ((tick = 0; tick < 600; tick++)); do
		[ ! -s "$work/user" ] || return 0
		sleep 0.1
	done
	die "the sockets of the user were not opened"
}

inside()
{
	local ns=$1

	shift
	nsenter -t "$(cat "$work/pid.$ns")" -n "$@"
}

ss_everywhere()
{
	local ns

	for ((ns = 0; ns < namespaces; ns++)); do
		inside $ns ss -tanp
	done
}

run_list() { "$tcpstate" list -a -t; }
ss_here() { inside 0 ss -tanp; }
netstat_here() { inside 0 netstat -tanp; }
list_ss() { inside 0 "$tcpstate" list --ss; }
list_netstat() { inside 0 "$tcpstate" list --netstat; }

as_user() { inside user $user "$@"; }
user_ss() { as_user ss -tan; }
user_ss_p() { as_user ss -tanp; }
user_list() { as_user "$tcpstate" list -q -a -t; }
user_sockets() { as_user "$tcpstate" list -q -t -o state,recv_q,send_q,local,peer; }

# Seconds that a function takes to write to a file.
seconds_of()
{
	local begin=$EPOCHREALTIME

	"$1" >"$work/output" 2>"$work/errors" || die "$1: $(tail -n 1 "$work/errors")"
	echo "$begin $EPOCHREALTIME" | awk '{ printf "%.6f\n", $2 - $1 }'
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# compare WHAT OLD NEW: how many times as long OLD takes, median of the rounds.
compare()
{
	local what=$1 old=$2 new=$3 round mine theirs

	: >"$work/ratios"
	for ((round = 0; round < rounds; round++)); do
		mine=$(seconds_of "$new")
		theirs=$(seconds_of "$old")
		awk -v a="$theirs" -v b="$mine" 'BEGIN { print a / b }' >>"$work/ratios"
	done
	printf '%-58s %6.1f\n' "$what" "$(median <"$work/ratios")"
}

peak_memory()
{
	/usr/bin/time -f %M -o "$work/memory" "$tcpstate" list -a -t >/dev/null
	cat "$work/memory"
}

hold_all
echo "$(run_list | wc -l) lines of $namespaces namespaces, $((namespaces * holders)) processes"
compare "tcpstate list, against ss -tanp in each namespace" ss_everywhere run_list
for format in ss netstat; do
	if "$tcpstate" list --help | grep -q -- "--$format"; then
		compare "tcpstate list --$format, against $format -tanp in one of them" "${format}_here" "list_$format"
	fi
done
hold_user
compare "without privileges: sockets alone, against ss -tan" user_ss user_sockets
compare "without privileges: with processes, against ss -tanp" user_ss_p user_list
echo "peak memory of tcpstate list: $(peak_memory) KB"
