# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In a VM: what `list` shows of this namespace is what /proc/net/tcp and /proc/PID/fd say of it:
# every socket with its state, ports, inode and timer; every process and descriptor.

. ./tap.sh
. ./json.sh

# "STATE LPORT RPORT INODE TIMER" of every TCP socket, sorted.
sockets_of_proc()
{
	cat /proc/net/tcp /proc/net/tcp6 | awk '
		function number(hex,  i, n) {
			n = 0
			for (i = 1; i <= length(hex); i++)
				n = n * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
			return n
		}
		BEGIN {
			split("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED" \
				" CLOSE_WAIT LAST_ACK LISTEN CLOSING SYN_RECV", name, " ")
			for (i = 1; i <= 12; i++) of[sprintf("%02X", i)] = name[i]
			timer["00"] = "null"; timer["01"] = "on"; timer["02"] = "keepalive"
			timer["03"] = "timewait"; timer["04"] = "persist"
		}
		$1 == "sl" { next }
		{
			n = split($2, local, ":"); m = split($3, remote, ":")
			rport = number(remote[m])
			print of[$4], number(local[n]), rport ? rport : "null",
				$10 ? $10 : "null", timer[substr($6, 1, 2)]
		}' | sort
}

held()
{
	tcpstate list -t -a --json >list.json 2>list.err || return 1
	fields "state lport rport inode timer_name" list.json | sort >listed
	sockets_of_proc >there
	cmp -s there listed
}

# Every socket with an inode: its first holder is one of those, and their number is right.
holders_agree()
{
	holders_of_proc >holders
	fields "inode pid fd holders" list.json | grep -v '^null' >named
	awk '
		NR == FNR { known[$1 " " $2 " " $3] = 1; n[$1]++; next }
		!n[$1] && $3 == "null" { next } # not accepted: no descriptor yet
		!(($1 " " $2 " " $3) in known) || n[$1] != $4 { print; bad = 1 }
		END { exit bad || NR == 0 }' holders named >wrong && return
	explain wrong
	return 1
}

# half-open connections and SYNs must not end before the test
echo 12 >/proc/sys/net/ipv4/tcp_syn_retries
echo 12 >/proc/sys/net/ipv4/tcp_synack_retries
mkfifo go half
load hold --count 20 <go >hold.out &
hold=$!
load hold -6 --count 10 <go >hold6.out &
hold6=$!
load half-open --count 5 <half >half.out &
half_open=$!
exec 3>go 4>half
ok "20 connections over IPv4" until_true 30 has_lines hold.out 1
ok "10 over IPv6" until_true 30 has_lines hold6.out 1
ok "5 half-open ones" until_true 30 has_lines half.out 1
load loop --count 10 >loop.out
ok "10 in TIME_WAIT" [ $? -eq 0 ]

ok "sockets with state, ports, inode and timer are those of /proc/net/tcp" until_true 20 held
same there listed || explain list.err
ok "processes and descriptors are those of /proc/PID/fd" holders_agree
ok "all kinds were there" sh -c 'for state in LISTEN ESTABLISHED TIME_WAIT SYN_RECV SYN_SENT; do
	grep -q "^$state " listed || exit 1; done'
fields "state without pid comm" list.json | sort | uniq -c >kinds
explain kinds
ok "what is half-open names its listener's process" grep -Eq "SYN_RECV half-open ($half_open|[0-9]+) load" kinds
ok "what is in TIME_WAIT names none" grep -q "TIME_WAIT time-wait null null" kinds
ok "nothing that has a file lacks its process" sh -c '! grep -Eq "ESTABLISHED null null" kinds'

tcpstate list -s syn-recv --json >half.json
ok "a filter by state" [ "$(lines half.json)" -eq 5 ]
fields "age_exact owner" half.json | sort -u >half.facts
echo "true listener" >half.expected
ok "half-open connections have an exact age and their listener's owner" same half.expected half.facts

rm -f closed
mkfifo closed
load stick CLOSED:unused CLOSED:bound CLOSED:refused CLOSED:reset <closed >closed.out &
closed=$!
load stick -6 CLOSED:unused CLOSED:bound CLOSED:refused CLOSED:reset <closed >closed6.out 3>&- 4>&- &
closed6=$!
exec 5>closed
ok "sockets without a connection" until_true 30 sh -c 'grep -q reset closed.out && grep -q reset closed6.out'
tcpstate list -s closed --json >closed.json
cat closed.out closed6.out | fields "lport rport pid fd" - | sed 's/\b0\b/null/g' >closed.known
fields "rport lport pid fd state holders" closed.json |
	awk '{ print $2, ($1 == 1 || $1 == "null") ? $1 : "peer", $3, $4 }' | sort >closed.listed
awk '{ print $1, ($2 == 1 || $2 == "null") ? $2 : "peer", $3, $4 }' closed.known | sort >closed.made
ok "are listed as CLOSED, with process, descriptor and bound port" same closed.made closed.listed
ok "each once" [ "$(fields inode closed.json | sort -u | grep -c .)" -eq 8 ]
tcpstate list --json >open.json
ok "a list of connections has none" [ "$(fields state open.json | grep -c CLOSED)" -eq 0 ]
exec 5>&-
wait $closed $closed6

mkfifo hide
load hide --count 2 <hide >hide.out 3>&- 4>&- &
hide=$!
exec 5>hide
ok "two connections in a network namespace that only their sockets keep" until_true 30 has_lines hide.out 1
port=$(fields port hide.out)
tcpstate list -t -a --json --port "$port" >hidden.json 2>hidden.err
fields "state pid holders" hidden.json | sort >hidden.listed
printf '%s\n' "ESTABLISHED $hide 1" "ESTABLISHED $hide 1" "ESTABLISHED $hide 1" "ESTABLISHED $hide 1" \
	"LISTEN $hide 1" >hidden.expected
ok "are listed with their process" same hidden.expected hidden.listed
ok "from one namespace, which is not this one" [ "$(fields netns hidden.json | sort -u |
	grep -vxc "$(readlink /proc/self/ns/net | tr -cd 0-9)")" -eq 1 ]
ok "and no note says that something is missing" [ ! -s hidden.err ] || explain hidden.err
tcpstate count --json --port "$port" 1 1 >hidden.count 2>hidden.err
fields "LISTEN ESTABLISHED netns_missed" hidden.count >hidden.counted
echo "1 4 0" >hidden.expected
ok "a trace covers that namespace" same hidden.expected hidden.counted
ok "and says nothing else" [ ! -s hidden.err ] || explain hidden.err
exec 5>&-
wait $hide
exec 3>&- 4>&-
wait $hold $hold6 $half_open
end_of_tests
