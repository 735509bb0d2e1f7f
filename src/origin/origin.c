// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Each stack is symbolized once, at its first use. */
#include "origin/origin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/hash_index.h"
#include "origin/dwfl_cache.h"
#include "origin/symbolize.h"

enum {
	FRAMES_MAX = 2 * TS_STACK_FRAMES, /* with inlined ones */
	NAME_MAX_BYTES = 1024,		  /* a file may have names of any length */
};

/* Owns the frames and strings of `origin`. */
struct entry {
	struct origin origin;
	struct origin_frame frames[FRAMES_MAX];
};

struct origins {
	int map;
	struct dwfl_cache *cache;
	struct hash_index index; /* by id */
	struct entry **entries;
	size_t n;
};

int origins_supported(struct error *error)
{
	return 0;
}

int origins_new(int map_fd, struct origins **out, struct error *error)
{
	struct origins *origins = calloc(1, sizeof(*origins));

	if (origins) {
		origins->map = map_fd;
		origins->cache = dwfl_cache_new();
		origins->entries = calloc(TS_STACKS_MAX, sizeof(*origins->entries));
	}
	if (!origins || !origins->cache || !origins->entries ||
	    hash_index_new(&origins->index, TS_STACKS_MAX)) {
		origins_free(origins);
		return error_set(error, ENOMEM, "cannot describe origins: out of memory");
	}
	*out = origins;
	return 0;
}

static void entry_free(struct entry *entry)
{
	for (size_t i = 0; i < entry->origin.n; i++) {
		free((char *)entry->frames[i].function);
		free((char *)entry->frames[i].file);
		free((char *)entry->frames[i].module);
	}
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
	dwfl_cache_free(origins->cache);
	free(origins);
}

static const char *copy(const char *text)
{
	return text ? strndup(text, NAME_MAX_BYTES) : NULL;
}

/* As in the source, with its namespaces. */
static const char *function_name(const struct symbol *symbol)
{
	char *name = symbol->linkage ? demangle(symbol->linkage) : NULL;

	return name ? name : copy(symbol->function);
}

static void add_frame(struct entry *entry, uint64_t address, struct symbol *symbol)
{
	struct origin *origin = &entry->origin;

	if (origin->n == FRAMES_MAX) {
		origin->more = true;
	} else {
		entry->frames[origin->n++] = (struct origin_frame){ .function = function_name(
									    symbol),
								    .file = copy(symbol->file),
								    .module = copy(symbol->module),
								    .address = address,
								    .offset = symbol->offset,
								    .line = symbol->line,
								    .inlined = symbol->inlined };
	}
	free(symbol->jitted);
}

static void add_address(struct entry *entry, struct dwfl_entry *dwfl, uint64_t address,
			bool returns)
{
	struct symbol symbols[SYMBOLS_MAX] = { { .offset = address } };
	unsigned n = dwfl ? symbol_find(dwfl, address, returns, symbols) : 1;

	for (unsigned i = 0; i < n; i++)
		add_frame(entry, address, &symbols[i]);
}

/* NULL: neither process has the address space of the stack. */
static struct dwfl_entry *find_dwfl(struct origins *origins, const struct ts_origin *raw,
				    uint32_t holder)
{
	struct dwfl_entry *dwfl = dwfl_cache_get(origins->cache, raw->pid, &raw->layout);

	if (!dwfl && holder && holder != raw->pid)
		dwfl = dwfl_cache_get(origins->cache, holder, &raw->layout);
	if (dwfl) /* a library may have been mapped since */
		(void)dwfl_entry_refresh(dwfl);
	return dwfl;
}

static struct entry *entry_make(struct origins *origins, const struct ts_origin *raw,
				uint32_t holder)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct dwfl_entry *dwfl;

	if (!entry)
		return NULL;
	entry->origin = (struct origin){ .id = raw->same_as,
					 .pid = raw->pid,
					 .kind = raw->kind,
					 .more = raw->more,
					 .frames = entry->frames };
	dwfl = find_dwfl(origins, raw, holder);
	for (uint32_t i = 0; i < raw->n && i < TS_STACK_FRAMES; i++)
		add_address(entry, dwfl, raw->address[i], i > 0);
	return entry;
}

const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder)
{
	struct ts_origin raw;
	struct entry *entry;
	uint32_t at;

	if (!id)
		return NULL;
	if (hash_index_get(&origins->index, id, &at))
		return &origins->entries[at]->origin;
	if (origins->n == TS_STACKS_MAX || bpf_map_lookup_elem(origins->map, &id, &raw) || !raw.n)
		return NULL;
	if (raw.same_as != id && hash_index_get(&origins->index, raw.same_as, &at))
		return &origins->entries[at]->origin;
	entry = entry_make(origins, &raw, holder);
	if (!entry)
		return NULL;
	at = (uint32_t)origins->n++;
	origins->entries[at] = entry;
	(void)hash_index_put(&origins->index, raw.same_as, at);
	return &entry->origin;
}
