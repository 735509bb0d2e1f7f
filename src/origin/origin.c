// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Each stack is described once, by the worker, at its first use. */
#include "origin/origin.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/clock.h"
#include "lib/hash_index.h"
#include "origin/helper.h"
#include "origin/shares.h"
#include "origin/worker.h"

static const uint64_t SLOW_NS = 300 * UINT64_C(1000000);

enum { IDLE_MS = 20 }; /* between two calls of origins_idle */

/* Owns the frames and strings of `origin`. */
struct entry {
	struct origin origin;
	struct origin_frame *frames;
	char *text;
};

struct origins {
	int map;
	int stop_fd;
	struct helper *helper;
	struct shares shares; /* the worker's time */
	uint64_t until_ns;    /* until then a description is waited for */
	struct origins_idle idle;
	struct hash_index index; /* by id */
	struct entry **entries;
	size_t n;
	/* The question that the worker has, while that is busy. */
	struct work_describe question;
	struct share *user, *process;
	uint64_t asked_ns;
	uint64_t refused;
};

int origins_supported(struct error *error)
{
	return 0;
}

int origins_new(int map_fd, struct helper *helper, int stop_fd, struct origins **out,
		struct error *error)
{
	struct origins *origins = calloc(1, sizeof(*origins));

	if (origins) {
		origins->map = map_fd;
		origins->helper = helper;
		origins->stop_fd = stop_fd;
		origins->until_ns = UINT64_MAX;
		origins->entries = calloc(TS_STACKS_MAX, sizeof(*origins->entries));
	}
	if (!origins || !origins->entries || shares_new(&origins->shares) ||
	    hash_index_new(&origins->index, TS_STACKS_MAX)) {
		origins_free(origins);
		return error_set(error, ENOMEM, "cannot describe origins: out of memory");
	}
	*out = origins;
	return 0;
}

static void entry_free(struct entry *entry)
{
	if (!entry)
		return;
	free(entry->frames);
	free(entry->text);
	free(entry);
}

void origins_free(struct origins *origins)
{
	if (!origins)
		return;
	for (size_t i = 0; i < origins->n; i++)
		entry_free(origins->entries[i]);
	free(origins->entries);
	hash_index_free(&origins->index);
	shares_free(&origins->shares);
	free(origins);
}

void origins_wait_for(struct origins *origins, unsigned ms, const struct origins_idle *idle)
{
	if (!origins)
		return;
	origins->until_ns = clock_mono_ns() + UINT64_C(1000000) * ms;
	origins->idle = idle ? *idle : (struct origins_idle){ 0 };
}

bool origins_is_slow(struct origins *origins, uint32_t uid)
{
	return share_spent(share_of_user(&origins->shares, uid), clock_mono_ns()) > SLOW_NS;
}

uint64_t origins_refused(const struct origins *origins)
{
	return origins ? origins->refused : 0;
}

static const char *text_at(const struct entry *entry, uint32_t at)
{
	return at ? entry->text + at - 1 : NULL;
}

/* raw->n addresses that are not described, or what the worker made of them. */
static struct entry *entry_new(const struct ts_origin *raw, const struct work_described *answer,
			       size_t text_size)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	uint32_t n = answer ? answer->n : raw->n;

	if (!entry)
		return NULL;
	if (!answer && n > TS_STACK_FRAMES)
		n = TS_STACK_FRAMES;
	entry->frames = calloc(n + 1, sizeof(*entry->frames));
	entry->text = malloc(text_size + !text_size);
	if (!entry->frames || !entry->text) {
		entry_free(entry);
		return NULL;
	}
	if (answer)
		memcpy(entry->text, answer->text, text_size);
	entry->origin = (struct origin){ .id = raw->same_as,
					 .pid = raw->pid,
					 .kind = raw->kind,
					 .more = answer ? answer->more : raw->more,
					 .n = n,
					 .frames = entry->frames };
	for (uint32_t i = 0; i < n; i++) {
		const struct work_frame *frame = answer ? &answer->frames[i] : NULL;

		entry->frames[i] =
			frame ? (struct origin_frame){ .function = text_at(entry, frame->function),
						       .file = text_at(entry, frame->file),
						       .module = text_at(entry, frame->module),
						       .address = frame->address,
						       .offset = frame->offset,
						       .line = frame->line,
						       .inlined = frame->inlined } :
				(struct origin_frame){ .address = raw->address[i],
						       .offset = raw->address[i] };
	}
	return entry;
}

static const struct origin *add(struct origins *origins, struct entry *entry)
{
	uint32_t at = (uint32_t)origins->n;

	if (!entry)
		return NULL;
	origins->entries[origins->n++] = entry;
	(void)hash_index_put(&origins->index, entry->origin.id, at);
	return &entry->origin;
}

/* Takes what the worker has. `size`: of helper_take(), not 0. */
static void take(struct origins *origins, const struct work_described *answer, int size)
{
	const struct ts_origin *raw = &origins->question.raw;
	const size_t header = offsetof(struct work_described, text);
	uint64_t now = clock_mono_ns();

	origins->user->spent_ns += now - origins->asked_ns;
	if (size > 0) {
		(void)add(origins, entry_new(raw, answer, (size_t)size - header));
		return;
	}
	share_add_late(origins->user, now);
	share_add_late(origins->process, now);
	origins->refused++;
	(void)add(origins, entry_new(raw, NULL, 0));
}

static bool is_stopped(const struct origins *origins)
{
	struct pollfd stop = { .fd = origins->stop_fd, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

static void run_collector(const struct origins *origins)
{
	if (origins->idle.run)
		(void)origins->idle.run(origins->idle.collector);
}

/* Waits until the worker is idle. False: it is not yet. */
static bool wait_for_worker(struct origins *origins)
{
	const void *answer;

	while (helper_is_busy(origins->helper)) {
		uint64_t now = clock_mono_ns();
		int ms = now < origins->until_ns ? IDLE_MS : 0;
		int n = helper_wait(origins->helper, origins->stop_fd, ms, &answer);

		if (n)
			take(origins, answer, n);
		else if (!ms)
			return false;
		run_collector(origins);
		if (!n && is_stopped(origins))
			return false;
	}
	return true;
}

/* Reads the stack, after waiting until it is unwound. False: it is unknown. */
static bool read_raw(struct origins *origins, uint32_t id, struct ts_origin *raw)
{
	const struct origins_idle *idle = &origins->idle;
	bool waited = false;

	run_collector(origins); /* the stack may still be in the ring */
	while (bpf_map_lookup_elem(origins->map, &id, raw)) {
		if (!idle->has || !idle->has(idle->collector, id) || is_stopped(origins) ||
		    clock_mono_ns() >= origins->until_ns)
			return false;
		if (waited)
			(void)poll(NULL, 0, 1);
		waited = true;
		run_collector(origins);
	}
	return raw->n > 0;
}

static void ask(struct origins *origins, const struct ts_origin *raw, uint32_t holder, uint32_t uid)
{
	struct share *user = share_of_user(&origins->shares, uid);
	struct share *process = share_of_process(&origins->shares, uid, raw->pid, &raw->layout);

	origins->question = (struct work_describe){ .header.work = WORK_DESCRIBE,
						    .holder = holder,
						    .raw = *raw };
	origins->user = user;
	origins->process = process;
	origins->asked_ns = clock_mono_ns();
	if (!share_is_shunned(user, process, origins->asked_ns) &&
	    !helper_ask(origins->helper, &origins->question.header, sizeof(origins->question)))
		return;
	origins->refused++;
	(void)add(origins, entry_new(raw, NULL, 0));
}

static const struct origin *find(const struct origins *origins, uint32_t id)
{
	uint32_t at;

	return hash_index_get(&origins->index, id, &at) ? &origins->entries[at]->origin : NULL;
}

const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder,
				     uint32_t uid)
{
	const struct origin *known;
	struct ts_origin raw;

	if (!id)
		return NULL;
	known = find(origins, id);
	if (known)
		return known;
	if (origins->n == TS_STACKS_MAX || !read_raw(origins, id, &raw))
		return NULL;
	known = find(origins, raw.same_as);
	if (known || !wait_for_worker(origins))
		return known;
	known = find(origins, raw.same_as); /* the worker was busy with it */
	if (known)
		return known;
	ask(origins, &raw, holder, uid);
	(void)wait_for_worker(origins);
	return find(origins, raw.same_as);
}
