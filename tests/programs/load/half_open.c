// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Half-open connections: each client's socket drops all packets, so the server's SYN-ACK is
 * never acknowledged. After its close() the next SYN-ACK is answered by a RST. And clients that
 * only begin.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void deafen(int fd)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		fail("SO_ATTACH_FILTER");
}

static int begin(const struct load *load, const struct listeners *listeners, unsigned long number,
		 bool deaf)
{
	const union address *to = &listeners->address[number % listeners->n];
	int fd = socket(load->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	if (deaf)
		deafen(fd);
	if (connect(fd, &to->any, load->family == AF_INET ? sizeof(to->v4) : sizeof(to->v6)) == 0 ||
	    errno != EINPROGRESS)
		fail("connect");
	return fd;
}

int client_begin(const struct load *load, const struct listeners *listeners, unsigned long number)
{
	return begin(load, listeners, number, false);
}

void half_open_run(const struct load *load, const struct listeners *listeners)
{
	int *clients = calloc(load->count, sizeof(*clients));
	char input[512];

	if (!clients)
		fail("memory");
	files_raise();
	for (unsigned long i = 0; i < load->count; i++)
		clients[i] = begin(load, listeners, i, true);
	printf("{\"mode\":\"half-open\",\"held\":%lu}\n", load->count);
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
	for (unsigned long i = 0; i < load->count; i++)
		close(clients[i]);
	free(clients);
}
