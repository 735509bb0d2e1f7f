#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Builds the program without its optional libraries, and statically, and runs golden tests of both:
# check-builds.sh BUILD. BUILD has the usual program, whose BPF objects are used. Prints TAP, and
# leaves BUILD/totals/builds.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
without=$build/without static=$build/vm-build
optional='libcares libdw libiberty libmd libseccomp'
count=0 failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

check() # NAME COMMAND...
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$out" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		tail -n 40 "$out" | sed 's/^/# /'
	fi
}

make_it()
{
	${MAKE:-make} --no-print-directory "$@"
}
build_without()
{
	make_it BUILD="$without" BPF_OBJ="$build/bpf" WITHOUT="$optional" "$@"
}
links_none()
{
	ldd "$without/tcpstate" && ! ldd "$without/tcpstate" | grep -E 'libcares|libdw|libmd|libseccomp'
}
# A program without libdw names it where --origin asks for it.
origin_names_libdw()
{
	"$without/tcpstate" stuck --once --origin >/dev/null 2>"$out.origin"
	[ $? -eq 3 ] && grep -q libdw "$out.origin"
	local status=$?
	cat "$out.origin"
	rm -f "$out.origin"
	return $status
}
# The same of the column community_id; a build with libmd has it.
column_names_libmd()
{
	"$without/tcpstate" list -o community_id >/dev/null 2>"$out.column"
	[ $? -eq 2 ] && grep 'without libmd' "$out.column" &&
		"$build/tcpstate" replay -o community_id tests/golden/replay/format-1.rec
	local status=$?
	rm -f "$out.column"
	return $status
}
build_static()
{
	make_it BUILD="$static" BPF_OBJ="$build/bpf" STATIC=1 all load
}
is_static()
{
	! readelf -l "$static/tcpstate" | grep INTERP
}
# The maker of the recordings links the usual program's archive.
golden_static()
{
	make_it BUILD="$build" "$build/shared/libcore.a" &&
		TCPSTATE=$static/tcpstate BUILD=$build tests/golden/run.sh replay explain
}
check "BPF objects compiled once are the same for both kinds of kernel" \
	make_it BUILD="$build" check-common
check "build without $optional" build_without all
check "links none of them" links_none
check "--origin names libdw" origin_names_libdw
check "community_id names libmd" column_names_libmd
check "unit tests without them" build_without check-unit
check "golden tests without them" build_without check-golden
check "static build" build_static
check "is static" is_static
check "golden tests of the static program" golden_static
echo "1..$count"
[ ! -d "$build/totals" ] || echo "builds $((count - failed)) $failed 0" >"$build/totals/builds"
[ $failed -eq 0 ]
