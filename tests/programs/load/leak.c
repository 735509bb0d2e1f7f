// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockets left in CLOSE_WAIT by three code paths in turn: two accept, one connects. Tests of
 * --origin must find all three.
 */
#include "load.h"

#include <stdio.h>
#include <unistd.h>

/* A stack must show these calls: no inlining, no tail calls, no identical code folding. */
#define FRAME __attribute__((noinline, noclone, no_icf, optimize("no-optimize-sibling-calls")))

static FRAME int accept_it(const struct listeners *listeners)
{
	int fd = server_accept(listeners, 0);

	if (fd < 0)
		fail("accept");
	return fd;
}

static FRAME int leak_request(const struct listeners *listeners)
{
	return accept_it(listeners);
}

static FRAME int leak_metrics(const struct listeners *listeners)
{
	return accept_it(listeners);
}

static FRAME int leak_upstream(const struct load *load, const struct listeners *listeners)
{
	return client_connect(load, listeners, 0);
}

/* Leaks the descriptors on purpose; closes the other ends. */
void leak_run(const struct load *load, const struct listeners *listeners)
{
	char input[512];

	for (unsigned long i = 0; i < load->count; i++) {
		int other;

		switch (i % 3) {
		case 0:
			other = client_connect(load, listeners, 0);
			(void)leak_request(listeners);
			break;
		case 1:
			other = client_connect(load, listeners, 0);
			(void)leak_metrics(listeners);
			break;
		default:
			(void)leak_upstream(load, listeners);
			other = accept_it(listeners);
		}
		close(other);
	}
	printf("{\"mode\":\"leak\",\"leaked\":%lu}\n", load->count);
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
}
