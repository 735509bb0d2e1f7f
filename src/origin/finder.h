/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opens files of another process. A look-up in that process's root can hang for ever (FUSE), so the
 * worker asks a process that may be lost. A request says what is wanted, and never has a path: even
 * a worker that a crafted file has taken over gets no other files.
 */
#ifndef ORIGIN_FINDER_H
#define ORIGIN_FINDER_H

#include <stdint.h>

#include <tcpstate/stack.h>

enum finder_what {
	FINDER_MAPS,   /* /proc/PID/maps */
	FINDER_MAPPED, /* the file that is mapped at `start` */
	FINDER_BY_ID, /* debug file by its build-id; `place` 0: in this root, 1: in the process's */
	FINDER_BY_LINK,	 /* debug file by its name, see FINDER_PLACES */
	FINDER_PERF_MAP, /* /tmp/perf-PID.map */
};

enum {
	FINDER_ID_MAX = 64,
	FINDER_LINK_MAX = 256,
	/* beside the mapped file, in .debug/ there, in /usr/lib/debug, and there in this root */
	FINDER_PLACES = 4,
	FINDER_IN_PROCESS = -1, /* a `finder` that opens the files in the calling process */
};

struct finder_request {
	uint32_t what; /* enum finder_what */
	uint32_t pid;
	struct ts_layout layout;
	uint64_t start; /* of the mapping; FINDER_BY_LINK: of the file whose debug file it is */
	uint32_t place;
	uint32_t id_size;
	unsigned char id[FINDER_ID_MAX];
	char link[FINDER_LINK_MAX];
};

/*
 * Asks at the socket `finder`, or opens in this process (FINDER_IN_PROCESS). Returns a descriptor for
 * reading, or -1: also if the process no longer has the layout. Files are regular and, but for perf
 * maps, of at most 1 GB.
 */
int finder_ask(int finder, const struct finder_request *request);
/* Answers requests until the other end closes. */
void finder_serve(int socket);

#endif
