// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An empty program for the benchmark: the cost of a program on the tracepoint. */
#include <vmlinux.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state)
{
	return 0;
}
