/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The header of a recording, in the byte order of the machine; frames follow at header_size. A
 * reader refuses another byte order and a newer major version; a newer minor version only adds.
 */
#ifndef EVENTS_FILE_FORMAT_H
#define EVENTS_FILE_FORMAT_H

#include <tcpstate/event.h>

#define FILE_MAGIC "TCPSTATE"

enum {
	FILE_ORDER = 0x01020304,
	FILE_ORDER_FOREIGN = 0x04030201,
	FILE_MAJOR = 1,
	FILE_MINOR = 1,		/* 1: transitions count the retransmissions of handshakes */
	FILE_HEADER_MAX = 4096, /* no version may have a larger one */
};

struct file_header {
	char magic[8];
	__u32 order;
	__u16 major;
	__u16 minor;
	__u32 header_size; /* a multiple of 8 */
	__u32 pad;
	__u64 mono_ns;	       /* when the recording began */
	__s64 clock_offset_ns; /* wall clock minus monotonic clock, then */
	char kernel[64];       /* release, terminated */
};

_Static_assert(sizeof(struct file_header) == 104, "file header");

#endif
