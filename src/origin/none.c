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

int origins_new(int map_fd, struct origins **origins, struct error *error)
{
	return origins_supported(error);
}

void origins_free(struct origins *origins)
{
}

const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder)
{
	return NULL;
}

int stack_collector_new(const struct tracer *tracer, struct loop *loop,
			struct stack_collector **collector, struct error *error)
{
	return origins_supported(error);
}

void stack_collector_free(struct stack_collector *collector)
{
}
