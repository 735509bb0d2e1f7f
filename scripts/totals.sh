#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Adds up the results of the test runs; its last line is the sum: totals.sh FOLDER
# FOLDER has a file for each part (PARTS, default: scripts unit golden fuzz live), with a line
#	NAME PASSED FAILED SKIPPED [RETRIED]
# where RETRIED tests of those that passed did so after a retry. These are failures of their own: a
# part without a result, more skips than EXPECTED_SKIPS (default 0), and more than 1 % of a part's
# tests passed after a retry.
set -u
passed=0 failed=0 skipped=0
for part in ${PARTS:-scripts unit golden fuzz live}; do
	r=0
	if ! read -r name p f s r <"$1/$part"; then
		printf '%-8s left no result\n' "$part"
		failed=$((failed + 1))
		continue
	fi 2>/dev/null
	r=${r:-0}
	printf '%-8s %6d passed %4d failed %4d skipped' "$name" "$p" "$f" "$s"
	[ "$r" -eq 0 ] || printf ' %4d passed after retry' "$r"
	echo
	if [ $((r * 100)) -gt $((p + f + s)) ]; then
		echo "$name: $r of $((p + f + s)) tests were retried, more than 1 %"
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
if [ $skipped -gt "${EXPECTED_SKIPS:-0}" ]; then
	echo "$skipped tests were skipped, ${EXPECTED_SKIPS:-0} expected"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
