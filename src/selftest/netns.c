// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Network namespace, sysctls, /proc/net/tcp. */
#include "selftest/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/privilege.h"

static int loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFFLAGS, &request) != 0)
		err = -errno;
	request.ifr_flags |= IFF_UP;
	if (!err && ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		err = -errno;
	(void)close(fd);
	return err;
}

static const char *net_remedy(int err, char text[PRIVILEGE_TEXT])
{
	switch (err) {
	case EPERM:
		return privilege_own_remedy(PRIVILEGE(CAP_SYS_ADMIN), text);
	case EINVAL:
		return "needs a kernel with CONFIG_NET_NS";
	case ENOSPC:
		return "raise user.max_net_namespaces (sysctl)";
	}
	return "free some memory";
}

int net_enter(struct error *error)
{
	char remedy[PRIVILEGE_TEXT];
	int err;

	if (unshare(CLONE_NEWNET) != 0) {
		err = errno;
		return error_set(error, err, "cannot make a network namespace: %s: %s",
				 strerror(err), net_remedy(err, remedy));
	}
	err = loopback_up();
	if (err)
		return error_set(error, -err, "cannot bring up lo in the new network namespace: %s",
				 strerror(-err));
	return 0;
}

bool net_has_ipv6(void)
{
	const struct sockaddr_in6 loopback = { .sin6_family = AF_INET6,
					       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has;

	if (fd < 0)
		return false;
	has = bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;
	(void)close(fd);
	return has;
}

int net_set(const char *setting, char *was, size_t size)
{
	const char *value = strchr(setting, '=');
	int length = value ? (int)(value - setting) : 0;
	char path[128], old[64];
	ssize_t n;
	int fd, err = 0;

	if (!value)
		return -EINVAL;
	(void)snprintf(path, sizeof(path), "/proc/sys/net/%.*s", length, setting);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, old, sizeof(old) - 1);
	if (n < 0 || pwrite(fd, value + 1, strlen(value + 1), 0) < 0)
		err = -errno;
	(void)close(fd);
	if (err || !was)
		return err;
	old[n] = '\0';
	old[strcspn(old, "\n")] = '\0';
	(void)snprintf(was, size, "%.*s=%s", length, setting, old);
	return 0;
}

static int sockets_add(void *context, const struct proc_net_tcp *socket)
{
	struct net_sockets *sockets = context;

	if (sockets->n == sockets->room) {
		size_t room = sockets->room ? 2 * sockets->room : 256;
		struct proc_net_tcp *list = reallocarray(sockets->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		sockets->list = list;
		sockets->room = room;
	}
	sockets->list[sockets->n++] = *socket;
	return 0;
}

int net_sockets_read(struct net_sockets *sockets)
{
	sockets->n = 0;
	return proc_net_tcp_read(sockets_add, sockets);
}

void net_sockets_free(struct net_sockets *sockets)
{
	free(sockets->list);
	*sockets = (struct net_sockets){ 0 };
}
