/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What to say where loading BPF programs failed. */
#ifndef TRACER_LOAD_ERROR_H
#define TRACER_LOAD_ERROR_H

#include "lib/error.h"

/*
 * The load failed with `err`: the first probe that fails too is the reason. `what` completes "cannot".
 * Returns the -errno of the cause, with error set.
 */
int load_error_explain(const char *what, int err, struct error *error);

#endif
