// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Facts of transitions, each checked by what the others of the socket say. */
#include "selftest/check.h"

#include <stdarg.h>
#include <string.h>

#include "tcp/state.h"

/* One transition of a socket, with what is expected of it. */
struct view {
	const struct check *check;
	const struct observed_socket *socket;
	const struct endpoint *end;
	const struct ts_transition *t;
	const struct ts_transition *last; /* the one before; NULL: the first */
	const struct step *step;	  /* NULL: none */
};

/* One thing that does not hold. */
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
	/* the kernel chooses a port after that */
	bool port_pending = t->old_state == TS_CLOSED && !step_says(view, STEP_PORT);
	uint16_t port = view->check->test->port;
	bool good = true;

	if (t->family != view->check->test->family)
		good = wrong(view, "family is %u", t->family);
	if (end->local ? t->lport != port + end->local : !t->lport && !port_pending)
		good = wrong(view, "lport is %u", t->lport);
	if ((end->remote && t->rport != port + end->remote) || (listens && t->rport))
		good = wrong(view, "rport is %u", t->rport);
	if (!address_is(t, t->laddr, false))
		good = wrong(view, "laddr is not that of lo");
	if (!address_is(t, t->raddr, listens))
		good = wrong(view, listens ? "a listener has a peer" : "raddr is not that of lo");
	return good;
}

/*
 * Where nothing was seen before, but the kernel notes when a half-open connection began: that must be
 * in the past.
 */
static bool kernel_noted_start(const struct view *view)
{
	const struct ts_transition *t = view->t;

	return !view->last && t->old_state == TS_SYN_RECV && t->since_ns &&
	       t->since_ns < t->mono_ns;
}

/* The time in the old state begins where the last transition was, if that was seen. */
static bool check_times(const struct view *view)
{
	const struct ts_transition *t = view->t, *last = view->last;
	uint64_t since = last && !step_says(view, STEP_NO_DURATION) ? last->mono_ns : 0;
	uint64_t took_us = (t->mono_ns - t->since_ns) / 1000;
	bool good = true;

	if (last && t->mono_ns < last->mono_ns)
		good = wrong(view, "it comes before the transition that led to it");
	if (last && t->old_state != last->new_state)
		good = wrong(view, "the socket was in %s", state_name(last->new_state));
	if (t->since_ns != since && !kernel_noted_start(view))
		good = wrong(view, since ? "the time in the old state is not right" :
					   "the time in the old state cannot be known");
	if (view->step && took_us < view->step->min_ms * 1000ull)
		good = wrong(view, "it came after %llu us, %u ms were to pass",
			     (unsigned long long)took_us, view->step->min_ms);
	return good;
}

/* Others are of a socket that is older than the trace. */
static bool is_first(const struct ts_transition *t)
{
	return t->old_state == TS_CLOSED || t->old_state == TS_LISTEN;
}

/* The lifetime counts from the first transition; a socket may have had several lives. */
static bool check_totals(const struct view *view, size_t index)
{
	const struct ts_transition *t = view->t, *first = t;
	const struct observed_socket *socket = view->socket;
	uint64_t first_ns;
	bool good = true;

	while (!is_first(first) && index)
		first = socket->list[--index];
	/* not known where it began: of the SYN that a cookie answered nothing was kept */
	first_ns = index + 1 < socket->n && !socket->list[index + 1]->since_ns ? 0 : first->mono_ns;
	if (t->frame.flags & TS_F_TOTALS && is_first(first) && t->first_seen_ns != first_ns)
		good = wrong(view, "its lifetime does not begin with its first transition");
	if (step_says(view, STEP_RETRANSMITTED) && !t->segs_retrans)
		good = wrong(view, "no segment was counted as sent again");
	return good;
}

static bool check_identity(const struct view *view)
{
	const struct ts_transition *t = view->t;
	uint64_t cookie = view->check->test->cookie[view->socket->name - 'a'];
	bool owned = t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
	bool older = !is_first(view->socket->list[0]);
	bool good = true;

	if (!t->id)
		good = wrong(view, "its id is not known");
	else if (cookie && !view->socket->nth && t->id != cookie)
		good = wrong(view, "its id is %llu, the kernel's cookie %llu",
			     (unsigned long long)t->id, (unsigned long long)cookie);
	if (t->role != view->end->role && !(older && !t->role))
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
