// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Steps that keep a socket's lock while packets come, so that the kernel defers what it does with
 * them. setsockopt(TCP_MD5SIG) copies its argument under the lock, from a page that userfaultfd
 * withholds.
 */
#include "selftest/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAULT_TRIES = 3000, FAULT_MS = 10, TAKE_TRIES = 60000 };

/* One lock per process. */
static struct holder {
	pthread_t thread;
	char *pages;  /* two; the second is withheld */
	size_t size;  /* of one page */
	int faults;   /* userfaultfd */
	int fd;	      /* the socket */
	bool refused; /* the kernel did not come to the second page */
} holder;

/* The first bytes are readable: the kernel copies them before it takes the lock. */
static void *set_slowly(void *context)
{
	struct holder *self = context;

	(void)setsockopt(self->fd, IPPROTO_TCP, TCP_MD5SIG, self->pages + self->size - sizeof(int),
			 sizeof(struct tcp_md5sig));
	__atomic_store_n(&self->refused, true, __ATOMIC_RELEASE);
	return NULL;
}

static int withhold_page(struct holder *self)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register page = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	self->size = (size_t)sysconf(_SC_PAGESIZE);
	self->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (self->faults < 0)
		return -errno;
	self->pages = mmap(NULL, 2 * self->size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (self->pages == MAP_FAILED)
		return -errno;
	self->pages[0] = 0;
	page.range.start = (uintptr_t)self->pages + self->size;
	page.range.len = self->size;
	return ioctl(self->faults, UFFDIO_API, &api) ||
			       ioctl(self->faults, UFFDIO_REGISTER, &page) ?
		       -errno :
		       0;
}

static int release(struct holder *self)
{
	struct uffdio_zeropage page = {
		.range = { .start = (uintptr_t)self->pages + self->size, .len = self->size },
	};
	int err = ioctl(self->faults, UFFDIO_ZEROPAGE, &page) ? -errno : 0;

	(void)pthread_join(self->thread, NULL);
	(void)munmap(self->pages, 2 * self->size);
	(void)close(self->faults);
	return err;
}

/* hold NAME: returns once another thread of the process has the socket's lock. */
static int step_hold(struct actor *actor, char **words, int n)
{
	struct pollfd fault = { .events = POLLIN };
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	holder.fd = fd;
	if (withhold_page(&holder))
		return actor_unable(actor, "no userfaultfd in this kernel (CONFIG_USERFAULTFD)");
	if (pthread_create(&holder.thread, NULL, set_slowly, &holder))
		return -EAGAIN;
	fault.fd = holder.faults;
	for (int i = 0; i < FAULT_TRIES && !__atomic_load_n(&holder.refused, __ATOMIC_ACQUIRE); i++)
		if (poll(&fault, 1, FAULT_MS) > 0)
			return 0;
	(void)release(&holder);
	return actor_unable(actor, "no TCP_MD5SIG in this kernel (CONFIG_TCP_MD5SIG)");
}

static int step_release(struct actor *actor, char **words, int n)
{
	return release(&holder);
}

/* take NAME ERRNO: reads SO_ERROR until there is an error. */
static int step_take(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	int err = 0;

	if (fd < 0)
		return fd;
	for (int i = 0; i < TAKE_TRIES && !err; i++) {
		err = actor_error(fd);
		if (!err)
			(void)usleep(1000);
	}
	return actor_compare(actor, err, words[1]);
}

/* notice NAME: ICMP errors come into the error queue. */
static int step_notice(struct actor *actor, char **words, int n)
{
	int fd = actor_socket(actor, words[0]);
	bool v4 = actor->setup.family == AF_INET;

	if (fd < 0)
		return fd;
	return actor_set_option(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
				1);
}

const struct actor_verb actor_lock_verbs[] = {
	{ "hold", 1, step_hold },
	{ "release", 1, step_release },
	{ "take", 2, step_take },
	{ "notice", 1, step_notice },
	{ 0 },
};
