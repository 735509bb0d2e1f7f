// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* libbpf needs 20 MB for a moment: the kernel's types, once or twice, and the programs. */
static const size_t LOAD_BYTES = 32 << 20;

void limits_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Opens and closes n descriptors of standard input, which is open: see main(). */
static bool can_open(unsigned n)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	bool enough = fd >= 0;

	if (n > 1 && enough)
		enough = can_open(n - 1);
	if (fd >= 0)
		(void)close(fd);
	return enough;
}

static int refuse_files(const char *what, struct error *error)
{
	struct rlimit limit = { 0 };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return error_set(error, EMFILE,
			 "cannot %s: this process may have only %" PRIu64
			 " files open: raise the limit: ulimit -n 1024",
			 what, (uint64_t)limit.rlim_cur);
}

int limits_need_files(const char *what, unsigned n, struct error *error)
{
	limits_raise_files();
	return can_open(n) ? 0 : refuse_files(what, error);
}

bool limits_memory_is_short(void)
{
	void *room = mmap(NULL, LOAD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);

	if (room != MAP_FAILED)
		(void)munmap(room, LOAD_BYTES);
	return room == MAP_FAILED;
}

int limits_explain(const char *what, int err, struct error *error)
{
	switch (err) {
	case -EMFILE:
		return refuse_files(what, error);
	case -ENFILE:
		return error_set(error, ENFILE,
				 "cannot %s: too many files are open on this machine: raise "
				 "fs.file-max",
				 what);
	case -ENOMEM:
		return error_set(error, ENOMEM,
				 "cannot %s: out of memory: free some, or raise the limit of this "
				 "process (ulimit -v) or of its cgroup (memory.max)",
				 what);
	}
	return 0;
}
