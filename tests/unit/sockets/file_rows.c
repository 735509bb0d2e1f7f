// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the iterator of files writes, part by part: which rows are kept, and which are counted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sockets/file_rows.h"

enum { EXTRA = 1 << 16 };

struct reading {
	struct rows files, closed, chunk;
	struct file_rows take;
};

static void begin(struct reading *reading)
{
	memset(reading, 0, sizeof(*reading));
	file_rows_begin(&reading->take, &reading->files, &reading->closed);
}

static void end(struct reading *reading)
{
	netns_ways_free(&reading->take.ways);
	file_rows_end(&reading->take);
	free(reading->files.data);
	free(reading->closed.data);
	free(reading->chunk.data);
}

static void add(struct reading *reading, const void *row, size_t size)
{
	char *room = rows_reserve(&reading->chunk, size);

	assert_non_null(room);
	memcpy(room, row, size);
	reading->chunk.size += size;
}

static void add_holder(struct reading *reading, uint64_t inode, uint32_t tgid, uint32_t fd)
{
	const struct ts_holder row = { .head = { TS_ROW_HOLDER, sizeof(row) },
				       .inode = inode,
				       .tgid = tgid,
				       .pid = tgid,
				       .fd = fd };

	add(reading, &row, sizeof(row));
}

static void add_closed(struct reading *reading, uint64_t inode)
{
	const struct ts_socket row = { .head = { TS_ROW_SOCKET, sizeof(row) }, .inode = inode };

	add(reading, &row, sizeof(row));
}

static void add_netns(struct reading *reading, uint32_t inode, uint32_t way, uint32_t pid)
{
	const struct ts_netns_row row = { .head = { TS_ROW_NETNS, sizeof(row) },
					  .inode = inode,
					  .way = way,
					  .pid = pid };

	add(reading, &row, sizeof(row));
}

static size_t holders(const struct reading *reading)
{
	return reading->files.size / sizeof(struct ts_holder);
}

static const struct ts_holder *holder(const struct reading *reading, size_t i)
{
	return (const struct ts_holder *)(const void *)reading->files.data + i;
}

static void take(struct reading *reading)
{
	assert_int_equal(file_rows_take(&reading->take, &reading->chunk), 0);
	assert_int_equal(reading->chunk.size, 0);
}

/* Two sockets in turn, by two processes: the first descriptors have rows, and all are counted. */
static void test_many_descriptors(void **state)
{
	enum { EACH = EXTRA };
	struct reading reading;
	uint64_t count[2] = { 0, 0 };

	(void)state;
	begin(&reading);
	for (uint32_t tgid = 1; tgid <= 2; tgid++)
		for (uint32_t fd = 0; fd < EACH; fd++) {
			add_holder(&reading, 70, tgid, 2 * fd);
			add_holder(&reading, 71, tgid, 2 * fd + 1);
			take(&reading);
		}
	assert_int_equal(holders(&reading), EXTRA + 4);
	for (size_t i = 0; i < holders(&reading); i++)
		count[holder(&reading, i)->inode - 70] += 1 + holder(&reading, i)->more;
	assert_int_equal(count[0], 2 * EACH);
	assert_int_equal(count[1], 2 * EACH);
	assert_int_equal(holder(&reading, 0)->fd, 0);
	assert_int_equal(holder(&reading, EXTRA + 2)->tgid, 2);
	assert_int_equal(holder(&reading, EXTRA + 3)->inode, 71);
	end(&reading);
}

/* A closed socket has one row, whichever of its descriptors came with the first. */
static void test_closed(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading);
	add_holder(&reading, 70, 1, 3);
	for (uint32_t fd = 4; fd < 10; fd++) {
		add_holder(&reading, 70, 1, fd);
		add_closed(&reading, 70);
		add_holder(&reading, 71, 1, fd + 10);
		add_closed(&reading, 71);
	}
	take(&reading);
	assert_int_equal(reading.closed.size, 2 * sizeof(struct ts_socket));
	assert_int_equal(holders(&reading), 13);
	end(&reading);
}

/* Of each namespace and way the first. */
static void test_namespaces(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading);
	for (uint32_t i = 0; i < 500; i++) {
		add_netns(&reading, 1000 + i % 250, TS_NETNS_SOCKET, i);
		add_netns(&reading, 1000 + i % 250, TS_NETNS_FILE, 2 * i);
	}
	take(&reading);
	assert_int_equal(reading.take.ways.n, 500);
	for (uint32_t i = 0; i < 250; i++) {
		assert_int_equal(
			netns_ways_find(&reading.take.ways, 1000 + i, TS_NETNS_SOCKET)->pid, i);
		assert_int_equal(netns_ways_find(&reading.take.ways, 1000 + i, TS_NETNS_FILE)->pid,
				 2 * i);
	}
	assert_null(netns_ways_find(&reading.take.ways, 1000, TS_NETNS_THREAD));
	end(&reading);
}

/* The kernel cuts what it writes anywhere. */
static void test_parts(void **state)
{
	struct reading reading;
	char bytes[3 * sizeof(struct ts_holder)];

	(void)state;
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		begin(&reading);
		for (uint32_t fd = 0; fd < 3; fd++)
			add_holder(&reading, 70 + fd, 1, fd);
		memcpy(bytes, reading.chunk.data, sizeof(bytes));
		reading.chunk.size = cut;
		assert_int_equal(file_rows_take(&reading.take, &reading.chunk), 0);
		assert_int_equal(reading.chunk.size, cut % sizeof(struct ts_holder));
		add(&reading, bytes + cut, sizeof(bytes) - cut);
		take(&reading);
		assert_int_equal(holders(&reading), 3);
		assert_int_equal(holder(&reading, 2)->fd, 2);
		end(&reading);
	}
}

static void test_malformed(void **state)
{
	const struct ts_row_head wrong[] = { { TS_ROW_HOLDER, 8 }, { 99, 8 }, { 0, 0 } };
	struct ts_child child = { .head = { TS_ROW_CHILD, sizeof(child) } };
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin(&reading);
		add(&reading, &wrong[i], sizeof(wrong[i]));
		assert_int_equal(file_rows_take(&reading.take, &reading.chunk), -EPROTO);
		end(&reading);
	}
	begin(&reading);
	add(&reading, &child, sizeof(child));
	assert_int_equal(file_rows_take(&reading.take, &reading.chunk), -EPROTO);
	end(&reading);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_descriptors), cmocka_unit_test(test_closed),
		cmocka_unit_test(test_namespaces),	 cmocka_unit_test(test_parts),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
