// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Answers of inet_diag, written by the test into a pair of sockets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/netlink.h>

#include "system/inet_diag.h"

static struct inet_diag diag;
static int kernel;

static int open_pair(void **state)
{
	int fds[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		return -1;
	diag = (struct inet_diag){ .fd = fds[0] };
	kernel = fds[1];
	return 0;
}

static int close_pair(void **state)
{
	(void)state;
	inet_diag_close(&diag);
	inet_diag_close(&diag); /* twice does nothing */
	return close(kernel);
}

struct message {
	struct nlmsghdr head;
	union {
		int number;
		struct nlmsgerr error;
		struct inet_diag_msg socket;
	};
};

static struct message message(uint16_t type, uint32_t sequence, size_t n)
{
	return (struct message){ .head = { .nlmsg_len = NLMSG_LENGTH(n),
					   .nlmsg_type = type,
					   .nlmsg_seq = sequence } };
}

static void answer(const struct message *messages, size_t n)
{
	char bytes[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(bytes + used, &messages[i], messages[i].head.nlmsg_len);
		used += NLMSG_ALIGN(messages[i].head.nlmsg_len);
	}
	assert_int_equal(send(kernel, bytes, used, 0), (ssize_t)used);
}

static void answer_error(uint32_t sequence, int err)
{
	struct message m = message(NLMSG_ERROR, sequence, sizeof(m.error));

	m.error.error = err;
	answer(&m, 1);
}

static const struct inet_diag_req_v2 any = { .sdiag_family = AF_INET, .sdiag_protocol = 6 };

static void test_destroy(void **state)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} sent;

	(void)state;
	answer_error(1, 0);
	assert_int_equal(inet_diag_request(&diag, SOCK_DESTROY, NLM_F_ACK, &any, NULL), 0);
	assert_int_equal(recv(kernel, &sent, sizeof(sent), 0), sizeof(sent));
	assert_int_equal(sent.head.nlmsg_type, 21);
	assert_int_equal(sent.head.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_memory_equal(&sent.request, &any, sizeof(any));
	answer_error(1, -EPERM); /* an answer to the request before */
	answer_error(2, -EOPNOTSUPP);
	assert_int_equal(inet_diag_request(&diag, SOCK_DESTROY, NLM_F_ACK, &any, NULL), -EOPNOTSUPP);
}

static void test_find(void **state)
{
	struct message m = message(SOCK_DIAG_BY_FAMILY, 1, sizeof(m.socket));
	struct inet_diag_msg found = { 0 };

	(void)state;
	m.socket.idiag_inode = 77;
	answer(&m, 1);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, 0, &any, &found), 0);
	assert_int_equal(found.idiag_inode, 77);
	answer_error(2, -ENOENT);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, 0, &any, &found), -ENOENT);
	m = message(SOCK_DIAG_BY_FAMILY, 3, sizeof(m.socket) - 1);
	answer(&m, 1);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, 0, &any, &found), -EPROTO);
	m = message(NLMSG_ERROR, 4, 0);
	answer(&m, 1);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, 0, &any, &found), -EPROTO);
	assert_int_equal(found.idiag_inode, 77);
}

/* A dump ends with its last part, and says then whether it was whole. */
static void test_dump(void **state)
{
	const struct message part = message(SOCK_DIAG_BY_FAMILY, 1, sizeof(part.socket));
	struct message parts[] = { part, part, message(NLMSG_DONE, 1, sizeof(int)) };

	(void)state;
	answer(parts, 2);
	answer(parts, 2);
	answer(parts, 3);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &any, NULL), 0);
	assert_int_equal(recv(diag.fd, &parts, sizeof(parts), MSG_DONTWAIT), -1); /* all was read */
	parts[0] = message(NLMSG_DONE, 2, sizeof(int));
	parts[0].number = -EINTR;
	answer(parts, 1);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &any, NULL), -EINTR);
	parts[0] = message(NLMSG_DONE, 3, 0);
	answer(parts, 1);
	assert_int_equal(inet_diag_request(&diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &any, NULL), 0);
}

static int count(void *context, const struct inet_diag_socket *socket)
{
	uint32_t *seen = context;

	seen[0]++;
	seen[1] = socket->msg.idiag_inode;
	seen[2] = 0;
	for (unsigned i = 0; i <= INET_DIAG_MAX; i++)
		if (socket->attrs[i].data)
			seen[2] += i * 1000 + (uint32_t)socket->attrs[i].size;
	return socket->msg.idiag_inode == 99 ? -EDOM : 0;
}

/* A message with the bytes of attributes behind it. */
static void answer_attrs(uint32_t sequence, const void *attrs, size_t n)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg socket;
		char attrs[256];
	} m = { .head = { .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = sequence } };

	m.head.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(m.socket)) + n);
	m.socket.idiag_inode = 5;
	memcpy(m.attrs, attrs, n);
	assert_int_equal(send(kernel, &m, NLMSG_ALIGN(m.head.nlmsg_len), 0),
			 NLMSG_ALIGN(m.head.nlmsg_len));
}

static void answer_done(uint32_t sequence)
{
	const struct message done = message(NLMSG_DONE, sequence, sizeof(int));

	answer(&done, 1);
}

static int dump(uint32_t seen[3])
{
	memset(seen, 0, 3 * sizeof(*seen));
	return inet_diag_dump(&diag, &any, count, seen);
}

static void test_sockets(void **state)
{
	static const uint16_t whole[] = { 5, INET_DIAG_SHUTDOWN, 3, 0, 8, INET_DIAG_CGROUP_ID, 1, 1 };
	static const uint16_t others[] = { 4, 999, 4, 0xffff, 4, INET_DIAG_MAX + 1 };
	static const uint16_t cut[] = { 8, INET_DIAG_TOS, 1, 1, 200, INET_DIAG_INFO, 1, 1 };
	static const uint16_t nothing[] = { 0, INET_DIAG_TOS, 3, INET_DIAG_TOS };
	struct message parts[2] = { message(SOCK_DIAG_BY_FAMILY, 1, sizeof(parts[0].socket)),
				    message(SOCK_DIAG_BY_FAMILY, 1, sizeof(parts[0].socket)) };
	uint32_t seen[3];

	(void)state;
	parts[1].socket.idiag_inode = 7;
	answer(parts, 2);
	answer_done(1);
	assert_int_equal(dump(seen), 0);
	assert_int_equal(seen[0], 2);
	assert_int_equal(seen[1], 7);
	answer_attrs(2, whole, sizeof(whole));
	answer_done(2);
	assert_int_equal(dump(seen), 0);
	assert_int_equal(seen[2], INET_DIAG_SHUTDOWN * 1000 + 1 + INET_DIAG_CGROUP_ID * 1000 + 4);
	/* types that this build does not know, lengths beyond the message or below a header */
	answer_attrs(3, others, sizeof(others));
	answer_attrs(3, nothing, sizeof(nothing));
	answer_attrs(3, cut, 3);
	answer_done(3);
	assert_int_equal(dump(seen), 0);
	assert_int_equal(seen[0], 3);
	assert_int_equal(seen[2], 0);
	answer_attrs(4, cut, sizeof(cut));
	answer_done(4);
	assert_int_equal(dump(seen), 0);
	assert_int_equal(seen[2], INET_DIAG_TOS * 1000 + 4);
}

static void test_bad_sockets(void **state)
{
	struct message parts[2] = { message(SOCK_DIAG_BY_FAMILY, 1, sizeof(parts[0].socket)),
				    message(SOCK_DIAG_BY_FAMILY, 1, sizeof(parts[0].socket) - 1) };
	uint32_t seen[3];

	(void)state;
	answer(parts, 2); /* the second is cut */
	assert_int_equal(dump(seen), -EPROTO);
	assert_int_equal(seen[0], 1);
	parts[0] = message(SOCK_DIAG_BY_FAMILY, 2, sizeof(parts[0].socket));
	parts[0].socket.idiag_inode = 99;
	answer(parts, 1); /* the caller fails */
	assert_int_equal(dump(seen), -EDOM);
	answer_error(3, -ENOENT);
	assert_int_equal(dump(seen), -ENOENT);
	assert_int_equal(seen[0], 0);
}

static void test_probe(void **state)
{
	struct message done = message(NLMSG_DONE, 1, sizeof(int));

	(void)state;
	answer(&done, 1);
	assert_int_equal(inet_diag_probe(&diag, AF_INET, 6), 0);
	answer_error(2, -ENOENT);
	assert_int_equal(inet_diag_probe(&diag, AF_INET, 6), -ENOENT);
	assert_int_equal(shutdown(diag.fd, SHUT_RD), 0);
	assert_int_equal(inet_diag_probe(&diag, AF_INET, 6), -EPIPE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_destroy, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_find, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_dump, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_sockets, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_bad_sockets, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_probe, open_pair, close_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
