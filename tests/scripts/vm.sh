# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: check-vm.sh attributes results to tests, and counts boots that were repeated.
# In place of a VM, a script prints what its console would show.

vm=$work/vm
mkdir -p "$vm/scripts" "$vm/tests/kernel" "$vm/build/vm-build"
cp "$root/scripts/check-vm.sh" "$root/scripts/lib.sh" "$vm/scripts"
cp "$root/tests/kernel/boot.sh" "$vm/tests/kernel"
for program in tcpstate load; do
	printf '#!/bin/sh\n' >"$vm/build/vm-build/$program"
	chmod +x "$vm/build/vm-build/$program"
done
printf '#!/bin/sh\n' >"$vm/scripts/vm-fetch.sh"
cat >"$vm/scripts/vm-run.sh" <<'EOT'
#!/bin/sh
echo "$@" >>arguments
case "$*" in
*' 1.0 '*)
	echo "vm-run.sh: 1.0: the VM died (boot 1 of 4): panic" >&2
	printf '%s\n' 'VM-TEST one' 'ok 1 - a' 'ok 2 - b # SKIP old' '1..2' 'VM-TEST-END one 0' \
		'VM-TEST two' 'ok 1 - c' '1..1' 'VM-TEST-END two 0'
	;;
*' 2.0 '*)
	printf '%s\n' 'VM-TEST one' 'ok 1 - a' '1..1' 'VM-TEST-END one 0' \
		'VM-TEST two' 'not ok 1 - c' '1..1' 'VM-TEST-END two 1' 'VM-TEST three' 'ok 1 - d'
	exit 124
	;;
*' 3.0 '*one*two)
	printf '%s\n' 'VM-TEST one' 'ok 1 - a' 'not ok 2 - b' 'not ok 3 - c' '1..3' 'VM-TEST-END one 1' \
		'VM-TEST two' 'ok 1 - d' '1..1' 'VM-TEST-END two 0'
	;;
*' 3.0 '*one)
	printf '%s\n' 'VM-TEST one' 'ok 1 - a' 'ok 2 - b' 'ok 3 - c' '1..3' 'VM-TEST-END one 0'
	;;
esac
EOT
chmod +x "$vm/scripts/"*.sh
cat >"$vm/tests/kernel/matrix" <<'EOT'
boot 1.0 module=m one two:word
boot 2.0 one two three
boot 3.0 cpus=1 one two
skip 1.0:one|b # old|too old
EOT

vm_run() # STATUS TOTALS [KERNEL...]
{
	wanted=$1 sums=$2
	shift 2
	rm -f "$vm/arguments"
	"$vm/scripts/check-vm.sh" build "$@" >"$work/out" 2>&1
	[ $? -eq "$wanted" ] && [ "$(cat "$vm/build/totals/kernel")" = "kernel $sums" ]
}

ok "check-vm: a boot that was repeated counts as a retry" vm_run 0 '2 0 1 1' 1.0
ok "check-vm: its tests passed after a retry" prints 'two .*1 passed.*, passed after retry'
ok "check-vm: options and arguments come from the matrix" \
	grep -q -- '--module m .* -- sh boot.sh one two:word$' "$vm/arguments"
# two fails; three has neither a plan nor an end
ok "check-vm: a failure belongs to its test" vm_run 1 '2 2 0 0' 2.0
ok "check-vm: the others pass" prints '^2.0 *ok 1 *FAIL 1/1 *FAIL 1/2$'
ok "check-vm: one test of a boot" vm_run 0 '1 0 1 1' 1.0:one
ok "check-vm: tests that failed are run once more, each alone" vm_run 1 '2 2 0 0' 2.0
ok "check-vm: and no other test" \
	[ "$(sed 's/.*boot.sh //' "$vm/arguments" | tr '\n' ,)" = "one two three,two,three," ]
ok "check-vm: what passes then counts as retried, by what failed before" vm_run 0 '4 0 0 2' 3.0
ok "check-vm: its first output is printed" prints 'not ok 2 - b'
ok "check-vm: it says so" prints '^passed after retry: 3.0 cpus=1 one (2 failed before)$'
