// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

ssize_t file_read_text(int folder, const char *path, char *text, size_t size)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	int err = n < 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	text[err ? 0 : n] = '\0';
	return err ? -err : n;
}
