/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The inside of a tracer, for tracer*.c alone. */
#ifndef TRACER_INTERNAL_H
#define TRACER_INTERNAL_H

#include "tracer/skeleton.h"
#include "tracer/tracer.h"

enum { TRACER_KPROBES = 32 };

struct tracer {
	struct tcpstate_bpf *bpf;
	int core_btf;		   /* between opening and loading; -1 */
	struct tcpstate_bpf *copy; /* tracer_add_copy()'s object; NULL: none */
	struct bpf_link *kprobes[TRACER_KPROBES];
	struct ts_slot *slots;	     /* mapped, one a CPU */
	struct ts_pending_drops *drops; /* mapped */
	unsigned cpus;
	int socket; /* any one, for cfg_socket_fd; -1: not needed */
	struct ts_ready ready;
	enum hook_tier tier;
	unsigned denied; /* processes whose network namespace could not be looked up */
	uint64_t rescan_after_ns;
	uint64_t half_open_after_ns;
	bool compat;	 /* which of the two objects */
	bool incomplete; /* a program is disabled: no other one may replace it */
	bool origins;	 /* config->origins */
	bool filtered;
	bool minisocks_unknown; /* the filter asks for what small sockets do not have */
};

/* Of a counter that the kernel side goes on changing. */
static inline uint64_t load_relaxed(const __u64 *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/* The ELF object for kernels without socket storage. */
const void *tracer_compat_object(size_t *size);

/*
 * The object that fits, opened, with nothing chosen yet. -errno; *out is to be destroyed even then.
 * *core_btf is for tracer_load_object(), or btf_subset_close() where it does not come to that.
 */
int tracer_open_object(bool compat, struct tcpstate_bpf **out, int *core_btf);
int tracer_load_object(struct tcpstate_bpf *bpf, int *core_btf);

/* Whether libbpf's words go to standard error or nowhere. Where they went before. */
libbpf_print_fn_t tracer_set_debug(bool debug);
/* Inode of this process's PID namespace; 0: the initial one. */
uint32_t tracer_pid_ns(void);
/* Up to 5.10 maps are charged to RLIMIT_MEMLOCK. */
void tracer_raise_memlock(void);

struct probes;
/* What only the programs of that object need to be told, before they are loaded. */
void tracer_configure_compat(struct tracer *tracer, const struct probes *features);
/* -EOPNOTSUPP with error set: this kernel does not give user stacks. */
int tracer_configure_origins(struct tracer *tracer, const struct probes *features,
			     struct error *error);
/* Those that are loaded. One whose function this kernel has not, or not by itself, is left out. */
int tracer_attach_kprobes(struct tracer *tracer);

/* Has the kernel give a cookie to every socket. 0, or the first -errno; the rest has been tried. */
int tracer_number_sockets(struct tracer *tracer);

/* Runs an iterator that writes nothing, to its end. Returns 0 or -errno. */
int iterator_run(const struct bpf_link *link);

/*
 * The first look at all sockets: those with holders by their files, then what is left. Ends
 * the time in which a transition needs a record to be counted.
 */
int tracer_snapshot(struct tracer *tracer);
int tracer_drops_open(struct tracer *tracer);
void tracer_drops_close(struct tracer *tracer);
/* A look at the TCP sockets of every namespace: how many could not be entered, or -errno. */
int tracer_look_around(struct tracer *tracer);

/* A program that is not attached. -ENOENT: there is none of that name. */
int tracer_disable_program(struct tcpstate_bpf *bpf, const char *name, struct error *error);

#endif
