/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshake drops: their names, and their fields as those of a transition. */
#ifndef TCP_HANDSHAKE_DROP_H
#define TCP_HANDSHAKE_DROP_H

#include <stdbool.h>

#include <tcpstate/event.h>

/*
 * Copies the fields that a drop shares with a transition: owner, addresses, time. A retransmitted
 * SYN-ACK has the old state SYN_RECV. Other drops have no state: the kernel kept no request socket.
 */
void handshake_drop_as_transition(const struct ts_drop *drop, struct ts_transition *t);
/* JSON's `why` by enum ts_drop_why; NULL: a number of a later version. */
const char *handshake_drop_why(unsigned why);
/* JSON's `at`: "syn" or "ack"; NULL: no packet arrived. */
const char *handshake_drop_at(const struct ts_drop *drop);
/* The event in the text output. */
const char *handshake_drop_event(const struct ts_drop *drop);
/* A packet was dropped, so --failed selects it. */
bool handshake_drop_failed(const struct ts_drop *drop);

#endif
