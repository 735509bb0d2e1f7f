// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is read of a process, from folders and files like those of /proc. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/process.h"

enum { PID = 42, PATH_ROOM = 256 };

static char root[] = "/tmp/tcpstate-proc-XXXXXX";

static void make_folder(const char *name)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_true(!mkdir(path, 0700) || errno == EEXIST);
}

static void make_file(const char *name, const char *text)
{
	char path[PATH_ROOM];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* `function`: NULL where it may not be read. */
static void make_thread(unsigned tid, const char *name, char thread_state, const char *function)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "%d/task/%u", PID, tid);
	make_folder(path);
	(void)snprintf(path, sizeof(path), "%d/task/%u/stat", PID, tid);
	(void)snprintf(text, sizeof(text), "%u (%s) %c 1 %u 1 0 -1 4194560\n", tid, name,
		       thread_state, tid);
	make_file(path, text);
	if (!function)
		return;
	(void)snprintf(path, sizeof(path), "%d/task/%u/wchan", PID, tid);
	make_file(path, function); /* with no end of line, as the kernel has it */
}

static int setup(void **state)
{
	(void)state;
	strcpy(root + strlen(root) - 6, "XXXXXX");
	if (!mkdtemp(root))
		return -1;
	make_folder("42");
	make_folder("42/task");
	return 0;
}

static int delete (const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, delete, 16, FTW_DEPTH | FTW_PHYS);
}

static void expect_wait(const struct process_facts *facts, size_t i, unsigned threads,
			const char *what)
{
	assert_true(i < facts->n_waits);
	assert_string_equal(facts->waits[i].what, what);
	assert_int_equal(facts->waits[i].threads, threads);
}

/* Of a process with that one thread. */
static void expect_thread(char thread_state, const char *function, const char *what)
{
	struct process_facts facts;

	make_thread(PID, "worker", thread_state, function);
	process_read(root, PID, &facts);
	assert_int_equal(facts.threads, 1);
	assert_int_equal(facts.n_waits, 1);
	expect_wait(&facts, 0, 1, what);
}

static void descriptors_and_limit(void **state)
{
	struct process_facts facts;
	char name[64];

	(void)state;
	make_folder("42/fd");
	for (int fd = 0; fd < 12; fd++) {
		(void)snprintf(name, sizeof(name), "42/fd/%d", fd);
		make_file(name, "");
	}
	make_file("42/limits",
		  "Limit                     Soft Limit           Hard Limit           Units\n"
		  "Max processes             7                    8                    processes\n"
		  "Max open files            1024                 1048576              files\n"
		  "Max locked memory         5                    6                    bytes\n");
	process_read(root, PID, &facts);
	assert_int_equal(facts.descriptors, 12);
	assert_int_equal(facts.limit, 1024);
	assert_int_equal(facts.threads, 0);
	make_file("42/limits",
		  "Max open files            unlimited            unlimited            files\n");
	process_read(root, PID, &facts);
	assert_int_equal(facts.limit, 0);
}

static void one_that_has_gone(void **state)
{
	struct process_facts facts;

	(void)state;
	memset(&facts, 0xff, sizeof(facts));
	process_read(root, PID + 1, &facts);
	assert_true(!facts.descriptors && !facts.limit && !facts.threads && !facts.n_waits);
}

static void what_states_mean(void **state)
{
	static const struct {
		char letter;
		const char *what;
	} cases[] = {
		{ 'R', "running" }, { 'T', "stopped" }, { 't', "stopped" },
		{ 'Z', "ended" },   { 'X', "ended" },	{ 'I', "idle" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_thread(cases[i].letter, "futex_wait_queue", cases[i].what);
}

static void what_functions_mean(void **state)
{
	static const struct {
		const char *function, *what;
	} cases[] = {
		{ "futex_wait_queue", "waiting for a lock" },
		{ "futex_do_wait", "waiting for a lock" },
		{ "futex_wait_queue_me", "waiting for a lock" },
		{ "ep_poll", "waiting in epoll_wait" },
		{ "do_epoll_wait", "waiting in epoll_wait" },
		{ "do_sys_poll", "waiting in poll" },
		{ "poll_schedule_timeout.constprop.0", "waiting in poll or select" },
		{ "do_select", "waiting in select" },
		{ "inet_csk_accept", "waiting in accept" },
		{ "inet_csk_wait_for_connect", "waiting in accept" },
		{ "sk_wait_data", "waiting for data of a socket" },
		{ "wait_woken", "waiting for a socket" },
		{ "sk_stream_wait_memory", "waiting for room to send" },
		{ "unix_stream_read_generic", "waiting for data of a local socket" },
		{ "pipe_read", "waiting for data of a pipe" },
		{ "anon_pipe_read", "waiting for data of a pipe" },
		{ "pipe_write", "waiting for room in a pipe" },
		{ "anon_pipe_write", "waiting for room in a pipe" },
		{ "hrtimer_nanosleep", "sleeping" },
		{ "do_wait", "waiting for a child" },
		{ "do_sigtimedwait", "waiting for a signal" },
		{ "do_signal_stop", "stopped" },
		{ "nfs_wait_bit_killable", "sleeping in nfs_wait_bit_killable" },
		{ "unix_stream_data_wait", "waiting for data of a local socket" },
		{ "common_nsleep", "sleeping" },
		{ "x", "sleeping in x" },
		{ "a_function_with_a_name_that_is_so_long_that_it_does_not_fit_into_a_line",
		  "sleeping in a_function_with_a_name_that_is_so_long_that_it_does" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_thread('S', cases[i].function, cases[i].what);
	expect_thread('D', "nfs_wait", "sleeping in nfs_wait");
}

/* The kernel writes 0 for what may not be seen, or the file may not be read. */
static void functions_that_are_not_told(void **state)
{
	(void)state;
	expect_thread('S', NULL, "sleeping");
	expect_thread('D', NULL, "waiting for a disk");
	expect_thread('S', "0", "sleeping");
	expect_thread('D', "0", "waiting for a disk");
	expect_thread('S', "", "sleeping");
}

static void names_may_hold_anything(void **state)
{
	static const char *const names[] = { "", "a b", "a) R 1", "((", "\n", "x) R\ny", "\xff)" };
	struct process_facts facts;

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_thread(PID + i, names[i], 'T', NULL);
	process_read(root, PID, &facts);
	assert_int_equal(facts.threads, sizeof(names) / sizeof(names[0]));
	assert_int_equal(facts.n_waits, 1);
	expect_wait(&facts, 0, facts.threads, "stopped");
}

static void most_come_first(void **state)
{
	static const struct {
		char letter;
		const char *function;
	} threads[] = {
		{ 'R', NULL },	       { 'S', "ep_poll" },
		{ 'S', "futex_wait" }, { 'S', "futex_do_wait" },
		{ 'S', "do_wait" },    { 'S', "ep_poll" },
		{ 'S', "futex_wait" },
	};
	struct process_facts facts;

	(void)state;
	for (unsigned i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
		make_thread(100 + i, "t", threads[i].letter, threads[i].function);
	make_folder("42/task/107"); /* a thread that ends meanwhile */
	make_folder("42/task/108");
	make_file("42/task/108/stat", "108 (worker)\nR");
	process_read(root, PID, &facts);
	assert_int_equal(facts.threads, 9);
	assert_int_equal(facts.n_waits, 4);
	expect_wait(&facts, 0, 3, "waiting for a lock");
	expect_wait(&facts, 1, 2, "waiting in epoll_wait");
	expect_wait(&facts, 2, 1, "running"); /* equals: by name */
	expect_wait(&facts, 3, 1, "waiting for a child");
}

/* No more kinds than there is room for: what is left is put together, and no thread is left out. */
static void many_kinds(void **state)
{
	struct process_facts facts;
	unsigned sum = 0, others = 0;
	char function[16];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(function, sizeof(function), "kind_%02u", i);
		make_thread(100 + i, "t", 'S', function);
	}
	process_read(root, PID, &facts);
	assert_int_equal(facts.threads, 20);
	assert_int_equal(facts.n_waits, PROCESS_WAITS);
	for (size_t i = 0; i < facts.n_waits; i++) {
		sum += facts.waits[i].threads;
		if (!strcmp(facts.waits[i].what, "doing something else"))
			others += facts.waits[i].threads;
		else
			assert_int_equal(facts.waits[i].threads, 1);
	}
	assert_int_equal(sum, 20);
	assert_int_equal(others, 20 - (PROCESS_WAITS - 1));
}

static void of_very_many_threads_some(void **state)
{
	struct process_facts facts;
	unsigned sum = 0;

	(void)state;
	for (unsigned i = 0; i < PROCESS_THREADS_MAX + 3; i++)
		make_thread(1000 + i, "t", 'R', NULL);
	process_read(root, PID, &facts);
	assert_int_equal(facts.threads, PROCESS_THREADS_MAX + 3);
	for (size_t i = 0; i < facts.n_waits; i++)
		sum += facts.waits[i].threads;
	assert_int_equal(sum, PROCESS_THREADS_MAX);
}

/* The real thing, of this process. */
static void of_this_process(void **state)
{
	struct process_facts facts;
	bool running = false;

	(void)state;
	process_read("/proc", (uint32_t)getpid(), &facts);
	assert_true(facts.descriptors >= 3 && facts.threads >= 1);
	for (size_t i = 0; i < facts.n_waits; i++)
		running |= !strcmp(facts.waits[i].what, "running");
	assert_true(running);
}

/* With a NUL after each, as the kernel has them. */
static void make_arguments(const char *lines)
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/42/cmdline", root);
	file = fopen(path, "w");
	assert_non_null(file);
	for (; *lines; lines++)
		assert_true(fputc(*lines == '\n' ? '\0' : *lines, file) >= 0);
	assert_int_equal(fputc('\0', file), 0);
	assert_int_equal(fclose(file), 0);
}

static void a_name_that_is_cut(void **state)
{
	static const struct {
		const char *comm, *arguments /* in lines */, *name;
	} cases[] = {
		{ "inventory-servi\n", "/opt/inventory-service-prod", "inventory-service-prod" },
		{ "inventory-servi\n", "inventory-service", "inventory-service" },
		{ "inventory-servi\n", "nginx: worker", NULL },
		{ "inventory-servi\n", "inventory-servi", NULL },
		{ "inventory-servi\n", "inventory-servic", "inventory-servic" },
		{ "nginx\n", "nginx-and-much-more", NULL },
		{ "inventory-servi\n", "/usr/bin/python3\n/srv/inventory-service.py\n-v", "inventory-service.py" },
		{ "inventory-servi\n", "python3\ninventory-service.py", "inventory-service.py" },
		/* only the interpreter and its script have that name */
		{ "inventory-servi\n", "cat\nnotes\ninventory-service.py", NULL },
		{ "inventory-servi\n", "", NULL },
	};
	char comm[TS_COMM_LEN], name[PROCESS_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_file("42/comm", cases[i].comm);
		make_arguments(cases[i].arguments);
		assert_int_equal(process_long_name(root, PID, comm, name), cases[i].name != NULL);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
}

static void threads_and_their_process(void **state)
{
	(void)state;
	make_file("42/status", "Name:\tserver\nState:\tS\nTgid:\t40\nNgid:\t0\nPid:\t42\n");
	assert_int_equal(process_of(root, PID), 40);
	assert_int_equal(process_of(root, PID + 1), 0);
	assert_true(process_exists((uint32_t)getpid()));
	assert_false(process_exists(1 << 22));
}

static struct hash_index table;

/* In folder PID: the executable is that file, the cgroup that text. */
static uint64_t program_of(uint32_t pid, const char *exe, const char *cgroup)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%u", pid);
	make_folder(name);
	(void)snprintf(name, sizeof(name), "%u/cgroup", pid);
	make_file(name, cgroup);
	(void)snprintf(name, sizeof(name), "%s/%u/exe", root, pid);
	assert_int_equal(symlink(exe, name), 0);
	return process_program(root, pid, &table);
}

static void programs(void **state)
{
	struct hash_index other;
	uint64_t first;

	(void)state;
	assert_int_equal(hash_index_new(&table, 1) || hash_index_new(&other, 1), 0);
	first = program_of(1, "/bin/sh", "0::/system.slice/shop.service\n");
	/* a user cannot compute it */
	assert_true(process_program(root, 1, &table) == first);
	assert_true(process_program(root, 1, &other) != first);
	hash_index_free(&other);
	assert_true(first);
	assert_true(first == program_of(2, "/bin/sh", "0::/system.slice/shop.service\n"));
	assert_true(first != program_of(3, "/bin/sh", "0::/system.slice/mail.service\n"));
	assert_true(first != program_of(4, "/bin/ls", "0::/system.slice/shop.service\n"));
	first = program_of(5, "/bin/sh", "0::/a/in@7-10.0.0.1:80.service\n");
	assert_true(first == program_of(6, "/bin/sh", "0::/a/in@8-10.0.0.1:80.service\n"));
	assert_true(first != program_of(7, "/bin/sh", "0::/b/in@8-10.0.0.1:80.service\n"));
	assert_true(!process_program(root, PID, &table)); /* has no `exe` */
	assert_true(!process_program(root, PID + 1, &table));
	hash_index_free(&table);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(descriptors_and_limit),
		TEST(one_that_has_gone),
		TEST(what_states_mean),
		TEST(what_functions_mean),
		TEST(functions_that_are_not_told),
		TEST(names_may_hold_anything),
		TEST(most_come_first),
		TEST(many_kinds),
		TEST(of_very_many_threads_some),
		TEST(a_name_that_is_cut),
		TEST(threads_and_their_process),
		TEST(programs),
		cmocka_unit_test(of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
