// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * In place of libdwfl's own search: that one blocks on a FIFO in the search path, and queries
 * debuginfod servers for missing files.
 */
#include "origin/dwfl_cache.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PATH_ROOM = 4096 + 256, ID_MAX = 64 };

#define DEBUG "/usr/lib/debug"

struct wanted {
	const unsigned char *id; /* build-id */
	int id_size;		 /* 0 or less: no build-id, compare the CRC */
	uint32_t crc;
	char root[32]; /* /proc/PID/root */
	char **found;
};

int open_regular(int folder, const char *path)
{
	struct stat st;
	int fd;

	/* opening a device can have effects */
	if (fstatat(folder, path, &st, 0) || !S_ISREG(st.st_mode))
		return -1;
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool has_id(int fd, const struct wanted *wanted)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *id;
	bool same = dwelf_elf_gnu_build_id(elf, &id) == wanted->id_size &&
		    !memcmp(id, wanted->id, (size_t)wanted->id_size);

	(void)elf_end(elf);
	return same;
}

static bool has_crc(int fd, uint32_t wanted)
{
	unsigned char buffer[16384];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buffer, sizeof(buffer), at)) > 0) {
		crc = crc32(crc, buffer, (uInt)n);
		at += n;
	}
	return n == 0 && crc == wanted;
}

/* Returns an open file, with its path in *found. -1: missing, or not the wanted file. */
static __attribute__((format(printf, 2, 3))) int try_path(const struct wanted *wanted,
							  const char *fmt, ...)
{
	char path[PATH_ROOM];
	va_list args;
	int n, fd;

	va_start(args, fmt);
	n = vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	if (n < 0 || n >= PATH_ROOM)
		return -1;
	fd = open_regular(AT_FDCWD, path);
	if (fd < 0)
		return -1;
	if (wanted->id_size > 0 ? has_id(fd, wanted) : has_crc(fd, wanted->crc)) {
		*wanted->found = strdup(path);
		return fd;
	}
	(void)close(fd);
	return -1;
}

static int find_by_id(const struct wanted *wanted)
{
	char hex[2 * ID_MAX + 1];
	int fd;

	if (wanted->id_size < 2 || wanted->id_size > ID_MAX)
		return -1;
	for (int i = 0; i < wanted->id_size; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", wanted->id[i]);
	fd = try_path(wanted, DEBUG "/.build-id/%.2s/%s.debug", hex, hex + 2);
	if (fd < 0)
		fd = try_path(wanted, "%s" DEBUG "/.build-id/%.2s/%s.debug", wanted->root, hex,
			      hex + 2);
	return fd;
}

/* Searches beside the file, in .debug/ there, and in the folders of debug files. */
static int find_by_link(const struct wanted *wanted, const char *file_name, const char *link)
{
	const char *slash = strrchr(file_name, '/'), *inside = file_name;
	size_t root = strlen(wanted->root);
	int length, fd;

	if (!slash || strchr(link, '/'))
		return -1;
	if (!strncmp(file_name, wanted->root, root))
		inside += root;
	fd = try_path(wanted, "%.*s/%s", (int)(slash - file_name), file_name, link);
	if (fd < 0)
		fd = try_path(wanted, "%.*s/.debug/%s", (int)(slash - file_name), file_name, link);
	length = (int)(slash - inside);
	if (fd < 0)
		fd = try_path(wanted, DEBUG "%.*s/%s", length, inside, link);
	if (fd < 0)
		fd = try_path(wanted, "%s" DEBUG "%.*s/%s", wanted->root, length, inside, link);
	return fd;
}

int debuginfo_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **found)
{
	const struct dwfl_entry *entry = *userdata;
	struct wanted wanted = { .crc = crc, .found = found };
	GElf_Addr where;
	int fd;

	if (!entry)
		return -1;
	(void)snprintf(wanted.root, sizeof(wanted.root), "/proc/%" PRIu32 "/root", entry->pid);
	wanted.id_size = dwfl_module_build_id(module, &wanted.id, &where);
	fd = find_by_id(&wanted);
	return fd < 0 && file_name && link ? find_by_link(&wanted, file_name, link) : fd;
}
