// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets of the load generator; spreads addresses so that ports do not run out. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Connections from one source address to one listener. The kernel has 28,232 ephemeral ports by
 * default, and slows down when most of them are in TIME_WAIT.
 */
enum { PORTS_USED = 10000 };

void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

static void address_loopback(union address *address, int family, unsigned port)
{
	memset(address, 0, sizeof(*address));
	address->any.sa_family = family;
	if (family == AF_INET6) {
		address->v6.sin6_addr = in6addr_loopback;
		address->v6.sin6_port = htons(port);
	} else {
		address->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address->v4.sin_port = htons(port);
	}
}

static void bind_device(const struct load *load, int fd)
{
	if (load->device &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, load->device, strlen(load->device)))
		fail("SO_BINDTODEVICE");
}

static int listener_open(const struct load *load, union address *address)
{
	socklen_t size = address_size(address);
	int one = 1;
	int fd;

	fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, load->protocol);
	if (fd < 0)
		fail("socket");
	bind_device(load, fd);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, &address->any, size) || listen(fd, 65535) ||
	    getsockname(fd, &address->any, &size))
		fail("listen");
	return fd;
}

/* IPv4 varies the source address; IPv6 has one on loopback, so it varies the listener. */
void listeners_open(const struct load *load, struct listeners *listeners)
{
	unsigned long n = 1;

	if (load->family == AF_INET6) {
		n = load->count ? (load->count + PORTS_USED - 1) / PORTS_USED : 128;
		if (n > 128)
			n = 128;
	}
	listeners->n = n;
	for (unsigned i = 0; i < n; i++) {
		address_loopback(&listeners->address[i], load->family,
				 load->port ? load->port + i : 0);
		listeners->fd[i] = listener_open(load, &listeners->address[i]);
	}
}

void listeners_close(struct listeners *listeners)
{
	for (unsigned i = 0; i < listeners->n; i++)
		close(listeners->fd[i]);
}

/* 127.1.0.1 and up; connect() chooses the port and may share it between four-tuples. */
static void bind_source(int fd, unsigned long number)
{
	union address source;
	int one = 1;

	address_loopback(&source, AF_INET, 0);
	source.v4.sin_addr.s_addr = htonl(0x7f010001 + number / PORTS_USED % 0xfffe);
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) ||
	    bind(fd, &source.any, sizeof(source.v4)))
		fail("bind");
}

int client_connect(const struct load *load, const struct listeners *listeners, unsigned long number)
{
	const union address *to = &listeners->address[number % listeners->n];
	int fd = socket(load->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	bind_device(load, fd);
	if (load->family == AF_INET)
		bind_source(fd, number);
	if (connect(fd, &to->any, address_size(to)))
		fail("connect");
	return fd;
}

int server_accept(const struct listeners *listeners, unsigned long number)
{
	return accept4(listeners->fd[number % listeners->n], NULL, NULL, SOCK_CLOEXEC);
}

void read_end(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	if (n > 0)
		errno = EPROTO;
	if (n)
		fail("wait for end of file");
}

void end_output(int fd)
{
	if (shutdown(fd, SHUT_WR))
		fail("shutdown");
}

void close_in_order(int first, int second)
{
	end_output(first);
	read_end(second);
	close(second);
	read_end(first);
	close(first);
}
