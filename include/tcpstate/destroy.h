/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of the map of bpf/destroy.bpf.c: for each cookie, a request and then its result. */
#ifndef TCPSTATE_DESTROY_H
#define TCPSTATE_DESTROY_H

enum ts_destroy {
	TS_DESTROY_DONE = 0,   /* below 0: -errno of the kernel */
	TS_DESTROY_WANTED = 1, /* plus the state that the socket must be in; 0: any */
	TS_DESTROY_WANTED_LAST = 16,
	TS_DESTROY_CHANGED, /* it is in another state, and was left alone */
};

#endif
