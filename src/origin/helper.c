// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "origin/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd_message.h"
#include "origin/warden.h"
#include "origin/worker.h"

enum {
	PATIENCE_S = 2, /* for one question: then the worker must make progress each second */
	LONGEST_S = 30, /* on a busy machine */
	TRIES = 2,	/* a worker also ends because it has worked enough */
	END_MS = 500,	/* for the end of the warden */
};

/* Of CPU, for one question: debug information of a gigabyte is read in less. */
static const uint64_t CPU_NS = 2 * UINT64_C(1000000000);

struct helper {
	pid_t warden;
	int control;
	int epoll;
	int timer;
	int worker; /* -1: none */
	uint32_t serial;
	bool busy;
	uint64_t asked_ns;
	uint64_t cpu_asked_ns,
		cpu_ns; /* of the worker: when it was asked, and when it was last checked */
	struct warden_news news;
	int tries;
	size_t size; /* of the question */
	union work_request question;
	union work_answer answer;
};

static int fork_warden(struct helper *helper)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	helper->warden = fork();
	if (!helper->warden)
		warden_run(pair[1]); /* it closes all others */
	(void)close(pair[1]);
	helper->control = pair[0];
	return helper->warden < 0 ? -errno : 0;
}

int helper_new(struct helper **out, struct error *error)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct helper *helper = calloc(1, sizeof(*helper));
	int err;

	if (!helper)
		return error_set(error, ENOMEM, "cannot read call stacks: out of memory");
	helper->control = helper->worker = -1;
	err = fork_warden(helper);
	helper->epoll = epoll_create1(EPOLL_CLOEXEC);
	helper->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!err && (helper->epoll < 0 || helper->timer < 0 ||
		     epoll_ctl(helper->epoll, EPOLL_CTL_ADD, helper->timer, &event)))
		err = -errno;
	if (err) {
		(void)helper_free(helper);
		return error_set(error, -err, "cannot read call stacks: no helper process: %s",
				 strerror(-err));
	}
	*out = helper;
	return 0;
}

static void close_worker(struct helper *helper)
{
	if (helper->worker >= 0)
		(void)close(helper->worker);
	helper->worker = -1;
}

static bool read_news(struct helper *helper)
{
	struct warden_news news;

	if (recv(helper->control, &news, sizeof(news), MSG_DONTWAIT) != sizeof(news))
		return false;
	helper->news = news;
	return true;
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (pid <= 0 || clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return 0;
	return (uint64_t)used.tv_sec * UINT64_C(1000000000) + (uint64_t)used.tv_nsec;
}

/* What worker and finder have used. */
static uint64_t cpu_used(struct helper *helper)
{
	while (read_news(helper))
		continue;
	return cpu_of(helper->news.worker) + cpu_of(helper->news.finder);
}

/* The warden answers at its end, and a process that hangs in the kernel does not hold it up. */
static unsigned end_warden(struct helper *helper)
{
	struct pollfd answer = { .fd = helper->control, .events = POLLIN };
	bool over = false;

	(void)shutdown(helper->control, SHUT_WR);
	while (!over && poll(&answer, 1, END_MS) > 0)
		over = !read_news(helper) || !helper->news.worker;
	if (!over)
		(void)kill(helper->warden, SIGKILL);
	(void)waitpid(helper->warden, NULL, 0);
	return helper->news.left;
}

unsigned helper_free(struct helper *helper)
{
	unsigned left = 0;

	if (!helper)
		return 0;
	close_worker(helper);
	if (helper->warden > 0)
		left = end_warden(helper);
	if (helper->control >= 0)
		(void)close(helper->control);
	if (helper->epoll >= 0)
		(void)close(helper->epoll);
	if (helper->timer >= 0)
		(void)close(helper->timer);
	free(helper);
	return left;
}

int helper_fd(const struct helper *helper)
{
	return helper->epoll;
}

bool helper_is_busy(const struct helper *helper)
{
	return helper->busy;
}

static void set_timer(const struct helper *helper, time_t seconds)
{
	(void)timerfd_settime(helper->timer, 0, &(struct itimerspec){ .it_value.tv_sec = seconds },
			      NULL);
}

/* fd: the socket of a worker to be started; -1: kill the worker. */
static int order(const struct helper *helper, int fd)
{
	return fd_message_send(helper->control, "", 1, &fd, fd >= 0, MSG_DONTWAIT);
}

static int start_worker(struct helper *helper)
{
	struct epoll_event event = { .events = EPOLLIN };
	const int room = 2 * (int)sizeof(helper->answer);
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	while (read_news(helper)) /* of earlier workers */
		continue;
	helper->news = (struct warden_news){ 0 };
	err = order(helper, pair[1]);
	(void)close(pair[1]);
	helper->worker = pair[0];
	if (!err && epoll_ctl(helper->epoll, EPOLL_CTL_ADD, helper->worker, &event))
		err = -errno;
	if (err)
		close_worker(helper);
	return err;
}

/* Starts a worker if there is none, or a dead one. */
static int send_question(struct helper *helper)
{
	int err = 0;

	while (helper->tries++ < TRIES) {
		if (helper->worker < 0)
			err = start_worker(helper);
		if (err)
			return err;
		if (send(helper->worker, &helper->question, helper->size,
			 MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)helper->size)
			return 0;
		err = -errno;
		close_worker(helper);
		if (err != -EPIPE && err != -ECONNRESET)
			return err;
		err = 0;
	}
	return -EPIPE;
}

int helper_ask(struct helper *helper, struct work_header *question, size_t size)
{
	int err;

	question->serial = ++helper->serial;
	memcpy(&helper->question, question, size);
	helper->size = size;
	helper->tries = 0;
	err = send_question(helper);
	if (err)
		return err;
	helper->busy = true;
	helper->asked_ns = clock_mono_ns();
	helper->cpu_asked_ns = helper->cpu_ns = cpu_used(helper);
	set_timer(helper, PATIENCE_S);
	return 0;
}

/* Without progress the worker waits for a file; with it, the machine is busy. */
static bool is_late(struct helper *helper)
{
	uint64_t ticks, cpu;
	bool is_stuck;

	if (read(helper->timer, &ticks, sizeof(ticks)) < 0)
		return false;
	cpu = cpu_used(helper);
	is_stuck = cpu <= helper->cpu_ns;
	helper->cpu_ns = cpu;
	set_timer(helper, 1);
	return is_stuck || cpu - helper->cpu_asked_ns > CPU_NS ||
	       clock_mono_ns() - helper->asked_ns > LONGEST_S * UINT64_C(1000000000);
}

static int give_up(struct helper *helper, int err)
{
	close_worker(helper);
	(void)order(helper, -1);
	helper->busy = false;
	set_timer(helper, 0);
	return err;
}

int helper_take(struct helper *helper, const void **answer)
{
	ssize_t n = -1;
	int err;

	errno = EAGAIN;
	if (helper->worker >= 0)
		n = recv(helper->worker, &helper->answer, sizeof(helper->answer),
			 MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return helper->busy && is_late(helper) ? give_up(helper, -ETIMEDOUT) : 0;
	}
	if (!helper->busy) /* the worker has ended, or speaks unasked */
		return give_up(helper, 0);
	if (n <= 0) { /* it has ended */
		close_worker(helper);
		err = send_question(helper);
		return err ? give_up(helper, -EPIPE) : 0;
	}
	if (!work_answer_is_valid(&helper->question, &helper->answer, (size_t)n))
		return give_up(helper, -EPIPE);
	helper->busy = false;
	set_timer(helper, 0);
	*answer = &helper->answer;
	return (int)n;
}

int helper_wait(struct helper *helper, int stop_fd, int ms, const void **answer)
{
	const uint64_t until = clock_mono_ns() + (uint64_t)ms * 1000000;

	for (;;) {
		struct pollfd fds[] = { { .fd = helper->epoll, .events = POLLIN },
					{ .fd = stop_fd, .events = POLLIN } };
		int n = helper_take(helper, answer);
		uint64_t now = clock_mono_ns();

		if (n || !helper->busy || now >= until)
			return n;
		(void)poll(fds, 2, (int)((until - now) / 1000000) + 1);
		if (fds[1].revents)
			return 0;
	}
}
