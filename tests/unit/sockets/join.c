// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of the iterators joined to sockets: holders, listeners, what rows cannot be, filters. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "lib/hash_index.h"
#include "sockets/join.h"

#define TICK_NS 4000000ull

enum { NETNS = 4026531840u };

/* A scan: rows of sockets and of files, and what was made of them. */
struct look {
	struct sockets *sockets;
	struct rows *rows;
	struct rows files, again;
};

static void look_begin(struct look *look)
{
	*look = (struct look){ 0 };
	assert_int_equal(sockets_new(&look->sockets, &look->rows), 0);
	look->sockets->tick_ns = TICK_NS;
	look->sockets->mono_ns = 1000000000000;
}

static void look_end(struct look *look)
{
	sockets_keep(look->sockets, &look->files, &look->again);
	sockets_free(look->sockets);
}

static void add(struct rows *rows, const void *row, size_t size)
{
	char *room = rows_reserve(rows, size);

	assert_non_null(room);
	memcpy(room, row, size);
	rows->size += size;
}

static struct ts_socket socket_row(uint64_t address, uint8_t state)
{
	return (struct ts_socket){
		.head = { TS_ROW_SOCKET, sizeof(struct ts_socket) },
		.address = address, .id = address, .netns = NETNS, .family = 4,
		.proto = IPPROTO_TCP, .state = state, .lport = 80, .laddr = { 127, 0, 0, 1 },
	};
}

static void add_socket(struct look *look, struct ts_socket row)
{
	add(look->rows, &row, sizeof(row));
}

static void add_listener(struct look *look, uint64_t address, uint64_t inode)
{
	struct ts_socket row = socket_row(address, TS_LISTEN);

	row.inode = inode;
	add_socket(look, row);
}

/* Established, and not accepted. */
static void add_waiting(struct look *look, uint64_t address)
{
	struct ts_socket row = socket_row(address, TS_ESTABLISHED);

	row.flags = TS_S_NO_FILE;
	row.rport = 4711;
	add_socket(look, row);
}

static void add_child(struct look *look, uint64_t address, uint64_t listener)
{
	const struct ts_child row = { { TS_ROW_CHILD, sizeof(row) }, address, listener };

	add(look->rows, &row, sizeof(row));
}

static void add_holder(struct rows *files, uint64_t inode, uint32_t pid, uint32_t fd, uint32_t uid,
		       const char *comm)
{
	struct ts_holder row = {
		.head = { TS_ROW_HOLDER, sizeof(row) },
		.inode = inode, .tgid = pid, .pid = pid, .fd = fd, .uid = uid,
	};

	strncpy(row.comm, comm, sizeof(row.comm) - 1);
	add(files, &row, sizeof(row));
}

static int join(struct look *look)
{
	return sockets_join(look->sockets, look->rows, &look->files);
}

static const struct socket_entry *entry(const struct look *look, size_t i)
{
	assert_true(i < look->sockets->n);
	return &look->sockets->entries[i];
}

static void nothing_is_no_error(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	assert_int_equal(join(&look), 0);
	assert_int_equal(look.sockets->n, 0);
	look_end(&look);
	sockets_free(NULL);
	sockets_keep(NULL, &(struct rows){ 0 }, &(struct rows){ 0 });
}

static void holders_keep_their_order(void **state)
{
	const struct ts_holder *holder;
	struct ts_socket row = socket_row(1, TS_ESTABLISHED);
	struct look look;
	uint32_t fd = 3;

	(void)state;
	look_begin(&look);
	row.inode = 100;
	add_socket(&look, row);
	row.address = row.id = 2;
	row.inode = 200;
	add_socket(&look, row);
	row.address = row.id = 3;
	row.inode = 0; /* of no file, whatever holders have inode 0 */
	add_socket(&look, row);
	row.address = row.id = 4;
	row.inode = 300;
	add_socket(&look, row);
	/* two sockets' holders in turn: 100 has fds 3, 5, 7, 9 */
	for (uint32_t i = 3; i < 10; i++)
		add_holder(&look.files, i % 2 ? 100 : 200, i < 6 ? 10 : 11, i, 0, "x");
	assert_int_equal(join(&look), 0);
	assert_int_equal(look.sockets->n, 4);
	assert_int_equal(entry(&look, 0)->holders, 4);
	assert_int_equal(entry(&look, 1)->holders, 3);
	for (holder = entry(&look, 0)->holder; holder;
	     holder = socket_next_holder(look.sockets, holder), fd += 2) {
		assert_int_equal(holder->inode, 100);
		assert_int_equal(holder->fd, fd);
	}
	assert_int_equal(fd, 11);
	assert_int_equal(entry(&look, 1)->holder->fd, 4);
	assert_null(entry(&look, 2)->holder);
	assert_int_equal(entry(&look, 2)->holders, 0);
	assert_null(entry(&look, 3)->holder);
	look_end(&look);
}

/* The first holder's row is 0, which also ends a chain: it must end it and not begin it again. */
static void a_single_holder_is_the_last(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	add_listener(&look, 1, 100);
	add_holder(&look.files, 100, 10, 3, 0, "x");
	assert_int_equal(join(&look), 0);
	assert_int_equal(entry(&look, 0)->holders, 1);
	assert_null(socket_next_holder(look.sockets, entry(&look, 0)->holder));
	look_end(&look);
}

static void joins_again_with_other_holders(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	add_listener(&look, 1, 100);
	add_waiting(&look, 2);
	add_holder(&look.files, 99, 10, 3, 0, "old");
	assert_int_equal(join(&look), 0);
	assert_null(entry(&look, 0)->holder);
	add_holder(&look.again, 98, 11, 3, 0, "other");
	add_holder(&look.again, 100, 12, 4, 0, "new");
	assert_int_equal(sockets_join(look.sockets, look.rows, &look.again), 0);
	assert_int_equal(look.sockets->n, 2);
	assert_string_equal(entry(&look, 0)->holder->comm, "new");
	assert_ptr_equal(entry(&look, 1)->listener, entry(&look, 0));
	look_end(&look);
}

/* Two listeners on one port: only their accept queues differ. */
static void children_by_queue(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	add_waiting(&look, 11);
	add_waiting(&look, 12);
	add_waiting(&look, 13);
	add_listener(&look, 1, 100);
	add_child(&look, 12, 1);
	add_listener(&look, 2, 200);
	add_child(&look, 11, 2);
	add_child(&look, 14, 3); /* of a listener that is not listed */
	assert_int_equal(join(&look), 0);
	assert_ptr_equal(entry(&look, 0)->listener, entry(&look, 4));
	assert_ptr_equal(entry(&look, 1)->listener, entry(&look, 3));
	assert_null(entry(&look, 2)->listener); /* it may be of either */
	look_end(&look);
}

static void subflows_wait_too(void **state)
{
	struct ts_socket row = socket_row(11, TS_ESTABLISHED);
	struct look look;

	(void)state;
	look_begin(&look);
	row.flags = TS_S_NO_FILE | TS_S_KERNEL | TS_S_SUBFLOW;
	add_socket(&look, row);
	add_listener(&look, 1, 100);
	add_child(&look, 11, 1);
	assert_int_equal(join(&look), 0);
	assert_ptr_equal(entry(&look, 0)->listener, entry(&look, 1));
	look_end(&look);
}

static void requests_by_their_listener(void **state)
{
	struct ts_socket row = socket_row(11, TS_SYN_RECV);
	struct look look;

	(void)state;
	look_begin(&look);
	row.flags = TS_S_MINISOCK | TS_S_NO_FILE;
	row.listener = 2;
	add_socket(&look, row);
	row.address = row.id = 12;
	row.listener = 3; /* gone: no other is named */
	add_socket(&look, row);
	add_listener(&look, 2, 200);
	assert_int_equal(join(&look), 0);
	assert_ptr_equal(entry(&look, 0)->listener, entry(&look, 2));
	assert_null(entry(&look, 1)->listener);
	look_end(&look);
}

/* The one listener on a waiting connection's address, where there is one. */
static void the_only_listener(void **state)
{
	static const struct {
		const char *what;
		uint8_t family, laddr;
		uint32_t flags, netns;
		uint16_t lport;
		bool may;
	} cases[] = {
		{ "its address", 4, 127, 0, NETNS, 80, true },
		{ "any address", 4, 0, 0, NETNS, 80, true },
		{ "any address of IPv6 too", 6, 0, TS_S_IPV6, NETNS, 80, true },
		{ "IPv6 only", 6, 0, TS_S_IPV6 | TS_S_V6ONLY, NETNS, 80, false },
		{ "another address", 4, 128, 0, NETNS, 80, false },
		{ "another family's", 6, 127, TS_S_IPV6, NETNS, 80, false },
		{ "another port", 4, 0, 0, NETNS, 81, false },
		{ "another namespace", 4, 0, 0, NETNS + 1, 80, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ts_socket row = socket_row(1, TS_LISTEN);
		struct look look;

		look_begin(&look);
		row.inode = 100;
		row.family = cases[i].family;
		row.flags = cases[i].flags;
		row.netns = cases[i].netns;
		row.lport = cases[i].lport;
		memset(row.laddr, 0, sizeof(row.laddr));
		if (cases[i].laddr)
			memcpy(row.laddr, (uint8_t[4]){ cases[i].laddr, 0, 0, 1 }, 4);
		add_socket(&look, row);
		add_waiting(&look, 11);
		assert_int_equal(join(&look), 0);
		if ((entry(&look, 1)->listener != NULL) != cases[i].may)
			fail_msg("%s", cases[i].what);
		row.address = row.id = 2; /* a second one like it */
		add_socket(&look, row);
		assert_int_equal(join(&look), 0);
		assert_null(entry(&look, 1)->listener);
		look_end(&look);
	}
}

/* No connection of these is in an accept queue. */
static void who_does_not_wait(void **state)
{
	static const struct {
		uint8_t proto, state;
		uint32_t flags;
		uint64_t inode;
	} cases[] = {
		{ IPPROTO_TCP, TS_ESTABLISHED, 0, 0 },
		{ IPPROTO_TCP, TS_ESTABLISHED, TS_S_NO_FILE, 7 },
		{ IPPROTO_TCP, TS_FIN_WAIT_1, TS_S_NO_FILE | TS_S_ORPHAN, 0 },
		{ IPPROTO_TCP, TS_ESTABLISHED, TS_S_NO_FILE | TS_S_KERNEL, 0 },
		{ IPPROTO_TCP, TS_TIME_WAIT, TS_S_NO_FILE | TS_S_MINISOCK, 0 },
		{ IPPROTO_TCP, TS_LISTEN, TS_S_NO_FILE, 0 },
		{ IPPROTO_UDP, TS_ESTABLISHED, TS_S_NO_FILE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ts_socket row = socket_row(11, cases[i].state);
		struct look look;

		look_begin(&look);
		row.proto = cases[i].proto;
		row.flags = cases[i].flags;
		row.inode = cases[i].inode;
		add_socket(&look, row);
		if (cases[i].state != TS_LISTEN)
			add_listener(&look, 1, 100);
		assert_int_equal(join(&look), 0);
		assert_null(entry(&look, 0)->listener);
		look_end(&look);
	}
}

/* As two threads write them: a listener in one part, who waits in the other. */
static void rows_in_parts(void **state)
{
	struct ts_socket row = socket_row(1, TS_ESTABLISHED);
	struct look look, part;

	(void)state;
	look_begin(&look);
	row.inode = 100;
	add_socket(&look, row);
	add_waiting(&look, 11);
	part = look;
	part.rows = rows_more(look.rows);
	add_socket(&part, row); /* shown twice */
	add_listener(&part, 2, 200);
	add_child(&part, 11, 2);
	part.rows = rows_more(look.rows);
	row.address = row.id = 3;
	row.inode = 300;
	add_socket(&part, row);
	add_holder(&look.files, 300, 9, 4, 0, "x");
	assert_int_equal(join(&look), 0);
	assert_int_equal(look.sockets->n, 4);
	assert_ptr_equal(entry(&look, 1)->listener, entry(&look, 2));
	assert_int_equal(entry(&look, 3)->holder->pid, 9);
	part.rows->size--; /* the last one is cut */
	assert_int_equal(join(&look), -EPROTO);
	look_end(&look);
}

static void malformed_rows(void **state)
{
	static const struct ts_row_head heads[] = {
		{ TS_ROW_SOCKET, 0 },
		{ TS_ROW_SOCKET, 8 },
		{ TS_ROW_SOCKET, sizeof(struct ts_socket) + 8 },
		{ TS_ROW_HOLDER, sizeof(struct ts_socket) },
		{ TS_ROW_CHILD, sizeof(struct ts_child) - 1 },
		{ TS_ROW_CHILD, 0xffffffff },
		{ TS_ROW_CHILD + 1, sizeof(struct ts_child) },
		{ 0, sizeof(struct ts_child) },
	};
	char row[2 * sizeof(struct ts_socket)];
	struct look look;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		look_begin(&look);
		add_listener(&look, 1, 100);
		memset(row, 0, sizeof(row));
		memcpy(row, &heads[i], sizeof(heads[i]));
		add(look.rows, row, sizeof(row));
		assert_int_equal(join(&look), -EPROTO);
		look_end(&look);
	}
	for (size_t cut = 1; cut < sizeof(struct ts_child); cut++) {
		look_begin(&look);
		add_child(&look, 1, 2);
		look.rows->size -= cut;
		assert_int_equal(join(&look), -EPROTO);
		look_end(&look);
	}
}

static void malformed_holders(void **state)
{
	struct ts_socket row = socket_row(1, TS_LISTEN);
	struct look look;

	(void)state;
	for (size_t cut = 1; cut < sizeof(struct ts_holder); cut++) {
		look_begin(&look);
		add_holder(&look.files, 1, 2, 3, 0, "x");
		look.files.size -= cut;
		assert_int_equal(join(&look), -EPROTO);
		look_end(&look);
	}
	look_begin(&look);
	add(&look.files, &row, sizeof(row)); /* whole, and no holder */
	assert_int_equal(join(&look), -EPROTO);
	look_end(&look);
}

static void owners(void **state)
{
	struct ts_filter *f = calloc(1, sizeof(*f));
	struct error error = { "" };
	struct look look;

	(void)state;
	assert_non_null(f);
	look_begin(&look);
	add_listener(&look, 1, 100);
	add_waiting(&look, 11);
	add_listener(&look, 2, 200);
	add_holder(&look.files, 200, 20, 3, 33, "worker");
	add_holder(&look.files, 100, 10, 3, 0, "master");
	add_holder(&look.files, 100, 11, 4, 33, "worker");
	add_child(&look, 11, 1);
	assert_int_equal(join(&look), 0);
	sockets_select(look.sockets, f);
	for (size_t i = 0; i < 3; i++)
		assert_false(entry(&look, i)->unwanted);

	/* the second of its holders, and so the child; the listener's is not the third's */
	assert_int_equal(filter_add(f, TS_BY_PID, "11", &error), 0);
	sockets_select(look.sockets, f);
	assert_false(entry(&look, 0)->unwanted);
	assert_false(entry(&look, 1)->unwanted);
	assert_true(entry(&look, 2)->unwanted);

	/* one holder must have it all: PID 10 is not a worker */
	memset(f, 0, sizeof(*f));
	assert_int_equal(filter_add(f, TS_BY_PID, "10,20", &error), 0);
	assert_int_equal(filter_add(f, TS_BY_COMM, "work*", &error), 0);
	assert_int_equal(filter_add(f, TS_BY_UID, "33", &error), 0);
	assert_int_equal(join(&look), 0);
	sockets_select(look.sockets, f);
	assert_true(entry(&look, 0)->unwanted);
	assert_true(entry(&look, 1)->unwanted);
	assert_false(entry(&look, 2)->unwanted);
	look_end(&look);
	free(f);
}

static void expect_chain(const struct look *look, size_t i, const char *fds)
{
	const struct ts_holder *holder = entry(look, i)->holder;

	assert_int_equal(entry(look, i)->holders, strlen(fds));
	for (; *fds; fds++, holder = socket_next_holder(look->sockets, holder))
		assert_int_equal(holder->fd, *fds - '0');
	assert_null(holder);
}

/* The holder that the filter matches is the one that is shown; none is lost. */
static void the_holder_that_matches_is_first(void **state)
{
	static const struct {
		enum ts_criterion by;
		const char *what, *one, *two;
	} cases[] = {
		{ TS_BY_PID, "10", "3456789", "12" }, { TS_BY_PID, "11", "5634789", "12" },
		{ TS_BY_PID, "12", "7345689", "12" }, { TS_BY_UID, "33", "8934567", "12" },
		{ TS_BY_COMM, "work*", "5634789", "21" },
	};
	struct ts_filter *f = calloc(1, sizeof(*f));
	struct error error = { "" };

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ts_socket row = socket_row(3, TS_ESTABLISHED);
		struct look look;

		look_begin(&look);
		add_listener(&look, 1, 100);
		add_listener(&look, 2, 200);
		row.inode = 100; /* a subflow has the inode of its MPTCP socket */
		add_socket(&look, row);
		add_holder(&look.files, 100, 10, 3, 0, "master");
		add_holder(&look.files, 100, 10, 4, 0, "master");
		add_holder(&look.files, 200, 10, 1, 33, "master");
		add_holder(&look.files, 100, 11, 5, 0, "worker");
		add_holder(&look.files, 100, 11, 6, 0, "worker");
		add_holder(&look.files, 200, 12, 2, 0, "worker");
		add_holder(&look.files, 100, 12, 7, 0, "worker");
		add_holder(&look.files, 100, 13, 8, 33, "child");
		add_holder(&look.files, 100, 13, 9, 33, "child");
		assert_int_equal(join(&look), 0);
		memset(f, 0, sizeof(*f));
		assert_int_equal(filter_add(f, cases[i].by, cases[i].what, &error), 0);
		sockets_select(look.sockets, f);
		expect_chain(&look, 0, cases[i].one);
		expect_chain(&look, 2, cases[i].one);
		if (!entry(&look, 1)->unwanted)
			expect_chain(&look, 1, i == 2 ? "21" : cases[i].two);
		assert_false(entry(&look, 0)->unwanted);
		look_end(&look);
	}
	free(f);
}

/* A listener that the filter leaves out still names its children's owner. */
static void listeners_not_asked_for(void **state)
{
	struct ts_filter *f = calloc(1, sizeof(*f));
	struct ts_socket row = socket_row(1, TS_LISTEN);
	struct error error = { "" };
	struct look look;

	(void)state;
	assert_non_null(f);
	look_begin(&look);
	row.inode = 100;
	row.flags = TS_S_UNWANTED;
	add_socket(&look, row);
	add_waiting(&look, 11);
	add_holder(&look.files, 100, 10, 3, 0, "srv");
	assert_int_equal(filter_add(f, TS_BY_PID, "10", &error), 0);
	assert_int_equal(join(&look), 0);
	sockets_select(look.sockets, f);
	assert_true(entry(&look, 0)->unwanted);
	assert_false(entry(&look, 1)->unwanted);
	assert_ptr_equal(entry(&look, 1)->listener, entry(&look, 0));
	look_end(&look);
	free(f);
}

static void when_to_look_again(void **state)
{
	static const struct {
		const char *what;
		uint8_t proto, state;
		uint32_t flags;
		int32_t acked; /* ticks */
		bool lacks;
	} cases[] = {
		{ "young", IPPROTO_TCP, TS_ESTABLISHED, 0, 10, true },
		{ "older than the look at files", IPPROTO_TCP, TS_ESTABLISHED, 0, 1000, false },
		{ "of unknown age", IPPROTO_TCP, TS_LAST_ACK, 0, 1000, true },
		{ "without file", IPPROTO_TCP, TS_ESTABLISHED, TS_S_NO_FILE, 10, false },
		{ "a listener", IPPROTO_TCP, TS_LISTEN, 0, 10, false },
		{ "UDP", IPPROTO_UDP, TS_ESTABLISHED, 0, 10, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ts_socket row = socket_row(1, cases[i].state);
		struct look look;

		look_begin(&look);
		row.proto = cases[i].proto;
		row.flags = cases[i].flags;
		row.acked = row.sent = cases[i].acked;
		row.inode = 100;
		add_socket(&look, row);
		assert_int_equal(join(&look), 0);
		if (sockets_lack_holders(look.sockets, look.sockets->mono_ns - 1000000000) !=
		    cases[i].lacks)
			fail_msg("%s", cases[i].what);
		add_holder(&look.files, 100, 10, 3, 0, "x");
		assert_int_equal(join(&look), 0);
		assert_false(sockets_lack_holders(look.sockets, look.sockets->mono_ns - 1));
		look_end(&look);
	}
}

static void add_closed_file(struct look *look, uint64_t inode, uint32_t pid, uint64_t id)
{
	struct ts_socket row = socket_row(0xffff000000000000 | inode, TS_CLOSED);

	row.inode = inode;
	row.id = id;
	add_holder(&look->files, inode, pid, 3, 0, "leaks");
	add(&look->files, &row, sizeof(row));
}

/* Their rows come with each holder; another iterator may have found the socket meanwhile. */
static void closed_sockets(void **state)
{
	struct look look;
	struct ts_socket row;

	(void)state;
	look_begin(&look);
	add_closed_file(&look, 70, 1, 7);
	add_closed_file(&look, 71, 1, 0);
	add_holder(&look.files, 72, 1, 4, 0, "leaks");
	add_closed_file(&look, 70, 2, 7);
	add_closed_file(&look, 71, 2, 0);
	add_closed_file(&look, 73, 2, 9);
	row = socket_row(1, TS_TIME_WAIT); /* of the connection that 70 had */
	row.id = 7;
	row.flags = TS_S_MINISOCK | TS_S_NO_FILE;
	add_socket(&look, row);
	row = socket_row(2, TS_SYN_SENT);
	row.inode = 73;
	add_socket(&look, row);
	assert_int_equal(sockets_take_closed(look.sockets, &look.files), 0);
	assert_int_equal(look.files.size, 6 * sizeof(struct ts_holder));
	for (int again = 0; again < 2; again++) {
		assert_int_equal(join(&look), 0);
		assert_int_equal(look.sockets->n, 4);
		assert_int_equal(entry(&look, 0)->socket->state, TS_TIME_WAIT);
		assert_int_equal(entry(&look, 1)->socket->state, TS_SYN_SENT);
		assert_int_equal(entry(&look, 2)->socket->inode, 70);
		assert_int_equal(entry(&look, 2)->holders, 2);
		assert_int_equal(entry(&look, 3)->socket->inode, 71);
		assert_int_equal(entry(&look, 3)->socket->state, TS_CLOSED);
		assert_int_equal(entry(&look, 3)->holder->tgid, 1);
	}
	look_end(&look);
}

static void a_closed_socket_and_its_timewait_socket_differ(void **state)
{
	struct ts_socket closed = socket_row(1, TS_CLOSED), timewait = socket_row(1, TS_TIME_WAIT);
	struct ts_socket before = socket_row(1, TS_ESTABLISHED);

	(void)state;
	closed.inode = before.inode = 70;
	assert_true(socket_key(&before) == before.id);
	assert_true(socket_key(&closed) == socket_key(&before)); /* reset */
	closed.flags = TS_S_FIN_SEEN;
	assert_true(socket_key(&closed) != socket_key(&timewait));
	timewait.id = closed.inode; /* another kind of number */
	assert_true(socket_key(&closed) != socket_key(&timewait));
	closed.state = TS_SYN_SENT;
	closed.id = 0; /* a kernel without cookies */
	assert_true(socket_key(&closed) != socket_key(&timewait));
}

static void malformed_closed_sockets(void **state)
{
	struct look look;
	struct ts_row_head head = { TS_ROW_SOCKET, sizeof(struct ts_holder) };

	(void)state;
	look_begin(&look);
	add(&look.files, &head, sizeof(head));
	assert_int_equal(sockets_take_closed(look.sockets, &look.files), -EPROTO);
	look_end(&look);
}

/* More than one slot's worth, keys that are alike in their low bits. */
static void index_finds_all(void **state)
{
	enum { N = 5000 };
	struct hash_index index;
	uint32_t place;

	(void)state;
	assert_int_equal(hash_index_new(&index, N), 0);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(hash_index_put(&index, (uint64_t)(i + 1) << 44, i), i);
	assert_int_equal(hash_index_put(&index, 1ull << 44, 77), 0); /* has one already */
	for (uint32_t i = 0; i < N; i++) {
		assert_true(hash_index_get(&index, (uint64_t)(i + 1) << 44, &place));
		assert_int_equal(place, i);
	}
	assert_false(hash_index_get(&index, 1, &place));
	hash_index_free(&index);
}

static void rows_grow(void **state)
{
	struct rows rows = { 0 };
	uint64_t n = 400000, value; /* bytes: several times the first room */

	(void)state;
	for (uint64_t i = 0; i < n; i++)
		add(&rows, &i, sizeof(i));
	for (uint64_t i = 0; i < n; i++) {
		memcpy(&value, rows.data + i * sizeof(i), sizeof(value));
		assert_true(value == i);
	}
	free(rows.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_no_error),
		cmocka_unit_test(holders_keep_their_order),
		cmocka_unit_test(a_single_holder_is_the_last),
		cmocka_unit_test(joins_again_with_other_holders),
		cmocka_unit_test(children_by_queue),
		cmocka_unit_test(subflows_wait_too),
		cmocka_unit_test(requests_by_their_listener),
		cmocka_unit_test(the_only_listener),
		cmocka_unit_test(who_does_not_wait),
		cmocka_unit_test(rows_in_parts),
		cmocka_unit_test(malformed_rows),
		cmocka_unit_test(malformed_holders),
		cmocka_unit_test(owners),
		cmocka_unit_test(the_holder_that_matches_is_first),
		cmocka_unit_test(listeners_not_asked_for),
		cmocka_unit_test(when_to_look_again),
		cmocka_unit_test(closed_sockets),
		cmocka_unit_test(a_closed_socket_and_its_timewait_socket_differ),
		cmocka_unit_test(malformed_closed_sockets),
		cmocka_unit_test(index_finds_all),
		cmocka_unit_test(rows_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
