#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel matrix: boots each kernel with the static program, anew for each of its
# tests, and prints a table of kernels and tests. Leaves BUILD/totals/kernel: NAME PASSED
# FAILED SKIPPED.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage()
{
	cat <<-EOT
	Usage: scripts/check-vm.sh [BUILD [KERNEL[:TEST]...]]

	BUILD   default build; BUILD/vm-build and BUILD/vm-arm64 have the static tcpstate and load
	KERNEL  of vm-fetch.sh; TEST: ${tests// /, }; default: the matrix

	Environment: VM_JOBS, VMs at a time (default: one for each processor, at most 4);
	VM_CACHE (default BUILD/vm). BUILD/vm-logs keeps what was said in each VM.
	EOT
}

# In the table's order. selftest is the program's own and has no other file in its VM; the
# others are scripts of tests/kernel. kprobe and tracepoint: selftest on that tier.
tests='doctor selftest owner gauges handshake list stuck destroy origin rps lockdown kprobe tracepoint'

# What runs where. The tracepoints that tell who reads an end or only writes came with 6.3.
matrix()
{
	cat <<-EOT
	5.10        doctor selftest owner gauges handshake list stuck destroy rps
	6.1         doctor selftest owner gauges handshake list stuck destroy origin rps kprobe
	6.12        doctor selftest owner gauges handshake list stuck destroy origin rps lockdown tracepoint
	newest      doctor selftest owner gauges handshake list stuck destroy origin rps
	6.12-arm64  doctor selftest owner gauges handshake list stuck rps
	EOT
}

# Skips that are as they should be; any other one is a failure. KERNEL:TEST|NAME # WHAT IT
# SAYS|REASON, the first two as shell patterns.
expected_skips()
{
	cat <<-EOT
	5.10:selftest|MPTCP: *|Debian's has no CONFIG_MPTCP
	5.10:selftest|another listener takes over a half-open connection, *|since 5.14
	5.10:selftest|an administrator ends a TIME_WAIT, *|it answers EOPNOTSUPP
	*:tracepoint|* # not shown by tracepoints alone|what the tier is for
	6.1:tracepoint|a worker * # a tracepoint that this kernel does not have|since 6.3
	*:kprobe|* # the kernel skips a kprobe while another one runs on that CPU|what the tier is for
	EOT
}

skip_is_expected()
{
	local where name

	while IFS='|' read -r where name _; do
		# shellcheck disable=SC2053 # patterns
		if [[ $1 = $where && $2 = $name ]]; then
			return 0
		fi
	done < <(expected_skips)
	return 1
}

# Options, files and command of vm-run.sh for one test.
plan()
{
	local kernel=${1%%:*} test=${1##*:} programs=$build/vm-build script

	if [[ $kernel = *-arm64 ]]; then
		programs=$build/vm-arm64
	fi
	options=(--cpus 1 --memory 512) files=("$programs/tcpstate") script=$test
	case $test in
	selftest | kprobe | tracepoint)
		# what closes sockets from outside, as ss -K does, is a module
		options=(--cpus 2 --memory 512 --module tcp_diag)
		command=(tcpstate selftest --long)
		[ "$test" = selftest ] || command+=(--tier "$test")
		return
		;;
	owner | gauges | handshake | list | destroy | origin | rps) options=(--cpus 2 --memory 1024) ;;
	doctor) options+=(--module tcp_diag) ;; # nothing is to be missing
	stuck) options=(--cpus 2 --memory 1024 --module tcp_diag) ;;
	lockdown) script=unfit options+=(--append lockdown=confidentiality) ;;
	esac
	files+=("$programs/load" tests/kernel/{tap,json,sticks}.sh "tests/kernel/$script.sh")
	command=(sh "$script.sh")
	case $1 in
	# It preempts BPF programs and may miss a few transitions; it must tell how many.
	newest:rps | newest:owner) command+=(told) ;;
	# The first has no user stacks for tracing programs; the program for the second has no libdw.
	5.10:stuck | *-arm64:stuck) command+=(no-origin) ;;
	5.10:destroy | 6.1:destroy) command+=(lacking) ;;
	esac
}

# A skip that nothing here allows is a failure.
judge_skips()
{
	local line name

	while read -r line; do
		name=$(sed -E 's/^ok [0-9]+ *(- *)?//; s/ *# [Ss][Kk][Ii][Pp] */ # /' <<<"$line")
		if skip_is_expected "$1" "$name"; then
			skipped=$((skipped + 1))
		else
			failed=$((failed + 1))
			echo "skipped, which nothing expects: $name" >>"$out.err"
		fi
	done < <(grep -iE '^ok .*# skip' "$out.tap" || true)
}

# judge KERNEL:TEST STATUS: by the results and the exit status, which must agree.
judge()
{
	passed=$(grep -E '^ok ' "$out.tap" | grep -civ '# skip' || true)
	failed=$(grep -cE '^not ok ' "$out.tap" || true)
	skipped=0
	judge_skips "$1"
	# A test that ended early has no plan.
	if ! grep -qx "1\.\.$((passed + failed + skipped))" "$out.tap"; then
		failed=$((failed + 1))
		echo "no plan, or not of $((passed + failed + skipped - 1)) results" >>"$out.err"
	fi
	if [ "$2" -ne 0 ]; then
		[ "$failed" -gt 0 ] || failed=1
		echo "exit status $2" >>"$out.err"
	fi
}

# Runs beside others; leaves .tap, .err, .console and .result: PASSED FAILED SKIPPED SECONDS.
run_one()
{
	local out=$logs/${1/:/.} begin=$SECONDS status=0
	local options files command passed failed skipped

	rm -f "$out".*
	plan "$1"
	scripts/vm-run.sh --timeout 420 --log "$out.console" "${options[@]}" "${1%%:*}" \
		"${files[@]}" -- "${command[@]}" >"$out.tap" 2>"$out.err" || status=$?
	judge "$1" $status
	echo "$passed $failed $skipped $((SECONDS - begin))" >"$out.result"
}

# One line for a test that is done; all that was said by one that failed.
report()
{
	local out=$logs/${1/:/.} passed failed skipped seconds

	[ -s "$out.result" ] || echo "0 1 0 0" >"$out.result"
	read -r passed failed skipped seconds <"$out.result"
	printf '%-20s %3d passed, %d failed, %d skipped (%d s)\n' "$1" "$passed" "$failed" \
		"$skipped" "$seconds"
	if [ "$failed" -ne 0 ]; then
		sed 's/^/  /' "$out.err" "$out.tap" || true
	fi
	all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
	all_skipped=$((all_skipped + skipped))
}

# Waits for any of the running VMs. What its process exits with tells nothing.
reap()
{
	local pid

	wait -n -p pid || true
	report "${running[$pid]}"
	unset "running[$pid]"
}

# Each VM in a process group of its own, so that it can be ended with all its children.
run_all()
{
	local entry

	set -m
	for entry; do
		[ ${#running[@]} -lt "$jobs" ] || reap
		run_one "$entry" </dev/null &
		running[$!]=$entry
	done
	while [ ${#running[@]} -gt 0 ]; do
		reap
	done
	set +m
}

end_all()
{
	local pid

	for pid in "${!running[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	exit 130
}

cell()
{
	local passed failed skipped

	if ! grep -qxF "$1:$2" <<<"$entries"; then
		echo -
		return
	fi
	read -r passed failed skipped _ <"$logs/$1.$2.result"
	if [ "$failed" -gt 0 ]; then
		echo "FAIL $failed/$((passed + failed + skipped))"
	elif [ "$skipped" -gt 0 ]; then
		echo "ok $passed+$skipped"
	else
		echo "ok $passed"
	fi
}

print_table()
{
	local kernel test row shown=()

	for test in $tests; do
		! grep -q ":$test$" <<<"$entries" || shown+=("$test")
	done
	printf '%-12s' kernel "${shown[@]}" | sed 's/ *$//'
	echo
	cut -d : -f 1 <<<"$entries" | sort -uV | while read -r kernel; do
		row=$(printf '%-12s' "$kernel")
		for test in "${shown[@]}"; do
			row+=$(printf '%-12s' "$(cell "$kernel" "$test")")
		done
		echo "${row%"${row##*[! ]}"}"
	done
	echo "ok PASSED[+SKIPPED]; FAIL FAILED/ALL; - does not run there"
}

matrix_entries()
{
	local kernel list test

	while read -r kernel list; do
		for test in $list; do
			echo "$kernel:$test"
		done
	done < <(matrix)
}

# The longest ones first, so that no processor waits for one at the end.
default_entries()
{
	matrix_entries | grep ':rps$'
	matrix_entries | grep -v ':rps$'
}

expand()
{
	local entry

	for entry; do
		case $entry in
		*:*) echo "$entry" ;;
		*) matrix_entries | grep -F "$entry:" || die "$entry is not in the matrix" ;;
		esac
	done
}

check_programs()
{
	local program

	for program in "$1/tcpstate" "$1/load"; do
		[ -x "$program" ] || die "$program is not there: run make check-vm"
		! readelf -l "$program" | grep INTERP >/dev/null ||
			die "$program is not static: run make check-vm"
	done
}

# What is missing is looked for and fetched before several VMs want it at once.
prepare()
{
	local needs

	needs=$(cut -d : -f 1 <<<"$entries" | sort -u)
	if grep -q -- -arm64 <<<"$needs"; then
		check_programs "$build/vm-arm64"
		needs="$needs busybox-arm64"
	fi
	if grep -qv -- -arm64 <<<"$needs"; then
		check_programs "$build/vm-build"
	fi
	# shellcheck disable=SC2086 # a list
	scripts/vm-fetch.sh $needs
	mkdir -p "$logs" "$build/totals"
}

case ${1:-} in
-*)
	usage
	exit 0
	;;
esac
build=${1:-build}
shift || true
logs=$build/vm-logs
export VM_CACHE=${VM_CACHE:-$build/vm}
jobs=${VM_JOBS:-$(nproc)}
[ -n "${VM_JOBS:-}" ] || [ "$jobs" -le 4 ] || jobs=4
if [ $# -eq 0 ]; then
	entries=$(default_entries)
else
	entries=$(expand "$@")
fi
prepare

declare -A running=()
all_passed=0 all_failed=0 all_skipped=0
trap end_all INT TERM
# shellcheck disable=SC2086 # a list
run_all $entries
echo
print_table
echo "kernel $all_passed $all_failed $all_skipped" >"$build/totals/kernel"
echo "kernel: $all_passed passed, $all_failed failed, $all_skipped skipped"
[ $all_failed -eq 0 ]
