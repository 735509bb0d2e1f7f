// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A connection one end of which has used up the memory for its socket's options, so that the kernel
 * has none left for BPF's storage: by TCP_MD5SIG keys, for addresses that are not its peer's.
 */
#include "load.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns the number of keys. */
static unsigned fill(int fd)
{
	struct tcp_md5sig key = { .tcpm_keylen = 6, .tcpm_key = "secret" };
	struct sockaddr_in peer = { .sin_family = AF_INET };
	unsigned n = 0;

	do {
		peer.sin_addr.s_addr = htonl(0x0a000001 + n);
		memcpy(&key.tcpm_addr, &peer, sizeof(peer));
	} while (!setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof(key)) && ++n < 1 << 20);
	if (errno != ENOMEM && errno != ENOBUFS)
		fail("TCP_MD5SIG");
	return n;
}

/* Returns false at end of input. */
static bool await_step(void)
{
	char input[512];

	return fgets(input, sizeof(input), stdin);
}

void options_run(const struct load *load, bool of_listener)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int server;
	unsigned keys;

	address.sin_port = htons(load->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || client < 0 || bind(listener, (void *)&address, size) ||
	    getsockname(listener, (void *)&address, &size))
		fail("socket");
	keys = fill(of_listener ? listener : client);
	printf("{\"mode\":\"options\",\"keys\":%u,\"pid\":%d,\"port\":%u}\n", keys, (int)getpid(),
	       ntohs(address.sin_port));
	fflush(stdout);
	if (!await_step())
		return;
	if (listen(listener, 1) || connect(client, (void *)&address, size))
		fail("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		fail("accept");
	close_in_order(client, server);
	close(listener);
	printf("{\"mode\":\"options\",\"connections\":1}\n");
	fflush(stdout);
	while (await_step())
		;
}
