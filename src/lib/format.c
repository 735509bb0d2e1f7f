// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers, times and addresses as characters; escaping is in escape.c. */
#include "lib/format.h"

#include <time.h>

static const int64_t NS_PER_S = 1000000000;

static const char two_digits[] = "00010203040506070809101112131415161718192021222324"
				 "25262728293031323334353637383940414243444546474849"
				 "50515253545556575859606162636465666768697071727374"
				 "75767778798081828384858687888990919293949596979899";

static unsigned count_digits(uint64_t value)
{
	unsigned n = 1;

	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Exactly n digits, with leading zeros. */
static char *format_padded(char *at, uint64_t value, unsigned n)
{
	char *end = at + n;

	for (at = end; n >= 2; n -= 2, value /= 100) {
		at -= 2;
		memcpy(at, two_digits + value % 100 * 2, 2);
	}
	if (n)
		at[-1] = (char)('0' + value % 10);
	return end;
}

char *format_u64(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	return format_padded(at, value, count_digits(value));
}

char *format_base64(char *at, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t second = i + 1 < n ? bytes[i + 1] : 0,
			 third = i + 2 < n ? bytes[i + 2] : 0;
		uint32_t bits = (uint32_t)bytes[i] << 16 | second << 8 | third;

		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = i + 1 < n ? digits[bits >> 6 & 63] : '=';
		*at++ = i + 2 < n ? digits[bits & 63] : '=';
	}
	return at;
}

char *format_hex(char *at, uint64_t value)
{
	unsigned shift = value ? (63 - (unsigned)__builtin_clzll(value)) & ~3u : 0;

	for (;; shift -= 4) {
		*at++ = "0123456789abcdef"[value >> shift & 15];
		if (!shift)
			return at;
	}
}

char *format_process(char *at, const char *comm, size_t n, uint32_t pid)
{
	n = strnlen(comm, n);
	memcpy(at, comm, n);
	at += n;
	if (!pid)
		return at;
	*at++ = '[';
	at = format_u64(at, pid);
	*at++ = ']';
	return at;
}

char *format_ipv4(char *at, const uint8_t *address)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = format_u64(at, address[i]);
	}
	return at;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, 4.2). */
static int find_zero_run(const uint16_t *group, int *length)
{
	int best = -1, best_length = 1;

	for (int i = 0, n; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && !group[i + n]; n++)
			;
		if (n > best_length) {
			best = i;
			best_length = n;
		}
	}
	*length = best_length;
	return best;
}

char *format_ipv6(char *at, const uint8_t *address)
{
	uint16_t group[8];
	int run, run_length;

	for (int i = 0; i < 8; i++)
		group[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
	run = find_zero_run(group, &run_length);
	for (int i = 0; i < 8; i++) {
		if (i == run) {
			*at++ = ':';
			*at++ = ':';
			i += run_length - 1;
			continue;
		}
		if (i && i != run + run_length) /* without a run the sum is 0 */
			*at++ = ':';
		at = format_hex(at, group[i]);
	}
	return at;
}

/* Seconds and the nanoseconds after them, also before 1970. */
static int64_t split_second(int64_t wall_ns, uint32_t *ns)
{
	int64_t second = wall_ns / NS_PER_S;
	int64_t rest = wall_ns % NS_PER_S;

	if (rest < 0) {
		rest += NS_PER_S;
		second--;
	}
	*ns = (uint32_t)rest;
	return second;
}

/* "2026-11-29T18:37:45." or "18:37:45.", formatted once per second. */
static char *put_second(char *at, int64_t second, bool utc, struct format_second *last)
{
	time_t when = (time_t)second;
	struct tm tm;

	if (!last->length || last->second != second) {
		(void)(utc ? gmtime_r(&when, &tm) : localtime_r(&when, &tm));
		last->length = strftime(last->text, sizeof(last->text),
					utc ? "%Y-%m-%dT%H:%M:%S." : "%H:%M:%S.", &tm);
		last->second = second;
	}
	memcpy(at, last->text, sizeof(last->text));
	return at + last->length;
}

char *format_timestamp(char *at, int64_t wall_ns, struct format_second *last)
{
	uint32_t ns;
	int64_t second = split_second(wall_ns, &ns);

	at = format_padded(put_second(at, second, true, last), ns, 9);
	*at++ = 'Z';
	return at;
}

char *format_time(char *at, int64_t wall_ns, struct format_second *last)
{
	uint32_t ns;
	int64_t second = split_second(wall_ns, &ns);

	return format_padded(put_second(at, second, false, last), ns / 1000000, 3);
}

char *format_us(char *at, uint64_t ns)
{
	at = format_u64(at, ns / 1000);
	*at++ = '.';
	return format_padded(at, ns % 1000, 3);
}

/* value/unit with three significant digits, cut, not rounded: 999.9 never becomes 1000. */
static char *format_three(char *at, uint64_t value, uint64_t unit, const char *name)
{
	uint64_t whole = value / unit;

	at = format_u64(at, whole);
	if (whole < 10) {
		*at++ = '.';
		at = format_padded(at, value % unit * 100 / unit, 2);
	} else if (whole < 100) {
		*at++ = '.';
		at = format_padded(at, value % unit * 10 / unit, 1);
	}
	return format_name(at, name);
}

char *format_bytes(char *at, uint64_t bytes)
{
	static const char *const names[] = { "B", "K", "M", "G", "T" };
	size_t i = 0;

	while (i + 1 < sizeof(names) / sizeof(names[0]) && bytes >> (10 * (i + 1)))
		i++;
	if (!i)
		return format_name(format_u64(at, bytes), names[0]);
	return format_three(at, bytes, UINT64_C(1) << (10 * i), names[i]);
}

static char *format_two(char *at, uint64_t seconds, uint64_t unit, uint64_t small,
			const char *names)
{
	at = format_u64(at, seconds / unit);
	*at++ = names[0];
	at = format_padded(at, seconds % unit / small, 2);
	*at++ = names[1];
	return at;
}

char *format_duration(char *at, uint64_t ns, const char *micro)
{
	uint64_t seconds = ns / 1000000000;

	if (ns < 1000)
		return format_name(format_u64(at, ns), "ns");
	if (ns < 1000000) {
		at = format_u64(at, ns / 1000);
		return format_name(format_name(at, micro), "s");
	}
	if (!seconds)
		return format_three(at, ns, 1000000, "ms");
	if (seconds < 60)
		return format_three(at, ns, 1000000000, "s");
	if (seconds < 3600)
		return format_two(at, seconds, 60, 1, "ms");
	if (seconds < 86400)
		return format_two(at, seconds, 3600, 60, "hm");
	return format_two(at, seconds, 86400, 3600, "dh");
}
