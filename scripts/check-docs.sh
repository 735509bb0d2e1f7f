#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Checks that the documents name what exists: check-docs.sh [PROGRAM]
# Paths in all documents, and functions in those about the code. With PROGRAM also a man page for
# each command, and each key of JSON in tcpstate-json(5). Prints each miss as FILE: WHAT, and exits
# with 1 if there is one.

set -u
cd "$(dirname "$0")/.." || exit 2
program=${1:-}
folders='src|bpf|include|tests|scripts|doc|vmlinux|\.ci'
foreign='accept|connect|listen|close|fork|read|shutdown|module_verb_object'

miss() # FILE WHAT
{
	echo "$1: $2 does not exist"
	missing=1
}

quoted() # FILE PATTERN: what matches between backquotes
{
	grep -oE "\`$2" "$1" | tr -d "\`" | grep -v NAME | sort -u
}

missing=0
for file in README.md CONTRIBUTING.md SECURITY.md doc/*.md doc/guides/*.md; do
	while read -r path; do
		compgen -G "$path" >/dev/null || miss "$file" "$path"
	done < <(quoted "$file" "($folders)/[^\` ]*\`")
done

for file in CONTRIBUTING.md doc/architecture.md; do
	while read -r function; do
		grep -rqE "\b$function\(|BPF_PROG\($function\b" src bpf || miss "$file" "$function()"
	done < <(quoted "$file" '[a-z_]+\(\)' | tr -d '()' | grep -vxE "$foreign")
done

if [ "$program" ]; then
	while read -r command; do
		grep -qE "^\.Nm tcpstate-$command( ,)?$" doc/man/*.in ||
			miss doc/man "a page of tcpstate $command"
	done < <("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	for command in trace list stuck; do
		while read -r key; do
			grep -qE "^\.It Cm (.* )?$key( |$)" doc/man/tcpstate-json.5.in ||
				miss doc/man/tcpstate-json.5.in "key $key of $command"
		done < <("$program" "$command" -o help | awk '$2 ~ /^[t-][c-]j$/ { print $1 }')
	done
fi
exit $missing
