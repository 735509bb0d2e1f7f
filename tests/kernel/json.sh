# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by the tests that run inside a VM (busybox sh): fields of JSON lines, and what /proc says
# of descriptors.

# fields NAMES FILE: of JSON lines, one a line; FILE may be - for standard input.
fields()
{
	awk -v names="$1" '
		{
			out = ""
			count = split(names, name, " ")
			for (i = 1; i <= count; i++) {
				value = $0
				sub(".*[,{]\"" name[i] "\":", "", value)
				sub(/[,}].*/, "", value)
				gsub(/"/, "", value)
				out = out (i > 1 ? " " : "") value
			}
			print out
		}' "$2"
}

# "INODE PID FD" of every socket that a process has open.
holders_of_proc()
{
	for fd in /proc/[0-9]*/fd/*; do
		target=$(readlink "$fd" 2>/dev/null) || continue
		case $target in
		socket:*)
			inode=${target#socket:[}
			pid=${fd#/proc/}
			echo "${inode%]} ${pid%%/*} ${fd##*/}"
			;;
		esac
	done
}
