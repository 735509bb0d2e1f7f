#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Checks the direction of dependencies between the folders of src/: check-layers.sh [SRC]
# Prints each include that breaks a rule as FILE:LINE: RULE, and exits with 1 if there is one.
# doc/architecture.md describes the folders.

set -u
src=${1:-src}

# From the top down, one rank a line. A folder includes what is below its rank. Folders of one
# rank include each other where that makes no circle; features never do. top, serve and run do not
# exist yet: their place is above the other features, whose logic they use.
ranks='main
cmd
cli
top serve run
list stuck stats explain selftest
output
fields
origin sockets events counts
tracer
filter
tcp system
lib'
features='list stuck stats explain selftest top serve run'

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

{
	find "$src" -maxdepth 1 -type f ! -name main.c | sed 's/$/:1: only main.c belongs in this folder/'
	find "$src" -type f -name '*.[ch]' -exec grep -Hn '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + |
		awk -v src="$src/" -v ranks="$ranks" -v features="$features" -v edges="$work/edges" '
		function complain(rule) { print file ":" line ": " rule }
		BEGIN {
			count = split(ranks, row, "\n")
			for (i = 1; i <= count; i++) {
				n = split(row[i], name, " ")
				for (j = 1; j <= n; j++) rank[name[j]] = i
			}
			n = split(features, name, " ")
			for (j = 1; j <= n; j++) feature[name[j]] = 1
		}
		{
			match($0, /:[0-9]+:/)
			file = substr($0, 1, RSTART - 1)
			line = substr($0, RSTART + 1, RLENGTH - 2)
			split($0, quoted, "\"")
			path = quoted[2]
			from = substr(file, length(src) + 1)
			sub(/\/.*|\.c$/, "", from)
			to = path
			sub(/\/.*/, "", to)
			if (path ~ /\.skel\.h$/) {
				if (from != "tracer") complain("only tracer/ includes a skeleton: " path)
			} else if (path ~ /^tracer\/internal\.h$/ && from != "tracer") {
				complain("private to tracer/: " path)
			} else if (path !~ /\// || path ~ /^\.\.?\//) {
				complain("an include names its folder: " path)
			} else if (!(from in rank)) {
				complain(from "/ has no rank in this script")
			} else if (to == from || to == "tcpstate") {
				next
			} else if (!(to in rank)) {
				complain("unknown folder: " path)
			} else if (rank[to] < rank[from]) {
				complain(from "/ includes upward: " path)
			} else if (feature[from] && feature[to] && rank[from] == rank[to]) {
				complain("a feature includes another one: " path)
			} else if (rank[to] == rank[from]) {
				print from, to > edges
			}
		}'
	# Peers of one rank: tsort names the folders of a circle.
	if [ -s "$work/edges" ] && ! tsort "$work/edges" >/dev/null 2>"$work/circle"; then
		printf '%s:1: folders include each other in a circle:%s\n' "$src" \
			"$(sed -n '2,$s/^tsort://p' "$work/circle" | tr '\n' ' ')"
	fi
} | sort -t : -k 1,1 -k 2,2n >"$work/found"

cat "$work/found"
[ ! -s "$work/found" ]
