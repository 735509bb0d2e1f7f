# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The command of a VM: runs tests one after the other, each in a folder, a network namespace and a
# BPF file system of its own, so that none depends on the sysctls, sockets or pins of another.
# Marks where the output of each begins and ends, for scripts/check-vm.sh.
#
# boot.sh TEST[:ARGUMENT]...

run()
{
	local name=$1

	shift
	case $name in
	selftest) tcpstate selftest --long ;;
	kprobe | tracepoint) tcpstate selftest --long --tier "$name" ;;
	*) sh "$name.sh" "$@" ;;
	esac
}

isolated()
{
	mkdir "/tmp/$1"
	cp ./*.sh "/tmp/$1"
	cd "/tmp/$1" || exit 1
	unshare -n -m sh -c 'ip link set lo up; mount -t bpf none /sys/fs/bpf; . /t/boot.sh; run "$@"' boot "$@"
}

[ "${0##*/}" = boot.sh ] || return 0
alone=run
[ $# -eq 1 ] || alone=isolated
for each; do
	test=${each%%:*}
	argument=${each#"$test"}
	echo "VM-TEST $test"
	("$alone" "$test" ${argument:+"${argument#:}"})
	echo "VM-TEST-END $test $?"
done
exit 0
