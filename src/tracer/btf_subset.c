// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Copies types of the kernel's BTF. A member that is a pointer becomes a pointer to void: CO-RE
 * does not compare the type behind a pointer (bpf_core_fields_are_compat()).
 */
#define _GNU_SOURCE
#include "tracer/btf_subset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <gelf.h>
#include <libelf.h>

#include "lib/hash_index.h"

enum { VOID_POINTER = 1 }; /* its id in the copy */

struct copy {
	const struct btf *kernel;
	struct btf *btf;
	struct hash_index names; /* of the object's types, by hash */
	uint32_t *ids;		 /* by the kernel's id: id in the copy; 0: not copied */
	uint32_t *order;	 /* kernel ids of the copied types, from id VOID_POINTER + 1 on */
	uint32_t n, kernel_n;
};

static bool is_named_kind(unsigned kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_ENUM64 || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_FWD;
}

/* Hash of the type's name without its ___flavour, or 0 if programs cannot name it. */
static uint64_t name_hash(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const char *name = btf__name_by_offset(btf, type->name_off);
	uint64_t sum = 0xcbf29ce484222325;

	if (!is_named_kind(btf_kind(type)) || !name || !*name)
		return 0;
	for (; *name && !(name[0] == '_' && name[1] == '_' && name[2] == '_'); name++)
		sum = (sum ^ (uint8_t)*name) * 0x100000001b3;
	return sum | 1; /* an index has no 0 */
}

static int index_names(const struct btf *object, struct hash_index *names)
{
	uint32_t n = btf__type_cnt(object);

	if (hash_index_new(names, n))
		return -ENOMEM;
	for (uint32_t id = 1; id < n; id++) {
		uint64_t hash = name_hash(object, id);

		if (hash)
			(void)hash_index_put(names, hash, id);
	}
	return 0;
}

/* Returns the id of the kernel's type in the copy, and adds the type if needed. */
static uint32_t copied(struct copy *copy, uint32_t id)
{
	const struct btf_type *type = id ? btf__type_by_id(copy->kernel, id) : NULL;

	if (!type || btf_kind(type) == BTF_KIND_FUNC_PROTO)
		return 0;
	if (btf_kind(type) == BTF_KIND_PTR)
		return VOID_POINTER;
	if (!copy->ids[id]) {
		copy->order[copy->n++] = id;
		copy->ids[id] = VOID_POINTER + copy->n;
	}
	return copy->ids[id];
}

/* Returns the i-th id of a type that this type refers to, or NULL. */
static uint32_t *reference(const struct btf_type *type, unsigned i)
{
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return i < btf_vlen(type) ? &btf_members(type)[i].type : NULL;
	case BTF_KIND_ARRAY:
		return i == 0 ? &btf_array(type)->type :
		       i == 1 ? &btf_array(type)->index_type :
				NULL;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return i == 0 ? (uint32_t *)&type->type : NULL;
	default:
		return NULL;
	}
}

/* Adds the types that a type refers to. With `to`, its copy, also sets the ids there. */
static void follow(struct copy *copy, const struct btf_type *type, const struct btf_type *to)
{
	const uint32_t *from;

	for (unsigned i = 0; (from = reference(type, i)); i++) {
		uint32_t id = copied(copy, *from);

		if (to)
			*reference(to, i) = id;
	}
}

static void choose(struct copy *copy)
{
	uint32_t unused;

	for (uint32_t id = 1; id < copy->kernel_n; id++) {
		uint64_t hash = name_hash(copy->kernel, id);

		if (hash && hash_index_get(&copy->names, hash, &unused))
			(void)copied(copy, id);
	}
	for (uint32_t i = 0; i < copy->n; i++) /* n grows meanwhile */
		follow(copy, btf__type_by_id(copy->kernel, copy->order[i]), NULL);
}

static int copy_types(struct copy *copy)
{
	int id = btf__add_ptr(copy->btf, 0);

	for (uint32_t i = 0; i < copy->n && id > 0; i++)
		id = btf__add_type(copy->btf, copy->kernel,
				   btf__type_by_id(copy->kernel, copy->order[i]));
	if (id != (int)(VOID_POINTER + copy->n))
		return id < 0 ? id : -EPROTO;
	for (uint32_t i = 0; i < copy->n; i++)
		follow(copy, btf__type_by_id(copy->kernel, copy->order[i]),
		       btf__type_by_id(copy->btf, VOID_POINTER + 1 + i));
	return 0;
}

static int copy_make(struct copy *copy, const struct btf *object)
{
	int err;

	copy->kernel_n = btf__type_cnt(copy->kernel);
	copy->ids = calloc(copy->kernel_n, sizeof(*copy->ids));
	copy->order = calloc(copy->kernel_n, sizeof(*copy->order));
	copy->btf = btf__new_empty();
	if (!copy->ids || !copy->order || !copy->btf)
		return -ENOMEM;
	err = btf__set_pointer_size(copy->btf, btf__pointer_size(copy->kernel));
	if (!err)
		err = index_names(object, &copy->names);
	if (err)
		return err;
	choose(copy);
	return copy_types(copy);
}

static struct btf *object_btf(const void *data, size_t size)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_memory((char *)data, size);
	struct btf *btf = NULL;
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names)) {
		(void)elf_end(elf);
		return NULL;
	}
	while (!btf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) ?
					   elf_strptr(elf, names, header.sh_name) :
					   NULL;
		Elf_Data *bytes = name && !strcmp(name, ".BTF") ? elf_getdata(section, NULL) : NULL;

		if (bytes)
			btf = btf__new(bytes->d_buf, (uint32_t)bytes->d_size);
	}
	(void)elf_end(elf);
	return btf;
}

static int write_file(const struct btf *btf, char path[BTF_SUBSET_PATH])
{
	uint32_t size = 0;
	const void *data = btf__raw_data(btf, &size);
	int err = 0, fd = data ? memfd_create("tcpstate-btf", MFD_CLOEXEC) : -1;

	if (fd < 0)
		return data ? -errno : -ENOMEM;
	if (write(fd, data, size) != (ssize_t)size)
		err = -ENOSPC;
	(void)snprintf(path, BTF_SUBSET_PATH, "/proc/self/fd/%d", fd);
	/* libbpf fails if it cannot read the path: /proc may be missing or foreign */
	if (!err && access(path, R_OK))
		err = -errno;
	if (!err)
		return fd;
	(void)close(fd);
	return err;
}

int btf_subset_open(const void *data, size_t size, char path[BTF_SUBSET_PATH])
{
	struct btf *object = object_btf(data, size),
		   *kernel = object ? btf__load_vmlinux_btf() : NULL;
	struct copy copy = { .kernel = kernel };
	int fd = kernel ? copy_make(&copy, object) : -ENOENT;

	if (!fd)
		fd = write_file(copy.btf, path);
	free(copy.ids);
	free(copy.order);
	hash_index_free(&copy.names);
	btf__free(copy.btf);
	btf__free(kernel);
	btf__free(object);
	return fd;
}

void btf_subset_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
