// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "origin/finder.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#include "lib/fd_message.h"
#include "origin/layout.h"

#define DEBUG "/usr/lib/debug"

enum { PATH_ROOM = 4096 + 256, PROC_ROOM = 64 };

static const off_t SIZE_MAX_BYTES = (off_t)1 << 30;

/* Files of these only seem to be regular: a read can have effects, or takes what is not a file. */
static bool is_of_kernel(int fd)
{
	static const long kinds[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
				      EFIVARFS_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fs.f_type == kinds[i])
			return true;
	return false;
}

/*
 * Opens for reading what an O_PATH descriptor stands for, and closes that. The open has no effect
 * before the type is known, and the type cannot change between. -1: it is not a regular file.
 */
static int reopen(int found, off_t most)
{
	char path[32];
	struct stat st;
	int fd = -1;

	if (found < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	if (!fstat(found, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= most &&
	    !is_of_kernel(found))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	(void)close(found);
	return fd;
}

/* The root of a process, or 0 for this one's. */
static int open_root(uint32_t pid)
{
	char path[PROC_ROOM] = "/";

	if (pid)
		(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* An absolute path, all of its links too, in the root of a process. Returns an O_PATH descriptor. */
static int look_up(uint32_t pid, const char *path, unsigned flags)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int root = open_root(pid), fd = -1;

	/* EAGAIN: something was renamed meanwhile */
	for (int i = 0; i < 4 && root >= 0; i++) {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (root >= 0)
		(void)close(root);
	return fd;
}

/*
 * Whether the file is a program, a library or a debug file. A worker that was taken over chooses among
 * the files beside a mapped one, and the process can mount any file where its debug file is expected.
 */
static bool is_code(int fd)
{
	unsigned char header[EI_NIDENT + 2];
	int type;

	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header, ELFMAG, SELFMAG))
		return false;
	type = header[EI_DATA] == ELFDATA2MSB ? header[EI_NIDENT] << 8 | header[EI_NIDENT + 1] :
						header[EI_NIDENT + 1] << 8 | header[EI_NIDENT];
	return type == ET_REL || type == ET_EXEC || type == ET_DYN;
}

static int reopen_code(int found)
{
	int fd = reopen(found, SIZE_MAX_BYTES);

	if (fd < 0 || is_code(fd))
		return fd;
	(void)close(fd);
	return -1;
}

static __attribute__((format(printf, 2, 3))) int open_in(uint32_t pid, const char *fmt, ...)
{
	char path[PATH_ROOM];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return n < 0 || n >= PATH_ROOM ? -1 : reopen_code(look_up(pid, path, 0));
}

static int open_maps(uint32_t pid)
{
	char path[PROC_ROOM];

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Finds the mapping at `start`: its end, and the path of its file, to be freed. */
static bool find_mapping(uint32_t pid, uint64_t start, uint64_t *end, char **path)
{
	char *line = NULL, *name;
	uint64_t from;
	size_t room = 0;
	bool found = false;
	int fd = open_maps(pid);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = sscanf(line, "%" SCNx64 "-%" SCNx64, &from, end) == 2 && from == start;
	(void)fclose(file);
	name = found ? strchr(line, '/') : NULL;
	if (name) {
		name[strcspn(name, "\n")] = '\0';
		*path = strdup(name);
	}
	free(line);
	return name && *path;
}

/* /proc/PID/map_files/START-END is the mapped file even if its path was replaced. */
static int open_mapped(uint32_t pid, uint64_t start)
{
	char path[PROC_ROOM], *name;
	uint64_t end;
	int fd;

	if (!find_mapping(pid, start, &end, &name))
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64, pid,
		       start, end);
	fd = reopen_code(open(path, O_PATH | O_CLOEXEC));
	if (fd < 0)
		fd = open_in(pid, "%s", name);
	free(name);
	return fd;
}

static int open_by_id(const struct finder_request *request)
{
	char hex[2 * FINDER_ID_MAX + 1] = "";

	for (uint32_t i = 0; i < request->id_size; i++)
		(void)snprintf(hex + (size_t)2 * i, 3, "%02x", request->id[i]);
	return open_in(request->place ? request->pid : 0, DEBUG "/.build-id/%.2s/%s.debug", hex,
		       hex + 2);
}

static int open_by_link(const struct finder_request *request)
{
	const char *link = request->link;
	uint32_t pid = request->pid;
	char *name;
	uint64_t end;
	int length, fd = -1;

	if (!find_mapping(pid, request->start, &end, &name))
		return -1;
	length = (int)(strrchr(name, '/') - name);
	switch (request->place) {
	case 0:
		fd = open_in(pid, "%.*s/%s", length, name, link);
		break;
	case 1:
		fd = open_in(pid, "%.*s/.debug/%s", length, name, link);
		break;
	case 2:
		fd = open_in(0, DEBUG "%.*s/%s", length, name, link);
		break;
	case 3:
		fd = open_in(pid, DEBUG "%.*s/%s", length, name, link);
		break;
	}
	free(name);
	return fd;
}

/* Reads the PID in the process's own PID namespace (the last of NSpid), and its effective user. */
static bool read_status(uint32_t pid, uint32_t *own, uint32_t *uid)
{
	char path[PROC_ROOM], *line = NULL, *last;
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

bool perf_map_is_trusted(const struct stat *st, uint32_t uid)
{
	return st->st_uid == uid || (!st->st_uid && st->st_mode & S_IROTH);
}

static int open_perf_map(uint32_t pid)
{
	uint32_t own, uid = 0;
	char path[PROC_ROOM];
	struct stat st;
	int fd;

	if (!read_status(pid, &own, &uid))
		return -1;
	(void)snprintf(path, sizeof(path), "/tmp/perf-%" PRIu32 ".map", own);
	fd = reopen(look_up(pid, path, O_NOFOLLOW), INT64_MAX);
	if (fd >= 0 && (fstat(fd, &st) || !perf_map_is_trusted(&st, uid))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int open_wanted(const struct finder_request *request)
{
	switch (request->what) {
	case FINDER_MAPS:
		return open_maps(request->pid);
	case FINDER_MAPPED:
		return open_mapped(request->pid, request->start);
	case FINDER_BY_ID:
		return open_by_id(request);
	case FINDER_BY_LINK:
		return open_by_link(request);
	case FINDER_PERF_MAP:
		return open_perf_map(request->pid);
	}
	return -1;
}

bool finder_request_is_valid(const struct finder_request *request, size_t size)
{
	const char *link = request->link;

	if (size != sizeof(*request) || !request->pid)
		return false;
	switch (request->what) {
	case FINDER_MAPS:
	case FINDER_MAPPED:
	case FINDER_PERF_MAP:
		return true;
	case FINDER_BY_ID:
		return request->place < FINDER_ID_PLACES && request->id_size >= FINDER_ID_MIN &&
		       request->id_size <= FINDER_ID_MAX;
	case FINDER_BY_LINK:
		return request->place < FINDER_PLACES && *link &&
		       !memchr(link, '/', sizeof(request->link)) &&
		       memchr(link, '\0', sizeof(request->link));
	}
	return false;
}

/* The PID may have been reused, or the process has executed another program. */
static int find(const struct finder_request *request, size_t size)
{
	int fd = finder_request_is_valid(request, size) ? open_wanted(request) : -1;

	if (fd < 0 || layout_is_of(request->pid, &request->layout))
		return fd;
	(void)close(fd);
	return -1;
}

/* The answer is one byte, with a descriptor or none. */
void finder_serve(int socket)
{
	struct finder_request request;
	ssize_t n;

	while ((n = recv(socket, &request, sizeof(request), MSG_TRUNC)) > 0) {
		int fd = find(&request, (size_t)n);

		(void)fd_message_send(socket, "", 1, &fd, fd >= 0, 0);
		if (fd >= 0)
			(void)close(fd);
	}
}

static int ask(int finder, const struct finder_request *request)
{
	char byte;
	int fd;

	/* nothing is found any more without the finder: the worker ends */
	if (send(finder, request, sizeof(*request), MSG_NOSIGNAL) != sizeof(*request) ||
	    fd_message_receive(finder, &byte, sizeof(byte), &fd, 1) != sizeof(byte))
		_exit(EXIT_FAILURE);
	return fd;
}

int finder_ask(int finder, const struct finder_request *request)
{
	return finder == FINDER_IN_PROCESS ? find(request, sizeof(*request)) : ask(finder, request);
}
