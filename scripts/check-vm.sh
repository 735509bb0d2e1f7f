#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel matrix: boots each kernel with the static program and runs the tests of
# tests/kernel inside. Leaves BUILD/totals/kernel: NAME PASSED FAILED SKIPPED.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage()
{
	cat <<-EOT
	Usage: scripts/check-vm.sh [BUILD [KERNEL[:TEST]...]]

	BUILD   default build; BUILD/vm-build has the static tcpstate and load
	KERNEL  of vm-fetch.sh; TEST doctor, owner, rps, unfit or lockdown; default: all of the matrix
	EOT
}

# What runs where. 5.10 has no storage in sockets for tracing programs.
# The newest preempts BPF programs and may miss a few transitions; it must tell how many.
matrix='5.10:unfit 6.1:doctor 6.1:owner 6.1:rps 6.12:doctor 6.12:owner 6.12:rps 6.12:lockdown'
matrix="$matrix newest:doctor newest:owner newest:rps"

run_one()
{
	local kernel=${1%%:*} test=${1##*:} out=$logs/${1/:/-} status=0 begin=$SECONDS
	local script options=() arguments=()

	script=$test
	case $1 in
	newest:rps | newest:owner) arguments=(told) ;;
	*:lockdown) script=unfit options=(--append lockdown=confidentiality) ;;
	esac
	scripts/vm-run.sh --memory 1024 --timeout 420 --log "$out.console" "${options[@]}" "$kernel" \
		"$programs/tcpstate" "$programs/load" tests/kernel/tap.sh tests/kernel/"$script".sh \
		-- sh "$script.sh" "${arguments[@]}" >"$out.tap" 2>"$out.err" || status=$?
	passed=$(grep -c '^ok ' "$out.tap" || true)
	failed=$(grep -c '^not ok ' "$out.tap" || true)
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	# A test that ends early has no plan; one that ran it has as many results.
	if [ "$status" -eq 0 ] && ! grep -qx "1\.\.$((passed + failed))" "$out.tap"; then
		failed=$((failed + 1))
		status=1
	fi
	printf '%-16s %2d passed, %d failed (%d s)\n' "$1" "$passed" "$failed" $((SECONDS - begin))
	if [ "$status" -ne 0 ]; then
		sed "s/^/  /" "$out.err" "$out.tap"
	fi
}

case ${1:-} in
-*)
	usage
	exit 0
	;;
esac
build=${1:-build}
shift || true
# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $matrix
programs=$build/vm-build
export VM_CACHE=${VM_CACHE:-$build/vm}
for program in tcpstate load; do
	[ -x "$programs/$program" ] || die "$programs/$program is not there: run make check-vm"
	! readelf -l "$programs/$program" | grep INTERP >/dev/null ||
		die "$programs/$program is not static: run make check-vm"
done
logs=$build/vm-logs
mkdir -p "$logs" "$build/totals"

all_passed=0 all_failed=0
for entry; do
	case $entry in
	*:*) entries=$entry ;;
	*) entries=$(grep -oE "(^| )$entry:[a-z]+" <<<"$matrix" || die "$entry is not in the matrix") ;;
	esac
	for one in $entries; do
		run_one "$one"
		all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
	done
done
echo "kernel $all_passed $all_failed 0" >"$build/totals/kernel"
echo "kernel: $all_passed passed, $all_failed failed"
[ $all_failed -eq 0 ]
