/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resource limits of this process. A limit that is reached in the middle of loading BPF programs shows as
 * any error: libbpf then takes a feature of the kernel for missing. So limits are checked by themselves.
 */
#ifndef SYSTEM_LIMITS_H
#define SYSTEM_LIMITS_H

#include <stdbool.h>

#include "lib/error.h"

/* Raises the limit of open files as far as the process may. */
void limits_raise_files(void);
/*
 * The same, and checks that `n` more files can be opened. `what` completes "cannot". Returns 0, or
 * -EMFILE with error set.
 */
int limits_need_files(const char *what, unsigned n, struct error *error);
/* Is there too little address space to load BPF programs (ulimit -v)? */
bool limits_memory_is_short(void);
/* Sets error if err is one of a resource that is used up: files or memory. Returns err or 0. */
int limits_explain(const char *what, int err, struct error *error);

#endif
