#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs each fuzzer over its kept corpus, then FUZZ_SECONDS (default 10) on from there, by FUZZ_SEED
# (default 1; 0: by the time): fuzz.sh TOTALS PROGRAM...
# An input that fails is printed in base64, and kept in the folder FUZZ_FAILED if that is set.
set -u
totals=$1
shift
passed=0 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$totals"
for program in "$@"; do
	name=${program##*/fuzz_}
	mkdir "$work/$name"
	if "$program" -seed="${FUZZ_SEED:-1}" -max_total_time="${FUZZ_SECONDS:-10}" -max_len=65536 \
		-artifact_prefix="$work/$name-" "$work/$name" "tests/fuzz/corpus/$name" \
		> "$work/log" 2>&1; then
		printf '  %-8s%s: %s\n' FUZZ "$name" \
			"$(grep -o -e '^Done [0-9]* runs.*' -e '^Library: .*' "$work/log" | paste -s -d ' ')"
		passed=$((passed + 1))
	else
		tail -n 40 "$work/log"
		if [ -n "${FUZZ_FAILED:-}" ]; then
			mkdir -p "$FUZZ_FAILED"
			find "$work" -maxdepth 1 -name "$name-*" -exec cp -t "$FUZZ_FAILED" {} +
		fi
		failed=$((failed + 1))
	fi
done
echo "fuzz $passed $failed 0" > "$totals/fuzz"
[ $failed -eq 0 ]
