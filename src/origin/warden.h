/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The warden starts and kills the workers. It is forked before the BPF programs are loaded, so that
 * no worker inherits a descriptor, a mapping or a capability of the process that traces. It waits for
 * nothing but orders. An order is one byte: with a socket, a worker is started that serves it;
 * without, the worker is killed. The end of the socket is the end of the warden and its worker.
 *
 * The warden writes a struct warden_news after each start, and at its end.
 */
#ifndef ORIGIN_WARDEN_H
#define ORIGIN_WARDEN_H

#include <stdint.h>

struct warden_news {
	int32_t finder, worker; /* PIDs; 0: at the end */
	uint32_t left; /* killed processes that do not end: they hang in the kernel (state D) */
};

/* Serves the socket, in a process that was forked for it. Does not return. */
_Noreturn void warden_run(int control);

#endif
