// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * In place of libdwfl's own search: that one blocks on a FIFO in the search path, and queries
 * debuginfod servers for missing files.
 */
#include "origin/dwfl_cache.h"

#include <elfutils/libdwelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "origin/finder.h"

static const off_t SIZE_MAX_BYTES = (off_t)1 << 30; /* the file can grow */

struct wanted {
	const unsigned char *id; /* build-id */
	int id_size;		 /* 0 or less: no build-id, compare the CRC */
	uint32_t crc;
};

static bool has_id(Elf *elf, const struct wanted *wanted)
{
	const void *id;

	return dwelf_elf_gnu_build_id(elf, &id) == wanted->id_size &&
	       !memcmp(id, wanted->id, (size_t)wanted->id_size);
}

static bool has_crc(int fd, uint32_t wanted)
{
	unsigned char buffer[16384];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t n;

	while (at < SIZE_MAX_BYTES && (n = pread(fd, buffer, sizeof(buffer), at)) > 0) {
		crc = crc32(crc, buffer, (uInt)n);
		at += n;
	}
	return n == 0 && crc == wanted;
}

/* Returns fd, or closes it and returns -1. */
static int check(int fd, const struct wanted *wanted)
{
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool good = elf_is_bounded(elf) &&
		    (wanted->id_size > 0 ? has_id(elf, wanted) : has_crc(fd, wanted->crc));

	(void)elf_end(elf);
	if (good)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int find_by_id(const struct dwfl_entry *entry, const struct wanted *wanted)
{
	struct finder_request request = { .what = FINDER_BY_ID };
	int fd = -1;

	if (wanted->id_size <= 0 || wanted->id_size > FINDER_ID_MAX)
		return -1;
	request.id_size = (uint32_t)wanted->id_size;
	memcpy(request.id, wanted->id, request.id_size);
	for (; request.place < FINDER_ID_PLACES && fd < 0; request.place++)
		fd = check(dwfl_entry_ask(entry, &request), wanted);
	return fd;
}

static int find_by_link(const struct dwfl_entry *entry, const struct wanted *wanted,
			Dwarf_Addr base, const char *link)
{
	struct finder_request request = { .what = FINDER_BY_LINK, .start = base };
	int fd = -1;

	if (strlen(link) >= sizeof(request.link))
		return -1;
	memcpy(request.link, link, strlen(link));
	for (; request.place < FINDER_PLACES && fd < 0; request.place++)
		fd = check(dwfl_entry_ask(entry, &request), wanted);
	return fd;
}

int debuginfo_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file_name, const char *link, GElf_Word crc, char **found)
{
	const struct dwfl_entry *entry = *userdata;
	struct wanted wanted = { .crc = crc };
	GElf_Addr where;
	int fd;

	if (!entry)
		return -1;
	wanted.id_size = dwfl_module_build_id(module, &wanted.id, &where);
	fd = find_by_id(entry, &wanted);
	if (fd < 0 && link)
		fd = find_by_link(entry, &wanted, base, link);
	if (fd >= 0)
		*found = strdup(name); /* libdwfl wants one */
	return fd;
}
