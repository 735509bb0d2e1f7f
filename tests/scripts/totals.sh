# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: totals.sh adds up, and fails for what must not pass unnoticed.

# totals STATUS LAST-LINE PART-LINE...
totals()
{
	wanted=$1 last=$2
	shift 2
	rm -rf "$work/totals"
	mkdir "$work/totals"
	for line; do
		echo "$line" >"$work/totals/${line%% *}"
	done
	PARTS='unit live' EXPECTED_SKIPS=${expected:-0} "$root/scripts/totals.sh" "$work/totals" >"$work/out" 2>&1
	[ $? -eq "$wanted" ] && [ "$(tail -n 1 "$work/out")" = "$last" ]
}
prints()
{
	grep -q "$1" "$work/out"
}

ok "totals: all parts" totals 0 '12 passed, 0 failed, 0 skipped' 'unit 10 0 0' 'live 2 0 0 0'
ok "totals: a failure" totals 1 '12 passed, 1 failed, 0 skipped' 'unit 10 1 0' 'live 2 0 0'
ok "totals: a part without a result" totals 1 '10 passed, 1 failed, 0 skipped' 'unit 10 0 0'
ok "totals: a skip" totals 1 '12 passed, 1 failed, 1 skipped' 'unit 10 0 1' 'live 2 0 0'
expected=1
ok "totals: an expected skip" totals 0 '12 passed, 0 failed, 1 skipped' 'unit 10 0 1' 'live 2 0 0'
expected=0
ok "totals: 1 % of retries" totals 0 '210 passed, 0 failed, 0 skipped' 'unit 10 0 0' 'live 200 0 0 2'
ok "totals: they are printed" prints 'live .* 2 passed after retry'
ok "totals: more than 1 % of retries" totals 1 '209 passed, 1 failed, 0 skipped' 'unit 10 0 0' \
	'live 199 0 0 2'
