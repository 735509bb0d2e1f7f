#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel matrix (tests/kernel/matrix): boots kernels with the static program, runs the tests of
# each boot and prints a table of kernels and tests. A VM that dies is booted again; a test that fails
# is run once more, in a VM of its own with no other beside it. Both count as retries, which
# scripts/totals.sh bounds. Leaves BUILD/totals/kernel: NAME PASSED FAILED SKIPPED RETRIED.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

matrix=${VM_MATRIX:-tests/kernel/matrix}

usage()
{
	cat <<-EOT
	Usage: scripts/check-vm.sh [BUILD [KERNEL[:TEST]...]]

	BUILD   default build; BUILD/vm-build and BUILD/vm-arm64 have the static tcpstate and load
	KERNEL  all boots of that kernel; with :TEST that test in a VM of its own; default: the matrix

	Environment: VM_JOBS, VMs at a time (default: one for each processor, at most 4);
	VM_CACHE (default BUILD/vm). BUILD/vm-logs keeps the output of each VM.
	EOT
}

skip_is_expected()
{
	local where name

	while IFS='|' read -r where name _; do
		# shellcheck disable=SC2053 # patterns
		if [[ $1 = ${where#skip } && $2 = $name ]]; then
			return 0
		fi
	done < <(grep '^skip ' "$matrix")
	return 1
}

# Sets kernel, tests and options (of vm-run.sh) from a boot of the matrix.
parse_boot()
{
	local word

	kernel=${1%% *} tests=() options=(--cpus 2 --memory 1024)
	for word in ${1#* }; do
		case $word in
		*=*) options+=("--${word%%=*}" "${word#*=}") ;;
		*) tests+=("$word") ;;
		esac
	done
	options+=(--timeout $((240 + 180 * ${#tests[@]})))
}

# A skip that the matrix does not expect is a failure.
judge_skips()
{
	local line name

	while read -r line; do
		name=$(sed -E 's/^ok [0-9]+ *(- *)?//; s/ *# [Ss][Kk][Ii][Pp] */ # /' <<<"$line")
		if skip_is_expected "$1" "$name"; then
			skipped=$((skipped + 1))
		else
			failed=$((failed + 1))
			echo "skipped, not expected: $name" >>"$out.err"
		fi
	done < <(grep -iE '^ok .*# skip' "$out.tap" || true)
}

# judge KERNEL:TEST STATUS: by the results and the exit status, which must agree. Writes .result:
# PASSED FAILED SKIPPED.
judge()
{
	local out=$logs/${1/:/.} passed failed skipped=0

	passed=$(grep -E '^ok ' "$out.tap" | grep -civ '# skip' || true)
	failed=$(grep -cE '^not ok ' "$out.tap" || true)
	judge_skips "$1"
	# A test that ended early has no plan.
	if ! grep -qx "1\.\.$((passed + failed + skipped))" "$out.tap"; then
		failed=$((failed + 1))
		echo "no plan, or not of $((passed + failed + skipped - 1)) results" >>"$out.err"
	fi
	if [ "$2" != 0 ]; then
		[ "$failed" -gt 0 ] || failed=1
		echo "exit status: $2" >>"$out.err"
	fi
	echo "$passed $failed $skipped" >"$out.result"
}

# The part of a boot's output that belongs to one test. A test without an end has no status.
split_output()
{
	sed -n "/^VM-TEST $2\$/,/^VM-TEST-END $2 /p" "$1" | grep -v '^VM-TEST' || true
}

# Runs beside others. Leaves .tap, .err and .result of each test; .console, .output, .boots and
# .seconds of the first one for the whole boot.
run_boot()
{
	local begin=$SECONDS kernel tests options files programs=$build/vm-build
	local each test status first

	parse_boot "$1"
	first=$logs/$kernel.${tests[0]%%:*}
	rm -f "$first".*
	[[ $kernel != *-arm64 ]] || programs=$build/vm-arm64
	files=("$programs/tcpstate" "$programs/load" tests/kernel/*.sh)
	scripts/vm-run.sh --log "$first.console" "${options[@]}" "$kernel" "${files[@]}" \
		-- sh boot.sh "${tests[@]}" >"$first.output" 2>"$first.vm" || true
	echo $((SECONDS - begin)) >"$first.seconds"
	grep -c 'the VM died' "$first.vm" >"$first.deaths" || true
	for each in "${tests[@]}"; do
		test=${each%%:*}
		split_output "$first.output" "$test" >"$logs/$kernel.$test.tap"
		cp "$first.vm" "$logs/$kernel.$test.err"
		status=$(sed -n "s/^VM-TEST-END $test //p" "$first.output")
		judge "$kernel:$test" "${status:-the VM ended first}"
	done
}

# The boot of one test: KERNEL OPTION=VALUE... TEST.
boot_of_one()
{
	local word line=${1%% *}

	for word in ${1#* }; do
		case $word in
		*=* | "$2" | "$2:"*) line+=" $word" ;;
		esac
	done
	echo "$line"
}

# One line for each test of a boot that is done; the whole output of one that failed. A test that
# failed for the first time is left for run_again().
report()
{
	local kernel tests options each out passed failed skipped deaths

	parse_boot "$1"
	out=$logs/$kernel.${tests[0]%%:*}
	deaths=$(cat "$out.deaths" 2>/dev/null || echo 0)
	echo "$kernel: $(cat "$out.seconds" 2>/dev/null || echo 0) s, ${#tests[@]} tests"
	for each in "${tests[@]%%:*}"; do
		out=$logs/$kernel.$each
		[ -s "$out.result" ] || echo "0 1 0" >"$out.result"
		read -r passed failed skipped <"$out.result"
		printf '  %-20s %3d passed, %d failed, %d skipped%s\n' "$each" "$passed" "$failed" "$skipped" \
			"$([ "$deaths" -eq 0 ] || [ "$failed" -gt 0 ] || echo ', passed after retry')"
		if [ "$failed" -ne 0 ]; then
			sed 's/^/  /' "$out.err" "$out.tap" || true
		fi
		if [ "$failed" -ne 0 ] && [ -z "$last" ]; then
			again+=("$failed $(boot_of_one "$1" "$each")")
			continue
		fi
		all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
		all_skipped=$((all_skipped + skipped))
	done
	all_retried=$((all_retried + deaths))
}

# Those that failed, one after the other. The results that failed before count as retried.
run_again()
{
	local each boot before

	last=yes
	for each in "${again[@]}"; do
		before=${each%% *} boot=${each#* }
		echo "once more, alone: $boot"
		boots=$boot run_all
		parse_boot "$boot"
		if grep -q '^[0-9]* 0 ' "$logs/$kernel.${tests[0]%%:*}.result"; then
			all_retried=$((all_retried + before))
			echo "passed after retry: $boot ($before failed before)"
		fi
	done
}

# Waits for any of the running VMs; its results are in its files.
reap()
{
	local pid

	wait -n -p pid || true
	report "${running[$pid]}"
	unset "running[$pid]"
}

# Each VM has a process group of its own, so that it can be ended with all its children.
run_all()
{
	local boot

	set -m
	while read -r boot <&3; do
		[ ${#running[@]} -lt "$jobs" ] || reap
		run_boot "$boot" </dev/null 3<&- &
		running[$!]=$boot
	done 3<<<"$boots"
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

# KERNEL TEST of each test in the boots, one a line.
list_tests()
{
	awk '{ for (i = 2; i <= NF; i++) if ($i !~ /=/) { sub(/:.*/, "", $i); print $1, $i } }' <<<"$boots"
}

cell()
{
	local passed failed skipped

	if ! list_tests | grep -qxF "$1 $2"; then
		echo -
		return
	fi
	read -r passed failed skipped <"$logs/$1.$2.result"
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

	mapfile -t shown < <(list_tests | awk '!seen[$2]++ { print $2 }')
	printf '%-13s' kernel "${shown[@]}" | sed 's/ *$//'
	echo
	list_tests | cut -d ' ' -f 1 | sort -uV | while read -r kernel; do
		row=$(printf '%-13s' "$kernel")
		for test in "${shown[@]}"; do
			row+=$(printf '%-13s' "$(cell "$kernel" "$test")")
		done
		echo "${row%"${row##*[! ]}"}"
	done
	echo "ok PASSED[+SKIPPED]; FAIL FAILED/ALL; - does not run there"
}

# Boots of the matrix, or of a KERNEL, or one test of it: KERNEL OPTION=VALUE... TEST...
find_boots()
{
	local entry found

	if [ $# -eq 0 ]; then
		sed -n 's/^boot //p' "$matrix"
	fi
	for entry; do
		found=$(sed -n 's/^boot //p' "$matrix" | awk -v kernel="${entry%%:*}" -v test="${entry#"${entry%%:*}"}" '
			$1 != kernel { next }
			test == "" { print; next }
			{
				line = $1; hit = 0
				for (i = 2; i <= NF; i++) {
					name = $i
					sub(/:.*/, "", name)
					if ($i ~ /=/) line = line " " $i
					else if (":" name == test) { line = line " " $i; hit = 1 }
				}
				if (hit) print line
			}')
		[ -n "$found" ] || die "$entry is not in the matrix"
		echo "$found"
	done
}

check_programs()
{
	local program

	for program in "$1/tcpstate" "$1/load"; do
		[ -x "$program" ] || die "no $program: run make check-vm"
		! readelf -l "$program" | grep INTERP >/dev/null ||
			die "$program is not static: run make check-vm"
	done
}

# Fetches kernels before several VMs want the same one.
prepare()
{
	local needs

	needs=$(cut -d ' ' -f 1 <<<"$boots" | sort -u)
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
boots=$(find_boots "$@")
prepare

declare -A running=()
again=() last=
all_passed=0 all_failed=0 all_skipped=0 all_retried=0
trap end_all INT TERM
run_all
[ ${#again[@]} -eq 0 ] || run_again
echo
print_table
echo "kernel $all_passed $all_failed $all_skipped $all_retried" >"$build/totals/kernel"
echo "kernel: $all_passed passed, $all_failed failed, $all_skipped skipped, $all_retried retried"
[ $all_failed -eq 0 ]
