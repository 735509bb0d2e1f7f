// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Explains a failed load by the probes. */
#include "tracer/internal.h"

#include <errno.h>
#include <string.h>

#include "system/limits.h"
#include "system/privilege.h"
#include "tracer/hook.h"

int load_error_explain(const char *what, int err, struct error *error)
{
	const struct {
		probe_hook *probe;
		const char *target;
		const char *remedy;
	} causes[] = {
		{ probe_btf, NULL, "a kernel built with CONFIG_DEBUG_INFO_BTF" },
		{ probe_ring_buffer, NULL, "a kernel from 5.8 on" },
		{ hooks[0].probe, hooks[0].target, hooks[0].remedy },
	};
	struct error why = { "" };
	char remedy_text[PRIVILEGE_TEXT];
	const char *remedy = NULL;
	struct probes probes;
	int cause = 0;

	if (err != -EPERM && err != -EACCES && limits_memory_is_short())
		err = -ENOMEM;
	if (limits_explain(what, err, error))
		return err;
	if (probe_privileges(NULL, NULL, &why))
		return error_set(error, EPERM, "cannot %s: %s: %s", what, why.text,
				 privilege_own_remedy(PRIVILEGES_OF_BPF, remedy_text));
	if (probe_lockdown(NULL, NULL, &why))
		return error_set(error, EPERM,
				 "cannot %s: %s, which hides the kernel's memory from BPF: "
				 "boot with lockdown=integrity or none",
				 what, why.text);
	probes_open(&probes);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]) && !cause; i++) {
		cause = causes[i].probe(&probes, causes[i].target, &why);
		remedy = causes[i].remedy;
	}
	probes_close(&probes);
	if (limits_explain(what, cause, error))
		return cause;
	if (cause == -EPERM || cause == -EACCES)
		return error_set(error, EPERM,
				 "cannot %s: %s, although the privileges are sufficient: a seccomp "
				 "filter, a container or a security module forbids it: run it "
				 "outside of that",
				 what, why.text);
	if (cause)
		return error_set(error, EOPNOTSUPP, "cannot %s: %s: needs %s", what, why.text,
				 remedy);
	return error_set(
		error, -err,
		"cannot %s: the kernel refuses the BPF programs: %s: `tcpstate doctor` and "
		"--debug show more",
		what, strerror(-err));
}
