#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For the CI of a kernel: boots any image with the static tcpstate, prints the TAP of
# `tcpstate selftest` and exits as that did. See doc/guides/kernel-ci.md.

set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

usage()
{
	cat <<-EOT
	Usage: scripts/selftest-vm.sh [OPTION VALUE]... IMAGE [MODULES] [-- COMMAND ARG...]

	IMAGE    a bzImage or an arm64 Image
	MODULES  its lib/modules/RELEASE, of which are loaded, if they are there: $modules
	COMMAND  in place of tcpstate selftest

	--tcpstate FILE  static, for the image's processor; default build/tcpstate (make STATIC=1)
	or build/arm64/tcpstate (make STATIC=1 CROSS=aarch64-linux-gnu BUILD=build/arm64)

	Other options are those of vm-run.sh: --cpus, --memory, --timeout, --append, --log, --accel,
	--busybox ...

	Exit status: 0 all passed; 1 a test failed; 3 the kernel lacks what tcpstate needs; 124 it
	took too long; 125 the VM died, again and again.
	EOT
}

# What a kernel may have as modules: IPv6, and what closes a socket from outside.
modules='ipv6 inet_diag tcp_diag'

find_tcpstate()
{
	tcpstate=$here/../build/tcpstate
	if [ "$arch" != "$(uname -m)" ] && [ "$arch" = aarch64 ]; then
		tcpstate=$here/../build/arm64/tcpstate
	fi
}

# A program that the VM could not run would look like a kernel that fails.
check_tcpstate()
{
	local machine

	[ -r "$tcpstate" ] || die "$tcpstate is not there: see --help"
	machine=$(LC_ALL=C readelf -h "$tcpstate" 2>/dev/null | sed -n 's/^ *Machine: *//p')
	case $machine:$arch in
	*X86-64:x86_64 | AArch64:aarch64) ;;
	*) die "$tcpstate is for ${machine:-no processor}, the image for $arch" ;;
	esac
	! readelf -l "$tcpstate" | grep INTERP >/dev/null ||
		die "$tcpstate is not static: build it with make STATIC=1"
}

image='' tcpstate='' options=() command=(tcpstate selftest)
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit 0
		;;
	--)
		shift
		command=("$@")
		break
		;;
	--tcpstate)
		[ $# -ge 2 ] || die "$1 needs a value"
		tcpstate=$2
		shift 2
		;;
	--*)
		[ $# -ge 2 ] || die "$1 needs a value"
		options+=("$1" "$2")
		shift 2
		;;
	*)
		if [ -z "$image" ]; then
			image=$1
		else
			options+=(--modules "$1")
			for name in $modules; do
				[ -z "$(find "$1/" -name "$name.ko*" | head -n 1)" ] ||
					options+=(--module "$name")
			done
		fi
		shift
		;;
	esac
done
if [ -z "$image" ] || [ ${#command[@]} -eq 0 ]; then
	usage >&2
	exit 2
fi
[ -r "$image" ] || die "cannot read $image"
arch=$(image_arch "$image")
[ -n "$tcpstate" ] || find_tcpstate
check_tcpstate
exec "$here/vm-run.sh" "${options[@]}" "$(realpath "$image")" "$tcpstate:tcpstate" -- "${command[@]}"
