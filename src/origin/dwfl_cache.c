// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A Dwfl for each process, the least recently used of which goes when there are too many. */
#include "origin/dwfl_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "origin/debuginfo.h"
#include "origin/sigbus.h"

enum {
	CODES = 8,
	FILES_MAX = 4096, /* mapped by one process, one after the other */
};

struct dwfl_cache {
	struct dwfl_entry code[CODES];
	uint64_t clock;
};

/* Fields 26 and 28 of /proc/PID/stat, counted after the name, which may hold anything. */
bool dwfl_entry_is_of(uint32_t pid, const struct ts_layout *layout)
{
	char path[32], line[1024], *at;
	uint64_t start_code, start_stack;
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fread(line, 1, sizeof(line) - 1, file);
	(void)fclose(file);
	line[n] = '\0';
	at = strrchr(line, ')');
	return at &&
	       sscanf(at,
		      ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		      "%*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64,
		      &start_code, &start_stack) == 2 &&
	       start_code == layout->start_code && start_stack == layout->start_stack;
}

/*
 * A number that changes with the files whose code is mapped; 0: there are none, or too many:
 * libdwfl goes through all for each, half a minute for the 65,530 that a process can have.
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

/* /proc/PID/map_files/START-END is the very file, whatever has its path by now. -1: no such. */
static int open_mapped(uint32_t pid, uint64_t start)
{
	char path[64], prefix[24];
	const struct dirent *entry;
	int fd = -1;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files", pid);
	(void)snprintf(prefix, sizeof(prefix), "%" PRIx64 "-", start);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			fd = open_regular(dirfd(dir), entry->d_name);
	(void)closedir(dir);
	return fd;
}

/*
 * The file of a module, as its process sees it. Its path decides where separate debug
 * information is looked for, so that is given within the process's root.
 */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	const struct dwfl_entry *code = *userdata;
	char *path;
	int fd;

	if (name[0] != '/') /* the vdso, or no file at all */
		return strncmp(name, "[vdso", 5) ? -1 :
						   dwfl_linux_proc_find_elf(module, userdata, name,
									    base, file_name, elf);
	if (!code || asprintf(&path, "/proc/%" PRIu32 "/root%s", code->pid, name) < 0)
		return -1;
	fd = open_mapped(code->pid, base);
	if (fd < 0)
		fd = open_regular(AT_FDCWD, path);
	if (fd >= 0 && !dwfl_entry_is_of(code->pid, &code->layout)) {
		(void)close(fd); /* of what has the PID now, or what it runs now */
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
	(void)module;
	(void)name;
	(void)base;
	*userdata = arg;
	return DWARF_CB_OK;
}

static void code_close(struct dwfl_entry *code)
{
	dwfl_end(code->dwfl);
	*code = (struct dwfl_entry){ 0 };
}

/* What was known of the code before stays where it fails. */
static int code_report(struct dwfl_entry *code)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = debuginfo_find,
	};
	uint64_t mapped = mapped_files(code->pid);
	Dwfl *dwfl = mapped ? dwfl_begin(&callbacks) : NULL;
	int err;

	if (!dwfl)
		return mapped ? -ENOMEM : -ESRCH;
	err = dwfl_linux_proc_report(dwfl, (pid_t)code->pid);
	if (dwfl_report_end(dwfl, NULL, NULL) || err ||
	    !dwfl_entry_is_of(code->pid, &code->layout)) {
		dwfl_end(dwfl);
		return -ESRCH;
	}
	dwfl_end(code->dwfl);
	code->dwfl = dwfl;
	code->mapped = mapped;
	code->attached = false;
	(void)dwfl_getmodules(dwfl, set_userdata, code, 0);
	return 0;
}

static int code_open(struct dwfl_entry *code, uint32_t pid, const struct ts_layout *layout)
{
	code->pid = pid;
	code->layout = *layout;
	return code_report(code);
}

bool dwfl_entry_refresh(struct dwfl_entry *code)
{
	uint64_t mapped = mapped_files(code->pid);

	return mapped && mapped != code->mapped && code_report(code) == 0;
}

struct dwfl_cache *dwfl_cache_new(void)
{
	sigbus_map_zero_pages(); /* the files of others are mapped while they are at hand */
	return calloc(1, sizeof(struct dwfl_cache));
}

void dwfl_cache_free(struct dwfl_cache *codes)
{
	if (!codes)
		return;
	for (int i = 0; i < CODES; i++)
		code_close(&codes->code[i]);
	free(codes);
}

struct dwfl_entry *dwfl_cache_get(struct dwfl_cache *codes, uint32_t pid,
				  const struct ts_layout *layout)
{
	struct dwfl_entry *oldest = &codes->code[0];
	bool is_there = dwfl_entry_is_of(pid, layout);

	codes->clock++;
	for (int i = 0; i < CODES; i++) {
		struct dwfl_entry *code = &codes->code[i];

		/* what was read of a process serves when it has gone */
		if (code->dwfl && code->pid == pid &&
		    !memcmp(&code->layout, layout, sizeof(*layout))) {
			code->used = codes->clock;
			return code;
		}
		if (code->used < oldest->used)
			oldest = code;
	}
	if (!is_there)
		return NULL;
	code_close(oldest);
	if (code_open(oldest, pid, layout)) {
		code_close(oldest);
		return NULL;
	}
	oldest->used = codes->clock;
	return oldest;
}
