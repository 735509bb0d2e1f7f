// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/inet_diag.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* The kernel makes parts of a dump as large as the reader's buffer, up to this. */
enum { ANSWER_BYTES = 32 << 10 };

int inet_diag_open(struct inet_diag *diag)
{
	diag->sequence = 0;
	diag->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	return diag->fd < 0 ? -errno : 0;
}

void inet_diag_close(struct inet_diag *diag)
{
	if (diag->fd >= 0)
		(void)close(diag->fd);
	diag->fd = -1;
}

/* Where an answer goes. */
struct answer {
	bool dump;
	struct inet_diag_msg *found; /* of a request for one socket; NULL: none is expected */
	inet_diag_fn *take;	     /* of a dump; NULL: only its end matters */
	void *context;
};

/* Attributes that do not fit into the message are left out. */
static void read_attrs(const void *data, size_t n, struct inet_diag_socket *socket)
{
	const struct rtattr *attr = data;
	int left = (int)n;

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type <= INET_DIAG_MAX)
			socket->attrs[attr->rta_type] = (struct inet_diag_attr){
				RTA_DATA(attr), RTA_PAYLOAD(attr)
			};
}

static int take_socket(const struct answer *answer, const void *data, size_t n)
{
	struct inet_diag_socket socket = { .msg = { 0 } };
	size_t attrs = NLMSG_ALIGN(sizeof(socket.msg));
	int err;

	if (!answer->take)
		return 1;
	if (n < sizeof(socket.msg))
		return -EPROTO;
	memcpy(&socket.msg, data, sizeof(socket.msg));
	if (n > attrs)
		read_attrs((const char *)data + attrs, n - attrs, &socket);
	err = answer->take(answer->context, &socket);
	return err ? err : 1;
}

/* Of one message: 1 to read on, 0 at the answer's end, or -errno. */
static int take_message(const struct nlmsghdr *head, const struct answer *answer)
{
	size_t n = head->nlmsg_len - NLMSG_HDRLEN;
	const void *data = NLMSG_DATA(head);

	if (head->nlmsg_type == NLMSG_DONE)
		return n < sizeof(int) ? 0 : *(const int *)data;
	if (head->nlmsg_type == NLMSG_ERROR)
		return n < sizeof(int) ? -EPROTO : ((const struct nlmsgerr *)data)->error;
	if (answer->dump)
		return take_socket(answer, data, n);
	if (!answer->found || head->nlmsg_type != SOCK_DIAG_BY_FAMILY || n < sizeof(*answer->found))
		return -EPROTO;
	*answer->found = *(const struct inet_diag_msg *)data;
	return 0;
}

static int read_answer(const struct inet_diag *diag, const struct answer *to)
{
	char answer[ANSWER_BYTES] __attribute__((aligned(8)));

	for (;;) {
		ssize_t n = recv(diag->fd, answer, sizeof(answer), 0);
		const struct nlmsghdr *head = (const void *)answer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
			int err = 1;

			if (head->nlmsg_seq == diag->sequence)
				err = take_message(head, to);
			if (err <= 0)
				return err;
		}
	}
}

static int send_request(struct inet_diag *diag, uint16_t type, uint16_t flags,
			const struct inet_diag_req_v2 *request)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} message = {
		.head = { .nlmsg_len = sizeof(message),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | flags,
			  .nlmsg_seq = ++diag->sequence },
		.request = *request,
	};

	return send(diag->fd, &message, sizeof(message), 0) < 0 ? -errno : 0;
}

int inet_diag_request(struct inet_diag *diag, uint16_t type, uint16_t flags,
		      const struct inet_diag_req_v2 *request, struct inet_diag_msg *found)
{
	const struct answer to = { .dump = (flags & NLM_F_DUMP) == NLM_F_DUMP, .found = found };
	int err = send_request(diag, type, flags, request);

	return err ? err : read_answer(diag, &to);
}

int inet_diag_dump(struct inet_diag *diag, const struct inet_diag_req_v2 *request,
		   inet_diag_fn *take, void *context)
{
	const struct answer to = { .dump = true, .take = take, .context = context };
	int err = send_request(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request);

	return err ? err : read_answer(diag, &to);
}

int inet_diag_probe(struct inet_diag *diag, uint8_t family, uint8_t protocol)
{
	const struct inet_diag_req_v2 none = { .sdiag_family = family, .sdiag_protocol = protocol };

	return inet_diag_request(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &none, NULL);
}
