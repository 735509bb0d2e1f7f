// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A handshake is over with the transition out of SYN_SENT or SYN_RECV, and that knows how long
 * it took. But when both ends open at once a client goes on from SYN_SENT to SYN_RECV: those few
 * are remembered.
 */
#include "events/handshake.h"

#include <errno.h>
#include <stdlib.h>

#include "fields/row.h"
#include "tcp/state.h"

/* Simultaneous opens at one time; the oldest is forgotten, and then its duration is not known. */
enum { CROSSED_MAX = 256 };

struct crossed {
	uint64_t id;
	uint64_t since_ns;
	uint32_t retrans;
};

struct handshakes {
	unsigned next;
	struct crossed crossed[CROSSED_MAX];
};

int handshakes_new(struct handshakes **handshakes)
{
	*handshakes = calloc(1, sizeof(**handshakes));
	return *handshakes ? 0 : -ENOMEM;
}

void handshakes_free(struct handshakes *handshakes)
{
	free(handshakes);
}

static uint32_t retrans_of(const struct ts_transition *t)
{
	return t->frame.flags >> TS_F_RETRANS_SHIFT;
}

static bool is_syn_recv(unsigned state)
{
	return state == TS_SYN_RECV || state == TS_NEW_SYN_RECV;
}

bool handshake_is_over(const struct ts_transition *t)
{
	return transition_from_handshake(t) && !is_syn_recv(t->new_state);
}

static void remember(struct handshakes *handshakes, const struct ts_transition *t)
{
	handshakes->crossed[handshakes->next++ % CROSSED_MAX] = (struct crossed){
		.id = t->id, .since_ns = t->since_ns, .retrans = retrans_of(t)
	};
}

/* What began in SYN_SENT. The kernel's count of SYNs sent again goes on in SYN_RECV. */
static void take_back(struct handshakes *handshakes, struct ts_transition *whole)
{
	uint32_t retrans = retrans_of(whole);

	whole->since_ns = 0;
	for (unsigned i = 0; i < CROSSED_MAX && whole->id; i++) {
		struct crossed *crossed = &handshakes->crossed[i];

		if (crossed->id != whole->id)
			continue;
		whole->since_ns = crossed->since_ns;
		if (crossed->retrans > retrans)
			retrans = crossed->retrans;
		crossed->id = 0;
	}
	whole->frame.flags &= (1u << TS_F_RETRANS_SHIFT) - 1;
	whole->frame.flags |= retrans << TS_F_RETRANS_SHIFT;
}

bool handshakes_take(struct handshakes *handshakes, const struct ts_transition *t,
		     struct ts_transition *whole)
{
	if (t->old_state == TS_SYN_SENT && is_syn_recv(t->new_state))
		remember(handshakes, t);
	if (!handshake_is_over(t))
		return false;
	*whole = *t;
	if (is_syn_recv(t->old_state) && t->role == TS_ROLE_CLIENT)
		take_back(handshakes, whole);
	return true;
}

const char *handshake_outcome(const struct ts_transition *t)
{
	if (!handshake_is_over(t))
		return NULL;
	if (t->new_state == TS_ESTABLISHED)
		return "established";
	/* the last ACK was not waited for */
	return t->new_state == TS_CLOSED ? reason_name(t->reason) : "closed";
}

void handshakes_filter(struct ts_filter *f)
{
	bool all = !(f->on & TS_BY_STATE);

	for (unsigned old = 0; old < sizeof(f->pair) / sizeof(f->pair[0]); old++) {
		bool within = old == TS_SYN_SENT || is_syn_recv(old);

		if (all)
			f->pair[old] = within ? UINT16_MAX : 0;
		else if (!within)
			f->pair[old] = 0;
	}
	f->pair[TS_SYN_SENT] |= 1 << TS_SYN_RECV;
	f->on |= TS_BY_STATE;
}
