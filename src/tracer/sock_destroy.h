/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Destroys sockets by the kernel function bpf_sock_destroy(), which does not need netlink. */
#ifndef TRACER_SOCK_DESTROY_H
#define TRACER_SOCK_DESTROY_H

#include <stddef.h>
#include <stdint.h>

struct destroy_bpf; /* the loaded program */

/*
 * Loads the program, for up to `max` sockets. Returns 0, -EOPNOTSUPP (the kernel does not have the
 * function), or another -errno (-EPERM, -ENOMEM: the program may not be loaded).
 */
int sock_destroyer_new(size_t max, struct destroy_bpf **bpf);
void sock_destroyer_free(struct destroy_bpf *bpf);
/*
 * Adds the socket of that cookie to those to be destroyed, if it is in that state of the kernel's then
 * (0: in any). Returns 0 or -errno.
 */
int sock_destroyer_add(struct destroy_bpf *bpf, uint64_t cookie, uint8_t state);
/* Destroys the added sockets of the caller's network namespace. Returns 0 or -errno. */
int sock_destroyer_run(struct destroy_bpf *bpf);
/*
 * Returns the result for one socket: 0 (destroyed), 1 (in another state: left alone), -ESTALE (does not exist), -EOPNOTSUPP (a
 * request or timewait socket), or another -errno of bpf_sock_destroy() or of the lookup.
 */
int sock_destroyer_result(const struct destroy_bpf *bpf, uint64_t cookie);

#endif
