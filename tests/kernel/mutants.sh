# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM, or on any machine as root: leaves out one BPF program after the other, and lists which
# of the selftest's tests fail for it. One whose absence no test notices is a failure of its own,
# unless it is among those that nothing but chance needs:
#
#   destroy_sock  takes sockets out of the counts that end without a transition to CLOSED; no
#                 kernel here makes one
#   abort_end     forgets whom an administrator ends: matters where that socket's memory is used
#                 again on the same CPU
#   timewait_made, timewait_made_again
#                 two copies of one: each sees what interrupts the other, alone it sees the rest
#
# mutants.sh [--long] [PROGRAM...]: these alone; with the tests that take a minute.

. ./tap.sh

long=
if [ "$1" = --long ]; then
	long=$1
	shift
fi

unnoticed_is_right()
{
	case $1 in
	destroy_sock | abort_end | timewait_made | timewait_made_again) return 0 ;;
	esac
	return 1
}

# Names of failed tests in FILE, without numbers.
failures_of()
{
	sed -n 's/^not ok [0-9]* - //p' "$1"
}

noticed()
{
	tcpstate selftest $long --without "$1" >out 2>err
	failures_of out | grep -vxF -f whole >failed
	if [ -s failed ]; then
		explain failed
		return
	fi
	explain err
	unnoticed_is_right "$1"
}

tcpstate selftest $long >out 2>err
failures_of out >whole
ok "the selftest passes with all programs" [ ! -s whole ]
explain whole err
echo "no test has this name" >>whole
[ $# -gt 0 ] || set -- $(tcpstate selftest --without list)
for program; do
	ok "$program" noticed "$program"
done
end_of_tests
