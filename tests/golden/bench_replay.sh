#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How fast a recording is read back: 2,000,000 events on one core, to text and to JSON,
# median of five.
#
# usage: bench_replay.sh [EVENTS]      environment: TCPSTATE, BUILD, CC

# shellcheck source=tests/golden/lib.sh
. "$(dirname "$0")/lib.sh"
events=${1:-2000000}
maker=$work/make_recording
compile "${maker##*/}"

"$maker" bench "$work/bench.rec" "$events" || exit 1
for output in text json csv; do
	option=--$output
	[ $output = text ] && option=
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2086 # an empty option must vanish
		python3 - "$program" replay $option "$work/bench.rec" <<'PYTHON'
import os, subprocess, sys, time
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
began = time.monotonic()
with open(os.devnull, "wb") as out:
    subprocess.run(sys.argv[1:], stdout=out, check=True)
print(time.monotonic() - began)
PYTHON
	done | sort -n | sed -n 3p | {
		read -r seconds
		awk -v n="$events" -v s="$seconds" -v o=$output \
			'BEGIN { printf "%-4s %9d events/s\n", o, n / s }'
	}
done
