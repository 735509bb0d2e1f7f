// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads bpf/destroy.bpf.c for a set of sockets, and runs it in each network namespace of theirs. */
#include "stuck/bpf_destroy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <tcpstate/destroy.h>

#include "system/netns.h"
#include "stuck/sock_destroy.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "destroy.skel.h"
#pragma GCC diagnostic pop

struct destroy {
	struct destroy_bpf *bpf;
	struct sock_destroy *resets;
	size_t n;
	uint32_t inode; /* of the one namespace */
};

static int no_words(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

static bool is_wanted(const struct sock_destroy *reset)
{
	return reset->err == -EOPNOTSUPP && reset->socket->id;
}

/* The linker of programs says ESRCH, and the kernel EINVAL or EACCES, where there is no such function. */
static int load(struct destroy *destroy)
{
	libbpf_print_fn_t words = libbpf_set_print(no_words);
	int err = -errno;

	destroy->bpf = destroy_bpf__open();
	if (destroy->bpf) {
		(void)bpf_map__set_max_entries(destroy->bpf->maps.wanted, (uint32_t)destroy->n);
		err = destroy_bpf__load(destroy->bpf);
		if (!err)
			err = destroy_bpf__attach(destroy->bpf);
	}
	(void)libbpf_set_print(words);
	if (err && err != -EPERM && err != -ENOMEM)
		err = -EOPNOTSUPP;
	return err;
}

static int want_all(const struct destroy *destroy)
{
	int32_t wanted = TS_DESTROY_WANTED;
	int err = 0, fd = bpf_map__fd(destroy->bpf->maps.wanted);

	for (size_t i = 0; i < destroy->n && !err; i++)
		if (is_wanted(&destroy->resets[i]))
			err = bpf_map_update_elem(fd, &destroy->resets[i].socket->id, &wanted,
						  BPF_ANY);
	return err;
}

/* One run of the iterator, which writes nothing. */
static int run(const struct destroy *destroy)
{
	int fd = bpf_iter_create(bpf_link__fd(destroy->bpf->links.destroy_tcp));
	char byte;
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, &byte, sizeof(byte));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	(void)close(fd);
	return (int)n;
}

/* Of the sockets in the namespace at hand; what was not met had gone. */
static int destroy_here(void *context, uint32_t inode)
{
	struct destroy *destroy = context;
	int err = 0, fd = bpf_map__fd(destroy->bpf->maps.wanted);
	bool any = false;

	for (size_t i = 0; i < destroy->n && !any; i++)
		any = is_wanted(&destroy->resets[i]) && destroy->resets[i].socket->netns == inode;
	if (any)
		err = run(destroy);
	for (size_t i = 0; i < destroy->n && any && !err; i++) {
		struct sock_destroy *reset = &destroy->resets[i];
		int32_t outcome;

		if (!is_wanted(reset) || reset->socket->netns != inode)
			continue;
		err = bpf_map_lookup_elem(fd, &reset->socket->id, &outcome);
		if (!err)
			reset->err = outcome == TS_DESTROY_WANTED ? -ESTALE : outcome;
	}
	return err;
}

static int destroy_there(void *context)
{
	return destroy_here(context, ((const struct destroy *)context)->inode);
}

static int destroy_around(struct destroy *destroy)
{
	struct netns_list list;
	int err = netns_list_open(&list);

	if (err)
		return err;
	err = netns_each(&list, destroy_here, destroy);
	netns_list_close(&list);
	return err < 0 ? err : 0;
}

int bpf_destroy_supported(void)
{
	struct destroy destroy = { .n = 1 };
	int err = load(&destroy);

	destroy_bpf__destroy(destroy.bpf);
	return err;
}

int bpf_destroy_sockets(const char *netns, uint32_t inode, struct sock_destroy *resets, size_t n,
			struct error *error)
{
	struct destroy destroy = { .resets = resets, .n = n, .inode = inode };
	int err = load(&destroy);

	if (!err) {
		err = want_all(&destroy);
		if (!err && netns)
			err = netns_inside(netns, inode, destroy_there, &destroy, error);
		else if (!err)
			err = destroy_around(&destroy);
		if (err)
			(void)error_set(error, -err, "--close=reset: ended early: %s",
					strerror(-err));
	}
	destroy_bpf__destroy(destroy.bpf);
	return err;
}
