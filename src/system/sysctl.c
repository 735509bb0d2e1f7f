// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the sysctls, and computes the kernel's timeouts from them. */
#include "system/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/number.h"

/* RFC 6298's first timeout, and TCP_RTO_MIN and TCP_RTO_MAX of include/net/tcp.h; ms. */
static const uint64_t FIRST_RTO_MS = 1000;
static const uint64_t RTO_MIN_MS = 200;
static const uint64_t RTO_MAX_MS = 120000;
enum {
	RETRIES_MAX = 255,	  /* a byte in the kernel */
	ORPHAN_RETRIES_FOR_0 = 8, /* tcp_orphan_retries() */
};

static const char *const names[SYSCTLS] = {
	[SYSCTL_FIN_TIMEOUT] = "net.ipv4.tcp_fin_timeout",
	[SYSCTL_MAX_TW_BUCKETS] = "net.ipv4.tcp_max_tw_buckets",
	[SYSCTL_TW_REUSE] = "net.ipv4.tcp_tw_reuse",
	[SYSCTL_TW_REUSE_DELAY] = "net.ipv4.tcp_tw_reuse_delay",
	[SYSCTL_RFC1337] = "net.ipv4.tcp_rfc1337",
	[SYSCTL_KEEPALIVE_TIME] = "net.ipv4.tcp_keepalive_time",
	[SYSCTL_KEEPALIVE_INTVL] = "net.ipv4.tcp_keepalive_intvl",
	[SYSCTL_KEEPALIVE_PROBES] = "net.ipv4.tcp_keepalive_probes",
	[SYSCTL_RETRIES1] = "net.ipv4.tcp_retries1",
	[SYSCTL_RETRIES2] = "net.ipv4.tcp_retries2",
	[SYSCTL_SYN_RETRIES] = "net.ipv4.tcp_syn_retries",
	[SYSCTL_SYN_LINEAR_TIMEOUTS] = "net.ipv4.tcp_syn_linear_timeouts",
	[SYSCTL_SYNACK_RETRIES] = "net.ipv4.tcp_synack_retries",
	[SYSCTL_MAX_SYN_BACKLOG] = "net.ipv4.tcp_max_syn_backlog",
	[SYSCTL_SYNCOOKIES] = "net.ipv4.tcp_syncookies",
	[SYSCTL_SOMAXCONN] = "net.core.somaxconn",
	[SYSCTL_ORPHAN_RETRIES] = "net.ipv4.tcp_orphan_retries",
	[SYSCTL_MAX_ORPHANS] = "net.ipv4.tcp_max_orphans",
	[SYSCTL_ABORT_ON_OVERFLOW] = "net.ipv4.tcp_abort_on_overflow",
	[SYSCTL_LOCAL_PORT_RANGE] = "net.ipv4.ip_local_port_range",
	[SYSCTL_MIGRATE_REQ] = "net.ipv4.tcp_migrate_req",
	[SYSCTL_FASTOPEN] = "net.ipv4.tcp_fastopen",
	[SYSCTL_RTO_MAX] = "net.ipv4.tcp_rto_max_ms",
};

const char *sysctl_name(enum sysctl_id id)
{
	return names[id];
}

/* Replaces blanks and tabs between numbers by one blank and removes those at the end. */
static void tidy(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == ' ' || *from == '\t' || *from == '\n';

		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

static int read_text(const char *root, const char *name, char *text, size_t size)
{
	char path[256];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *dot = path + strlen(root) + 1; *dot; dot++)
		*dot = *dot == '.' ? '/' : *dot;
	n = file_read_text(AT_FDCWD, path, text, size);
	tidy(text);
	return n < 0 ? (int)n : 0;
}

static bool first_number(const char *text, uint64_t *number)
{
	char first[64];

	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(text, " "), text);
	return !number_parse(first, 0, UINT64_MAX, number);
}

/* Without any sysctl (/proc is not mounted) none is known to be absent. */
void sysctl_read_all(const char *root, struct sysctl values[SYSCTLS])
{
	char folder[256];
	bool any;

	(void)snprintf(folder, sizeof(folder), "%s/net", root);
	any = !access(folder, F_OK);
	for (int i = 0; i < SYSCTLS; i++) {
		struct sysctl *value = &values[i];

		*value = (struct sysctl){ 0 };
		value->err = read_text(root, names[i], value->text, sizeof(value->text));
		value->absent = any && value->err == -ENOENT;
		value->numeric = !value->err && first_number(value->text, &value->number);
	}
}

static uint64_t number_or(const struct sysctl *value, uint64_t otherwise)
{
	return value->numeric ? value->number : otherwise;
}

/* A sysctl since 6.15. */
static uint64_t rto_max(const struct sysctl *values)
{
	return number_or(&values[SYSCTL_RTO_MAX], RTO_MAX_MS);
}

/* tcp_model_timeout(): `boundary` retransmissions; the timeout doubles, up to the longest. */
static uint64_t model_timeout(uint64_t boundary, uint64_t first, uint64_t longest)
{
	uint64_t sum = 0, rto = first;

	/* tcp_model_timeout() doubles whole powers only: ilog2(longest / first) */
	for (uint64_t i = 0; i <= boundary; i++) {
		sum += rto;
		rto = 2 * rto <= longest ? 2 * rto : longest;
	}
	return sum;
}

/*
 * The time until connect() fails with ETIMEDOUT: tcp_write_timeout() decides at each timeout,
 * tcp_retransmit_timer() sets the next. The first tcp_syn_linear_timeouts (6.5) do not double.
 */
static uint64_t syn_timeout(const struct sysctl *values)
{
	uint64_t retries = values[SYSCTL_SYN_RETRIES].number;
	uint64_t linear = number_or(&values[SYSCTL_SYN_LINEAR_TIMEOUTS], 0);
	uint64_t longest = rto_max(values);
	uint64_t model = model_timeout(retries, FIRST_RTO_MS, longest);
	uint64_t now = FIRST_RTO_MS, rto = FIRST_RTO_MS;

	for (uint64_t sent = 0; sent < retries + linear && (!sent || now < model); sent++) {
		if (sent + 1 > linear)
			rto = 2 * rto <= longest ? 2 * rto : longest;
		now += rto;
	}
	return now;
}

static uint64_t retries_timeout(const struct sysctl *values, uint64_t retries)
{
	return model_timeout(retries, RTO_MIN_MS, rto_max(values));
}

static enum sysctl_unit derive_ports(const struct sysctl *value, uint64_t *derived)
{
	const char *second = strchr(value->text, ' ');
	uint64_t last;

	if (!second || number_parse(second + 1, value->number, UINT16_MAX, &last))
		return SYSCTL_NOTHING;
	*derived = last - value->number + 1;
	return SYSCTL_COUNT;
}

static enum sysctl_unit derive_keepalive(const struct sysctl *values, uint64_t *derived)
{
	const struct sysctl *time = &values[SYSCTL_KEEPALIVE_TIME];
	const struct sysctl *interval = &values[SYSCTL_KEEPALIVE_INTVL];

	if (!time->numeric || !interval->numeric)
		return SYSCTL_NOTHING;
	*derived = 1000 *
		   (time->number + interval->number * values[SYSCTL_KEEPALIVE_PROBES].number);
	return SYSCTL_MS;
}

enum sysctl_unit sysctl_derive(const struct sysctl values[SYSCTLS], enum sysctl_id id,
			       uint64_t *derived)
{
	const struct sysctl *value = &values[id];

	if (!value->numeric || value->number > INT32_MAX)
		return SYSCTL_NOTHING;
	switch (id) {
	case SYSCTL_FIN_TIMEOUT:
	case SYSCTL_KEEPALIVE_TIME:
	case SYSCTL_KEEPALIVE_INTVL:
		*derived = 1000 * value->number;
		return SYSCTL_MS;
	case SYSCTL_TW_REUSE_DELAY:
	case SYSCTL_RTO_MAX:
		*derived = value->number;
		return SYSCTL_MS;
	case SYSCTL_KEEPALIVE_PROBES:
		return derive_keepalive(values, derived);
	case SYSCTL_LOCAL_PORT_RANGE:
		return derive_ports(value, derived);
	default:
		break;
	}
	if (value->number > RETRIES_MAX)
		return SYSCTL_NOTHING;
	switch (id) {
	case SYSCTL_SYN_RETRIES:
		*derived = syn_timeout(values);
		return SYSCTL_MS;
	case SYSCTL_SYNACK_RETRIES: /* reqsk_timer_handler() */
		*derived = model_timeout(value->number, FIRST_RTO_MS, rto_max(values));
		return SYSCTL_MS;
	case SYSCTL_RETRIES2:
		*derived = retries_timeout(values, value->number);
		return SYSCTL_MS;
	case SYSCTL_ORPHAN_RETRIES:
		*derived = retries_timeout(values,
					   value->number ? value->number : ORPHAN_RETRIES_FOR_0);
		return SYSCTL_MS;
	default:
		return SYSCTL_NOTHING;
	}
}
