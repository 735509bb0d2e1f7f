/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Explains why loading BPF programs failed. */
#ifndef TRACER_LOAD_ERROR_H
#define TRACER_LOAD_ERROR_H

#include "lib/error.h"

/*
 * Sets error to the first probe that also fails, after a load failed with `err`. `what` completes
 * "cannot". Returns the -errno of the cause.
 */
int load_error_explain(const char *what, int err, struct error *error);

#endif
