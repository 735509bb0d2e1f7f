/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opens files of another process. A look-up in that process's root can hang for ever (FUSE), so the
 * worker asks a process that may be lost. A request says what is wanted, and never has a path: even
 * a worker that a crafted file has taken over gets no other files.
 */
#ifndef ORIGIN_FINDER_H
#define ORIGIN_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/stack.h>

struct stat;

enum finder_what {
	FINDER_MAPS,   /* /proc/PID/maps */
	FINDER_MAPPED, /* the file that is mapped at `start` */
	FINDER_BY_ID, /* debug file by its build-id; `place` 0: in this root, 1: in the process's */
	FINDER_BY_LINK,	 /* debug file by its name, see FINDER_PLACES */
	FINDER_PERF_MAP, /* /tmp/perf-PID.map */
};

enum {
	FINDER_ID_MIN = 2,
	FINDER_ID_MAX = 64,
	FINDER_LINK_MAX = 256,
	FINDER_ID_PLACES = 2,
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
 * reading, or -1: also if the process no longer has the layout. Files are regular. But for perf maps
 * they have at most 1 GB, and are ELF files other than core dumps.
 */
int finder_ask(int finder, const struct finder_request *request);
/*
 * Judges a request, of which nothing is used before: `size` bytes, as many as the worker sent. Valid:
 * kind, place and build-id are within bounds, and a link is a name that ends within its room.
 */
bool finder_request_is_valid(const struct finder_request *request, size_t size);
/*
 * Whether a file is the perf map of a process of that user. Any user can create one: only the process's
 * own user and root are trusted. The process can mount any file there: of root's files it gets those
 * that all may read.
 */
bool perf_map_is_trusted(const struct stat *st, uint32_t uid);
/* Answers requests until the other end closes. */
void finder_serve(int socket);

#endif
