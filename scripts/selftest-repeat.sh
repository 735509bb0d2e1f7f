#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs tcpstate selftest COUNT times (root), every second time beside a load in another network
# namespace: selftest-repeat.sh COUNT [ARGUMENT OF SELFTEST...]
# Prints a line for each run, the output of those that failed, and last how many passed and how many tests were
# skipped because this kernel hid a transition. Exit status: 0 all passed; 1 some failed.
# Also for a VM, whose shell is busybox's:
#	scripts/vm-run.sh KERNEL TCPSTATE LOAD scripts/selftest-repeat.sh -- sh selftest-repeat.sh 20
#
# Environment: TCPSTATE, TCPSTATE_LOAD (the programs; default: those of build/, else of PATH).

set -u
case ${1:-} in
'' | *[!0-9]*)
	sed -n '3,10s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
count=$1
shift
top=$(dirname "$0")/..
program() # NAME
{
	if [ -x "$top/build/$1" ]; then echo "$top/build/$1"; else echo "$1"; fi
}
tcpstate=${TCPSTATE:-$(program tcpstate)}
load=${TCPSTATE_LOAD:-$(program load)}
out=$(mktemp) || exit 1
loading=
end()
{
	[ -z "$loading" ] || { kill "$loading" && wait "$loading"; } 2>/dev/null
	rm -f "$out"
}
trap end EXIT
trap 'exit 130' INT TERM

# selftest makes a namespace for itself, so without unshare this one is another one, too.
begin_load()
{
	exec >/dev/null 2>&1
	unshare -n true || exec "$load" loop --rate 2000 --count 1000000
	exec unshare -n sh -c 'ip link set lo up && exec "$0" loop --rate 2000 --count 1000000' "$load"
}

passed=0 run=0 beside=0 hidden=0
while [ $run -lt "$count" ]; do
	run=$((run + 1))
	if [ $((run % 2)) -eq 0 ]; then
		begin_load &
		loading=$!
		beside=$((beside + 1))
	fi
	if "$tcpstate" selftest "$@" >"$out" 2>&1; then
		passed=$((passed + 1))
		echo "# run $run: passed"
	else
		echo "# run $run: exit status $?"
		cat "$out"
	fi
	hidden=$((hidden + $(grep -c '# SKIP this kernel hid' "$out")))
	if [ -n "$loading" ]; then
		{ kill "$loading" && wait "$loading"; } 2>/dev/null
		loading=
	fi
done
echo "$passed of $count runs passed, $beside of them beside a load; $hidden tests skipped: the kernel hid a transition"
[ $passed -eq "$count" ]
