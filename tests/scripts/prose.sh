# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: prose.sh finds banned words in prose, and leaves code alone.

# prose FILE FOUND...: the words that it finds in standard input, each as LINE: WORD
prose()
{
	file=$work/$1
	shift
	cat >"$file"
	"$root/scripts/prose.sh" "$file" >"$work/out" 2>&1
	status=$?
	sed "s|^$file:\([0-9]*: [^(]*\) (.*|\1|" "$work/out" >"$work/found"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$work/expected"
	[ $# -gt 0 ] || : >"$work/expected"
	cmp -s "$work/expected" "$work/found" && [ $status -eq $(($# > 0)) ]
}

prose_c()
{
	prose a.c '2: told' '5: sent again' '8: is no socket' '9: nobody' <<-'EOT'
	/* the record */
	int a; /* it is told
	 * within a second, of held locks
	 *
	 * and sent again */
	int told, nobody;
	enum { told = 1 };
	/* there is no listener; this is no socket */
	(void)puts("nobody listens");
	getpwnam("nobody");
	EOT
}
prose_sh()
{
	prose a.sh '2: so many' '4: gave up' '5: a look' <<-'EOT'
	told=1 face=2
	echo "$told" # so many
	run "--" + face, "--netns"
	die "the VM gave up"
	say 'a look costs' # a look-up, and take a look at it
	EOT
}
prose_py()
{
	prose a.py '2: trouble' '4: whoever' <<-'EOT'
	told = tell("told")
	"""Handshakes in trouble
	and 200 more
	whoever closes."""
	birth = 1
	EOT
}
prose_md()
{
	prose a.md '1: connections a second' <<-'EOT'
	1000 connections a second
	within a second, a first line
	EOT
}
ok "prose: comments and strings of C" prose_c
ok "prose: comments and strings of a script" prose_sh
ok "prose: docstrings of Python" prose_py
ok "prose: documents" prose_md
