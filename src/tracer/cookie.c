// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cookies on kernels whose tracing programs cannot ask for them: has the kernel give one to
 * every socket, those to come by bpf/cookie.bpf.c, those that exist by a dump of inet_diag, which
 * numbers what it shows (sock_diag_save_cookie()).
 */
#include "tracer/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "system/cgroup.h"
#include "system/netns.h"

enum { DUMP_BYTES = 32 << 10 };

static int attach(const struct bpf_program *program, int cgroup, struct bpf_link **link)
{
	*link = bpf_program__attach_cgroup(program, cgroup);
	return *link ? 0 : -errno;
}

/* To the root cgroup, beside what others have there (BPF_F_ALLOW_MULTI, as links are). */
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

static int send_request(int fd, int family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} message = {
		.header = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.request = {
			.sdiag_family = (__u8)family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0u,
		},
	};

	return send(fd, &message, sizeof(message), 0) < 0 ? -errno : 0;
}

/* Reads what is shown, and looks at nothing of it but its end. */
static int read_dump(int fd)
{
	static char buffer[DUMP_BYTES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		const struct nlmsghdr *header = (const void *)buffer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		for (; NLMSG_OK(header, n); header = NLMSG_NEXT(header, n)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return 0;
			if (header->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
		}
	}
}

static int number_here(void *context, uint32_t inode)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int err = fd < 0 ? -errno : 0, *first = context;

	(void)inode;
	for (int i = 0; i < 2 && !err; i++) {
		err = send_request(fd, families[i]);
		if (!err)
			err = read_dump(fd);
	}
	if (fd >= 0)
		(void)close(fd);
	if (!*first)
		*first = err;
	return 0;
}

int tracer_number_sockets(struct tracer *tracer)
{
	int err = attach_both(tracer->bpf), dump_err = 0;
	struct netns_list list;

	if (netns_list_open(&list))
		return err ? err : -ENOMEM;
	(void)netns_each(&list, number_here, &dump_err);
	netns_list_close(&list);
	return err ? err : dump_err;
}
