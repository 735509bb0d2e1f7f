// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text of /proc, and paths of cgroups, which users name: the first byte says which of them, the rest
 * is a line or a path.
 */
#include <string.h>

#include <tcpstate/state.h>

#include "fuzz.h"
#include "system/cgroup.h"
#include "system/container.h"
#include "system/pod.h"
#include "system/proc_net_tcp.h"

static void take_mountinfo(char *line)
{
	struct cgroup_mount mount;

	memset(&mount, 'x', sizeof(mount));
	if (!cgroup_parse_mount(line, &mount))
		return;
	MUST(memchr(mount.point, '\0', sizeof(mount.point)));
	MUST(memchr(mount.root, '\0', sizeof(mount.root)));
}

static void take_socket(const char *line)
{
	struct proc_net_tcp socket;

	if (!proc_net_tcp_parse(line, &socket))
		return;
	MUST(socket.family == 4 || socket.family == 6);
	MUST(socket.state > TS_STATE_NONE && socket.state < TS_STATES);
	MUST(socket.state != TS_NEW_SYN_RECV);
}

static void take_cgroup(const char *path)
{
	char container[CONTAINER_TEXT], pod[POD_UID];
	const char *digits = container_digits(path);
	char *top = cgroup_normalize(path);

	MUST(container_of_cgroup(path, container) <= sizeof(container));
	MUST(pod_of_cgroup(path, pod) <= sizeof(pod));
	if (digits)
		MUST(strlen(digits) >= CONTAINER_DIGITS && strspn(digits, "0123456789abcdef") >=
								    CONTAINER_DIGITS);
	MUST(top);
	MUST(cgroup_is_under(*top ? top : "/", top));
	free(top);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	MUST(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (*data % 3) {
	case 0:
		take_mountinfo(text);
		break;
	case 1:
		take_socket(text);
		break;
	default:
		take_cgroup(text);
	}
	free(text);
	return 0;
}
