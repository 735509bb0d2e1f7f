#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The cost of tracing: connections per second of a loop pinned to one core, under each tracer in
# turn, as a ratio to a run without a tracer just before or after. Only ratios can be compared
# between machines.

set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage()
{
	cat <<-EOT
	Usage: scripts/bench.sh [--rounds N] [--seconds S] [--json] [TRACER...]

	TRACER   empty, trace, trace-json, trace-origin, count, bpftrace, tcpstates; default: all that are there
	--rounds   pairs of measurements for each, default 15
	--seconds  of load in each measurement, default 0.5
	--json     one object a tracer instead of a table

	Environment: BUILD (default build), ROUNDS, SECONDS_EACH
	EOT
}

# Transitions of one connection of tests/programs/load, and of its listener.
per_connection=10 per_listener=2

bpftrace_program='tracepoint:sock:inet_sock_set_state {
	printf("%d %s %d %d %d %d\n", pid, comm, args->sport, args->dport, args->oldstate,
		args->newstate); }'

# The command line of a tracer, in the array tracer.
describe()
{
	case $1 in
	empty) tracer=("$build/attach" "$build/empty.bpf.o") ;;
	trace) tracer=("$build/tcpstate" trace) ;;
	trace-json) tracer=("$build/tcpstate" trace --json) ;;
	trace-origin) tracer=("$build/tcpstate" trace --origin) ;;
	count) tracer=("$build/tcpstate" count 1) ;;
	bpftrace) tracer=(bpftrace -B full -e "$bpftrace_program") ;;
	tcpstates) tracer=(tcpstates) ;;
	*) die "no tracer '$1'; see --help" ;;
	esac
}

what_it_is()
{
	case $1 in
	empty) echo "an empty program on the tracepoint" ;;
	trace) echo "tcpstate trace, to a file" ;;
	trace-json) echo "tcpstate trace --json, to a file" ;;
	trace-origin) echo "tcpstate trace --origin, to a file" ;;
	count) echo "tcpstate count" ;;
	bpftrace) echo "bpftrace one-liner, to a file" ;;
	tcpstates) echo "libbpf-tools tcpstates, to a file" ;;
	esac
}

is_there()
{
	describe "$1"
	command -v "${tracer[0]}" >/dev/null
}

# Attached: its BPF links or perf events are open, and it has opened no more for a while.
await_attached()
{
	local before='' now tick

	for ((tick = 0; tick < 60; tick++)); do
		sleep 0.25
		now=$(readlink /proc/"$1"/fd/* 2>/dev/null | sort)
		[ -d /proc/"$1" ] || break
		if [ "$now" = "$before" ] && grep -qE 'bpf.?link|perf_event' <<<"$now"; then
			return
		fi
		before=$now
	done
	tail -n 3 "$work/errors" >&2
	die "${tracer[0]} did not attach"
}

# In a network namespace of its own, so that its TIME_WAIT sockets are few and vanish.
run_load()
{
	unshare -n sh -c '
		ip link set lo up
		echo 4096 >/proc/sys/net/ipv4/tcp_max_tw_buckets
		exec "$@"' load "$build/load" loop --cpu 0 --seconds "$seconds" >"$work/load"
}

field()
{
	sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/load"
}

# Transitions of the load that a tracer did not write; every line names the port.
count_missing()
{
	local made seen

	made=$(($(field connections) * per_connection + per_listener))
	seen=$(grep -cw "$(field port)" "$work/output" || true)
	echo $((made > seen ? made - seen : 0))
}

# A tracer may still have to write what it has read.
stop_tracer()
{
	local tick

	kill -INT "$running"
	for ((tick = 0; tick < 100; tick++)); do
		kill -0 "$running" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$running" 2>/dev/null || true
	wait "$running" 2>/dev/null || true
	running=
}

# Sets rate and missing.
measure()
{
	local name=$1

	missing=0
	if [ "$name" = none ]; then
		run_load
		rate=$(field rate)
		return
	fi
	describe "$name"
	# The shell lets what it puts into the background ignore SIGINT.
	env --default-signal=INT "${tracer[@]}" <&3 >"$work/output" 2>"$work/errors" &
	running=$!
	await_attached $running
	run_load
	rate=$(field rate)
	stop_tracer
	case $name in
	empty | count) ;;
	*) missing=$(count_missing) ;;
	esac
	made_total=$((made_total + $(field connections) * per_connection + per_listener))
	missing_total=$((missing_total + missing))
}

# One pair, every second one the other way round: what drifts, drifts both ways.
measure_pair()
{
	local name=$1 round=$2 bare

	if [ $((round % 2)) -eq 0 ]; then
		measure none
		bare=$rate
		measure "$name"
	else
		measure "$name"
		traced=$rate
		measure none
		bare=$rate
		rate=$traced
	fi
	echo "$name $bare $rate $missing_total $made_total" >>"$work/pairs"
	awk -v name="$name" -v r=$((round + 1)) -v of="$rounds" -v bare="$bare" -v rate="$rate" \
		'BEGIN { printf "%-10s pair %2d of %d: %.3f\n", name, r, of, rate / bare }' >&2
}

# The median and the middle half of the ratios of one tracer.
summarise()
{
	awk -v name="$1" '$1 == name { print $3 / $2 }' "$work/pairs" | sort -n | awk '
		function at(p,  x, i) {
			x = 1 + p * (NR - 1); i = int(x)
			return i >= NR ? v[NR] : v[i] + (x - i) * (v[i + 1] - v[i])
		}
		{ v[NR] = $1 }
		END { printf "%.3f %.3f %.3f\n", at(0.5), at(0.25), at(0.75) }'
}

print_results()
{
	local name median low high missing_all made_all bare

	bare=$(awk '{ print $2 }' "$work/pairs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
	if [ $json -eq 0 ]; then
		printf '\n%s connections per second untraced; %s pairs of %s s each; %s CPUs\n\n' \
			"$bare" "$rounds" "$seconds" "$(nproc)"
		printf '%-36s %6s %15s  %s\n' tracer ratio 'middle half' 'transitions missing'
	fi
	for name in "${names[@]}"; do
		read -r median low high < <(summarise "$name")
		read -r missing_all made_all < <(awk -v name="$name" \
			'$1 == name { m = $4; n = $5 } END { print m, n }' "$work/pairs")
		case $name in
		empty | count) missing_all= ;;
		esac
		if [ $json -eq 1 ]; then
			printf '{"tracer":"%s","ratio":%s,"low":%s,"high":%s,"pairs":%s,' \
				"$name" "$median" "$low" "$high" "$rounds"
			printf '"untraced_rate":%s,"made":%s,"missing":%s}\n' \
				"$bare" "$made_all" "${missing_all:-null}"
		else
			printf '%-36s %6s %6s .. %6s  %s\n' "$(what_it_is "$name")" "$median" \
				"$low" "$high" "${missing_all:--}${missing_all:+ of $made_all}"
		fi
	done
}

rounds=${ROUNDS:-15} seconds=${SECONDS_EACH:-0.5} build=${BUILD:-build} json=0 running=
names=()
arguments=("$@")
while [ $# -gt 0 ]; do
	case $1 in
	--rounds | --seconds)
		[ $# -ge 2 ] || die "$1 needs a value"
		if [ "$1" = --rounds ]; then rounds=$2; else seconds=$2; fi
		shift
		;;
	--json) json=1 ;;
	--help | -h)
		usage
		exit 0
		;;
	-*)
		usage >&2
		exit 2
		;;
	*) names+=("$1") ;;
	esac
	shift
done

[ "$(id -u)" -eq 0 ] || die "needs root"
for file in load attach empty.bpf.o; do
	[ -e "$build/$file" ] || die "$build/$file is not there: run make bench"
done
# Other tracers look for tracefs where distributions mount it.
if [ ! -d /sys/kernel/tracing/events ] && [ -z "${BENCH_MOUNTED:-}" ]; then
	exec env BENCH_MOUNTED=1 unshare -m bash -c \
		'mount -t tracefs tracefs /sys/kernel/tracing && exec bash scripts/bench.sh "$@"' \
		bench "${arguments[@]}"
fi
if [ ${#names[@]} -eq 0 ]; then
	for name in empty trace count bpftrace tcpstates; do
		! is_there "$name" || names+=("$name")
	done
fi

work=$(mktemp -d)
trap '[ -z "$running" ] || kill "$running" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkfifo "$work/input"
exec 3<>"$work/input"
: >"$work/pairs"
declare -A made_of missing_of
for ((round = 0; round < rounds; round++)); do
	for name in "${names[@]}"; do
		made_total=${made_of[$name]:-0} missing_total=${missing_of[$name]:-0}
		measure_pair "$name" $round
		made_of[$name]=$made_total missing_of[$name]=$missing_total
	done
done
print_results
