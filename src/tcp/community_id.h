/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The Community ID of a flow, version 1 (github.com/corelight/community-id-spec): both directions of a
 * connection have the same, in Zeek, Suricata and others.
 */
#ifndef TCP_COMMUNITY_ID_H
#define TCP_COMMUNITY_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { COMMUNITY_ID_BYTES = 20 };

struct flow {
	uint8_t family; /* 4 or 6 */
	uint8_t proto;
	const uint8_t *laddr, *raddr; /* network order */
	uint16_t lport, rport;	      /* host order */
	uint16_t seed;
};

/* false: built without libmd. */
bool community_id_is_supported(void);
/* The digest, which is printed in base64 after "1:". Returns false if it is not supported. */
bool community_id(const struct flow *flow, uint8_t digest[COMMUNITY_ID_BYTES]);

#endif
