#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what a purpose needs and this machine lacks, with apt (Debian, Ubuntu)
# or dnf (Fedora). With nothing missing it asks no network and takes no time.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage()
{
	cat <<-EOT
	Usage: scripts/deps.sh [--list] PURPOSE...

	PURPOSE  build, static, check, vm, bench, dev
	--list   only say what is missing

	Needs root, or sudo, if something is missing.
	EOT
}

# A trailing ? marks what is installed only where the distribution has it; NAME=COMMAND
# is satisfied by that command, wherever it comes from.
debian_packages()
{
	case $1 in
	build)
		echo clang=clang libbpf-dev bpftool=bpftool libelf-dev zlib1g-dev \
			gcc=gcc libc6-dev make=make pkg-config=pkg-config 'libc-ares-dev?' \
			'libdw-dev?' 'libiberty-dev?' 'libmd-dev?' 'libseccomp-dev?'
		;;
	static) ;; # Debian's -dev packages bring the static libraries
	check)
		echo libcmocka-dev 'libclang-rt-dev?' python3=python3 python3-pytest iproute2=ip \
			libcap2-bin=setcap curl=curl nginx-light=nginx redis-server=redis-server haproxy=haproxy nodejs=node \
			procps=ps iptables=iptables nftables=nft mandoc=mandoc net-tools=netstat jq=jq tmux=tmux \
			apache2-bin=apache2 gunicorn=gunicorn systemd=systemd-socket-activate
		;;
	vm)
		echo qemu-system-x86=qemu-system-x86_64 qemu-system-arm=qemu-system-aarch64 \
			gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc libc6-dev-arm64-cross \
			busybox-static kmod=depmod xz-utils=xz binutils=readelf
		;;
	bench) echo bpftrace=bpftrace 'libbpf-tools?' ;;
	dev) echo clang-format=clang-format clang-tidy=clang-tidy shellcheck=shellcheck ;;
	esac
}

fedora_packages()
{
	case $1 in
	build)
		echo clang=clang libbpf-devel bpftool=bpftool elfutils-libelf-devel \
			zlib-devel gcc=gcc make=make pkgconf-pkg-config=pkg-config 'c-ares-devel?' \
			'elfutils-devel?' 'binutils-devel?' 'libmd-devel?' 'libseccomp-devel?'
		;;
	static) echo glibc-static libbpf-static elfutils-libelf-devel-static zlib-static 'libseccomp-static?' ;;
	check)
		echo libcmocka-devel libasan libubsan 'compiler-rt?' python3=python3 python3-pytest \
			iproute=ip libcap=setcap curl=curl nginx=nginx redis=redis-server haproxy=haproxy nodejs=node \
			procps-ng=ps iptables=iptables nftables=nft mandoc=mandoc net-tools=netstat jq=jq tmux=tmux \
			httpd-core=httpd python3-gunicorn=gunicorn systemd=systemd-socket-activate
		;;
	vm)
		echo qemu-system-x86-core=qemu-system-x86_64 qemu-system-aarch64-core=qemu-system-aarch64 \
			gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc busybox=busybox kmod=depmod xz=xz apt dpkg
		;;
	bench) echo bpftrace=bpftrace 'libbpf-tools?' ;;
	dev) echo clang-tools-extra=clang-format ShellCheck=shellcheck perl=perl ;;
	esac
}

has_package()
{
	if [ $family = debian ]; then
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
	else
		rpm -q --quiet --whatprovides "$1"
	fi
}

is_offered()
{
	if [ $family = debian ]; then
		LC_ALL=C apt-cache policy "$1" | grep '^  Candidate: [^(]' >/dev/null
	else
		dnf -q list --available "$1" >/dev/null 2>&1
	fi
}

# Ubuntu's bpftool is a wrapper that is there before what it wraps.
has_command()
{
	case $1 in
	bpftool) bpftool version >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# Adds to wanted and extra: missing, and missing but dispensable.
look_around()
{
	local entry name

	for entry in $("${family}_packages" "$1"); do
		name=${entry%%[=?]*}
		case $entry in
		*=*) ! has_command "${entry#*=}" || continue ;;
		*) ! has_package "$name" || continue ;;
		esac
		case $entry in
		*\?) extra+=("$name") ;;
		*) wanted+=("$name") ;;
		esac
	done
}

become_root()
{
	local sudo=(sudo)

	[ "$(id -u)" -ne 0 ] || return 0
	[ -t 0 ] || sudo+=(-n)
	if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
		die "missing: $*; run as root, or install them yourself"
	fi
	exec "${sudo[@]}" -- env DEBIAN_MIRROR="${DEBIAN_MIRROR:-}" bash scripts/deps.sh "${purposes[@]}"
}

# Debian starts and enables a service on installation; a test needs its program only.
policy=/usr/sbin/policy-rc.d
policy_mark='# written by deps.sh of tcpstate for the length of one installation'
policy_is_ours=0

forbid_services()
{
	if [ -e $policy ] && ! grep -qF "$policy_mark" $policy; then
		return # the administrator's own rule
	fi
	policy_is_ours=1
	printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >$policy
	chmod 755 $policy
}

allow_services()
{
	[ $policy_is_ours -eq 0 ] || rm -f $policy
	policy_is_ours=0
}

# Only of packages that this run installed: no other program can need them yet.
disable_services()
{
	local name unit now=()

	[ ! -d /run/systemd/system ] || now=(--now)
	for name; do
		case $name in
		nginx-light) unit=nginx ;;
		redis-server) unit=redis-server ;;
		haproxy) unit=haproxy ;;
		*) continue ;;
		esac
		if command -v systemctl >/dev/null; then
			systemctl -q disable "${now[@]}" $unit 2>/dev/null || true
		else
			update-rc.d $unit disable >/dev/null 2>&1 || true
		fi
	done
}

work=

clean_up()
{
	allow_services
	[ -z "$work" ] || rm -rf "$work"
}

# From here on as root. The work folder keeps what the package tool said.
prepare()
{
	become_root "$@"
	[ -n "$work" ] || work=$(mktemp -d)
	log=$work/log
}

run_logged()
{
	"$@" >"$log" 2>&1 </dev/null
}

apt_install()
{
	run_logged env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install "$@"
}

fail_install()
{
	die "cannot install $*: $(grep -m 1 -E '^(E|Error):' "$log" || tail -n 1 "$log")"
}

apt_update()
{
	run_logged apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
		-o APT::Update::Error-Mode=any update ||
		say "apt-get update failed: $(tail -n 1 "$log")"
	updated=1
}

debian_install()
{
	local failed=0

	forbid_services
	if ! apt_install "$@"; then
		failed=1
		# Old lists name packages that are no longer there.
		if [ $updated -eq 0 ]; then
			apt_update
			! apt_install "$@" || failed=0
		fi
	fi
	allow_services
	[ $failed -eq 0 ] || fail_install "$@"
	disable_services "$@"
}

fedora_install()
{
	run_logged dnf -q -y install --setopt=install_weak_deps=False "$@" || fail_install "$@"
}

# Ubuntu has bpftool in linux-tools-common, and what it wraps in linux-tools-generic.
translate()
{
	local name

	for name; do
		if [ "$name" = bpftool ] && [ "$(. /etc/os-release && echo "$ID")" = ubuntu ] &&
			! apt-cache show bpftool 2>/dev/null | grep '^Filename:' >/dev/null; then
			echo linux-tools-common linux-tools-generic
		else
			echo "$name"
		fi
	done
}

# Lists that do not know what is wanted, on a machine where apt was never used, say
# nothing of what is dispensable either.
refresh_lists()
{
	local name

	[ $family = debian ] && [ $list -eq 0 ] && [ $updated -eq 0 ] || return 0
	for name in "${wanted[@]}"; do
		if ! is_offered "$name"; then
			prepare "${wanted[@]}"
			apt_update
			return
		fi
	done
}

install_missing()
{
	local names=("${wanted[@]}") name

	refresh_lists
	for name in "${extra[@]}"; do
		! is_offered "$name" || names+=("$name")
	done
	[ ${#names[@]} -gt 0 ] || return 0
	if [ $list -eq 1 ]; then
		printf '%s\n' "${names[@]}"
		return
	fi
	prepare "${names[@]}"
	if [ $family = debian ]; then
		# shellcheck disable=SC2207 # names have no spaces
		names=($(translate "${names[@]}"))
	fi
	say "installing ${names[*]}"
	"${family}_install" "${names[@]}"
}

# QEMU before 10 panics newer kernels at random when it emulates `-cpu max`.
qemu_is_new()
{
	local version

	version=$(LC_ALL=C "$1" --version 2>/dev/null | sed -nE '1s/.*version ([0-9]+)\..*/\1/p')
	[ "${version:-0}" -ge 10 ]
}

# bookworm has it in backports: taken from there without listing backports for good.
upgrade_qemu()
{
	local program=$1 package=$2

	! qemu_is_new "$program" || return 0
	if [ $family != debian ] || [ "$(. /etc/os-release && echo "$VERSION_CODENAME")" != bookworm ]; then
		if command -v "$program" >/dev/null; then
			say "$program is older than 10: a VM may die at random and be booted again"
		fi
		return 0
	fi
	if [ $list -eq 1 ]; then
		echo "$package (10, from bookworm-backports)"
		return
	fi
	prepare "$package"
	say "installing $package from bookworm-backports"
	suite_open "$work/suite" "$(dpkg --print-architecture)" bookworm bookworm-security bookworm-backports
	forbid_services
	apt_install "${SUITE_OPTIONS[@]}" -t bookworm-backports "$package" || fail_install "$package"
	allow_services
}

if [ -r /etc/debian_version ] && command -v apt-get >/dev/null; then
	family=debian
elif command -v dnf >/dev/null; then
	family=fedora
else
	die "neither apt-get nor dnf is here: install what README.md lists yourself"
fi
list=0
purposes=()
for argument; do
	case $argument in
	--list) list=1 ;;
	--help | -h)
		usage
		exit 0
		;;
	build | static | check | vm | bench | dev) purposes+=("$argument") ;;
	*)
		usage >&2
		exit 2
		;;
	esac
done
[ ${#purposes[@]} -gt 0 ] || purposes=(build)

updated=0 wanted=() extra=()
trap clean_up EXIT
for purpose in "${purposes[@]}"; do
	case $purpose in
	vm)
		upgrade_qemu qemu-system-x86_64 qemu-system-x86
		upgrade_qemu qemu-system-aarch64 qemu-system-arm
		;;
	esac
	look_around "$purpose"
done
install_missing
