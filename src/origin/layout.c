// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "origin/layout.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/file.h"

/* Fields 26 and 28 of /proc/PID/stat, counted from the end of the name, which may have any byte. */
bool layout_is_of(uint32_t pid, const struct ts_layout *layout)
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
