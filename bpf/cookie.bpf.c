// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Assigns cookies to sockets on kernels whose tracing programs cannot (before 5.12): a socket has
 * no cookie until the first request for it. Programs of these types could forbid or change things,
 * so these allow everything (1) and write nothing.
 */
#include "helpers.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A process has created a socket. */
SEC("cgroup/sock_create")
int number_socket(struct bpf_sock *ctx)
{
	if (ctx->protocol == IPPROTO_TCP)
		(void)bpf_get_socket_cookie(ctx);
	return 1;
}

/*
 * For a SYN, tcp_conn_request() calls this about the window of the request socket (RWND_INIT). The
 * child and the timewait socket inherit its cookie. The child of a SYN cookie gets here when it is
 * established, a socket of the kernel's own when it connects.
 */
SEC("sockops")
int number_request(struct bpf_sock_ops *ctx)
{
	(void)bpf_get_socket_cookie(ctx);
	return 1;
}
