// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Containers by the paths of control groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "system/container.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *path, *name;
} cases[] = {
	{ "/", "" },
	{ "", "" },
	{ "/system.slice/nginx.service", "" },
	{ "/docker/" ID, "0123456789ab" },
	{ "/system.slice/docker-" ID ".scope", "0123456789ab" },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0.slice/cri-containerd-" ID
	  ".scope", "0123456789ab" },
	{ "/kubepods.slice/kubepods-podx.slice/crio-" ID ".scope/container", "0123456789ab" },
	{ "/machine.slice/libpod-" ID ".scope/container", "0123456789ab" },
	{ "/machine.slice/libpod-conmon-" ID ".scope", "" },
	{ "conmon-" ID ".scope", "" },
	{ ID, "0123456789ab" },
	{ "/docker/" ID "0", "" },
	{ "/docker/0123456789abcdef", "" },
	{ "/lxc/web", "web" },
	{ "/lxc.payload.web/system.slice/nginx.service", "web" },
	{ "/lxc.payload/web/init.scope", "web" },
	{ "/lxc.monitor.web", "" },
	{ "/lxc/", "" },
	{ "/lxc.payload.", "" },
	{ "/lxc/web/docker/" ID, "0123456789ab" },
	{ "/machine.slice/systemd-nspawn@debian.service/payload", "debian" },
	{ "/machine.slice/machine-my\\x2dbox.scope", "my-box" },
	{ "/machine.slice/machine-a\\x2.scope", "a\\x2" },
	{ "/machine.slice/machine-a\\x", "" },
	{ "/machine.slice/machine-.scope", "" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "" },
};

static void paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[CONTAINER_TEXT + 1];
		size_t n = container_of_cgroup(cases[i].path, text);

		text[n] = '\0';
		assert_string_equal(text, cases[i].name);
	}
}

/* A name has no limit of its own; the text has. */
static void long_name(void **state)
{
	char path[4096] = "/lxc/", text[CONTAINER_TEXT];

	(void)state;
	memset(path + 5, 'n', 4000);
	assert_int_equal(container_of_cgroup(path, text), CONTAINER_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
