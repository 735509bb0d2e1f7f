#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Prints a man page from its source: man.sh FILE VERSION MDOC...
# A line @OPTIONS COMMAND@, @COLUMNS@, @SOCKET_COLUMNS@ or @STUCK_COLUMNS@ is replaced by the output of
# the command `MDOC options COMMAND`, `MDOC columns` and so on: lists from the program's own tables.
# Fails if MDOC does.
set -eu
file=$1 version=$2
shift 2

# For mandoc -Tlint: text lines of 80 bytes at most, and no word that is a function without markup.
# shellcheck disable=SC2016 # awk, not shell
wrap='
/^\./ { print; next }
{
	gsub(/\(\)/, "\\\\\\&()")
	text = $1
	for (i = 2; i <= NF; i++) {
		if (length(text) + length($i) > 78) {
			print text
			text = $i ~ /^[.\047]/ ? "\\&" $i : $i
		} else {
			text = text " " $i
		}
	}
	print text
}'

page=$(
	while IFS= read -r line; do
		case $line in
		@[A-Z]*@)
			part=${line#@} part=${part%@}
			name=$(echo "${part%% *}" | tr 'A-Z_' 'a-z-')
			argument=${part#"${part%% *}"}
			list=$("$@" "$name" ${argument:+"${argument# }"})
			printf '%s\n' "$list" | awk "$wrap"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$file"
)
printf '%s\n' "$page" | sed "s/@VERSION@/$version/"
