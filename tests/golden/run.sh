#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Golden tests: standard output, standard error and the exit status are compared whole with
# GROUP/NAME.expected: run.sh [GROUP...]. UPDATE=1 writes those instead: read every line of the
# difference. Each group has a folder with a run.sh.
#
# Environment: TCPSTATE (the program), BUILD (its folder), CORE (its archive), LIBS, CC, UPDATE.

# shellcheck source=tests/golden/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- replay stats explain
for group; do
	# shellcheck source=/dev/null
	. "$here/$group/run.sh"
done

echo "1..$count"
[ ! -d "$build/totals" ] || echo "golden $((count - failed)) $failed 0" >"$build/totals/golden"
[ "$failed" -eq 0 ]
