# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: check-layers.sh finds each kind of violation.

tree=$work/src
layers() # FILE INCLUDE: status of the check where FILE also has that include
{
	rm -rf "$tree"
	mkdir -p "$tree/lib" "$tree/origin" "$tree/sockets" "$tree/stuck" "$tree/list" "$tree/selftest/scenarios"
	printf '#include <errno.h>\n#include "list/select.h"\n#include "lib/error.h"\n' >"$tree/main.c"
	echo '#include "origin/origin.h"' >"$tree/sockets/source.c"
	echo '#include "selftest/scenario.h"' >"$tree/selftest/scenarios/open.c"
	[ $# -eq 0 ] || printf '%s\n' '#include <stdio.h>' "$2" >"$tree/$1"
	"$root/scripts/check-layers.sh" "$tree" >"$work/out" 2>&1
}
layers_refused() # FILE INCLUDE RULE
{
	! layers "$1" "$2" && [ "$(wc -l <"$work/out")" -eq 1 ] && grep -qF "$tree/$1:2: $3" "$work/out"
}
layers_circle()
{
	! layers origin/origin.c '#include "sockets/sockets.h"' && grep -q 'circle: .*sockets' "$work/out"
}

ok "layers: downward includes pass" layers
ok "layers: an upward include" layers_refused lib/error.c '#include "stuck/rule.h"' \
	'lib/ includes upward: stuck/rule.h'
ok "layers: one feature in another" layers_refused stuck/judge.c '#	include "list/select.h"' \
	'a feature includes another one'
ok "layers: a skeleton" layers_refused stuck/judge.c '#include "destroy.skel.h"' \
	'only tracer/ includes a skeleton'
ok "layers: a private header" layers_refused stuck/judge.c '#include "tracer/internal.h"' \
	'private to tracer/'
ok "layers: no folder" layers_refused lib/error.c '#include "error.h"' 'an include names its folder'
ok "layers: unknown folder" layers_refused lib/error.c '#include "attic/error.h"' 'unknown folder'
ok "layers: a circle of peers" layers_circle
layers_stray()
{
	! layers stray.c && grep -qF "$tree/stray.c:1: only main.c" "$work/out"
}
ok "layers: a file beside main.c" layers_stray
