// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tcp/state.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const state_names[TS_STATES] = {
	[TS_ESTABLISHED] = "ESTABLISHED", [TS_SYN_SENT] = "SYN_SENT",
	[TS_SYN_RECV] = "SYN_RECV",	  [TS_FIN_WAIT_1] = "FIN_WAIT_1",
	[TS_FIN_WAIT_2] = "FIN_WAIT_2",	  [TS_TIME_WAIT] = "TIME_WAIT",
	[TS_CLOSED] = "CLOSED",		  [TS_CLOSE_WAIT] = "CLOSE_WAIT",
	[TS_LAST_ACK] = "LAST_ACK",	  [TS_LISTEN] = "LISTEN",
	[TS_CLOSING] = "CLOSING",	  [TS_NEW_SYN_RECV] = "SYN_RECV",
};

static const char *const owner_names[TS_OWNERS] = {
	[TS_OWNER_UNKNOWN] = "unknown",	  [TS_OWNER_CONNECT] = "connect",
	[TS_OWNER_LISTEN] = "listen",	  [TS_OWNER_ACCEPT] = "accept",
	[TS_OWNER_USE] = "use",		  [TS_OWNER_LISTENER] = "listener",
	[TS_OWNER_SNAPSHOT] = "snapshot", [TS_OWNER_KERNEL] = "kernel",
};

static const char *const role_names[TS_ROLES] = {
	[TS_ROLE_CLIENT] = "client",
	[TS_ROLE_SERVER] = "server",
};

static const char *const reason_names[TS_REASONS] = {
	[TS_REASON_NORMAL] = "normal",
	[TS_REASON_REFUSED] = "refused",
	[TS_REASON_RESET_BY_PEER] = "reset-by-peer",
	[TS_REASON_TIMED_OUT] = "timed-out",
	[TS_REASON_UNREACHABLE] = "unreachable",
	[TS_REASON_ABORTED_UNREAD_DATA] = "aborted-unread-data",
	[TS_REASON_ABORTED_LINGER] = "aborted-linger",
	[TS_REASON_ABORTED] = "aborted",
	[TS_REASON_DESTROYED] = "destroyed",
	[TS_REASON_LISTENER_CLOSED] = "listener-closed",
	[TS_REASON_DROPPED] = "dropped",
	[TS_REASON_KEEPALIVE_TIMEOUT] = "keepalive-timeout",
	[TS_REASON_USER_TIMEOUT] = "user-timeout",
	[TS_REASON_PROBE_TIMEOUT] = "probe-timeout",
	[TS_REASON_FIN_TIMEOUT] = "fin-timeout",
	[TS_REASON_ORPHAN_LIMIT] = "orphan-limit",
	[TS_REASON_ABORTED_LATE_DATA] = "aborted-late-data",
	[TS_REASON_TIME_WAIT_OVERFLOW] = "time-wait-overflow",
	[TS_REASON_REUSED] = "reused",
	[TS_REASON_NO_LOCAL_PORT] = "no-local-port",
};

/*
 * Other spellings than state_names, without case, `-` and `_`: of the kernel, of ss, of netstat on
 * Linux, BSD and Windows, of RFC 9293, and common mistakes.
 */
static const struct {
	const char *name;
	int state;
} spellings[] = {
	{ "ESTAB", TS_ESTABLISHED },	 { "SYNSEND", TS_SYN_SENT },
	{ "SYNCSENT", TS_SYN_SENT },	 { "SYNCSEND", TS_SYN_SENT },
	{ "SYNRCVD", TS_SYN_RECV },	 { "SYNRECEIVED", TS_SYN_RECV },
	{ "SYNCRCVD", TS_SYN_RECV },	 { "SYNCRECV", TS_SYN_RECV },
	{ "SYNCRECEIVED", TS_SYN_RECV }, { "NEWSYNRECV", TS_SYN_RECV },
	{ "TIMEDWAIT", TS_TIME_WAIT },	 { "CLOSE", TS_CLOSED },
	{ "LISTENING", TS_LISTEN },
};

static const char *name_of(const char *const *names, size_t count, unsigned number)
{
	return number < count ? names[number] : "?";
}

const char *state_name(unsigned state)
{
	const char *name = name_of(state_names, COUNT(state_names), state);

	return name ? name : "?";
}

const char *owner_name(unsigned owner)
{
	return name_of(owner_names, COUNT(owner_names), owner);
}

const char *role_name(unsigned role)
{
	return name_of(role_names, COUNT(role_names), role);
}

const char *reason_name(unsigned reason)
{
	return name_of(reason_names, COUNT(reason_names), reason);
}

const char *errno_name(unsigned err)
{
	return err ? strerrorname_np((int)err) : NULL;
}

/* Not toupper(): in a Turkish locale `i` is not the small letter of `I`. */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_separator(char c)
{
	return c == '-' || c == '_';
}

bool name_same(const char *given, const char *name)
{
	if (is_separator(*given))
		return false;
	for (;; given++, name++) {
		if (is_separator(*given) && given[1] && !is_separator(given[1]))
			given++;
		if (is_separator(*name))
			name++;
		if (upper(*given) != upper(*name))
			return false;
		if (!*name)
			return true;
	}
}

int state_parse(const char *name)
{
	if (!strncasecmp(name, "TCP_", 4))
		name += 4;
	for (int state = TS_ESTABLISHED; state < TS_NEW_SYN_RECV; state++) {
		if (name_same(name, state_names[state]))
			return state;
	}
	for (size_t i = 0; i < COUNT(spellings); i++) {
		if (name_same(name, spellings[i].name))
			return spellings[i].state;
	}
	return -EINVAL;
}
