// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Of sockets at hand: their ages, which are asked for, their order, their tree, their past. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fields/field.h"
#include "list/list.h"
#include "output/format.h"
#include "sockets/join.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SECOND 1000000000ull
#define NOW (1000 * SECOND)
#define TICK (SECOND / 250)

/* ---- ages ---- */

static const struct sockets at_now = { .tick_ns = TICK, .mono_ns = NOW, .recorded = true };

static struct ts_socket tcp(uint8_t state)
{
	return (struct ts_socket){ .proto = IPPROTO_TCP, .state = state, .family = 4, .id = 1 };
}

static void bounds_by_state(void **state)
{
	static const struct {
		uint8_t state;
		int32_t acked, received, sent;
		uint32_t quiet_ms;
		int64_t ticks; /* of the bound; -1: none */
	} cases[] = {
		{ TS_ESTABLISHED, 100, 200, 300, 400, 297 },
		{ TS_ESTABLISHED, 300, 200, 100, 400, 297 },
		{ TS_ESTABLISHED, 0, 0, 0, 0, 0 },
		{ TS_CLOSE_WAIT, 100, 200, 300, 4000, 97 },
		{ TS_CLOSE_WAIT, 200, 100, 300, 4000, 97 },
		{ TS_CLOSE_WAIT, 200, 300, 300, 400, 100 }, /* 400 ms are 100 ticks */
		{ TS_CLOSING, 100, 200, 300, 4000, 97 },
		{ TS_CLOSING, 200, 100, 300, 40, 10 },
		{ TS_FIN_WAIT_2, 100, 50, 10, 4, 97 },
		{ TS_SYN_SENT, 100, 200, 300, 400, -1 },
		{ TS_SYN_RECV, 100, 200, 300, 400, -1 },
		{ TS_FIN_WAIT_1, 100, 200, 300, 400, -1 },
		{ TS_LAST_ACK, 100, 200, 300, 400, -1 },
		{ TS_LISTEN, 100, 200, 300, 400, -1 },
		{ TS_FIN_WAIT_2, -5, 50, 10, 4, -1 }, /* the counter has gone round */
		{ TS_CLOSE_WAIT, -5, 50, 10, 4, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_socket s = tcp(cases[i].state);
		uint64_t ns = 0;
		bool exact = true, known;

		s.acked = cases[i].acked;
		s.received = cases[i].received;
		s.sent = cases[i].sent;
		s.quiet_ms = cases[i].quiet_ms;
		known = socket_age(&at_now, &s, &ns, &exact);
		if (known != (cases[i].ticks >= 0))
			fail_msg("case %zu: %s", i, known ? "known" : "not known");
		if (known && ns != (uint64_t)cases[i].ticks * TICK)
			fail_msg("case %zu: %llu ticks", i, (unsigned long long)(ns / TICK));
		assert_false(exact);
		s.proto = IPPROTO_UDP;
		assert_false(socket_age(&at_now, &s, &ns, &exact));
	}
}

static void bounds_of_time_wait(void **state)
{
	static const struct {
		uint8_t state;
		int32_t expires;
		int64_t ms;
	} cases[] = {
		{ TS_TIME_WAIT, 14997, 0 },  { TS_TIME_WAIT, 14998, -1 }, /* just begun */
		{ TS_TIME_WAIT, 7497, 30000 }, { TS_TIME_WAIT, 0, 59988 },
		{ TS_TIME_WAIT, -10, 60000 }, { TS_TIME_WAIT, INT32_MAX, -1 },
		{ TS_FIN_WAIT_2, 7499, -1 }, { TS_SYN_RECV, 7499, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_socket s = tcp(cases[i].state);
		uint64_t ns = 0;
		bool exact = true, known;

		s.flags = TS_S_MINISOCK;
		s.expires = cases[i].expires;
		known = socket_age(&at_now, &s, &ns, &exact);
		if (known != (cases[i].ms >= 0) || (known && ns != (uint64_t)cases[i].ms * 1000000))
			fail_msg("case %zu", i);
		assert_false(exact);
	}
}

static void exact_ages(void **state)
{
	struct ts_socket s = tcp(TS_LAST_ACK);
	uint64_t ns;
	bool exact;

	(void)state;
	s.flags = TS_S_RECORD;
	s.since_ns = NOW - 5 * SECOND;
	assert_true(socket_age(&at_now, &s, &ns, &exact));
	assert_true(exact && ns == 5 * SECOND);
	s.since_ns = 0; /* the tracer came later */
	assert_false(socket_age(&at_now, &s, &ns, &exact));
	s.since_ns = NOW + 1; /* entered behind the scan */
	assert_false(socket_age(&at_now, &s, &ns, &exact));

	s = tcp(TS_SYN_RECV);
	s.flags = TS_S_MINISOCK | TS_S_BEGUN;
	s.begun_us = (NOW - 3 * SECOND) / 1000;
	assert_true(socket_age(&at_now, &s, &ns, &exact));
	assert_true(exact && ns == 3 * SECOND);
	s.begun_us = NOW / 1000 + 1;
	assert_false(socket_age(&at_now, &s, &ns, &exact));
}

static void ticks_are_rounded_down(void **state)
{
	(void)state;
	assert_true(socket_ticks_ns(&at_now, -3) == 0);
	assert_true(socket_ticks_ns(&at_now, 3) == 0);
	assert_true(socket_ticks_ns(&at_now, 4) == TICK);
	assert_true(socket_ticks_ns(&at_now, INT32_MAX) == (INT32_MAX - 3ull) * TICK);
}

/* ---- lists ---- */

enum { MAX = 16 };

/* Sockets as joined: what a test puts in, a view of them. */
struct world {
	struct ts_socket rows[MAX];
	struct socket_entry entries[MAX];
	struct sockets sockets;
	char text[SOCKET_TEXT];
	struct socket_view view;
	struct list_query query;
	const struct socket_entry **picked;
	size_t n;
};

static void world_begin(struct world *w)
{
	*w = (struct world){ .sockets = at_now };
	w->sockets.entries = w->entries;
	w->view = (struct socket_view){ .sockets = &w->sockets, .text = w->text };
}

static struct ts_socket *world_add(struct world *w, struct ts_socket row)
{
	size_t i = w->sockets.n++;

	assert_true(i < MAX);
	row.id = i + 1;
	w->rows[i] = row;
	w->entries[i].socket = &w->rows[i];
	return &w->rows[i];
}

/* The ids of what was picked, as digits. */
static const char *picked(struct world *w)
{
	static char ids[MAX + 1];
	struct error error = { "" };

	free(w->picked);
	assert_int_equal(list_pick(&w->query, &w->view, &w->picked, &w->n, &error), 0);
	for (size_t i = 0; i < w->n; i++)
		ids[i] = (char)('0' + w->picked[i]->socket->id);
	ids[w->n] = '\0';
	return ids;
}

static struct ts_socket udp(uint8_t state, uint16_t rport)
{
	return (struct ts_socket){
		.proto = IPPROTO_UDP, .state = state, .rport = rport, .family = 4
	};
}

static void picks(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	world_add(&w, tcp(TS_LISTEN));		   /* 1 */
	world_add(&w, tcp(TS_ESTABLISHED));	   /* 2 */
	world_add(&w, udp(TS_CLOSED, 0));	   /* 3 */
	world_add(&w, udp(TS_ESTABLISHED, 53));	   /* 4 */
	world_add(&w, tcp(TS_TIME_WAIT));	   /* 5 */
	world_add(&w, tcp(TS_ESTABLISHED));	   /* 6 */
	w.entries[5].unwanted = true;
	assert_string_equal(picked(&w), "245");
	w.query.listeners = true;
	assert_string_equal(picked(&w), "13");
	w.query.all = true;
	assert_string_equal(picked(&w), "12345");
	/* a state is one of TCP's, or a connected UDP socket's; the kernel has chosen already */
	w.query = (struct list_query){ .by_state = true };
	assert_string_equal(picked(&w), "1245");
	w.query.listeners = true;
	assert_string_equal(picked(&w), "1");
	free(w.picked);
}

static void sorts(void **state)
{
	struct world w;
	struct ts_socket *s;

	(void)state;
	world_begin(&w);
	s = world_add(&w, tcp(TS_CLOSE_WAIT)); /* 1 */
	s->recv_q = 5;
	s->acked = s->received = 100;
	s->quiet_ms = ~0u;
	memcpy(s->laddr, (uint8_t[4]){ 10, 0, 0, 2 }, 4);
	memcpy(s->congestion, "vegas", 6);
	s = world_add(&w, tcp(TS_LAST_ACK)); /* 2: of unknown age */
	s->recv_q = 4000000000;
	memcpy(s->laddr, (uint8_t[4]){ 9, 0, 0, 200 }, 4);
	memcpy(s->congestion, "bbr", 4);
	s = world_add(&w, tcp(TS_CLOSE_WAIT)); /* 3 */
	s->acked = s->received = 50;
	s->quiet_ms = ~0u;
	s->recv_q = 5;
	memcpy(s->laddr, (uint8_t[4]){ 10, 0, 0, 1 }, 4);
	memcpy(s->congestion, "cub", 4);
	s = world_add(&w, tcp(TS_ESTABLISHED)); /* 4 */
	s->family = 6;
	s->acked = s->sent = 1000;
	memcpy(s->congestion, "cubic", 6);

	w.query.sort = "recv_q";
	assert_string_equal(picked(&w), "4132"); /* those that are alike keep their order */
	w.query.sort = "-recv_q";
	assert_string_equal(picked(&w), "2134");
	w.query.sort = "age";
	assert_string_equal(picked(&w), "3142"); /* unknown last */
	w.query.sort = "-age";
	assert_string_equal(picked(&w), "4132"); /* both ways */
	w.query.sort = "laddr";
	assert_string_equal(picked(&w), "2314");
	w.query.sort = "local";
	assert_string_equal(picked(&w), "2314");
	w.query.sort = "congestion";
	assert_string_equal(picked(&w), "2341"); /* a prefix before what it begins */
	w.query.sort = "-state";
	assert_string_equal(picked(&w), "2413");
	w.query.sort = "age_exact";
	assert_string_equal(picked(&w), "1342");
	free(w.picked);
}

/* As they are shown: by name, and by number where there is none. */
static void sorts_users_by_name(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	world_add(&w, tcp(TS_LISTEN))->uid = 0;	     /* 1: root */
	world_add(&w, tcp(TS_LISTEN))->uid = 1;	     /* 2: daemon */
	world_add(&w, tcp(TS_LISTEN))->uid = 2;	     /* 3: bin */
	world_add(&w, tcp(TS_LISTEN))->uid = 999999; /* 4 */
	w.query.all = true;
	w.query.sort = "user";
	assert_string_equal(picked(&w), "4321");
	w.query.sort = "uid";
	assert_string_equal(picked(&w), "1234");
	free(w.picked);
}

static void sorts_nothing(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w);
	w.query.sort = "process";
	assert_string_equal(picked(&w), "");
	free(w.picked);
}

/* Of two processes; socket 2 is shared, and twice in one of them; 3 has none. */
struct wanted_branch {
	uint32_t pid, fd;
	uint64_t id;
};

static void expect_branches(const struct ts_filter *filter, const struct wanted_branch *wanted,
			    size_t wanted_n)
{
	static const struct {
		uint64_t inode;
		uint32_t pid, fd;
	} holders[] = { { 100, 10, 5 }, { 200, 10, 4 }, { 200, 20, 3 }, { 200, 20, 9 } };
	struct list_query query = { .all = true };
	const struct socket_entry **entries;
	struct branch *made;
	struct rows *rows, files = { 0 }, none = { 0 };
	struct sockets *sockets;
	struct socket_view view = { 0 };
	struct error error = { "" };
	size_t n;

	assert_int_equal(sockets_new(&sockets, &rows), 0);
	for (uint64_t i = 1; i <= 3; i++) {
		struct ts_socket row = tcp(TS_ESTABLISHED);

		row.head = (struct ts_row_head){ TS_ROW_SOCKET, sizeof(row) };
		row.id = row.address = i;
		row.inode = i * 100;
		memcpy(rows_reserve(rows, sizeof(row)), &row, sizeof(row));
		rows->size += sizeof(row);
	}
	for (size_t i = 0; i < COUNT(holders); i++) {
		struct ts_holder row = {
			.head = { TS_ROW_HOLDER, sizeof(row) }, .inode = holders[i].inode,
			.tgid = holders[i].pid, .pid = holders[i].pid, .fd = holders[i].fd,
		};

		memcpy(rows_reserve(&files, sizeof(row)), &row, sizeof(row));
		files.size += sizeof(row);
	}
	assert_int_equal(sockets_join(sockets, rows, &files), 0);
	if (filter)
		sockets_select(sockets, filter);
	view.sockets = sockets;
	assert_int_equal(list_pick(&query, &view, &entries, &n, &error), 0);
	assert_int_equal(list_branches(&view, entries, n, &made, &n, &error), 0);
	assert_int_equal(n, wanted_n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(made[i].holder, made[i].entry.holder);
		assert_int_equal(made[i].holder ? made[i].holder->pid : 0, wanted[i].pid);
		assert_int_equal(made[i].holder ? made[i].holder->fd : 0, wanted[i].fd);
		assert_int_equal(made[i].entry.socket->id, wanted[i].id);
	}
	free(made);
	free(entries);
	sockets_keep(sockets, &files, &none);
	sockets_free(sockets);
}

static void branches(void **state)
{
	static const struct wanted_branch all[] = {
		{ 10, 4, 2 }, { 10, 5, 1 }, { 20, 3, 2 }, { 0, 0, 3 },
	};
	static const struct wanted_branch of_20[] = { { 20, 3, 2 } };
	static const struct wanted_branch of_10[] = { { 10, 4, 2 }, { 10, 5, 1 } };
	struct ts_filter *filter = calloc(1, sizeof(*filter));

	(void)state;
	assert_non_null(filter);
	expect_branches(NULL, all, COUNT(all));
	filter->on = filter->included = TS_BY_PID;
	filter->pids = 1;
	filter->pid[0] = 20; /* the second holder of its socket */
	expect_branches(filter, of_20, COUNT(of_20));
	filter->pid[0] = 10;
	expect_branches(filter, of_10, COUNT(of_10));
	free(filter);
}

/* ---- the past ---- */

/* A scan of sockets with these cookies and states, e.g. "1E 2C"; "1e 2c": inodes and no cookies. */
static struct sockets *look(const char *text, const struct socket_entry ***entries, size_t *n)
{
	struct rows *rows, none = { 0 };
	struct list_query query = { .all = true };
	struct socket_view view = { 0 };
	struct error error = { "" };
	struct sockets *sockets;

	assert_int_equal(sockets_new(&sockets, &rows), 0);
	for (; *text; text += text[2] ? 3 : 2) {
		struct ts_socket row = tcp((text[1] | 0x20) == 'e' ? TS_ESTABLISHED : TS_CLOSE_WAIT);
		uint64_t number = (uint64_t)(*text - '0');

		row.head = (struct ts_row_head){ TS_ROW_SOCKET, sizeof(row) };
		row.id = text[1] & 0x20 ? 0 : number;
		row.inode = text[1] & 0x20 ? number : 0;
		memcpy(rows_reserve(rows, sizeof(row)), &row, sizeof(row));
		rows->size += sizeof(row);
	}
	assert_int_equal(sockets_join(sockets, rows, &none), 0);
	view.sockets = sockets;
	assert_int_equal(list_pick(&query, &view, entries, n, &error), 0);
	return sockets;
}

static void changes(void **state)
{
	static const struct {
		const char *look, *marks, *gone;
	} steps[] = {
		{ "1E 2E 3C", "   ", "" }, /* nothing is new at first */
		{ "1E 2E 3C", "   ", "" },
		{ "2C 3C 4E", "~ +", "1" },
		{ "", "", "234" },
		{ "2C 0E", "++", "" }, /* 0: it cannot be distinguished */
		{ "2E 0E", "~+", "0" },
		{ "2E", " ", "0" },
		{ "1e 2e 1E", "+++", "2" }, /* before 5.12: no cookie until one is asked for */
		{ "1e 2c 1E", " ~ ", "" },
		{ "2c", " ", "11" },
	};
	struct list_diff past = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		const struct socket_entry **entries, **gone;
		char marks[8] = "", ids[8] = "";
		size_t n, gone_n;
		struct sockets *sockets = look(steps[i].look, &entries, &n);

		assert_int_equal(list_diff_compare(&past, entries, n, marks, &gone, &gone_n), 0);
		for (size_t j = 0; j < gone_n; j++)
			ids[j] = (char)('0' + gone[j]->socket->id + gone[j]->socket->inode);
		assert_string_equal(marks, steps[i].marks);
		assert_string_equal(ids, steps[i].gone);
		free(gone);
		list_diff_keep(&past, sockets, entries, n);
		assert_ptr_equal(past.sockets, sockets);
	}
	list_diff_free(&past);
}

/* ---- values that the kernel's numbers do not show as they are ---- */

static struct value value_of(struct world *w, size_t i, const char *name)
{
	struct row row;
	struct error error = { "" };
	const struct field *field = field_find(&socket_fields, name, strlen(name), &error);
	struct value value;

	assert_non_null(field);
	row_of_socket(&row, &w->view, &w->entries[i]);
	assert_true(field_get(field, &row, &value));
	return value;
}

static void a_fin_is_no_payload(void **state)
{
	static const struct {
		uint32_t flags, recv_q;
		uint64_t bytes_in, unread, payload;
	} cases[] = {
		{ 0, 5, 9, 5, 9 },
		{ TS_S_FIN_SEEN, 6, 10, 5, 9 },
		{ TS_S_FIN_SEEN, 0, 10, 0, 9 }, /* read to its end */
		{ TS_S_FIN_SEEN, 1, 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		struct ts_socket *s;

		world_begin(&w);
		s = world_add(&w, tcp(TS_CLOSE_WAIT));
		s->flags = cases[i].flags;
		s->recv_q = cases[i].recv_q;
		s->bytes_in = cases[i].bytes_in;
		s->received = 1000;
		assert_true(value_of(&w, 0, "unread").number == cases[i].unread);
		assert_true(value_of(&w, 0, "bytes_in").number == cases[i].payload);
		assert_int_equal(value_of(&w, 0, "last_received_us").type,
				 cases[i].payload ? VALUE_US : VALUE_NULL);
	}
}

/* What has no counters has none of 0, either. */
static void unknown_is_null(void **state)
{
	static const char *const counters[] = {
		"unread", "unsent", "bytes_in", "bytes_out", "cwnd", "srtt_us", "ssthresh",
		"retrans_out", "probes", "last_sent_us", "last_acked_us", "last_received_us",
		"retransmits", "segs_retrans", "age_us", "age_exact",
	};
	struct ts_socket rows[] = { tcp(TS_TIME_WAIT), tcp(TS_LISTEN), udp(TS_CLOSED, 0) };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;

		world_begin(&w);
		rows[i].flags = i ? 0 : TS_S_MINISOCK;
		rows[i].expires = 15000;
		rows[i].bytes_in = rows[i].cwnd = rows[i].rtt_us = 7; /* what lies there otherwise */
		world_add(&w, rows[i]);
		for (size_t j = 0; j < COUNT(counters); j++)
			if (value_of(&w, 0, counters[j]).type != VALUE_NULL)
				fail_msg("row %zu: %s", i, counters[j]);
	}
}

static void clocks_before_the_handshake(void **state)
{
	static const uint8_t states[] = { TS_SYN_SENT, TS_SYN_RECV };

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		struct world w;
		struct ts_socket *s;

		world_begin(&w);
		s = world_add(&w, tcp(states[i]));
		s->acked = s->sent = s->received = 100000;
		s->bytes_in = 3; /* Fast Open */
		assert_int_equal(value_of(&w, 0, "last_acked_us").type, VALUE_NULL);
		assert_int_equal(value_of(&w, 0, "last_sent_us").type, VALUE_NULL);
		assert_int_equal(value_of(&w, 0, "last_received_us").type, VALUE_NULL);
	}
}

static const char *text_of(struct world *w, size_t i, const char *name)
{
	static char text[SOCKET_TEXT + 1];
	struct value value = value_of(w, i, name);
	char process[OUT_PROCESS_ROOM];

	if (value.type == VALUE_NULL)
		return "-";
	assert_true(value_is_foreign(value.type) && out_text(NULL, &value, process));
	assert_in_range(value.length, 1, SOCKET_TEXT);
	memcpy(text, value.text, value.length);
	text[value.length] = '\0';
	return text;
}

static void processes(void **state)
{
	const struct ts_holder holder = { .tgid = 7, .pid = 4294967295, .fd = 4294967295,
					  .comm = "sixteen-or-so!!" };
	const struct ts_holder hidden = { .tgid = 7, .pid = 0, .fd = 3, .comm = "far" };
	struct ts_socket *s;
	struct world w;

	(void)state;
	world_begin(&w);
	s = world_add(&w, tcp(TS_ESTABLISHED));
	assert_string_equal(text_of(&w, 0, "process"), "-"); /* it has a file: of whom? */
	w.entries[0].holder = &holder;
	w.entries[0].holders = 1;
	assert_string_equal(text_of(&w, 0, "process"), "sixteen-or-so!![4294967295]:4294967295");
	w.entries[0].holders = 4294967295;
	assert_string_equal(text_of(&w, 0, "process"),
			    "sixteen-or-so!![4294967295]:4294967295 +4294967294");
	w.entries[0].holder = &hidden; /* of another PID namespace: no number is made up */
	w.entries[0].holders = 1;
	assert_string_equal(text_of(&w, 0, "process"), "far:3");
	assert_int_equal(value_of(&w, 0, "pid").type, VALUE_NULL);

	world_add(&w, tcp(TS_LISTEN));
	w.entries[1].holder = &holder;
	w.entries[0].holder = NULL;
	w.entries[0].listener = &w.entries[1];
	s->flags = TS_S_NO_FILE;
	assert_string_equal(text_of(&w, 0, "process"),
			    "(not-accepted, sixteen-or-so!![4294967295])");
	assert_int_equal(value_of(&w, 0, "pid").number, 4294967295);
	assert_int_equal(value_of(&w, 0, "fd").type, VALUE_NULL);
	assert_string_equal(value_of(&w, 0, "owner").text, "listener");
	s->flags |= TS_S_ORPHAN;
	w.entries[0].listener = NULL;
	assert_string_equal(text_of(&w, 0, "process"), "(orphan)");
	s->flags |= TS_S_RECORD;
	s->pid = 9;
	memcpy(s->comm, "gone", 5);
	assert_string_equal(text_of(&w, 0, "process"), "(orphan, was gone[9])");
	s->flags = TS_S_KERNEL | TS_S_NO_FILE;
	assert_string_equal(text_of(&w, 0, "process"), "(kernel)");
	assert_string_equal(value_of(&w, 0, "owner").text, "kernel");
	s->flags |= TS_S_SUBFLOW; /* a user's */
	s->inode = 1;
	assert_string_equal(text_of(&w, 0, "process"), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_by_state),
		cmocka_unit_test(bounds_of_time_wait),
		cmocka_unit_test(exact_ages),
		cmocka_unit_test(ticks_are_rounded_down),
		cmocka_unit_test(picks),
		cmocka_unit_test(sorts),
		cmocka_unit_test(sorts_users_by_name),
		cmocka_unit_test(sorts_nothing),
		cmocka_unit_test(branches),
		cmocka_unit_test(changes),
		cmocka_unit_test(a_fin_is_no_payload),
		cmocka_unit_test(unknown_is_null),
		cmocka_unit_test(clocks_before_the_handshake),
		cmocka_unit_test(processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
