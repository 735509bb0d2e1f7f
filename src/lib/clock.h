/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock of events, and its offset to the wall clock. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC of the initial time namespace, ns: the clock of every event. */
uint64_t clock_mono_ns(void);
/* CLOCK_REALTIME - clock_mono_ns(), ns. */
int64_t clock_wall_offset_ns(void);
/* The CPU time of this thread, ns: what a piece of work costs, on a busy machine too. */
uint64_t clock_thread_ns(void);

#endif
