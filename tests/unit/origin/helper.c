// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of a worker that was taken over: the warden of this program gives the sockets of its workers
 * to the test, which answers in their place.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "origin/helper.h"
#include "origin/warden.h"
#include "origin/worker.h"

/* ---- a warden ---- */

static int to_test[2] = { -1, -1 };
static struct helper *helper;
static int worker = -1; /* the worker's end */
static union work_request question;
static union work_answer answer;

/* Sends a byte, with a descriptor or without (-1). */
static void send_fd(int to, const void *data, size_t size, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec bytes = { (void *)(uintptr_t)data, size };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	struct cmsghdr *header = (void *)control;

	if (fd >= 0) {
		*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(fd)),
					    .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
	}
	if (sendmsg(to, &message, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
}

/* Returns the number of bytes. *fd: -1: the message has no descriptor. */
static ssize_t receive_fd(int from, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	char byte;
	struct iovec bytes = { &byte, sizeof(byte) };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n > 0 && message.msg_controllen)
		memcpy(fd, CMSG_DATA((struct cmsghdr *)control), sizeof(*fd));
	return n;
}

/* Instead of src/origin/warden.c's: hands on each order, with the socket of a worker or without. */
_Noreturn void warden_run(int control)
{
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (receive_fd(control, &fd) > 0) {
		send_fd(to_test[1], "", 1, fd);
		if (fd >= 0)
			(void)close(fd);
	}
	_exit(EXIT_SUCCESS);
}

/* Waits for an order. Returns whether it is one to start a worker. */
static bool take_order(void)
{
	int fd;

	assert_int_equal(receive_fd(to_test[0], &fd), 1);
	if (fd < 0)
		return false;
	if (worker >= 0)
		(void)close(worker);
	worker = fd;
	return true;
}

static int start(void **state)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, to_test), 0);
	assert_int_equal(helper_new(&helper, NULL), 0);
	memset(&question, 0, sizeof(question));
	memset(&answer, 0, sizeof(answer));
	question.header.work = WORK_UNWIND;
	question.unwind.stack.bytes = 64;
	return 0;
}

static int end(void **state)
{
	assert_int_equal(helper_free(helper), 0);
	if (worker >= 0)
		(void)close(worker);
	worker = -1;
	(void)close(to_test[0]);
	(void)close(to_test[1]);
	return 0;
}

/* Asks; the answer is one that is valid. */
static void ask(void)
{
	assert_int_equal(helper_ask(helper, &question.header, sizeof(question.unwind)), 0);
	assert_true(helper_is_busy(helper));
	answer.header = question.header;
}

static void reply(size_t size)
{
	send_fd(worker, &answer, size, -1);
}

static int take(void)
{
	const void *taken;

	return helper_take(helper, &taken);
}

static unsigned descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* ---- messages ---- */

static void a_valid_answer(void **state)
{
	const void *taken = NULL;

	ask();
	assert_true(take_order());
	assert_int_equal(take(), 0);
	reply(sizeof(answer.unwound));
	assert_int_equal(helper_take(helper, &taken), sizeof(answer.unwound));
	assert_memory_equal(taken, &answer, sizeof(answer.unwound));
	assert_false(helper_is_busy(helper));
	/* the same worker has the next one */
	ask();
	reply(sizeof(answer.unwound));
	assert_int_equal(take(), sizeof(answer.unwound));
}

/* The worker is killed, and the next question has another one. */
static void is_refused(void)
{
	assert_int_equal(take(), -EPIPE);
	assert_false(helper_is_busy(helper));
	assert_false(take_order());
	ask();
	assert_true(take_order());
}

static void answers_that_are_not_valid(void **state)
{
	ask();
	assert_true(take_order());
	answer.header.serial--;
	reply(sizeof(answer.unwound));
	is_refused();
	answer.header.serial++;
	reply(sizeof(answer.unwound));
	is_refused();
	answer.header.work = WORK_DESCRIBE;
	reply(sizeof(answer.unwound));
	is_refused();
	reply(1);
	is_refused();
	reply(sizeof(answer.header));
	is_refused();
	reply(sizeof(answer.unwound) - 1);
	is_refused();
	reply(sizeof(answer.unwound) + 1);
	is_refused();
	reply(sizeof(answer));
	is_refused();
	answer.unwound.unwound.n = TS_STACK_FRAMES + 1;
	reply(sizeof(answer.unwound));
	is_refused();
}

/* Longer than any answer, and as long as the socket takes. */
static void a_long_answer(void **state)
{
	static char bytes[sizeof(answer) + 4096];

	question.header.work = WORK_DESCRIBE;
	ask();
	assert_true(take_order());
	answer.described.n = 1;
	memcpy(bytes, &answer, sizeof(answer));
	send_fd(worker, bytes, sizeof(answer), -1);
	assert_int_equal(take(), sizeof(answer));
	ask();
	memcpy(bytes, &answer, sizeof(answer.header));
	send_fd(worker, bytes, sizeof(answer) + 1, -1);
	is_refused();
}

static void a_descriptor_is_not_taken(void **state)
{
	unsigned before;

	ask();
	assert_true(take_order());
	before = descriptors();
	send_fd(worker, &answer, sizeof(answer.unwound), worker);
	assert_int_equal(take(), sizeof(answer.unwound));
	assert_int_equal(descriptors(), before);
}

static void an_answer_unasked(void **state)
{
	ask();
	assert_true(take_order());
	reply(sizeof(answer.unwound));
	reply(sizeof(answer.unwound));
	assert_int_equal(take(), sizeof(answer.unwound));
	assert_int_equal(take(), 0);
	assert_false(take_order());
	ask();
	assert_true(take_order());
}

/* An empty message is as the end of a worker: the question goes to a second one, not to a third. */
static void an_empty_answer(void **state)
{
	ask();
	assert_true(take_order());
	reply(0);
	assert_int_equal(take(), 0);
	assert_true(helper_is_busy(helper));
	assert_true(take_order());
	reply(0);
	is_refused();
	reply(sizeof(answer.unwound));
	assert_int_equal(take(), sizeof(answer.unwound));
	/* unasked, it is killed too */
	reply(0);
	assert_int_equal(take(), 0);
	assert_false(take_order());
}

/* ---- the judge ---- */

static bool is_valid(size_t size)
{
	return work_answer_is_valid(&question, &answer, size);
}

static void an_unwound_stack(void **state)
{
	struct ts_stack *stack = &question.unwind.stack;
	struct unwound *unwound = &answer.unwound.unwound;
	const size_t size = sizeof(answer.unwound);
	unsigned char two = 2;

	memset(&question, 0, sizeof(question));
	memset(&answer, 0, sizeof(answer));
	question.header = answer.header = (struct work_header){ WORK_UNWIND, 7 };
	stack->bytes = 64;
	stack->words[7] = 0x1234;
	stack->words[8] = 0x5678;
	stack->registers[30] = 0x9abc;
	assert_true(is_valid(size)); /* the process has exited */
	*unwound = (struct unwound){ .n = 2, .address = { 1, 0x1234 }, .n_at = 1, .at = { 7 } };
	assert_true(is_valid(size));
	unwound->at[0] = 6; /* another word is there */
	assert_false(is_valid(size));
	unwound->address[1] = 0x5678;
	unwound->at[0] = 8; /* after the copy */
	assert_false(is_valid(size));
	unwound->at[0] = TS_STACK_BYTES / 8;
	assert_false(is_valid(size));
	unwound->at[0] = TS_IN_LINK_REGISTER;
	assert_false(is_valid(size));
	unwound->address[1] = 0x9abc;
	assert_true(is_valid(size));
	*unwound = (struct unwound){ .n = 3, .address = { 1, 0x1234, 0x9abc }, .n_at = 2,
				     .at = { 7, TS_IN_LINK_REGISTER } };
	assert_false(is_valid(size)); /* only the first caller's */
	unwound->n_at = 1;
	assert_true(is_valid(size));
	unwound->n_at = UINT32_MAX;
	assert_false(is_valid(size));
	*unwound = (struct unwound){ .n = 2, .address = { 1, 0x1234, 0x1234 }, .n_at = 2, .at = { 7, 7 } };
	assert_false(is_valid(size)); /* as many as frames */
	unwound->n = 3;
	assert_true(is_valid(size));
	unwound->n_at = 0;
	unwound->n = TS_STACK_FRAMES;
	assert_true(is_valid(size));
	unwound->n = TS_STACK_FRAMES + 1;
	assert_false(is_valid(size));
	unwound->n = 1;
	memcpy(&unwound->more, &two, 1);
	assert_false(is_valid(size));
	unwound->more = true;
	assert_true(is_valid(size));
	memcpy(&unwound->in_files, &two, 1);
	assert_false(is_valid(size));
}

static void a_described_stack(void **state)
{
	struct work_described *described = &answer.described;
	const size_t text = offsetof(struct work_described, text);

	memset(&question, 0, sizeof(question));
	memset(&answer, 0, sizeof(answer));
	question.header = answer.header = (struct work_header){ WORK_DESCRIBE, 7 };
	assert_false(is_valid(text)); /* no frame */
	described->n = WORK_FRAMES;
	assert_true(is_valid(text));
	assert_false(is_valid(text - 1));
	assert_true(is_valid(sizeof(answer)));
	assert_false(is_valid(sizeof(answer) + 1));
	described->n = WORK_FRAMES + 1;
	assert_false(is_valid(text));
	described->n = 2;
	memcpy(described->text, "ab\0c", 4);
	described->frames[1].module = 1;
	assert_true(is_valid(text + 3));
	assert_false(is_valid(text + 2)); /* without an end */
	described->frames[1].module = 3;
	assert_true(is_valid(text + 3)); /* empty */
	described->frames[1].module = 4;
	assert_false(is_valid(text + 3));
	assert_false(is_valid(text + 4));
	described->frames[1].module = UINT32_MAX;
	assert_false(is_valid(text + 3));
	described->frames[1].module = 0;
	described->frames[0].file = 4;
	assert_false(is_valid(text + 3));
	described->frames[0].file = 0;
	described->frames[0].function = 4;
	assert_false(is_valid(text + 3));
	described->frames[2].function = 4; /* not one of the frames */
	described->frames[0].function = 0;
	assert_true(is_valid(text + 3));
	memset(described->text, 'x', sizeof(described->text));
	described->frames[0].function = 1;
	described->text[WORK_NAME_MAX] = '\0';
	assert_true(is_valid(sizeof(answer)));
	described->text[WORK_NAME_MAX] = 'x';
	described->text[WORK_NAME_MAX + 1] = '\0';
	assert_false(is_valid(sizeof(answer)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_valid_answer, start, end),
		cmocka_unit_test_setup_teardown(answers_that_are_not_valid, start, end),
		cmocka_unit_test_setup_teardown(a_long_answer, start, end),
		cmocka_unit_test_setup_teardown(a_descriptor_is_not_taken, start, end),
		cmocka_unit_test_setup_teardown(an_answer_unasked, start, end),
		cmocka_unit_test_setup_teardown(an_empty_answer, start, end),
		cmocka_unit_test(an_unwound_stack),
		cmocka_unit_test(a_described_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
