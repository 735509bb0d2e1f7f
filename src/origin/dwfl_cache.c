// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Least recently used entries are replaced. */
#include "origin/dwfl_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/file.h"

enum {
	ENTRIES = 8,
	FILES_MAX = 4096, /* in the mappings of one process */
};

struct dwfl_cache {
	struct dwfl_entry entries[ENTRIES];
	uint64_t clock;
};

/* Fields 26 and 28 of /proc/PID/stat, counted from the end of the name, which may have any byte. */
bool dwfl_entry_is_of(uint32_t pid, const struct ts_layout *layout)
{
	char path[32], line[1024], *at;
	uint64_t start_code, start_stack;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	(void)file_read_text(AT_FDCWD, path, line, sizeof(line));
	at = strrchr(line, ')');
	return at &&
	       sscanf(at,
		      ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64,
		      &start_code, &start_stack) == 2 &&
	       start_code == layout->start_code && start_stack == layout->start_stack;
}

/*
 * A hash of the mapped files with code; 0: none, or too many. libdwfl searches all files for each file:
 * half a minute for the 65,530 mappings that a process can have.
 */
static uint64_t mapped_files(uint32_t pid)
{
	char path[32], *line = NULL;
	uint64_t sum = 0, last = 0;
	unsigned files = 0;
	size_t room = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (files <= FILES_MAX && getline(&line, &room, file) > 0) {
		uint64_t start, end, inode;
		char mode[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %" SCNu64, &start, &end, mode,
			   &inode) != 4 ||
		    !inode)
			continue;
		files += inode != last;
		last = inode;
		if (mode[2] == 'x')
			sum = (sum ^ start ^ end << 1 ^ inode) * 0x9e3779b97f4a7c15ull;
	}
	free(line);
	(void)fclose(file);
	return files <= FILES_MAX ? sum : 0;
}

/* /proc/PID/map_files/START-END is the mapped file even if its path was replaced. -1: none. */
static int open_mapped(uint32_t pid, uint64_t start)
{
	char path[64], prefix[24];
	const struct dirent *file;
	int fd = -1;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files", pid);
	(void)snprintf(prefix, sizeof(prefix), "%" PRIx64 "-", start);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (fd < 0 && (file = readdir(dir)))
		if (!strncmp(file->d_name, prefix, strlen(prefix)))
			fd = open_regular(dirfd(dir), file->d_name);
	(void)closedir(dir);
	return fd;
}

/*
 * Opens the file of a module as its process sees it. libdwfl searches debug information by the path,
 * which is in the root of the process therefore.
 */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	const struct dwfl_entry *entry = *userdata;
	char *path;
	int fd;

	if (name[0] != '/') /* the vdso, or not a file */
		return strncmp(name, "[vdso", 5) ? -1 :
						   dwfl_linux_proc_find_elf(module, userdata, name,
									    base, file_name, elf);
	if (!entry || asprintf(&path, "/proc/%" PRIu32 "/root%s", entry->pid, name) < 0)
		return -1;
	fd = open_mapped(entry->pid, base);
	if (fd < 0)
		fd = open_regular(AT_FDCWD, path);
	if (fd >= 0 && !dwfl_entry_is_of(entry->pid, &entry->layout)) {
		(void)close(fd); /* the PID was reused, or the process executed another program */
		fd = -1;
	}
	if (fd < 0)
		free(path);
	else
		*file_name = path;
	return fd;
}

static int set_userdata(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			void *arg)
{
	*userdata = arg;
	return DWARF_CB_OK;
}

/* On failure the entry keeps its last Dwfl. */
static int report_entry(struct dwfl_entry *entry)
{
	static const Dwfl_Callbacks callbacks = { .find_elf = find_elf,
						  .find_debuginfo = debuginfo_find };
	uint64_t mapped = mapped_files(entry->pid);
	Dwfl *dwfl = mapped ? dwfl_begin(&callbacks) : NULL;
	int err;

	if (!dwfl)
		return mapped ? -ENOMEM : -ESRCH;
	err = dwfl_linux_proc_report(dwfl, (pid_t)entry->pid);
	if (dwfl_report_end(dwfl, NULL, NULL) || err ||
	    !dwfl_entry_is_of(entry->pid, &entry->layout)) {
		dwfl_end(dwfl);
		return -ESRCH;
	}
	dwfl_end(entry->dwfl);
	entry->dwfl = dwfl;
	entry->mapped = mapped;
	entry->attached = false;
	(void)dwfl_getmodules(dwfl, set_userdata, entry, 0);
	return 0;
}

bool dwfl_entry_refresh(struct dwfl_entry *entry)
{
	uint64_t mapped = mapped_files(entry->pid);

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

struct dwfl_cache *dwfl_cache_new(void)
{
	/* libelf maps files that their owners can truncate */
	const struct sigaction action = { .sa_sigaction = map_zero_page, .sa_flags = SA_SIGINFO };

	(void)sigaction(SIGBUS, &action, NULL);
	return calloc(1, sizeof(struct dwfl_cache));
}

void dwfl_cache_free(struct dwfl_cache *cache)
{
	if (!cache)
		return;
	for (int i = 0; i < ENTRIES; i++)
		dwfl_end(cache->entries[i].dwfl);
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
	if (!dwfl_entry_is_of(pid, layout))
		return NULL;
	dwfl_end(oldest->dwfl);
	*oldest = (struct dwfl_entry){ .pid = pid, .layout = *layout, .used = cache->clock };
	if (!report_entry(oldest))
		return oldest;
	*oldest = (struct dwfl_entry){ 0 };
	return NULL;
}
