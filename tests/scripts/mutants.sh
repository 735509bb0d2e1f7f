# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: mutants.sh puts faults into a copy, and counts what the judge notices.

mkdir -p "$work/mutants"
cat >"$work/mutants/clamp.c" <<'EOT'
/* x < 1, never reached */
#include <stdio.h>

static const int limits[] = { 3, 4 };

static int clamp(int x)
{
	if (x < 2) /* a < b */
		return 2;
	(void)"1 < 2 && 3";
	return x;
}

int main(void)
{
	(void)puts("x == 1");
	return clamp(1) != 2;
}
EOT
judge='cc -w -o clamp clamp.c && ./clamp'

faults() # OPTION... of 100: what is listed
{
	"$root/scripts/mutants.sh" --tree "$work/mutants" --list "$@" 100 clamp.c >"$work/out" 2>&1
}

same_seed_same_faults()
{
	faults --seed 3 && cp "$work/out" "$work/first" && faults --seed 3 && cmp -s "$work/out" "$work/first"
}

other_seed_other_faults()
{
	for seed in 4 5 6 7 8 9; do
		faults --seed $seed && ! cmp -s "$work/out" "$work/first" && return
	done
	return 1
}

# Four lines have something to change outside of comments, strings and tables.
only_code()
{
	for seed in 1 2 3 4 5 6 7 8; do
		faults --seed $seed || return 1
		[ "$(cut -f 2 "$work/out" | sort -n | tr '\n' ' ')" = "8 9 16 17 " ] || return 1
		! grep -E 'x <= 1|a <= b|\{ 4, |1 <= 2|x != 1' "$work/out" || return 1
	done
}

judged() # STATUS WANTED OPTION...
{
	wanted_status=$1 wanted=$2
	shift 2
	before=$(cksum "$work/mutants/clamp.c")
	"$root/scripts/mutants.sh" --tree "$work/mutants" "$@" 100 clamp.c >"$work/out" 2>&1
	[ $? -eq "$wanted_status" ] && tail -n 1 "$work/out" | grep -q "^$wanted" &&
		[ "$(cksum "$work/mutants/clamp.c")" = "$before" ] && [ "$(ls "$work/mutants")" = clamp.c ]
}

printf 'clamp.c\t8\tif (x < 2)\tif (x <= 2)\nclamp.c\t9\treturn 2;\treturn 3;\n' >"$work/faults"

ok "mutants: a seed chooses always the same" same_seed_same_faults
ok "mutants: another seed chooses others" other_seed_other_faults
ok "mutants: only in code" only_code
ok "mutants: one is noticed, one is none" judged 1 "1 of 2 faults noticed (50 %)" --faults "$work/faults" --judge "$judge"
ok "mutants: all are noticed" judged 0 "4 of 4 faults noticed (100 %)" --judge 'grep -q 4 clamp.c && cksum clamp.c | grep -q "^'"$(cksum <"$work/mutants/clamp.c" | cut -d ' ' -f 1) "'"'
ok "mutants: without a fault the tests must pass" judged 1 "" --judge false
ok "mutants: ends when the time is over" judged 0 "0 of 0" --time 0 --judge "$judge"
