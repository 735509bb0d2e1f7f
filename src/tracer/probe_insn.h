/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Instructions of the probe programs, only for src/tracer/probe*.c. */
#ifndef TRACER_PROBE_INSN_H
#define TRACER_PROBE_INSN_H

#include <linux/bpf.h>

#include <bpf/bpf.h>

#include "tracer/probe.h"

/* Tables, laid out by hand. */
/* clang-format off */

#define MOV_IMM(reg, value)                                                                        \
	((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = reg, .imm = value })
#define MOV(reg, from)                                                                             \
	((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = reg, .src_reg = from })
/* The first argument of the hook; `context` is the register that points to them. */
#define LOAD_ARGUMENT(reg, context)                                                                \
	((struct bpf_insn){                                                                        \
		.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = reg, .src_reg = context })
#define STORE_STACK(value)                                                                         \
	((struct bpf_insn){                                                                        \
		.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8, .imm = value })
#define FETCH_ADD_STACK(reg)                                                                       \
	((struct bpf_insn){ .code = BPF_STX | BPF_ATOMIC | BPF_DW,                                 \
			    .dst_reg = 10,                                                         \
			    .src_reg = reg,                                                        \
			    .off = -8,                                                             \
			    .imm = BPF_ADD | BPF_FETCH })
#define LOAD_MAP_LOW(reg, fd)                                                                      \
	((struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,                                     \
			    .dst_reg = reg,                                                        \
			    .src_reg = BPF_PSEUDO_MAP_FD,                                          \
			    .imm = fd })
#define LOAD_MAP_HIGH ((struct bpf_insn){ 0 })
#define CALL(helper)  ((struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = helper })
#define EXIT	      ((struct bpf_insn){ .code = BPF_JMP | BPF_EXIT })

/* Returns an id in the kernel's BTF, or -ENOENT with the verdict set. */
int find_type(const struct probes *probes, const char *name, int kind, struct verdict *verdict);
/* Loads a tracing program; `what` names it in the verdict. Returns a descriptor or -errno. */
int try_load(const char *what, enum bpf_attach_type type, int btf_id, const struct bpf_insn *insns,
	     size_t n, struct verdict *verdict);

#endif
