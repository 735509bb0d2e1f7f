/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys of the map of bpf/witness.bpf.c. */
#ifndef TCPSTATE_WITNESS_H
#define TCPSTATE_WITNESS_H

/* 8 bytes without padding. Both states TS_NEW_SYN_RECV: a retransmitted SYN-ACK. */
struct ts_sighting {
	__u16 lport; /* host order; 0: not chosen */
	__u16 rport;
	__u16 old_state;
	__u16 new_state;
};

#endif
