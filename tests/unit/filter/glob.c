// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Command name patterns: compared with fnmatch(3), and their limits. */
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/glob.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { ROUNDS = 200000 };

static int add(struct ts_glob *g, const char *pattern)
{
	struct error error = {""};
	int err = glob_add(g, pattern, false, &error);

	if (!err != !*error.text)
		fail_msg("%s: %d with the text \"%s\"", pattern, err, error.text);
	return err;
}

static bool matches(const struct ts_glob *g, const char *name)
{
	char comm[TS_COMM_LEN] = "";

	memcpy(comm, name, strnlen(name, sizeof(comm)));
	return ts_filter_comm(g, comm) == TS_INCLUDED && g->accept;
}

static void refuse(struct ts_glob *g, const char *pattern, const char *words)
{
	struct ts_glob before = *g;
	struct error error = {""};

	if (glob_add(g, pattern, false, &error) != -EINVAL)
		fail_msg("%s is not refused", pattern);
	if (!strstr(error.text, words))
		fail_msg("%s: %s (wanted: %s)", pattern, error.text, words);
	assert_memory_equal(g, &before, sizeof(before));
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool match;
	} cases[] = {
		{"nginx", "nginx", true},
		{"nginx", "nginx2", false},
		{"nginx", "ngin", false},
		{"nginx", "", false},
		{"*", "", true},
		{"*", "123456789012345", true},
		{"**", "x", true},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY", false},
		{"*-fpm", "php-fpm", true},
		{"*a", "aaba", true},
		{"?", "", false},
		{"?", "x", true},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[!a-c]x", "dx", true},
		{"[^a-c]x", "bx", false},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[a-]", "-", true},
		{"[-a]", "-", true},
		{"\\*", "*", true},
		{"\\*", "x", false},
		{"[\\]a]", "]", true},
		{"a\\,b", "a,b", true},
		{"kworker/0:1", "kworker/0:1", true},
		{"]", "]", true},
		{"\xc3\xa9*", "\xc3\xa9t\xc3\xa9", true},
		{"???????????????", "123456789012345", true},
		{"*?????????????*", "123456789012345", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_glob g = {0};

		assert_int_equal(add(&g, cases[i].pattern), 0);
		if (matches(&g, cases[i].name) != cases[i].match)
			fail_msg("%s on %s is not %d", cases[i].pattern, cases[i].name,
				 cases[i].match);
	}
}

/* A name that is longer than those that the kernel keeps. */
static void test_long_names(void **state)
{
	static const struct {
		const char *pattern;
		bool matches, needs_end;
	} cases[] = {
		{"inventory-*-prod*", true, true}, {"*prod", true, true},   {"*service*", true, true},
		{"inventory-*", true, false},	   {"nginx", false, false}, {"inv*test", false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_glob g = {0};

		assert_int_equal(add(&g, cases[i].pattern), 0);
		if (glob_matches(&g, "inventory-service-prod") != cases[i].matches ||
		    glob_needs_end(&g) != cases[i].needs_end)
			fail_msg("%s", cases[i].pattern);
	}
}

static void test_malformed(void **state)
{
	static const char *const unclosed[] = {"[",   "[a",	"a[",  "[]",   "[!",	"[!]",
					       "[a-", "[a-]b[", "[\\", "[a\\", "[a-\\", "[\\]"};
	struct ts_glob g = {0};

	(void)state;
	assert_int_equal(add(&g, "x*"), 0);
	for (size_t i = 0; i < COUNT(unclosed); i++)
		refuse(&g, unclosed[i], "[ that is not closed");
	refuse(&g, "a\\", "ends in a backslash");
	refuse(&g, "[z-a]", "runs backwards");
	refuse(&g, "[[:alpha:]]", "has a [:class:]");
	refuse(&g, "[a[.b.]]", "has a [:class:]");
}

static void test_too_long(void **state)
{
	struct ts_glob g = {0};

	(void)state;
	assert_int_equal(add(&g, "my-very-long-pr"), 0);
	refuse(&g, "my-very-long-program",
	       "can never match: the kernel keeps 15 bytes of a command's name: use "
	       "\"my-very-long-pr\"");
	refuse(&g, "my-very-[l]ong-program*", "use \"my-very-[l]ong-pr\"");
	refuse(&g, "*my-very-long-program", "shorten it");
	refuse(&g, "????????????????", "use \"???????????????\"");
}

static void test_room(void **state)
{
	struct ts_glob g = {0};

	(void)state;
	/* 4 × 16 places, to the last. */
	assert_int_equal(add(&g, "aaaaaaaaaaaaaaa"), 0);
	assert_int_equal(add(&g, "bbbbbbbbbbbbbbb"), 0);
	assert_int_equal(add(&g, "ccccccccccccccc"), 0);
	assert_int_equal(add(&g, "dddddddddddddd"), 0);
	refuse(&g, "e", "63 of 64 are taken");
	assert_int_equal(add(&g, "*"), 0);
	refuse(&g, "*", "64 of 64 are taken");
	assert_true(matches(&g, "anything"));

	memset(&g, 0, sizeof(g));
	for (char c = '@'; c < '@' + 32; c++) {
		char pattern[] = {'\\', c, '\0'};

		assert_int_equal(add(&g, pattern), 0);
	}
	refuse(&g, "x", "64 of 64 are taken");
	assert_true(matches(&g, "@") && matches(&g, "_"));
	assert_false(matches(&g, "AB") || matches(&g, "a"));
}

/* xorshift: the same sequence on every run. */
static unsigned draw(uint64_t *seed, unsigned below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned)(*seed >> 32) % below;
}

static void draw_name(uint64_t *seed, char *name)
{
	unsigned n = draw(seed, TS_COMM_LEN);

	for (unsigned i = 0; i < n; i++)
		name[i] = "aabbc-]!\\"[draw(seed, 9)];
	name[n] = '\0';
}

static void draw_pattern(uint64_t *seed, char *pattern)
{
	static const char *const tokens[] = {"a",     "b",    "c",	 "*",	  "*",	    "?",
					     "-",     "]",    "\\*",	 "\\\\",  "[ab]",   "[!ab]",
					     "[a-c]", "[]-]", "[!-]",	 "[b-b]", "[\\]a]", "[!c-]",
					     "\\a",   "!",    "[a-\\c]", "[^]]"};
	unsigned n = 1 + draw(seed, 7);

	*pattern = '\0';
	for (unsigned i = 0; i < n; i++)
		strcat(pattern, tokens[draw(seed, COUNT(tokens))]);
}

static void test_against_fnmatch(void **state)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	unsigned matched = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct ts_glob g = {0};
		char patterns[3][64];
		char name[TS_COMM_LEN];
		unsigned count = 1 + draw(&seed, COUNT(patterns));
		bool wanted = false;

		draw_name(&seed, name);
		for (unsigned i = 0; i < count; i++) {
			draw_pattern(&seed, patterns[i]);
			assert_int_equal(add(&g, patterns[i]), 0);
			wanted |= !fnmatch(patterns[i], name, 0);
		}
		matched += wanted;
		if (matches(&g, name) != wanted)
			fail_msg("round %d: %u patterns, the last %s, on %s: fnmatch says %d",
				 round, count, patterns[count - 1], name, wanted);
	}
	/* A comparison that only ever sees one answer shows nothing. */
	assert_in_range(matched, ROUNDS / 20, ROUNDS / 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),	cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_too_long),	cmocka_unit_test(test_room),
		cmocka_unit_test(test_against_fnmatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
