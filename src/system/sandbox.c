// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#include "system/privilege.h"

static int forbid_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/* Needs CAP_SETPCAP. Without it no_new_privs keeps the bounding set from being of use. */
static void drop_bounding(uint64_t keep)
{
	for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(keep & PRIVILEGE(i)))
			(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

int sandbox_keep(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int err = forbid_new_privileges();

	if (err)
		return err;
	drop_bounding(keep);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(keep >> 32 * i);
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

#ifdef HAVE_LIBSECCOMP
int sandbox_allow(const char *const *calls, enum sandbox_refusal refusal)
{
	scmp_filter_ctx filter = seccomp_init(refusal == SANDBOX_KILL ? SCMP_ACT_KILL_PROCESS :
									SCMP_ACT_ERRNO(ENOSYS));
	int err;

	if (!filter)
		return -ENOMEM;
	err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (; *calls && !err; calls++) {
		int number = seccomp_syscall_resolve_name(*calls);

		if (number >= 0) /* below 0: not of this processor, or newer than the library */
			err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	if (!err)
		err = seccomp_load(filter); /* sets no_new_privs */
	seccomp_release(filter);
	return err;
}
#else
int sandbox_allow(const char *const *calls, enum sandbox_refusal refusal)
{
	(void)calls;
	(void)refusal;
	return -EOPNOTSUPP;
}
#endif
