// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sysctls read from files of the test's own, and the times that follow from them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/sysctl.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static char root[64] = "/tmp/tcpstate-sysctl-XXXXXX";

static void path_of(enum sysctl_id id, char *path, size_t size)
{
	size_t n = (size_t)snprintf(path, size, "%s/%s", root, sysctl_name(id));

	for (size_t i = strlen(root) + 1; i < n; i++)
		path[i] = path[i] == '.' ? '/' : path[i];
}

static void put(enum sysctl_id id, const char *text)
{
	char path[256];
	FILE *file;

	path_of(id, path, sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_root(void **state)
{
	static const char *const folders[] = { "", "/net", "/net/ipv4", "/net/core" };
	char path[128];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	for (size_t i = 1; i < COUNT(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	return 0;
}

static int remove_root(void **state)
{
	static const char *const folders[] = { "/net/core", "/net/ipv4", "/net", "" };
	char path[256];

	(void)state;
	for (int id = 0; id < SYSCTLS; id++) {
		path_of(id, path, sizeof(path));
		(void)unlink(path);
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		(void)rmdir(path);
	}
	return 0;
}

static void test_reading(void **state)
{
	struct sysctl values[SYSCTLS];

	(void)state;
	put(SYSCTL_FIN_TIMEOUT, "60\n");
	put(SYSCTL_LOCAL_PORT_RANGE, "32768\t60999\n");
	put(SYSCTL_SOMAXCONN, "4096\n");
	put(SYSCTL_MAX_ORPHANS, "many\n");
	put(SYSCTL_TW_REUSE, "\n");
	sysctl_read_all(root, values);
	assert_int_equal(values[SYSCTL_FIN_TIMEOUT].err, 0);
	assert_string_equal(values[SYSCTL_FIN_TIMEOUT].text, "60");
	assert_int_equal(values[SYSCTL_FIN_TIMEOUT].number, 60);
	assert_string_equal(values[SYSCTL_LOCAL_PORT_RANGE].text, "32768 60999");
	assert_true(values[SYSCTL_LOCAL_PORT_RANGE].numeric);
	assert_int_equal(values[SYSCTL_SOMAXCONN].number, 4096);
	assert_string_equal(values[SYSCTL_MAX_ORPHANS].text, "many");
	assert_false(values[SYSCTL_MAX_ORPHANS].numeric);
	assert_false(values[SYSCTL_TW_REUSE].numeric);
	assert_int_equal(values[SYSCTL_MIGRATE_REQ].err, -ENOENT); /* not 0 */
	assert_false(values[SYSCTL_MIGRATE_REQ].numeric);
	assert_true(values[SYSCTL_MIGRATE_REQ].absent);
	sysctl_read_all("/nowhere", values);
	assert_int_equal(values[SYSCTL_MIGRATE_REQ].err, -ENOENT);
	assert_false(values[SYSCTL_MIGRATE_REQ].absent); /* who knows */
}

static void set(struct sysctl *values, enum sysctl_id id, uint64_t number)
{
	values[id] = (struct sysctl){ .number = number, .numeric = true };
	(void)snprintf(values[id].text, sizeof(values[id].text), "%llu",
		       (unsigned long long)number);
}

static uint64_t derive(const struct sysctl *values, enum sysctl_id id)
{
	uint64_t derived = 0;

	return sysctl_derive(values, id, &derived) == SYSCTL_NOTHING ? 0 : derived;
}

static void none(struct sysctl *values)
{
	for (int i = 0; i < SYSCTLS; i++)
		values[i] = (struct sysctl){ .err = -ENOENT };
}

/* The sums that the kernel's own documentation gives: 127, 131, 63, 924.6 s. */
static void test_retransmissions(void **state)
{
	struct sysctl values[SYSCTLS];

	(void)state;
	none(values);
	set(values, SYSCTL_SYN_RETRIES, 6);
	assert_int_equal(derive(values, SYSCTL_SYN_RETRIES), 127000);
	set(values, SYSCTL_SYN_LINEAR_TIMEOUTS, 4);
	assert_int_equal(derive(values, SYSCTL_SYN_RETRIES), 131000);
	set(values, SYSCTL_SYN_RETRIES, 1); /* tcp_model_timeout() says 3 s, and so it is */
	assert_int_equal(derive(values, SYSCTL_SYN_RETRIES), 3000);
	set(values, SYSCTL_SYN_LINEAR_TIMEOUTS, 0);
	assert_int_equal(derive(values, SYSCTL_SYN_RETRIES), 3000);
	set(values, SYSCTL_SYN_RETRIES, 8); /* 127 s, 120 s at most each from there */
	assert_int_equal(derive(values, SYSCTL_SYN_RETRIES), 367000);
	set(values, SYSCTL_SYNACK_RETRIES, 5);
	assert_int_equal(derive(values, SYSCTL_SYNACK_RETRIES), 63000);
	set(values, SYSCTL_RETRIES2, 15);
	assert_int_equal(derive(values, SYSCTL_RETRIES2), 924600);
	set(values, SYSCTL_RETRIES2, 3);
	assert_int_equal(derive(values, SYSCTL_RETRIES2), 3000);
	set(values, SYSCTL_ORPHAN_RETRIES, 0);
	assert_int_equal(derive(values, SYSCTL_ORPHAN_RETRIES), 102200);
	set(values, SYSCTL_ORPHAN_RETRIES, 8);
	assert_int_equal(derive(values, SYSCTL_ORPHAN_RETRIES), 102200);
	set(values, SYSCTL_RTO_MAX, 10000);
	set(values, SYSCTL_RETRIES2, 15); /* 12.6 s with 6.4 s the longest, then 10 times 10 s */
	assert_int_equal(derive(values, SYSCTL_RETRIES2), 112600);
}

static void test_other_values(void **state)
{
	struct sysctl values[SYSCTLS];

	(void)state;
	none(values);
	assert_int_equal(derive(values, SYSCTL_FIN_TIMEOUT), 0);
	set(values, SYSCTL_FIN_TIMEOUT, 60);
	assert_int_equal(derive(values, SYSCTL_FIN_TIMEOUT), 60000);
	set(values, SYSCTL_KEEPALIVE_PROBES, 9);
	assert_int_equal(derive(values, SYSCTL_KEEPALIVE_PROBES), 0); /* the others are not known */
	set(values, SYSCTL_KEEPALIVE_TIME, 7200);
	set(values, SYSCTL_KEEPALIVE_INTVL, 75);
	assert_int_equal(derive(values, SYSCTL_KEEPALIVE_PROBES), 7875000);
	set(values, SYSCTL_LOCAL_PORT_RANGE, 32768);
	assert_int_equal(derive(values, SYSCTL_LOCAL_PORT_RANGE), 0);
	(void)strcpy(values[SYSCTL_LOCAL_PORT_RANGE].text, "32768 60999");
	assert_int_equal(derive(values, SYSCTL_LOCAL_PORT_RANGE), 28232);
	(void)strcpy(values[SYSCTL_LOCAL_PORT_RANGE].text, "32768 1");
	assert_int_equal(derive(values, SYSCTL_LOCAL_PORT_RANGE), 0);
	set(values, SYSCTL_RETRIES2, 1000); /* the kernel has none such: no sum with it */
	assert_int_equal(derive(values, SYSCTL_RETRIES2), 0);
	set(values, SYSCTL_FIN_TIMEOUT, UINT64_MAX);
	assert_int_equal(derive(values, SYSCTL_FIN_TIMEOUT), 0);
	set(values, SYSCTL_MAX_ORPHANS, 100);
	assert_int_equal(derive(values, SYSCTL_MAX_ORPHANS), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_retransmissions),
		cmocka_unit_test(test_other_values),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
