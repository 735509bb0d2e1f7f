// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A handshake is over with the transition out of SYN_SENT or SYN_RECV, which has its duration.
 * In a simultaneous open a client goes from SYN_SENT to SYN_RECV: its start is remembered.
 */
#include "events/handshake.h"

#include <errno.h>
#include <stdlib.h>

#include "tcp/state.h"
#include "tcp/transitions.h"

/* Simultaneous opens at one time; the oldest is dropped: its duration is then unknown. */
enum { SIMULTANEOUS_MAX = 256 };

struct simultaneous {
	uint64_t id;
	uint64_t since_ns;
	uint32_t retrans;
};

struct handshakes {
	struct consumer consumer;
	unsigned next; /* slot in `opens` */
	struct simultaneous opens[SIMULTANEOUS_MAX];
};

int handshakes_new(struct consumer next, struct handshakes **handshakes)
{
	*handshakes = calloc(1, sizeof(**handshakes));
	if (!*handshakes)
		return -ENOMEM;
	(*handshakes)->consumer = next;
	return 0;
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
	handshakes->opens[handshakes->next++ % SIMULTANEOUS_MAX] = (struct simultaneous){
		.id = t->id, .since_ns = t->since_ns, .retrans = retrans_of(t)
	};
}

/* Sets the start in SYN_SENT. The kernel's count of retransmitted SYNs goes on in SYN_RECV. */
static void restore_start(struct handshakes *handshakes, struct ts_transition *whole)
{
	uint32_t retrans = retrans_of(whole);

	whole->since_ns = 0;
	for (unsigned i = 0; i < SIMULTANEOUS_MAX && whole->id; i++) {
		struct simultaneous *open = &handshakes->opens[i];

		if (open->id != whole->id)
			continue;
		whole->since_ns = open->since_ns;
		if (open->retrans > retrans)
			retrans = open->retrans;
		open->id = 0;
	}
	whole->frame.flags &= (1u << TS_F_RETRANS_SHIFT) - 1;
	whole->frame.flags |= retrans << TS_F_RETRANS_SHIFT;
}

int handshakes_take(void *context, const struct stream_frame *in)
{
	const struct ts_transition *t = (const struct ts_transition *)in->frame;
	struct handshakes *handshakes = context;
	const struct ts_frame *frame = in->frame;
	struct ts_transition whole;

	if (frame->type == TS_FRAME_TRANSITION) {
		if (t->old_state == TS_SYN_SENT && is_syn_recv(t->new_state))
			remember(handshakes, t);
		if (!handshake_is_over(t) || t->frame.flags & TS_F_REPAIRED)
			return 0;
		if (is_syn_recv(t->old_state) && t->role == TS_ROLE_CLIENT) {
			whole = *t;
			restore_start(handshakes, &whole);
			frame = &whole.frame;
		}
	}
	return consumer_take(&handshakes->consumer, frame, in->clock_offset);
}

const char *handshake_outcome(const struct ts_transition *t)
{
	if (!handshake_is_over(t))
		return NULL;
	if (t->new_state == TS_ESTABLISHED)
		return "established";
	if (t->new_state != TS_CLOSED) /* close() came before the last ACK */
		return "closed";
	return t->reason == TS_REASON_NONE ? "failed" : reason_name(t->reason);
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
