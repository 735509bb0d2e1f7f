/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/destroy.bpf.c is told and tells: by the socket's cookie, its outcome. */
#ifndef TCPSTATE_DESTROY_H
#define TCPSTATE_DESTROY_H

enum ts_destroy {
	TS_DESTROY_DONE = 0, /* below: a -errno of the kernel's */
	TS_DESTROY_WANTED = 1,
};

#endif
