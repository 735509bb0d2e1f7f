// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "origin/worker.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "origin/dwfl_cache.h"
#include "origin/symbolize.h"

enum {
	MEMORY_MAX = 192 << 20, /* kept between two requests */
	CPU_SECONDS_MAX = 30,	/* then a new worker goes on */
};

struct worker {
	int tracer;
	struct dwfl_cache *cache;
	struct work_described answer;
	size_t used; /* of answer.text */
};

static void send_answer(const struct worker *worker, const void *answer, size_t size)
{
	(void)send(worker->tracer, answer, size, MSG_NOSIGNAL);
}

static void unwind_stack(const struct worker *worker, const struct work_unwind *request)
{
	struct work_unwound answer = { .header = request->header };
	const struct ts_stack *stack = &request->stack;
	struct dwfl_entry *entry = dwfl_cache_get(worker->cache, stack->pid, &stack->layout);

	if (entry)
		unwind(entry, stack, &answer.unwound);
	send_answer(worker, &answer, sizeof(answer));
}

/* Returns 0 if there is no name, or no room for it. */
static uint32_t add_text(struct worker *worker, const char *text)
{
	size_t n = text ? strnlen(text, WORK_NAME_MAX) : 0, at = worker->used;

	if (!text || n >= sizeof(worker->answer.text) - at)
		return 0;
	memcpy(worker->answer.text + at, text, n);
	worker->answer.text[at + n] = '\0';
	worker->used += n + 1;
	return (uint32_t)at + 1;
}

/* As in the source, with its namespaces. */
static uint32_t add_function(struct worker *worker, const struct symbol *symbol)
{
	char *name = symbol->linkage ? demangle(symbol->linkage) : NULL;
	uint32_t at = add_text(worker, name ? name : symbol->function);

	free(name);
	return at;
}

static void add_frame(struct worker *worker, uint64_t address, struct symbol *symbol)
{
	struct work_described *answer = &worker->answer;

	if (answer->n == WORK_FRAMES) {
		answer->more = true;
	} else {
		answer->frames[answer->n++] = (struct work_frame){
			.function = add_function(worker, symbol),
			.file = add_text(worker, symbol->file),
			.module = add_text(worker, symbol->module),
			.address = address,
			.offset = symbol->offset,
			.line = symbol->line,
			.inlined = symbol->inlined
		};
	}
	free(symbol->jitted);
}

static void add_address(struct worker *worker, struct dwfl_entry *entry, uint64_t address,
			bool returns)
{
	struct symbol symbols[SYMBOLS_MAX] = { { .offset = address } };
	unsigned n = entry ? symbol_find(entry, address, returns, symbols) : 1;

	for (unsigned i = 0; i < n; i++)
		add_frame(worker, address, &symbols[i]);
}

/* NULL: neither process has the address space of the stack. */
static struct dwfl_entry *find_entry(const struct worker *worker, const struct ts_origin *raw,
				     uint32_t holder)
{
	struct dwfl_entry *entry = dwfl_cache_get(worker->cache, raw->pid, &raw->layout);

	if (!entry && holder && holder != raw->pid)
		entry = dwfl_cache_get(worker->cache, holder, &raw->layout);
	if (entry) /* a library may have been mapped since */
		(void)dwfl_entry_refresh(entry);
	return entry;
}

static void describe(struct worker *worker, const struct work_describe *request)
{
	const struct ts_origin *raw = &request->raw;
	struct dwfl_entry *entry = find_entry(worker, raw, request->holder);

	worker->used = 0;
	memset(&worker->answer, 0, offsetof(struct work_described, text));
	worker->answer.header = request->header;
	worker->answer.more = raw->more;
	for (uint32_t i = 0; i < raw->n && i < TS_STACK_FRAMES; i++)
		add_address(worker, entry, raw->address[i], i > 0);
	send_answer(worker, &worker->answer, offsetof(struct work_described, text) + worker->used);
}

static bool is_over(void)
{
	struct timespec used;

	return !clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) && used.tv_sec >= CPU_SECONDS_MAX;
}

static void give_memory_back(const struct worker *worker)
{
	struct mallinfo2 memory = mallinfo2();

	if (memory.uordblks + memory.hblkhd > MEMORY_MAX)
		dwfl_cache_clear(worker->cache);
	(void)malloc_trim(MEMORY_MAX / 4);
}

static void serve(struct worker *worker, union work_request *request)
{
	const size_t stack = offsetof(struct work_unwind, stack.words);
	ssize_t n;

	while ((n = recv(worker->tracer, request, sizeof(*request), 0)) > 0) {
		size_t size = (size_t)n;

		if (request->header.work == WORK_UNWIND && size >= stack &&
		    size - stack >= request->unwind.stack.bytes)
			unwind_stack(worker, &request->unwind);
		else if (request->header.work == WORK_DESCRIBE && size == sizeof(request->describe))
			describe(worker, &request->describe);
		else
			break;
		if (is_over())
			break;
		give_memory_back(worker);
	}
}

void worker_serve(int tracer, int finder, void (*ready)(void))
{
	struct worker *worker = calloc(1, sizeof(*worker));
	union work_request *request = malloc(sizeof(*request));
	struct dwfl_cache *cache = dwfl_cache_new(finder);

	if (worker && request && cache) {
		worker->tracer = tracer;
		worker->cache = cache;
		ready();
		serve(worker, request);
	}
	dwfl_cache_free(cache);
	free(request);
	free(worker);
}
