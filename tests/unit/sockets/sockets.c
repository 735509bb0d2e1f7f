// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets, holders and listeners joined from rows; ages; picking, order and change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "list/list.h"
#include "output/format.h"
#include "sockets/join.h"
#include "system/netns.h"

enum { TICK_NS = 4000000, LISTENER = 0x1000, OTHER = 0x2000 };

/* What a test puts together: rows of sockets and of files. */
struct world {
	struct sockets *sockets;
	struct rows *rows;
	struct rows files;
};

static void add(struct rows *rows, const void *row, size_t size)
{
	char *room = rows_reserve(rows, size);

	assert_non_null(room);
	memcpy(room, row, size);
	rows->size += size;
}

static struct ts_socket connection(uint64_t address, uint64_t inode)
{
	return (struct ts_socket){
		.head = { TS_ROW_SOCKET, sizeof(struct ts_socket) },
		.address = address, .id = address, .inode = inode, .family = 4,
		.proto = IPPROTO_TCP, .state = TS_ESTABLISHED, .lport = 80, .rport = 4000,
		.netns = 7, .flags = inode ? 0 : TS_S_NO_FILE,
	};
}

static struct ts_socket listener(uint64_t address, uint64_t inode)
{
	struct ts_socket s = connection(address, inode);

	s.state = TS_LISTEN;
	s.rport = 0;
	return s;
}

static void add_socket(struct world *world, struct ts_socket s)
{
	add(world->rows, &s, sizeof(s));
}

static void add_holder(struct world *world, uint64_t inode, uint32_t pid, uint32_t fd)
{
	struct ts_holder h = { .head = { TS_ROW_HOLDER, sizeof(h) }, .inode = inode, .tgid = pid,
			       .pid = pid, .fd = fd, .uid = pid + 1000, .comm = "holder" };

	add(&world->files, &h, sizeof(h));
}

static void add_child(struct world *world, uint64_t address, uint64_t of)
{
	struct ts_child c = { .head = { TS_ROW_CHILD, sizeof(c) }, .address = address,
			      .listener = of };

	add(world->rows, &c, sizeof(c));
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_int_equal(sockets_new(&world->sockets, &world->rows), 0);
	world->sockets->tick_ns = TICK_NS;
	world->sockets->mono_ns = 100ull * 1000000000;
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	struct rows none = { 0 };

	sockets_keep(world->sockets, &world->files, &none);
	sockets_free(world->sockets);
	free(world);
	return 0;
}

static const struct socket_entry *join(struct world *world)
{
	assert_int_equal(sockets_join(world->sockets, world->rows, &world->files), 0);
	return world->sockets->entries;
}

static void holders_in_their_order(void **state)
{
	struct world *world = *state;
	const struct socket_entry *e;

	add_socket(world, connection(1, 50));
	add_socket(world, connection(2, 51));
	add_holder(world, 51, 9, 3);
	add_holder(world, 50, 5, 4);
	add_holder(world, 51, 9, 7);
	add_holder(world, 51, 12, 3);
	e = join(world);
	assert_int_equal(world->sockets->n, 2);
	assert_int_equal(e[0].holders, 1);
	assert_int_equal(e[0].holder->pid, 5);
	assert_null(socket_next_holder(world->sockets, e[0].holder));
	assert_int_equal(e[1].holders, 3);
	assert_int_equal(e[1].holder->fd, 3);
	assert_int_equal(socket_next_holder(world->sockets, e[1].holder)->fd, 7);
	assert_int_equal(socket_next_holder(world->sockets,
			 socket_next_holder(world->sockets, e[1].holder))->pid, 12);
}

/* An iterator that resumes may show a socket twice; an address may have another's id. */
static void one_entry_a_socket(void **state)
{
	struct world *world = *state;
	struct ts_socket reused = connection(1, 52), nameless = connection(3, 0);

	reused.id = 99;
	nameless.id = 0;
	add_socket(world, connection(1, 50));
	add_socket(world, connection(2, 51));
	add_socket(world, connection(1, 50));
	add_socket(world, reused);
	add_socket(world, nameless);
	add_socket(world, nameless);
	(void)join(world);
	assert_int_equal(world->sockets->n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(world->sockets->entries[i].socket->inode,
				 i < 3 ? 50 + i : 0);
}

/* 50 is only in the first scan, 51 in both, 52 only in the second. */
static void two_looks_at_the_files(void **state)
{
	struct world *world = *state;
	struct rows first = world->files;
	const struct socket_entry *e;

	for (uint64_t i = 50; i <= 52; i++)
		add_socket(world, connection(i, i));
	add_holder(world, 50, 5, 3);
	add_holder(world, 51, 5, 4);
	first = world->files;
	world->files = (struct rows){ 0 };
	add_holder(world, 51, 6, 4);
	add_holder(world, 52, 6, 5);
	assert_int_equal(rows_add_missing(&world->files, &first), 0);
	free(first.data);
	e = join(world);
	for (int i = 0; i < 3; i++)
		assert_int_equal(e[i].holders, 1);
	assert_int_equal(e[0].holder->pid, 5);
	assert_int_equal(e[1].holder->pid, 6);
	assert_int_equal(e[2].holder->pid, 6);
}

static void children_find_their_listener(void **state)
{
	struct world *world = *state;
	const struct socket_entry *e;
	struct ts_socket request = connection(4, 0);

	request.state = TS_SYN_RECV;
	request.flags |= TS_S_MINISOCK;
	request.listener = OTHER;
	add_socket(world, listener(LISTENER, 50));
	add_socket(world, listener(OTHER, 51));
	add_child(world, 3, OTHER);
	add_socket(world, connection(3, 0));
	add_socket(world, request);
	add_socket(world, connection(5, 0)); /* of either: unknown */
	e = join(world);
	assert_ptr_equal(e[2].listener, &e[1]);
	assert_ptr_equal(e[3].listener, &e[1]);
	assert_null(e[4].listener);
}

static void the_only_listener_that_fits(void **state)
{
	struct world *world = *state;
	struct ts_socket orphan = connection(4, 0), elsewhere = listener(OTHER, 51);
	const struct socket_entry *e;

	orphan.flags |= TS_S_ORPHAN;
	elsewhere.netns = 8;
	add_socket(world, elsewhere);
	add_socket(world, listener(LISTENER, 50));
	add_socket(world, connection(3, 0));
	add_socket(world, orphan);
	e = join(world);
	assert_ptr_equal(e[2].listener, &e[1]);
	assert_null(e[3].listener);
}

static void rows_that_are_none(void **state)
{
	struct world *world = *state;
	struct ts_socket s = connection(1, 50);

	add(world->rows, &s, sizeof(s) - 8);
	assert_int_equal(sockets_join(world->sockets, world->rows, &world->files), -EPROTO);
	world->rows->size = 0;
	s.head.size = 0;
	add(world->rows, &s, sizeof(s));
	assert_int_equal(sockets_join(world->sockets, world->rows, &world->files), -EPROTO);
	world->rows->size = 0;
	add(&world->files, "12345678", 8);
	assert_int_equal(sockets_join(world->sockets, world->rows, &world->files), -EPROTO);
}

static void owners_are_any_holders(void **state)
{
	struct world *world = *state;
	static struct ts_filter f;

	f.on = f.included = TS_BY_PID;
	f.pids = 1;
	f.pid[0] = 12;
	add_socket(world, listener(LISTENER, 50));
	add_socket(world, connection(2, 51));
	add_socket(world, connection(3, 52));
	add_socket(world, connection(4, 0));
	add_child(world, 4, LISTENER);
	add_holder(world, 50, 12, 3);
	add_holder(world, 51, 9, 3);
	add_holder(world, 51, 12, 4);
	add_holder(world, 52, 9, 4);
	(void)join(world);
	sockets_select(world->sockets, &f);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(world->sockets->entries[i].unwanted, i == 2);
}

/* Expected: ticks before now, or -1 for no age, -2 for one that is exact and 5 s. */
static void check_age(struct world *world, struct ts_socket s, int ticks)
{
	uint64_t ns = 0;
	bool exact = false, known = socket_age(world->sockets, &s, &ns, &exact);

	assert_int_equal(known, ticks != -1);
	if (ticks == -2)
		assert_true(exact && ns == 5000000000);
	if (ticks >= 0)
		assert_true(!exact && ns == (uint64_t)ticks * TICK_NS);
}

/* 40 days where HZ is 1000: too long for a signed number of ticks, not for a lower bound. */
static void ages_of_weeks(void **state)
{
	const uint32_t weeks = 40 * 86400 * 1000u;
	struct world *world = *state;
	struct ts_socket s = connection(1, 50);

	s.quiet_ms = 1000000000u * (TICK_NS / 1000000);
	s.acked = s.sent = (int32_t)weeks;
	s.received = (int32_t)(weeks + 1000);
	check_age(world, s, INT32_MAX - 3);
	s.state = TS_FIN_WAIT_2;
	check_age(world, s, INT32_MAX - 3);
	s.state = TS_CLOSE_WAIT;
	check_age(world, s, 1000000000);
	s.received = 500;
	check_age(world, s, 497);
	s.received = -1; /* it came while it was looked */
	check_age(world, s, -1);
	assert_true(socket_ticks_ns(world->sockets, (int32_t)weeks) ==
		    (uint64_t)(INT32_MAX - 3) * TICK_NS);
	assert_int_equal(socket_ticks_ns(world->sockets, -1), 0);
}

/* A scan knows which namespaces it lacks, by their inode numbers. */
static void namespaces_that_were_not_entered(void **state)
{
	struct world *world = *state;
	struct netns items[] = { { .inode = 5 }, { .inode = 6, .failed = true }, { .inode = 7 },
				 { .inode = 8, .failed = true }, { .inode = 9, .failed = true } };
	const struct netns_list list = { .items = items, .n = 5 };

	assert_int_equal(sockets_note_netns_failed(world->sockets, &list, 2), 0);
	assert_int_equal(world->sockets->n_netns_failed, 2);
	assert_int_equal(world->sockets->netns_failed[0], 6);
	assert_int_equal(world->sockets->netns_failed[1], 8);
}

/* Of a connection that timed out: what the kernel waited for a last answer does not count. */
static void ages_after_the_end(void **state)
{
	struct world *world = *state;
	struct ts_socket s = connection(LISTENER, 1);

	s.state = TS_CLOSED;
	s.quiet_ms = 300 * 1000;
	check_age(world, s, -1);
	s.flags |= TS_S_ENDED;
	check_age(world, s, 180 * 250); /* TCP_RTO_MAX: 120 s */
	s.stalled = 5000;		/* 20 s, and what the timer may be late */
	check_age(world, s, 280 * 250 - SOCKET_TICKS_LATE);
	s.quiet_ms = 19 * 1000;
	check_age(world, s, -1);
}

static void ages_never_exceed_the_truth(void **state)
{
	struct world *world = *state;
	struct ts_socket s = connection(1, 50), record, tw = connection(2, 0);

	s.quiet_ms = 100000;
	s.received = 900;
	s.acked = 500;
	s.sent = 300;
	check_age(world, s, 497); /* what came last of acked and sent, less three ticks */
	s.sent = 700;
	check_age(world, s, 697);
	s.flags |= TS_S_SYN_DATA; /* Fast Open: `sent` is of when the SYN came */
	check_age(world, s, 497);
	s.flags &= ~(uint32_t)TS_S_SYN_DATA;
	s.sent = 300;
	s.state = TS_CLOSE_WAIT;
	check_age(world, s, 497);
	s.received = 100; /* data after the FIN came out of order */
	check_age(world, s, 97);
	s.quiet_ms = 40 * TICK_NS / 1000000; /* a packet after all of these */
	check_age(world, s, 40);
	s.state = TS_FIN_WAIT_2;
	check_age(world, s, 497);
	for (s.state = TS_ESTABLISHED; s.state < TS_STATES; s.state++)
		if (s.state == TS_LISTEN || s.state == TS_FIN_WAIT_1 || s.state == TS_LAST_ACK ||
		    s.state == TS_SYN_SENT)
			check_age(world, s, -1);

	record = connection(3, 50);
	record.flags |= TS_S_RECORD;
	record.since_ns = world->sockets->mono_ns - 5000000000;
	record.sent = record.acked = 10;
	check_age(world, record, 7); /* no tracer is at work */
	world->sockets->recorded = true;
	check_age(world, record, -2);
	record.since_ns = 0; /* it did not see that */
	check_age(world, record, 7);

	tw.state = TS_TIME_WAIT;
	tw.flags |= TS_S_MINISOCK;
	tw.expires = 40 * 250; /* of 60 s */
	check_age(world, tw, 20 * 250 - 3);
	tw.expires = 70 * 250; /* not the kernel's length */
	check_age(world, tw, -1);
}

static void get_text(struct world *world, const struct socket_entry *entry, const char *name,
		     char text[SOCKET_TEXT])
{
	char room[SOCKET_TEXT];
	struct socket_view view = { .sockets = world->sockets, .text = room };
	char process[OUT_PROCESS_ROOM];
	struct row row;
	struct error error = { "" };
	const struct field *field = field_find(&socket_fields, name, strlen(name), &error);
	struct value value;

	assert_non_null(field);
	row_of_socket(&row, &view, entry);
	assert_true(field_get(field, &row, &value));
	if (value.type == VALUE_PROCESS)
		assert_true(out_text(NULL, &value, process));
	(void)snprintf(text, SOCKET_TEXT, "%.*s",
		       value_is_foreign(value.type) ? (int)value.length :
		       value.type == VALUE_NAME ? SOCKET_TEXT : 0,
		       value.type == VALUE_NULL ? "" : value.text);
}

static void says_who_or_why_not(void **state)
{
	static const struct {
		uint32_t flags;
		uint8_t socket_state;
		uint64_t inode;
		const char *process;
	} cases[] = {
		{ 0, TS_ESTABLISHED, 50, "holder[5]:4 +1" },
		{ TS_S_NO_FILE | TS_S_ORPHAN, TS_FIN_WAIT_1, 0, "(orphan)" },
		{ TS_S_NO_FILE | TS_S_MINISOCK, TS_TIME_WAIT, 0, "(time-wait)" },
		{ TS_S_NO_FILE | TS_S_KERNEL, TS_ESTABLISHED, 0, "(kernel)" },
		{ TS_S_NO_FILE, TS_ESTABLISHED, 0, "(not-accepted)" },
		{ 0, TS_ESTABLISHED, 77, "" }, /* a file, and no process here that has it */
	};
	struct world *world = *state;
	const struct socket_entry *e;
	char text[SOCKET_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ts_socket s = connection(10 + i, cases[i].inode);

		s.flags = cases[i].flags;
		s.state = cases[i].socket_state;
		add_socket(world, s);
	}
	add_holder(world, 50, 5, 4);
	add_holder(world, 50, 6, 4);
	e = join(world);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		get_text(world, &e[i], "process", text);
		assert_string_equal(text, cases[i].process);
	}
}

static void picks_and_sorts(void **state)
{
	struct world *world = *state;
	char room[SOCKET_TEXT];
	struct socket_view view = { .sockets = world->sockets, .text = room };
	struct list_query query = { .sort = "-recv_q" };
	const struct socket_entry **picked;
	struct error error = { "" };
	size_t n;

	for (uint64_t i = 1; i <= 3; i++) {
		struct ts_socket s = connection(i, 0);

		s.recv_q = i == 2 ? 90 : (uint32_t)i;
		add_socket(world, s);
	}
	add_socket(world, listener(LISTENER, 50));
	(void)join(world);
	assert_int_equal(list_pick(&query, &view, &picked, &n, &error), 0);
	assert_int_equal(n, 3);
	assert_int_equal(picked[0]->socket->id, 2);
	assert_int_equal(picked[1]->socket->id, 3);
	assert_int_equal(picked[2]->socket->id, 1);
	free(picked);
	query.sort = NULL;
	query.listeners = true;
	assert_int_equal(list_pick(&query, &view, &picked, &n, &error), 0);
	assert_int_equal(n, 1);
	assert_int_equal(picked[0]->socket->state, TS_LISTEN);
	free(picked);
}

static void branches_by_process(void **state)
{
	struct world *world = *state;
	struct socket_view view = { .sockets = world->sockets };
	const struct socket_entry *list[2];
	struct error error = { "" };
	struct branch *branches;
	size_t n;

	add_socket(world, connection(1, 0));
	add_socket(world, connection(2, 51));
	add_holder(world, 51, 9, 3);
	add_holder(world, 51, 5, 8);
	list[0] = &join(world)[0];
	list[1] = &world->sockets->entries[1];
	assert_int_equal(list_branches(&view, list, 2, &branches, &n, &error), 0);
	assert_int_equal(n, 3);
	assert_int_equal(branches[0].holder->pid, 5);
	assert_int_equal(branches[1].holder->pid, 9);
	assert_ptr_equal(branches[1].entry.holder, branches[1].holder);
	assert_null(branches[2].holder);
	free(branches);
}

/* expires, probes, silence (in seconds) and TCP_USER_TIMEOUT; the end by keepalive, of 100 s + 3 x 10 s. */
static void ends_by_keepalive(void **state)
{
	static const struct {
		int expires;
		uint8_t probes;
		int silent;
		unsigned user_timeout, end;
	} cases[] = {
		{ 100, 0, 0, 0, 130 },	 { 20, 0, 80, 0, 50 },	/* no data since the timer began */
		{ 20, 0, 30, 0, 100 },	 { -5, 0, 100, 0, 30 }, /* data has come since; overdue */
		{ 4, 1, 106, 0, 24 },	 { 4, 3, 126, 0, 4 },
		{ 100, 0, 0, 90, 110 },	 { 100, 0, 0, 111, 120 }, /* at the first timer after it */
		{ 4, 1, 106, 110, 4 },	 { 4, 1, 106, 111, 14 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int32_t second = (int32_t)(1000000000 / world->sockets->tick_ns);
		struct ts_socket s = connection(1, 0);
		uint64_t ns = 0;

		s.flags |= TS_S_KEEPALIVE;
		s.state = TS_ESTABLISHED;
		s.timer = TS_TIMER_KEEPALIVE;
		s.keep_time = (uint32_t)(100 * second);
		s.keep_interval = (uint32_t)(10 * second);
		s.keep_probes = 3;
		s.expires = cases[i].expires * second;
		s.probes = cases[i].probes;
		s.received = s.acked = cases[i].silent * second;
		s.user_timeout_ms = cases[i].user_timeout * 1000;
		assert_true(socket_keepalive_end(world->sockets, &s, &ns));
		assert_int_equal(ns / 1000000000, cases[i].end);
		s.send_q = 1; /* the retransmission timer decides */
		assert_false(socket_keepalive_end(world->sockets, &s, &ns));
		s.send_q = 0;
		s.flags &= ~(uint32_t)TS_S_KEEPALIVE;
		assert_false(socket_keepalive_end(world->sockets, &s, &ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(holders_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(one_entry_a_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(two_looks_at_the_files, setup, teardown),
		cmocka_unit_test_setup_teardown(children_find_their_listener, setup, teardown),
		cmocka_unit_test_setup_teardown(the_only_listener_that_fits, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(owners_are_any_holders, setup, teardown),
		cmocka_unit_test_setup_teardown(ages_never_exceed_the_truth, setup, teardown),
		cmocka_unit_test_setup_teardown(namespaces_that_were_not_entered, setup, teardown),
		cmocka_unit_test_setup_teardown(ages_of_weeks, setup, teardown),
		cmocka_unit_test_setup_teardown(ages_after_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(says_who_or_why_not, setup, teardown),
		cmocka_unit_test_setup_teardown(picks_and_sorts, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_by_keepalive, setup, teardown),
		cmocka_unit_test_setup_teardown(branches_by_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
