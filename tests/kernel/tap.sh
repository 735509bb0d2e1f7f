# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by the tests that run inside a VM (busybox sh): results as TAP, and waiting.

tests=0
failures=0
tier=${TIER:+--tier $TIER} # the environment's: for the lower tiers of a kernel that can do more

# ok TEXT COMMAND...: passes if the command succeeds.
ok()
{
	local text=$1

	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests - $text"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $text"
	fi
}

explain()
{
	sed 's/^/# /' "$@"
}

# same FILE FILE: equal, or says what differs.
same()
{
	cmp -s "$1" "$2" && return
	diff "$1" "$2" | explain
	return 1
}

# until_true SECONDS COMMAND...: tries every 0.2 s; fails when the time is over. That is of an idle
# machine: a busy one that emulates this one has five times as long.
until_true()
{
	local tries=$(($1 * 25))

	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# 0 of a file that is not there yet
lines()
{
	cat "$1" 2>/dev/null | wc -l
}

has_lines()
{
	[ "$(lines "$1")" -ge "$2" ]
}

end_of_tests()
{
	echo "1..$tests"
	[ $failures -eq 0 ]
	exit
}
