// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* epoll, eventfd, timerfd. */
#include "lib/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/stop.h"

enum { LOOP_WATCHES = 8, NS_PER_S = 1000000000 };

enum watch_kind { WATCH_FD, WATCH_HANGUP, WATCH_TIMER, WATCH_CLOCK };

struct watch {
	enum watch_kind kind;
	int fd;
	loop_fn *fn;
	void *context;
};

struct loop {
	int epoll;
	int stop;
	struct watch watches[LOOP_WATCHES];
	int n;
	loop_fn *round;
	void *round_context;
	const int *wait_ms;
};

int loop_new(struct loop **out, struct error *error)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return error_set(error, ENOMEM, "cannot start the event loop: out of memory");
	loop->stop = stop_open();
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->stop < 0 || loop->epoll < 0 ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->stop, &event) != 0) {
		err = loop->stop < 0 ? -loop->stop : errno;
		loop_free(loop);
		return error_set(error, err, "cannot start the event loop: %s", strerror(err));
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (int i = 0; i < loop->n; i++)
		if (loop->watches[i].kind >= WATCH_TIMER)
			(void)close(loop->watches[i].fd);
	if (loop->epoll >= 0)
		(void)close(loop->epoll);
	free(loop);
}

int loop_stop_fd(const struct loop *loop)
{
	return loop->stop;
}

static int watch_add(struct loop *loop, struct watch watch)
{
	struct watch *slot = &loop->watches[loop->n];
	struct epoll_event event = { .events = watch.kind == WATCH_HANGUP ? 0 : EPOLLIN,
				     .data.ptr = slot };

	if (watch.fd < 0)
		return -errno;
	if (loop->n == LOOP_WATCHES ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch.fd, &event) != 0) {
		if (watch.kind >= WATCH_TIMER)
			(void)close(watch.fd);
		return loop->n == LOOP_WATCHES ? -ENOSPC : -errno;
	}
	*slot = watch;
	loop->n++;
	return 0;
}

int loop_add_fd(struct loop *loop, int fd, loop_fn *fn, void *context)
{
	return watch_add(loop, (struct watch){ WATCH_FD, fd, fn, context });
}

int loop_add_hangup(struct loop *loop, int fd)
{
	int err = watch_add(loop, (struct watch){ WATCH_HANGUP, fd, NULL, NULL });

	return err == -EPERM ? 0 : err;
}

int loop_add_timer(struct loop *loop, uint64_t ns, loop_fn *fn, void *context)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct timespec step = { .tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S) };
	struct itimerspec spec = { .it_value = step, .it_interval = step };

	if (fd >= 0)
		(void)timerfd_settime(fd, 0, &spec, NULL);
	return watch_add(loop, (struct watch){ WATCH_TIMER, fd, fn, context });
}

/* A timer that never expires; the kernel cancels it when the clock is set. */
static void clock_watch_arm(int fd)
{
	struct itimerspec never = { .it_value.tv_sec = INT32_MAX };

	(void)timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

int loop_add_clock_set(struct loop *loop, loop_fn *fn, void *context)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		clock_watch_arm(fd);
	return watch_add(loop, (struct watch){ WATCH_CLOCK, fd, fn, context });
}

void loop_each_round(struct loop *loop, loop_fn *fn, void *context, const int *wait_ms)
{
	loop->round = fn;
	loop->round_context = context;
	loop->wait_ms = wait_ms;
}

static int watch_call(const struct watch *watch)
{
	uint64_t ticks;

	if (watch->kind == WATCH_HANGUP)
		return 1;
	if (watch->kind >= WATCH_TIMER) {
		if (read(watch->fd, &ticks, sizeof(ticks)) < 0 && errno == EAGAIN)
			return 0;
		if (watch->kind == WATCH_CLOCK)
			clock_watch_arm(watch->fd);
	}
	return watch->fn(watch->context);
}

/* Read, so that a second signal makes it readable again. */
static int stop_signal_take(const struct loop *loop)
{
	uint64_t signals;

	(void)!read(loop->stop, &signals, sizeof(signals));
	stop_heed();
	return 0;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[LOOP_WATCHES + 1];

	for (;;) {
		int n = epoll_wait(loop->epoll, events, LOOP_WATCHES + 1,
				   loop->wait_ms ? *loop->wait_ms : -1);
		int err = 0;

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !err; i++) {
			if (!events[i].data.ptr)
				return stop_signal_take(loop);
			err = watch_call(events[i].data.ptr);
		}
		if (!err && loop->round)
			err = loop->round(loop->round_context);
		if (err)
			return err < 0 ? err : 0;
	}
}
