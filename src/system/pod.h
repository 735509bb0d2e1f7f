/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kubernetes: the id of a pod in a cgroup's path, and names by the kubelet's log folders. */
#ifndef SYSTEM_POD_H
#define SYSTEM_POD_H

#include <stddef.h>

enum { POD_UID = 36 };

/*
 * Writes the pod's id. The text is not terminated. Returns its length; 0: the path does not have
 * one.
 */
size_t pod_of_cgroup(const char *path, char uid[POD_UID]);

enum pod_part {
	POD_NAMESPACE,
	POD_NAME,
	POD_CONTAINER, /* of a container's id only */
	POD_PARTS
};

struct pod_text {
	const char *text; /* not terminated; from outside */
	size_t length;	  /* 0: unknown */
};

struct pods;

/* The kubelet's. */
#define POD_LOG "/var/log"

/* `log` is the folder that has pods/ and containers/, and stays the caller's. NULL: out of memory. */
struct pods *pods_new(const char *log);
void pods_free(struct pods *pods);
/*
 * The names of a pod's id, or of a container's 64 digits: POD_PARTS texts, or NULL if unknown. Only
 * the names of files are read, in bounded number: at the first call, then where an id is unknown and
 * some seconds have passed. Valid until the next call.
 */
const struct pod_text *pods_find(struct pods *pods, const char *id, size_t length);

#endif
