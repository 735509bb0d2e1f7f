/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A short cut for libbpf's CO-RE relocation, which looks through all types of the kernel, 150,000 of
 * them, for each type that a program names: those that can be meant, and what they are made of.
 */
#ifndef TRACER_BTF_SUBSET_H
#define TRACER_BTF_SUBSET_H

#include <stddef.h>

enum { CORE_BTF_PATH = 32 };

/*
 * For the BPF object that is `size` bytes at `data`: a descriptor, to be closed when the object has
 * been loaded, and in `path` its name for bpf_object_open_opts.btf_custom_path. -errno: do without.
 */
int btf_subset_open(const void *data, size_t size, char path[CORE_BTF_PATH]);
/* *fd becomes -1; if it is so already, nothing happens. */
void btf_subset_close(int *fd);

#endif
