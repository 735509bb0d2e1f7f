/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which files are io_urings. */
#ifndef RING_BPF_H
#define RING_BPF_H

#include "helpers.bpf.h"

enum { ANON_INODE_FS_MAGIC = 0x09041934 };

/* The kernel alone names files of that file system. */
static __always_inline bool file_is_ring(struct file *file)
{
	static const char name[] = "[io_uring]";
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char text[sizeof(name)] = "";

	if (BPF_CORE_READ(dentry, d_sb, s_magic) != ANON_INODE_FS_MAGIC)
		return false;
	bpf_probe_read_kernel(text, sizeof(text), BPF_CORE_READ(dentry, d_name.name));
	for (u32 i = 0; i < sizeof(name); i++)
		if (text[i] != name[i])
			return false;
	return true;
}

#endif
