# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM whose kernel lacks what tcpstate needs: every command that needs the kernel
# says so in one line and exits 3.

. ./tap.sh

refuses()
{
	timeout 150 tcpstate "$@" >out 2>err
	status=$?
	explain err
	[ $status -eq 3 ] && [ ! -s out ] && [ "$(lines err)" -eq 1 ] && grep -q '^tcpstate: ' err
}

ok "trace exits 3 with one line" refuses trace
ok "bare tcpstate exits 3 with one line" refuses
ok "count exits 3 with one line" refuses count 1 1
ok "record exits 3 with one line" refuses record -w file
tcpstate doctor >doctor.out 2>doctor.err
ok "doctor exits 3" [ $? -eq 3 ]
explain doctor.out doctor.err
ok "doctor says what is missing" grep -q ^MISSING doctor.out
end_of_tests
