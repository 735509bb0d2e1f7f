// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Messages with descriptors: what comes, what is closed, and what the end of the stream returns. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/fd_message.h"

/* Two ends of a socket, and descriptors of three different files. */
struct fixture {
	int ends[2];
	int files[3];
};

/* Open descriptors of this process. */
static int count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -1; /* its own */

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		n += *entry->d_name != '.';
	closedir(dir);
	return n;
}

static bool is_same(int one, int other)
{
	struct stat a, b;

	return !fstat(one, &a) && !fstat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int set_up(void **state)
{
	static struct fixture f;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, f.ends), 0);
	for (int i = 0; i < 3; i++)
		assert_true((f.files[i] = memfd_create("test", MFD_CLOEXEC)) >= 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++)
		close(f->ends[i]);
	for (int i = 0; i < 3; i++)
		close(f->files[i]);
	return 0;
}

/* A message as no caller of the module sends it. */
static void send_raw(int socket, const int *fds, size_t n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(3 * sizeof(int))];
	} control = { .header = { CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { "abc", 3 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	assert_int_equal(sendmsg(socket, &message, 0), 3);
}

static void test_descriptors(void **state)
{
	struct fixture *f = *state;
	char data[8];
	int fds[2];

	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 2, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), fds, 2), 3);
	assert_memory_equal(data, "abc", 3);
	for (int i = 0; i < 2; i++) {
		assert_true(is_same(fds[i], f->files[i]));
		assert_int_not_equal(fds[i], f->files[i]);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		close(fds[i]);
	}
	assert_true(fcntl(f->files[0], F_GETFD) >= 0); /* the sender keeps its own */
}

static void test_fewer(void **state)
{
	struct fixture *f = *state;
	int open = count_open(), fds[2] = { 7, 7 };
	char data[8];

	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, NULL, 0, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), fds, 2), 3);
	assert_true(fds[0] == -1 && fds[1] == -1);
	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 1, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), fds, 2), 3);
	assert_true(is_same(fds[0], f->files[0]) && fds[1] == -1);
	close(fds[0]);
	assert_int_equal(count_open(), open);
}

static void test_more(void **state)
{
	struct fixture *f = *state;
	int open = count_open(), fds[2] = { 7, 7 };
	char data[8];

	/* the second has room in the padding of the control data */
	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 2, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), fds, 1), 3);
	assert_true(is_same(fds[0], f->files[0]) && fds[1] == 7);
	close(fds[0]);
	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 2, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), NULL, 0), 3);
	assert_int_equal(count_open(), open);
	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, FD_MESSAGE_MAX + 1, 0),
			 -EINVAL);
}

static void test_truncated(void **state)
{
	struct fixture *f = *state;
	int open = count_open(), fds[2];
	char data[8];

	send_raw(f->ends[0], f->files, 3);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), fds, 2), 3);
	assert_true(is_same(fds[0], f->files[0]) && is_same(fds[1], f->files[1]));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(count_open(), open);
}

/* The kernel drops descriptors that the process may not have. */
static void test_no_place(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit, none;
	int fds[2], free_fd = dup(0);
	ssize_t n;
	char data[8];

	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 2, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	close(free_fd);
	none = (struct rlimit){ (rlim_t)free_fd + 1, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	n = fd_message_receive(f->ends[1], data, sizeof(data), fds, 2);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(n, 3);
	assert_true(fds[0] == free_fd && is_same(fds[0], f->files[0]) && fds[1] == -1);
	close(fds[0]);
}

static void test_long_data(void **state)
{
	struct fixture *f = *state;
	int open = count_open(), fd = 7;
	char data[3];

	assert_int_equal(fd_message_send(f->ends[0], "abcd", 4, f->files, 2, 0), 0);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), &fd, 1), -EMSGSIZE);
	assert_int_equal(fd, -1);
	assert_int_equal(count_open(), open);
}

static void test_peer_gone(void **state)
{
	struct fixture *f = *state;
	char data[8];
	int fd;

	assert_int_equal(fd_message_send(f->ends[0], "abc", 3, f->files, 1, 0), 0);
	close(f->ends[0]);
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), &fd, 1), 3);
	close(fd);
	fd = 7;
	assert_int_equal(fd_message_receive(f->ends[1], data, sizeof(data), &fd, 1), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(fd_message_send(f->ends[1], "abc", 3, f->files, 1, 0), -EPIPE);
	f->ends[0] = dup(0); /* for the end of the test */
	assert_int_equal(fd_message_receive(-1, data, sizeof(data), &fd, 1), -EBADF);
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	int err = 0;

	for (int i = 0; i < 100000 && !err; i++)
		err = fd_message_send(f->ends[0], "abc", 3, NULL, 0, MSG_DONTWAIT);
	assert_int_equal(err, -EAGAIN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(test_descriptors), TEST(test_fewer),     TEST(test_more),
		TEST(test_truncated),	TEST(test_no_place),  TEST(test_long_data),
		TEST(test_peer_gone),	TEST(test_full),
	};
#undef TEST

	(void)alarm(60); /* one that waits for ever fails too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
