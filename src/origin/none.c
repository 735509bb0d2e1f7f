// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replaces the other files of origin/ in a build without libdw. */
#include <errno.h>
#include <stddef.h>

#include "origin/collector.h"
#include "origin/origin.h"

int origins_supported(struct error *error)
{
	return error_set(error, EOPNOTSUPP,
			 "call stacks are not supported: this tcpstate was built without libdw: "
			 "build it where libdw-dev (elfutils-devel) is installed");
}

int origins_new(int map_fd, struct origins **origins, struct error *error)
{
	(void)map_fd;
	(void)origins;
	return origins_supported(error);
}

void origins_free(struct origins *origins)
{
	(void)origins;
}

const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder)
{
	(void)origins;
	(void)id;
	(void)holder;
	return NULL;
}

int origin_lookup(int map_fd, uint32_t id, struct ts_origin *origin)
{
	(void)map_fd;
	(void)id;
	(void)origin;
	return -ENOENT;
}

int stack_collector_new(const struct tracer *tracer, struct stack_collector **collector,
			struct error *error)
{
	(void)tracer;
	(void)collector;
	return origins_supported(error);
}

void stack_collector_free(struct stack_collector *collector)
{
	(void)collector;
}

int stack_collector_fd(const struct stack_collector *collector)
{
	(void)collector;
	return -1;
}

int stack_collector_round(void *collector)
{
	(void)collector;
	return 0;
}
