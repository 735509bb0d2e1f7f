/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a RST was sent for: the names of the kernel's enum sk_rst_reason by numbers of our
 * own (event.h), which are in recordings and never change, as those of the kernel do.
 */
#ifndef TCP_RST_REASON_H
#define TCP_RST_REASON_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

struct btf;

/* Append-only. 0 is TS_RST_REASON_UNKNOWN: the kernel did not say (NOT_SPECIFIED, too). */
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

/* "sent", "received"; NULL: none; "?": no number of enum ts_rst. */
const char *rst_name(unsigned rst);
/* The kernel's name without SK_RST_REASON_; NULL for 0; "?" for a later version's number. */
const char *rst_reason_name(unsigned reason);
/* Of such a name, with or without SK_RST_REASON_: 0 for NOT_SPECIFIED, -ENOENT for no such name. */
int rst_reason_number(const char *name);
/*
 * table[value in this kernel] = number of ours, 0 for those that have none. Returns how many
 * have one: 0 where the kernel gives no reasons (before 6.10).
 */
size_t rst_translation(const struct btf *btf, uint8_t *table, size_t n);

#endif
