// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The remedy for a missing capability, by who asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/privilege.h"

static const uint64_t all = UINT64_MAX;

static void assert_remedy(const struct privileges *who, uint64_t wanted, const char *says,
			  const char *never)
{
	char text[PRIVILEGE_TEXT];

	assert_ptr_equal(privilege_remedy(who, wanted, text), text);
	if (!strstr(text, says) || (never && strstr(text, never)))
		fail_msg("%s", text);
}

static void test_remedies(void **state)
{
	const struct privileges user = { .bounding = all };
	const struct privileges root = { .root = true };
	const struct privileges half = { .root = true, .effective = PRIVILEGE(CAP_BPF),
					 .bounding = PRIVILEGE(CAP_BPF) };
	const struct privileges contained = { 0 };
	const struct privileges half_contained = { .bounding = PRIVILEGE(CAP_BPF) };
	const struct privileges full = { .root = true, .effective = all, .bounding = all };
	const struct privileges rootless = { .root = true, .effective = all, .bounding = all,
					     .in_user_namespace = true };

	(void)state;
	assert_remedy(&user, PRIVILEGES_OF_BPF, "run it as root (sudo)", "--cap-add");
	assert_remedy(&root, PRIVILEGES_OF_BPF,
		      "add --cap-add=BPF --cap-add=PERFMON (docker, podman), "
		      "securityContext.capabilities.add: [BPF, PERFMON] (Kubernetes)",
		      "as root");
	assert_remedy(&half, PRIVILEGES_OF_BPF, "add --cap-add=PERFMON (docker", "=BPF");
	assert_remedy(&root, PRIVILEGE(CAP_SYS_ADMIN), "--cap-add=SYS_ADMIN", "BPF");
	assert_remedy(&contained, PRIVILEGES_OF_BPF,
		      "run it as root, and add --cap-add=BPF --cap-add=PERFMON", "sudo");
	assert_remedy(&half_contained, PRIVILEGES_OF_BPF,
		      "run it as root, and add --cap-add=PERFMON (docker", "=BPF");
	assert_remedy(&full, PRIVILEGES_OF_BPF, "seccomp", "root");
	assert_remedy(&rootless, PRIVILEGES_OF_BPF, "outside of the user namespace", "--cap-add");
}

static void test_names(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(privilege_names(PRIVILEGES_OF_BPF, text, sizeof(text)),
			    "CAP_BPF and CAP_PERFMON");
	assert_string_equal(privilege_names(PRIVILEGE(CAP_BPF), text, sizeof(text)), "CAP_BPF");
	assert_string_equal(privilege_names(PRIVILEGES_OF_BPF | PRIVILEGE(CAP_NET_ADMIN), text,
					    sizeof(text)),
			    "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN");
	assert_string_equal(privilege_names(0, text, sizeof(text)), "");
}

/* A set of /proc/self/status. */
static uint64_t status_set(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, name, strlen(name)) &&
			sscanf(line + strlen(name), ": %llx", &set) == 1;
	(void)fclose(file);
	assert_true(found);
	return set;
}

/* Of the bounding set, only what a remedy can name. */
static void test_caller(void **state)
{
	const uint64_t named = PRIVILEGES_OF_BPF | PRIVILEGE(CAP_SYS_ADMIN) |
			       PRIVILEGE(CAP_SYS_PTRACE) | PRIVILEGE(CAP_NET_ADMIN);
	struct privileges privileges;

	(void)state;
	privileges_read(&privileges);
	assert_true(privileges.effective == status_set("CapEff"));
	assert_true((privileges.bounding & named) == (status_set("CapBnd") & named));
	assert_int_equal(privileges.root, geteuid() == 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
