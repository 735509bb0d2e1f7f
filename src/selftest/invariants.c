// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checks each transition of a socket against the others. */
#include "selftest/check.h"

#include <stdarg.h>
#include <string.h>

#include "tcp/state.h"

/* One transition with its context. */
struct view {
	const struct check *check;
	const struct observed_socket *socket;
	const struct endpoint *end;
	const struct ts_transition *t;
	const struct ts_transition *last; /* the previous one; NULL: this is the first */
	const struct step *step;	  /* NULL: none */
};

/* Prints a violation. Returns false. */
static bool wrong(const struct view *view, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(const struct view *view, const char *fmt, ...)
{
	FILE *why = view->check->why;
	va_list args;

	(void)fprintf(why, "# socket %c%s, %s>%s: ", view->socket->name,
		      marks_of(view->socket->nth), state_name(view->t->old_state),
		      state_name(view->t->new_state));
	va_start(args, fmt);
	(void)vfprintf(why, fmt, args);
	va_end(args);
	(void)fputc('\n', why);
	return false;
}

static bool step_says(const struct view *view, enum step_fact fact)
{
	return view->step && view->step->facts & fact;
}

static bool address_is(const struct ts_transition *t, const uint8_t *address, bool none)
{
	static const uint8_t nothing[TS_ADDR_LEN], v4[TS_ADDR_LEN] = { 127, 0, 0, 1 },
						   v6[TS_ADDR_LEN] = { [15] = 1 };

	return !memcmp(address, none ? nothing : t->family == 4 ? v4 : v6, TS_ADDR_LEN);
}

static bool check_addresses(const struct view *view)
{
	const struct ts_transition *t = view->t;
	const struct endpoint *end = view->end;
	bool listens = !end->remote && !end->unbound;
	/* the kernel chooses the port after this transition, or found none */
	bool port_pending = (t->old_state == TS_CLOSED && !step_says(view, STEP_PORT)) ||
			    t->reason == TS_REASON_NO_LOCAL_PORT;
	uint16_t port = view->check->test->port;
	bool good = true;

	if (t->family != view->check->test->family)
		good = wrong(view, "family is %u", t->family);
	if (end->local ? t->lport != port + end->local : !t->lport && !port_pending)
		good = wrong(view, "lport is %u", t->lport);
	if ((end->remote && t->rport != port + end->remote) || (listens && t->rport))
		good = wrong(view, "rport is %u", t->rport);
	if (!address_is(t, t->laddr, false))
		good = wrong(view, "laddr is not a loopback address");
	if (!address_is(t, t->raddr, listens))
		good = wrong(view,
			     listens ? "a listener has a peer" : "raddr is not a loopback address");
	return good;
}

/*
 * The kernel records the start of a half-open connection, so the first observed transition may
 * have a time in its old state. It must be in the past.
 */
static bool kernel_noted_start(const struct view *view)
{
	const struct ts_transition *t = view->t;

	return !view->last && t->old_state == TS_SYN_RECV && t->since_ns &&
	       t->since_ns < t->mono_ns;
}

/*
 * Without hooks on request sockets the start of a handshake comes from the kernel's first round trip
 * time. There is none after a retransmitted SYN-ACK, and whole milliseconds count as none. See also
 * starts_known() in report.c.
 */
static bool start_may_be_unknown(const struct view *view)
{
	return view->last && view->last->old_state == TS_LISTEN &&
	       view->last->frame.flags & TS_F_INFERRED && !view->t->since_ns;
}

/* The time in the old state starts at the previous transition, if that was observed. */
static bool check_times(const struct view *view)
{
	const struct ts_transition *t = view->t, *last = view->last;
	uint64_t since = last && !step_says(view, STEP_NO_DURATION) ? last->mono_ns : 0;
	uint64_t took_us = (t->mono_ns - t->since_ns) / 1000;
	bool good = true;

	if (last && t->mono_ns < last->mono_ns)
		good = wrong(view, "earlier than the previous transition");
	if (last && t->old_state != last->new_state)
		good = wrong(view, "previous state was %s", state_name(last->new_state));
	if (t->since_ns != since && !kernel_noted_start(view) && !start_may_be_unknown(view))
		good = wrong(view, since ? "wrong time in the old state" :
					   "time in the old state should be unknown");
	if (view->step && took_us < view->step->min_ms * 1000ull)
		good = wrong(view, "came after %llu us, expected at least %u ms",
			     (unsigned long long)took_us, view->step->min_ms);
	return good;
}

/* False for a socket that is older than the trace. */
static bool is_first(const struct ts_transition *t)
{
	return t->old_state == TS_CLOSED || t->old_state == TS_LISTEN;
}

/* The lifetime starts at the first transition; one socket can have several lifetimes. */
static bool check_totals(const struct view *view, size_t index)
{
	const struct ts_transition *t = view->t, *first = t;
	const struct observed_socket *socket = view->socket;
	uint64_t first_ns;
	bool good = true;

	while (!is_first(first) && index)
		first = socket->list[--index];
	/* unknown start: the kernel keeps nothing of a SYN answered by a cookie */
	first_ns = index + 1 < socket->n && !socket->list[index + 1]->since_ns ? 0 : first->mono_ns;
	if (t->frame.flags & TS_F_TOTALS && is_first(first) && t->first_seen_ns != first_ns)
		good = wrong(view, "lifetime does not start at the first transition");
	if (step_says(view, STEP_RETRANSMITTED) && !t->segs_retrans)
		good = wrong(view, "no retransmitted segment was counted");
	return good;
}

/* TCP_REPAIR made it: either end may be restored. */
static bool is_repaired(const struct observed_socket *socket)
{
	for (size_t i = 0; i < socket->n; i++)
		if (socket->list[i]->frame.flags & TS_F_REPAIRED)
			return true;
	return false;
}

static bool check_identity(const struct view *view)
{
	unsigned role = is_repaired(view->socket) ? TS_ROLE_UNKNOWN : view->end->role;
	const struct ts_transition *t = view->t;
	uint64_t cookie = view->check->test->cookie[view->socket->name - 'a'];
	bool owned = t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
	bool older = !is_first(view->socket->list[0]);
	bool good = true;

	if (!t->id)
		good = wrong(view, "id is unknown");
	else if (cookie && !view->socket->nth && t->id != cookie)
		good = wrong(view, "id is %llu, the kernel's cookie is %llu",
			     (unsigned long long)t->id, (unsigned long long)cookie);
	if (t->role != role && !(older && !t->role))
		good = wrong(view, "role is %u", t->role);
	if (t->netns != view->check->facts->netns)
		good = wrong(view, "netns is %u", t->netns);
	if (owned && t->uid != view->check->facts->uid)
		good = wrong(view, "uid is %u", t->uid);
	return good;
}

static const struct step *step_of(const struct check *check, const struct observed_socket *socket,
				  const struct ts_transition *t)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct step *step = &check->steps[i];

		if (!step->not_shown_here && step_is_of(step, socket) && step_has_pair(step, t))
			return step;
	}
	return NULL;
}

bool check_invariants(const struct check *check, const struct observed_socket *socket)
{
	struct view view = { .check = check, .socket = socket, .end = endpoint_find(socket->name) };
	bool good = true;

	for (size_t i = 0; i < socket->n; i++) {
		view.last = view.t;
		view.t = socket->list[i];
		view.step = step_of(check, socket, view.t);
		good &= check_identity(&view);
		good &= check_addresses(&view);
		good &= check_times(&view);
		good &= check_totals(&view, i);
	}
	return good;
}
