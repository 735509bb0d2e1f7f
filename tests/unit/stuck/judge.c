// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which sockets are stuck, by one scan and by several. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stuck/stuck.h"
#include "world.h"

enum { LISTENER = 1000 };

/* The judge and the last scan. */
struct court {
	struct stuck_rules rules;
	struct stuck stuck;
	struct world world;
	struct stuck_list list;
	bool looked;
};

static int setup(void **state)
{
	struct court *court = calloc(1, sizeof(*court));

	assert_non_null(court);
	stuck_rules_default(&court->rules);
	court->stuck.rules = &court->rules;
	*state = court;
	return 0;
}

static void forget(struct court *court)
{
	if (!court->looked)
		return;
	stuck_list_free(&court->list);
	sockets_free(court->world.sockets);
	court->looked = false;
}

static int teardown(void **state)
{
	struct court *court = *state;

	forget(court);
	free(court->stuck.observed);
	free(court);
	return 0;
}

/* Sets the time of the next scan after NOW. */
static struct world *look_at(struct court *court, uint64_t ns)
{
	forget(court);
	world_begin(&court->world, NOW + ns);
	return &court->world;
}

static void judge(struct court *court)
{
	assert_int_equal(stuck_judge(&court->stuck, world_join(&court->world), &court->list), 0);
	court->looked = true;
}

static void judge_one(struct court *court, uint64_t ns, struct ts_socket s)
{
	world_add(look_at(court, ns), s);
	judge(court);
}

static size_t unknowns(const struct court *court)
{
	size_t n = 0;

	for (int i = 0; i < STUCK_RULES; i++)
		n += court->list.unknown[i];
	return n;
}

/* Nothing is stuck, and `unknown` sockets have an unknown time, all by that rule. */
static void expect_none(const struct court *court, int rule, size_t unknown)
{
	assert_int_equal(court->list.n, 0);
	assert_int_equal(court->list.unknown[rule], unknown);
	assert_int_equal(unknowns(court), unknown);
}

static void expect_item(const struct court *court, size_t i, uint64_t id, int rule, uint64_t ns)
{
	assert_true(i < court->list.n);
	assert_int_equal(court->list.items[i].entry->socket->id, id);
	assert_int_equal(court->list.items[i].rule, rule);
	assert_int_equal(court->list.items[i].ns, ns);
	assert_int_equal(court->list.items[i].origin, 0);
}

/* That one alone. */
static void expect(const struct court *court, uint64_t id, int rule, uint64_t ns, bool exact)
{
	assert_int_equal(court->list.n, 1);
	expect_item(court, 0, id, rule, ns);
	assert_int_equal(court->list.items[0].exact, exact);
	assert_int_equal(unknowns(court), 0);
}

static struct ts_socket unread(uint64_t ns)
{
	struct ts_socket s = tcp(1, TS_ESTABLISHED);

	s.recv_q = 5;
	s.received = ticks(ns);
	return s;
}

static struct ts_socket unsent(uint64_t ns)
{
	struct ts_socket s = tcp(1, TS_ESTABLISHED);

	s.send_q = 5;
	s.stalled = ns ? ticks(ns) : 0;
	return s;
}

/* Its queue has one more than the limit. */
static struct ts_socket listener(uint32_t backlog)
{
	struct ts_socket s = tcp(LISTENER, TS_LISTEN);

	s.lport = 80;
	s.rport = 0;
	s.backlog = backlog;
	s.backlog_max = backlog - 1;
	return s;
}

static void add_child(struct world *world, uint64_t id, uint8_t state, uint64_t ns)
{
	struct ts_socket s = tcp(id, state);

	s.flags = TS_S_NO_FILE;
	s.lport = 80;
	world_queue(world, id, LISTENER);
	world_add(world, ns ? since(s, ns) : s);
}

/* ---- one scan ---- */

static const struct {
	uint8_t state;
	uint64_t limit;
} by_state[] = {
	{ TS_CLOSE_WAIT, 60 * SECOND }, { TS_SYN_SENT, 5 * SECOND },  { TS_SYN_RECV, 5 * SECOND },
	{ TS_FIN_WAIT_1, 30 * SECOND }, { TS_LAST_ACK, 30 * SECOND }, { TS_CLOSING, 30 * SECOND },
};

static void states_at_their_limits(void **state)
{
	struct court *court = *state;

	for (size_t i = 0; i < COUNT(by_state); i++) {
		struct ts_socket s = tcp(1, by_state[i].state);
		uint64_t limit = by_state[i].limit;

		judge_one(court, 0, since(s, limit - 1));
		expect_none(court, 0, 0);
		judge_one(court, 0, since(s, limit));
		expect_none(court, 0, 0);
		judge_one(court, 0, since(s, limit + 1));
		expect(court, 1, s.state, limit + 1, true);
		assert_true(court->list.items[0].rule_ns == limit);
		assert_int_equal(court->list.again_ns, 0);
	}
}

/* States without a limit. */
static void states_without_a_limit(void **state)
{
	static const uint8_t states[] = { TS_ESTABLISHED, TS_TIME_WAIT, TS_LISTEN };
	struct court *court = *state;

	for (size_t i = 0; i < COUNT(states); i++) {
		judge_one(court, 0, since(tcp(1, states[i]), 99999 * SECOND));
		expect_none(court, 0, 0);
	}
}

static void begun_is_exact(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_SYN_SENT);

	s.flags = TS_S_BEGUN;
	s.begun_us = (NOW - 6 * SECOND) / 1000;
	judge_one(court, 0, s);
	expect(court, 1, TS_SYN_SENT, 6 * SECOND, true);
}

static void bounds(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_CLOSE_WAIT);

	s.acked = s.received = ticks(60 * SECOND);
	s.quiet_ms = 70000;
	judge_one(court, 0, s);
	expect_none(court, 0, 0);
	s.acked = s.received = ticks(60 * SECOND + TICK);
	judge_one(court, 0, s);
	expect(court, 1, TS_CLOSE_WAIT, 60 * SECOND + TICK, false);
}

static void unread_at_its_limit(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unread(60 * SECOND);

	judge_one(court, 0, s);
	expect_none(court, 0, 0);
	assert_int_equal(court->list.again_ns, 0);
	s = unread(60 * SECOND + TICK);
	s.id = 2;
	judge_one(court, 0, s);
	expect(court, 2, STUCK_UNREAD, 60 * SECOND + TICK, false);
	assert_true(court->list.items[0].rule_ns == 60 * SECOND);
	assert_int_equal(court->list.again_ns, 150 * MS); /* the process may read */
}

static void nothing_is_unread(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unread(90 * SECOND);

	s.recv_q = 0;
	judge_one(court, 0, s);
	expect_none(court, 0, 0);
	s = unread(90 * SECOND);
	s.recv_q = 1;
	s.flags = TS_S_FIN_SEEN; /* which takes that byte */
	judge_one(court, 0, s);
	expect_none(court, 0, 0);
	s.recv_q = 2;
	assert_int_equal(socket_unread(&s), 1);
	s.recv_q = 0;
	assert_int_equal(socket_unread(&s), 0);
	/* a condition in another state belongs to the rule of that state */
	s = unread(90 * SECOND);
	s.state = TS_CLOSE_WAIT;
	s.send_q = 9;
	s.stalled = ticks(90 * SECOND);
	judge_one(court, 0, since(s, SECOND));
	expect_none(court, 0, 0);
}

static void unsent_at_its_limit(void **state)
{
	struct court *court = *state;

	judge_one(court, 0, unsent(60 * SECOND));
	expect_none(court, 0, 0);
	judge_one(court, 0, unsent(60 * SECOND + TICK));
	expect(court, 1, STUCK_UNSENT, 60 * SECOND + TICK, false);
	assert_int_equal(court->list.again_ns, 0);
}

/* Off by default. Then by the later of what was sent and received; of MPTCP, on any subflow. */
static void idle_by_the_last_data(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_ESTABLISHED);

	s.sent = ticks(70 * SECOND);
	s.received = ticks(65 * SECOND);
	judge_one(court, 0, s);
	assert_int_equal(court->list.n, 0);
	court->rules.ns[STUCK_IDLE] = 60 * SECOND;
	judge_one(court, 0, s);
	expect(court, 1, STUCK_IDLE, 65 * SECOND, false);
	s.received = ticks(90 * SECOND);
	judge_one(court, 0, s);
	expect(court, 1, STUCK_IDLE, 70 * SECOND, false);
	s.received = ticks(60 * SECOND);
	judge_one(court, 0, s);
	expect_none(court, STUCK_IDLE, 0);
	s.state = TS_CLOSE_WAIT;
	s.received = ticks(70 * SECOND);
	court->rules.ns[TS_CLOSE_WAIT] = STUCK_OFF;
	judge_one(court, 0, s);
	expect_none(court, STUCK_IDLE, 0);
	s.state = TS_ESTABLISHED;
	s.connection = 99;
	for (uint64_t other = 50; other <= 80; other += 30) {
		struct ts_socket joined = s;

		world_add(look_at(court, 0), s);
		joined.id = 2;
		joined.flags = TS_S_JOINED;
		world_add(&court->world, joined);
		joined.id = 3;
		joined.sent = ticks(other * SECOND);
		world_add(&court->world, joined);
		judge(court);
		assert_int_equal(court->list.n, other > 60);
	}
}

static void full_by_the_youngest(void **state)
{
	struct court *court = *state;

	for (int late = 0; late < 2; late++) {
		struct world *world = look_at(court, 0);

		world_add(world, listener(3));
		add_child(world, 1, TS_ESTABLISHED, 9 * SECOND);
		add_child(world, 2, TS_ESTABLISHED, 5 * SECOND + (uint64_t)late);
		add_child(world, 3, TS_CLOSE_WAIT, 8 * SECOND);
		judge(court);
		if (late)
			expect(court, LISTENER, STUCK_FULL, 5 * SECOND + 1, false);
		else
			expect_none(court, 0, 0);
	}
}

static void room_in_the_queue(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = listener(3);

	s.backlog_max = 3; /* one more may come */
	world_add(world, s);
	for (uint64_t id = 1; id <= 3; id++)
		add_child(world, id, TS_ESTABLISHED, 9 * SECOND);
	s = tcp(4, TS_ESTABLISHED); /* only a listener has that queue */
	s.backlog = 9;
	world_add(world, s);
	judge(court);
	expect_none(court, 0, 0);
}

/* An unknown connection may be the youngest. A request socket is not in the queue. */
static void children_that_are_not_known(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);

	world_add(world, listener(3));
	add_child(world, 1, TS_ESTABLISHED, 9 * SECOND);
	add_child(world, 2, TS_ESTABLISHED, 9 * SECOND);
	judge(court);
	expect_none(court, STUCK_FULL, 1);

	world = look_at(court, 0);
	world_add(world, listener(3));
	add_child(world, 1, TS_ESTABLISHED, 9 * SECOND);
	add_child(world, 2, TS_ESTABLISHED, 9 * SECOND);
	add_child(world, 3, TS_SYN_RECV, 4 * SECOND);
	judge(court);
	expect_none(court, STUCK_FULL, 1);

	/* a young one does not prove that the queue moves */
	world = look_at(court, 0);
	world_add(world, listener(2));
	add_child(world, 1, TS_ESTABLISHED, 9 * SECOND);
	add_child(world, 2, TS_ESTABLISHED, 9 * SECOND);
	add_child(world, 3, TS_SYN_RECV, 4 * SECOND);
	judge(court);
	expect(court, LISTENER, STUCK_FULL, 9 * SECOND, false);

	/* of unknown age, the first or the last of the scan */
	for (int first = 0; first < 2; first++) {
		world = look_at(court, 0);
		world_add(world, listener(2));
		add_child(world, 1, TS_ESTABLISHED, first ? 0 : 9 * SECOND);
		add_child(world, 2, TS_ESTABLISHED, first ? 9 * SECOND : 0);
		judge(court);
		expect_none(court, STUCK_FULL, 1);
	}
}

/* Connections that the filter rejects still count in the queue of their listener. */
static void unwanted_children_count(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct sockets *sockets;

	add_child(world, 1, TS_CLOSE_WAIT, 70 * SECOND);
	add_child(world, 2, TS_ESTABLISHED, 9 * SECOND);
	world_add(world, listener(2));
	sockets = world_join(world);
	sockets->entries[0].unwanted = sockets->entries[1].unwanted = true;
	assert_int_equal(stuck_judge(&court->stuck, sockets, &court->list), 0);
	court->looked = true;
	expect(court, LISTENER, STUCK_FULL, 9 * SECOND, false);
}

static void unknown_ages_are_counted(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = tcp(1, TS_LAST_ACK);

	s.send_q = 2;
	world_add(world, s);
	s.id = 2;
	world_add(world, s);
	s = tcp(3, TS_FIN_WAIT_1);
	s.send_q = 100;
	world_add(world, s);
	world_add(world, tcp(4, TS_SYN_SENT));
	s = unsent(0);
	s.id = 5;
	world_add(world, s);
	judge(court);
	assert_int_equal(court->list.n, 0);
	assert_int_equal(unknowns(court), 5);
	assert_int_equal(court->list.unknown[TS_LAST_ACK], 2);
	assert_int_equal(court->list.unknown[TS_FIN_WAIT_1], 1);
	assert_int_equal(court->list.unknown[TS_SYN_SENT], 1);
	assert_int_equal(court->list.unknown[STUCK_UNSENT], 1);
}

/* A FIN that waits for long shows in its timer. */
static void a_fin_alone_is_known(void **state)
{
	static const uint8_t states[] = { TS_FIN_WAIT_1, TS_LAST_ACK };
	struct court *court = *state;

	for (size_t i = 0; i < COUNT(states); i++) {
		struct ts_socket s = tcp(1, states[i]);

		s.send_q = 1;
		judge_one(court, 0, s);
		expect_none(court, 0, 0);
		s.stalled = ticks(31 * SECOND);
		judge_one(court, 0, s);
		expect(court, 1, s.state, 31 * SECOND, false);
	}
}

static void longer_than_nothing_is_all(void **state)
{
	static const uint8_t states[] = { TS_LAST_ACK, TS_ESTABLISHED, TS_CLOSE_WAIT };
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket five = unsent(0);

	five.id = 5;
	court->rules.ns[TS_LAST_ACK] = court->rules.ns[TS_ESTABLISHED] = 0;
	court->rules.ns[STUCK_UNSENT] = 0;
	for (size_t i = 0; i < COUNT(states); i++) {
		struct ts_socket s = tcp(i + 1, states[i]);

		s.send_q = states[i] == TS_LAST_ACK ? 2 : 0; /* unknown time */
		world_add(world, s);
	}
	world_add(world, since(tcp(4, TS_LAST_ACK), 0));
	world_add(world, five);
	judge(court);
	assert_int_equal(court->list.n, 4);
	assert_int_equal(unknowns(court), 0);
	expect_item(court, 0, 1, TS_LAST_ACK, 0);
	expect_item(court, 1, 2, TS_ESTABLISHED, 0);
	expect_item(court, 2, 4, TS_LAST_ACK, 0);
	expect_item(court, 3, 5, STUCK_UNSENT, 0);
	assert_false(court->list.items[0].exact);
	assert_true(court->list.items[2].exact);
	assert_true(court->list.items[3].rule_ns == 0);
}

static void fin_timeout_of_its_namespace(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_FIN_WAIT_2);

	s.fin_timeout = 20 * SECOND / TICK;
	judge_one(court, 0, since(s, 20 * SECOND));
	expect_none(court, 0, 0);
	judge_one(court, 0, since(s, 20 * SECOND + 1));
	expect(court, 1, TS_FIN_WAIT_2, 20 * SECOND + 1, true);
	assert_true(court->list.items[0].rule_ns == 20 * SECOND);
	s.fin_timeout = 0; /* the kernel ends it */
	judge_one(court, 0, since(s, 9999 * SECOND));
	expect_none(court, 0, 0);
	s.flags = TS_S_MINISOCK; /* its time does not matter */
	judge_one(court, 0, s);
	expect_none(court, 0, 0);
	s.flags = 0;
	court->rules.ns[TS_FIN_WAIT_2] = SECOND;
	judge_one(court, 0, since(s, 2 * SECOND));
	expect(court, 1, TS_FIN_WAIT_2, 2 * SECOND, true);
	assert_true(court->list.items[0].rule_ns == SECOND);
}

/* fin_timeout is in ticks, 32 bits of them: 60 days of 1000 Hz are more ns than that. */
static void long_fin_timeout(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_FIN_WAIT_2);

	s.fin_timeout = 5000 * SECOND / TICK;
	judge_one(court, 0, since(s, 5000 * SECOND));
	expect_none(court, 0, 0);
}

static void others_are_not_judged(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = since(tcp(1, TS_CLOSE_WAIT), 99 * SECOND);
	struct sockets *sockets;

	world_add(world, s);
	s.id = 2;
	world_add(world, s);
	s.id = 3;
	s.proto = IPPROTO_UDP;
	world_add(world, s);
	s = unread(99 * SECOND);
	s.id = 4;
	s.proto = IPPROTO_UDP;
	world_add(world, s);
	sockets = world_join(world);
	sockets->entries[0].unwanted = true;
	assert_int_equal(stuck_judge(&court->stuck, sockets, &court->list), 0);
	court->looked = true;
	expect(court, 2, TS_CLOSE_WAIT, 99 * SECOND, true);
}

static void each_socket_once(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unread(99 * SECOND);

	court->rules.ns[TS_ESTABLISHED] = 10 * SECOND;
	s.send_q = 7;
	s.stalled = ticks(98 * SECOND);
	judge_one(court, 0, since(s, 97 * SECOND));
	expect(court, 1, STUCK_UNREAD, 99 * SECOND, false);
	s.received = ticks(SECOND);
	judge_one(court, 0, since(s, 97 * SECOND));
	expect(court, 1, STUCK_UNSENT, 98 * SECOND, false);
	s.stalled = ticks(SECOND);
	judge_one(court, 0, since(s, 97 * SECOND));
	expect(court, 1, TS_ESTABLISHED, 97 * SECOND, true);
}

static void off_is_neither_stuck_nor_unknown(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = tcp(1, TS_LAST_ACK);

	for (int i = 0; i < STUCK_RULES; i++)
		court->rules.ns[i] = STUCK_OFF;
	s.send_q = 2;
	world_add(world, s);
	world_add(world, since(tcp(2, TS_CLOSE_WAIT), 99 * SECOND));
	s = unread(99 * SECOND);
	s.id = 3;
	s.send_q = 7;
	world_add(world, s);
	world_add(world, listener(1));
	judge(court);
	expect_none(court, 0, 0);
	assert_int_equal(court->list.again_ns, 0);
}

static void many_in_their_order(void **state)
{
	enum { MANY = 1000 };
	struct court *court = *state;
	struct world *world = look_at(court, 0);

	for (uint64_t id = MANY; id; id--)
		world_add(world, since(tcp(id, TS_CLOSE_WAIT), 60 * SECOND + id % 2));
	judge(court);
	assert_int_equal(court->list.n, MANY / 2);
	for (size_t i = 0; i < MANY / 2; i++)
		expect_item(court, i, MANY - 1 - 2 * i, TS_CLOSE_WAIT, 60 * SECOND + 1);
}

static void nothing_there(void **state)
{
	struct court *court = *state;

	for (int i = 0; i < 2; i++) {
		(void)look_at(court, 0);
		judge(court);
		expect_none(court, 0, 0);
	}
}

/* ---- several scans ---- */

static void in_its_state_at_two_looks(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_LAST_ACK);

	s.send_q = 2;
	judge_one(court, 0, s);
	expect_none(court, TS_LAST_ACK, 1);
	judge_one(court, 20 * SECOND, s); /* known now: not stuck yet */
	expect_none(court, 0, 0);
	judge_one(court, 30 * SECOND + 1, s);
	expect(court, 1, TS_LAST_ACK, 30 * SECOND + 1, false);
	s.id = 2; /* another in its place */
	judge_one(court, 70 * SECOND, s);
	expect_none(court, TS_LAST_ACK, 1);
	s.id = 1; /* was not in the last scan */
	judge_one(court, 80 * SECOND, s);
	expect_none(court, TS_LAST_ACK, 1);
}

static void another_state_begins_anew(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_FIN_WAIT_1);

	s.send_q = 2;
	judge_one(court, 0, s);
	s.state = TS_LAST_ACK;
	judge_one(court, 40 * SECOND, s);
	expect_none(court, TS_LAST_ACK, 1);
	judge_one(court, 71 * SECOND, s);
	expect(court, 1, TS_LAST_ACK, 31 * SECOND, false);
}

/* The longer of the kernel's time and the scans' time counts; an exact time stays. */
static void the_better_bound(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_CLOSE_WAIT);

	s.acked = s.received = ticks(61 * SECOND);
	s.quiet_ms = 100000;
	judge_one(court, 0, s);
	judge_one(court, 5 * SECOND, s);
	expect(court, 1, TS_CLOSE_WAIT, 61 * SECOND, false);
	judge_one(court, 62 * SECOND, s);
	expect(court, 1, TS_CLOSE_WAIT, 62 * SECOND, false);
	s = since(s, 0);
	judge_one(court, 63 * SECOND, s);
	expect(court, 1, TS_CLOSE_WAIT, 63 * SECOND, true);
	s.since_ns = NOW + 40 * SECOND; /* left the state and came back between two scans */
	judge_one(court, 101 * SECOND, s);
	expect(court, 1, TS_CLOSE_WAIT, 61 * SECOND, true);
}

/*
 * What --close asked about: a packet makes the kernel's times young, and does not end the state. Data
 * that the process reads ends the condition.
 */
static void judged_again(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_CLOSE_WAIT), data = unread(400 * SECOND);
	struct stuck_list last;

	data.id = 2;
	data.send_q = 5;
	data.stalled = ticks(400 * SECOND);
	s.acked = s.received = ticks(100 * SECOND);
	s.quiet_ms = 200000;
	world_add(look_at(court, 0), s);
	world_add(&court->world, data);
	judge(court);
	assert_int_equal(court->list.n, 2);
	last = court->list;
	last.items = calloc(last.n, sizeof(*last.items));
	assert_non_null(last.items);
	memcpy(last.items, court->list.items, last.n * sizeof(*last.items));
	court->stuck.last = &last;
	s.acked = s.received = ticks(SECOND);
	s.quiet_ms = 1000;
	data.received = ticks(SECOND);
	world_add(look_at(court, 5 * SECOND), s);
	world_add(&court->world, data);
	judge(court);
	assert_int_equal(court->list.n, 3);
	expect_item(court, 0, 1, TS_CLOSE_WAIT, last.items[0].ns + 5 * SECOND);
	expect_item(court, 1, 2, STUCK_UNREAD, last.items[1].ns + 5 * SECOND);
	assert_int_equal(court->list.items[2].rule, STUCK_UNSENT);
	data.read_seq += 2;
	world_add(look_at(court, 6 * SECOND), data);
	judge(court);
	assert_int_equal(court->list.n, 1);
	assert_int_equal(court->list.items[0].rule, STUCK_UNSENT);
	free(last.items);
}

/* Sockets without an id cannot be identified across scans. */
static void without_an_id(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(0, TS_LAST_ACK);

	s.flags = TS_S_NO_FILE | TS_S_ORPHAN;
	s.send_q = 2;
	for (int i = 0; i < 3; i++) {
		struct world *world = look_at(court, (uint64_t)i * 40 * SECOND);

		world_add(world, s);
		world_add(world, s);
		judge(court);
		expect_none(court, TS_LAST_ACK, 2);
	}
	judge_one(court, 0, since(s, 31 * SECOND));
	expect(court, 0, TS_LAST_ACK, 31 * SECOND, true);
}

static void nobody_reads(void **state)
{
	struct court *court = *state;

	judge_one(court, 0, unread(61 * SECOND));
	expect(court, 1, STUCK_UNREAD, 61 * SECOND, false);
	judge_one(court, SECOND, unread(62 * SECOND));
	expect(court, 1, STUCK_UNREAD, 62 * SECOND, false);
	assert_int_equal(court->list.again_ns, 0); /* known by now */
	/* what comes later does not make it younger */
	judge_one(court, 70 * SECOND, unread(0));
	expect(court, 1, STUCK_UNREAD, 70 * SECOND, false);
}

/* A process that reads will reach the old data. */
static void a_reader_at_work(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unread(61 * SECOND);

	judge_one(court, 0, s);
	for (uint64_t i = 1; i < 5; i++) {
		s = unread((61 + 20 * i) * SECOND);
		s.read_seq = (uint32_t)i;
		judge_one(court, 20 * i * SECOND, s);
		expect_none(court, 0, 0);
	}
	/* stops reading: the time counts from the scan that showed the last read */
	s.received = ticks(200 * SECOND);
	judge_one(court, 140 * SECOND, s);
	expect_none(court, 0, 0);
	judge_one(court, 141 * SECOND, s);
	expect(court, 1, STUCK_UNREAD, 61 * SECOND, false);
}

/* Data that came after the last read is unread since it came. */
static void data_that_comes_after_a_read(void **state)
{
	struct court *court = *state;
	struct ts_socket s = tcp(1, TS_ESTABLISHED);

	court->rules.ns[STUCK_UNREAD] = 4 * SECOND;
	judge_one(court, 0, s);
	s.read_seq = 1;
	judge_one(court, 10 * SECOND, s); /* was read from, all of it */
	s.recv_q = 5;
	s.received = ticks(5 * SECOND);
	judge_one(court, 20 * SECOND, s);
	expect(court, 1, STUCK_UNREAD, 5 * SECOND, false);
	/* not if the process has read since */
	s.received = ticks(10 * SECOND);
	judge_one(court, 20 * SECOND, s);
	expect_none(court, 0, 0);
	s.received = ticks(12 * SECOND);
	judge_one(court, 20 * SECOND, s);
	expect_none(court, 0, 0);
}

static void a_reader_in_the_state_before(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unread(61 * SECOND);

	s.state = TS_SYN_RECV;
	judge_one(court, 0, since(s, 0));
	s.state = TS_ESTABLISHED;
	s.read_seq = 1; /* its initial sequence number */
	judge_one(court, 61 * SECOND, s);
	expect(court, 1, STUCK_UNREAD, 61 * SECOND, false);
}

static void the_peer_takes_some(void **state)
{
	struct court *court = *state;
	struct ts_socket s = unsent(0);

	judge_one(court, 0, s);
	expect_none(court, STUCK_UNSENT, 1);
	judge_one(court, 61 * SECOND, s);
	expect(court, 1, STUCK_UNSENT, 61 * SECOND, false);
	s.acked_seq = 1;
	judge_one(court, 62 * SECOND, s);
	expect_none(court, STUCK_UNSENT, 1);
	s.stalled = ticks(2 * SECOND);
	judge_one(court, 65 * SECOND, s);
	expect_none(court, 0, 0);
	s.send_q = 0; /* all of it */
	judge_one(court, 100 * SECOND, s);
	s.send_q = 5;
	s.stalled = 0;
	judge_one(court, 130 * SECOND, s);
	expect_none(court, STUCK_UNSENT, 1);
	s.stalled = ticks(90 * SECOND);
	judge_one(court, 140 * SECOND, s);
	expect(court, 1, STUCK_UNSENT, 90 * SECOND, false);
}

static void full_at_two_looks(void **state)
{
	struct court *court = *state;
	struct ts_socket s = listener(3);

	judge_one(court, 0, s);
	expect_none(court, STUCK_FULL, 1);
	judge_one(court, 5 * SECOND + 1, listener(3));
	expect(court, LISTENER, STUCK_FULL, 5 * SECOND + 1, false);
	judge_one(court, 8 * SECOND, listener(4)); /* and with another limit */
	expect(court, LISTENER, STUCK_FULL, 8 * SECOND, false);
	s.backlog = 1;
	judge_one(court, 10 * SECOND, s);
	expect_none(court, 0, 0);
	judge_one(court, 20 * SECOND, listener(3));
	expect_none(court, STUCK_FULL, 1);
}

/* ---- whether a second scan helps ---- */

static void looks_again_where_that_helps(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = tcp(1, TS_LAST_ACK);

	court->rules.ns[TS_LAST_ACK] = 300 * MS;
	court->rules.ns[TS_FIN_WAIT_1] = 200 * MS;
	s.send_q = 2;
	world_add(world, s);
	s = tcp(2, TS_FIN_WAIT_1);
	s.send_q = 2;
	world_add(world, s);
	judge(court);
	assert_int_equal(unknowns(court), 2);
	assert_int_equal(court->list.again_ns, 300 * MS + 1);
}

/* A socket that needs too long a wait does not prevent the wait for another. */
static void waits_no_longer_than_it_is_worth(void **state)
{
	struct court *court = *state;
	struct world *world = look_at(court, 0);
	struct ts_socket s = tcp(2, TS_LAST_ACK);

	world_add(world, unread(61 * SECOND));
	s.send_q = 2;
	world_add(world, s);
	s = unsent(0);
	s.id = 3;
	world_add(world, s);
	judge(court);
	assert_int_equal(court->list.n, 1);
	assert_int_equal(court->list.unknown[STUCK_UNSENT], 1);
	assert_int_equal(court->list.again_ns, 150 * MS);

	court->rules.ns[TS_LAST_ACK] = 2 * SECOND - 1;
	s = tcp(4, TS_LAST_ACK);
	s.send_q = 2;
	judge_one(court, 0, s);
	assert_int_equal(court->list.again_ns, 2 * SECOND);
	court->rules.ns[TS_LAST_ACK] = 2 * SECOND;
	s.id = 5;
	judge_one(court, 0, s);
	assert_int_equal(court->list.again_ns, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(states_at_their_limits),
		TEST(states_without_a_limit),
		TEST(begun_is_exact),
		TEST(bounds),
		TEST(unread_at_its_limit),
		TEST(nothing_is_unread),
		TEST(unsent_at_its_limit),
		TEST(idle_by_the_last_data),
		TEST(full_by_the_youngest),
		TEST(room_in_the_queue),
		TEST(children_that_are_not_known),
		TEST(unwanted_children_count),
		TEST(unknown_ages_are_counted),
		TEST(a_fin_alone_is_known),
		TEST(longer_than_nothing_is_all),
		TEST(fin_timeout_of_its_namespace),
		TEST(long_fin_timeout),
		TEST(others_are_not_judged),
		TEST(each_socket_once),
		TEST(off_is_neither_stuck_nor_unknown),
		TEST(many_in_their_order),
		TEST(nothing_there),
		TEST(in_its_state_at_two_looks),
		TEST(another_state_begins_anew),
		TEST(the_better_bound),
		TEST(judged_again),
		TEST(without_an_id),
		TEST(nobody_reads),
		TEST(a_reader_at_work),
		TEST(data_that_comes_after_a_read),
		TEST(a_reader_in_the_state_before),
		TEST(the_peer_takes_some),
		TEST(full_at_two_looks),
		TEST(looks_again_where_that_helps),
		TEST(waits_no_longer_than_it_is_worth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
