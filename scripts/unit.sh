#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs unit test programs (cmocka) and adds up their verdicts: unit.sh TOTALS PROGRAM...
set -u
totals=$1
shift
passed=0 failed=0 skipped=0
mkdir -p "$totals"
for program in "$@"; do
	out=$("$program" 2>&1)
	status=$?
	# cmocka closes with "[  PASSED  ] N test(s)." and, if need be, FAILED and SKIPPED alike
	p=$(printf '%s\n' "$out" | sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' | tail -n 1)
	f=$(printf '%s\n' "$out" | sed -n 's/^\[  FAILED  \] .*, *\([0-9]*\) test.*/\1/p' | tail -n 1)
	s=$(printf '%s\n' "$out" | sed -n 's/^\[  SKIPPED \] .*, *\([0-9]*\) test.*/\1/p' | tail -n 1)
	if [ $status -ne 0 ] || [ -z "$p" ]; then
		printf '%s\n' "$out"
		[ "${f:-0}" -gt 0 ] || f=1 # a sanitizer, or a crash
	fi
	printf '  %-8s%s: %s passed\n' UNIT "${program#*/unit/}" "${p:-0}"
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
done
echo "unit $passed $failed $skipped" > "$totals/unit"
[ $failed -eq 0 ]
