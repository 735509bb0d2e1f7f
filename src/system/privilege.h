/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Capabilities of this process, and the remedy for a missing one: it depends on who asks. */
#ifndef SYSTEM_PRIVILEGE_H
#define SYSTEM_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/capability.h>

enum { PRIVILEGE_TEXT = 384 };

/* A set of capabilities, for a CAP_ constant of <linux/capability.h>. */
#define PRIVILEGE(capability) (UINT64_C(1) << (capability))
#define PRIVILEGES_OF_BPF     (PRIVILEGE(CAP_BPF) | PRIVILEGE(CAP_PERFMON))

/* The caller, as far as a remedy depends on it. */
struct privileges {
	uint64_t effective;
	uint64_t bounding; /* what root could have here: less than all in a container */
	bool root;
	bool in_user_namespace; /* its capabilities do not reach the kernel's BPF */
};

/*
 * Whether the program file gave the capabilities (setcap, set-user-ID) to a caller who is not root: its
 * caller may then not have done what it can do.
 */
bool privileges_lent(void);

void privileges_read(struct privileges *privileges);

/* Lists the names of a set: "CAP_BPF and CAP_PERFMON". Returns text. */
const char *privilege_names(uint64_t set, char *text, size_t size);

/*
 * The remedy where an operation needs `wanted` and was not permitted, without a colon before it.
 * Returns text, which has PRIVILEGE_TEXT bytes.
 */
const char *privilege_remedy(const struct privileges *privileges, uint64_t wanted, char *text);
/* The same for the caller. */
const char *privilege_own_remedy(uint64_t wanted, char *text);

#endif
