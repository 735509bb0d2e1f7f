// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* libdw inflates a compressed section whole: a file of 3 MB can have one of 3 GB. */
#include "origin/dwfl_cache.h"

#include <string.h>

#include <gelf.h>

static const uint64_t INFLATED_MAX = UINT64_C(512) << 20; /* of all sections of a file */
enum {
	RATIO_MAX = 128,	 /* debug information is seldom compressed to less than a tenth */
	DEBUGDATA_MAX = 4 << 20, /* .gnu_debugdata, compressed; distributions' have some 10 kB */
	HEADER = 12,		 /* "ZLIB" and the inflated size, of old compressed sections */
};

/* The size that a section has in memory. */
static uint64_t inflated_size(Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
	const unsigned char *bytes;
	const Elf_Data *data;
	uint64_t size = 0;
	GElf_Chdr chdr;

	if (header->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &chdr) ? chdr.ch_size : header->sh_size;
	if (strncmp(name, ".zdebug", 7))
		return header->sh_size;
	data = elf_rawdata(section, NULL);
	if (!data || data->d_size < HEADER)
		return header->sh_size;
	bytes = data->d_buf;
	for (int i = 4; i < HEADER; i++)
		size = size << 8 | bytes[i];
	return size;
}

bool elf_is_bounded(Elf *elf)
{
	uint64_t total = 0;
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_kind(elf) != ELF_K_ELF)
		return false;
	if (elf_getshdrstrndx(elf, &names))
		return true; /* no sections that libdw could find */
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;
		uint64_t size;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name)
			continue;
		if (!strcmp(name, ".gnu_debugdata") && header.sh_size > DEBUGDATA_MAX)
			return false;
		size = inflated_size(section, &header, name);
		if (size == header.sh_size)
			continue;
		if (size / RATIO_MAX > header.sh_size || size > INFLATED_MAX - total)
			return false;
		total += size;
	}
	return true;
}
