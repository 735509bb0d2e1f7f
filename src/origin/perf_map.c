// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A perf map as a sorted table of ranges that do not overlap: a JIT writes millions of lines, and
 * each address is looked up. The file is untrusted, and may be sparse.
 */
#include "origin/symbolize.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PERF_MAP_BYTES = 64 << 20, /* read at most */
	PERF_MAP_LINES = 1 << 20,  /* likewise */
	PERF_NAME_MAX = 1000,	   /* longer names are cut */
};

struct line {
	uint64_t start, last;
	uint32_t name; /* offset in the text */
	uint32_t length;
};

struct range {
	uint64_t start, last;
	uint32_t line;
};

struct perf_map {
	struct stat st; /* of the file when it was read */
	char *text;
	size_t size;
	struct line *lines;
	size_t n_lines;
	struct range *ranges; /* by address */
	size_t n_ranges;
};

void perf_map_free(struct perf_map *map)
{
	if (!map)
		return;
	free(map->text);
	free(map->lines);
	free(map->ranges);
	free(map);
}

bool perf_map_is_of(const struct perf_map *map, int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_dev == map->st.st_dev && st.st_ino == map->st.st_ino &&
	       st.st_size == map->st.st_size && st.st_mtim.tv_sec == map->st.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == map->st.st_mtim.tv_nsec;
}

static bool read_text(struct perf_map *map, int fd)
{
	size_t room = map->st.st_size < PERF_MAP_BYTES ? (size_t)map->st.st_size : PERF_MAP_BYTES;
	ssize_t n;

	map->text = malloc(room + 1);
	if (!map->text)
		return false;
	while (map->size < room) {
		n = pread(fd, map->text + map->size, room - map->size, (off_t)map->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		map->size += (size_t)n;
	}
	map->text[map->size] = '\0';
	return true;
}

/* A hexadecimal number and the blanks around it. False: there is none. */
static bool take_number(const char **at, const char *end, uint64_t *number)
{
	const char *from, *text = *at;

	while (text < end && isblank((unsigned char)*text))
		text++;
	if (end - text > 2 && text[0] == '0' && (text[1] | 32) == 'x')
		text += 2;
	*number = 0;
	for (from = text; text < end && isxdigit((unsigned char)*text); text++)
		*number = *number << 4 |
			  (uint64_t)(*text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10);
	if (text == from || text == end || !isblank((unsigned char)*text))
		return false;
	while (text < end && isblank((unsigned char)*text))
		text++;
	*at = text;
	return true;
}

/* A line is `START SIZE NAME`, the numbers in hexadecimal. False: it is something else. */
static bool parse_line(const struct perf_map *map, const char *at, const char *end,
		       struct line *line)
{
	uint64_t size;

	if (!take_number(&at, end, &line->start) || !take_number(&at, end, &size) || !size)
		return false;
	end = memchr(at, '\r', (size_t)(end - at)) ?: end;
	end = memchr(at, '\0', (size_t)(end - at)) ?: end;
	if (at == end)
		return false;
	line->last = size - 1 > UINT64_MAX - line->start ? UINT64_MAX : line->start + size - 1;
	line->name = (uint32_t)(at - map->text);
	line->length = end - at > PERF_NAME_MAX ? PERF_NAME_MAX : (uint32_t)(end - at);
	return true;
}

/* Returns the number of lines, and stores those for which there is room. */
static size_t parse_lines(const struct perf_map *map, struct line *lines, size_t room)
{
	const char *at = map->text, *end = map->text + map->size;
	struct line line;
	size_t n = 0;

	while (at < end && n < room) {
		const char *over = memchr(at, '\n', (size_t)(end - at)) ?: end;

		if (parse_line(map, at, over, &line)) {
			if (lines)
				lines[n] = line;
			n++;
		}
		at = over + 1;
	}
	return n;
}

static int compare_starts(const void *a, const void *b, void *context)
{
	const struct line *lines = context;
	const struct line *one = &lines[*(const uint32_t *)a];
	const struct line *other = &lines[*(const uint32_t *)b];

	return (one->start > other->start) - (one->start < other->start);
}

/* The lines that have an address, the last in the file on top. */
struct heap {
	uint32_t *lines;
	size_t n;
};

static void heap_add(struct heap *heap, uint32_t line)
{
	size_t i = heap->n++;

	for (; i && heap->lines[(i - 1) / 2] < line; i = (i - 1) / 2)
		heap->lines[i] = heap->lines[(i - 1) / 2];
	heap->lines[i] = line;
}

static void heap_drop(struct heap *heap)
{
	uint32_t moved = heap->lines[--heap->n];
	size_t i = 0, below;

	for (; (below = 2 * i + 1) < heap->n; i = below) {
		below += below + 1 < heap->n && heap->lines[below + 1] > heap->lines[below];
		if (heap->lines[below] <= moved)
			break;
		heap->lines[i] = heap->lines[below];
	}
	if (heap->n)
		heap->lines[i] = moved;
}

/* The last line with an address wins: a JIT reuses the addresses of old code. */
static void make_ranges(struct perf_map *map, const uint32_t *order, struct heap *heap)
{
	const struct line *lines = map->lines;
	uint64_t at = 0;

	for (size_t i = 0; i < map->n_lines || heap->n;) {
		struct range *range = &map->ranges[map->n_ranges];

		if (!heap->n)
			at = lines[order[i]].start;
		while (i < map->n_lines && lines[order[i]].start <= at)
			heap_add(heap, order[i++]);
		while (heap->n && lines[heap->lines[0]].last < at)
			heap_drop(heap);
		if (!heap->n)
			continue;
		range->start = at;
		range->line = heap->lines[0];
		range->last = lines[range->line].last;
		if (i < map->n_lines && lines[order[i]].start <= range->last)
			range->last = lines[order[i]].start - 1;
		map->n_ranges++;
		if (range->last == UINT64_MAX)
			break;
		at = range->last + 1;
	}
}

static bool sort(struct perf_map *map)
{
	uint32_t *order = calloc(map->n_lines + 1, 2 * sizeof(*order));
	struct heap heap = { .lines = order ? order + map->n_lines : NULL };

	/* each range ends where a line begins or ends */
	map->ranges = calloc(2 * map->n_lines + 1, sizeof(*map->ranges));
	if (order && map->ranges) {
		for (uint32_t i = 0; i < map->n_lines; i++)
			order[i] = i;
		qsort_r(order, map->n_lines, sizeof(*order), compare_starts, map->lines);
		make_ranges(map, order, &heap);
	}
	free(order);
	return order && map->ranges;
}

struct perf_map *perf_map_read(int fd)
{
	struct perf_map *map = calloc(1, sizeof(*map));

	if (!map || fstat(fd, &map->st) || !read_text(map, fd))
		goto failed;
	map->n_lines = parse_lines(map, NULL, PERF_MAP_LINES);
	map->lines = calloc(map->n_lines + 1, sizeof(*map->lines));
	if (!map->lines)
		goto failed;
	(void)parse_lines(map, map->lines, map->n_lines);
	if (sort(map))
		return map;
failed:
	perf_map_free(map);
	return NULL;
}

static int compare_address(const void *key, const void *element)
{
	const struct range *range = element;
	uint64_t address = *(const uint64_t *)key;

	return (address > range->last) - (address < range->start);
}

char *perf_map_find(const struct perf_map *map, uint64_t address)
{
	const struct range *range = bsearch(&address, map->ranges, map->n_ranges,
					    sizeof(*map->ranges), compare_address);
	const struct line *line = range ? &map->lines[range->line] : NULL;

	return line ? strndup(map->text + line->name, line->length) : NULL;
}
