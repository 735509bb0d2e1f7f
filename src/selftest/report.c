// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Results, test by test. */
#include "selftest/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/transitions.h"
#include "selftest/drop.h"
#include "tcp/state.h"

enum { NAME_MAX_BYTES = 192, WHOLE_TESTS = 7 };

static const char not_shown[] = "not shown by tracepoints alone";

int run_parse(struct run *run, struct error *error)
{
	size_t n = run->stage->n;
	char line[LINE_MAX_BYTES];

	run->steps = calloc(n * STEPS_MAX, sizeof(*run->steps));
	run->n_steps = calloc(n, sizeof(*run->n_steps));
	if (!run->steps || !run->n_steps)
		return error_set(error, ENOMEM, "no memory for the tests");
	for (size_t i = 0; i < n; i++) {
		const struct scenario *scenario = run->stage->plays[i].scenario;

		run->n_steps[i] = expect_parse(scenario->expect, run->tier,
					       run->steps + i * STEPS_MAX, STEPS_MAX, line,
					       sizeof(line));
		if (run->n_steps[i] < 0)
			return error_set(error, EINVAL,
					 "the test \"%s\" has a line that cannot be "
					 "read: %s",
					 scenario->name, line);
	}
	return 0;
}

void run_free(struct run *run)
{
	seen_free(&run->seen);
	free(run->steps);
	free(run->n_steps);
	free(run->programs);
}

static const struct step *steps_of(const struct run *run, const struct play *play, size_t *n)
{
	size_t i = (size_t)(play - run->stage->plays);

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

const char *run_skips(const struct run *run, const struct play *play)
{
	if (play->family == 6 && !run->has_ipv6)
		return "no IPv6 here";
	if (play->scenario->flags & SCENARIO_LONG && !run->patient)
		return "takes more than a minute: --long";
	if (play->scenario->flags & SCENARIO_DEEP && run->tier == TIER_TRACEPOINT)
		return not_shown;
	if (play->scenario->flags & SCENARIO_STORM && run->tier == TIER_KPROBE)
		return "the kernel skips a kprobe while another one runs on that CPU";
	if (run->tier == TIER_TRACEPOINT && play->scenario->needs &&
	    !has_program(run, play->scenario->needs))
		return "a tracepoint that this kernel does not have";
	return NULL;
}

static struct check check_of(const struct run *run, const struct play *play, FILE *why)
{
	struct check check = { .play = play, .seen = &run->seen, .facts = &run->facts, .why = why };

	check.steps = steps_of(run, play, &check.n);
	return check;
}

static unsigned deep_steps(const struct step *steps, size_t n)
{
	unsigned deep = 0;

	for (size_t i = 0; i < n; i++)
		deep += steps[i].deep;
	return deep;
}

unsigned run_plan(const struct run *run)
{
	unsigned planned = run->whole ? WHOLE_TESTS : WHOLE_TESTS - 1;
	char line[TROUBLE_TEXT];
	size_t n;

	for (size_t i = 0; i < run->stage->n; i++) {
		unsigned troubles = 0;
		const struct step *steps = steps_of(run, &run->stage->plays[i], &n);

		planned += 1 + deep_steps(steps, n);
		while (trouble_line(run->stage->plays[i].scenario, troubles, line))
			troubles++;
		planned += troubles;
	}
	return planned;
}

bool run_is_complete(const struct run *run, const struct play *play)
{
	char line[TROUBLE_TEXT], *text = NULL;
	struct check check;
	size_t size;
	bool good;

	if (play->scenario->flags & SCENARIO_STORM)
		return run_has_storm_passed(run);
	check = check_of(run, play, open_memstream(&text, &size));
	if (!check.why)
		return true;
	good = check_play(&check);
	for (size_t i = 0; i < check.n; i++)
		if (check.steps[i].deep && !check.steps[i].unseen)
			good &= check_deep_step(&check, &check.steps[i]);
	for (size_t i = 0; trouble_line(play->scenario, i, line); i++)
		good &= !has_program(run, trouble_program(line)) ||
			trouble_check(play, line, &run->seen, check.why);
	(void)fclose(check.why);
	free(text);
	return good;
}

bool run_has_storm_passed(const struct run *run)
{
	size_t size;
	char *text = NULL;
	FILE *why = open_memstream(&text, &size);
	bool good = why && storm_check(&run->storm, run->tier, why);

	if (why)
		(void)fclose(why);
	free(text);
	return good;
}

static void report_deep(const struct run *run, const struct play *play, const struct step *step,
			const char *play_title, const char *skip, struct tap *tap)
{
	char name[NAME_MAX_BYTES + 64], *why = NULL;
	struct check check;
	size_t size;
	bool good;

	(void)snprintf(name, sizeof(name), "%s: %c%s %s>%s", play_title, step->socket,
		       marks_of(step->nth), state_name(step->old_state),
		       state_name(step->new_state));
	if (!skip && step->unseen)
		skip = not_shown;
	if (skip) {
		tap_skip(tap, name, skip);
		return;
	}
	check = check_of(run, play, open_memstream(&why, &size));
	good = check.why && check_deep_step(&check, step);
	if (check.why)
		(void)fclose(check.why);
	tap_result(tap, good, name, why);
	free(why);
}

static void report_trouble(const struct run *run, const struct play *play, const char *line,
			   const char *play_title, const char *skip, struct tap *tap)
{
	char name[NAME_MAX_BYTES + 64], *why = NULL;
	int why_length = (int)strcspn(line, " ");
	const char *socket = strchr(line + why_length + 1, ' '); /* behind syn, ack or - */
	size_t size;
	FILE *file;
	bool good;

	(void)snprintf(name, sizeof(name), "%s: %c %.*s", play_title, socket ? socket[1] : '?',
		       why_length, line);
	if (!skip && !has_program(run, trouble_program(line)))
		skip = not_shown;
	if (skip) {
		tap_skip(tap, name, skip);
		return;
	}
	file = open_memstream(&why, &size);
	good = file && trouble_check(play, line, &run->seen, file);
	if (file)
		(void)fclose(file);
	tap_result(tap, good, name, why);
	free(why);
}

/* Whether a playing that was not skipped passed; differences go to `why`. */
static bool examine(const struct run *run, const struct play *play, FILE *why)
{
	const struct check check = check_of(run, play, why);

	if (play->state == PLAY_DONE)
		return play->scenario->flags & SCENARIO_STORM ?
			       storm_check(&run->storm, run->tier, why) :
			       check_play(&check);
	(void)fprintf(why, "# the step \"%s\": %s; what was seen:\n", play->line, play->why);
	check_print_seen(play, &run->seen, why);
	return false;
}

char *run_examine(const struct run *run, const struct play *play)
{
	char *why = NULL;
	size_t size;
	FILE *file = open_memstream(&why, &size);

	if (!file)
		return NULL;
	(void)examine(run, play, file);
	for (size_t i = 0; i < (size_t)run->n_steps[play - run->stage->plays]; i++) {
		const struct check check = check_of(run, play, file);

		if (play->state == PLAY_DONE && check.steps[i].deep && !check.steps[i].unseen)
			(void)check_deep_step(&check, &check.steps[i]);
	}
	(void)fclose(file);
	return why;
}

static void report_play(const struct run *run, const struct play *play, struct tap *tap)
{
	const char *skip = play->state == PLAY_SKIPPED ? play->why : run_skips(run, play);
	char name[NAME_MAX_BYTES], line[TROUBLE_TEXT], *why = NULL;
	size_t n, size;
	const struct step *steps = steps_of(run, play, &n);
	bool good = false;
	FILE *file;

	play_name(play, name, sizeof(name));
	if (skip) {
		tap_skip(tap, name, skip);
	} else {
		file = open_memstream(&why, &size);
		good = file && examine(run, play, file);
		if (file)
			(void)fclose(file);
		tap_result(tap, good, name, why);
		if (good && play->first_why)
			(void)fprintf(tap->out, "# played again; at first:\n%s", play->first_why);
		if (good && run->verbosity > 0) {
			(void)fputs(why, tap->out);
			check_print_seen(play, &run->seen, tap->out);
		}
		free(why);
	}
	for (size_t i = 0; i < n; i++)
		if (steps[i].deep)
			report_deep(run, play, &steps[i], name, skip, tap);
	for (size_t i = 0; trouble_line(play->scenario, i, line); i++)
		report_trouble(run, play, line, name, skip, tap);
}

/* Each of these fills `why` and says whether it holds. */
typedef bool whole_test(const struct run *run, FILE *why);

static bool all_legal(const struct run *run, FILE *why)
{
	char text[STEP_TEXT], name[NAME_MAX_BYTES];
	bool good = true;

	for (size_t i = 0; i < run->seen.n; i++) {
		const struct ts_transition *t = &run->seen.list[i];
		const struct play *play = seen_play(run->stage, t->lport, t->rport);

		if (transition_is_legal(t->old_state, t->new_state))
			continue;
		good = false;
		if (!play) {
			(void)fprintf(why, "# %s>%s, ports %u and %u\n", state_name(t->old_state),
				      state_name(t->new_state), t->lport, t->rport);
			continue;
		}
		play_name(play, name, sizeof(name));
		check_describe(play, t, text, sizeof(text));
		(void)fprintf(why, "# %s: %s\n", name, text);
	}
	return good;
}

static bool none_strange(const struct run *run, FILE *why)
{
	bool good = true;

	for (size_t i = 0; i < run->seen.n; i++) {
		const struct ts_transition *t = &run->seen.list[i];

		if (seen_play(run->stage, t->lport, t->rport))
			continue;
		good = false;
		(void)fprintf(why, "# %s>%s of %.*s, ports %u and %u\n", state_name(t->old_state),
			      state_name(t->new_state), TS_COMM_LEN, t->comm, t->lport, t->rport);
	}
	return good;
}

static bool no_other_trouble(const struct run *run, FILE *why)
{
	bool good = true;

	for (size_t i = 0; i < run->seen.n_drops; i++)
		good &= trouble_is_expected(run->stage, &run->seen.drops[i], why);
	return good;
}

static void count_seen(const struct run *run, uint64_t sum[TS_STATES][TS_STATES])
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++)
			sum[old][new_state] = run->storm.seen[old][new_state] +
					      run->earlier_storms.seen[old][new_state];
	for (size_t i = 0; i < run->seen.n; i++)
		sum[run->seen.list[i].old_state % TS_STATES]
		   [run->seen.list[i].new_state % TS_STATES]++;
}

/* What some expectation of this tier has; a scenario that was skipped is no reason to miss it. */
static bool is_expected(const struct run *run, unsigned old_state, unsigned new_state)
{
	for (size_t i = 0; i < run->stage->n; i++) {
		const struct play *play = &run->stage->plays[i];
		size_t n;
		const struct step *steps = steps_of(run, play, &n);

		if (play->state == PLAY_SKIPPED || run_skips(run, play))
			continue;
		for (size_t j = 0; j < n; j++)
			if (!steps[j].unseen && steps[j].old_state == old_state &&
			    steps[j].new_state == new_state)
				return true;
	}
	return false;
}

static bool all_shown(const struct run *run, FILE *why)
{
	uint64_t sum[TS_STATES][TS_STATES];
	bool good = true;

	count_seen(run, sum);
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++) {
			bool deep = run->tier == TIER_TRACEPOINT &&
				    !is_expected(run, old, new_state);

			if (!transition_is_shown(old, new_state) || sum[old][new_state] || deep)
				continue;
			(void)fprintf(why, "# never seen: %s>%s\n", state_name(old),
				      state_name(new_state));
			good = false;
		}
	return good;
}

static bool counters_agree(const struct run *run, FILE *why)
{
	uint64_t sum[TS_STATES][TS_STATES];
	bool good = true;

	count_seen(run, sum);
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

/* A transition that a playing lacked leaves a socket counted where it is not. */
static bool gauges_agree(const struct run *run, const struct gauges *gauges, const char *when,
			 FILE *why)
{
	uint64_t off = 0;

	if (!gauges->taken)
		(void)fprintf(why, "# %s: the counters were not looked at\n", when);
	for (unsigned state = 1; state < TS_STATES && gauges->taken; state++) {
		if (gauges->traced[state] == gauges->listed[state])
			continue;
		(void)fprintf(why, "# %s: %s has %lld sockets, /proc/net/tcp %lld\n", when,
			      state_name(state), (long long)gauges->traced[state],
			      (long long)gauges->listed[state]);
		off += (uint64_t)llabs(gauges->traced[state] - gauges->listed[state]);
	}
	return gauges->taken && off <= 2 * run->again;
}

static bool gauges_right(const struct run *run, FILE *why)
{
	bool held = (!run->whole && !run->held.taken) ||
		    gauges_agree(run, &run->held, "with sockets in many states", why);

	held = (!run->whole || gauges_agree(run, &run->begun, "when tracing begins", why)) && held;
	return gauges_agree(run, &run->ended, "at the end", why) && held;
}

static bool nothing_lost(const struct run *run, FILE *why)
{
	/* what a playing lacked for it came the next time */
	if (!run->quiet.lost && run->quiet.unseen <= 2 * run->again && !run->quiet.without_record)
		return true;
	(void)fprintf(why,
		      "# %llu events found no room, %llu transitions were missed, "
		      "%llu sockets had no record\n",
		      (unsigned long long)run->quiet.lost, (unsigned long long)run->quiet.unseen,
		      (unsigned long long)run->quiet.without_record);
	return false;
}

static const struct {
	const char *name;
	whole_test *test;
	bool whole; /* only where all scenarios were played */
} whole_tests[WHOLE_TESTS] = {
	{ "every transition seen is one that TCP has", all_legal, false },
	{ "every transition that TCP has was seen", all_shown, true },
	{ "nothing else was seen in this network namespace", none_strange, false },
	{ "no other handshake was in trouble", no_other_trouble, false },
	{ "the counters of transitions are those of the events", counters_agree, false },
	{ "sockets per state are those of /proc/net/tcp", gauges_right, false },
	{ "no event was lost", nothing_lost, false },
};

void run_report(const struct run *run, struct tap *tap)
{
	for (size_t i = 0; i < run->stage->n; i++)
		report_play(run, &run->stage->plays[i], tap);
	for (size_t i = 0; i < WHOLE_TESTS; i++) {
		char *why = NULL;
		size_t size;
		FILE *file;
		bool good;

		if (whole_tests[i].whole && !run->whole)
			continue;
		file = open_memstream(&why, &size);
		good = file && whole_tests[i].test(run, file);
		if (file)
			(void)fclose(file);
		tap_result(tap, good, whole_tests[i].name, why);
		free(why);
	}
}
