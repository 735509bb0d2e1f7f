// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Computes and reports the result of each test. */
#include "selftest/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/transitions.h"
#include "selftest/drop.h"
#include "tcp/state.h"

enum { NAME_MAX_BYTES = 192, RUN_TESTS = 8, STARTS_UNKNOWN_IN = 4, EXCUSED_MAX = 10 };

static const char not_shown[] = "not shown by tracepoints alone";
static const char hidden[] = "this kernel hid a transition from all BPF programs";
static const char preempted[] = "this kernel skipped a BPF program that a preempted task was in";
static const char no_record[] = "this kernel did not allocate the record of a socket";

int run_parse(struct run *run, struct error *error)
{
	size_t n = run->cases->n;
	char line[LINE_MAX_BYTES];

	run->steps = calloc(n * STEPS_MAX, sizeof(*run->steps));
	run->n_steps = calloc(n, sizeof(*run->n_steps));
	if (!run->steps || !run->n_steps)
		return error_set(error, ENOMEM, "no memory for the tests");
	for (size_t i = 0; i < n; i++) {
		const struct scenario *scenario = run->cases->tests[i].scenario;

		run->n_steps[i] = expect_parse(scenario->expect, run->tier,
					       run->steps + i * STEPS_MAX, STEPS_MAX, line,
					       sizeof(line));
		if (run->n_steps[i] < 0)
			return error_set(error, EBADMSG,
					 "the test \"%s\" has a line that cannot be "
					 "read: %s",
					 scenario->name, line);
	}
	return 0;
}

void run_free(struct run *run)
{
	observed_free(&run->observed);
	sightings_free(&run->sightings);
	free(run->steps);
	free(run->n_steps);
	free(run->programs);
}

static const struct step *steps_of(const struct run *run, const struct test_case *test, size_t *n)
{
	size_t i = (size_t)(test - run->cases->tests);

	*n = (size_t)run->n_steps[i];
	return run->steps + i * STEPS_MAX;
}

static bool has_program(const struct run *run, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = run->programs; at && *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") == length && !strncmp(at, name, length))
			return true;
	return !run->programs;
}

const char *run_skips(const struct run *run, const struct test_case *test)
{
	if (test->family == 6 && !run->has_ipv6)
		return "no IPv6";
	if (test->scenario->flags & SCENARIO_LONG && !run->long_tests)
		return "takes more than a minute: --long";
	if (test->scenario->flags & SCENARIO_NEEDS_HOOKS && run->tier == HOOK_TIER_TRACEPOINT)
		return not_shown;
	if (test->scenario->flags & SCENARIO_STRESS && run->tier == HOOK_TIER_KPROBE)
		return "the kernel skips a kprobe while another one runs on that CPU";
	if (run->tier == HOOK_TIER_TRACEPOINT && test->scenario->needs &&
	    !has_program(run, test->scenario->needs))
		return "a tracepoint that this kernel does not have";
	return NULL;
}

static struct check check_of(const struct run *run, const struct test_case *test, FILE *why)
{
	struct check check = {
		.test = test, .observed = &run->observed, .facts = &run->facts, .why = why
	};

	check.steps = steps_of(run, test, &check.n);
	return check;
}

static unsigned hooked_steps(const struct step *steps, size_t n)
{
	unsigned needs_hooks = 0;

	for (size_t i = 0; i < n; i++)
		needs_hooks += steps[i].needs_hooks;
	return needs_hooks;
}

bool run_is_complete(const struct run *run, const struct test_case *test)
{
	char line[DROP_TEXT], *text = NULL;
	struct check check;
	size_t size;
	bool good;

	check = check_of(run, test, open_memstream(&text, &size));
	if (!check.why)
		return true;
	good = test->scenario->flags & SCENARIO_STRESS ?
		       stress_check(&run->stress, &run->sightings, run->tier, check.why) :
		       check_case(&check);
	for (size_t i = 0; i < check.n; i++)
		if (check.steps[i].needs_hooks && !check.steps[i].not_shown_here)
			good &= check_hooked_step(&check, &check.steps[i]);
	for (size_t i = 0; drop_line(test->scenario, i, line); i++)
		good &= !has_program(run, drop_program(line)) ||
			drop_check(test, line, &run->observed, check.why);
	(void)fclose(check.why);
	free(text);
	return good;
}

/*
 * Skips a test that failed, if it may have failed by what the kernel skipped or refused, which is
 * counted. One such loss can fail a few tests, but not many.
 */
static bool excuse(const struct run *run, const char *name, const char *why, struct tap *tap)
{
	bool skipped = run->hooks_skipped || run->counters.missed;

	if ((!skipped && !run->counters.without_record) || tap->excused == EXCUSED_MAX)
		return false;
	tap->excused++;
	tap_skip(tap, name, skipped ? preempted : no_record);
	(void)fputs(why ? why : "", tap->out);
	return true;
}

static void report_good_or_not(const struct run *run, bool good, const char *name, const char *why,
			       struct tap *tap)
{
	if (good || !excuse(run, name, why, tap))
		tap_result(tap, good, name, why);
}

static void report_hooked_step(const struct run *run, const struct test_case *test,
			       const struct step *step, const char *case_title, const char *skip,
			       struct tap *tap)
{
	char name[NAME_MAX_BYTES + 64], *why = NULL;
	struct check check;
	size_t size;
	bool good;

	(void)snprintf(name, sizeof(name), "%s: %c%s %s>%s", case_title, step->socket,
		       marks_of(step->nth), state_name(step->old_state),
		       state_name(step->new_state));
	if (!skip && step->not_shown_here)
		skip = not_shown;
	if (skip) {
		tap_skip(tap, name, skip);
		return;
	}
	check = check_of(run, test, open_memstream(&why, &size));
	good = check.why && check_hooked_step(&check, step);
	if (check.why)
		(void)fclose(check.why);
	report_good_or_not(run, good, name, why, tap);
	free(why);
}

static void report_drop(const struct run *run, const struct test_case *test, const char *line,
			const char *case_title, const char *skip, struct tap *tap)
{
	char name[NAME_MAX_BYTES + 64], *why = NULL;
	int why_length = (int)strcspn(line, " ");
	const char *socket = strchr(line + why_length + 1, ' '); /* after syn, ack or - */
	size_t size;
	FILE *file;
	bool good;
	const struct check check = check_of(run, test, NULL);

	(void)snprintf(name, sizeof(name), "%s: %c %.*s", case_title, socket ? socket[1] : '?',
		       why_length, line);
	if (!skip && !has_program(run, drop_program(line)))
		skip = not_shown;
	if (skip) {
		tap_skip(tap, name, skip);
		return;
	}
	file = open_memstream(&why, &size);
	good = file && drop_check(test, line, &run->observed, file);
	if (file)
		(void)fclose(file);
	if (!good && hidden_drop(&check, &run->sightings, line))
		tap_skip(tap, name, hidden);
	else
		report_good_or_not(run, good, name, why, tap);
	free(why);
}

/* True if a test case that was not skipped passed; differences go to `why`. */
static bool examine(const struct run *run, const struct test_case *test, FILE *why)
{
	const struct check check = check_of(run, test, why);

	if (test->state == CASE_DONE)
		return test->scenario->flags & SCENARIO_STRESS ?
			       stress_check(&run->stress, &run->sightings, run->tier, why) :
			       check_case(&check);
	(void)fprintf(why, "# step \"%s\": %s; observed:\n", test->line, test->why);
	check_print_observed(test, &run->observed, why);
	return false;
}

/* The transitions of a test case that were hidden; lines on them go to `why`. */
static uint64_t hidden_in(const struct run *run, const struct test_case *test, FILE *why)
{
	const struct check check = check_of(run, test, why);

	if (test->state != CASE_DONE)
		return 0;
	return test->scenario->flags & SCENARIO_STRESS ?
		       stress_hidden(&run->stress, &run->sightings) :
		       hidden_steps(&check, &run->sightings, why);
}

/* A test case that lacks what no BPF program was shown proves nothing; the stress case counts it. */
static void report_result(const struct run *run, const struct test_case *test, const char *name,
			  struct tap *tap)
{
	char *why = NULL;
	size_t size;
	FILE *file = open_memstream(&why, &size);
	bool good = file && examine(run, test, file), lacks = false;

	if (file && !good && !(test->scenario->flags & SCENARIO_STRESS))
		lacks = hidden_in(run, test, file);
	if (file)
		(void)fclose(file);
	if (lacks)
		tap_skip(tap, name, hidden);
	else
		report_good_or_not(run, good, name, why, tap);
	if (lacks || (good && (run->verbosity > 0 || hidden_in(run, test, NULL))))
		(void)fputs(why, tap->out);
	if (good && run->verbosity > 0)
		check_print_observed(test, &run->observed, tap->out);
	free(why);
}

static void report_case(const struct run *run, const struct test_case *test, struct tap *tap)
{
	const char *skip = test->state == CASE_SKIPPED ? test->why : run_skips(run, test);
	char name[NAME_MAX_BYTES], line[DROP_TEXT];
	size_t n;
	const struct step *steps = steps_of(run, test, &n);

	case_name(test, name, sizeof(name));
	if (skip)
		tap_skip(tap, name, skip);
	else
		report_result(run, test, name, tap);
	for (size_t i = 0; i < n; i++)
		if (steps[i].needs_hooks)
			report_hooked_step(run, test, &steps[i], name, skip, tap);
	for (size_t i = 0; drop_line(test->scenario, i, line); i++)
		report_drop(run, test, line, name, skip, tap);
}

/* A test of the whole run: true if it holds; else `why` has the reason. */
typedef bool run_test(const struct run *run, FILE *why);

static bool all_legal(const struct run *run, FILE *why)
{
	char text[STEP_TEXT], name[NAME_MAX_BYTES];
	bool good = true;

	for (size_t i = 0; i < run->observed.n; i++) {
		const struct ts_transition *t = &run->observed.list[i];
		const struct test_case *test = observed_case(run->cases, t->lport, t->rport);

		if (transition_is_legal(t->old_state, t->new_state))
			continue;
		good = false;
		if (!test) {
			(void)fprintf(why, "# %s>%s, ports %u and %u\n", state_name(t->old_state),
				      state_name(t->new_state), t->lport, t->rport);
			continue;
		}
		case_name(test, name, sizeof(name));
		check_describe(test, t, text, sizeof(text));
		(void)fprintf(why, "# %s: %s\n", name, text);
	}
	return good;
}

static bool none_strange(const struct run *run, FILE *why)
{
	bool good = true;

	for (size_t i = 0; i < run->observed.n; i++) {
		const struct ts_transition *t = &run->observed.list[i];

		if (observed_case(run->cases, t->lport, t->rport))
			continue;
		good = false;
		(void)fprintf(why, "# %s>%s of %.*s, ports %u and %u\n", state_name(t->old_state),
			      state_name(t->new_state), TS_COMM_LEN, t->comm, t->lport, t->rport);
	}
	return good;
}

static bool no_other_drop(const struct run *run, FILE *why)
{
	bool good = true;

	for (size_t i = 0; i < run->observed.n_drops; i++)
		good &= drop_is_expected(run->cases, &run->observed.drops[i], why);
	return good;
}

static void count_observed(const struct run *run, uint64_t sum[TS_STATES][TS_STATES])
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++)
			sum[old][new_state] = run->stress.transitions[old][new_state];
	for (size_t i = 0; i < run->observed.n; i++)
		sum[run->observed.list[i].old_state % TS_STATES]
		   [run->observed.list[i].new_state % TS_STATES]++;
}

/* True if a test case that was not skipped expects the transition in this tier. */
static bool is_expected(const struct run *run, unsigned old_state, unsigned new_state)
{
	for (size_t i = 0; i < run->cases->n; i++) {
		const struct test_case *test = &run->cases->tests[i];
		size_t n;
		const struct step *steps = steps_of(run, test, &n);

		if (test->state == CASE_SKIPPED || run_skips(run, test))
			continue;
		for (size_t j = 0; j < n; j++)
			if (!steps[j].not_shown_here && !steps[j].orders &&
			    steps[j].old_state == old_state && steps[j].new_state == new_state)
				return true;
	}
	return false;
}

static bool all_shown(const struct run *run, FILE *why)
{
	uint64_t sum[TS_STATES][TS_STATES];
	bool good = true;

	count_observed(run, sum);
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++) {
			bool needs_hooks = run->tier == HOOK_TIER_TRACEPOINT &&
					   !is_expected(run, old, new_state);

			if (!transition_is_shown(old, new_state) || sum[old][new_state] ||
			    needs_hooks)
				continue;
			(void)fprintf(why, "# not observed: %s>%s\n", state_name(old),
				      state_name(new_state));
			good = false;
		}
	return good;
}

static bool counters_agree(const struct run *run, FILE *why)
{
	uint64_t sum[TS_STATES][TS_STATES];
	bool good = true;

	count_observed(run, sum);
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++) {
			uint64_t counted = run->counters.transitions[old][new_state];

			if (counted == sum[old][new_state])
				continue;
			(void)fprintf(why, "# %s>%s: %llu counted, %llu events\n", state_name(old),
				      state_name(new_state), (unsigned long long)counted,
				      (unsigned long long)sum[old][new_state]);
			good = false;
		}
	return good;
}

/* A missed transition leaves its socket counted in the old state. */
static bool state_counts_agree(const struct state_counts *state_counts, const char *when, FILE *why)
{
	bool good = state_counts->taken;

	if (!state_counts->taken)
		(void)fprintf(why, "# %s: state counts were not compared\n", when);
	for (unsigned state = 1; state < TS_STATES && state_counts->taken; state++) {
		if (state_counts->traced[state] == state_counts->listed[state])
			continue;
		(void)fprintf(why, "# %s: %s has %lld sockets, /proc/net/tcp %lld\n", when,
			      state_name(state), (long long)state_counts->traced[state],
			      (long long)state_counts->listed[state]);
		good = false;
	}
	return good;
}

static bool state_counts_right(const struct run *run, FILE *why)
{
	bool held = (!run->whole && !run->held.taken) ||
		    state_counts_agree(&run->held, "with sockets in many states", why);

	held = (!run->whole || state_counts_agree(&run->begun, "when tracing begins", why)) && held;
	return state_counts_agree(&run->ended, "at the end", why) && held;
}

/* Each transition may have an unknown time in SYN_RECV, but few do: some of them by SYN cookie. */
static bool starts_known(const struct run *run, FILE *why)
{
	unsigned n = 0, unknown = 0;

	for (size_t i = 0; i < run->observed.n; i++) {
		const struct ts_transition *t = &run->observed.list[i];

		if (t->old_state != TS_SYN_RECV)
			continue;
		n++;
		unknown += !t->since_ns;
	}
	if (unknown * STARTS_UNKNOWN_IN <= n)
		return true;
	(void)fprintf(why, "# of %u transitions from SYN_RECV %u have no time in it\n", n, unknown);
	return false;
}

static bool nothing_lost(const struct run *run, FILE *why)
{
	if (!run->quiet.lost && !run->quiet.missed && !run->quiet.without_record)
		return true;
	(void)fprintf(why,
		      "# %llu events dropped (buffer full), %llu transitions missed, "
		      "%llu sockets without a record\n",
		      (unsigned long long)run->quiet.lost, (unsigned long long)run->quiet.missed,
		      (unsigned long long)run->quiet.without_record);
	return false;
}

/* In the quiet part of the run. */
static bool any_hidden(const struct run *run)
{
	for (size_t i = 0; i < run->cases->n; i++)
		if (!(run->cases->tests[i].scenario->flags & SCENARIO_STRESS) &&
		    hidden_in(run, &run->cases->tests[i], NULL))
			return true;
	return false;
}

static const struct {
	const char *name;
	run_test *test;
	bool whole; /* only if all scenarios run */
} run_tests[RUN_TESTS] = {
	{ "every observed transition is a legal one", all_legal, false },
	{ "every legal transition was observed", all_shown, true },
	{ "no transition of an unknown socket was observed", none_strange, false },
	{ "no unexpected handshake drop was reported", no_other_drop, false },
	{ "transition counters equal the events", counters_agree, false },
	{ "sockets per state equal /proc/net/tcp", state_counts_right, false },
	{ "most handshakes have a duration", starts_known, true },
	{ "no event was lost", nothing_lost, false },
};

unsigned run_plan(const struct run *run)
{
	unsigned planned = 0;
	char line[DROP_TEXT];
	size_t n;

	for (size_t i = 0; i < RUN_TESTS; i++)
		planned += run->whole || !run_tests[i].whole;
	for (size_t i = 0; i < run->cases->n; i++) {
		unsigned drops = 0;
		const struct step *steps = steps_of(run, &run->cases->tests[i], &n);

		planned += 1 + hooked_steps(steps, n);
		while (drop_line(run->cases->tests[i].scenario, drops, line))
			drops++;
		planned += drops;
	}
	return planned;
}

static void report_skipped_hooks(const struct run *run, struct tap *tap)
{
	if (run->hooks_skipped)
		(void)fprintf(tap->out,
			      "# the kernel skipped BPF programs %llu times: a task that it "
			      "had preempted was in them\n",
			      (unsigned long long)run->hooks_skipped);
}

void run_report(const struct run *run, struct tap *tap)
{
	for (size_t i = 0; i < run->cases->n; i++)
		report_case(run, &run->cases->tests[i], tap);
	for (size_t i = 0; i < RUN_TESTS; i++) {
		char *why = NULL;
		size_t size;
		FILE *file;
		bool good;

		if (run_tests[i].whole && !run->whole)
			continue;
		file = open_memstream(&why, &size);
		good = file && run_tests[i].test(run, file);
		if (file)
			(void)fclose(file);
		if (!good && run_tests[i].test == state_counts_right && any_hidden(run))
			tap_skip(tap, run_tests[i].name, hidden);
		else
			report_good_or_not(run, good, run_tests[i].name, why, tap);
		free(why);
	}
	report_skipped_hooks(run, tap);
}
