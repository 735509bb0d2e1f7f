/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshakes in trouble, as the field table and the filters take them: like transitions. */
#ifndef TCP_HANDSHAKE_DROP_H
#define TCP_HANDSHAKE_DROP_H

#include <stdbool.h>

#include <tcpstate/event.h>

/*
 * What a drop has in common with a transition: whose it is, its addresses, its time. A SYN-ACK
 * sent again is of SYN_RECV; where nothing was kept of the connection there is no state.
 */
void handshake_drop_as_transition(const struct ts_drop *drop, struct ts_transition *t);
/* JSON's `why`, NULL for a number of a later version; and `at`, NULL where no packet came. */
const char *handshake_drop_why(const struct ts_drop *drop);
const char *handshake_drop_at(const struct ts_drop *drop);
/* What happened, for people. */
const char *handshake_drop_event(const struct ts_drop *drop);
/* A packet was thrown away: PRODUCT's --failed. */
bool handshake_drop_failed(const struct ts_drop *drop);

#endif
