/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The generated skeleton, with the types that its variables need. */
#ifndef TRACER_SKELETON_H
#define TRACER_SKELETON_H

#include <stdint.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include <tcpstate/counters.h>
#include <tcpstate/drop.h>
#include <tcpstate/filter.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#ifdef SKELETON_COMPAT
#include "compat.skel.h"
#else
#include "tcpstate.skel.h"
#endif
#pragma GCC diagnostic pop
/* kernel type names stay out of the rest of the program */
#pragma GCC poison u8 u16 u32 u64

#endif
