// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Origins of sockets as text, built with libdw or without. */
#include "origin/origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sockets/view.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* names: ends with NULL. */
static bool begins_with(const char *text, const char *const *names)
{
	while (*names && strncmp(text, *names, strlen(*names)))
		names++;
	return *names;
}

/* The C library, the dynamic loader or the vdso, of glibc or musl. */
static bool is_libc(const struct origin_frame *frame)
{
	static const char *const names[] = { "libc.so", "libc-",      "libc.musl", "ld-linux",
					     "ld-musl", "libpthread", "[vdso",	   NULL };

	return frame->module && begins_with(last_part(frame->module), names);
}

/* The wrapper of a system call, in a statically linked program. */
static bool is_wrapper(const struct origin_frame *frame)
{
	static const char *const names[] = { "accept",	"accept4",  "connect",	"read",
					     "readv",	"recv",	    "recvfrom", "recvmsg",
					     "write",	"writev",   "send",	"sendto",
					     "sendmsg", "sendfile", "splice",	"syscall" };
	const char *name = frame->function;

	if (!name)
		return false;
	name += strncmp(name, "__libc_", 7) ? strspn(name, "_") : 7;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* The standard libraries of Rust and Go, linked into the program. */
static bool is_runtime(const struct origin_frame *frame)
{
	static const char *const names[] = { "syscall.",	  "internal/", "runtime.", "net.",
					     "golang.org/x/sys/", "std::",     "<std::",   NULL };

	if (frame->file &&
	    (strstr(frame->file, "library/std/src/") || strstr(frame->file, "library/core/src/")))
		return true;
	return frame->function && begins_with(frame->function, names);
}

const struct origin_frame *origin_site(const struct origin *origin)
{
	for (size_t i = 0; i < origin->n; i++)
		if (!is_libc(&origin->frames[i]) && !is_runtime(&origin->frames[i]) &&
		    (i || !is_wrapper(&origin->frames[i])))
			return &origin->frames[i];
	return &origin->frames[0];
}

static const struct {
	const char *name, *verb;
} kinds[] = {
	[TS_ORIGIN_NONE] = { NULL, "first used" },
	[TS_ORIGIN_CONNECT] = { "connect", "connected" },
	[TS_ORIGIN_ACCEPT] = { "accept", "accepted" },
	[TS_ORIGIN_USE] = { "use", "first used" },
};

/* The number may come from the tracer of another version. */
static unsigned known_kind(enum ts_origin_kind kind)
{
	return kind < sizeof(kinds) / sizeof(kinds[0]) ? kind : TS_ORIGIN_NONE;
}

const char *origin_kind_name(enum ts_origin_kind kind)
{
	return kinds[known_kind(kind)].name;
}

size_t origin_text(const struct origin *origin, char text[ORIGIN_TEXT])
{
	const struct origin_frame *site = origin_site(origin);
	const char *module = site->module ? last_part(site->module) : NULL;
	char line[ORIGIN_TEXT] = "", function[ORIGIN_TEXT];
	int n;

	if (site->file && site->line)
		(void)snprintf(line, sizeof(line), "%s:%u ", last_part(site->file), site->line);
	if (site->function && module && !site->line)
		(void)snprintf(function, sizeof(function), "%s (%s)", site->function, module);
	else if (site->function)
		(void)snprintf(function, sizeof(function), "%s", site->function);
	else if (module)
		(void)snprintf(function, sizeof(function), "%s+0x%" PRIx64, module, site->offset);
	else
		(void)snprintf(function, sizeof(function), "0x%" PRIx64, site->address);
	n = snprintf(text, ORIGIN_TEXT, "%s at %s%s", kinds[known_kind(origin->kind)].verb, line,
		     function);
	return n < ORIGIN_TEXT ? (size_t)n : ORIGIN_TEXT - 1;
}

const struct origin *socket_origin(const struct socket_view *view, const struct socket_entry *entry)
{
	const struct ts_holder *holder = socket_process(entry);

	if (!view->origins || !view->sockets->recorded || !(entry->socket->flags & TS_S_RECORD))
		return NULL;
	return origin_describe(view->origins, entry->socket->origin, holder ? holder->pid : 0,
			       entry->socket->uid);
}

const char *origin_refusal_name(enum origin_refusal why)
{
	static const char *const names[ORIGIN_REFUSALS] = {
		[ORIGIN_REFUSED_RATE] = "rate",
		[ORIGIN_REFUSED_SHARE] = "share",
		[ORIGIN_REFUSED_LATE] = "late",
	};

	return names[why];
}
