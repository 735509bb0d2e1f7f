#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the scripts, the Makefile and the man pages: run.sh [TOTALS]. Prints TAP, and leaves
# TOTALS/scripts.
#
# Environment: BUILD (a folder with the program), MANS (the man pages), MAKE.

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
results=${1:-}
count=0
failed=0

ok() # NAME COMMAND...
{
	name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		failed=$((failed + 1))
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/out"
	fi
}

# shellcheck source=tests/scripts/layers.sh
. "$root/tests/scripts/layers.sh"

# shellcheck source=tests/scripts/docs.sh
. "$root/tests/scripts/docs.sh"

# shellcheck source=tests/scripts/unit.sh
. "$root/tests/scripts/unit.sh"

# shellcheck source=tests/scripts/mutants.sh
. "$root/tests/scripts/mutants.sh"

# shellcheck source=tests/scripts/prose.sh
. "$root/tests/scripts/prose.sh"

# shellcheck source=tests/scripts/totals.sh
. "$root/tests/scripts/totals.sh"

# shellcheck source=tests/scripts/vm.sh
. "$root/tests/scripts/vm.sh"
# shellcheck source=tests/scripts/owner.sh
. "$root/tests/scripts/owner.sh"
# shellcheck source=tests/scripts/build.sh
. "$root/tests/scripts/build.sh"

echo "1..$count"
[ -z "$results" ] || { mkdir -p "$results" && echo "scripts $((count - failed)) $failed 0" >"$results/scripts"; }
[ "$failed" -eq 0 ]
