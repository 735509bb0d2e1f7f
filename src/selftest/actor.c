// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One process of a test case: receives steps, runs their verbs, sends answers. */
#include "selftest/actor.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/number.h"
#include "tcp/state.h"

/* Longer than any test case, --long ones included: SIGALRM ends an actor that hangs. */
enum { ACTOR_LIFE_S = 900 };

const char *const actor_names[ACTORS] = {
	[ACTOR_CLIENT] = "client", [ACTOR_SERVER] = "server", [ACTOR_WORKER] = "worker",
	[ACTOR_ADMIN] = "admin",   [ACTOR_PEER] = "peer",
};

static int say(struct actor *actor, enum actor_result result, const char *fmt, va_list args)
{
	actor->answer.result = result;
	(void)vsnprintf(actor->answer.why, sizeof(actor->answer.why), fmt, args);
	return -EPROTO;
}

int actor_fail(struct actor *actor, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = say(actor, ACTOR_FAILED, fmt, args);
	va_end(args);
	return err;
}

int actor_unable(struct actor *actor, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = say(actor, ACTOR_UNABLE, fmt, args);
	va_end(args);
	return err;
}

int actor_fd(struct actor *actor, const char *word)
{
	int index = *word - 'a';

	return islower((unsigned char)*word) && actor->fd[index] >= 0 ? actor->fd[index] : -EBADF;
}

uint64_t actor_number(const char *word)
{
	uint64_t number = 0;

	(void)number_parse(word, 0, UINT32_MAX, &number);
	return number;
}

int actor_errno(const char *word)
{
	for (unsigned err = 1; err < 200; err++) {
		const char *name = errno_name(err);

		if (name && !strcmp(name, word))
			return (int)err;
	}
	return -1;
}

socklen_t actor_address(const struct actor *actor, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)actor->setup.family;
	if (actor->setup.family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	in6->sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

static void become(const struct actor_setup *setup)
{
	(void)prctl(PR_SET_NAME, actor_names[setup->name]);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)alarm(ACTOR_LIFE_S);
}

static int step_rename(struct actor *actor, char **words, int n)
{
	return prctl(PR_SET_NAME, words[0]) ? -errno : 0;
}

/* The child uses the worker channel. The parent waits for its name, which an owner may need next. */
static int step_fork(struct actor *actor, char **words, int n)
{
	struct actor_setup setup = actor->setup;
	int named[2]; /* closed by the child */
	char byte;
	pid_t pid;

	if (setup.worker_channel < 0)
		return actor_fail(actor, "only the server can fork, and once");
	if (pipe2(named, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		int err = -errno;

		(void)close(named[0]);
		(void)close(named[1]);
		return err;
	}
	if (!pid) {
		(void)close(named[0]);
		(void)close(setup.channel);
		actor->setup.channel = setup.worker_channel;
		actor->setup.worker_channel = -1;
		actor->setup.name = ACTOR_WORKER;
		become(&actor->setup);
		(void)close(named[1]);
		return 0;
	}
	(void)close(named[1]);
	while (read(named[0], &byte, 1) < 0 && errno == EINTR)
		;
	(void)close(named[0]);
	(void)close(setup.worker_channel);
	actor->setup.worker_channel = -1;
	actor->answer.pid = pid;
	return 0;
}

static int step_exit(struct actor *actor, char **words, int n)
{
	_exit(EXIT_SUCCESS);
}

static const struct actor_verb own_verbs[] = {
	{ "rename", 1, step_rename },
	{ "fork", 0, step_fork },
	{ "exit", 0, step_exit },
	{ 0 },
};

static const struct actor_verb *find_verb(const char *name)
{
	static const struct actor_verb *const tables[] = { own_verbs,	      actor_socket_verbs,
							   actor_use_verbs,   actor_peer_verbs,
							   actor_admin_verbs, actor_stress_verbs,
							   actor_lock_verbs };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct actor_verb *verb = tables[i]; verb->name; verb++)
			if (!strcmp(verb->name, name))
				return verb;
	return NULL;
}

static int split(char *line, char **words)
{
	int n = 0;

	for (char *word = strtok(line, " "); word && n < WORDS_MAX; word = strtok(NULL, " "))
		words[n++] = word;
	return n;
}

static void take_step(struct actor *actor, char *line)
{
	const struct actor_verb *verb;
	char *words[WORDS_MAX];
	int n = split(line, words);
	int err;

	actor->answer = (struct actor_answer){ .result = ACTOR_DONE };
	verb = n ? find_verb(words[0]) : NULL;
	if (!verb || n - 1 < verb->words) {
		(void)actor_fail(actor, "no such step");
		return;
	}
	err = verb->step(actor, words + 1, n - 1);
	if (err && actor->answer.result == ACTOR_DONE)
		(void)actor_fail(actor, "%s", err == -EAGAIN ? "took too long" : strerror(-err));
}

void actor_run(const struct actor_setup *setup)
{
	struct actor actor = { .setup = *setup };
	char line[LINE_MAX_BYTES];
	ssize_t n;

	for (int i = 0; i < SOCKET_NAMES; i++)
		actor.fd[i] = -1;
	become(setup);
	while ((n = recv(actor.setup.channel, line, sizeof(line) - 1, 0)) > 0) {
		pid_t self = getpid();

		line[n] = '\0';
		take_step(&actor, line);
		if (getpid() != self)
			continue; /* the forked child: its parent answers */
		if (send(actor.setup.channel, &actor.answer, sizeof(actor.answer), 0) < 0)
			break;
	}
	_exit(EXIT_SUCCESS);
}
