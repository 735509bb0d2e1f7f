// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whose files and links a recording may replace or follow, and the mode of a new file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/output_file.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/output_file.XXXXXX");
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "new", "old", "twin", "first", "second", "fifo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(names[i]);
	return chdir("/") || rmdir(folder);
}

/* Returns 0 or -errno. */
static int open_close(const char *path, bool *created, struct error *error)
{
	int fd;

	error->text[0] = '\0';
	fd = output_file_open(path, created, error);
	if (fd < 0)
		return fd;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	(void)close(fd);
	return 0;
}

static void new_files_are_private(void **state)
{
	mode_t mask = umask(0);
	struct error error;
	struct stat st;
	bool created;

	assert_int_equal(open_close("new", &created, &error), 0);
	assert_true(created);
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	/* its mode is the user's choice */
	assert_int_equal(chmod("new", 0640), 0);
	assert_int_equal(open_close("new", &created, &error), 0);
	assert_false(created);
	assert_int_equal(stat("new", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	(void)umask(mask);
}

static void ones_own_links_are_followed(void **state)
{
	char absolute[PATH_MAX];
	struct error error;
	struct stat st;
	bool created;

	(void)snprintf(absolute, sizeof(absolute), "%s/second", folder);
	for (int open_to_all = 0; open_to_all < 2; open_to_all++) {
		assert_int_equal(chmod(folder, open_to_all ? 01777 : 0700), 0);
		assert_int_equal(symlink(absolute, "first"), 0);
		assert_int_equal(symlink("./old", "second"), 0);
		assert_int_equal(open_close("first", &created, &error), 0);
		assert_int_equal(stat("old", &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(open_close("first", &created, &error), 0);
		assert_false(created);
		assert_int_equal(unlink("second"), 0);
		assert_int_equal(symlink("first", "second"), 0);
		assert_int_equal(open_close("first", &created, &error), -ELOOP);
		assert_int_equal(unlink("first") || unlink("second") || unlink("old"), 0);
	}
}

static void hard_links_where_all_may_write_are_refused(void **state)
{
	struct error error;
	bool created;

	assert_int_equal(open_close("old", &created, &error), 0);
	assert_int_equal(link("old", "twin"), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(open_close("twin", &created, &error), 0);
	assert_int_equal(chmod(folder, 01777), 0);
	assert_int_equal(open_close("twin", &created, &error), -EACCES);
	assert_string_equal(error.text, "cannot write 'twin': a file with several links in a folder "
					"that every user may write to: name a file in a folder of "
					"your own");
}

/* /proc/self/fd/N is a link whose text leads nowhere. */
static void pipes_are_opened(void **state)
{
	struct error error;
	char path[64];
	bool created;
	int ends[2];

	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(open_close("fifo", &created, &error), 0);
	assert_int_equal(pipe(ends), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	assert_int_equal(open_close(path, &created, &error), 0);
	assert_false(created);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void reports_what_cannot_be_opened(void **state)
{
	char path[PATH_MAX + 2];
	struct error error;
	bool created;

	assert_int_equal(open_close("", &created, &error), -ENOENT);
	assert_int_equal(open_close("none/new", &created, &error), -ENOENT);
	assert_string_equal(error.text, "cannot write 'none/new': No such file or directory");
	assert_int_equal(open_close("/", &created, &error), -EISDIR);
	assert_int_equal(open_close("./", &created, &error), -EISDIR);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(open_close(path, &created, &error), -ENAMETOOLONG);
}

/* user 0 writes; 1 owns the file or link; 2 owns the folder */
static void another_users_files_are_refused(void **state)
{
	static const struct {
		mode_t folder, file;
		uid_t folder_owner, file_owner;
		nlink_t links;
		bool refused;
	} cases[] = {
		{ 0755, S_IFREG, 2, 1, 1, false }, { 01777, S_IFREG, 2, 1, 1, true },
		{ 0777, S_IFREG, 2, 1, 1, true },  { 01777, S_IFREG, 2, 0, 1, false },
		{ 01777, S_IFREG, 1, 1, 1, false }, { 01777, S_IFREG, 2, 0, 2, true },
		{ 0700, S_IFREG, 2, 0, 2, false }, { 0775, S_IFLNK, 2, 1, 1, false },
		{ 01777, S_IFLNK, 2, 1, 1, true }, { 01777, S_IFLNK, 2, 0, 1, false },
		{ 01777, S_IFLNK, 1, 1, 1, false }, { 01777, S_IFIFO, 0, 1, 1, true },
		{ 01777, S_IFDIR, 0, 1, 9, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stat in = { .st_mode = S_IFDIR | cases[i].folder,
				   .st_uid = cases[i].folder_owner };
		struct stat file = { .st_mode = cases[i].file | 0644,
				     .st_uid = cases[i].file_owner,
				     .st_nlink = cases[i].links };

		assert_int_equal(!!output_file_refusal(&in, &file, 0), cases[i].refused);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(new_files_are_private, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(ones_own_links_are_followed, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(hard_links_where_all_may_write_are_refused,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(pipes_are_opened, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(reports_what_cannot_be_opened, make_folder,
						remove_folder),
		cmocka_unit_test(another_users_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
