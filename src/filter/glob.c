// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compiles shell patterns to the bit-parallel automaton of include/tcpstate/filter.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "filter/glob.h"

enum { GLOB_BITS = 64, COMM_MAX = TS_COMM_LEN - 1 };

/* The state of compiling one pattern. Its tokens use the bits from `first` on. */
struct compiler {
	struct ts_glob glob;
	const char *at; /* the rest of the pattern */
	unsigned first;
	unsigned tokens;     /* so far, without `*` */
	bool starred;	     /* there is a `*` within the maximum length of a name */
	const char *full_at; /* the token after the first COMM_MAX */
	const char *pattern;
	struct error *error;
};

static unsigned bits_used(const struct ts_glob *g)
{
	__u64 ends = g->accept | g->refuse;

	return ends ? GLOB_BITS - (unsigned)__builtin_clzll(ends) : 0;
}

static int malformed(const struct compiler *c, const char *why, const char *remedy)
{
	return error_set(c->error, EINVAL, "pattern \"%.64s\" %s: %s", c->pattern, why, remedy);
}

static bool has_room(const struct compiler *c)
{
	return c->first + c->tokens < GLOB_BITS;
}

/* Tokens beyond the end of the automaton are only counted, for the error. */
static void take_byte(struct compiler *c, unsigned char byte)
{
	if (has_room(c))
		c->glob.takes[byte] |= UINT64_C(1) << (c->first + c->tokens);
}

static void take_set(struct compiler *c, const bool *set, bool negated)
{
	for (unsigned byte = 1; byte < 256; byte++)
		if (set[byte] != negated)
			take_byte(c, (unsigned char)byte);
}

/* A member of a set, or one end of a range; 0: the pattern has ended. */
static unsigned char read_member(struct compiler *c)
{
	if (*c->at == '\\')
		c->at++;
	return *c->at ? (unsigned char)*c->at++ : 0;
}

static int read_range(struct compiler *c, bool *set)
{
	unsigned char low, high;

	if (c->at[0] == '[' && c->at[1] && strchr(":.=", c->at[1]))
		return malformed(c, "has a [:class:]", "write ranges such as [a-z] instead");
	low = high = read_member(c);
	if (c->at[0] == '-' && c->at[1] && c->at[1] != ']') {
		c->at++;
		high = read_member(c);
	}
	if (!low || !high)
		return malformed(c, "has a [ that is not closed",
				 "add the ], or write \\[ for the character itself");
	if (high < low)
		return malformed(c, "has a range that runs backwards", "write the lower end first");
	memset(set + low, true, high - low + 1u);
	return 0;
}

static int read_set(struct compiler *c)
{
	bool set[256] = { false };
	bool negated = *c->at == '!' || *c->at == '^';
	int err;

	c->at += negated;
	do {
		err = read_range(c, set);
		if (err)
			return err;
	} while (*c->at != ']');
	c->at++;
	take_set(c, set, negated);
	return 0;
}

static int read_token(struct compiler *c)
{
	static const bool none[256];
	int err = 0;
	char byte;

	if (c->tokens == COMM_MAX && !c->full_at && *c->at != '*')
		c->full_at = c->at;
	byte = *c->at++;
	if (byte == '*') {
		if (has_room(c))
			c->glob.loop |= UINT64_C(1) << (c->first + c->tokens);
		c->starred |= c->tokens < COMM_MAX;
		return 0;
	}
	if (byte == '?')
		take_set(c, none, true);
	else if (byte == '[')
		err = read_set(c);
	else if (byte == '\\' && !*c->at)
		err = malformed(c, "ends in a backslash", "write \\\\ for the character itself");
	else
		take_byte(c, (unsigned char)(byte == '\\' ? *c->at++ : byte));
	c->tokens++;
	return err;
}

static int check_length(const struct compiler *c)
{
	if (c->tokens <= COMM_MAX)
		return 0;
	if (c->starred)
		return malformed(c,
				 "can never match: the kernel keeps 15 bytes of a command's name",
				 "shorten it");
	return error_set(c->error, EINVAL,
			 "\"%.64s\" can never match: the kernel keeps 15 bytes of a command's "
			 "name: use \"%.*s\"",
			 c->pattern, (int)(c->full_at - c->pattern), c->pattern);
}

int glob_add(struct ts_glob *g, const char *pattern, bool excluded, struct error *error)
{
	struct compiler c = {
		.glob = *g,
		.at = pattern,
		.first = bits_used(g),
		.pattern = pattern,
		.error = error,
	};
	int err = 0;

	while (!err && *c.at)
		err = read_token(&c);
	if (!err)
		err = check_length(&c);
	if (err)
		return err;
	if (!has_room(&c))
		return error_set(error, EINVAL,
				 "no room for \"%.64s\": each pattern takes its length and one, "
				 "and %u of 64 are taken: give fewer, or shorten them with *",
				 pattern, c.first);
	c.glob.start |= UINT64_C(1) << c.first;
	*(excluded ? &c.glob.refuse : &c.glob.accept) |= UINT64_C(1) << (c.first + c.tokens);
	*g = c.glob;
	return 0;
}

bool glob_matches(const struct ts_glob *g, const char *name)
{
	__u64 at = g->start;

	for (; *name; name++)
		at = (at & g->takes[(__u8)*name]) << 1 | (at & g->loop);
	return at & (g->accept | g->refuse);
}

bool glob_needs_end(const struct ts_glob *g)
{
	return g->loop & ~(g->accept | g->refuse);
}
