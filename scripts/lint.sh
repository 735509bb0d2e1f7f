#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Checks of the sources; the last two check more files after a build: lint.sh [TOTALS]. Prints TAP, and leaves TOTALS/lint.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
totals=${1:-}
count=0 failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

check() # NAME COMMAND...
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$out" 2>&1; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$out"
	fi
}

# Scripts that run inside a VM have no first line; their shell is busybox's. They leave lists of
# options unquoted, and tap.sh is sourced.
shellcheck_scripts()
{
	find scripts tests -name '*.sh' ! -path 'tests/kernel/*' -exec shellcheck -x -P SCRIPTDIR -S warning .ci/run {} +
}
shellcheck_kernel_tests()
{
	shellcheck -s dash -x -P SCRIPTDIR -S warning -e SC2034,SC2046,SC2120 tests/kernel/*.sh
}

check "shellcheck: scripts" shellcheck_scripts
check "shellcheck: tests/kernel" shellcheck_kernel_tests
check "clang-format" scripts/format.sh --check
check "direction of dependencies" scripts/check-layers.sh
check "banned words" scripts/prose.sh
check "clang-tidy" scripts/analyze.sh clang-tidy
check "gcc -fanalyzer" scripts/analyze.sh gcc
echo "1..$count"
[ -z "$totals" ] || { mkdir -p "$totals" && echo "lint $((count - failed)) $failed 0" >"$totals/lint"; }
[ $failed -eq 0 ]
