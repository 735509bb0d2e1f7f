// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/stop.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

enum { STACK_BYTES = 64 << 10 };

static const struct timespec patience = { .tv_nsec = 700 * 1000000 };
/* One key press can come as two signals: to the group, and from a parent that passes it on. */
static const struct timespec same = { .tv_nsec = 200 * 1000000 };
/* For a program that heeds the signal: it abandons its output and ends. */
static const struct timespec last = { .tv_sec = 5 };

static struct {
	pthread_once_t once;
	sigset_t signals;
	sem_t begun;
	int fd;
	int error;
	atomic_bool heeded, at_once;
} stop = { .once = PTHREAD_ONCE_INIT, .fd = -1 };

/* Waits for a signal, at most `time` if that is not NULL. Returns its number, or 0. */
static int wait_for_signal(const struct timespec *time)
{
	int number;

	do
		number = sigtimedwait(&stop.signals, NULL, time);
	while (number < 0 && errno == EINTR);
	return number > 0 ? number : 0;
}

static void tell(void)
{
	const uint64_t one = 1;

	(void)!write(stop.fd, &one, sizeof(one));
}

/* Ends the process as the signal does. */
static void end(int number)
{
	sigset_t set;

	(void)signal(number, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)kill(getpid(), number);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* A thread has capabilities of its own, which sandbox_keep() of another one leaves. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	(void)syscall(SYS_capset, &header, none);
}

static void *watch(void *context)
{
	int first, second;

	drop_capabilities();
	(void)sem_post(&stop.begun);
	first = wait_for_signal(NULL);
	tell();
	while (wait_for_signal(&same))
		tell();
	second = wait_for_signal(atomic_load(&stop.at_once) ? &patience : NULL);
	if (!second && !atomic_load(&stop.heeded))
		end(first);
	if (!second)
		second = wait_for_signal(NULL);
	tell();
	if (atomic_load(&stop.heeded))
		(void)wait_for_signal(&last);
	end(second);
	return NULL;
}

static void start(void)
{
	struct sigaction hangup;
	pthread_attr_t attributes;
	pthread_t thread;

	(void)sigemptyset(&stop.signals);
	(void)sigaddset(&stop.signals, SIGINT);
	(void)sigaddset(&stop.signals, SIGTERM);
	/*
	 * A SIGHUP that nohup ignores stays ignored. SIGINT, which shells ignore for background
	 * jobs of scripts, ends the trace, as with tcpdump.
	 */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		(void)sigaddset(&stop.signals, SIGHUP);
	stop.error = pthread_sigmask(SIG_BLOCK, &stop.signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (stop.error || stop.fd < 0) {
		stop.error = stop.error ? stop.error : errno;
		return;
	}
	(void)sem_init(&stop.begun, 0, 0);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	stop.error = pthread_create(&thread, &attributes, watch, NULL);
	(void)pthread_attr_destroy(&attributes);
	/* the thread's capabilities are gone before a filter of system calls may come */
	while (!stop.error && sem_wait(&stop.begun) && errno == EINTR)
		;
}

int stop_open(void)
{
	(void)pthread_once(&stop.once, start);
	return stop.error ? -stop.error : stop.fd;
}

void stop_heed(void)
{
	atomic_store(&stop.heeded, true);
}

void stop_at_once(void)
{
	atomic_store(&stop.at_once, true);
}
