# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: doctor finds the kernel fit, and a trace begins.

. ./tap.sh

first_line_is_ready()
{
	head -n 1 "$1" | grep -q '"type":"ready"'
}

tcpstate doctor >doctor.out 2>doctor.err
ok "doctor finds this kernel fit" [ $? -eq 0 ]
explain doctor.out doctor.err
# --origin wants 5.15; origin.sh runs where it is there
ok "no hook is missing" sh -c '! grep -i ^missing doctor.out | grep -qv "^missing origins "'
tcpstate trace --json >trace.json 2>trace.err &
trace=$!
ok "a trace begins" until_true 30 has_lines trace.json 1
ok "with its ready line" first_line_is_ready trace.json
filters_calls()
{
	grep -q '^Seccomp:.2' /proc/$trace/status
}
ok "it filters its system calls" until_true 30 filters_calls
# CAP_BPF, CAP_PERFMON, and CAP_DAC_READ_SEARCH for the cgroups of JSON: see doc/privileges.md
ok "and keeps three capabilities" grep -q '^CapEff:.000000c000000004' /proc/$trace/status
kill $trace
wait $trace
ok "and ends well" [ $? -eq 0 ]
explain trace.err
end_of_tests
