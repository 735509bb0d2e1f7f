// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcp/handshake_drop.h"

#include <string.h>

void handshake_drop_as_transition(const struct ts_drop *drop, struct ts_transition *t)
{
	*t = (struct ts_transition){
		.frame = drop->frame,
		.mono_ns = drop->mono_ns,
		.id = drop->id,
		.cgroup = drop->cgroup,
		.lport = drop->lport,
		.rport = drop->rport,
		.netns = drop->netns,
		.pid = drop->pid,
		.uid = drop->uid,
		.family = drop->family,
		.device = drop->device,
		.owner = drop->owner,
		.role = TS_ROLE_SERVER,
	};
	memcpy(t->laddr, drop->laddr, sizeof(t->laddr));
	memcpy(t->raddr, drop->raddr, sizeof(t->raddr));
	memcpy(t->device_name, drop->device_name, sizeof(t->device_name));
	memcpy(t->comm, drop->comm, sizeof(t->comm));
	t->frame.flags &= TS_F_MAPPED | TS_F_PID_HIDDEN;
	if (drop->why != TS_DROP_SYNACK_RETRANS)
		return;
	t->old_state = TS_SYN_RECV;
	t->frame.flags |= (__u32)drop->retrans << TS_F_RETRANS_SHIFT;
}

const char *handshake_drop_why(unsigned why)
{
	static const char *const names[TS_DROP_WHYS] = {
		[TS_DROP_ACCEPT_QUEUE] = "accept-queue-full",
		[TS_DROP_SYN_QUEUE] = "syn-queue-full",
		[TS_DROP_COOKIE] = "cookie",
		[TS_DROP_SYNACK_RETRANS] = "synack-retransmitted",
	};

	return why < TS_DROP_WHYS ? names[why] : NULL;
}

const char *handshake_drop_at(const struct ts_drop *drop)
{
	if (drop->why == TS_DROP_SYNACK_RETRANS)
		return NULL;
	return drop->at_ack ? "ack" : "syn";
}

const char *handshake_drop_event(const struct ts_drop *drop)
{
	switch (drop->why) {
	case TS_DROP_ACCEPT_QUEUE:
	case TS_DROP_SYN_QUEUE:
		return drop->at_ack ? "! ACK dropped" : "! SYN dropped";
	case TS_DROP_COOKIE:
		return "! SYN cookie sent";
	case TS_DROP_SYNACK_RETRANS:
		return "! SYN-ACK retransmitted";
	default:
		return "! handshake drop";
	}
}

bool handshake_drop_failed(const struct ts_drop *drop)
{
	return drop->why == TS_DROP_ACCEPT_QUEUE || drop->why == TS_DROP_SYN_QUEUE;
}
