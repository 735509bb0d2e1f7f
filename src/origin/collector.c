// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stacks that wait for the worker, and stacks that were unwound, oldest first, beside the maps for the
 * BPF programs and other processes.
 */
#include "origin/origin.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "lib/hash_index.h"
#include "lib/loop.h"
#include "origin/helper.h"
#include "origin/layout.h"
#include "origin/shares.h"
#include "origin/worker.h"
#include "tracer/tracer.h"

enum {
	SWEPT = 16, /* processes checked for each new stack when the ring is full */
	QUEUE = 512,
	QUEUE_OF_USER = 128,
	QUEUE_OF_PROCESS = 64,
	STORED_OF_USER = TS_STACKS_MAX / 2,
	STORED_OF_PROCESS = TS_STACKS_MAX / 4,
	CALLS_OF_USER = TS_STACK_CALLS / 2,
	CALLS_OF_PROCESS = TS_STACK_CALLS / 4,
	ROUND_OVER = -ECHILD, /* not an error of take_sample(): ends a round early */
};

/* Stacks can arrive without end: the rest of the loop must run too. */
static const uint64_t ROUND_NS = 20 * UINT64_C(1000000);

/* One id that is in the map of origins. */
struct stored {
	uint64_t sum; /* hash of the stack */
	uint32_t id;
	uint32_t same_as;
	uint32_t pid;
	bool known; /* the BPF programs may know it by its key */
	struct share *user, *process;
	struct ts_stack_key key;
};

/* A stack that waits. */
struct waiting {
	struct share *user, *process;
	size_t size;
	struct work_unwind *question;
};

struct stack_collector {
	struct ring_buffer *ring;
	struct helper *helper;
	struct shares shares;
	int known; /* maps */
	int origins;
	struct waiting queue[QUEUE]; /* oldest first; the first is with the worker, if that is busy */
	size_t n_queued;
	uint64_t asked_ns;
	struct stored *stored;
	struct hash_index by_sum; /* the newest in `stored` of each sum */
	size_t first, n;
	size_t forgotten; /* where forget() continues */
	uint64_t round_ends_ns;
	uint64_t unwound;
	uint32_t turn; /* index of the next known stack to replace */
	struct ts_known_stacks room;
};

static void refuse(struct waiting *waiting, enum origin_refusal why)
{
	waiting->user->refused[why]++;
	waiting->user->pid = waiting->process->pid;
}

/* Code of a JIT belongs to its process alone, even where processes are forks of each other. */
static uint64_t sum_of(const struct stack_collector *collector, const struct ts_stack *stack,
		       const struct unwound *unwound)
{
	uint64_t words[5 + TS_STACK_FRAMES] = {
		stack->kind,
		unwound->in_files ? 0 : stack->tgid,
		stack->layout.executable,
		stack->layout.start_code,
		stack->layout.start_stack,
	};

	memcpy(&words[5], unwound->address, unwound->n * sizeof(words[0]));
	return hash_index_key(&collector->by_sum, words, (5 + unwound->n) * sizeof(words[0]));
}

static struct stored *stored_at(const struct stack_collector *collector, size_t i)
{
	return &collector->stored[(collector->first + i) % TS_STACKS_MAX];
}

/* Adds the newest, for which the ring has room. */
static void append(struct stack_collector *collector, const struct stored *newest)
{
	struct stored *stored = stored_at(collector, collector->n++);

	*stored = *newest;
	hash_index_set(&collector->by_sum, stored->sum, (uint32_t)(stored - collector->stored));
}

/* The BPF programs forget the call, with all of its stacks. Returns false if they do not know it. */
static bool forget_call(const struct stack_collector *collector, struct stored *stored)
{
	stored->known = false;
	if (bpf_map_delete_elem(collector->known, &stored->key))
		return false;
	/* forks have their calls in common */
	stored->user->calls -= stored->user->calls > 0;
	stored->process->calls -= stored->process->calls > 0;
	return true;
}

/* Whether others need the place of a living process's stack more. */
static bool has_too_many(const struct stored *stored, const struct share *newcomer)
{
	return stored->user->stored > TS_STACKS_MAX / 4 &&
	       stored->user->stored > 2 * newcomer->stored;
}

static bool has_room(const struct stack_collector *collector, const struct stored *newcomer)
{
	return collector->n < TS_STACKS_MAX && newcomer->user->stored < STORED_OF_USER &&
	       newcomer->process->stored < STORED_OF_PROCESS;
}

/*
 * Removes stacks of processes that have exited, oldest first, or of users with many more than the
 * newcomer. False: none was removed.
 */
static bool sweep(struct stack_collector *collector, const struct stored *newcomer)
{
	for (int i = 0; i < SWEPT && !has_room(collector, newcomer); i++) {
		struct stored oldest = *stored_at(collector, 0);

		hash_index_remove(&collector->by_sum, oldest.sum, (uint32_t)collector->first);
		collector->first = (collector->first + 1) % TS_STACKS_MAX;
		collector->n--;
		if (layout_is_of(oldest.pid, &oldest.key.layout) &&
		    !has_too_many(&oldest, newcomer->user)) {
			append(collector, &oldest);
			continue;
		}
		(void)bpf_map_delete_elem(collector->origins, &oldest.id);
		(void)forget_call(collector, &oldest);
		oldest.user->stored--;
		oldest.process->stored--;
		share_release(&collector->shares, oldest.process);
	}
	return has_room(collector, newcomer);
}

/* Removes known stacks of exited processes from the BPF map. False: none was removed. */
static bool forget(struct stack_collector *collector)
{
	bool found = false;

	for (size_t i = 0, asked = 0; i < collector->n && asked < SWEPT; i++) {
		struct stored *stored = stored_at(collector, collector->forgotten++ % collector->n);

		if (!stored->known)
			continue;
		asked++;
		if (layout_is_of(stored->pid, &stored->key.layout))
			continue;
		found |= forget_call(collector, stored);
	}
	return found;
}

static int store(struct stack_collector *collector, const struct ts_stack *stack,
		 const struct unwound *unwound, const struct stored *stored)
{
	struct ts_origin origin = { .layout = stack->layout,
				    .same_as = stored->same_as,
				    .pid = stack->pid,
				    .kind = (uint16_t)stack->kind,
				    .n = (uint16_t)unwound->n,
				    .more = unwound->more };

	if (!has_room(collector, stored) && !sweep(collector, stored))
		return -ENOSPC;
	memcpy(origin.address, unwound->address, sizeof(origin.address));
	if (bpf_map_update_elem(collector->origins, &stored->id, &origin, BPF_ANY))
		return -errno;
	append(collector, stored);
	stored->user->stored++;
	stored->process->stored++;
	return 0;
}

static void make_known(struct ts_known_stack *known, const struct ts_stack *stack,
		       const struct unwound *unwound, uint32_t id)
{
	*known = (struct ts_known_stack){ .id = id,
					  .tgid = unwound->in_files ? 0 : stack->tgid,
					  .n = unwound->n - 1 };
	for (uint32_t i = 0; i < known->n; i++) {
		uint16_t at = known->at[i] = unwound->at[i];

		known->address[i] = unwound->address[i + 1];
		if (at != TS_IN_LINK_REGISTER && known->bytes < (at + 1u) * 8)
			known->bytes = (at + 1u) * 8;
	}
}

static bool may_have_call(const struct stored *stored)
{
	return stored->user->calls < CALLS_OF_USER && stored->process->calls < CALLS_OF_PROCESS;
}

/* Makes a stack one of those of its call that the BPF programs know. Without room it is copied again. */
static void set_known(struct stack_collector *collector, const struct ts_known_stack *known,
		      const struct stored *stored)
{
	struct ts_known_stacks *all = &collector->room;
	bool is_new = bpf_map_lookup_elem(collector->known, &stored->key, all);
	uint32_t place;
	int err;

	if (is_new && !may_have_call(stored) && !(forget(collector) && may_have_call(stored)))
		return;
	if (is_new)
		memset(all, 0, sizeof(*all));
	for (uint32_t i = 0; i < all->n; i++)
		if (!memcmp(&all->stack[i], known, sizeof(*known)))
			return; /* it was copied before it became known */
	place = all->n < TS_STACKS_KNOWN ? all->n++ : collector->turn++ % TS_STACKS_KNOWN;
	all->stack[place] = *known;
	if (all->bytes < known->bytes)
		all->bytes = known->bytes;
	err = bpf_map_update_elem(collector->known, &stored->key, all, BPF_ANY);
	if (err && errno == E2BIG && forget(collector))
		err = bpf_map_update_elem(collector->known, &stored->key, all, BPF_ANY);
	stored->user->calls += is_new && !err;
	stored->process->calls += is_new && !err;
}

/* A stack without a located return address would match every stack. */
static void add_known(struct stack_collector *collector, const struct ts_stack *stack,
		      const struct unwound *unwound, const struct stored *stored)
{
	struct ts_known_stack known;

	if (unwound->n < 2 || unwound->n_at != unwound->n - 1)
		return;
	make_known(&known, stack, unwound, stored->same_as);
	set_known(collector, &known, stored);
}

static void take(struct stack_collector *collector, struct waiting *waiting,
		 const struct unwound *unwound)
{
	const struct ts_stack *stack = &waiting->question->stack;
	struct stored stored = {
		.sum = sum_of(collector, stack, unwound),
		.id = stack->id,
		.pid = stack->pid,
		.known = true,
		.user = waiting->user,
		.process = waiting->process,
		.key = { .layout = stack->layout, .pc = stack->pc, .kind = stack->kind },
	};
	uint32_t at;

	collector->unwound++;
	stored.same_as = hash_index_get(&collector->by_sum, stored.sum, &at) ?
				 collector->stored[at].same_as :
				 stored.id;
	if (store(collector, stack, unwound, &stored))
		refuse(waiting, ORIGIN_REFUSED_SHARE);
	else
		add_known(collector, stack, unwound, &stored);
}

static void leave_queue(struct stack_collector *collector, size_t i)
{
	struct waiting *waiting = &collector->queue[i];

	waiting->user->queued--;
	waiting->process->queued--;
	share_release(&collector->shares, waiting->process);
	free(waiting->question);
	collector->n_queued--;
	memmove(waiting, waiting + 1, (collector->n_queued - i) * sizeof(*waiting));
}

/* Moves the stack of the user who had least of the worker's time to the front. */
static void choose(struct stack_collector *collector, uint64_t now)
{
	struct waiting best = collector->queue[0];
	uint64_t least = share_spent(best.user, now);
	size_t at = 0;

	for (size_t i = 1; i < collector->n_queued; i++) {
		uint64_t spent = share_spent(collector->queue[i].user, now);

		if (spent >= least)
			continue;
		least = spent;
		at = i;
	}
	best = collector->queue[at];
	memmove(&collector->queue[1], &collector->queue[0], at * sizeof(best));
	collector->queue[0] = best;
}

/* Asks for the next stack, if the worker has none. */
static void ask(struct stack_collector *collector)
{
	uint64_t now = clock_mono_ns();

	while (collector->n_queued && !helper_is_busy(collector->helper)) {
		struct waiting *next = &collector->queue[0];

		choose(collector, now);
		collector->asked_ns = now;
		if (!share_is_shunned(next->user, next->process, now) &&
		    !helper_ask(collector->helper, &next->question->header, next->size))
			break;
		refuse(next, ORIGIN_REFUSED_LATE);
		leave_queue(collector, 0);
	}
}

/* A loop_fn. */
static int on_answer(void *context)
{
	struct stack_collector *collector = context;
	const struct work_unwound *answer;
	const void *bytes;
	int n = helper_take(collector->helper, &bytes);
	struct waiting *first = &collector->queue[0];
	uint64_t now = clock_mono_ns();

	if (n && collector->n_queued) {
		first->user->spent_ns += now - collector->asked_ns;
		answer = bytes;
		if (n > 0) {
			if (answer->unwound.n)
				take(collector, first, &answer->unwound);
		} else {
			share_add_late(first->user, now);
			share_add_late(first->process, now);
			refuse(first, ORIGIN_REFUSED_LATE);
		}
		leave_queue(collector, 0);
	}
	ask(collector);
	return 0;
}

/* Makes room for a user who has less in the queue than another one. False: no user has more. */
static bool make_room(struct stack_collector *collector, const struct share *newcomer)
{
	size_t last = 0;

	for (size_t i = 1; i < collector->n_queued; i++)
		if (collector->queue[i].user->queued >= collector->queue[last].user->queued)
			last = i;
	if (!last || collector->queue[last].user->queued <= newcomer->queued + 1)
		return false;
	refuse(&collector->queue[last], ORIGIN_REFUSED_RATE);
	leave_queue(collector, last);
	return true;
}

/* Puts a stack into the queue. */
static void enqueue(struct stack_collector *collector, const struct ts_stack *stack)
{
	size_t size = offsetof(struct ts_stack, words) + stack->bytes;
	struct waiting waiting = {
		.user = share_of_user(&collector->shares, stack->uid),
		.process = share_of_process(&collector->shares, stack->uid, stack->pid,
					    &stack->layout),
		.size = offsetof(struct work_unwind, stack) + size,
	};

	if (share_is_shunned(waiting.user, waiting.process, clock_mono_ns())) {
		refuse(&waiting, ORIGIN_REFUSED_LATE);
		return;
	}
	if (waiting.user->queued < QUEUE_OF_USER && waiting.process->queued < QUEUE_OF_PROCESS &&
	    (collector->n_queued < QUEUE || make_room(collector, waiting.user)))
		waiting.question = malloc(waiting.size);
	if (!waiting.question) {
		refuse(&waiting, ORIGIN_REFUSED_RATE);
		share_release(&collector->shares, waiting.process);
		return;
	}
	waiting.question->header = (struct work_header){ .work = WORK_UNWIND };
	memcpy(&waiting.question->stack, stack, size);
	waiting.user->queued++;
	waiting.process->queued++;
	collector->queue[collector->n_queued++] = waiting;
}

static int take_sample(void *context, void *data, size_t size)
{
	const struct ts_stack *stack = data;
	struct stack_collector *collector = context;

	if (size >= sizeof(*stack) - sizeof(stack->words) &&
	    size >= sizeof(*stack) - sizeof(stack->words) + stack->bytes)
		enqueue(collector, stack);
	return clock_mono_ns() < collector->round_ends_ns ? 0 : ROUND_OVER;
}

/* A loop_fn. */
static int run_round(void *context)
{
	struct stack_collector *collector = context;
	int n;

	collector->round_ends_ns = clock_mono_ns() + ROUND_NS;
	n = ring_buffer__consume(collector->ring);
	ask(collector);
	return n < 0 && n != ROUND_OVER ? n : 0;
}

int stack_collector_new(const struct tracer *tracer, struct helper *helper, struct loop *loop,
			struct stack_collector **out, struct error *error)
{
	struct stack_collector *collector = *out = calloc(1, sizeof(*collector));
	int err;

	if (collector) {
		collector->helper = helper;
		collector->stored = calloc(TS_STACKS_MAX, sizeof(*collector->stored));
		collector->known = tracer_map_fd(tracer, TRACER_KNOWN_STACKS);
		collector->origins = tracer_map_fd(tracer, TRACER_ORIGINS);
		collector->ring = ring_buffer__new(tracer_map_fd(tracer, TRACER_STACKS),
						   take_sample, collector, NULL);
	}
	if (!collector || !collector->stored || !collector->ring ||
	    shares_new(&collector->shares) || hash_index_new(&collector->by_sum, TS_STACKS_MAX))
		return error_set(error, ENOMEM, "cannot collect stacks: out of memory");
	err = loop_add_fd(loop, ring_buffer__epoll_fd(collector->ring), run_round, collector);
	return err ? err : loop_add_fd(loop, helper_fd(helper), on_answer, collector);
}

int stack_collector_run(void *context)
{
	(void)on_answer(context);
	return run_round(context);
}

bool stack_collector_has(const void *context, uint32_t id)
{
	const struct stack_collector *collector = context;

	for (size_t i = 0; i < collector->n_queued; i++)
		if (collector->queue[i].question->stack.id == id)
			return true;
	return false;
}

uint64_t stack_collector_unwound(const struct stack_collector *collector)
{
	return collector->unwound;
}

uint64_t stack_collector_refused(const struct stack_collector *collector, enum origin_refusal why)
{
	const struct share_table *users = &collector->shares.users;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < users->n; i++)
		sum += users->shares[i].refused[why];
	return sum;
}

void stack_collector_add_lost(void *context, uint32_t uid, uint32_t pid, uint64_t lost)
{
	struct stack_collector *collector = context;
	struct share *user = share_of_user(&collector->shares, uid);

	user->refused[ORIGIN_REFUSED_RATE] += lost;
	user->pid = pid;
}

static uint64_t sum_of_losses(const uint64_t refused[ORIGIN_REFUSALS])
{
	uint64_t sum = 0;

	for (int i = 0; i < ORIGIN_REFUSALS; i++)
		sum += refused[i];
	return sum;
}

size_t stack_collector_losses(const struct stack_collector *collector, struct origin_losses *losses,
			      size_t room)
{
	const struct share_table *users = &collector->shares.users;
	size_t n = 0;

	for (uint32_t i = 0; i < users->n; i++) {
		const struct share *user = &users->shares[i];
		struct origin_losses one = { .uid = user->uid, .pid = user->pid };
		size_t at = n;

		memcpy(one.refused, user->refused, sizeof(one.refused));
		if (!sum_of_losses(one.refused))
			continue;
		while (at && sum_of_losses(losses[at - 1].refused) < sum_of_losses(one.refused))
			at--;
		if (at == room)
			continue;
		n += n < room;
		memmove(&losses[at + 1], &losses[at], (n - 1 - at) * sizeof(*losses));
		losses[at] = one;
	}
	return n;
}

void stack_collector_free(struct stack_collector *collector)
{
	if (!collector)
		return;
	while (collector->n_queued)
		leave_queue(collector, 0);
	ring_buffer__free(collector->ring);
	free(collector->stored);
	shares_free(&collector->shares);
	hash_index_free(&collector->by_sum);
	free(collector);
}
