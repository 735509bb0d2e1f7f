// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files of other processes, as the worker of --origin reads them: the first byte says whether the rest is
 * a perf map, or an ELF file whose compressed sections are judged before libdw reads it.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "origin/dwfl_cache.h"
#include "origin/symbolize.h"

static int input = -1;

static void take_map(void)
{
	static const uint64_t addresses[] = { 0, 1, 0x1000, 0x1fff, 0x2000, UINT64_MAX };
	struct perf_map *map = perf_map_read(input);

	if (!map)
		return;
	MUST(perf_map_is_of(map, input));
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		char *name = perf_map_find(map, addresses[i]);

		free(name);
	}
	perf_map_free(map);
}

static void take_elf(void)
{
	Elf *elf;

	(void)elf_version(EV_CURRENT);
	elf = elf_begin(input, ELF_C_READ, NULL);
	if (!elf)
		return;
	(void)elf_is_bounded(elf);
	(void)elf_end(elf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (input < 0)
		input = memfd_create("file", MFD_CLOEXEC);
	MUST(input >= 0 && !ftruncate(input, 0));
	MUST(pwrite(input, data + 1, size - 1, 0) == (ssize_t)size - 1);
	MUST(!lseek(input, 0, SEEK_SET));
	if (*data & 1)
		take_elf();
	else
		take_map();
	return 0;
}
