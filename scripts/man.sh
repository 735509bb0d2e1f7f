#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Prints a man page from its source: man.sh FILE VERSION MDOC...
# A line @OPTIONS COMMAND@, @COLUMNS@, @SOCKET_COLUMNS@ or @STUCK_COLUMNS@ is replaced by the output of
# the command `MDOC options COMMAND`, `MDOC columns` and so on: lists from the program's own tables.
set -eu
file=$1 version=$2
shift 2
while IFS= read -r line; do
	case $line in
	@[A-Z]*@)
		part=${line#@} part=${part%@}
		name=$(echo "${part%% *}" | tr 'A-Z_' 'a-z-')
		argument=${part#"${part%% *}"}
		"$@" "$name" ${argument:+"${argument# }"}
		;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$file" | sed "s/@VERSION@/$version/"
