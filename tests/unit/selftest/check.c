// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The comparison of expected and observed transitions: what passes, and the text of each difference. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "selftest/check.h"
#include "selftest/hidden.h"
#include "tcp/transitions.h"

enum { PORT = CASE_FIRST_PORT + 3 * CASE_PORTS, CLIENT_PID = 100, SERVER_PID = 200, NETNS = 77 };

static const char expectation[] =
	"l  CLOSED>LISTEN           server listen\n"
	"c  CLOSED>SYN_SENT         client connect\n"
	"c  SYN_SENT>ESTABLISHED    client connect\n"
	"c  ESTABLISHED>FIN_WAIT_1  client connect\n"
	"c  FIN_WAIT_1>FIN_WAIT_2   client connect\n"
	"c +FIN_WAIT_2>TIME_WAIT    client connect normal in=7 out=5\n";

/* A playing, what was seen of it, and what the check says. */
struct fixture {
	struct test_case test;
	struct observed observed;
	struct step steps[STEPS_MAX];
	struct run_facts facts;
	int n;
	char *why;
	uint64_t now;
};

static void expect(struct fixture *f, const char *text, enum hook_tier tier)
{
	char bad[LINE_MAX_BYTES] = "";

	f->n = expect_parse(text, tier, f->steps, STEPS_MAX, bad, sizeof(bad));
	assert_string_equal(bad, "");
}

static struct ts_transition transition(struct fixture *f, uint64_t id, uint8_t old, uint8_t new)
{
	struct ts_transition t = {
		.mono_ns = f->now += 1000,
		.id = id,
		.laddr = { 127, 0, 0, 1 },
		.lport = PORT + (id == 1 ? 1 : 2),
		.netns = NETNS,
		.family = 4,
		.old_state = old,
		.new_state = new,
		.pid = id == 1 ? SERVER_PID : CLIENT_PID,
		.owner = id == 1 ? TS_OWNER_LISTEN : TS_OWNER_CONNECT,
		.role = id == 1 ? TS_ROLE_SERVER : TS_ROLE_CLIENT,
	};

	strcpy(t.comm, id == 1 ? "server" : "client");
	if (id != 1) {
		t.rport = PORT + 1;
		memcpy(t.raddr, t.laddr, sizeof(t.raddr));
	}
	for (size_t i = 0; i < f->observed.n; i++)
		if (f->observed.list[i].id == id)
			t.since_ns = f->observed.list[i].mono_ns;
	return t;
}

static struct ts_transition *see(struct fixture *f, uint64_t id, uint8_t old, uint8_t new)
{
	struct ts_transition t = transition(f, id, old, new);

	assert_int_equal(observed_add(&f->observed, &t), 0);
	return &f->observed.list[f->observed.n - 1];
}

static void see_end(struct fixture *f)
{
	struct ts_transition *t = see(f, 2, TS_FIN_WAIT_2, TS_TIME_WAIT);

	t->reason = TS_REASON_NORMAL;
	t->frame.flags = TS_F_TOTALS;
	t->bytes_in = 7;
	t->bytes_out = 5;
	t->first_seen_ns = f->observed.list[1].mono_ns;
}

static void see_all(struct fixture *f)
{
	f->observed.n = 0;
	(void)see(f, 1, TS_CLOSED, TS_LISTEN);
	(void)see(f, 2, TS_CLOSED, TS_SYN_SENT);
	(void)see(f, 2, TS_SYN_SENT, TS_ESTABLISHED);
	(void)see(f, 2, TS_ESTABLISHED, TS_FIN_WAIT_1);
	(void)see(f, 2, TS_FIN_WAIT_1, TS_FIN_WAIT_2);
	see_end(f);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->test.port = PORT;
	f->test.family = 4;
	f->test.actor[ACTOR_CLIENT].pid = CLIENT_PID;
	f->test.actor[ACTOR_SERVER].pid = SERVER_PID;
	f->facts.netns = NETNS;
	f->now = 1000000;
	expect(f, expectation, HOOK_TIER_FENTRY);
	see_all(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	observed_free(&f->observed);
	free(f->why);
	free(f);
	return 0;
}

static struct check check_begin(struct fixture *f, size_t *size)
{
	free(f->why);
	return (struct check){ .test = &f->test, .steps = f->steps, .n = (size_t)f->n,
			       .observed = &f->observed, .facts = &f->facts,
			       .why = open_memstream(&f->why, size) };
}

static bool passes(struct fixture *f)
{
	size_t size;
	struct check check = check_begin(f, &size);
	bool good = check_case(&check);

	fclose(check.why);
	return good;
}

static bool deep_passes(struct fixture *f)
{
	size_t size;
	struct check check = check_begin(f, &size);
	bool good = check_hooked_step(&check, &f->steps[f->n - 1]);

	fclose(check.why);
	return good;
}

/* The differences hold this line. */
static void says(struct fixture *f, const char *line)
{
	assert_false(passes(f));
	if (!strstr(f->why, line))
		fail_msg("\"%s\" is not in:\n%s", line, f->why);
}

static void test_right(void **state)
{
	struct fixture *f = *state;

	assert_true(passes(f));
	assert_string_equal(f->why, "");
	assert_true(deep_passes(f));
	f->test.cookie['c' - 'a'] = 2;
	assert_true(passes(f));
}

static void test_missing(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *list = f->observed.list;

	memmove(&list[2], &list[3], (--f->observed.n - 2) * sizeof(*list));
	says(f, "#     CLOSED>SYN_SENT client connect\n"
		"#   - SYN_SENT>ESTABLISHED client connect\n"
		"#     ESTABLISHED>FIN_WAIT_1 client connect\n");
	f->observed.n = 1;
	says(f, "# socket c (- expected, + observed):\n#   - CLOSED>SYN_SENT client connect\n");
	f->observed.n = 0;
	says(f, "# socket l (- expected, + observed):\n#   - CLOSED>LISTEN server listen\n");
}

static void test_superfluous(void **state)
{
	struct fixture *f = *state;

	(void)see(f, 1, TS_LISTEN, TS_CLOSED);
	says(f, "#     CLOSED>LISTEN server listen\n#   + LISTEN>CLOSED server listen\n");
	see_all(f);
	see(f, 3, TS_CLOSED, TS_SYN_SENT)->lport = PORT + 5;
	says(f, "# socket ?, id 3 (- expected, + observed):\n#   + CLOSED>SYN_SENT client connect\n");
	see_all(f);
	(void)see(f, 3, TS_CLOSED, TS_SYN_SENT);
	says(f, "# socket c', id 3 (- expected, + observed):\n#   + CLOSED>SYN_SENT client connect\n");
	see_all(f); /* another playing's */
	see(f, 3, TS_CLOSED, TS_SYN_SENT)->lport = PORT + CASE_PORTS;
	f->observed.list[f->observed.n - 1].rport = PORT + CASE_PORTS + 1;
	assert_true(passes(f));
}

static void test_expiry(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *t = see(f, 2, TS_TIME_WAIT, TS_CLOSED);

	t->reason = TS_REASON_NORMAL;
	assert_true(passes(f));
	t->reason = TS_REASON_REUSED;
	says(f, "#   + TIME_WAIT>CLOSED client connect reused\n");
}

static void test_order(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *list = f->observed.list, second = list[2];

	list[2] = list[3];
	list[3] = second;
	assert_false(passes(f));
	list[3] = list[2];
	list[2] = second;
	list[4].mono_ns = list[1].mono_ns - 1;
	says(f, "# socket c, FIN_WAIT_1>FIN_WAIT_2: earlier than the previous transition");
}

static void test_owner(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *t = &f->observed.list[3];

	t->pid = SERVER_PID;
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 server:client connect\n");
	t->pid = 4711;
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 4711:client connect\n");
	t->pid = CLIENT_PID;
	strcpy(t->comm, "other");
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 client:other connect\n");
	strcpy(t->comm, "client");
	t->owner = TS_OWNER_USE;
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 client use\n");
	t->owner = TS_OWNER_UNKNOWN;
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 ? unknown\n");
	t->owner = TS_OWNER_CONNECT;
	t->frame.flags = TS_F_ACTOR;
	t->by_pid = SERVER_PID;
	strcpy(t->by_comm, "server");
	says(f, "#   + ESTABLISHED>FIN_WAIT_1 client connect by=server\n");
}

static void test_alternatives(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *t;

	expect(f, "l  CLOSED>LISTEN server/? listen/unknown\n", HOOK_TIER_FENTRY);
	f->observed.n = 0;
	t = see(f, 1, TS_CLOSED, TS_LISTEN);
	assert_true(passes(f));
	t->pid = 0;
	t->comm[0] = '\0';
	t->owner = TS_OWNER_UNKNOWN;
	assert_true(passes(f));
	t->owner = TS_OWNER_USE;
	assert_false(passes(f));
	assert_non_null(strstr(f->why, "- CLOSED>LISTEN server/? listen/unknown"));
}

static void test_end(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *t = &f->observed.list[5];

	t->bytes_out = 6;
	assert_false(deep_passes(f));
	assert_non_null(strstr(f->why, "#   - FIN_WAIT_2>TIME_WAIT client connect normal in=7 out=5"
				       "\n#   + FIN_WAIT_2>TIME_WAIT client connect normal in=7 out=6"));
	assert_true(passes(f)); /* the step has its own test */
	t->bytes_out = 5;
	t->reason = TS_REASON_FIN_TIMEOUT;
	assert_false(deep_passes(f));
	t->reason = TS_REASON_NORMAL;
	t->rst = TS_RST_RECEIVED;
	assert_false(deep_passes(f));
	t->rst = 0;
	t->frame.flags = 0;
	assert_false(deep_passes(f));
	t->frame.flags = TS_F_TOTALS;
	t->first_seen_ns--;
	says(f, "# socket c, FIN_WAIT_2>TIME_WAIT: lifetime does not start at the first");
	f->observed.n--;
	assert_false(deep_passes(f));
	assert_true(passes(f));
}

static void test_facts(void **state)
{
	struct fixture *f = *state;
	struct ts_transition *t = &f->observed.list[4], right = *t;
	const struct {
		const char *says;
		struct ts_transition wrong;
	} cases[] = {
#define WRONG(field, value, line) { line, ({ struct ts_transition w = right; w.field = value; w; }) }
		WRONG(since_ns, 0, "wrong time in the old state"),
		WRONG(since_ns, right.since_ns + 1, "wrong time in the old state"),
		WRONG(role, TS_ROLE_SERVER, "role is 2"),
		WRONG(role, TS_ROLE_UNKNOWN, "role is 0"),
		WRONG(netns, 78, "netns is 78"),
		WRONG(uid, 1000, "uid is 1000"),
		WRONG(family, 6, "family is 6"),
		WRONG(rport, 0, "rport is 0"),
		WRONG(laddr[0], 126, "laddr is not a loopback address"),
		WRONG(raddr[3], 2, "raddr is not a loopback address"),
		WRONG(id, 0, "id is unknown"),
#undef WRONG
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		*t = cases[i].wrong;
		says(f, cases[i].says);
	}
	*t = right;
	f->test.cookie['c' - 'a'] = 9;
	says(f, "id is 2, the kernel's cookie is 9");
	f->test.cookie['c' - 'a'] = 0;
	f->observed.list[1].since_ns = 5;
	says(f, "# socket c, CLOSED>SYN_SENT: time in the old state should be unknown");
}

static void test_tracepoint_tier(void **state)
{
	struct fixture *f = *state;

	expect(f, "l  CLOSED>LISTEN server listen\n"
		  "c  CLOSED>SYN_SENT         client connect\n"
		  "c ~SYN_SENT>ESTABLISHED    server|client accept|connect min=5|\n"
		  "c  ESTABLISHED>FIN_WAIT_1  client connect\n"
		  "c  FIN_WAIT_1>FIN_WAIT_2   client connect\n"
		  "c +FIN_WAIT_2>TIME_WAIT    client connect normal in=7 out=5\n", HOOK_TIER_TRACEPOINT);
	says(f, "#   + FIN_WAIT_2>TIME_WAIT client connect normal in=7 out=5\n");
	f->observed.n--;
	says(f, "#   - ~SYN_SENT>ESTABLISHED client connect\n");
	f->observed.list[2].frame.flags = TS_F_INFERRED;
	assert_true(passes(f));
}

static void test_optional(void **state)
{
	static const char text[] = "l ?CLOSED>LISTEN server listen\n"
				   "c  CLOSED>SYN_SENT client connect\n";
	struct fixture *f = *state;

	f->observed.n = 2;
	expect(f, text, HOOK_TIER_FENTRY);
	assert_true(f->steps[0].needs_hooks && !f->steps[0].not_shown_here);
	expect(f, text, HOOK_TIER_TRACEPOINT);
	says(f, "#   - ~CLOSED>LISTEN server listen\n");
	f->observed.list[0].frame.flags = TS_F_INFERRED;
	assert_true(passes(f));
	f->observed.list[0] = f->observed.list[1];
	f->observed.n = 1;
	assert_true(passes(f));
}

/* Either end closes first, or both at the same time: all sockets must have one of these orders. */
static void expect_orders(struct fixture *f)
{
	expect(f, "l  CLOSED>LISTEN            server listen\n"
		  "c  SYN_SENT>ESTABLISHED     client connect\n"
		  "c 13ESTABLISHED>FIN_WAIT_1  client connect\n"
		  "c 1FIN_WAIT_1>FIN_WAIT_2    client connect\n"
		  "c 3FIN_WAIT_1>CLOSING       client connect\n"
		  "c 2ESTABLISHED>CLOSE_WAIT   client connect\n"
		  "c 2CLOSE_WAIT>LAST_ACK      client connect\n"
		  "s  SYN_RECV>ESTABLISHED     server listener\n"
		  "s 23ESTABLISHED>FIN_WAIT_1  server listener\n"
		  "s 2FIN_WAIT_1>FIN_WAIT_2    server listener\n"
		  "s 3FIN_WAIT_1>CLOSING       server listener\n"
		  "s 1ESTABLISHED>CLOSE_WAIT   server listener\n"
		  "s 1CLOSE_WAIT>LAST_ACK      server listener\n", HOOK_TIER_FENTRY);
}

static struct ts_transition *see_server(struct fixture *f, uint8_t old, uint8_t new)
{
	struct ts_transition *t = see(f, 1, old, new);

	t->id = 3;
	t->rport = PORT + 2;
	memcpy(t->raddr, t->laddr, sizeof(t->raddr));
	t->owner = TS_OWNER_LISTENER;
	t->since_ns = old == TS_SYN_RECV ? 0 : t->since_ns;
	return t;
}

/* The states of one end after ESTABLISHED, in order. */
static const uint8_t active[] = { TS_FIN_WAIT_1, TS_FIN_WAIT_2 },
		     passive[] = { TS_CLOSE_WAIT, TS_LAST_ACK },
		     crossed[] = { TS_FIN_WAIT_1, TS_CLOSING };

static void see_orders(struct fixture *f, const uint8_t client[2], const uint8_t server[2])
{
	uint64_t last;

	f->observed.n = 0;
	(void)see(f, 1, TS_CLOSED, TS_LISTEN);
	(void)see(f, 2, TS_SYN_SENT, TS_ESTABLISHED);
	(void)see(f, 2, TS_ESTABLISHED, client[0]);
	(void)see(f, 2, client[0], client[1]);
	last = see_server(f, TS_SYN_RECV, TS_ESTABLISHED)->mono_ns;
	see_server(f, TS_ESTABLISHED, server[0])->since_ns = last;
	last = f->now;
	see_server(f, server[0], server[1])->since_ns = last;
}

static void test_orders(void **state)
{
	static const uint8_t mixed[] = { TS_FIN_WAIT_1, TS_LAST_ACK };
	static const struct {
		const uint8_t *client, *server;
		bool lawful;
	} cases[] = {
		{ active, passive, true },   { passive, active, true },
		{ crossed, crossed, true },  { active, active, false },
		{ passive, passive, false }, { crossed, passive, false },
		{ active, crossed, false },  { mixed, passive, false },
		{ active, mixed, false },
	};
	struct fixture *f = *state;

	expect_orders(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		see_orders(f, cases[i].client, cases[i].server);
		if (passes(f) != cases[i].lawful)
			fail_msg("case %zu: %s", i, f->why);
	}
	see_orders(f, active, passive); /* no end is left out in any order */
	f->observed.n--;
	says(f, "#   - CLOSE_WAIT>LAST_ACK server listener\n"
		"# Other orders are lawful too; this one is the nearest.\n");
	f->observed.n--;
	assert_false(passes(f));
	see_orders(f, passive, active);
	f->observed.list[3].new_state = TS_CLOSED;
	says(f, "#   - CLOSE_WAIT>LAST_ACK client connect\n#   + CLOSE_WAIT>CLOSED");
	see_orders(f, active, passive);
	(void)see(f, 2, TS_ESTABLISHED, TS_CLOSE_WAIT);
	says(f, "#   + ESTABLISHED>CLOSE_WAIT client connect\n");
}

/* The tracepoint tier may leave it out; the hooks show it. */
static void test_orders_of_tiers(void **state)
{
	static const char text[] = "l  CLOSED>LISTEN server listen\n"
				   "c 1CLOSED>SYN_SENT client connect\n"
				   "c 1?SYN_SENT>ESTABLISHED client connect\n";
	struct fixture *f = *state;

	f->observed.n = 2;
	expect(f, text, HOOK_TIER_TRACEPOINT);
	assert_true(passes(f));
	expect(f, text, HOOK_TIER_FENTRY);
	assert_false(f->steps[2].needs_hooks);
	says(f, "#   - SYN_SENT>ESTABLISHED client connect\n");
}

static void test_any(void **state)
{
	struct fixture *f = *state;

	f->observed.n = 3;
	expect(f, "l  CLOSED>LISTEN        server listen\n"
		  "c  CLOSED>SYN_SENT      client connect\n"
		  "c  SYN_SENT>ESTABLISHED client connect retrans=?\n", HOOK_TIER_FENTRY);
	assert_true(passes(f));
	f->observed.list[2].frame.flags = 3u << TS_F_RETRANS_SHIFT;
	assert_true(passes(f));
	expect(f, "l  CLOSED>LISTEN        server listen\n"
		  "c  CLOSED>SYN_SENT      client connect\n"
		  "c  SYN_SENT>ESTABLISHED client connect\n", HOOK_TIER_FENTRY);
	says(f, "#   + SYN_SENT>ESTABLISHED client connect retrans\n");
	expect(f, expectation, HOOK_TIER_FENTRY);
	see_all(f);
	expect(f, "c  FIN_WAIT_2>TIME_WAIT client connect normal in=7 out=?\n", HOOK_TIER_FENTRY);
	assert_true(deep_passes(f));
	f->observed.list[5].bytes_out = 123;
	assert_true(deep_passes(f));
	f->observed.list[5].bytes_in = 8;
	assert_false(deep_passes(f));
}

static void test_minimum(void **state)
{
	struct fixture *f = *state;

	f->observed.n = 3;
	expect(f, "l  CLOSED>LISTEN        server listen\n"
		  "c  CLOSED>SYN_SENT      client connect\n"
		  "c  SYN_SENT>ESTABLISHED client connect min=2\n", HOOK_TIER_FENTRY);
	says(f, "came after 1 us, expected at least 2 ms");
	f->observed.list[2].mono_ns += 2000000;
	assert_true(passes(f));
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = {
		"c", "c CLOSED>SYN_SENT", "c CLOSED>SYN_SENT client", "? CLOSED>SYN_SENT client connect",
		"c CLOSED-SYN_SENT client connect", "c CLOSED>NOWHERE client connect",
		"cc CLOSED>SYN_SENT client connect", "z CLOSED>SYN_SENT client connect",
	};
	char line[LINE_MAX_BYTES];
	struct step steps[2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(expect_parse(bad[i], HOOK_TIER_FENTRY, steps, 2, line, sizeof(line)), -EINVAL);
		assert_string_equal(line, bad[i]);
	}
	assert_int_equal(expect_parse("c CLOSED>SYN_SENT a b\nc CLOSED>SYN_SENT a b\n"
				      "c CLOSED>SYN_SENT a b\n", HOOK_TIER_FENTRY, steps, 2, line,
				      sizeof(line)), -EINVAL);
}

/* A scenario can expect legal transitions only. */
static void test_tables(void **state)
{
	char line[LINE_MAX_BYTES] = "";
	struct step steps[STEPS_MAX];
	unsigned shown[TS_STATES][TS_STATES] = { 0 };

	(void)state;
	for (size_t i = 0; selftest_tables[i]; i++)
		for (const struct scenario *s = selftest_tables[i]; s->name; s++)
			for (int tier = HOOK_TIER_TRACEPOINT; tier <= HOOK_TIER_FENTRY; tier++) {
				int n = expect_parse(s->expect, (enum hook_tier)tier, steps, STEPS_MAX,
						     line, sizeof(line));

				if (n < 0)
					fail_msg("%s: %s", s->name, line);
				for (int j = 0; j < n; j++) {
					assert_true(transition_is_legal(steps[j].old_state,
								     steps[j].new_state));
					shown[steps[j].old_state][steps[j].new_state]++;
				}
			}
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new = 0; new < TS_STATES; new++)
			if (transition_is_shown(old, new) && !shown[old][new])
				fail_msg("no scenario shows %u>%u", old, new);
}

static void test_legal(void **state)
{
	unsigned legal = 0;

	(void)state;
	for (unsigned old = 0; old < 16; old++)
		for (unsigned new = 0; new < 16; new++)
			legal += transition_is_legal(old, new);
	assert_int_equal(legal, 25);
	assert_true(transition_is_legal(TS_FIN_WAIT_1, TS_CLOSING));
	assert_false(transition_is_legal(TS_FIN_WAIT_1, TS_TIME_WAIT));
	assert_false(transition_is_legal(TS_LISTEN, TS_SYN_SENT));
	assert_false(transition_is_legal(TS_CLOSED, TS_ESTABLISHED));
	assert_false(transition_is_legal(TS_TIME_WAIT, TS_SYN_RECV));
	for (unsigned state_of = 0; state_of < 16; state_of++)
		assert_false(transition_is_legal(state_of, state_of));
}

static unsigned hidden(struct fixture *f, const struct sightings *sightings, const char *words)
{
	const struct check check = { .test = &f->test, .steps = f->steps, .n = (size_t)f->n,
				     .observed = &f->observed, .facts = &f->facts };
	char *text;
	size_t size;
	FILE *why = open_memstream(&text, &size);
	static const struct scenario plain;
	unsigned n;

	if (!f->test.scenario)
		f->test.scenario = &plain;
	n = hidden_steps(&check, sightings, why);

	fclose(why);
	assert_string_equal(text, words);
	free(text);
	assert_int_equal(hidden_steps(&check, sightings, NULL), n);
	return n;
}

/* A step is hidden if neither the tracer nor the witness saw its socket leave the state. */
static void test_hidden(void **state)
{
	static const char last[] = "# hidden from all BPF programs: c FIN_WAIT_1>FIN_WAIT_2\n";
	const struct ts_sighting what = { PORT + 2, PORT + 1, TS_FIN_WAIT_1, TS_FIN_WAIT_2 };
	struct fixture *f = *state;
	struct sightings sightings = { .taken = true };

	assert_int_equal(hidden(f, &sightings, ""), 0); /* the tracer saw all of it */
	f->observed.n -= 2;
	assert_int_equal(hidden(f, &sightings, last), 1);
	sightings.taken = false;
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings.taken = true;
	assert_int_equal(sightings_add(&sightings, &what, 1), 0);
	assert_int_equal(hidden(f, &sightings, ""), 0);
	/* another way out of the state is a difference, not a gap */
	sightings.list[0].what.new_state = TS_CLOSED;
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings.list[0].what.rport++;
	assert_int_equal(hidden(f, &sightings, last), 1);
	/* what needs hooks has no tracepoint to hide */
	(void)see(f, 2, TS_FIN_WAIT_1, TS_FIN_WAIT_2);
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings_free(&sightings);
}

/* The second connection of the same ports needs a second transition. */
static void test_hidden_again(void **state)
{
	const struct ts_sighting what = { PORT + 2, PORT + 1, TS_CLOSED, TS_SYN_SENT };
	struct fixture *f = *state;
	struct sightings sightings = { .taken = true };

	expect(f, "c  CLOSED>SYN_SENT client connect\nc' CLOSED>SYN_SENT client connect\n",
	       HOOK_TIER_FENTRY);
	assert_int_equal(sightings_add(&sightings, &what, 1), 0);
	assert_int_equal(hidden(f, &sightings, "# hidden from all BPF programs: c' CLOSED>SYN_SENT\n"),
			 1);
	sightings.list[0].count = 2;
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings_free(&sightings);
}

/* A half-open connection is known by the retransmission of its SYN-ACK. */
static void test_hidden_synack(void **state)
{
	static const char both[] = "# hidden from all BPF programs: r LISTEN>SYN_RECV\n"
				   "# hidden from all BPF programs: synack-retransmitted - r server listen\n";
	static const char drop[] = "# hidden from all BPF programs: synack-retransmitted - r server listen\n";
	static const struct scenario scenario = { .drops = "cookie syn r server listen\n"
							   "synack-retransmitted - r server listen\n" };
	const struct ts_sighting synack = { PORT + 1, PORT + 9, TS_NEW_SYN_RECV, TS_NEW_SYN_RECV };
	const struct ts_sighting birth = { PORT + 1, PORT + 9, TS_LISTEN, TS_SYN_RECV };
	struct fixture *f = *state;
	struct sightings sightings = { .taken = true };

	expect(f, "r ~LISTEN>SYN_RECV server listener\nr ~SYN_RECV>CLOSED server listener\n",
	       HOOK_TIER_TRACEPOINT);
	f->test.scenario = &scenario;
	assert_int_equal(hidden(f, &sightings, both), 2);
	assert_int_equal(sightings_add(&sightings, &birth, 1), 0);
	assert_int_equal(hidden(f, &sightings, drop), 1);
	sightings.list[0].what = synack;
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings.taken = false;
	sightings.n = 0;
	assert_int_equal(hidden(f, &sightings, ""), 0);
	sightings_free(&sightings);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_right),
		TEST(test_missing),
		TEST(test_superfluous),
		TEST(test_expiry),
		TEST(test_order),
		TEST(test_owner),
		TEST(test_alternatives),
		TEST(test_end),
		TEST(test_facts),
		TEST(test_tracepoint_tier),
		TEST(test_optional),
		TEST(test_orders),
		TEST(test_orders_of_tiers),
		TEST(test_any),
		TEST(test_minimum),
		TEST(test_hidden),
		TEST(test_hidden_again),
		TEST(test_hidden_synack),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_legal),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
