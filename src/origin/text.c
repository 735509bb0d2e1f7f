// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Chooses the most useful frame of an origin, and prints it. */
#include "origin/origin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The C library, the dynamic loader or the vdso, of glibc or musl. */
static bool is_libc(const struct origin_frame *frame)
{
	static const char *const names[] = { "libc.so", "libc-",      "libc.musl", "ld-linux",
					     "ld-musl", "libpthread", "[vdso" };
	const char *name = frame->module ? last_part(frame->module) : "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

/* The wrapper of a system call, in a statically linked program. */
static bool is_wrapper(const struct origin_frame *frame)
{
	static const char *const names[] = {
		"accept",   "accept4",	"connect", "read",    "readv", "recv",
		"recvfrom", "recvmsg",	"write",   "writev",  "send",  "sendto",
		"sendmsg",  "sendfile", "splice",  "syscall",
	};
	const char *name = frame->function;

	if (!name)
		return false;
	if (!strncmp(name, "__libc_", 7))
		name += 7;
	else
		name += strspn(name, "_");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* The standard libraries of Rust and Go, linked into the program. */
static bool is_runtime(const struct origin_frame *frame)
{
	static const char *const names[] = { "syscall.",	  "internal/", "runtime.", "net.",
					     "golang.org/x/sys/", "std::",     "<std::" };

	if (frame->file &&
	    (strstr(frame->file, "library/std/src/") || strstr(frame->file, "library/core/src/")))
		return true;
	for (size_t i = 0; frame->function && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(frame->function, names[i], strlen(names[i])))
			return true;
	return false;
}

const struct origin_frame *origin_site(const struct origin *origin)
{
	for (size_t i = 0; i < origin->n; i++)
		if (!is_libc(&origin->frames[i]) && !is_runtime(&origin->frames[i]) &&
		    (i || !is_wrapper(&origin->frames[i])))
			return &origin->frames[i];
	return &origin->frames[0];
}

const char *origin_kind_name(enum ts_origin_kind kind)
{
	switch (kind) {
	case TS_ORIGIN_CONNECT:
		return "connect";
	case TS_ORIGIN_ACCEPT:
		return "accept";
	case TS_ORIGIN_USE:
		return "use";
	default:
		return NULL;
	}
}

static const char *verb(enum ts_origin_kind kind)
{
	switch (kind) {
	case TS_ORIGIN_CONNECT:
		return "connected";
	case TS_ORIGIN_ACCEPT:
		return "accepted";
	default:
		return "first used";
	}
}

/* Appends to the text, which is cut at its size. */
static size_t add(char *text, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static size_t add(char *text, size_t at, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text + at, ORIGIN_TEXT - at, fmt, args);
	va_end(args);
	if (n < 0)
		return at;
	return at + (size_t)n < ORIGIN_TEXT ? at + (size_t)n : ORIGIN_TEXT - 1;
}

size_t origin_text(const struct origin *origin, char text[ORIGIN_TEXT])
{
	const struct origin_frame *site = origin_site(origin);
	size_t at = add(text, 0, "%s at ", verb(origin->kind));

	if (site->file && site->line)
		at = add(text, at, "%s:%u ", last_part(site->file), site->line);
	if (site->function)
		at = add(text, at, "%s", site->function);
	else if (!site->module)
		at = add(text, at, "0x%" PRIx64, site->address);
	else
		at = add(text, at, "%s+0x%" PRIx64, last_part(site->module), site->offset);
	if (site->function && site->module && !site->line)
		at = add(text, at, " (%s)", last_part(site->module));
	return at;
}
