// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A child that dropped capabilities does not get them back; it has the system calls that it listed. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/privilege.h"
#include "system/sandbox.h"

/* The exit status is the number of the first check that failed; 0: none did. */
static int run(int (*child)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int give_up_capabilities(void)
{
	struct privileges before, after;
	uint64_t keep = PRIVILEGE(CAP_CHOWN) | PRIVILEGE(CAP_BPF);

	privileges_read(&before);
	if (sandbox_keep(keep))
		return 1;
	privileges_read(&after);
	if (after.effective != (before.effective & keep))
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	if (before.effective & PRIVILEGE(CAP_SETPCAP) &&
	    (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) ||
	     prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) != 1))
		return 4;
	if (sandbox_keep(0) || sandbox_keep(UINT64_MAX)) /* a second time takes, and never gives */
		return 5;
	privileges_read(&after);
	return after.effective ? 6 : 0;
}

static void test_keep(void **state)
{
	(void)state;
	assert_int_equal(run(give_up_capabilities), 0);
}

#ifdef HAVE_LIBSECCOMP
static const char *const few[] = {
	"getpid", "read", "no_such_call", "exit", "exit_group",
	/* of the sanitizers' allocator */
	"sigaltstack", "mmap", "munmap", "madvise", "mprotect", "futex", "gettid", "sched_yield", "write", NULL,
};

static int refuse(void)
{
	if (sandbox_allow(few, SANDBOX_ENOSYS))
		return 1;
	if (syscall(SYS_getpid) <= 0)
		return 2;
	/* its number is 0 on x86-64 */
	if (syscall(SYS_read, -1, NULL, 0) != -1 || errno != EBADF)
		return 4;
	errno = 0;
	if (syscall(SYS_getppid) != -1 || errno != ENOSYS)
		return 3;
	return 0;
}

static int die(void)
{
	if (sandbox_allow(few, SANDBOX_KILL))
		return 1;
	(void)syscall(SYS_getppid);
	return 2;
}

static void test_allow(void **state)
{
	int status;

	(void)state;
	assert_int_equal(run(refuse), 0);
	status = run(die);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}
#else
static void test_allow(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	assert_int_equal(sandbox_allow(none, SANDBOX_KILL), -EOPNOTSUPP);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
