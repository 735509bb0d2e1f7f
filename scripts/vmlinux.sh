#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Makes vmlinux/vmlinux.h from a kernel's BTF, and vmlinux/README.md, which says from
# which. The only way in which either file changes.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

bpftool=${BPFTOOL:-bpftool}
into=vmlinux

usage()
{
	cat <<-EOT
	Usage: scripts/vmlinux.sh [--check] [KERNEL]

	KERNEL   a BTF file, a vmlinux or a vmlinuz; default /sys/kernel/btf/vmlinux
	--check  write nothing; exit 1 if vmlinux/vmlinux.h is not what KERNEL gives

	Environment: BPFTOOL
	EOT
}

# The offset of a magic in a file, in bytes; nothing if it is not there.
find_magic()
{
	LC_ALL=C grep -abom 1 -P "$2" "$1" | head -n 1 | cut -d : -f 1
}

# A vmlinuz is a loader with a compressed vmlinux somewhere behind it.
decompress()
{
	local image=$1 out=$2 magic tool at

	while read -r magic tool; do
		at=$(find_magic "$image" "$magic") || true
		[ -n "$at" ] || continue
		# The loader goes on behind the compressed part, so the tool complains.
		tail -c +$((at + 1)) "$image" | $tool >"$out" 2>/dev/null || true
		if [ "$(head -c 4 "$out" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; then
			return 0
		fi
	done <<-'EOT'
	\x1f\x8b\x08 gzip -dc
	\xfd7zXZ\x00 xz -dc --single-stream
	\x28\xb5\x2f\xfd zstd -dc
	\x02\x21\x4c\x18 lz4 -dc
	EOT
	return 1
}

# Prints the file that bpftool can read.
open_kernel()
{
	local kernel=$1

	[ -r "$kernel" ] || die "cannot read $kernel"
	case $(head -c 4 "$kernel" | od -An -tx1 | tr -d ' ') in
	7f454c46 | 9feb01*) echo "$kernel" ;;
	*)
		decompress "$kernel" "$work/vmlinux" || die "$kernel has no kernel that I can unpack"
		echo "$work/vmlinux"
		;;
	esac
}

# Of the kernel itself where the file has it, else of the one that runs.
release_of()
{
	local banner

	case $kernel in
	/sys/*)
		uname -r
		return
		;;
	esac
	banner=$(LC_ALL=C grep -aom 1 'Linux version [0-9][^ ]*' "$file" || true)
	[ -n "$banner" ] || banner="Linux version unknown (a BTF file does not say)"
	echo "${banner#Linux version }"
}

has_type()
{
	grep -q "^$1 {" "$work/vmlinux.h"
}

architecture()
{
	if has_type "struct user_pt_regs"; then
		echo arm64
	elif grep -q '	long unsigned int orig_ax;' "$work/vmlinux.h"; then
		echo x86_64
	else
		echo other
	fi
}

# What decides which types are there at all.
notes()
{
	local type name answer

	while IFS=: read -r type name; do
		answer=no
		! has_type "$type" || answer=yes
		echo "- $name (\`$type\`): $answer"
	done <<-'EOT'
	struct ipv6_pinfo:CONFIG_IPV6
	struct mptcp_sock:CONFIG_MPTCP
	struct cgroup:CONFIG_CGROUPS
	struct bpf_iter__tcp:iterator over TCP sockets
	struct bpf_iter__task_file:iterator over open files
	struct bpf_local_storage_elem:storage in sockets
	struct module:CONFIG_MODULES
	enum sk_rst_reason:reasons in tcp_send_reset
	EOT
}

write_readme()
{
	cat <<-EOT
	# vmlinux.h

	Types of the kernel for the programs in \`bpf/\`, which are compiled once and adapt to the
	kernel that loads them (CO-RE). Made by \`scripts/vmlinux.sh\`; neither file is edited by
	hand, and the build never looks at the kernel of the machine it runs on.

	| | |
	|---|---|
	| kernel | $(release_of) |
	| architecture | $(architecture) |
	| command | \`bpftool btf dump file $shown format c\` |
	| bpftool | $("$bpftool" version | head -n 1 | cut -d ' ' -f 2) |
	| sha256 of vmlinux.h | \`$(sha256sum <"$work/vmlinux.h" | cut -d ' ' -f 1)\` |

	What this kernel, as it was configured, has types for:

	$(notes)

	A type that other kernels have and this one lacks is declared in \`bpf/\` next to its use, as
	a CO-RE flavour.
	EOT
}

check=0
if [ "${1:-}" = --check ]; then
	check=1
	shift
fi
case ${1:-} in
--help | -h)
	usage
	exit 0
	;;
-*)
	usage >&2
	exit 2
	;;
esac
kernel=${1:-/sys/kernel/btf/vmlinux}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=$(open_kernel "$kernel")
shown=$kernel
case $kernel in
/sys/*) ;;
*) shown=$(basename "$kernel") ;;
esac
"$bpftool" btf dump file "$file" format c >"$work/vmlinux.h" || die "no BTF in $kernel"
if [ $check -eq 1 ]; then
	cmp -s "$work/vmlinux.h" $into/vmlinux.h || die "$into/vmlinux.h is not what $kernel gives"
	exit 0
fi
write_readme >"$work/README.md"
cp "$work/vmlinux.h" "$work/README.md" $into/
