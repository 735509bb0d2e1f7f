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
for s in cgroup drop error escape filter_match history hold names recorder reset sink stream unported; do
	sources="$sources $root/src/$s.c"
done
compile() # NAME [SOURCES]
{
	# shellcheck disable=SC2086 # a list
	${CC:-cc} -std=gnu11 -O1 -D_GNU_SOURCE= -I"$root/include" -I"$root/src" \
		-o "$work/$1" "$here/$1.c" $sources $2 || exit 1
}

maker=$work/make_recording
compile "${maker##*/}"
