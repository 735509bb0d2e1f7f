# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the scripts share: messages, what a kernel image is for, and Debian suites that the
# machine does not list, read with its own mirror and keyring and without touching its
# configuration.

# Where Debian keeps modprobe and bpftool; not in everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

say()
{
	echo "${0##*/}: $*" >&2
}

# The magics of x86's and arm64's boot headers; a compressed image is one of arm64's.
image_arch()
{
	if [ "$(dd if="$1" bs=1 skip=514 count=4 status=none | tr -d '\0')" = HdrS ]; then
		echo x86_64
	elif [ "$(dd if="$1" bs=1 skip=56 count=4 status=none | tr -d '\0')" = ARMd ] ||
		gzip -t "$1" 2>/dev/null; then
		echo aarch64
	else
		die "$1 is neither a bzImage nor an arm64 Image"
	fi
}

# The mirror of this machine for main suites or, with `security`, security ones.
# DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR override it (a machine that is not Debian).
debian_mirror()
{
	local security=0 given=${DEBIAN_MIRROR:-} site

	if [ "${1:-}" = security ]; then
		security=1
		given=${DEBIAN_SECURITY_MIRROR:-}
	fi
	if [ -n "$given" ]; then
		echo "$given"
		return
	fi
	site=$(. /etc/os-release && [ "$ID" = debian ] &&
		apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
		awk -v codename="$VERSION_CODENAME" -v security=$security '
			$2 == codename (security ? "-security" : "") { print $1; exit }')
	[ -n "$site" ] ||
		die "this machine's apt lists no Debian mirror: set DEBIAN_MIRROR and" \
			"DEBIAN_SECURITY_MIRROR to their URLs"
	echo "$site"
}

# suite_open DIR ARCH SUITE...: makes `suite_apt apt-get|apt-cache ...` see just
# those suites. DIR keeps the lists.
suite_open()
{
	local dir=$1 arch=$2 suite mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	shift 2
	[ -r $keyring ] || die "$keyring is not there: install debian-archive-keyring"
	mkdir -p "$dir/lists/partial" || die "cannot write to $dir"
	: >"$dir/sources.list"
	for suite; do
		case $suite in
		*-security) mirror=$(debian_mirror security) || exit 1 ;;
		*) mirror=$(debian_mirror) || exit 1 ;;
		esac
		echo "deb [signed-by=$keyring arch=$arch] $mirror $suite main" >>"$dir/sources.list"
	done
	SUITE_OPTIONS=(
		-o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
		-o "Dir::State::lists=$dir/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o Acquire::Languages=none -o APT::Sandbox::User=root -o Acquire::Retries=3
		-o APT::Architecture="$arch" -o APT::Architectures::="$arch"
	)
	apt-get -qq "${SUITE_OPTIONS[@]}" -o Dir::State::status=/dev/null update >"$dir/log" 2>&1 || {
		tail -n 2 "$dir/log" >&2
		die "cannot read $* from this machine's mirror"
	}
}

# Looks and downloads as if nothing were installed.
suite_apt()
{
	local tool=$1

	shift
	"$tool" "${SUITE_OPTIONS[@]}" -o Dir::State::status=/dev/null "$@"
}
