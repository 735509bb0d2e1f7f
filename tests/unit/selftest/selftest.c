// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TAP, /proc/net/tcp, patterns, scripts, the totals of the stress case. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "selftest/netns.h"
#include "selftest/actor.h"
#include "selftest/case.h"
#include "selftest/hidden.h"
#include "selftest/stress.h"
#include "selftest/tap.h"

static void test_tap(void **state)
{
	struct tap tap;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	tap_begin(&tap, out, 4);
	tap_result(&tap, true, "one", "# not shown\n");
	tap_result(&tap, false, "two", "# why\n# more\n");
	tap_skip(&tap, "three", "no such thing");
	tap_result(&tap, false, "four", NULL);
	tap_end(&tap);
	fclose(out);
	assert_string_equal(text, "TAP version 13\n"
				  "1..4\n"
				  "ok 1 - one\n"
				  "not ok 2 - two\n"
				  "# why\n"
				  "# more\n"
				  "ok 3 - three # SKIP no such thing\n"
				  "not ok 4 - four\n"
				  "# 1 passed, 2 failed, 1 skipped\n");
	assert_int_equal(tap.failed, 2);
	free(text);
}

static void test_endpoints(void **state)
{
	(void)state;
	assert_int_equal(endpoint_match(1, 0)->name, 'l');
	assert_int_equal(endpoint_match(2, 1)->name, 'c');
	assert_int_equal(endpoint_match(1, 2)->name, 's');
	assert_int_equal(endpoint_match(0, 1)->name, 'u');
	assert_int_equal(endpoint_match(CASE_PORTS, 1)->name, 'u');
	assert_int_equal(endpoint_match(1, CASE_PORTS)->name, 'v');
	assert_int_equal(endpoint_match(0, 9)->name, 'w');
	assert_null(endpoint_match(7, 1));
	assert_null(endpoint_match(7, 0));
	assert_null(endpoint_find('z'));
	assert_null(endpoint_find(0));
}

static size_t count_matches(const char *pattern)
{
	char *patterns[] = { (char *)pattern };
	struct error error = { "" };
	struct case_list *cases;
	size_t n;

	if (case_list_new(patterns, pattern ? 1 : 0, &cases, &error)) {
		assert_non_null(strstr(error.text, "--list"));
		return 0;
	}
	n = cases->n;
	case_list_free(cases);
	return n;
}

static void test_patterns(void **state)
{
	(void)state;
	assert_int_equal(count_matches("a listener opens and closes"), 2);
	assert_int_equal(count_matches("a listener opens and closes, ipv6"), 1);
	assert_int_equal(count_matches("a listener*"), 8);
	assert_int_equal(count_matches("no such test"), 0);
	assert_true(count_matches(NULL) > 100);
	assert_int_equal(count_matches("*"), count_matches(NULL));
}

/* Each step has an actor or a verb of the runner, and ends with a semicolon. */
static void assert_script(const char *script)
{
	static const char *const verbs[] = { "await", "trace", "hold", "scan",
					     "read",  "pause", "kill" };

	while (*script) {
		size_t length = strcspn(script, " ;\n");
		bool known = false;

		for (int i = 0; i < ACTORS; i++)
			known |= strlen(actor_names[i]) == length &&
				 !strncmp(script, actor_names[i], length);
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			known |= strlen(verbs[i]) == length && !strncmp(script, verbs[i], length);
		if (!known)
			fail_msg("no such actor or verb: \"%s\"", script);
		script += strcspn(script, ";\n");
		assert_int_equal(*script, ';');
		script += strspn(script, "; ");
	}
}

/* Each name is unique, and each step is one that the runner knows. */
static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; selftest_tables[i]; i++)
		for (const struct scenario *s = selftest_tables[i]; s->name; s++) {
			size_t same = 0;

			for (size_t j = 0; selftest_tables[j]; j++)
				for (const struct scenario *t = selftest_tables[j]; t->name; t++)
					same += !strcmp(s->name, t->name);
			assert_int_equal(same, 1);
			assert_null(strpbrk(s->name, "#*?[\\"));
			assert_script(s->script);
		}
}

static void stress_make(struct stress *stress, uint64_t connections, uint64_t listeners)
{
	static const uint8_t of_connection[][2] = {
		{ TS_CLOSED, TS_SYN_SENT },	  { TS_SYN_SENT, TS_ESTABLISHED },
		{ TS_ESTABLISHED, TS_FIN_WAIT_1 }, { TS_FIN_WAIT_1, TS_FIN_WAIT_2 },
		{ TS_FIN_WAIT_2, TS_TIME_WAIT },  { TS_LISTEN, TS_SYN_RECV },
		{ TS_SYN_RECV, TS_ESTABLISHED },  { TS_ESTABLISHED, TS_CLOSE_WAIT },
		{ TS_CLOSE_WAIT, TS_LAST_ACK },	  { TS_LAST_ACK, TS_CLOSED },
	};

	memset(stress, 0, sizeof(*stress));
	for (size_t i = 0; i < sizeof(of_connection) / sizeof(of_connection[0]); i++)
		stress->transitions[of_connection[i][0]][of_connection[i][1]] = connections;
	stress->transitions[TS_CLOSED][TS_LISTEN] = stress->transitions[TS_LISTEN][TS_CLOSED] = listeners;
}

static bool stress_passes(const struct stress *stress, enum hook_tier tier)
{
	char *text;
	size_t size;
	FILE *why = open_memstream(&text, &size);
	const struct sightings none = { 0 };
	bool good = stress_check(stress, &none, tier, why);

	fclose(why);
	assert_non_null(strstr(text, "expected, "));
	free(text);
	return good;
}

static void test_stress(void **state)
{
	const uint64_t all = STRESS_PROCESSES * STRESS_CONNECTIONS;
	struct stress stress;

	(void)state;
	stress_make(&stress, all, STRESS_PROCESSES);
	assert_true(stress_passes(&stress, HOOK_TIER_FENTRY));
	assert_true(stress_passes(&stress, HOOK_TIER_TRACEPOINT));
	stress.transitions[TS_FIN_WAIT_2][TS_TIME_WAIT] = 1; /* orphans' */
	assert_true(stress_passes(&stress, HOOK_TIER_TRACEPOINT));
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress_make(&stress, all, STRESS_PROCESSES);
	stress.transitions[TS_LAST_ACK][TS_CLOSED] -= 2;
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress.lost = 1;
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress.lost = 2;
	assert_true(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress.lost = 100; /* too many, even if reported as lost */
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress_make(&stress, all, STRESS_PROCESSES);
	stress.transitions[TS_LAST_ACK][TS_CLOSED]++;
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
	stress_make(&stress, all, 0);
	assert_false(stress_passes(&stress, HOOK_TIER_FENTRY));
}

/* What the witness saw of the stress case: `less` of its last transition were hidden from it. */
static void witness(struct sightings *sightings, uint64_t less)
{
	struct stress stress;

	stress_make(&stress, STRESS_PROCESSES * STRESS_CONNECTIONS, STRESS_PROCESSES);
	stress.transitions[TS_LAST_ACK][TS_CLOSED] -= less;
	sightings_free(sightings);
	sightings->taken = true;
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new = 0; new < TS_STATES; new++) {
			struct ts_sighting what = { .lport = STRESS_PORT,
						    .rport = 40000,
						    .old_state = (uint16_t)old,
						    .new_state = (uint16_t)new };

			if (stress.transitions[old][new])
				assert_int_equal(sightings_add(sightings, &what,
							       stress.transitions[old][new]), 0);
		}
}

static bool passes_by_witness(const struct stress *stress, const struct sightings *sightings)
{
	char *text;
	size_t size;
	FILE *why = open_memstream(&text, &size);
	bool good = stress_check(stress, sightings, HOOK_TIER_FENTRY, why);

	fclose(why);
	free(text);
	return good;
}

/* A transition is excused only if an independent program was not shown it either. */
static void test_stress_hidden(void **state)
{
	const uint64_t all = STRESS_PROCESSES * STRESS_CONNECTIONS;
	const struct ts_sighting other = { .lport = 80, .old_state = TS_LAST_ACK };
	struct sightings sightings = { 0 };
	struct stress stress;

	(void)state;
	stress_make(&stress, all, STRESS_PROCESSES);
	stress.transitions[TS_LAST_ACK][TS_CLOSED] -= 5;
	witness(&sightings, 5);
	assert_int_equal(stress_hidden(&stress, &sightings), 5);
	assert_int_equal(sightings_add(&sightings, &other, 100), 0); /* other ports */
	assert_true(passes_by_witness(&stress, &sightings));
	witness(&sightings, 6); /* the tracer saw one more */
	assert_int_equal(stress_hidden(&stress, &sightings), 5);
	assert_true(passes_by_witness(&stress, &sightings));
	witness(&sightings, 4);
	assert_false(passes_by_witness(&stress, &sightings));
	witness(&sightings, 0);
	assert_int_equal(stress_hidden(&stress, &sightings), 0);
	assert_false(passes_by_witness(&stress, &sightings));
	witness(&sightings, 5);
	sightings.taken = false;
	assert_false(passes_by_witness(&stress, &sightings));
	/* a kernel that shows no transition of a kind to anybody has no working tracepoint */
	stress.transitions[TS_LAST_ACK][TS_CLOSED] = stress.transitions[TS_CLOSE_WAIT][TS_LAST_ACK] = 0;
	sightings_free(&sightings);
	sightings.taken = true;
	assert_false(passes_by_witness(&stress, &sightings));
	sightings_free(&sightings);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tap),	 
		cmocka_unit_test(test_endpoints), cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_stress),
		cmocka_unit_test(test_stress_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
