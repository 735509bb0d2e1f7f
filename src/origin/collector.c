// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stacks that were unwound, oldest first, beside the maps for the BPF programs and other processes. */
#include "origin/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "lib/hash_index.h"
#include "lib/loop.h"
#include "origin/dwfl_cache.h"
#include "origin/unwind.h"
#include "tracer/tracer.h"

enum {
	SWEPT = 16,	      /* processes checked for each new stack when the ring is full */
	ROUND_OVER = -ECHILD, /* not an error of take(): ends a round early */
};

/* Stacks can arrive faster than they can be unwound: the rest of the loop must run too. */
static const uint64_t ROUND_NS = 20 * UINT64_C(1000000);

/* One id that is in the map of origins. */
struct stored {
	uint64_t sum; /* hash of the stack */
	uint32_t id;
	uint32_t same_as;
	uint32_t pid;
	bool known; /* the BPF programs may know it by its key */
	struct ts_stack_key key;
};

struct stack_collector {
	struct ring_buffer *ring;
	struct dwfl_cache *cache;
	int known; /* maps */
	int origins;
	struct stored *stored;
	struct hash_index by_sum; /* the newest in `stored` of each sum */
	size_t first, n;
	size_t forgotten; /* where forget() continues */
	uint64_t round_ends_ns;
	uint32_t turn; /* index of the next known stack to replace */
	struct ts_known_stacks room;
};

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

/* Removes stacks of processes that have exited, oldest first. False: none was removed. */
static bool sweep(struct stack_collector *collector)
{
	for (int i = 0; i < SWEPT && collector->n == TS_STACKS_MAX; i++) {
		struct stored oldest = *stored_at(collector, 0);

		hash_index_remove(&collector->by_sum, oldest.sum, (uint32_t)collector->first);
		collector->first = (collector->first + 1) % TS_STACKS_MAX;
		collector->n--;
		if (dwfl_entry_is_of(oldest.pid, &oldest.key.layout)) {
			append(collector, &oldest);
			continue;
		}
		(void)bpf_map_delete_elem(collector->origins, &oldest.id);
		(void)bpf_map_delete_elem(collector->known, &oldest.key);
	}
	return collector->n < TS_STACKS_MAX;
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
		if (dwfl_entry_is_of(stored->pid, &stored->key.layout))
			continue;
		stored->known = false;
		found |= !bpf_map_delete_elem(collector->known, &stored->key);
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

	if (collector->n == TS_STACKS_MAX && !sweep(collector))
		return -ENOSPC;
	memcpy(origin.address, unwound->address, sizeof(origin.address));
	if (bpf_map_update_elem(collector->origins, &stored->id, &origin, BPF_ANY))
		return -errno;
	append(collector, stored);
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

/* A stack without a located return address would match every stack. */
static void add_known(struct stack_collector *collector, const struct ts_stack *stack,
		      const struct unwound *unwound, const struct stored *stored)
{
	struct ts_known_stacks *all = &collector->room;
	struct ts_known_stack known;
	uint32_t place;

	if (unwound->n < 2 || unwound->n_at != unwound->n - 1)
		return;
	if (bpf_map_lookup_elem(collector->known, &stored->key, all))
		memset(all, 0, sizeof(*all));
	make_known(&known, stack, unwound, stored->same_as);
	for (uint32_t i = 0; i < all->n; i++)
		if (!memcmp(&all->stack[i], &known, sizeof(known)))
			return; /* it was copied before it became known */
	place = all->n < TS_STACKS_KNOWN ? all->n++ : collector->turn++ % TS_STACKS_KNOWN;
	all->stack[place] = known;
	if (all->bytes < known.bytes)
		all->bytes = known.bytes;
	if (bpf_map_update_elem(collector->known, &stored->key, all, BPF_ANY) && errno == E2BIG &&
	    forget(collector))
		(void)bpf_map_update_elem(collector->known, &stored->key, all, BPF_ANY);
}

static void take(struct stack_collector *collector, const struct ts_stack *stack)
{
	struct unwound unwound;
	struct dwfl_entry *entry;
	struct stored stored;
	uint32_t at;

	entry = dwfl_cache_get(collector->cache, stack->pid, &stack->layout);
	if (!entry) /* the process has exited */
		return;
	unwind(entry, stack, &unwound);
	stored = (struct stored){
		.sum = sum_of(collector, stack, &unwound),
		.id = stack->id,
		.pid = stack->pid,
		.known = true,
		.key = { .layout = stack->layout, .pc = stack->pc, .kind = stack->kind },
	};
	stored.same_as = hash_index_get(&collector->by_sum, stored.sum, &at) ?
				 collector->stored[at].same_as :
				 stored.id;
	if (!store(collector, stack, &unwound, &stored))
		add_known(collector, stack, &unwound, &stored);
}

static int take_sample(void *context, void *data, size_t size)
{
	const struct ts_stack *stack = data;
	struct stack_collector *collector = context;

	if (size >= sizeof(*stack) - sizeof(stack->words) &&
	    size >= sizeof(*stack) - sizeof(stack->words) + stack->bytes)
		take(collector, stack);
	return clock_mono_ns() < collector->round_ends_ns ? 0 : ROUND_OVER;
}

/* A loop_fn. */
static int run_round(void *context)
{
	struct stack_collector *collector = context;
	int n;

	collector->round_ends_ns = clock_mono_ns() + ROUND_NS;
	n = ring_buffer__consume(collector->ring);
	return n < 0 && n != ROUND_OVER ? n : 0;
}

int stack_collector_new(const struct tracer *tracer, struct loop *loop,
			struct stack_collector **out, struct error *error)
{
	struct stack_collector *collector = *out = calloc(1, sizeof(*collector));

	if (collector) {
		collector->cache = dwfl_cache_new();
		collector->stored = calloc(TS_STACKS_MAX, sizeof(*collector->stored));
		collector->known = tracer_map_fd(tracer, TRACER_KNOWN_STACKS);
		collector->origins = tracer_map_fd(tracer, TRACER_ORIGINS);
		collector->ring = ring_buffer__new(tracer_map_fd(tracer, TRACER_STACKS),
						   take_sample, collector, NULL);
	}
	if (!collector || !collector->cache || !collector->stored || !collector->ring ||
	    hash_index_new(&collector->by_sum, TS_STACKS_MAX))
		return error_set(error, ENOMEM, "cannot collect stacks: out of memory");
	return loop_add_fd(loop, ring_buffer__epoll_fd(collector->ring), run_round, collector);
}

void stack_collector_free(struct stack_collector *collector)
{
	if (!collector)
		return;
	ring_buffer__free(collector->ring);
	dwfl_cache_free(collector->cache);
	free(collector->stored);
	hash_index_free(&collector->by_sum);
	free(collector);
}
