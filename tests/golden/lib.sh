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
core=${CORE:-$build/shared/libcore.a}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

compile() # NAME
{
	# shellcheck disable=SC2086 # lists
	${CC:-cc} -std=gnu11 -O1 -D_GNU_SOURCE= -I"$root/include" -I"$root/src" \
		-o "$work/$1" "$here/replay/$1.c" "$core" ${LIBS:--lbpf -lelf -lz} -pthread || exit 1
}

maker=$work/make_recording
compile "${maker##*/}"
