/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which transitions TCP has: what RFC 9293 draws and Linux does. */
#ifndef TCP_TRANSITIONS_H
#define TCP_TRANSITIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * RFC 9293, section 3.3.2, as Linux does it: it passes FIN_WAIT_2 where the RFC lets FIN_WAIT_1
 * go to TIME_WAIT, has no way from LISTEN to SYN_SENT nor from SYN_RECV back to LISTEN, and a
 * child of a listener is born in SYN_RECV.
 */
bool transition_is_legal(unsigned old_state, unsigned new_state);
/* One that the scenarios show. A FIN cannot come before a handshake's end without data in SYN. */
bool transition_is_shown(unsigned old_state, unsigned new_state);

#endif
