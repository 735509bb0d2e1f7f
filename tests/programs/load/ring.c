// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets in CLOSE_WAIT that an io_uring holds in its own table, without a descriptor. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>

static int open_ring(const int *files, unsigned n)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(__NR_io_uring_setup, 4, &params);

	if (ring < 0 || syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, files, n))
		fail("io_uring");
	return ring;
}

/* The first slot stays free. */
void ring_run(const struct load *load, const struct listeners *listeners)
{
	unsigned n = (unsigned)load->count + 1;
	int *files = calloc(n, sizeof(*files)), ring;
	char input[512];

	if (!files)
		fail("memory");
	files[0] = -1;
	for (unsigned i = 1; i < n; i++) {
		int other = client_connect(load, listeners, 0);

		files[i] = server_accept(listeners, 0);
		if (files[i] < 0)
			fail("accept");
		close(other);
	}
	ring = open_ring(files, n);
	for (unsigned i = 1; i < n; i++)
		close(files[i]);
	printf("{\"mode\":\"ring\",\"pid\":%d,\"ring_fd\":%d}\n", (int)getpid(), ring);
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
	free(files);
}
