/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of the kernel's BTF that the programs refer to. libbpf's CO-RE relocation searches all
 * 150,000 types of the kernel for each type that a program names: with this part it starts faster.
 */
#ifndef TRACER_BTF_SUBSET_H
#define TRACER_BTF_SUBSET_H

#include <stddef.h>

enum { BTF_SUBSET_PATH = 32 };

/*
 * For the BPF object of `size` bytes at `data`. Returns a descriptor, to be closed after the object
 * is loaded, and its path for bpf_object_open_opts.btf_custom_path; or -errno: load without.
 */
int btf_subset_open(const void *data, size_t size, char path[BTF_SUBSET_PATH]);
/* Closes *fd and sets it to -1, unless it is -1. */
void btf_subset_close(int *fd);

#endif
