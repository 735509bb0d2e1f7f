// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps the kernel's numbers of reasons, which its BTF has, to those in recordings. */
#include "tcp/rst_reason.h"

#include <string.h>

#include <bpf/btf.h>

size_t rst_translation(const struct btf *btf, uint8_t *table, size_t n)
{
	int id = btf__find_by_name_kind(btf, "sk_rst_reason", BTF_KIND_ENUM);
	const struct btf_type *type;
	size_t translated = 0;

	memset(table, 0, n);
	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, (__u32)id);
	for (unsigned i = 0; i < btf_vlen(type); i++) {
		const struct btf_enum *each = &btf_enum(type)[i];
		const char *name = btf__name_by_offset(btf, each->name_off);
		int number = name ? rst_reason_number(name) : 0;

		if (number <= 0 || each->val < 0 || (size_t)each->val >= n)
			continue;
		table[each->val] = (uint8_t)number;
		translated++;
	}
	return translated;
}
