# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For the scripts beside it: where the program is, compiling against its core, comparing, counting.

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

count=0
failed=0

export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR TERM

report() # STATUS NAME
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=$((failed + 1))
	fi
}

compare() # NAME
{
	if [ -n "$UPDATE" ]; then
		cp "$work/out" "$here/$group/$1.expected"
	fi
	cmp -s "$work/out" "$here/$group/$1.expected"
	same=$?
	[ $same -eq 0 ] || diff -u "$here/$group/$1.expected" "$work/out" | cat -v | sed 's/^/# /'
	report $same "$1"
}
