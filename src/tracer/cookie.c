// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cookies on kernels whose tracing programs cannot assign them. bpf/cookie.bpf.c assigns one to
 * each new socket; a dump of inet_diag assigns one to each existing socket
 * (sock_diag_save_cookie()).
 */
#include "tracer/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "system/cgroup.h"
#include "system/inet_diag.h"
#include "system/netns.h"

static int attach(const struct bpf_program *program, int cgroup, struct bpf_link **link)
{
	*link = bpf_program__attach_cgroup(program, cgroup);
	return *link ? 0 : -errno;
}

/* Attaches to the root cgroup, beside other programs (links imply BPF_F_ALLOW_MULTI). */
static int attach_both(struct tcpstate_bpf *bpf)
{
	int cgroup = cgroup_open_root(), err;

	if (cgroup < 0)
		return cgroup;
	err = attach(bpf->progs.number_socket, cgroup, &bpf->links.number_socket);
	if (!err)
		err = attach(bpf->progs.number_request, cgroup, &bpf->links.number_request);
	(void)close(cgroup);
	return err;
}

/* Dumps all sockets of the current network namespace. *context: the first namespace's error. */
static int number_here(void *context, uint32_t inode)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct inet_diag diag;
	int err = inet_diag_open(&diag), *first = context;

	for (int i = 0; i < 2 && !err; i++) {
		const struct inet_diag_req_v2 request = {
			.sdiag_family = families[i],
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0u,
		};

		err = inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, NULL);
	}
	inet_diag_close(&diag);
	if (!*first)
		*first = err;
	return 0;
}

int tracer_number_sockets(struct tracer *tracer)
{
	int err = attach_both(tracer->bpf), dump_err = 0;
	struct netns_list list;

	if (tracer_list_netns(tracer, &list))
		return err ? err : -ENOMEM;
	(void)netns_each(&list, number_here, &dump_err);
	netns_list_close(&list);
	return err ? err : dump_err;
}
