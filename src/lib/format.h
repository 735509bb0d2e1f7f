/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values as characters, fast. Every function writes at `at`, without a terminator, and returns the
 * end. The caller provides the room, at most as many bytes as below.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	FORMAT_U64 = 20,
	FORMAT_IPV6 = 39,
	FORMAT_TIMESTAMP = 40,
	FORMAT_DURATION = 24,
	FORMAT_TEXT_BYTE = 4, /* for each byte of input */
	FORMAT_JSON_BYTE = 6, /* for each byte of input */
};

/* The last second formatted: a date is computed once per second. */
struct format_second {
	int64_t second;
	size_t length; /* 0: none yet */
	char text[24];
};

static inline char *format_name(char *at, const char *name)
{
	size_t n = strlen(name);

	memcpy(at, name, n);
	return at + n;
}

char *format_u64(char *at, uint64_t value);
char *format_hex(char *at, uint64_t value);
/* RFC 4648 with padding: 4 characters for each 3 bytes. */
char *format_base64(char *at, const uint8_t *bytes, size_t n);
/*
 * comm[pid], or comm alone for PID 0. `comm` has at most n bytes, from outside: they are not
 * escaped.
 */
char *format_process(char *at, const char *comm, size_t n, uint32_t pid);
char *format_ipv4(char *at, const uint8_t *address);
/* RFC 5952; an embedded IPv4 address is written as groups, too. */
char *format_ipv6(char *at, const uint8_t *address);
/* RFC 3339 in UTC with nine decimals. */
char *format_timestamp(char *at, int64_t wall_ns, struct format_second *last);
/* HH:MM:SS.mmm in the local time zone; the caller has called tzset(). */
char *format_time(char *at, int64_t wall_ns, struct format_second *last);
/* Microseconds with three decimals. */
char *format_us(char *at, uint64_t ns);
/* For people: 850ns, 12µs, 1.53ms, 4.20s, 3m12s, 2h05m, 3d04h. `micro` is the letter's spelling. */
char *format_duration(char *at, uint64_t ns, const char *micro);
/* For people, by 1024: 512B, 1.50K, 34.2M, 120G, 3.00T. */
char *format_bytes(char *at, uint64_t bytes);

/*
 * Escapes bytes for a terminal or a text file: a byte that is not printable, not UTF-8 (or, without
 * utf8, not ASCII), or a backslash, becomes \xNN.
 */
char *format_text(char *at, const char *bytes, size_t n, bool utf8);
/* Each byte as \xNN. */
char *format_escaped(char *at, const char *bytes, size_t n);
/*
 * For the formats of other tools, which must keep the number of bytes: each byte of a character
 * that is not printable becomes `?`. Invalid UTF-8 stays, except for bytes that control a
 * terminal. A character that is cut off by the end stays, too.
 */
char *format_masked(char *at, const char *bytes, size_t n);
/*
 * Writes the inside of a JSON string. A byte that is not part of valid UTF-8 becomes U+FFFD.
 * Characters that control a terminal become \uNNNN.
 */
char *format_json(char *at, const char *bytes, size_t n);

#endif
