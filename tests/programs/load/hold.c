// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many open connections at once, spread over as many processes as the limit of open files
 * requires.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_HOLDERS = 512, OTHER_FILES = 256 };

/* Connections for which one process can hold both ends. */
static unsigned long capacity(void)
{
	unsigned long files = files_raise();

	return files > 2 * OTHER_FILES ? (files - OTHER_FILES) / 2 : 1;
}

static void wait_for_end(int fd)
{
	char input[512];

	while (read(fd, input, sizeof(input)) > 0)
		;
}

static void hold(const struct load *load, const struct listeners *listeners, unsigned long begin,
		 unsigned long end, int opened, int stop)
{
	int(*pairs)[2] = calloc(end - begin, sizeof(*pairs));
	double last = now();

	if (!pairs)
		fail("memory");
	for (unsigned long i = begin; i < end; i++) {
		pace(load, last, i > begin); /* after a delay no faster than the rate */
		last = now();
		pairs[i - begin][0] = client_connect(load, listeners, i);
		pairs[i - begin][1] = server_accept(listeners, i);
		if (pairs[i - begin][1] < 0)
			fail("accept");
	}
	if (write(opened, "", 1) != 1)
		fail("write");
	wait_for_end(stop);
	for (unsigned long i = 0; i < end - begin; i++)
		close_in_order(pairs[i][0], pairs[i][1]);
	free(pairs);
}

/* The processes open their shares one after the other: they accept from the same listeners. */
void hold_run(const struct load *load, const struct listeners *listeners)
{
	unsigned long share = capacity();
	pid_t holders[MAX_HOLDERS];
	int opened[2], stop[2];
	unsigned n = 0;
	char byte;

	if (pipe(stop))
		fail("pipe");
	for (unsigned long begin = 0; begin < load->count; begin += share) {
		unsigned long left = load->count - begin;

		if (n == MAX_HOLDERS || pipe(opened))
			fail("another process");
		holders[n] = spawn("load-hold");
		if (!holders[n]) {
			close(stop[1]);
			hold(load, listeners, begin, begin + (left < share ? left : share),
			     opened[1], stop[0]);
			_exit(0);
		}
		n++;
		close(opened[1]);
		if (read(opened[0], &byte, 1) != 1)
			fail("a holder");
		close(opened[0]);
	}
	printf("{\"mode\":\"hold\",\"held\":%lu,\"processes\":%u}\n", load->count, n);
	fflush(stdout);
	wait_for_end(STDIN_FILENO);
	close(stop[1]);
	await(holders, n);
}
