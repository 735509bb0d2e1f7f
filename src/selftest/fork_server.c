// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A request carries the channels of the new actor; the answer is its PID or -errno. */
#include "selftest/fork_server.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd_message.h"

enum { CHANNELS = 2 };

int fork_server_fork(int fork_server, const struct actor_setup *setup, pid_t *pid)
{
	const int channels[CHANNELS] = { setup->channel, setup->worker_channel };
	int32_t answer;
	int err = fd_message_send(fork_server, setup, sizeof(*setup), channels,
				  setup->worker_channel >= 0 ? 2 : 1, 0);

	if (err)
		return err;
	if (recv(fork_server, &answer, sizeof(answer), 0) != sizeof(answer))
		return -ECHILD;
	if (answer < 0)
		return answer;
	*pid = answer;
	return 0;
}

static bool take_request(int channel, struct actor_setup *setup)
{
	int channels[CHANNELS];

	if (fd_message_receive(channel, setup, sizeof(*setup), channels, CHANNELS) !=
	    (ssize_t)sizeof(*setup))
		return false;
	setup->channel = channels[0];
	setup->worker_channel = channels[1];
	return true;
}

static void nursery_run(int channel) __attribute__((noreturn));

static void nursery_run(int channel)
{
	struct actor_setup setup;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* workers outlive their servers: the kernel reaps them */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)signal(SIGCHLD, SIG_IGN);
	while (take_request(channel, &setup)) {
		pid_t pid = fork();
		int32_t answer = pid < 0 ? -errno : pid;

		if (!pid) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)close(channel);
			actor_run(&setup);
		}
		(void)close(setup.channel);
		if (setup.worker_channel >= 0)
			(void)close(setup.worker_channel);
		if (send(channel, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(EXIT_SUCCESS);
}

int fork_server_open(void)
{
	int channels[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) != 0)
		return -errno;
	pid = fork();
	if (!pid) {
		(void)close(channels[0]);
		nursery_run(channels[1]);
	}
	(void)close(channels[1]);
	if (pid < 0) {
		(void)close(channels[0]);
		return -errno;
	}
	return channels[0];
}
