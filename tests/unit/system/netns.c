// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Network namespaces: what a user's reference names, and the way there and back. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/netns.h"

/* In place of libc's: handles are numbers from 1000 on, and `refuses` cannot be entered. */
static int now_in, refuses[4];

int setns(int fd, int type);

int setns(int fd, int type)
{
	(void)type;
	for (size_t i = 0; i < sizeof(refuses) / sizeof(refuses[0]); i++)
		if (refuses[i] == fd) {
			errno = EPERM;
			return -1;
		}
	now_in = fd;
	return 0;
}

/*
 * In place of libc's, while cannot_open is an errno: each process has a namespace of its own, and
 * none of them can be opened.
 */
static int cannot_open;
static uint64_t next_inode;

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	if (cannot_open) {
		memset(st, 0, sizeof(*st));
		st->st_ino = next_inode++;
		return 0;
	}
	return (int)syscall(SYS_newfstatat, dir, path, st, flags);
}

int openat(int dir, const char *path, int flags, ...)
{
	if (cannot_open) {
		errno = cannot_open;
		return -1;
	}
	return (int)syscall(SYS_openat, dir, path, flags, 0);
}

int open(const char *path, int flags, ...)
{
	if (cannot_open) {
		errno = cannot_open;
		return -1;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

struct visits {
	uint32_t seen[8];
	size_t n;
	int result; /* of the visit to 102 */
};

static int visit(void *context, uint32_t inode)
{
	struct visits *visits = context;

	visits->seen[visits->n++] = inode;
	return inode == 102 ? visits->result : 0;
}

static struct netns items[] = { { .fd = 1000, .inode = 100 },
				{ .fd = 1001, .inode = 101 },
				{ .fd = 1002, .inode = 102 } };

static int each(size_t n, struct visits *visits, int first, int second)
{
	now_in = 1000;
	refuses[0] = first;
	refuses[1] = second;
	return netns_each(&(struct netns_list){ .items = items, .n = n }, visit, visits);
}

static void test_each(void **state)
{
	struct visits visits = { .n = 0 };

	(void)state;
	assert_int_equal(each(3, &visits, 0, 0), 0);
	assert_int_equal(visits.n, 3);
	assert_int_equal(visits.seen[0], 100);
	assert_int_equal(visits.seen[2], 102);
	assert_int_equal(now_in, 1000);
}

static void test_each_counts_failures(void **state)
{
	struct visits visits = { .n = 0 };

	(void)state;
	assert_int_equal(each(3, &visits, 1001, 0), 1);
	assert_int_equal(visits.n, 2);
	assert_true(items[1].failed && !items[2].failed);
	assert_int_equal(now_in, 1000);
}

static void test_each_stops_at_an_error(void **state)
{
	struct visits visits = { .result = -ENOMEM };

	(void)state;
	assert_int_equal(each(3, &visits, 1001, 0), -ENOMEM);
	assert_int_equal(now_in, 1000);
}

/* The process is elsewhere now, whatever else failed. */
static void test_each_cannot_return(void **state)
{
	struct visits visits = { .n = 0 };

	(void)state;
	assert_int_equal(each(3, &visits, 1000, 0), -EPERM);
	assert_int_equal(each(3, &visits, 1000, 1001), -EPERM);
}

/* Without privileges no namespace can be entered, but the process never left its own. */
static void test_each_never_left(void **state)
{
	struct visits visits = { .n = 0 };

	(void)state;
	refuses[2] = 1002;
	assert_int_equal(each(3, &visits, 1000, 1001), 2);
	refuses[2] = 0;
	assert_int_equal(visits.n, 1);
	assert_int_equal(each(1, &visits, 1000, 0), 0);
}

static void resolves(const char *ref, uint32_t inode, bool handle)
{
	struct error error = { "" };
	struct netns netns = { 0 };
	struct stat st;

	if (netns_resolve(ref, &netns, &error))
		fail_msg("%s: %s", ref, error.text);
	assert_true(netns.inode == inode);
	assert_int_equal(netns.fd >= 0, handle);
	if (handle) {
		assert_int_equal(fstat(netns.fd, &st), 0);
		assert_true(st.st_ino == inode);
		assert_int_equal(close(netns.fd), 0);
	}
}

/* Refused with these words, and *netns stays what it was. */
static void refused(const char *ref, const char *words)
{
	struct error error = { "" };
	struct netns netns = { .fd = 7, .inode = 77 };

	if (netns_resolve(ref, &netns, &error) != -EINVAL)
		fail_msg("%s is not refused", ref);
	if (!strstr(error.text, words))
		fail_msg("%s: %s (wanted: %s)", ref, error.text, words);
	assert_int_equal(netns.fd, 7);
	assert_int_equal(netns.inode, 77);
}

static void test_resolve(void **state)
{
	char path[] = "/tmp/tcpstate-test-XXXXXX", text[64], longest[5000] = "";
	int fd;

	(void)state;
	assert_true(netns_own() != 0);
	(void)snprintf(text, sizeof(text), "%d", getpid());
	resolves(text, netns_own(), true);
	resolves("/proc/self/ns/net", netns_own(), true);
	resolves("4026531840", 4026531840u, false); /* there or not */
	resolves("4026531833", 4026531833u, false); /* of the first process, since 6.17 */
	resolves("4194305", 4194305, false);
	resolves("4294967295", 4294967295u, false);

	refused("", "empty");
	refused("4194304", "/proc/4194304/ns/net does not exist");
	refused("4294967296", "/run/netns/4294967296 does not exist");
	refused("0", "/proc/0/ns/net does not exist");
	refused("no-such-name", "/run/netns/no-such-name does not exist: use a PID");
	refused("/no/such/path", "cannot open /no/such/path: No such file");
	refused("/proc/self/ns/mnt", "is not a network namespace");
	refused("/", "is not a network namespace");
	memset(longest, 'a', sizeof(longest) - 1);
	refused(longest, "cannot open the name: File name too long");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	refused(path, "is not a network namespace");
	(void)unlink(path);
	/* A pipe without a writer would block its reader. */
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, "is not a network namespace");
	(void)unlink(path);
}

static struct netns_list list_when(int err)
{
	struct netns_list list;
	int result;

	cannot_open = err;
	next_inode = 1000;
	result = netns_list_open(&list);
	cannot_open = 0;
	assert_int_equal(result, 0);
	return list;
}

/* Out of handles: the others are there, and cannot be entered. Gone meanwhile: they are not. */
static void test_cannot_open(void **state)
{
	static const int none[] = { EMFILE, ENFILE };
	static const int denied[] = { EACCES, EPERM };
	struct netns_list list = list_when(ENOENT);

	(void)state;
	assert_int_equal(list.n, 1); /* the own one, by way of a socket: without /proc too */
	assert_int_equal(list.items[0].inode, netns_own());
	assert_int_equal(list.unknown, 0);
	netns_list_close(&list);
	for (size_t i = 0; i < 2; i++) {
		list = list_when(none[i]);
		assert_true(list.n > 1); /* this process and its parent */
		assert_int_equal(list.items[1].fd, -1);
		assert_int_equal(list.items[1].inode, 1000);
		assert_int_equal(list.unknown, 0);
		netns_list_close(&list);
		list = list_when(denied[i]);
		assert_int_equal(list.n, 1);
		assert_true(list.unknown > 1);
		netns_list_close(&list);
	}
	cannot_open = EACCES;
	refused("/any/path", "cannot open /any/path: Permission denied: ");
	cannot_open = ENOMEM;
	refused("/any/path", "cannot open /any/path: Cannot allocate memory");
	cannot_open = 0;
}

/* By handle, and by a search for the inode number. */
static void test_inside(void **state)
{
	struct visits visits = { .n = 0 };
	struct error error = { "" };

	(void)state;
	memset(refuses, 0, sizeof(refuses));
	assert_int_equal(netns_inside(&items[1], visit, &visits, &error), 0);
	assert_int_equal(netns_inside(&(struct netns){ .fd = -1, .inode = netns_own() }, visit,
				      &visits, &error), 0);
	assert_int_equal(visits.n, 2);
	assert_int_equal(visits.seen[0], 101);
	assert_true(visits.seen[1] == netns_own());
	refuses[0] = 1001;
	assert_int_equal(netns_inside(&items[1], visit, &visits, &error), -EPERM);
	assert_non_null(strstr(error.text, "network namespace 101 could not be entered: Operation "
					   "not permitted: "));
	error.text[0] = '\0';
	assert_true(netns_enter(&(struct netns){ .fd = -1, .inode = 1 }, &error) < 0);
	assert_non_null(strstr(error.text, "namespace 1 "));
	assert_int_equal(visits.n, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_each_counts_failures),
		cmocka_unit_test(test_each_stops_at_an_error),
		cmocka_unit_test(test_each_cannot_return),
		cmocka_unit_test(test_each_never_left),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
