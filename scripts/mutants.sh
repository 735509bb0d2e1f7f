#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Puts small faults into a copy of the tree, one at a time, and counts how many the tests notice.
# See --help. Takes minutes, so CI does not run it.

set -euo pipefail
here=$(dirname "$(realpath "$0")")

usage()
{
	cat <<-EOT
	Usage: scripts/mutants.sh [OPTION]... [COUNT [FILE...]]

	COUNT  how many faults; default 50
	FILE   which may have them, from the top of the tree; default: those that unit and golden tests
	       reach

	--seed N         chooses other faults; default 1
	--time SECONDS   ends early; default 1800
	--judge unit     unit and golden tests, without sanitizers (the default)
	--judge selftest tcpstate selftest on this machine (root): for bpf/ and src/tracer/
	--judge vm:NAME  selftest in a VM of that kernel of the matrix: for what needs fentry
	--judge COMMAND  builds and tests in the copy; 0: nothing noticed
	--list           prints the faults only
	--faults FILE    those of FILE, in the form of --list
	--tree FOLDER    default: this one

	Prints each fault, and last how many were noticed. A fault that does not compile does not count.
	Exit status: 0 all noticed; 1 some not.
	EOT
}

# What only live tests reach.
live_only='^src/(main|tracer/.*|selftest/.*|cmd/.*|cli/help|lib/(loop|terminal|dns|clock)|stuck/(close|once|scan|sock_destroy|watch)|sockets/(source|plain|closed)|events/ring_source|counts/(reader|by_process)|explain/census(_iter)?|list/(print|diff)|origin/.*|system/(netns|cgroup|sysctl|inet_diag)|stats/read)\.c$'

seed=1 limit=1800 judge=unit list='' given='' tree=$here/..
while [[ ${1:-} = -* ]]; do
	case $1 in
	--list) list=1 ;;
	--seed | --time | --judge | --faults | --tree)
		[ $# -ge 2 ] || { usage >&2; exit 2; }
		case $1 in
		--seed) seed=$2 ;;
		--time) limit=$2 ;;
		--judge) judge=$2 ;;
		--faults) given=$(realpath "$2") ;;
		--tree) tree=$2 ;;
		esac
		shift
		;;
	--help | -h) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
count=${1:-50}
shift $(($# ? 1 : 0))
[[ $count =~ ^[0-9]+$ && $seed =~ ^[0-9]+$ && $limit =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }

cd "$tree"
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(find src -name '*.c' | grep -vE "$live_only" | sort)
if [ -n "$given" ]; then
	faults=$(cat "$given")
else
	faults=$("$here/mutants.py" "$seed" "$count" "${files[@]}")
fi
if [ -n "$list" ]; then
	echo "$faults"
	exit 0
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		[ ! -e "$file" ] || printf '%s\0' "$file"
	done | tar -c --null -T - | tar -x -C "$copy"
else
	cp -a . "$copy"
fi
cd "$copy"

make_quietly()
{
	make --no-print-directory "$@" >make.log 2>&1
}

# All but main.c is a shared object, so that a fault costs one compilation and one link.
flags='-O1 -g -w -fPIC' cc=${CC:-gcc} before=''
from_make()
{
	printf 'include Makefile\nfrom_make:\n\t$(info %s)\n' "$1" | make --no-print-directory -f - from_make
}

link_core()
{
	# shellcheck disable=SC2086 # a list
	$cc -shared -o "$copy/libcore.so" $core_objects $libs
}

unit_build_first()
{
	local name cppflags

	make_quietly SAN="$flags" CFLAGS="$flags" all build/sanitized/libcore.a || return 1
	libs=$(from_make '$(LIBS)')
	core_objects=$(from_make '$(CORE:src/%.c=$(SAN_OBJ)/%.o) $(BPF_SRCS:src/%.c=$(OBJ)/%.o)')
	units=$(from_make '$(UNITS)')
	cppflags=$(from_make '$(ALL_CPPFLAGS)')
	link_core >make.log 2>&1 || return 1
	for name in $units; do
		mkdir -p "units/${name%/*}"
		eval "$cc $cppflags -Itests/unit -std=gnu11 $flags -o units/$name tests/unit/$name.c" \
			"$copy/libcore.so -lcmocka $libs" >make.log 2>&1 || return 1
	done
	# shellcheck disable=SC2086 # lists
	$cc $flags -o build/tcpstate "$(from_make '$(OBJ)')/main.o" "$copy/libcore.so" $libs >make.log 2>&1
}

# The objects of earlier faults, too: their sources are whole again.
unit_build()
{
	before="$before build/sanitized/${1#src/}"
	# shellcheck disable=SC2086 # a list
	make_quietly SAN="$flags" CFLAGS="$flags" $before || return 1
	before=build/sanitized/${1#src/}
	link_core >make.log 2>&1
}

# Those of the fault's folder first.
unit_test()
{
	local name folder=${1#src/}

	folder=${folder%/*}
	for name in $(printf '%s\n' $units | grep "^$folder/") $(printf '%s\n' $units | grep -v "^$folder/"); do
		timeout 60 "units/$name" >test.log 2>&1 || return 1
	done
	TCPSTATE=build/tcpstate BUILD=build CC=$cc CORE=$copy/libcore.so LIBS=$libs \
		timeout 120 tests/golden/run.sh >test.log 2>&1
}

kernel=''
case $judge in
unit)
	build_first=unit_build_first
	build() { unit_build "${1%.c}.o"; }
	judge() { unit_test "$1"; }
	;;
selftest)
	build_first='make_quietly all'
	build() { make_quietly all; }
	judge() { timeout 300 build/tcpstate selftest >test.log 2>&1; }
	;;
vm:*)
	kernel=${judge#vm:}
	build_first='make_quietly STATIC=1 BUILD=build/vm-build all load'
	build() { make_quietly STATIC=1 BUILD=build/vm-build all load; }
	judge() { timeout 600 scripts/check-vm.sh build "$kernel:selftest" >test.log 2>&1; }
	;;
*)
	command=$judge
	build_first=true
	build() { true; }
	judge() { timeout 60 sh -c "$command" >test.log 2>&1; }
	;;
esac

$build_first || { cat make.log >&2; exit 1; }
first=${faults%%$'\t'*}
judge "$first" || { echo "the tests fail without a fault:" >&2; tail -n 20 test.log >&2; exit 1; }

noticed=0 unnoticed=0 broken=0 end=$((SECONDS + limit))
while IFS=$'\t' read -r file line old new; do
	if [ $SECONDS -ge $end ]; then
		echo "the time is over"
		break
	fi
	cp -p "$file" whole.c
	"$here/mutants.py" --apply "$file" "$line" "$(sed -n "${line}p" "$file" | grep -o '^[[:space:]]*')$new"
	if ! build "$file"; then
		broken=$((broken + 1)) result='does not compile'
	elif judge "$file" </dev/null; then
		unnoticed=$((unnoticed + 1)) result=UNNOTICED
	else
		noticed=$((noticed + 1)) result=noticed
	fi
	printf '%-9s %s:%s: %s -> %s\n' "$result" "$file" "$line" "$old" "$new"
	cp whole.c "$file" # newer than the object of the fault
done <<<"$faults"
# What was noticed was the fault, and not one that is still there.
{ build "$first" && judge "$first"; } || { echo "the tests fail after the last fault was taken out:" >&2; tail -n 20 test.log >&2; exit 1; }
tried=$((noticed + unnoticed))
echo "$noticed of $tried faults noticed ($((tried ? noticed * 100 / tried : 0)) %), $broken did not compile"
[ $unnoticed -eq 0 ]
