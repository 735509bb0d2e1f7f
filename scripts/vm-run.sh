#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Boots a kernel, of vm-fetch.sh or anybody's, in a VM with an initramfs of busybox and
# the given files, runs one command as root, and exits as that command did.

set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

usage()
{
	cat <<-EOT
	Usage: scripts/vm-run.sh [OPTION...] KERNEL [OPTION...] [FILE[:NAME]...] -- COMMAND [ARG...]

	KERNEL          5.10, 6.1, 6.12, newest or 6.12-arm64 (see vm-fetch.sh), or with a / in
	                it the file of an image: a bzImage or an arm64 Image
	FILE            put into the VM's /t, which is the command's folder and in its PATH
	--module NAME   load this kernel module, and what it needs, before the command
	--modules DIR   an image's modules: its lib/modules/RELEASE
	--append TEXT   add to the kernel's command line
	--cpus N        default 2
	--memory MB     default 512
	--timeout SEC   of the whole VM, default 180
	--tries N       boots before giving up on VMs that die, default 4
	--log FILE      keep the serial console of the last boot
	--accel NAME    QEMU's accelerator, default tcg,thread=multi (emulation)
	--busybox FILE  a static one for the VM's processor; default the machine's own or Debian's

	Standard output is what the command wrote to either stream. Exit status: the
	command's; 124 it took too long; 125 no VM lived long enough to finish it.

	Environment: VM_CACHE (default build/vm)
	EOT
}

# Modules are put in uncompressed and in the order in which they must be loaded.
add_modules()
{
	local root=$1 name line top

	mkdir -p "$root/modules"
	: >"$root/modules/order"
	[ ${#modules[@]} -gt 0 ] || return 0
	[ -e "$modules_dir/modules.dep" ] || die "no lib/modules/RELEASE, or one without depmod: $modules_dir"
	top=$(realpath "$modules_dir/../../..")
	for name in "${modules[@]}"; do
		modprobe -d "$top" -S "$(basename "$modules_dir")" --show-depends "$name" >"$work/depends" ||
			die "$modules_dir has no module $name"
		while read -r _ line; do
			add_module "$root" "$line"
		done < <(grep ^insmod "$work/depends" || true)
	done
}

add_module()
{
	local root=$1 file=${2%% *} name

	name=$(basename "$file")
	name=${name%%.ko*}
	if grep -qx "$name" "$root/modules/order"; then
		return
	fi
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -qdc "$file" ;;
	*.gz) gzip -dc "$file" ;;
	*) cat "$file" ;;
	esac >"$root/modules/$name"
	echo "$name" >>"$root/modules/order"
}

add_files()
{
	local root=$1 entry file name

	for entry in "${files[@]}"; do
		file=${entry%%:*}
		name=$(basename "${entry##*:}")
		[ -e "$file" ] || die "$file is not there"
		cp -rL "$file" "$root/t/$name"
	done
}

# A static busybox for the VM's own processor: the host's, or Debian's package.
find_busybox()
{
	if [ -n "$busybox" ]; then
		echo "$busybox"
	elif [ "$arch" = "$(uname -m)" ]; then
		command -v busybox || die "busybox is not there: run scripts/deps.sh vm"
	else
		"$here/vm-fetch.sh" busybox-arm64 >&2 && echo "$cache/busybox-arm64/busybox"
	fi
}

write_init()
{
	cat <<-'EOT'
	#!/bin/busybox sh
	/bin/busybox --install -s /bin
	mount -t devtmpfs none /dev
	exec </dev/null >/dev/console 2>&1
	mount -t proc none /proc
	mount -t sysfs none /sys
	mount -t tracefs none /sys/kernel/tracing
	mount -t securityfs none /sys/kernel/security
	mount -t bpf none /sys/fs/bpf
	mount -t cgroup2 none /sys/fs/cgroup
	mount -t tmpfs none /tmp
	hostname vm
	while read -r name; do
		insmod /modules/$name || echo "insmod $name failed"
	done </modules/order
	ip link set lo up
	export PATH=/t:/bin HOME=/t TERM=dumb
	cd /t
	echo VM-BEGIN
	sh /command
	rc=$?
	echo
	echo VM-RC=$rc
	reboot -f
	EOT
}

make_initramfs()
{
	local root=$work/root

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,t,run}
	cp "$(find_busybox)" "$root/bin/busybox"
	write_init >"$root/init"
	chmod 755 "$root/init"
	printf '%q ' "${command[@]}" >"$root/command"
	add_modules "$root"
	add_files "$root"
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$work/initramfs"
}

# One that hangs on its way up has died, long before its time is over.
await_begin()
{
	local over=$((SECONDS + 150))

	until grep -qs VM-BEGIN "$work/serial"; do
		kill -0 $qemu 2>/dev/null || return 0
		if [ $SECONDS -ge $over ]; then
			kill $qemu
			return
		fi
		sleep 0.5
	done
}

# Writes the serial console to $work/serial. QEMU's exit status means nothing. QEMU ends
# when the VM reboots, which needs no ACPI.
boot()
{
	local machine=(qemu-system-x86_64 -machine q35 -cpu max) console=ttyS0

	if [ "$arch" = aarch64 ]; then
		machine=(qemu-system-aarch64 -machine "virt,gic-version=3" -cpu "max,pauth-impdef=on")
		console=ttyAMA0
	fi
	timeout --foreground "$limit" "${machine[@]}" -accel "$accel" -smp "$cpus" \
		-m "${memory}M" -nodefaults -no-user-config -display none -no-reboot \
		-serial stdio -monitor none -kernel "$image" \
		-initrd "$work/initramfs" \
		-append "console=$console quiet panic=-1 $append" \
		</dev/null >"$work/serial" 2>"$work/qemu" &
	qemu=$!
	qemu_status=0
	await_begin
	wait $qemu || qemu_status=$?
	qemu=
	tr -d '\r' <"$work/serial" >"$work/console"
	[ -z "$keep" ] || cp "$work/console" "$keep"
}

# What lies between the marks, without the empty line that init puts before the last.
print_output()
{
	awk '/^VM-RC=[0-9]+$/ { exit }
		begun { if (held) print line; line = $0; held = 1 }
		/^VM-BEGIN$/ { begun = 1 }
		END { if (held && line != "") print line }' "$work/console"
}

run()
{
	local try rc

	for ((try = 1; try <= tries; try++)); do
		boot
		rc=$(sed -n 's/^VM-RC=\([0-9]*\)$/\1/p' "$work/console" | tail -n 1)
		if [ -n "$rc" ]; then
			print_output
			return "$rc"
		fi
		if [ $qemu_status -eq 124 ] && grep -qx VM-BEGIN "$work/console"; then
			print_output
			say "$kernel: not finished within $limit s"
			return 124
		fi
		say "$kernel: the VM died (boot $try of $tries): $(tail -q -n 2 "$work/qemu" "$work/console" |
			tr '\n' ' ' | cut -c 1-300)"
	done
	return 125
}

# Sets image, arch and modules_dir.
find_kernel()
{
	if [[ $kernel = */* ]]; then
		[ -r "$kernel" ] || die "cannot read $kernel"
		image=$kernel
		arch=$(image_arch "$kernel")
		return
	fi
	"$here/vm-fetch.sh" "$kernel"
	modules_dir=$cache/$kernel/lib/modules/$(cat "$cache/$kernel/release")
	image=$cache/$kernel/vmlinuz arch=x86_64
	if [[ $kernel = *-arm64 ]]; then
		arch=aarch64
	fi
}

kernel='' append='' keep='' modules_dir='' busybox='' accel=tcg,thread=multi cpus=2 memory=512 limit=180 tries=4 qemu=
modules=() files=() command=()
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit 0
		;;
	--append | --module | --modules | --cpus | --memory | --timeout | --tries | --log | \
		--accel | --busybox)
		[ $# -ge 2 ] || die "$1 needs a value"
		case $1 in
		--append) append="$append $2" ;;
		--module) modules+=("$2") ;;
		--modules) modules_dir=$2 ;;
		--cpus) cpus=$2 ;;
		--memory) memory=$2 ;;
		--timeout) limit=$2 ;;
		--tries) tries=$2 ;;
		--log) keep=$2 ;;
		--accel) accel=$2 ;;
		--busybox) busybox=$2 ;;
		esac
		shift 2
		;;
	--)
		shift
		command=("$@")
		break
		;;
	-*)
		usage >&2
		exit 2
		;;
	*)
		if [ -z "$kernel" ]; then kernel=$1; else files+=("$1"); fi
		shift
		;;
	esac
done
if [ -z "$kernel" ] || [ ${#command[@]} -eq 0 ]; then
	usage >&2
	exit 2
fi

cache=$(realpath -m "${VM_CACHE:-$here/../build/vm}")
export VM_CACHE=$cache
find_kernel
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
make_initramfs
run
