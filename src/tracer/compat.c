// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The second BPF object, for kernels whose tracing programs have no socket storage (up to 5.10):
 * see bpf/record.bpf.h. It has the same programs, maps and variables as the first. So struct
 * tcpstate_bpf serves both, and only the bytes of the object come from the second skeleton.
 */
#define SKELETON_COMPAT
#include "tracer/internal.h"

const void *tracer_compat_object(size_t *size)
{
	return tcpstate_bpf__elf_bytes(size);
}
