// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Compares expected and observed transitions; prints a diff (- expected, + observed). */
#include "selftest/check.h"

#include <string.h>

/* Expected and observed transitions of one socket. */
struct lists {
	size_t n, m;
	const struct step *expected[STEPS_MAX];
	char text[STEPS_MAX][STEP_TEXT]; /* observed */
};

/* Compares a word with one that may offer alternatives: this/that. */
static bool word_matches(const char *word, size_t length, const char *seen, size_t seen_length)
{
	while (length) {
		const char *slash = memchr(word, '/', length);
		size_t n = slash ? (size_t)(slash - word) : length;

		if (n == seen_length && !memcmp(word, seen, n))
			return true;
		if (!slash)
			return false;
		word += n + 1;
		length -= n + 1;
	}
	return !seen_length;
}

static bool words_match(const char *text, const char *seen)
{
	for (;;) {
		size_t length = strcspn(text, " "), seen_length = strcspn(seen, " ");

		if (!word_matches(text, length, seen, seen_length) ||
		    !text[length] != !seen[seen_length])
			return false;
		if (!text[length])
			return true;
		text += length + 1;
		seen += seen_length + 1;
	}
}

/* Compares texts; `out=` is the last word of both. */
static bool matches(const struct step *step, const char *seen)
{
	static const char word[] = " retrans";
	const char *out = step->any_out ? strstr(step->text, " out=") : NULL;
	char text[STEP_TEXT], *retrans, wanted[STEP_TEXT];

	(void)snprintf(text, sizeof(text), "%s", seen);
	retrans = step->any_retrans ? strstr(text, word) : NULL;
	if (retrans)
		memmove(retrans, retrans + sizeof(word) - 1,
			strlen(retrans + sizeof(word) - 1) + 1);
	(void)snprintf(wanted, sizeof(wanted), "%s", step->text);
	if (out && strstr(text, " out=")) { /* any number */
		wanted[out - step->text + 5] = '\0';
		strstr(text, " out=")[5] = '\0';
	}
	return words_match(wanted, text);
}

static bool is_equal(const struct lists *lists, size_t i, size_t j)
{
	return matches(lists->expected[i], lists->text[j]);
}

static bool are_equal(const struct lists *lists)
{
	for (size_t i = 0; i < lists->n && lists->n == lists->m; i++)
		if (!is_equal(lists, i, i))
			return false;
	return lists->n == lists->m;
}

/* A diff by the longest common subsequence. */
static void print_difference(const struct lists *lists, FILE *why)
{
	uint8_t common[STEPS_MAX + 1][STEPS_MAX + 1] = { 0 };
	size_t i, j;

	for (i = lists->n; i-- > 0;)
		for (j = lists->m; j-- > 0;)
			common[i][j] = is_equal(lists, i, j) ? common[i + 1][j + 1] + 1 :
				       common[i + 1][j] > common[i][j + 1] ? common[i + 1][j] :
									     common[i][j + 1];
	for (i = 0, j = 0; i < lists->n || j < lists->m;) {
		if (i < lists->n && j < lists->m && is_equal(lists, i, j)) {
			(void)fprintf(why, "#     %s\n", lists->text[j++]);
			i++;
		} else if (i < lists->n &&
			   (j == lists->m || common[i + 1][j] >= common[i][j + 1])) {
			(void)fprintf(why, "#   - %s\n", lists->expected[i++]->text);
		} else {
			(void)fprintf(why, "#   + %s\n", lists->text[j++]);
		}
	}
}

/* The step has its own test if the tier shows it. */
static bool has_own_test(const struct check *check, const struct observed_socket *socket,
			 const struct ts_transition *t)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct step *step = &check->steps[i];

		if (step->needs_hooks && !step->not_shown_here && step_is_of(step, socket) &&
		    step_has_pair(step, t))
			return true;
	}
	return false;
}

/* An optional step is expected only if it was observed. */
static bool is_listed(const struct check *check, const struct step *step,
		      const struct observed_socket *socket)
{
	if (!step_is_of(step, socket) || (step->orders && !(step->orders & 1 << check->order)))
		return false;
	for (size_t i = 0; i < socket->n && step->optional; i++)
		if (step_has_pair(step, socket->list[i]))
			return true;
	return !step->optional && !step->not_shown_here && !step->needs_hooks;
}

/* Did the kernel's socket at the other end retransmit? MPTCP acknowledges data by more ACKs. */
static bool peer_sends_twice(const struct check *check, const struct ts_transition *t)
{
	if (check->test->scenario->flags & SCENARIO_MPTCP)
		return true;
	for (size_t i = 0; i < check->observed->n; i++) {
		const struct ts_transition *other = &check->observed->list[i];

		if (other->lport == t->rport && other->rport == t->lport &&
		    other->frame.flags & TS_F_TOTALS && other->segs_retrans)
			return true;
	}
	return false;
}

/*
 * What a slow machine may add. TIME_WAIT lasts a minute: it may expire during the run. A peer that
 * repeated its FIN may be gone when the answer to the second one comes, and its kernel then sends a
 * RST, which ends TIME_WAIT.
 */
static bool is_late_end(const struct check *check, const struct observed_socket *socket,
			const struct ts_transition *t)
{
	bool reset = t->reason == TS_REASON_RESET_BY_PEER && t->rst == TS_RST_RECEIVED;

	if (t->old_state != TS_TIME_WAIT || (t->reason != TS_REASON_NORMAL && !reset) ||
	    (reset && !peer_sends_twice(check, t)))
		return false;
	for (size_t i = 0; i < check->n; i++)
		if (step_is_of(&check->steps[i], socket) && step_has_pair(&check->steps[i], t))
			return false;
	return true;
}

static void lists_fill(const struct check *check, const struct observed_socket *socket,
		       struct lists *lists)
{
	memset(lists, 0, sizeof(*lists));
	for (size_t i = 0; i < check->n; i++)
		if (is_listed(check, &check->steps[i], socket))
			lists->expected[lists->n++] = &check->steps[i];
	for (size_t j = 0; j < socket->n; j++) {
		const struct ts_transition *t = socket->list[j];

		if (!has_own_test(check, socket, t) && !is_late_end(check, socket, t))
			check_describe(check->test, t, lists->text[lists->m++], STEP_TEXT);
	}
}

static void print_socket(char name, uint8_t nth, uint64_t id, FILE *why)
{
	(void)fprintf(why, "# socket %c%s", name ? name : '?', marks_of(nth));
	if (id)
		(void)fprintf(why, ", id %llu", (unsigned long long)id);
	(void)fputs(" (- expected, + observed):\n", why);
}

static bool is_hidden(const struct observed_socket *socket)
{
	const struct endpoint *end = endpoint_find(socket->name);

	return end && end->hidden;
}

static bool check_socket(const struct check *check, const struct observed_socket *socket)
{
	struct lists lists;

	lists_fill(check, socket, &lists);
	if (are_equal(&lists))
		return !socket->n || !socket->name || check_invariants(check, socket);
	print_socket(socket->name, socket->nth, socket->id, check->why);
	print_difference(&lists, check->why);
	return false;
}

/* Sockets with expected transitions but no observed one. */
static bool check_missing(const struct check *check, const struct observed_socket *sockets,
			  size_t n)
{
	bool good = true;

	for (size_t i = 0; i < check->n; i++) {
		const struct observed_socket absent = { .name = check->steps[i].socket,
							.nth = check->steps[i].nth };
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known |= step_is_of(&check->steps[j], &absent);
		for (size_t j = 0; j < n; j++)
			known |= step_is_of(&check->steps[i], &sockets[j]);
		if (!known)
			good &= check_socket(check, &absent);
	}
	return good;
}

static size_t count_equal(const struct check *check, const struct observed_socket *sockets,
			  size_t n)
{
	struct lists lists;
	size_t equal = 0;

	for (size_t i = 0; i < n; i++) {
		lists_fill(check, &sockets[i], &lists);
		equal += are_equal(&lists);
	}
	return equal;
}

/* The order in which most sockets are as expected, the first of these; 0: only one is lawful. */
static unsigned choose_order(struct check check, const struct observed_socket *sockets, size_t n)
{
	unsigned orders = 0, best = 0;
	size_t most = 0;

	for (size_t i = 0; i < check.n; i++)
		orders |= check.steps[i].orders;
	for (check.order = 1; check.order <= ORDERS_MAX; check.order++) {
		size_t equal = orders & 1 << check.order ? count_equal(&check, sockets, n) : 0;

		if (orders & 1 << check.order && (!best || equal > most)) {
			best = check.order;
			most = equal;
		}
	}
	return best;
}

bool check_case(const struct check *any)
{
	struct observed_socket sockets[OBSERVED_SOCKETS];
	size_t n = observed_sockets(any->observed, any->test, sockets);
	struct check check = *any;
	bool good = true;

	check.order = choose_order(check, sockets, n);
	for (size_t i = 0; i < n; i++)
		if (!is_hidden(&sockets[i]))
			good &= check_socket(&check, &sockets[i]);
	good &= check_missing(&check, sockets, n);
	if (!good && check.order)
		(void)fputs("# Other orders are lawful too; this one is the nearest.\n", check.why);
	return good;
}

/* Looks for exactly one observed transition with the step's states, and compares its text. */
static bool check_pair(const struct check *check, const struct step *step,
		       const struct observed_socket *socket)
{
	unsigned found = 0, right = 0;
	char text[STEP_TEXT];

	for (size_t i = 0; i < socket->n; i++) {
		if (!step_has_pair(step, socket->list[i]))
			continue;
		check_describe(check->test, socket->list[i], text, sizeof(text));
		(void)fprintf(check->why, "#   + %s\n", text);
		found++;
		right += matches(step, text);
	}
	return found == 1 && right == 1;
}

bool check_hooked_step(const struct check *check, const struct step *step)
{
	struct observed_socket sockets[OBSERVED_SOCKETS];
	size_t n = observed_sockets(check->observed, check->test, sockets);

	print_socket(step->socket, step->nth, 0, check->why);
	(void)fprintf(check->why, "#   - %s\n", step->text);
	for (size_t i = 0; i < n; i++)
		if (step_is_of(step, &sockets[i]))
			return check_pair(check, step, &sockets[i]);
	return false;
}

void check_print_observed(const struct test_case *test, const struct observed *observed, FILE *out)
{
	struct observed_socket sockets[OBSERVED_SOCKETS];
	size_t n = observed_sockets(observed, test, sockets);
	char text[STEP_TEXT];

	for (size_t i = 0; i < n; i++) {
		if (is_hidden(&sockets[i]))
			continue;
		for (size_t j = 0; j < sockets[i].n; j++) {
			check_describe(test, sockets[i].list[j], text, sizeof(text));
			(void)fprintf(out, "#   %c%s %s\n", sockets[i].name ? sockets[i].name : '?',
				      marks_of(sockets[i].nth), text);
		}
	}
}
