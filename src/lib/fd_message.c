// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/fd_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Aligned for the header. The kernel closes descriptors that have no room here. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(FD_MESSAGE_MAX * sizeof(int))];
};

int fd_message_send(int socket, const void *data, size_t size, const int *fds, size_t n, int flags)
{
	struct iovec part = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { .room = { 0 } };
	ssize_t sent;

	if (n > FD_MESSAGE_MAX)
		return -EINVAL;
	if (n) {
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* Takes the first descriptors, and closes the others. */
static void take(const struct cmsghdr *header, int *fds, size_t *taken, size_t most)
{
	size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
		if (*taken < most)
			fds[(*taken)++] = fd;
		else
			(void)close(fd);
	}
}

ssize_t fd_message_receive(int socket, void *data, size_t size, int *fds, size_t most)
{
	struct iovec part = { .iov_base = data, .iov_len = size };
	union control control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	size_t taken = 0;
	ssize_t n;

	for (size_t i = 0; i < most; i++)
		fds[i] = -1;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (message.msg_flags & MSG_TRUNC)
		most = 0;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
	     header = CMSG_NXTHDR(&message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			take(header, fds, &taken, most);
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}
