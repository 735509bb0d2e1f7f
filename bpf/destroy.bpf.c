// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Destroys sockets on kernels where netlink cannot. An object of its own, not linked with the
 * others: a kernel without bpf_sock_destroy() (4ddbcb886268, 6.5) refuses all of it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <tcpstate/destroy.h>
#include <tcpstate/event.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { EOPNOTSUPP = 95 };

extern int bpf_sock_destroy(struct sock_common *sock) __ksym;

/* Cookie -> enum ts_destroy. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, u64);
	__type(value, s32);
} wanted SEC(".maps");

/*
 * Walks the sockets of the iterator's network namespace, each of them locked. bpf_sock_destroy()
 * cannot take a request or timewait socket, which has no protocol.
 */
SEC("iter/tcp")
int destroy_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	s32 *outcome, state;
	u64 id;

	if (!skc)
		return 0;
	id = bpf_get_socket_cookie(skc);
	outcome = bpf_map_lookup_elem(&wanted, &id);
	if (!outcome || *outcome < TS_DESTROY_WANTED || *outcome > TS_DESTROY_WANTED_LAST)
		return 0;
	state = *outcome - TS_DESTROY_WANTED;
	if (state && state != skc->skc_state)
		*outcome = TS_DESTROY_CHANGED;
	else if (skc->skc_state == TS_NEW_SYN_RECV || skc->skc_state == TS_TIME_WAIT)
		*outcome = -EOPNOTSUPP;
	else
		*outcome = bpf_sock_destroy(skc);
	return 0;
}
