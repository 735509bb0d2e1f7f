// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A small server that leaks sockets: the sample of doc/guides/close-wait.md and of the tests of
 * `stuck`. Clients ask for a name, one line each; a second port prints counters. Two error paths
 * return without close().
 */
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { LINE_SIZE = 64, PATIENCE_S = 5, BACKLOG = 4096 };

/* Counters of errors, and the maximum number of leaked sockets of each. */
struct mishap {
	unsigned long seen;
	unsigned long leaks;
};

struct server {
	int requests;
	int metrics;
	unsigned long answered;
	struct mishap hang_up;
	struct mishap overlong;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Returns the length, 0 if the client closed before the line was complete, -1 with EMSGSIZE if too long. */
static ssize_t read_line(int fd, char *line, size_t size)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	size_t length = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (length < size) {
		ssize_t got = recv(fd, line + length, size - length, 0);

		if (got <= 0)
			return got;
		length += (size_t)got;
		if (memchr(line, '\n', length))
			return (ssize_t)length;
	}
	errno = EMSGSIZE;
	return -1;
}

static void answer(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static int leaks(struct mishap *mishap)
{
	return mishap->seen++ < mishap->leaks;
}

/* Leaks if the client closes in the middle of a line. */
static void serve_request(struct server *server)
{
	char line[LINE_SIZE];
	ssize_t length;
	int fd = accept(server->requests, NULL, NULL);

	if (fd < 0)
		return;
	length = read_line(fd, line, sizeof(line));
	if (!length && leaks(&server->hang_up))
		return; /* the first leak */
	if (length > 0) {
		answer(fd, "no such name\n");
		server->answered++;
	}
	close(fd);
}

/* Leaks if the line is too long for the buffer, and leaves bytes unread. */
static void serve_metrics(struct server *server)
{
	char line[LINE_SIZE], text[128];
	ssize_t length;
	int fd = accept(server->metrics, NULL, NULL);

	if (fd < 0)
		return;
	length = read_line(fd, line, sizeof(line));
	if (length < 0 && errno == EMSGSIZE && leaks(&server->overlong))
		return; /* the second leak */
	(void)snprintf(text, sizeof(text), "answered %lu\nhang-ups %lu\noverlong %lu\n",
		       server->answered, server->hang_up.seen, server->overlong.seen);
	answer(fd, text);
	close(fd);
}

static int listen_at(const char *host, unsigned int port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *address;
	char service[16];
	int fd, reuse = 1;

	(void)snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &address)) {
		fprintf(stderr, "leaky: %s port %s is not an address\n", host, service);
		exit(2);
	}
	fd = socket(address->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) ||
	    bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, BACKLOG))
		fail("listen");
	freeaddrinfo(address);
	return fd;
}

static const char *port_of(int fd, char port[NI_MAXSERV])
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) ||
	    getnameinfo((struct sockaddr *)&address, length, NULL, 0, port, NI_MAXSERV,
			NI_NUMERICSERV))
		fail("getsockname");
	return port;
}

/* Raises the limit of open files to the maximum. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
}

static void serve(struct server *server)
{
	struct pollfd ready[] = { { .fd = server->requests, .events = POLLIN },
				  { .fd = server->metrics, .events = POLLIN } };

	for (;;) {
		if (poll(ready, 2, -1) < 0)
			fail("poll");
		if (ready[0].revents)
			serve_request(server);
		if (ready[1].revents)
			serve_metrics(server);
	}
}

static unsigned long number(const char *text, unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > most) {
		fprintf(stderr, "leaky: %s is not a number up to %lu\n", text, most);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct server server = { .hang_up.leaks = ULONG_MAX, .overlong.leaks = ULONG_MAX };
	char port[NI_MAXSERV], metrics[NI_MAXSERV];
	const char *host;
	unsigned int first;
	int option;

	while ((option = getopt(argc, argv, "r:m:")) >= 0) {
		if (option == 'r')
			server.hang_up.leaks = number(optarg, ULONG_MAX);
		else if (option == 'm')
			server.overlong.leaks = number(optarg, ULONG_MAX);
		else
			return 2;
	}
	if (argc - optind > 2) {
		fputs("usage: leaky [-r LEAKS] [-m LEAKS] [HOST [PORT]]\n", stderr);
		return 2;
	}
	host = argc > optind ? argv[optind] : "127.0.0.1";
	first = argc > optind + 1 ? (unsigned int)number(argv[optind + 1], 65534) : 0;
	raise_limit();
	server.requests = listen_at(host, first);
	server.metrics = listen_at(host, first ? first + 1 : 0);
	printf("%s %s %s\n", host, port_of(server.requests, port),
	       port_of(server.metrics, metrics));
	if (fflush(stdout))
		fail("write");
	serve(&server);
}
