/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sysctls that govern TCP's states, and the times that follow from their values. */
#ifndef SYSTEM_SYSCTL_H
#define SYSTEM_SYSCTL_H

#include <stdbool.h>
#include <stdint.h>

enum sysctl_id {
	SYSCTL_FIN_TIMEOUT,
	SYSCTL_MAX_TW_BUCKETS,
	SYSCTL_TW_REUSE,
	SYSCTL_TW_REUSE_DELAY,
	SYSCTL_RFC1337,
	SYSCTL_KEEPALIVE_TIME,
	SYSCTL_KEEPALIVE_INTVL,
	SYSCTL_KEEPALIVE_PROBES,
	SYSCTL_RETRIES1,
	SYSCTL_RETRIES2,
	SYSCTL_SYN_RETRIES,
	SYSCTL_SYN_LINEAR_TIMEOUTS,
	SYSCTL_SYNACK_RETRIES,
	SYSCTL_MAX_SYN_BACKLOG,
	SYSCTL_SYNCOOKIES,
	SYSCTL_SOMAXCONN,
	SYSCTL_ORPHAN_RETRIES,
	SYSCTL_MAX_ORPHANS,
	SYSCTL_ABORT_ON_OVERFLOW,
	SYSCTL_LOCAL_PORT_RANGE,
	SYSCTL_MIGRATE_REQ,
	SYSCTL_FASTOPEN,
	SYSCTL_RTO_MAX,
	SYSCTLS,
};

struct sysctl {
	int err;	 /* 0 or the errno of reading it */
	bool absent;	 /* the kernel or the network namespace does not have it */
	char text[64];	 /* as the kernel prints it, with single blanks */
	uint64_t number; /* the first number, if `numeric` */
	bool numeric;
};

enum sysctl_unit { SYSCTL_NOTHING, SYSCTL_MS, SYSCTL_COUNT };

/* "net.ipv4.tcp_fin_timeout" */
const char *sysctl_name(enum sysctl_id id);
/* Reads all, of the caller's network namespace. root: "/proc/sys". */
void sysctl_read_all(const char *root, struct sysctl values[SYSCTLS]);
/*
 * Derives a time in milliseconds, or a number of ports, from a value and related values.
 * SYSCTL_NOTHING: there is nothing to derive, or a value is missing.
 */
enum sysctl_unit sysctl_derive(const struct sysctl values[SYSCTLS], enum sysctl_id id,
			       uint64_t *derived);

#endif
