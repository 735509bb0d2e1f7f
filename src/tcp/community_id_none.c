// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replaces community_id.c in a build without libmd. */
#include "tcp/community_id.h"

bool community_id_is_supported(void)
{
	return false;
}

bool community_id(const struct flow *flow, uint8_t digest[COMMUNITY_ID_BYTES])
{
	return false;
}
