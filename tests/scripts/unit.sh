# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: unit.sh counts what cmocka programs print.

# program NAME STATUS: one that prints standard input, with the format that the environment asks for.
program()
{
	mkdir -p "$work/unit"
	{
		printf '#!/bin/sh\n[ "$CMOCKA_MESSAGE_OUTPUT" = TAP ] || exit 1\ncat <<\\EOT\n'
		cat
		printf 'EOT\nexit %s\n' "$2"
	} >"$work/unit/$1"
	chmod +x "$work/unit/$1"
}

# unit_totals STATUS PASSED FAILED SKIPPED NAME...
unit_totals()
{
	status=$1 totals="unit $2 $3 $4"
	shift 4
	rm -rf "$work/totals"
	(cd "$work" && "$root/scripts/unit.sh" totals "$@") >"$work/out" 2>&1
	[ $? -eq "$status" ] && [ "$(cat "$work/totals/unit")" = "$totals" ]
}

program good 0 <<'EOT'
1..2
ok 1 - one
ok 2 - two
# ok - good
EOT
# As cmocka 1.1.5 prints it; later versions print `ok 4 - four # SKIP`.
program mixed 2 <<'EOT'
1..5
ok 1 - one
not ok 2 - two
# 0x1 != 0x2
not ok 3 - three
not ok 4 # SKIP four
ok 5 - five # SKIP
# not ok - mixed
EOT
program groups 0 <<'EOT'
1..1
ok 1 - one
1..2
ok 1 - two
ok 2 - three
EOT
program crash 139 <<'EOT'
1..3
ok 1 - one
EOT
program leak 1 <<'EOT'
1..1
ok 1 - one
==1==ERROR: LeakSanitizer: detected memory leaks
EOT
ok "unit: all pass" unit_totals 0 2 0 0 unit/good
ok "unit: every failure and every skip counts" unit_totals 1 1 2 2 unit/mixed
ok "unit: two groups in one program" unit_totals 0 3 0 0 unit/groups
ok "unit: a crash is a failure" unit_totals 1 1 1 0 unit/crash
ok "unit: an exit status is a failure" unit_totals 1 1 1 0 unit/leak
ok "unit: programs add up" unit_totals 1 7 3 2 unit/good unit/mixed unit/groups unit/crash
