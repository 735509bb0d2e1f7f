/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of states, owners, roles, reasons and errors. */
#ifndef TCP_STATE_H
#define TCP_STATE_H

#include <stdbool.h>

#include <tcpstate/event.h>

/* Static strings; "?" for an unknown number. */
const char *state_name(unsigned state);
const char *owner_name(unsigned owner);
const char *role_name(unsigned role);	  /* NULL for unknown */
const char *reason_name(unsigned reason); /* NULL for none */
const char *errno_name(unsigned err);	  /* "ECONNRESET"; NULL for 0 or no name */

/*
 * Accepts every usual spelling in any case: CLOSE_WAIT, close-wait, FIN_WAIT1, fin-wait-1,
 * SYN_RCVD, SYNC_RECEIVED, SYNC_SEND, LISTENING ... Returns the state or -EINVAL.
 */
int state_parse(const char *name);
/* Whether `given` is the name, ignoring case and `-` or `_` between letters. */
bool name_same(const char *given, const char *name);

#endif
