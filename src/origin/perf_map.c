// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the perf map line by line: it can have millions, and is seldom needed. */
#include "origin/symbolize.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PERF_MAP_BYTES = 64 << 20, /* read at most */
	LINE_ROOM = 1024,	   /* longer lines are cut */
};

/* Reads the PID in the process's own PID namespace (the last of NSpid), and its effective user. */
static bool read_status(uint32_t pid, uint32_t *own, uint32_t *uid)
{
	char path[32], *line = NULL, *last;
	bool found = false;
	size_t room = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0) {
		(void)sscanf(line, "Uid: %*u %" SCNu32, uid);
		found = !strncmp(line, "NSpid:", 6);
		last = strrchr(line, '\t');
		if (found)
			*own = (uint32_t)strtoul(last ? last + 1 : line + 6, NULL, 10);
	}
	free(line);
	(void)fclose(file);
	return found;
}

/* Any user can create the file: only the process's own user and root are trusted. */
static FILE *perf_map_open(uint32_t pid)
{
	uint32_t own, uid = 0;
	char path[80];
	struct stat st;
	int fd;

	if (!read_status(pid, &own, &uid))
		return NULL;
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root/tmp/perf-%" PRIu32 ".map", pid,
		       own);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_uid && st.st_uid != uid)) {
		(void)close(fd);
		return NULL;
	}
	return fdopen(fd, "r");
}

/* A line is `START SIZE NAME`, the numbers in hexadecimal. */
static const char *line_name(const char *line, uint64_t address)
{
	uint64_t start, size;
	int used = 0;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &start, &size, &used) < 2 || !used)
		return NULL;
	return address - start < size && line[used] ? line + used : NULL;
}

/*
 * Reads a line, cut to LINE_ROOM. Returns its length in the file, at most `most`; 0: end of file. A
 * sparse file may be a single line without an end.
 */
static size_t read_line(FILE *file, char line[LINE_ROOM], size_t most)
{
	size_t n = 0, kept = 0;
	int byte;

	while (n < most && (byte = getc_unlocked(file)) != EOF && ++n && byte != '\n')
		if (kept < LINE_ROOM - 1)
			line[kept++] = (char)byte;
	line[kept] = '\0';
	return n;
}

/* The last match wins: a JIT reuses the addresses of old code. */
char *perf_map_search(FILE *file, uint64_t address)
{
	char line[LINE_ROOM], *name = NULL;
	size_t n, left = PERF_MAP_BYTES;

	for (; (n = read_line(file, line, left)); left -= n) {
		const char *found;

		line[strcspn(line, "\r")] = '\0';
		found = line_name(line, address);
		if (!found)
			continue;
		free(name);
		name = strdup(found);
	}
	return name;
}

char *perf_map_find(uint32_t pid, uint64_t address)
{
	FILE *file = perf_map_open(pid);
	char *name = file ? perf_map_search(file, address) : NULL;

	if (file)
		(void)fclose(file);
	return name;
}
