# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: check-docs.sh finds each kind of name that does not exist.

tree=$work/docs
docs() # LINE: status of the check where CONTRIBUTING.md also has that line
{
	rm -rf "$tree"
	mkdir -p "$tree/scripts" "$tree/src/lib" "$tree/bpf" "$tree/doc/guides" "$tree/doc/man"
	cp "$root/scripts/check-docs.sh" "$tree/scripts"
	echo 'int error_set(void);' >"$tree/src/lib/error.h"
	echo 'int BPF_PROG(set_state, struct sock *sk)' >"$tree/bpf/transition.bpf.c"
	for each in README.md SECURITY.md doc/architecture.md doc/guides/close-wait.md; do
		# shellcheck disable=SC2016
		echo '`src/lib/error.h`, `src/NAME/`, `bpf/*.bpf.c`, `error_set()`, `set_state()`' >"$tree/$each"
	done
	echo "$1" >"$tree/CONTRIBUTING.md"
	cat >"$tree/program" <<-'EOT'
		#!/bin/sh
		case $1 in
		--help) printf 'Commands:\n  trace     print\n\nOptions:\n  none  x\n' ;;
		*) printf '  old  -cj  state\n  local  t--  address\n' ;;
		esac
	EOT
	chmod +x "$tree/program"
	echo '.Nm tcpstate-trace' >"$tree/doc/man/tcpstate-trace.8.in"
	echo '.It Cm old , new' >"$tree/doc/man/tcpstate-json.5.in"
	"$tree/scripts/check-docs.sh" "$tree/program" >"$work/out" 2>&1
}
docs_refused() # LINE WHAT
{
	! docs "$1" && [ "$(cat "$work/out")" = "CONTRIBUTING.md: $2 does not exist" ]
}
docs_man_refused() # FILE SED-COMMAND WHAT: of a copy of the program or page that was changed
{
	docs
	sed -i "$2" "$tree/$1"
	! "$tree/scripts/check-docs.sh" "$tree/program" >"$work/out" 2>&1 && grep -qF "$3" "$work/out"
}

# shellcheck disable=SC2016
{
	ok "docs: names that exist" docs '`src/lib/`'
	ok "docs: a file that does not exist" docs_refused '`src/lib/index.c`' src/lib/index.c
	ok "docs: a function that does not exist" docs_refused '`error_told()`' 'error_told()'
}
ok "docs: a command without a page" docs_man_refused program 's/  trace /  top   /' 'a page of tcpstate top'
ok "docs: a key without a description" docs_man_refused doc/man/tcpstate-json.5.in 's/old , //' 'key old of trace'
docs_here()
{
	"$root/scripts/check-docs.sh" "${BUILD:-$root/build}/tcpstate" >"$work/out" 2>&1
}
ok "docs: the documents of this tree" docs_here
