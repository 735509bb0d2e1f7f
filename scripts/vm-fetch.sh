#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Fetches Debian kernels for vm-run.sh into a cache: VM_CACHE/KERNEL/ gets vmlinuz,
# release and lib/modules/. And what their VMs need of another processor: a busybox, and
# the libraries for make CROSS=. Nothing is installed; what is there already is kept.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

cache=${VM_CACHE:-build/vm}

usage()
{
	cat <<-EOT
	Usage: scripts/vm-fetch.sh [--update] NAME...

	NAME  5.10, 6.1, 6.12, newest (of trixie-backports), 6.12-arm64; busybox-arm64, libs-arm64,
	      libs-amd64
	--update  fetch again what is in the cache already

	Environment: VM_CACHE (default build/vm), DEBIAN_MIRROR, DEBIAN_SECURITY_MIRROR
	EOT
}

# Suites and a pattern of the packages of one kernel, whose highest version is taken; or
# the packages themselves.
describe()
{
	arch=amd64 pattern='' names=''
	case $1 in
	5.10) suites=bullseye-security pattern='linux-image-5\.10\.[0-9]+-[0-9]+-cloud-amd64' ;;
	6.1) suites='bookworm bookworm-security' pattern='linux-image-6\.1\.[0-9]+-[0-9]+-cloud-amd64' ;;
	6.12) suites=bookworm-backports pattern='linux-image-6\.12\.[^-]+-cloud-amd64' ;;
	newest) suites=trixie-backports pattern='linux-image-[0-9][^-]+-cloud-amd64' ;;
	6.12-arm64)
		suites=bookworm-backports arch=arm64
		pattern='linux-image-6\.12\.[^-]+-cloud-arm64-unsigned'
		;;
	busybox-arm64) suites=bookworm arch=arm64 names=busybox-static ;;
	libs-arm64 | libs-amd64)
		suites=bookworm arch=${1#libs-} names='libbpf-dev libelf-dev zlib1g-dev libmd-dev libseccomp-dev'
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
}

# The image's package, with its modules' where those are apart: from 6.19 on Debian's
# linux-image-* is nearly empty, and linux-binary-* has the kernel.
kernel_packages()
{
	local all name

	all=$(suite_apt apt-cache pkgnames)
	name=$({ grep -xE "$pattern" || true; } <<<"$all" | sort -V | tail -n 1)
	[ -n "$name" ] || die "$suites has nothing that matches $pattern"
	if [[ $name = linux-image-* ]] && grep -qxF "${name/linux-image-/linux-binary-}" <<<"$all"; then
		echo "${name/linux-image-/linux-base-}"
		echo "${name/linux-image-/linux-modules-}"
		name=${name/linux-image-/linux-binary-}
	fi
	echo "$name"
}

# Lays the unpacked packages out: vmlinuz, release, lib/modules/RELEASE.
arrange()
{
	local root=$1 into=$2 release image

	mkdir -p "$into/lib"
	if [ -d "$root/usr/lib/modules" ]; then
		mv "$root/usr/lib/modules" "$into/lib/"
	else
		mv "$root/lib/modules" "$into/lib/"
	fi
	release=$(ls "$into/lib/modules")
	for image in "$root/boot/vmlinuz-$release" "$into/lib/modules/$release/vmlinuz"; do
		if [ -f "$image" ]; then
			mv "$image" "$into/vmlinuz"
		fi
	done
	[ -f "$into/vmlinuz" ] || die "no kernel image in the packages of $release"
	# Only an installed package has its modules' dependencies worked out.
	depmod -b "$into" "$release" ||
		die "cannot index the modules of $release: run scripts/deps.sh vm"
	echo "$release" >"$into/release"
}

fetch()
{
	local name=$1

	describe "$name"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	# shellcheck disable=SC2086 # a list of suites
	suite_open "$work" $arch $suites
	[ -n "$names" ] || names=$(kernel_packages)
	say "$name: ${names//$'\n'/ }"
	# shellcheck disable=SC2086 # a list of packages
	(cd "$work" && suite_apt apt-get -qq download $names >log 2>&1) || {
		tail -n 2 "$work/log" >&2
		die "cannot download ${names//$'\n'/ }"
	}
	for deb in "$work"/*.deb; do
		dpkg-deb -x "$deb" "$work/root"
	done
	case $name in
	busybox-*) mkdir "$work/done" && mv "$work/root/bin/busybox" "$work/done/" ;;
	libs-*) mv "$work/root" "$work/done" ;;
	*) arrange "$work/root" "$work/done" ;;
	esac
	[ -s "$work/done/release" ] || echo "$names" >"$work/done/release"
	rm -rf "${cache:?}/$name"
	mv "$work/done" "$cache/$name"
	rm -rf "$work"
	work=
}

update=0
work=
trap 'if [ -n "$work" ]; then rm -rf "$work"; fi' EXIT

case ${1:-} in
--help | -h)
	usage
	exit 0
	;;
--update)
	update=1
	shift
	;;
esac
if [ $# -eq 0 ]; then
	usage >&2
	exit 2
fi
mkdir -p "$cache"
cache=$(realpath "$cache")
for name; do
	describe "$name"
	# A list of packages that has grown since is fetched again.
	if [ $update -eq 1 ] || [ ! -s "$cache/$name/release" ] ||
		{ [ -n "$names" ] && [ "$(cat "$cache/$name/release")" != "$names" ]; }; then
		fetch "$name"
	fi
done
