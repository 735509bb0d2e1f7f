# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For the scripts beside it: where the program is, and the programs that make recordings.

root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/golden
build=${BUILD:-$root/build}
program=${TCPSTATE:-$build/tcpstate}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

sources=
for s in system/cgroup tcp/handshake_drop lib/error lib/escape filter/match events/history \
	events/reorder_queue lib/clock lib/hash_index lib/name_cache events/recorder tcp/rst_reason lib/sink events/stream \
	events/port_wait; do
	sources="$sources $root/src/$s.c"
done
compile() # NAME [SOURCES]
{
	# shellcheck disable=SC2086 # a list
	${CC:-cc} -std=gnu11 -O1 -D_GNU_SOURCE= -I"$root/include" -I"$root/src" \
		-o "$work/$1" "$here/replay/$1.c" $sources $2 || exit 1
}

maker=$work/make_recording
compile "${maker##*/}"
