// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Destroys sockets by the BPF program, in each of their network namespaces. */
#include "stuck/bpf_destroy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/netns.h"
#include "stuck/sock_destroy.h"
#include "tracer/sock_destroy.h"

struct destroy {
	struct sock_destroyer *destroyer;
	struct sock_destroy *resets;
	size_t n;
	uint32_t inode; /* of the one namespace */
};

static bool is_wanted(const struct sock_destroy *reset)
{
	return reset->err == -EOPNOTSUPP && reset->socket->id;
}

static int want_all(const struct destroy *destroy)
{
	int err = 0;

	for (size_t i = 0; i < destroy->n && !err; i++)
		if (is_wanted(&destroy->resets[i]))
			err = sock_destroyer_add(destroy->destroyer, destroy->resets[i].socket->id);
	return err;
}

/* Of the sockets in the namespace at hand; what was not met had gone. */
static int destroy_here(void *context, uint32_t inode)
{
	struct destroy *destroy = context;
	int err = 0;
	bool any = false;

	for (size_t i = 0; i < destroy->n && !any; i++)
		any = is_wanted(&destroy->resets[i]) && destroy->resets[i].socket->netns == inode;
	if (any)
		err = sock_destroyer_run(destroy->destroyer);
	for (size_t i = 0; i < destroy->n && any && !err; i++) {
		struct sock_destroy *reset = &destroy->resets[i];

		if (is_wanted(reset) && reset->socket->netns == inode)
			reset->err = sock_destroyer_result(destroy->destroyer, reset->socket->id);
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
	struct sock_destroyer *destroyer = NULL;
	int err = sock_destroyer_new(1, &destroyer);

	sock_destroyer_free(destroyer);
	return err;
}

int bpf_destroy_sockets(const char *netns, uint32_t inode, struct sock_destroy *resets, size_t n,
			struct error *error)
{
	struct destroy destroy = { .resets = resets, .n = n, .inode = inode };
	int err = sock_destroyer_new(n, &destroy.destroyer);

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
	sock_destroyer_free(destroy.destroyer);
	return err;
}
