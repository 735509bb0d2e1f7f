// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A ring of what was kept, oldest first, beside the maps that the kernel side and others read. */
#include "origin/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "lib/hash_index.h"
#include "origin/dwfl_cache.h"
#include "origin/origin.h"
#include "tracer/tracer.h"
#include "origin/unwind.h"

enum {
	SWEPT = 16,	      /* processes asked for at each new one when all places are taken */
	ROUND_OVER = -ECHILD, /* no error of take(): ends a round early */
};

/* Processes can make stacks faster than they can be unwound: the rest of the loop has its turn. */
static const uint64_t ROUND_NS = 20 * UINT64_C(1000000);

/* One id that is in the map of origins. */
struct pinned {
	uint64_t sum; /* of the stack: ids with the same have the same_as of the first */
	uint32_t id;
	uint32_t same_as;
	uint32_t pid;
	bool taught; /* the kernel side may know it by its key */
	struct ts_stack_key key;
};

struct stack_collector {
	struct ring_buffer *ring;
	struct dwfl_cache *codes;
	int known; /* maps */
	int origins;
	struct pinned *kept;
	struct hash_index by_sum; /* the newest in `kept` of each sum */
	size_t first, n;
	size_t forgotten; /* where forget() left off */
	uint64_t round_ends_ns;
	uint32_t turn; /* whose place a stack takes where there are too many */
	struct ts_known_stacks room;
};

/* Code of a JIT belongs to its process alone, even where processes are forks of each other. */
static uint64_t sum_of(const struct stack_collector *stacks, const struct ts_stack *stack,
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
	return hash_index_key(&stacks->by_sum, words, (5 + unwound->n) * sizeof(words[0]));
}

static struct pinned *kept_at(const struct stack_collector *stacks, size_t i)
{
	return &stacks->kept[(stacks->first + i) % TS_STACKS_MAX];
}

/* The id of those with the same stack; 0: it is the first. */
static uint32_t find_same(const struct stack_collector *stacks, uint64_t sum)
{
	uint32_t at;

	return hash_index_get(&stacks->by_sum, sum, &at) ? stacks->kept[at].same_as : 0;
}

/* Adds the newest, for which the ring has room. */
static void append(struct stack_collector *stacks, const struct pinned *newest)
{
	struct pinned *kept = kept_at(stacks, stacks->n++);

	*kept = *newest;
	hash_index_set(&stacks->by_sum, kept->sum, (uint32_t)(kept - stacks->kept));
}

/* Makes room among the oldest; false: their processes all live. */
static bool sweep(struct stack_collector *stacks)
{
	for (int i = 0; i < SWEPT && stacks->n == TS_STACKS_MAX; i++) {
		struct pinned oldest = *kept_at(stacks, 0);

		hash_index_remove(&stacks->by_sum, oldest.sum, (uint32_t)stacks->first);
		stacks->first = (stacks->first + 1) % TS_STACKS_MAX;
		stacks->n--;
		if (dwfl_entry_is_of(oldest.pid, &oldest.key.layout)) {
			append(stacks, &oldest);
			continue;
		}
		(void)bpf_map_delete_elem(stacks->origins, &oldest.id);
		(void)bpf_map_delete_elem(stacks->known, &oldest.key);
	}
	return stacks->n < TS_STACKS_MAX;
}

/* Makes room on the kernel side; false: the processes that were asked for all live. */
static bool forget(struct stack_collector *stacks)
{
	bool found = false;

	for (size_t i = 0, asked = 0; i < stacks->n && asked < SWEPT; i++) {
		struct pinned *kept = kept_at(stacks, stacks->forgotten++ % stacks->n);

		if (!kept->taught)
			continue;
		asked++;
		if (dwfl_entry_is_of(kept->pid, &kept->key.layout))
			continue;
		kept->taught = false;
		found |= !bpf_map_delete_elem(stacks->known, &kept->key);
	}
	return found;
}

static int keep(struct stack_collector *stacks, const struct ts_stack *stack,
		const struct unwound *unwound, const struct pinned *kept)
{
	struct ts_origin origin = {
		.layout = stack->layout,
		.same_as = kept->same_as,
		.pid = stack->pid,
		.kind = (uint16_t)stack->kind,
		.n = (uint16_t)unwound->n,
		.more = unwound->more,
	};

	if (stacks->n == TS_STACKS_MAX && !sweep(stacks))
		return -ENOSPC;
	memcpy(origin.address, unwound->address, sizeof(origin.address));
	if (bpf_map_update_elem(stacks->origins, &kept->id, &origin, BPF_ANY))
		return -errno;
	append(stacks, kept);
	return 0;
}

static void make_known(struct ts_known_stack *known, const struct ts_stack *stack,
		       const struct unwound *unwound, uint32_t id)
{
	*known = (struct ts_known_stack){
		.id = id,
		.tgid = unwound->in_files ? 0 : stack->tgid,
		.n = unwound->n - 1,
	};
	for (uint32_t i = 0; i < known->n; i++) {
		uint16_t at = known->at[i] = unwound->at[i];

		known->address[i] = unwound->address[i + 1];
		if (at != TS_IN_LINK_REGISTER && known->bytes < (at + 1u) * 8)
			known->bytes = (at + 1u) * 8;
	}
}

/* What has no return address that was found would be taken for every other. */
static void teach(struct stack_collector *stacks, const struct ts_stack *stack,
		  const struct unwound *unwound, const struct pinned *kept)
{
	struct ts_known_stacks *all = &stacks->room;
	struct ts_known_stack known;
	uint32_t place;

	if (unwound->n < 2 || unwound->n_at != unwound->n - 1)
		return;
	if (bpf_map_lookup_elem(stacks->known, &kept->key, all))
		memset(all, 0, sizeof(*all));
	make_known(&known, stack, unwound, kept->same_as);
	for (uint32_t i = 0; i < all->n; i++)
		if (!memcmp(&all->stack[i], &known, sizeof(known)))
			return; /* it was copied before it was known */
	place = all->n < TS_STACKS_KNOWN ? all->n++ : stacks->turn++ % TS_STACKS_KNOWN;
	all->stack[place] = known;
	if (all->bytes < known.bytes)
		all->bytes = known.bytes;
	if (bpf_map_update_elem(stacks->known, &kept->key, all, BPF_ANY) && errno == E2BIG &&
	    forget(stacks))
		(void)bpf_map_update_elem(stacks->known, &kept->key, all, BPF_ANY);
}

static void take(struct stack_collector *stacks, const struct ts_stack *stack)
{
	struct unwound unwound;
	struct dwfl_entry *code;
	struct pinned kept;

	code = dwfl_cache_get(stacks->codes, stack->pid, &stack->layout);
	if (!code) /* it has ended */
		return;
	unwind(code, stack, &unwound);
	kept = (struct pinned){
		.sum = sum_of(stacks, stack, &unwound),
		.id = stack->id,
		.pid = stack->pid,
		.taught = true,
		.key = { .layout = stack->layout, .pc = stack->pc, .kind = stack->kind },
	};
	kept.same_as = find_same(stacks, kept.sum);
	if (!kept.same_as)
		kept.same_as = kept.id;
	if (!keep(stacks, stack, &unwound, &kept))
		teach(stacks, stack, &unwound, &kept);
}

static int take_sample(void *context, void *data, size_t size)
{
	const struct ts_stack *stack = data;
	struct stack_collector *stacks = context;

	if (size >= sizeof(*stack) - sizeof(stack->words) &&
	    size >= sizeof(*stack) - sizeof(stack->words) + stack->bytes)
		take(stacks, stack);
	return clock_mono_ns() < stacks->round_ends_ns ? 0 : ROUND_OVER;
}

int stack_collector_new(const struct tracer *tracer, struct stack_collector **out,
			struct error *error)
{
	struct stack_collector *stacks = calloc(1, sizeof(*stacks));

	if (stacks) {
		stacks->codes = dwfl_cache_new();
		stacks->kept = calloc(TS_STACKS_MAX, sizeof(*stacks->kept));
		stacks->known = tracer_known_stacks_fd(tracer);
		stacks->origins = tracer_origins_fd(tracer);
		stacks->ring = ring_buffer__new(tracer_stacks_fd(tracer), take_sample, stacks,
						NULL);
	}
	if (!stacks || !stacks->codes || !stacks->kept || !stacks->ring ||
	    hash_index_new(&stacks->by_sum, TS_STACKS_MAX)) {
		stack_collector_free(stacks);
		return error_set(error, ENOMEM, "no memory for the stacks of --origin");
	}
	*out = stacks;
	return 0;
}

void stack_collector_free(struct stack_collector *stacks)
{
	if (!stacks)
		return;
	ring_buffer__free(stacks->ring);
	dwfl_cache_free(stacks->codes);
	free(stacks->kept);
	hash_index_free(&stacks->by_sum);
	free(stacks);
}

int stack_collector_fd(const struct stack_collector *stacks)
{
	return ring_buffer__epoll_fd(stacks->ring);
}

int stack_collector_round(void *context)
{
	struct stack_collector *stacks = context;
	int n;

	stacks->round_ends_ns = clock_mono_ns() + ROUND_NS;
	n = ring_buffer__consume(stacks->ring);
	return n < 0 && n != ROUND_OVER ? n : 0;
}
