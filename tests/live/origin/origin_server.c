// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Takes connections by ways that test_origin.py knows by the comments on their lines: it connects
 * to itself, accepts, reads, and holds both ends. Each line of its input names a way, each line of
 * its output says that it was gone.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener, dialled;
static struct sockaddr_in address = { .sin_family = AF_INET };

static void check(int bad)
{
	if (bad)
		abort();
}

__attribute__((noinline)) static int dial(void)
{
	int client = dialled = socket(AF_INET, SOCK_STREAM, 0);

	check(connect(client, (void *)&address, sizeof(address)) < 0); /* dial: connect */
	check(write(client, "x", 1) != 1);
	return client;
}

__attribute__((noinline)) static int way_one(void)
{
	int fd = accept(listener, NULL, NULL); /* one: accept */
	char room[200];

	check(read(fd, room, sizeof(room)) != 1); /* one: use */
	return fd;
}

/* Its lines are its own, wherever the compiler puts them. */
static inline __attribute__((always_inline)) int taken_inline(void)
{
	int fd = accept4(listener, NULL, NULL, 0); /* two: accept */
	char room[3000];

	check(recv(fd, room, sizeof(room), 0) != 1); /* two: use */
	return fd;
}

__attribute__((noinline)) static int way_two(void)
{
	return taken_inline();
}

/* By another way to the same call. */
__attribute__((noinline)) static int by_the_other_way(void)
{
	int fd = way_one();

	check(fd < 0); /* there is something to come back for */
	return fd;
}

static void *in_thread(void *arg)
{
	(void)arg;
	check(way_one() < 0);
	return NULL;
}

static void by_thread(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, in_thread, NULL));
	check(pthread_join(thread, NULL));
}

/* The child has the socket for itself. */
static void by_child(void)
{
	int done[2];
	char byte;

	check(pipe(done));
	if (!fork()) {
		check(way_two() < 0);
		check(write(done[1], "x", 1) != 1);
		for (;;)
			pause();
	}
	check(read(done[0], &byte, 1) != 1);
}

/* Code that no file has, as a JIT makes it: the function syscall(), with its name where JITs put it. */
static int by_jit(void)
{
#ifdef __x86_64__
	static const unsigned char code[] = {
		0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, /* mov */
		0x0f, 0x05, 0xc3, /* syscall, ret */
	};
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*call)(long n, long a, void *b, long c) = (void *)page;
	char path[64], byte;
	FILE *map;
	int fd;

	check(page == MAP_FAILED);
	memcpy(page, code, sizeof(code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	fprintf(map, "%lx %zx old code\n%lx %zx jitted call\n", (long)page, sizeof(code), (long)page,
		sizeof(code));
	check(fclose(map));
	fd = (int)call(SYS_accept, listener, NULL, 0);
	check(call(SYS_read, fd, &byte, 1) != 1);
	return fd;
#else
	abort();
#endif
}

/* Many, one after the other, none of them kept. */
static void burst(int n)
{
	while (n--) {
		int client = dial();

		check(close(n % 2 ? way_one() : way_two()));
		check(close(client));
	}
}

static int walk(const char *way, int n)
{
	if (!strcmp(way, "burst")) {
		burst(n);
		return 0;
	}
	if (!strcmp(way, "hangup")) /* of the last that was dialled */
		return close(dialled);
	check(dial() < 0);
	if (!strcmp(way, "one"))
		return way_one();
	if (!strcmp(way, "two"))
		return way_two();
	if (!strcmp(way, "other"))
		return by_the_other_way();
	if (!strcmp(way, "thread"))
		by_thread();
	else if (!strcmp(way, "child"))
		by_child();
	else if (!strcmp(way, "jit"))
		return by_jit();
	else
		abort();
	return 0;
}

static void go_on_as(const char *program)
{
	execl(program, program, (char *)NULL);
	abort();
}

int main(void)
{
	socklen_t size = sizeof(address);
	char line[4096], way[32], program[4000] = "";

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	check(bind(listener, (void *)&address, size) || listen(listener, 16) ||
	      getsockname(listener, (void *)&address, &size));
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int n = 0;

		if (sscanf(line, "exec %3999s", program) == 1)
			go_on_as(program);
		check(sscanf(line, "%31s %d", way, &n) < 1);
		check(walk(way, n) < 0);
		puts("done");
		fflush(stdout);
	}
	return 0;
}
