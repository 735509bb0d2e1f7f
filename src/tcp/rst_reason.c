// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The reasons of include/net/rstreason.h, 7.3. */
#include "tcp/rst_reason.h"

#include <errno.h>
#include <string.h>

#define PREFIX "SK_RST_REASON_"

_Static_assert((int)RESET_TCP_ABORT_ON_DATA == TS_RST_REASON_TCP_ABORT_ON_DATA, "numbers");
_Static_assert((int)RESET_INVALID_SYN == TS_RST_REASON_INVALID_SYN, "numbers");
_Static_assert((int)RESET_TCP_STATE == TS_RST_REASON_TCP_STATE, "numbers");

static const char *const reasons[RESET_REASONS] = {
	[TS_RST_REASON_UNKNOWN] = "NOT_SPECIFIED",
	[RESET_NO_SOCKET] = "NO_SOCKET",
	[RESET_TCP_INVALID_ACK_SEQUENCE] = "TCP_INVALID_ACK_SEQUENCE",
	[RESET_TCP_RFC7323_PAWS] = "TCP_RFC7323_PAWS",
	[RESET_TCP_TOO_OLD_ACK] = "TCP_TOO_OLD_ACK",
	[RESET_TCP_ACK_UNSENT_DATA] = "TCP_ACK_UNSENT_DATA",
	[RESET_TCP_FLAGS] = "TCP_FLAGS",
	[RESET_TCP_OLD_ACK] = "TCP_OLD_ACK",
	[RESET_TCP_ABORT_ON_DATA] = "TCP_ABORT_ON_DATA",
	[RESET_TCP_TIMEWAIT_SOCKET] = "TCP_TIMEWAIT_SOCKET",
	[RESET_INVALID_SYN] = "INVALID_SYN",
	[RESET_TCP_ABORT_ON_CLOSE] = "TCP_ABORT_ON_CLOSE",
	[RESET_TCP_ABORT_ON_LINGER] = "TCP_ABORT_ON_LINGER",
	[RESET_TCP_ABORT_ON_MEMORY] = "TCP_ABORT_ON_MEMORY",
	[RESET_TCP_STATE] = "TCP_STATE",
	[RESET_TCP_KEEPALIVE_TIMEOUT] = "TCP_KEEPALIVE_TIMEOUT",
	[RESET_TCP_DISCONNECT_WITH_DATA] = "TCP_DISCONNECT_WITH_DATA",
	[RESET_MPTCP_RST_EUNSPEC] = "MPTCP_RST_EUNSPEC",
	[RESET_MPTCP_RST_EMPTCP] = "MPTCP_RST_EMPTCP",
	[RESET_MPTCP_RST_ERESOURCE] = "MPTCP_RST_ERESOURCE",
	[RESET_MPTCP_RST_EPROHIBIT] = "MPTCP_RST_EPROHIBIT",
	[RESET_MPTCP_RST_EWQ2BIG] = "MPTCP_RST_EWQ2BIG",
	[RESET_MPTCP_RST_EBADPERF] = "MPTCP_RST_EBADPERF",
	[RESET_MPTCP_RST_EMIDDLEBOX] = "MPTCP_RST_EMIDDLEBOX",
	[RESET_ERROR] = "ERROR",
};

const char *rst_name(unsigned rst)
{
	static const char *const names[TS_RSTS] = {
		[TS_RST_RECEIVED] = "received",
		[TS_RST_SENT] = "sent",
	};

	return rst < TS_RSTS ? names[rst] : "?";
}

const char *rst_reason_name(unsigned reason)
{
	if (reason == TS_RST_REASON_UNKNOWN)
		return NULL;
	return reason < RESET_REASONS ? reasons[reason] : "?";
}

int rst_reason_number(const char *name)
{
	if (!strncmp(name, PREFIX, sizeof(PREFIX) - 1))
		name += sizeof(PREFIX) - 1;
	for (int i = 0; i < RESET_REASONS; i++) {
		if (!strcmp(name, reasons[i]))
			return i;
	}
	return -ENOENT;
}
