// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes transitions in the form of expectations. */
#include "selftest/check.h"

#include <stdarg.h>
#include <string.h>

#include "tcp/handshake_drop.h"
#include "tcp/state.h"

/* Appends to a text of fixed size; truncates. */
static void append(char *to, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *to, size_t size, const char *fmt, ...)
{
	size_t length = strlen(to);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(to + length, size - length, fmt, args);
	va_end(args);
}

/* The actor with the PID, and its command name if that has changed. */
static void append_process(const struct test_case *test, uint32_t pid, const char *comm, char *to,
			   size_t size)
{
	for (int i = 0; i < ACTORS; i++) {
		if (!pid || (uint32_t)test->actor[i].pid != pid)
			continue;
		append(to, size, "%s", actor_names[i]);
		if (strncmp(comm, actor_names[i], TS_COMM_LEN))
			append(to, size, ":%.*s", TS_COMM_LEN, comm);
		return;
	}
	append(to, size, "%u:%.*s", pid, TS_COMM_LEN, comm);
}

/* The owner, and how it is known. */
static void append_owner(const struct test_case *test, const struct ts_transition *t, char *to,
			 size_t size)
{
	if (t->owner == TS_OWNER_UNKNOWN || t->owner == TS_OWNER_KERNEL)
		append(to, size, "?");
	else
		append_process(test, t->pid, t->comm, to, size);
	append(to, size, " %s", owner_name(t->owner));
}

static void append_end(const struct ts_transition *t, char *to, size_t size)
{
	const char *reason = reason_name(t->reason), *err = errno_name(t->err);

	if (reason)
		append(to, size, " %s", reason);
	if (err)
		append(to, size, " %s", err);
}

static void append_facts(const struct ts_transition *t, char *to, size_t size)
{
	uint32_t flags = t->frame.flags;
	bool out_of_handshake = t->old_state == TS_SYN_SENT || t->old_state == TS_SYN_RECV;

	if (t->rst)
		append(to, size, " rst=%s", t->rst == TS_RST_SENT ? "sent" : "received");
	if (out_of_handshake && flags >> TS_F_RETRANS_SHIFT)
		append(to, size, " retrans");
	if (flags & TS_F_COOKIE)
		append(to, size, " cookie");
	if (flags & TS_F_FAST_OPEN)
		append(to, size, " fast-open");
	if (flags & TS_F_REPAIRED)
		append(to, size, " repaired");
	if (ends_full_socket(t->old_state, t->new_state) && flags & TS_F_TOTALS)
		append(to, size, " in=%llu out=%llu", (unsigned long long)t->bytes_in,
		       (unsigned long long)t->bytes_out);
}

void check_describe(const struct test_case *test, const struct ts_transition *t, char *to,
		    size_t size)
{
	*to = '\0';
	append(to, size, "%s%s>%s ", t->frame.flags & TS_F_INFERRED ? "~" : "",
	       state_name(t->old_state), state_name(t->new_state));
	append_owner(test, t, to, size);
	append_end(t, to, size);
	if (t->frame.flags & TS_F_ACTOR) {
		append(to, size, " by=");
		append_process(test, t->by_pid, t->by_comm, to, size);
	}
	append_facts(t, to, size);
}

void check_describe_drop(const struct test_case *test, const struct ts_drop *drop, char *to,
			 size_t size)
{
	const struct endpoint *end = observed_endpoint(test, drop->lport, drop->rport);
	const char *why = handshake_drop_why(drop->why), *at = handshake_drop_at(drop);
	struct ts_transition t;

	handshake_drop_as_transition(drop, &t);
	*to = '\0';
	append(to, size, "%s %s %c ", why ? why : "?", at ? at : "-", end ? end->name : '?');
	append_owner(test, &t, to, size);
}
