// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Least recently used entries are replaced. */
#include "origin/dwfl_cache.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "origin/finder.h"
#include "origin/symbolize.h"

enum {
	ENTRIES = 8,
	FILES_MAX = 4096, /* in the mappings of one process */
};

#define VDSO "[vdso"

struct dwfl_cache {
	struct dwfl_entry entries[ENTRIES];
	uint64_t clock;
	int finder;
	char *vdso; /* a copy of this process's */
	size_t vdso_size;
};

int dwfl_entry_ask(const struct dwfl_entry *entry, struct finder_request *request)
{
	request->pid = entry->pid;
	request->layout = entry->layout;
	return finder_ask(entry->cache->finder, request);
}

/* The maps of a process. NULL: it has exited or executed another program. */
static FILE *open_maps(const struct dwfl_entry *entry)
{
	struct finder_request request = { .what = FINDER_MAPS };
	int fd = dwfl_entry_ask(entry, &request);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

struct maps {
	uint64_t sum; /* hash of the mapped files with code; 0: none, or too many */
	uint64_t vdso, vdso_end;
};

/* libdwfl searches all files for each file: half a minute for 65,530 mappings of a process. */
static void read_maps(FILE *file, struct maps *maps)
{
	uint64_t sum = 0, last = 0;
	unsigned files = 0;
	char *line = NULL;
	size_t room = 0;

	*maps = (struct maps){ 0 };
	while (files <= FILES_MAX && getline(&line, &room, file) > 0) {
		uint64_t start, end, inode;
		char mode[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %" SCNu64, &start, &end, mode,
			   &inode) != 4)
			continue;
		if (!inode && strstr(line, " [vdso]\n")) {
			maps->vdso = start;
			maps->vdso_end = end;
		}
		if (!inode)
			continue;
		files += inode != last;
		last = inode;
		if (mode[2] == 'x')
			sum = (sum ^ start ^ end << 1 ^ inode) * 0x9e3779b97f4a7c15ull;
	}
	free(line);
	if (files <= FILES_MAX)
		maps->sum = sum;
}

static uint64_t mapped_files(const struct dwfl_entry *entry)
{
	FILE *file = open_maps(entry);
	struct maps maps = { 0 };

	if (!file)
		return 0;
	read_maps(file, &maps);
	(void)fclose(file);
	return maps.sum;
}

/* Opens the file of a module as its process sees it. */
static Elf *open_elf(const struct dwfl_entry *entry, uint64_t start)
{
	struct finder_request request = { .what = FINDER_MAPPED, .start = start };
	int fd = dwfl_entry_ask(entry, &request);
	Elf *elf;

	if (fd < 0)
		return NULL;
	/* libdwfl's own mapping is a copy on write, and counts as memory */
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf_is_bounded(elf) || elf_cntl(elf, ELF_C_FDREAD)) {
		(void)elf_end(elf);
		elf = NULL;
	}
	(void)close(fd);
	return elf;
}

/* All processes have the same vdso; one of another size has another one. */
static Elf *open_vdso(const struct dwfl_entry *entry, Dwfl_Module *module)
{
	const struct dwfl_cache *cache = entry->cache;
	Dwarf_Addr start, end;

	(void)dwfl_module_info(module, NULL, &start, &end, NULL, NULL, NULL, NULL);
	return cache->vdso && end - start == cache->vdso_size ?
		       elf_memory(cache->vdso, cache->vdso_size) :
		       NULL;
}

static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	const struct dwfl_entry *entry = *userdata;

	if (!entry)
		return -1;
	if (name[0] == '/')
		*elf = open_elf(entry, base);
	else if (!strncmp(name, VDSO, strlen(VDSO)))
		*elf = open_vdso(entry, module);
	if (*elf)
		*file_name = strdup(name);
	return -1;
}

static int set_userdata(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			void *arg)
{
	*userdata = arg;
	return DWARF_CB_OK;
}

static int report(Dwfl *dwfl, FILE *file, const struct dwfl_entry *entry, const struct maps *maps)
{
	char name[32];
	int err = dwfl_linux_proc_maps_report(dwfl, file);

	(void)snprintf(name, sizeof(name), VDSO ": %" PRIu32 "]", entry->pid);
	if (!err && maps->vdso)
		(void)dwfl_report_module(dwfl, name, maps->vdso, maps->vdso_end);
	return dwfl_report_end(dwfl, NULL, NULL) || err ? -ESRCH : 0;
}

/* On failure the entry keeps its last Dwfl. */
static int report_entry(struct dwfl_entry *entry)
{
	static const Dwfl_Callbacks callbacks = { .find_elf = find_elf,
						  .find_debuginfo = debuginfo_find };
	FILE *file = open_maps(entry);
	struct maps maps = { 0 };
	Dwfl *dwfl = NULL;
	int err = -ESRCH;

	if (!file)
		return -ESRCH;
	read_maps(file, &maps);
	if (maps.sum) {
		rewind(file);
		dwfl = dwfl_begin(&callbacks);
		err = dwfl ? report(dwfl, file, entry, &maps) : -ENOMEM;
	}
	(void)fclose(file);
	if (err) {
		dwfl_end(dwfl);
		return err;
	}
	dwfl_end(entry->dwfl);
	entry->dwfl = dwfl;
	entry->mapped = maps.sum;
	entry->attached = false;
	(void)dwfl_getmodules(dwfl, set_userdata, entry, 0);
	return 0;
}

bool dwfl_entry_refresh(struct dwfl_entry *entry)
{
	uint64_t mapped = mapped_files(entry);

	return mapped && mapped != entry->mapped && report_entry(entry) == 0;
}

/*
 * A SIGBUS handler: maps a zero page over the missing page of a truncated file, and the faulting
 * instruction is restarted. The fault is a read by this process: the address lies in a file mapping of
 * its own.
 */
static void map_zero_page(int signal, siginfo_t *info, void *context)
{
	const uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)info->si_addr & ~(size - 1));
	int saved = errno;

	if (info->si_code != BUS_ADRERR ||
	    mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		(void)sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	errno = saved;
}

/* Copies this process's vdso. */
static void copy_vdso(struct dwfl_cache *cache)
{
	FILE *file = fopen("/proc/self/maps", "re");
	struct maps maps = { 0 };

	if (!file)
		return;
	read_maps(file, &maps);
	(void)fclose(file);
	cache->vdso_size = (size_t)(maps.vdso_end - maps.vdso);
	cache->vdso = cache->vdso_size ? malloc(cache->vdso_size) : NULL;
	if (cache->vdso)
		memcpy(cache->vdso, (const void *)(uintptr_t)maps.vdso, cache->vdso_size);
}

struct dwfl_cache *dwfl_cache_new(int finder)
{
	/* libelf maps files that their owners can truncate */
	const struct sigaction action = { .sa_sigaction = map_zero_page, .sa_flags = SA_SIGINFO };
	struct dwfl_cache *cache = calloc(1, sizeof(*cache));

	(void)sigaction(SIGBUS, &action, NULL);
	(void)elf_version(EV_CURRENT);
	if (!cache)
		return NULL;
	cache->finder = finder;
	copy_vdso(cache);
	return cache;
}

static void entry_clear(struct dwfl_entry *entry)
{
	dwfl_end(entry->dwfl);
	perf_map_free(entry->perf_map);
	*entry = (struct dwfl_entry){ 0 };
}

void dwfl_cache_clear(struct dwfl_cache *cache)
{
	for (int i = 0; i < ENTRIES; i++)
		entry_clear(&cache->entries[i]);
}

void dwfl_cache_free(struct dwfl_cache *cache)
{
	if (!cache)
		return;
	dwfl_cache_clear(cache);
	free(cache->vdso);
	free(cache);
}

struct dwfl_entry *dwfl_cache_get(struct dwfl_cache *cache, uint32_t pid,
				  const struct ts_layout *layout)
{
	struct dwfl_entry *oldest = &cache->entries[0];

	cache->clock++;
	for (int i = 0; i < ENTRIES; i++) {
		struct dwfl_entry *entry = &cache->entries[i];

		/* an entry remains useful after its process has exited */
		if (entry->dwfl && entry->pid == pid &&
		    !memcmp(&entry->layout, layout, sizeof(*layout))) {
			entry->used = cache->clock;
			return entry;
		}
		if (entry->used < oldest->used)
			oldest = entry;
	}
	entry_clear(oldest);
	*oldest = (struct dwfl_entry){
		.pid = pid, .layout = *layout, .cache = cache, .used = cache->clock
	};
	if (!report_entry(oldest))
		return oldest;
	*oldest = (struct dwfl_entry){ 0 };
	return NULL;
}
