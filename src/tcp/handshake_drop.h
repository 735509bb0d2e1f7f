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
void drop_as_transition(const struct ts_drop *drop, struct ts_transition *t);
/* JSON's `why`, NULL for a number of a later version; and `at`, NULL where no packet came. */
const char *drop_why(const struct ts_drop *drop);
const char *drop_at(const struct ts_drop *drop);
/* What happened, for people. */
const char *drop_event(const struct ts_drop *drop);
/* A packet was thrown away: PRODUCT's --failed. */
bool drop_failed(const struct ts_drop *drop);

#endif
