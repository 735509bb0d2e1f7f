/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a RST was sent: the names of the kernel's enum sk_rst_reason. The numbers are those of
 * recordings (event.h), which never change; the kernel's do.
 */
#ifndef TCP_RST_REASON_H
#define TCP_RST_REASON_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

struct btf;

/* Append-only. 0 is TS_RST_REASON_UNKNOWN: the kernel gave none, or NOT_SPECIFIED. */
enum rst_reason {
	RESET_NO_SOCKET = 1,
	RESET_TCP_INVALID_ACK_SEQUENCE,
	RESET_TCP_RFC7323_PAWS,
	RESET_TCP_TOO_OLD_ACK,
	RESET_TCP_ACK_UNSENT_DATA,
	RESET_TCP_FLAGS,
	RESET_TCP_OLD_ACK,
	RESET_TCP_ABORT_ON_DATA,
	RESET_TCP_TIMEWAIT_SOCKET,
	RESET_INVALID_SYN,
	RESET_TCP_ABORT_ON_CLOSE,
	RESET_TCP_ABORT_ON_LINGER,
	RESET_TCP_ABORT_ON_MEMORY,
	RESET_TCP_STATE,
	RESET_TCP_KEEPALIVE_TIMEOUT,
	RESET_TCP_DISCONNECT_WITH_DATA,
	RESET_MPTCP_RST_EUNSPEC,
	RESET_MPTCP_RST_EMPTCP,
	RESET_MPTCP_RST_ERESOURCE,
	RESET_MPTCP_RST_EPROHIBIT,
	RESET_MPTCP_RST_EWQ2BIG,
	RESET_MPTCP_RST_EBADPERF,
	RESET_MPTCP_RST_EMIDDLEBOX,
	RESET_ERROR,
	RESET_REASONS,
};

_Static_assert((int)RESET_REASONS <= (int)TS_RST_REASONS_MAX, "reasons of a reset");

/* "sent" or "received"; NULL: none; "?": not in enum ts_rst. */
const char *rst_name(unsigned rst);
/* The kernel's name without SK_RST_REASON_; NULL for 0; "?" for a later version's number. */
const char *rst_reason_name(unsigned reason);
/* The number of a name, with or without SK_RST_REASON_; 0 for NOT_SPECIFIED; -ENOENT: unknown. */
int rst_reason_number(const char *name);
/*
 * Fills table[the kernel's number] with the number in recordings, or 0. Returns how many are not 0:
 * none before 6.10, which does not have reasons.
 */
size_t rst_translation(const struct btf *btf, uint8_t *table, size_t n);

#endif
