# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: `explain`, where its output does not depend on the machine.

explained() # LOCALE NAME ARGUMENT...
{
	locale=$1
	name=$2
	shift 2
	(LC_ALL=$locale "$program" explain "$@" 2>&1; echo "[exit $?]") >"$work/out"
	compare "$name"
}

for lang in en zh; do
	explained C.UTF-8 "illegal-$lang" --lang $lang FIN_WAIT_1 TIME_WAIT
	explained C.UTF-8 "same-$lang" --lang $lang 'SYNC_RECEIVED→syn-rcvd'
	explained C.UTF-8 "destroyed-$lang" --lang $lang destroyed
	explained C.UTF-8 "errno-$lang" --lang $lang epipe
done
explained zh_CN.UTF-8 destroyed-zh destroyed
explained C ascii TIME_WAIT ESTABLISHED
explained C no-chinese --lang zh aborted-linger
explained C.UTF-8 unknown close-wai
explained C.UTF-8 unknown-old closwait listen
explained C.UTF-8 unknown-new listen 'tea time'
explained C.UTF-8 too-many listen syn-recv established
explained C.UTF-8 control "$(printf 'a\033[31m')"
explained C.UTF-8 language --lang fr
message=$("$program" explain 2>&1 >/dev/full)
[ $? -eq 1 ] && [ "$message" = "tcpstate: cannot write standard output: No space left on device;\
 output is incomplete" ]
report $? "explain: full disk"
message=$("$program" explain 2>&1 >&-)
[ $? -eq 1 ] && [ "$message" = "tcpstate: cannot write standard output: Bad file descriptor;\
 output is incomplete" ]
report $? "explain: closed output"
python3 "$here/replay/no_reader.py" "$program" explain >"$work/out" 2>&1
[ ! -s "$work/out" ]
report $? "explain: reader gone"
