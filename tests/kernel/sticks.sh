# shellcheck disable=SC2154 # tier of tap.sh; twin_a and twin_b are read from load's output
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by the tests of `stuck` that run inside a VM, after tap.sh and json.sh: sockets that are stuck
# (load's mode stick), and ending them.

states='SYN_SENT SYN_RECV FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT LAST_ACK CLOSING
	ESTABLISHED:unread ESTABLISHED:unsent LISTEN:full'

# rules TIME [STATE]: the options of that limit for one state, or for all; the others are off.
rules()
{
	for each in $states; do
		if [ "${2:-$each}" = "$each" ]; then
			echo "--rule=$each>$1"
		else
			echo "--rule=$each>off"
		fi
	done
}

# start_sticks OUTPUT OPTION...: sets $sticks; ended by end_sticks
start_sticks()
{
	local out=$1

	shift
	rm -f go "$out" # its lines of last time
	mkfifo go
	load stick "$@" <go >"$out" 2>load.err &
	sticks=$!
	exec 3>go
}

end_sticks()
{
	exec 3>&-
	wait $sticks
}

descriptors()
{
	for fd in /proc/$1/fd/*; do
		readlink $fd
	done
}

# "OWN PEER" of each that load made and read from at the end
outlooks()
{
	grep '"own"' "$1" | fields "own peer" - | sort | uniq -c | sed 's/^ *//'
}

# closes HOW PEER: three are ended; the peers read that; owners keep their descriptors.
closes()
{
	start_sticks made.json CLOSE_WAIT CLOSE_WAIT CLOSE_WAIT ESTABLISHED:unread
	ok "three in CLOSE_WAIT" until_true 30 has_lines made.json 4
	descriptors $sticks >before
	tcpstate stuck --close=$1 --yes --json $(rules 0s CLOSE_WAIT) >closed.json 2>closed.err
	ok "--close=$1 ends them" [ $? -eq 0 ]
	explain closed.err
	fields type closed.json | sort | uniq -c | sed 's/^ *//' >types
	echo "3 closed" >types.expected
	ok "and says so" same types.expected types
	tcpstate list -s CLOSE_WAIT --json >left.json
	ok "no CLOSE_WAIT is left" [ ! -s left.json ]
	descriptors $sticks >after
	ok "the owner keeps its descriptors" same before after
	end_sticks
	outlooks made.json >outlooks
	printf '%s\n' "1 data open" "3 eof $2" >outlooks.expected
	ok "the peers of those three read $2" same outlooks.expected outlooks
}

# Two connections of the same addresses and ports, each in a network namespace.
test_same_ports()
{
	local how=$1 peer=$2 selected=$3

	rm -f go twin.a twin.b
	mkfifo go
	for each in a b; do
		unshare -n sh -c 'ip link set lo up; exec load stick --port 7000 CLOSE_WAIT' \
			<go >twin.$each 2>load.err &
		eval twin_$each=$!
	done
	exec 3>go
	ok "two sockets of the same ports" until_true 30 sh -c '[ -s twin.a ] && [ -s twin.b ]'
	fields "lport rport" twin.a >twin.ports
	fields "lport rport" twin.b | same twin.ports -
	ok "which they are" [ $? -eq 0 ]
	tcpstate stuck --close=$how --yes --json $(rules 0s CLOSE_WAIT) $selected $twin_a >closed.json \
		2>closed.err
	ok "--close=$how $selected ends one" [ "$(fields "type pid" closed.json)" = "closed $twin_a" ]
	explain closed.err
	exec 3>&-
	wait $twin_a $twin_b
	ok "that one's peer reads $peer" [ "$(outlooks twin.a)" = "1 eof $peer" ]
	ok "the other's nothing" [ "$(outlooks twin.b)" = "1 eof open" ]
}

# test_watch old|new: a socket that is older than the watch, or made while it looks.
test_watch()
{
	rm -f watch.json made.json
	[ $1 = new ] || start_sticks made.json CLOSE_WAIT
	tcpstate stuck $tier --watch=0.3 --json $(rules 300ms CLOSE_WAIT) >watch.json \
		2>watch.err 3>&- & # or it would hold the pipe open, too
	watch=$!
	ok "--watch starts" until_true 30 has_lines watch.json 1
	[ $1 = old ] || start_sticks made.json CLOSE_WAIT
	ok "it reports that a socket, $1, is stuck" until_true 30 has_lines watch.json 2
	sleep 1
	end_sticks
	ok "and that it recovers" until_true 30 has_lines watch.json 3
	sleep 1
	kill $watch
	wait $watch
	ok "and ends well" [ $? -eq 0 ]
	fields type watch.json >types
	printf '%s\n' ready stuck recovered >types.expected
	ok "each once" same types.expected types
	fields "id lport rport" watch.json | sed 1d | sort -u >same.socket
	ok "of one socket" [ "$(lines same.socket)" -eq 1 ]
	explain watch.err
}
