// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets per state, transitions, losses, and the ten busiest processes. */
#include "events/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/format.h"
#include "tcp/state.h"

enum { PROCESSES = 4096, TOP = 10 };

struct process {
	uint32_t pid;
	bool used;
	bool known;
	char comm[TS_COMM_LEN];
	uint64_t transitions;
};

struct summary {
	uint64_t start_ns;
	uint64_t received;
	uint64_t beyond; /* of processes that the table had no place for */
	size_t n;
	struct process processes[PROCESSES];
};

int summary_new(struct summary **summary)
{
	*summary = calloc(1, sizeof(**summary));
	if (!*summary)
		return -ENOMEM;
	(*summary)->start_ns = clock_mono_ns();
	return 0;
}

void summary_free(struct summary *summary)
{
	free(summary);
}

/* Its place, or a free one; NULL when the table is full of others. */
static struct process *find(struct summary *summary, const struct ts_transition *t)
{
	static const char nobody[TS_COMM_LEN];
	bool known = t->owner != TS_OWNER_UNKNOWN && t->owner != TS_OWNER_KERNEL;
	const char *comm = known ? t->comm : nobody;
	uint32_t pid = known ? t->pid : 0;
	uint32_t hash = pid * 2654435761u;

	for (uint32_t i = 0; i < PROCESSES; i++) {
		struct process *p = &summary->processes[(hash + i) % PROCESSES];

		if (p->used) {
			if (p->pid == pid && p->known == known &&
			    !memcmp(p->comm, comm, sizeof(p->comm)))
				return p;
			continue;
		}
		if (summary->n >= PROCESSES / 4 * 3)
			return NULL;
		summary->n++;
		p->used = true;
		p->known = known;
		p->pid = pid;
		memcpy(p->comm, comm, sizeof(p->comm));
		return p;
	}
	return NULL;
}

int summary_take(void *context, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	struct summary *summary = context;
	struct process *process;

	if (frame->type != TS_FRAME_TRANSITION)
		return 0;
	summary->received++;
	process = find(summary, (const struct ts_transition *)frame);
	if (process)
		process->transitions++;
	else
		summary->beyond++;
	return 0;
}

static int busier(const void *a, const void *b)
{
	const struct process *const *p = a, *const *q = b;

	return (*p)->transitions < (*q)->transitions ? 1 :
	       (*p)->transitions > (*q)->transitions ? -1 :
						       0;
}

static void print_processes(const struct summary *summary, FILE *out)
{
	const struct process *order[PROCESSES];
	size_t n = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		if (summary->processes[i].used)
			order[n++] = &summary->processes[i];
	qsort(order, n, sizeof(order[0]), busier);
	if (n)
		(void)fprintf(out, "by process, of the %" PRIu64 " shown:\n", summary->received);
	for (size_t i = 0; i < n && i < TOP; i++) {
		char comm[FORMAT_TEXT_BYTE * TS_COMM_LEN + 1];

		*format_text(comm, order[i]->comm, strnlen(order[i]->comm, TS_COMM_LEN),
			     true) = '\0';
		if (!order[i]->known)
			(void)fprintf(out, "%10" PRIu64 "  (owner not known)\n",
				      order[i]->transitions);
		else if (!order[i]->pid)
			(void)fprintf(out, "%10" PRIu64 "  %s (outside of this PID namespace)\n",
				      order[i]->transitions, comm);
		else
			(void)fprintf(out, "%10" PRIu64 "  %s[%u]\n", order[i]->transitions, comm,
				      order[i]->pid);
	}
	if (n > TOP)
		(void)fprintf(out, "            and %zu more\n", n - TOP);
	if (summary->beyond)
		(void)fprintf(out, "%10" PRIu64 "  (by processes beyond the first %d)\n",
			      summary->beyond, PROCESSES / 4 * 3);
}

static void print_transitions(const struct counters *counters, FILE *out)
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++)
			if (counters->transitions[old][new_state])
				(void)fprintf(out, "%10" PRIu64 "  %s -> %s\n",
					      counters->transitions[old][new_state],
					      state_name(old), state_name(new_state));
}

/* Marked: states that no transition of this kernel shows. */
static void print_sockets(const struct counters *counters, int netns_missed, FILE *out)
{
	static const unsigned order[] = {
		TS_LISTEN,     TS_SYN_SENT,   TS_SYN_RECV, TS_ESTABLISHED, TS_FIN_WAIT_1,
		TS_FIN_WAIT_2, TS_CLOSE_WAIT, TS_CLOSING,  TS_LAST_ACK,	   TS_TIME_WAIT,
	};
	const char *separator = " ";
	bool marked = false;

	(void)fprintf(out, "sockets now:");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		bool looked = netns_missed >= 0 &&
			      (order[i] == TS_TIME_WAIT || order[i] == TS_SYN_RECV ||
			       order[i] == TS_FIN_WAIT_2);

		if (!counters->sockets[order[i]])
			continue;
		marked |= looked;
		(void)fprintf(out, "%s%s%s %" PRId64, separator, state_name(order[i]),
			      looked ? "*" : "", counters->sockets[order[i]]);
		separator = ", ";
	}
	(void)fprintf(out, "%s\n", *separator == ' ' ? " none" : "");
	if (marked)
		(void)fprintf(out,
			      "  * looked up now: this kernel does not tell of all that come and "
			      "go\n");
	if (netns_missed > 0)
		(void)fprintf(out,
			      "  not counted there: %d network namespaces that could not be "
			      "entered\n",
			      netns_missed);
}

void summary_print(const struct summary *summary, const struct counters *counters, int netns_missed,
		   FILE *out)
{
	uint64_t seen = 0;

	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++)
			seen += counters->transitions[old][new_state];
	(void)fprintf(out, "\n%.1f s, %" PRIu64 " transitions, %" PRIu64 " lost\n",
		      (double)(clock_mono_ns() - summary->start_ns) / 1e9, seen,
		      counters->lost + counters->unseen);
	if (counters->unseen)
		(void)fprintf(out,
			      "  %" PRIu64 " of the lost were never seen (an interrupt within "
			      "the tracer), and are in no count\n",
			      counters->unseen);
	if (counters->without_record)
		(void)fprintf(out,
			      "  %" PRIu64 " transitions were of sockets for which the kernel "
			      "had no storage: not in the sockets per state\n",
			      counters->without_record);
	print_sockets(counters, netns_missed, out);
	print_transitions(counters, out);
	print_processes(summary, out);
}
