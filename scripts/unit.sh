#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs unit test programs (cmocka) and adds up their results: unit.sh TOTALS PROGRAM...
# Prints the output of a program with a failed or skipped test.
set -u
totals=$1
shift
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
passed=0 failed=0 skipped=0
mkdir -p "$totals"
for program in "$@"; do
	CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$out" 2>&1
	status=$?
	# cmocka 1.1.5 prints `not ok N # SKIP` for a skipped test; a group of tests has a plan 1..N.
	counts=$(awk -v status=$status '
		/^1\.\.[0-9]+$/ { planned += substr($0, 4) }
		/^(not )?ok [0-9]+.*# SKIP/ { s++; next }
		/^ok [0-9]/ { p++ }
		/^not ok [0-9]/ { f++ }
		END {
			# no plan, or a crash
			if (!planned || p + f + s != planned) f++
			# a sanitizer
			if (status && !f) f++
			print p + 0, f + 0, s + 0
		}' "$out")
	read -r p f s <<-EOT
		$counts
	EOT
	[ "$f$s" = 00 ] || cat "$out"
	printf '  %-8s%s: %s passed\n' UNIT "${program#*/unit/}" "$p"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "unit $passed $failed $skipped" >"$totals/unit"
[ $failed -eq 0 ]
