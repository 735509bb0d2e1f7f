// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replaces the other files of origin/ in a build without libdw. */
#include <errno.h>
#include <stddef.h>

#include "origin/origin.h"

int origins_supported(struct error *error)
{
	return error_set(error, EOPNOTSUPP,
			 "call stacks are not supported: this tcpstate was built without libdw: "
			 "build it where libdw-dev (elfutils-devel) is installed");
}

int helper_new(struct helper **helper, struct error *error)
{
	return origins_supported(error);
}

unsigned helper_free(struct helper *helper)
{
	return 0;
}

int origins_new(int map_fd, struct helper *helper, int stop_fd, struct origins **origins,
		struct error *error)
{
	return origins_supported(error);
}

void origins_free(struct origins *origins)
{
}

void origins_wait_for(struct origins *origins, unsigned ms, const struct origins_idle *idle)
{
}

bool origins_is_slow(struct origins *origins, uint32_t uid)
{
	return false;
}

uint64_t origins_refused(const struct origins *origins)
{
	return 0;
}

const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder,
				     uint32_t uid)
{
	return NULL;
}

int stack_collector_new(const struct tracer *tracer, struct helper *helper, struct loop *loop,
			struct stack_collector **collector, struct error *error)
{
	return origins_supported(error);
}

void stack_collector_free(struct stack_collector *collector)
{
}

int stack_collector_run(void *context)
{
	return 0;
}

bool stack_collector_has(const void *context, uint32_t id)
{
	return false;
}

uint64_t stack_collector_unwound(const struct stack_collector *collector)
{
	return 0;
}

uint64_t stack_collector_refused(const struct stack_collector *collector, enum origin_refusal why)
{
	return 0;
}

void stack_collector_add_lost(void *context, uint32_t uid, uint32_t pid, uint64_t lost)
{
}

size_t stack_collector_losses(const struct stack_collector *collector, struct origin_losses *losses,
			      size_t room)
{
	return 0;
}
