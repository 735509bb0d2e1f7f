// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs the scripts of test cases. */
#include "selftest/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/number.h"
#include "tcp/state.h"

static const uint64_t NS_PER_MS = 1000000;
/* A step that takes longer is waiting, not busy. */
static const uint64_t BUSY_NS = 300 * 1000000ull;
/* Reading /proc/net/tcp may take at most a fifth of the time. */
static const uint64_t LIST_EVERY_NS = 5 * 1000000ull;
enum { LIST_SHARE = 5, READS = 10 };
/* Longer than an actor's own time limits. */
static const uint64_t STEP_NS = 180000 * 1000000ull;

static void play_end(struct case_list *cases, struct test_case *test, enum case_state state)
{
	test->state = state;
	test->holds_lock = false;
	case_end_actors(cases, test, state != CASE_DONE);
	cases->running--;
}

static void fail(struct case_list *cases, struct test_case *test, const char *why)
{
	(void)snprintf(test->why, sizeof(test->why), "%s", why);
	play_end(cases, test, CASE_FAILED);
}

static int actor_named(const char *word)
{
	for (int i = 0; i < ACTORS; i++)
		if (!strcmp(actor_names[i], word))
			return i;
	return -1;
}

/* await SOCKET STATE|gone|over */
static int begin_await(struct test_case *test, const char *words)
{
	const struct endpoint *end = endpoint_find(*words);
	bool over = !strcmp(words + 2, "over");
	int state = over || !strcmp(words + 2, "gone") ? TS_CLOSED : state_parse(words + 2);

	if (!end || state < 0)
		return -EINVAL;
	test->lport = (uint16_t)(test->port + end->local);
	test->rport = end->remote ? (uint16_t)(test->port + end->remote) : 0;
	test->awaited = (uint8_t)state;
	test->may_linger = over;
	test->state = CASE_AWAIT_STATE;
	return 0;
}

/* Steps without an actor: await, trace, hold, scan, read, pause, kill. */
static int begin_own_step(struct case_list *cases, struct test_case *test, const char *verb,
			  const char *words)
{
	uint64_t ms;
	int name;

	if (!strcmp(verb, "await"))
		return begin_await(test, words);
	if (!strcmp(verb, "trace"))
		test->state = CASE_AWAIT_TRACER;
	else if (!strcmp(verb, "hold"))
		test->state = CASE_AWAIT_COUNTS;
	else if (!strcmp(verb, "scan")) {
		test->state = CASE_AWAIT_SCAN;
		test->scans = cases->scans;
	} else if (!strcmp(verb, "read")) {
		test->state = CASE_AWAIT_READS;
		test->reads = cases->reads;
	} else if (!strcmp(verb, "pause") && !number_parse(words, 0, 100000, &ms)) {
		test->until_ns = clock_mono_ns() + ms * NS_PER_MS;
		test->deadline_ns += ms * NS_PER_MS;
		test->state = CASE_PAUSE;
	} else if (!strcmp(verb, "kill") && (name = actor_named(words)) >= 0) {
		(void)kill(test->actor[name].pid, SIGKILL);
		case_forget_actor(cases, test, (enum actor_name)name);
		test->state = CASE_PAUSE; /* the next step awaits the effect */
		test->until_ns = 0;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int hand_out(struct case_list *cases, struct test_case *test, enum actor_name name,
		    const char *words)
{
	int err = 0;

	if (!test->actor[name].pid)
		err = case_fork_actor(cases, test, name);
	if (err)
		return err;
	test->busy = name;
	test->state = CASE_STEP;
	if (!strncmp(words, "hold ", 5))
		test->holds_lock = true;
	return send(test->actor[name].channel, words, strlen(words), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Starts the next step, or ends the test case. */
static void advance(struct case_list *cases, struct test_case *test)
{
	size_t length = strcspn(test->next, ";");
	char verb[16];
	const char *words;
	int name, err;

	if (!*test->next) {
		play_end(cases, test, CASE_DONE);
		return;
	}
	(void)snprintf(test->line, sizeof(test->line), "%.*s", (int)length, test->next);
	test->next += length;
	test->next += strspn(test->next, "; ");
	test->begun_ns = clock_mono_ns();
	test->deadline_ns = test->begun_ns + STEP_NS;
	words = strchr(test->line, ' ');
	words = words ? words + 1 : "";
	(void)snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(test->line, " "), test->line);
	name = actor_named(verb);
	err = name < 0 ? begin_own_step(cases, test, verb, words) :
			 hand_out(cases, test, (enum actor_name)name, words);
	if (err)
		fail(cases, test, err == -EINVAL ? "no such step" : strerror(-err));
}

unsigned runner_busy(const struct case_list *cases)
{
	uint64_t now = clock_mono_ns();
	unsigned busy = 0;

	for (size_t i = 0; i < cases->n; i++) {
		const struct test_case *test = &cases->tests[i];

		busy += test->state != CASE_NEW && !case_is_over(test) &&
			now - test->begun_ns < BUSY_NS;
	}
	return busy;
}

bool runner_holds_lock(const struct case_list *cases)
{
	for (size_t i = 0; i < cases->n; i++)
		if (cases->tests[i].holds_lock)
			return true;
	return false;
}

void runner_begin(struct case_list *cases, struct test_case *test)
{
	test->next = test->scenario->script;
	cases->running++;
	advance(cases, test);
}

/* The server has forked the worker. */
static int adopt(struct case_list *cases, struct test_case *test, pid_t pid)
{
	int channel = test->worker_channel;

	test->worker_channel = 0;
	test->actor[ACTOR_WORKER].pid = pid;
	return case_watch_actor(cases, test, ACTOR_WORKER, channel);
}

/* Is it the actor's verb in the current step? */
static bool step_is(const struct test_case *test, const char *verb)
{
	const char *words = strchr(test->line, ' ');
	size_t length = strlen(verb);

	return words && strcspn(words + 1, " ") == length && !strncmp(words + 1, verb, length);
}

static void take_answer(struct case_list *cases, struct test_case *test, enum actor_name name)
{
	struct actor_answer answer;
	ssize_t n;

	if (test->actor[name].gone)
		return;
	n = recv(test->actor[name].channel, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n != sizeof(answer)) {
		case_forget_actor(cases, test, name);
		if (step_is(test, "exit"))
			advance(cases, test);
		else
			fail(cases, test, "the actor exited");
		return;
	}
	answer.why[sizeof(answer.why) - 1] = '\0';
	if (step_is(test, "release"))
		test->holds_lock = false;
	if (answer.cookie)
		test->cookie[strrchr(test->line, ' ')[1] - 'a'] = answer.cookie;
	if (answer.pid && adopt(cases, test, answer.pid))
		fail(cases, test, "cannot watch the worker");
	else if (answer.result == ACTOR_DONE)
		advance(cases, test);
	else
		fail(cases, test, answer.why);
	if (answer.result == ACTOR_UNABLE)
		test->state = CASE_SKIPPED;
}

static bool is_in_awaited_state(const struct case_list *cases, const struct test_case *test)
{
	if (cases->listed_ns <= test->begun_ns)
		return false; /* the list is older than the step */
	for (size_t i = 0; i < cases->sockets.n; i++) {
		const struct proc_net_tcp *socket = &cases->sockets.list[i];

		if (socket->lport == test->lport && socket->rport == test->rport &&
		    socket->family == test->family)
			return socket->state == test->awaited ||
			       (test->may_linger && socket->state == TS_TIME_WAIT);
	}
	return test->awaited == TS_CLOSED;
}

static bool may_continue(const struct case_list *cases, const struct test_case *test, uint64_t now)
{
	switch (test->state) {
	case CASE_AWAIT_STATE:
		return is_in_awaited_state(cases, test);
	case CASE_PAUSE:
		return now >= test->until_ns;
	case CASE_AWAIT_TRACER:
		return cases->tracing;
	case CASE_AWAIT_COUNTS:
		return cases->release;
	case CASE_AWAIT_SCAN:
		return cases->scans > test->scans ||
		       (cases->scans_read_ns > test->begun_ns && !cases->scan_wanted);
	case CASE_AWAIT_READS:
		return cases->reads >= test->reads + READS;
	default:
		return false;
	}
}

static void poll_case(struct case_list *cases, struct test_case *test, uint64_t now)
{
	if (test->state == CASE_NEW || case_is_over(test))
		return;
	if (may_continue(cases, test, now))
		advance(cases, test);
	else if (now > test->deadline_ns && test->state != CASE_AWAIT_TRACER &&
		 test->state != CASE_AWAIT_COUNTS)
		fail(cases, test, "timed out");
}

static bool any_awaits_state(const struct case_list *cases)
{
	for (size_t i = 0; i < cases->n; i++)
		if (cases->tests[i].state == CASE_AWAIT_STATE)
			return true;
	return false;
}

int runner_poll(struct case_list *cases)
{
	struct epoll_event events[64];
	uint64_t now;
	int n, err = 0;

	do {
		n = epoll_wait(cases->epoll, events, 64, 0);
		for (int i = 0; i < n; i++)
			take_answer(cases, &cases->tests[events[i].data.u64 >> 8],
				    (enum actor_name)(events[i].data.u64 & 0xff));
	} while (n > 0);
	now = clock_mono_ns();
	if (any_awaits_state(cases) && now >= cases->list_after_ns) {
		err = net_sockets_read(&cases->sockets);
		cases->listed_ns = now;
		cases->list_after_ns = now + LIST_EVERY_NS + (clock_mono_ns() - now) * LIST_SHARE;
	}
	for (size_t i = 0; i < cases->n && !err; i++)
		poll_case(cases, &cases->tests[i], now);
	return err;
}
