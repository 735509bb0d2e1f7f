# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: recordings, written by make_recording, through every output and many filters.

maker=$work/make_recording
compile "${maker##*/}"

# Runs the program in the folder of the recordings, so that no path is in its output.
golden() # NAME ARGUMENT...
{
	name=$1
	shift
	(cd "$work" && "$program" replay "$@" 2>&1; echo "[exit $?]") |
		sed 's/"version":"[^"]*"/"version":"VERSION"/' >"$work/out"
	compare "$name"
}

in_locale() # LOCALE NAME ARGUMENT...
{
	LC_ALL=$1
	shift
	golden "$@"
	LC_ALL=C.UTF-8
}

recordings="states reasons owners addresses hostile gaps ports groups endings handshakes empty"
for r in $recordings; do
	"$maker" "$r" "$work/$r.rec" || exit 1
	golden "$r.text" "$r.rec"
	golden "$r.csv" --csv "$r.rec"
	golden "$r.json" --json "$r.rec"
done

in_locale C hostile.ascii hostile.rec
in_locale C states.ascii states.rec
# A locale that is not installed.
in_locale xx_XX.UTF-8 states.ascii states.rec
golden reasons.color --color=always reasons.rec
golden states.color --color=always states.rec
golden endings.color --color=always -s '>CLOSED,>TIME_WAIT' endings.rec
TZ=Asia/Kolkata golden states.zone -o time,ts,transition states.rec

# Handshakes and handshake drops.
golden handshakes.view --handshakes handshakes.rec
golden handshakes.view-csv --handshakes --csv handshakes.rec
golden handshakes.view-json --handshakes --json handshakes.rec
golden handshakes.color --color=always handshakes.rec
golden handshakes.view-color --handshakes --color=always handshakes.rec
in_locale C handshakes.ascii --handshakes handshakes.rec
golden handshakes.quiet --handshakes --csv -q -o id,outcome handshakes.rec
golden handshakes.more --handshakes -o +id,old,new,cgroup handshakes.rec
golden handshakes.some -o pid,peer handshakes.rec
golden handshakes.why -o id,why,count,queue,limit,at,retrans,outcome handshakes.rec
golden handshakes.json-why --json -o id,why,outcome handshakes.rec
golden handshakes.failed --handshakes --failed handshakes.rec
golden handshakes.state --handshakes -s '>CLOSED' handshakes.rec
golden handshakes.not-state -s LISTEN handshakes.rec
golden handshakes.comm -c 'http*' -p 1900 handshakes.rec
golden handshakes.ipv6 -6 handshakes.rec
golden handshakes.rport -R 47385 handshakes.rec
golden handshakes.raddr --handshakes --raddr 2001:db8::/32 handshakes.rec
golden handshakes.cgroup --cgroup /system.slice/web.service handshakes.rec

# Columns.
golden columns.some -o pid,comm,transition states.rec
golden columns.more -o +sk,owner,pid states.rec
golden columns.csv --csv -o time,local,peer,transition,duration states.rec
golden columns.json --json -o id,transition,inferred,id,peer states.rec
golden columns.unknown -o pid,comn states.rec
golden columns.totals -s '>CLOSED,>TIME_WAIT' -o id,new,received,sent,srtt,lifetime,segs_retrans \
	endings.rec
golden columns.rst -s '>CLOSED' -o id,old,reason,rst,rst_reason endings.rec
golden columns.handshake -s 'SYN_SENT>,SYN_RECV>,>SYN_RECV' \
	-o transition,duration,retrans,cookie,fast_open endings.rec
golden columns.totals-json --json -s '>TIME_WAIT' -o id,received,sent,lifetime,srtt_us endings.rec

# Filters.
golden filter.lport -L 40600 ports.rec
golden filter.lport-range -L 40601-40602 ports.rec
golden filter.lport-json --json -L 40600 ports.rec
golden filter.lport-failed --failed -L 40600,40602 ports.rec
golden filter.rport -R 47384 states.rec
golden filter.state -s CLOSE_WAIT states.rec
golden filter.pid -p 1901 states.rec
golden filter.comm -c 'w*' owners.rec
golden filter.ipv4 -4 addresses.rec
golden filter.ipv6 -6 addresses.rec
golden filter.raddr --raddr 2001:db8::/48 addresses.rec
golden filter.failed --failed reasons.rec
golden filter.failed-endings --failed -o id,transition,reason endings.rec
golden filter.cgroup --cgroup /system.slice/web.service -o id,cgroup groups.rec
golden filter.cgroup-below --cgroup '/sys/fs/cgroup/system.slice/web.service/worker "1"/' \
	-o id,cgroup groups.rec
golden filter.cgroup-root --cgroup / -o id,cgroup groups.rec

# What is not a whole recording.
head -c 500 "$work/states.rec" >"$work/cut.rec"
head -c 160 "$work/states.rec" >"$work/unended.rec"
head -c 50 "$work/states.rec" >"$work/short.rec"
{ cat "$work/gaps.rec"; echo 'more here'; } >"$work/long.rec"
{ head -c 104 "$work/empty.rec"; printf '\001\000\000\000\000\000\000\000'; } >"$work/zero.rec"
{ printf 'TCPSTATE\001\002\003\004'; tail -c +13 "$work/empty.rec"; } >"$work/foreign.rec"
{ head -c 12 "$work/empty.rec"; printf '\002'; tail -c +14 "$work/empty.rec"; } >"$work/newer.rec"
: >"$work/nothing.rec"
echo 'not a recording at all, but longer than the header of one would be, as far as bytes go,
and then some more text' >"$work/text.rec"
for r in cut unended short long zero foreign newer nothing text missing; do
	golden "broken.$r" "$r.rec"
done
golden broken.folder .

# A recording of each version of the format stays readable.
for format in format-1 format-1.1; do
	cp "$here/replay/$format.rec" "$work/$format.rec"
	golden $format --json $format.rec
done

# From a pipe; into a full disk, a closed output, a reader that goes away.
(cd "$work" && "$program" replay - <states.rec 2>&1; echo "[exit $?]") >"$work/out"
cmp -s "$work/out" "$here/replay/states.text.expected"
report $? "standard input"
message=$("$program" replay "$work/states.rec" 2>&1 >/dev/full)
[ $? -eq 1 ] && [ "$message" = "tcpstate: cannot write standard output: No space left on device;\
 output is incomplete" ]
report $? "full disk"
message=$("$program" replay "$work/states.rec" 2>&1 >&-)
[ $? -eq 1 ] && [ "$message" = "tcpstate: cannot write standard output: Bad file descriptor;\
 output is incomplete" ]
report $? "closed output"
"$maker" bench "$work/bench.rec" 20000
{ "$program" replay "$work/bench.rec" 2>"$work/err"; echo $? >"$work/rc"; } | head -n 1 >/dev/null
[ "$(cat "$work/rc")" = 0 ] && [ ! -s "$work/err" ]
report $? "reader gone"

for check in shows_at_once ends_with_its_reader stops_when_told keeps_ignoring; do
	python3 "$here/replay/pipe.py" "$program" "$work/states.rec" $check >"$work/out" 2>&1
	[ ! -s "$work/out" ]
	same=$?
	sed 's/^/# /' "$work/out"
	report $same "growing recording: $check"
done

# record without privileges: an older recording is not changed, and no empty file is left.
denied() # ARGUMENT...
{
	unprivileged=
	[ "$(id -u)" -ne 0 ] || unprivileged="setpriv --bounding-set=-all --inh-caps=-all"
	(cd "$work" && $unprivileged "$program" record -w "$@") 2>"$work/err"
	[ $? -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q 'cannot trace' "$work/err"
}

cp "$work/states.rec" "$work/older.rec"
denied older.rec && cmp -s "$work/states.rec" "$work/older.rec"
report $? "record, denied: an older recording is kept"
denied new.rec && [ ! -e "$work/new.rec" ]
report $? "record, denied: no empty file"
denied - >"$work/out" && [ ! -s "$work/out" ]
report $? "record, denied: nothing to standard output"

# How recordings end.
compile end_recording
for how in whole broken full interrupted both both-broken denied; do
	cp "$work/states.rec" "$work/end.rec"
	(cd "$work" && ./end_recording "$how" end.rec; echo "[exit $?]"
		"$program" replay -o old,new end.rec; echo "[exit $?]"
	) >"$work/out" 2>&1
	compare "record.$how"
done
(cd "$work" && ./end_recording both-broken /dev/full; echo "[exit $?]") >"$work/out" 2>&1
compare record.disk-full

# --help: the program's fits a terminal; a command's has examples that its options accept.
"$program" --help >"$work/help" && [ "$(wc -l <"$work/help")" -le 40 ] &&
	! grep -q '.\{81\}' "$work/help"
report $? "--help: at most 40 lines of 80 columns"
# shellcheck disable=SC2013 # words
for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/help"); do
	"$program" "$command" --help >"$work/help" && ! grep -q '.\{81\}' "$work/help"
	report $? "$command --help: at most 80 columns"
	sed -n '/^Examples:/,/^$/s/^  tcpstate \(.*\)/\1/p' "$work/help" | sed 's/   .*//' >"$work/examples"
	[ -s "$work/examples" ]
	same=$?
	while read -r words; do
		(cd "$work" && eval "\"$program\" $words --help") >/dev/null || same=1
	done <"$work/examples"
	report $same "$command --help: its examples are command lines"
done

# JSON and CSV are what other programs take them for.
for r in $recordings; do
	"$program" replay --json "$work/$r.rec" 2>/dev/null >"$work/json"
	"$program" replay --csv "$work/$r.rec" 2>/dev/null >"$work/csv"
	python3 "$here/check.py" "$work/json" "$work/csv" | sed 's/^/# /' >"$work/out"
	[ ! -s "$work/out" ]
	same=$?
	cat "$work/out"
	report $same "$r: valid JSON and CSV, and they agree"
done
