#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Lays out all C with clang-format: format.sh [--check]
# --check  change nothing; print each difference and exit with 1 if there is one
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s globstar
files=(src/**/*.[ch] include/tcpstate/*.h bpf/*.[ch] tests/programs/**/*.[ch])
if [ "${1:-}" = --check ]; then
	exec clang-format --dry-run -Werror "${files[@]}"
fi
exec clang-format -i "${files[@]}"
