// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts the transitions of one network namespace that the kernel shows to BPF programs at all:
 * selftest compares. An object of its own, so that it shares no code with what it is compared with.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <tcpstate/event.h>
#include <tcpstate/witness.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 cfg_netns = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct ts_sighting);
	__type(value, u64);
} sightings SEC(".maps");

static __always_inline void count(struct sock_common *skc, int old, int new)
{
	struct ts_sighting key = {
		.lport = skc->skc_num,
		.rport = __builtin_bswap16(skc->skc_dport),
		.old_state = old,
		.new_state = new,
	};
	u64 none = 0, *seen;

	if (skc->skc_net.net->ns.inum != cfg_netns)
		return;
	(void)bpf_map_update_elem(&sightings, &key, &none, BPF_NOEXIST);
	seen = bpf_map_lookup_elem(&sightings, &key);
	if (seen)
		__sync_fetch_and_add(seen, 1);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(witness, struct sock *sk, int old, int new)
{
	if (sk->sk_protocol == IPPROTO_TCP && old != new)
		count(&sk->__sk_common, old, new);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(witness_synack, struct sock *listener, struct request_sock *req)
{
	count(&req->__req_common, TS_NEW_SYN_RECV, TS_NEW_SYN_RECV);
	return 0;
}
