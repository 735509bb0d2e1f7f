// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Has the kernel number sockets where tracing programs cannot (before 5.12): a socket has no
 * cookie until somebody asks for it. These programs ask and do nothing else. They are of types
 * that may forbid or change things: so they let all pass (1) and write nothing.
 */
#include "shared.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A process has made a socket. */
SEC("cgroup/sock_create")
int number_socket(struct bpf_sock *ctx)
{
	if (ctx->protocol == IPPROTO_TCP)
		(void)bpf_get_socket_cookie(ctx);
	return 1;
}

/*
 * For a SYN, tcp_conn_request() asks about the window of its request socket (RWND_INIT), whose
 * cookie the child and the timewait socket inherit. The child of a SYN cookie is met when it
 * is established, a socket of the kernel's own when it connects.
 */
SEC("sockops")
int number_request(struct bpf_sock_ops *ctx)
{
	(void)bpf_get_socket_cookie(ctx);
	return 1;
}
