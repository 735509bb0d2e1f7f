// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* c-ares; an epoll descriptor watches its sockets. */
#include "lib/dns.h"

#include <errno.h>
#include <stddef.h>

#ifdef HAVE_CARES

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"

/*
 * A server has 2 s, then 4 s more, in which an answer to the first try counts too. A pending
 * question blocks nothing but its entry in the cache.
 */
enum { FIRST_TRY_MS = 2000, TRIES = 2, READY_MAX = 16 };

struct dns {
	ares_channel channel;
	int epoll;
};

/* c-ares reports which socket it will read or write; neither: it closes the socket next. */
static void watch_socket(void *context, ares_socket_t fd, int readable, int writable)
{
	struct dns *dns = context;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u),
		.data.fd = fd,
	};

	if (!event.events)
		(void)epoll_ctl(dns->epoll, EPOLL_CTL_DEL, fd, NULL);
	else if (epoll_ctl(dns->epoll, EPOLL_CTL_MOD, fd, &event))
		(void)epoll_ctl(dns->epoll, EPOLL_CTL_ADD, fd, &event);
}

/*
 * A truncated answer is taken as it is: a retry over TCP would add the tracer's own connections to
 * the trace.
 */
static int open_channel(struct dns *dns, struct error *error)
{
	char lookups[] = "fb"; /* the hosts file, then DNS */
	struct ares_options options = {
		.flags = ARES_FLAG_IGNTC,
		.timeout = FIRST_TRY_MS,
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = watch_socket,
		.sock_state_cb_data = dns,
	};
	int status = ares_init_options(&dns->channel, &options,
				       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					       ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);

	if (status == ARES_SUCCESS)
		return 0;
	dns->channel = NULL;
	return error_set(error, status == ARES_ENOMEM ? ENOMEM : EIO, "cannot start c-ares: %s",
			 ares_strerror(status));
}

int dns_new(struct dns **out, struct error *error)
{
	struct dns *dns;
	int err;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return error_set(error, EIO, "cannot start c-ares");
	dns = calloc(1, sizeof(*dns));
	if (!dns) {
		ares_library_cleanup();
		return error_set(error, ENOMEM, "out of memory");
	}
	dns->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = dns->epoll < 0 ? error_set(error, errno, "cannot create an epoll descriptor: %s",
					 strerror(errno)) :
			       open_channel(dns, error);
	if (err) {
		dns_free(dns);
		return err;
	}
	*out = dns;
	return 0;
}

void dns_free(struct dns *dns)
{
	if (!dns)
		return;
	if (dns->channel)
		ares_destroy(dns->channel);
	if (dns->epoll >= 0)
		close(dns->epoll);
	free(dns);
	ares_library_cleanup();
}

static void take_answer(void *host, int status, int timeouts, struct hostent *entry)
{
	host_cache_answer(host, status == ARES_SUCCESS && entry ? entry->h_name : NULL,
			  clock_mono_ns());
}

void dns_ask(void *context, struct host *host, unsigned family, const uint8_t *address)
{
	struct dns *dns = context;

	ares_gethostbyaddr(dns->channel, address, family == 4 ? 4 : 16,
			   family == 4 ? AF_INET : AF_INET6, take_answer, host);
}

void dns_poll(struct dns *dns)
{
	struct epoll_event ready[READY_MAX];
	int n = epoll_wait(dns->epoll, ready, READY_MAX, 0);

	for (int i = 0; i < n; i++) {
		ares_socket_t fd = ready[i].data.fd;
		bool readable = ready[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP);
		bool writable = ready[i].events & EPOLLOUT;

		ares_process_fd(dns->channel, readable ? fd : ARES_SOCKET_BAD,
				writable ? fd : ARES_SOCKET_BAD);
	}
	if (n <= 0) /* only what is late */
		ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

#else

int dns_new(struct dns **dns, struct error *error)
{
	return error_set(error, EOPNOTSUPP, "this build does not have c-ares");
}

void dns_free(struct dns *dns)
{
}

void dns_ask(void *dns, struct host *host, unsigned family, const uint8_t *address)
{
	host_cache_answer(host, NULL, 0);
}

void dns_poll(struct dns *dns)
{
}

#endif
