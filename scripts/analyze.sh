#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Static analysis: analyze.sh gcc|clang-tidy
# gcc: -fanalyzer of gcc 12, whose findings are those below or new. clang-tidy: the checks of .clang-tidy.
# Prints each new finding, and exits with 1 if there is one. Files that include a skeleton need a build.

set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
jobs=$(nproc)

# FILE|WARNING|REASON. gcc 12 does not follow loops and aliases far: each was read, none is a defect.
accepted='src/origin/debuginfo.c|malloc-leak|the caller frees *found
src/origin/origin.c|malloc-leak|origins->entries owns it
src/stats/stats.c|malloc-leak|reallocarray() has freed the old table
src/explain/census.c|malloc-leak|reallocarray() has freed the old table
src/explain/json.c|null-dereference|json_optional() returned false for NULL
src/list/select.c|possible-null-dereference|keys is NULL only with err set
src/cli/table.c|malloc-leak|options->cgroup_path owns it
src/cli/parse.c|null-dereference|getopt_long() returns letters and numbers of the table only
src/system/pod.c|double-free|entries from pods->n on are never freed again
src/system/cgroup.c|use-of-uninitialized-value|the loop sets each word or returns
src/tracer/witness.c|null-dereference|a global of the skeleton
src/tracer/btf_subset.c|null-dereference|strchr() finds what the text has
src/stuck/once.c|null-dereference|strchr() finds what the text has'

flags=(-U_GNU_SOURCE -D_GNU_SOURCE= '-DTCPSTATE_VERSION="0"' -DHAVE_CARES -DHAVE_LIBSECCOMP -Iinclude -Isrc
	-I"$build/bpf" -std=gnu11)
if [ -f "$build/bpf/tcpstate.skel.h" ]; then
	files=$(find src -name '*.c' ! -name '*_none.c')
else
	files=$(find src -name '*.c' ! -name '*_none.c' -exec \
		grep -LE '"(tracer/internal\.h|[a-z_]+\.skel\.h)"' {} +)
fi

gcc_findings()
{
	# shellcheck disable=SC2016 # of the inner shell
	xargs -P "$jobs" -n 6 bash -c 'gcc=$1 n=$2; flags=("${@:3:n}")
		for file in "${@:3+n}"; do "$gcc" "${flags[@]}" -O2 -fanalyzer -c -o /dev/null "$file" 2>&1; done' \
		bash "${CC:-gcc}" ${#flags[@]} "${flags[@]}" <<<"$files" | grep -E 'Wanalyzer|error:'
}
is_accepted()
{
	local file warning rest

	while IFS='|' read -r file warning rest; do
		if [[ $1 = $file:*"[-Wanalyzer-$warning]" ]]; then
			return 0
		fi
	done <<<"$accepted"
	return 1
}
tidy_findings()
{
	# shellcheck disable=SC2016 # of the inner shell
	xargs -P "$jobs" -n 12 bash -c 'n=$1; flags=("${@:2:n}")
		clang-tidy --quiet "${@:2+n}" -- "${flags[@]}" 2>/dev/null' \
		bash ${#flags[@]} "${flags[@]}" <<<"$files" | grep -E '(warning|error):'
}

new=0
case ${1:-} in
gcc)
	# Findings differ from version to version.
	case $(gcc -dumpversion) in
	12*) ;;
	*)
		echo "not gcc 12: findings are not compared"
		exit 0
		;;
	esac
	while read -r finding; do
		is_accepted "$finding" && continue
		echo "$finding"
		new=1
	done < <(gcc_findings)
	;;
clang-tidy)
	while read -r finding; do
		echo "$finding"
		new=1
	done < <(tidy_findings)
	;;
*)
	echo "Usage: scripts/analyze.sh gcc|clang-tidy" >&2
	exit 2
	;;
esac
exit $new
