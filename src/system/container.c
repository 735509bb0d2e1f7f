// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds the container in the path of a control group. */
#include "system/container.h"

#include <stdbool.h>
#include <string.h>

static bool is_hex(const char *text, size_t n)
{
	return strspn(text, "0123456789abcdef") >= n;
}

/*
 * Container runtimes end a cgroup's path in the container's 64 hexadecimal digits: /docker/ID,
 * .../docker-ID.scope, .../cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope. They show its first
 * 12.
 */
const char *container_digits(const char *path)
{
	enum { MONITOR = 7 };

	for (const char *at = path; *at; at++) {
		bool begins = at == path || at[-1] == '/' || at[-1] == '-';

		if (at - path >= MONITOR && !memcmp(at - MONITOR, "conmon-", MONITOR))
			continue; /* podman's process beside the container */
		if (begins && is_hex(at, CONTAINER_DIGITS) && !is_hex(at + CONTAINER_DIGITS, 1))
			return at;
	}
	return NULL;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* systemd writes \x2d for a character that has a meaning in a unit's name. */
static size_t unescape(const char *name, size_t length, char text[CONTAINER_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < length && n < CONTAINER_TEXT; i++) {
		bool escape = length - i >= 4 && name[i] == '\\' && name[i + 1] == 'x' &&
			      hex_digit(name[i + 2]) >= 0 && hex_digit(name[i + 3]) >= 0;

		text[n++] = escape ? (char)(hex_digit(name[i + 2]) << 4 | hex_digit(name[i + 3])) :
				     name[i];
		i += escape ? 3 : 0;
	}
	return n;
}

/* How lxc, Incus and systemd-nspawn name the group of a container. */
static const struct {
	const char *before, *after;
} names[] = {
	{ "/lxc.payload.", "" },
	{ "/lxc.payload/", "" },
	{ "/lxc/", "" },
	{ "/machine.slice/systemd-nspawn@", ".service" },
	{ "/machine.slice/machine-", ".scope" },
};

static size_t find_name(const char *path, char text[CONTAINER_TEXT])
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *at = strstr(path, names[i].before);
		size_t after = strlen(names[i].after), length;

		if (!at)
			continue;
		at += strlen(names[i].before);
		length = strcspn(at, "/");
		if (length <= after || memcmp(at + length - after, names[i].after, after))
			continue;
		if (after && !strncmp(at, "qemu\\x2d", 8)) /* a virtual machine of libvirt */
			continue;
		return unescape(at, length - after, text);
	}
	return 0;
}

size_t container_of_cgroup(const char *path, char text[CONTAINER_TEXT])
{
	enum { SHOWN = 12 };
	const char *digits = container_digits(path);

	if (!digits)
		return find_name(path, text);
	memcpy(text, digits, SHOWN);
	return SHOWN;
}
