// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of test cases and their actors. */
#include "selftest/case.h"

#include <errno.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "selftest/fork_server.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

const struct scenario *const selftest_tables[] = {
	selftest_open,	     selftest_half_open, selftest_close, selftest_abort,
	selftest_timeouts,   selftest_time_wait, selftest_owner, selftest_mptcp,
	selftest_all_states, selftest_stress,	 NULL,
};

bool case_is_over(const struct test_case *test)
{
	return test->state >= CASE_DONE;
}

void case_name(const struct test_case *test, char *to, size_t size)
{
	(void)snprintf(to, size, "%s, ipv%u", test->scenario->name, test->family);
}

static bool is_wanted(const struct test_case *test, char **patterns, int n)
{
	char name[128];

	case_name(test, name, sizeof(name));
	for (int i = 0; i < n; i++)
		if (!fnmatch(patterns[i], name, 0) ||
		    !fnmatch(patterns[i], test->scenario->name, 0))
			return true;
	return n == 0;
}

static int add_case(struct case_list *cases, const struct scenario *scenario, uint8_t family,
		    char **patterns, int n)
{
	const unsigned either = SCENARIO_V4 | SCENARIO_V6;
	unsigned over = scenario->flags & either ? scenario->flags & either : either;
	struct test_case test = { .scenario = scenario, .family = family };
	struct test_case *tests;

	if (!(over & (family == 4 ? SCENARIO_V4 : SCENARIO_V6)) || !is_wanted(&test, patterns, n))
		return 0;
	tests = reallocarray(cases->tests, cases->n + 1, sizeof(*tests));
	if (!tests)
		return -ENOMEM;
	test.port = (uint16_t)(CASE_FIRST_PORT + CASE_PORTS * cases->n);
	cases->tests = tests;
	cases->tests[cases->n++] = test;
	return 0;
}

static int add_cases(struct case_list *cases, char **patterns, int n)
{
	int err = 0;

	for (size_t i = 0; selftest_tables[i]; i++)
		for (const struct scenario *s = selftest_tables[i]; s->name && !err; s++) {
			err = add_case(cases, s, 4, patterns, n);
			if (!err)
				err = add_case(cases, s, 6, patterns, n);
		}
	return err;
}

int case_list_new(char **patterns, int n, struct case_list **out, struct error *error)
{
	struct case_list *cases = calloc(1, sizeof(*cases));
	int err = -ENOMEM;

	if (cases) {
		cases->fork_server = cases->epoll = -1;
		err = add_cases(cases, patterns, n);
	}
	if (!err && !cases->n) {
		case_list_free(cases);
		return error_set(error, ENOENT,
				 "no test matches \"%.64s\": "
				 "\"tcpstate selftest --list\" lists them all",
				 patterns[0]);
	}
	if (!err) {
		cases->epoll = epoll_create1(EPOLL_CLOEXEC);
		err = cases->epoll < 0 ? -errno : 0;
	}
	if (err) {
		case_list_free(cases);
		return error_set(error, -err, "cannot set up the tests: %s", strerror(-err));
	}
	*out = cases;
	return 0;
}

int case_list_open(struct case_list *cases, struct error *error)
{
	cases->fork_server = fork_server_open();
	if (cases->fork_server < 0)
		return error_set(error, -cases->fork_server,
				 "cannot start the tests' processes: %s",
				 strerror(-cases->fork_server));
	return 0;
}

void case_forget_actor(struct case_list *cases, struct test_case *test, enum actor_name name)
{
	if (!test->actor[name].pid || test->actor[name].gone)
		return;
	test->actor[name].gone = true;
	(void)epoll_ctl(cases->epoll, EPOLL_CTL_DEL, test->actor[name].channel, NULL);
	(void)close(test->actor[name].channel);
}

void case_end_actors(struct case_list *cases, struct test_case *test, bool kill_them)
{
	for (int i = 0; i < ACTORS; i++) {
		/* its channel is open, so it has not exited: the PID is still valid */
		if (kill_them && test->actor[i].pid && !test->actor[i].gone)
			(void)kill(test->actor[i].pid, SIGKILL);
		case_forget_actor(cases, test, (enum actor_name)i);
	}
	if (test->worker_channel)
		(void)close(test->worker_channel);
	test->worker_channel = 0;
}

void case_list_free(struct case_list *cases)
{
	if (!cases)
		return;
	for (size_t i = 0; i < cases->n; i++)
		case_end_actors(cases, &cases->tests[i], true);
	if (cases->fork_server >= 0)
		(void)close(cases->fork_server);
	if (cases->epoll >= 0)
		(void)close(cases->epoll);
	net_sockets_free(&cases->sockets);
	free(cases->tests);
	free(cases);
}

int case_watch_actor(struct case_list *cases, struct test_case *test, enum actor_name name,
		     int channel)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.u64 = (uint64_t)(test - cases->tests) << 8 | name;
	test->actor[name].channel = channel;
	return epoll_ctl(cases->epoll, EPOLL_CTL_ADD, channel, &event) ? -errno : 0;
}

int case_fork_actor(struct case_list *cases, struct test_case *test, enum actor_name name)
{
	struct actor_setup setup = {
		.name = name,
		.family = test->family == 4 ? AF_INET : AF_INET6,
		.protocol = test->scenario->flags & SCENARIO_MPTCP ? IPPROTO_MPTCP : 0,
		.port = test->port,
		.worker_channel = -1,
	};
	int own[2], worker[2] = { -1, -1 };
	int err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, own) != 0)
		return -errno;
	if (name == ACTOR_SERVER &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, worker) != 0)
		return -errno;
	setup.channel = own[1];
	setup.worker_channel = worker[1];
	err = fork_server_fork(cases->fork_server, &setup, &test->actor[name].pid);
	(void)close(own[1]);
	if (worker[1] >= 0)
		(void)close(worker[1]);
	test->worker_channel = worker[0] >= 0 ? worker[0] : test->worker_channel;
	return err ? err : case_watch_actor(cases, test, name, own[0]);
}
