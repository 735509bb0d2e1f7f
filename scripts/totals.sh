#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Adds up the verdicts of the test runs; its last line is theirs: totals.sh FOLDER
# A part that left no verdict has failed; so has a skip that EXPECTED_SKIPS (default 0) does
# not allow for.
set -u
passed=0 failed=0 skipped=0
for part in ${PARTS:-unit golden fuzz live}; do
	if read -r name p f s < "$1/$part"; then
		printf '%-8s %6d passed %4d failed %4d skipped\n' "$name" "$p" "$f" "$s"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	else
		printf '%-8s left no verdict\n' "$part"
		failed=$((failed + 1))
	fi 2> /dev/null
done
if [ $skipped -gt "${EXPECTED_SKIPS:-0}" ]; then
	echo "$skipped tests were skipped, ${EXPECTED_SKIPS:-0} expected"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
