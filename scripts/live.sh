#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs the live tests (root) and leaves their result: live.sh TOTALS PYTHON [PYTEST ARGUMENT...]
set -u
totals=$1 python=$2
shift 2
mkdir -p "$totals"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
{
	"$python" -m pytest -p no:cacheprovider -q -rsfE tests/live "$@"
	echo "pytest-status $?"
} 2>&1 | tee "$log" | grep -v '^pytest-status'
number() {
	tail -n 2 "$log" | grep -o "[0-9]* $1" | head -n 1 | grep -o '[0-9]*' || echo 0
}
status=$(sed -n 's/^pytest-status //p' "$log")
failed=$(($(number failed) + $(number error)))
[ "$status" -eq 0 ] || [ $failed -gt 0 ] || failed=1
retried=$(grep -c '^passed after retry: ' "$log")
echo "live $(number passed) $failed $(number skipped) $retried" >"$totals/live"
[ "$status" -eq 0 ]
