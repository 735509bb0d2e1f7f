// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Community ID, with the SHA-1 of libmd. */
#include "tcp/community_id.h"

#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#include <sha1.h>

_Static_assert((int)COMMUNITY_ID_BYTES == (int)SHA1_DIGEST_LENGTH, "digest");

bool community_id_is_supported(void)
{
	return true;
}

static uint8_t *put_port(uint8_t *at, uint16_t port)
{
	*at++ = (uint8_t)(port >> 8);
	*at++ = (uint8_t)port;
	return at;
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* The smaller address comes first; of equal ones, that with the smaller port. */
static bool is_reversed(const struct flow *flow, size_t length)
{
	int order = memcmp(flow->laddr, flow->raddr, length);

	return order > 0 || (!order && flow->lport > flow->rport);
}

bool community_id(const struct flow *flow, uint8_t digest[COMMUNITY_ID_BYTES])
{
	const size_t length = flow->family == 4 ? 4 : 16;
	bool reversed = is_reversed(flow, length);
	uint8_t bytes[2 + 2 * 16 + 2 + 2 * 2], *at = put_port(bytes, flow->seed);
	SHA1_CTX sha1;

	at = put_bytes(at, reversed ? flow->raddr : flow->laddr, length);
	at = put_bytes(at, reversed ? flow->laddr : flow->raddr, length);
	*at++ = flow->proto;
	*at++ = 0;
	at = put_port(at, reversed ? flow->rport : flow->lport);
	at = put_port(at, reversed ? flow->lport : flow->rport);
	SHA1Init(&sha1);
	SHA1Update(&sha1, bytes, (size_t)(at - bytes));
	SHA1Final(digest, &sha1);
	return true;
}
