// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Prefork servers on one listener, and clients; each is a process. A client logs the two
 * processes of a connection: the server sends its PID.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PROCESSES = 1024 };

enum closer { CLIENT_FIRST, SERVER_FIRST };

/* The message that both ends exchange. */
struct request {
	unsigned char closer;
	char pad[7];
};

struct reply {
	pid_t server;
};

static void receive(int fd, void *data, size_t size)
{
	ssize_t n = recv(fd, data, size, MSG_WAITALL);

	if (n == (ssize_t)size)
		return;
	if (n >= 0)
		errno = EPROTO;
	fail("recv");
}

static void transmit(int fd, const void *data, size_t size)
{
	if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
		fail("send");
}

static void serve(int fd)
{
	struct reply reply = { .server = getpid() };
	struct request request;

	receive(fd, &request, sizeof(request));
	transmit(fd, &reply, sizeof(reply));
	if (request.closer == SERVER_FIRST)
		end_output(fd);
	read_end(fd);
	close(fd);
}

/* Runs until the other end of `stop` is closed and the accept queue is empty. */
static void serve_all(const struct listeners *listeners, int stop)
{
	struct pollfd ready[129] = { [0] = { .fd = stop, .events = POLLIN } };

	for (unsigned i = 0; i < listeners->n; i++)
		ready[i + 1] = (struct pollfd){ .fd = listeners->fd[i], .events = POLLIN };
	for (;;) {
		bool accepted = false;

		if (poll(ready, listeners->n + 1, -1) < 0)
			fail("poll");
		for (unsigned i = 0; i < listeners->n; i++) {
			int fd = ready[i + 1].revents ? server_accept(listeners, i) : -1;

			if (fd >= 0) {
				serve(fd);
				accepted = true;
			} else if (ready[i + 1].revents && errno != EAGAIN) {
				fail("accept");
			}
		}
		if (ready[0].revents && !accepted)
			return;
	}
}

static void log_one(FILE *log, int fd, enum closer closer, pid_t server)
{
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	union address from = { 0 }, to = { 0 };
	socklen_t from_size = sizeof(from), to_size = sizeof(to);

	if (getsockname(fd, &from.any, &from_size) || getpeername(fd, &to.any, &to_size))
		fail("getsockname");
	if (from.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &from.v6.sin6_addr, local, sizeof(local));
		inet_ntop(AF_INET6, &to.v6.sin6_addr, remote, sizeof(remote));
	} else {
		inet_ntop(AF_INET, &from.v4.sin_addr, local, sizeof(local));
		inet_ntop(AF_INET, &to.v4.sin_addr, remote, sizeof(remote));
	}
	/* The port has the same offset in both address types. */
	fprintf(log,
		"{\"laddr\":\"%s\",\"lport\":%u,\"raddr\":\"%s\",\"rport\":%u,"
		"\"client\":%d,\"server\":%d,\"first\":\"%s\"}\n",
		local, ntohs(from.v4.sin_port), remote, ntohs(to.v4.sin_port), getpid(), server,
		closer == CLIENT_FIRST ? "client" : "server");
}

static void use(const struct load *load, const struct listeners *listeners, unsigned long number,
		FILE *log)
{
	struct request request = { .closer = number / load->clients % 2 };
	struct reply reply;
	int fd = client_connect(load, listeners, number);

	transmit(fd, &request, sizeof(request));
	receive(fd, &reply, sizeof(reply));
	if (log)
		log_one(log, fd, request.closer, reply.server);
	if (request.closer == CLIENT_FIRST)
		end_output(fd);
	read_end(fd);
	close(fd);
}

static void use_all(const struct load *load, const struct listeners *listeners, unsigned client)
{
	FILE *log = NULL;

	if (load->log) {
		log = fopen(load->log, "ae");
		if (!log)
			fail(load->log);
		/* One write per line: several processes append to the file. */
		setlinebuf(log);
	}
	for (unsigned long i = client; i < load->count; i += load->clients)
		use(load, listeners, i, log);
	if (log && fclose(log))
		fail(load->log);
}

void prefork_run(const struct load *load, const struct listeners *listeners)
{
	pid_t servers[MAX_PROCESSES], clients[MAX_PROCESSES];
	int stop[2];

	if (pipe2(stop, O_CLOEXEC))
		fail("pipe");
	for (unsigned i = 0; i < listeners->n; i++) {
		if (fcntl(listeners->fd[i], F_SETFL, O_NONBLOCK))
			fail("fcntl");
	}
	for (unsigned i = 0; i < load->servers; i++) {
		servers[i] = spawn("load-server");
		if (!servers[i]) {
			close(stop[1]);
			serve_all(listeners, stop[0]);
			_exit(0);
		}
	}
	close(stop[0]);
	for (unsigned i = 0; i < load->clients; i++) {
		clients[i] = spawn("load-client");
		if (!clients[i]) {
			close(stop[1]);
			use_all(load, listeners, i);
			_exit(0);
		}
	}
	await(clients, load->clients);
	close(stop[1]);
	await(servers, load->servers);
}
