#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs the live tests (root) and leaves their result: live.sh TOTALS PYTHON [PYTEST ARGUMENT...]
# Environment: LIVE_PATHS (default tests/live), LIVE_PART, the name of the result (default live).
set -u
totals=$1 python=$2 part=${LIVE_PART:-live}
shift 2
mkdir -p "$totals"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
{
	# shellcheck disable=SC2086 # a list of paths
	"$python" -m pytest -p no:cacheprovider -q -rsfE ${LIVE_PATHS:-tests/live} "$@"
	echo "pytest-status $?"
} 2>&1 | tee "$log" | grep -v '^pytest-status'
number() {
	tail -n 2 "$log" | grep -o "[0-9]* $1" | head -n 1 | grep -o '[0-9]*' || echo 0
}
status=$(sed -n 's/^pytest-status //p' "$log")
failed=$(($(number failed) + $(number error)))
[ "$status" -eq 0 ] || [ $failed -gt 0 ] || failed=1
retried=$(grep -c '^passed after retry: ' "$log")
echo "$part $(number passed) $failed $(number skipped) $retried" >"$totals/$part"
[ "$status" -eq 0 ]
