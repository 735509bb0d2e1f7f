# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: what the Makefile builds and prints.

build=${BUILD:-$root/build}

# Standard output of `make run` is that of the program, also where something is built first.
run_json()
{
	"$build/tcpstate" stats --json >/dev/null 2>&1 || return
	rm -f "$build/flavour"
	(cd "$root" && ${MAKE:-make} --no-print-directory run BUILD="$build" ARGS='stats --json') >"$work/json" 2>"$work/err"
	status=$?
	cat "$work/json" "$work/err" >"$work/out"
	[ $status -eq 0 ] && grep -q LINK "$work/err" && python3 -c '
import json, sys
for line in sys.stdin:
    json.loads(line)
' <"$work/json"
}

man_page()
{
	mandoc -Tlint -Wwarning "$1" >"$work/out" 2>&1
}

ok "make run: standard output is JSON alone" run_json
for page in ${MANS:-"$build"/man/*.[1-9]}; do
	ok "man page: ${page##*/}" man_page "$page"
done
