// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: why connections end, and handshake drops. */
#include "explain/explain.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct explain_text explain_en_reasons[TS_REASONS] = {
	[TS_REASON_NORMAL] = { .meaning = "Both ends closed in order, with FIN and ACK in each "
	    "direction. Or a TIME_WAIT or a listener ended.",
	  .next = "Nothing to do.",
	  .why = "Both programs called close() or shutdown().",
	  .normal = "Most connections should end so." },
	[TS_REASON_REFUSED] = { .meaning = "The SYN was answered with a RST, or with an ICMP port "
	    "unreachable: connect() fails with ECONNREFUSED. The column rst is received for a RST "
	    "and absent for ICMP.",
	  .next = "For a RST, the server's administrator: start the server, or make it listen on "
	    "that address and port. For ICMP, the firewall's administrator. Or the client: its "
	    "port may be wrong.",
	  .why = "RST: no program listens there, or the server listens on another address only "
	    "(127.0.0.1, one family). Or the server has tcp_abort_on_overflow at 1 and a full "
	    "accept queue. A firewall that rejects sends ICMP port unreachable, or a RST. The "
	    "kernel of a server never sends that ICMP for TCP.",
	  .normal = "Briefly, while a server restarts." },
	[TS_REASON_RESET_BY_PEER] = { .meaning = "The peer, or a device on the path, sent a RST. "
	    "The program gets ECONNRESET, or EPIPE if the peer had sent its FIN before.",
	  .next = "The peer's administrator: its log shows why it aborted.",
	  .why = "The peer's program crashed, or closed with unread data or a linger time of 0. Or "
	    "it had already closed when more data came. Or the peer rebooted and no longer knows "
	    "the connection. Or a firewall or load balancer ended an idle connection.",
	  .normal = "Some, with clients that leave early. Many at about the same age mean an idle "
	    "timeout on the path." },
	[TS_REASON_TIMED_OUT] = { .meaning = "The SYN, the SYN-ACK or data stayed unanswered after "
	    "all retransmissions. The program gets ETIMEDOUT. With an ICMP error in the meantime "
	    "the reason is unreachable.",
	  .next = "The administrator of the network or of the peer.",
	  .why = "The peer is off or gone, a firewall drops packets silently, or a route is "
	    "broken. Or large packets are lost (path MTU) while small ones pass.",
	  .normal = "Rare inside a data centre, some with mobile clients." },
	[TS_REASON_UNREACHABLE] = { .meaning = "The network reported the peer as unreachable: an "
	    "ICMP error, or no answer to ARP or neighbour discovery. A connecting socket fails at "
	    "once. An established one goes on trying, and gets this error when it times out.",
	  .next = "The network's administrator: check route, address and firewall (one that "
	    "rejects).",
	  .why = "No route, a host that is off in the local network, or a firewall that answers "
	    "with ICMP.",
	  .normal = "Rare." },
	[TS_REASON_ABORTED_UNREAD_DATA] = { .meaning = "The program here called close() with "
	    "received data unread. The kernel then sends a RST in place of a FIN: the peer learns "
	    "that its data was lost.",
	  .next = "The author of this program: read to end of file before close().",
	  .why = "The program closes after an error or a limit without reading the rest of the "
	    "request. The peer may lose even the answer that was sent just before.",
	  .normal = "Some, on servers that refuse large requests early." },
	[TS_REASON_ABORTED_LINGER] = { .meaning = "The program here closed with SO_LINGER on and a "
	    "time of 0. The kernel sent a RST and dropped unsent data. There is no TIME_WAIT.",
	  .next = "Nothing to do, if intended.",
	  .why = "Health checks and load generators avoid TIME_WAIT this way. Some libraries do it "
	    "on errors.",
	  .normal = "Only with such programs." },
	[TS_REASON_ABORTED] = { .meaning = "This end aborted in another way: connect() abandoned "
	    "before an answer, or a socket disconnected (connect() to AF_UNSPEC). Or TCP_LINGER2 "
	    "below 0, or an error without a reason of its own. Or a close in TCP_REPAIR mode, "
	    "which sends nothing: the peer keeps the connection.",
	  .next = "Nothing to do, or the author of this program.",
	  .why = "A program with its own timeout closes a socket that still connects. Or CRIU moves "
	    "a container away (TCP_REPAIR).",
	  .normal = "Some, with clients that try several addresses at once." },
	[TS_REASON_DESTROYED] = { .meaning = "A program destroyed the socket from outside, as ss "
	    "-K does. The socket's program gets ECONNABORTED, the peer a RST.",
	  .next = "Nothing to do; by_pid and by_comm name the program that did it.",
	  .why = "An administrator's decision, or a tool that ends connections of a removed "
	    "address or backend.",
	  .normal = "Only on purpose." },
	[TS_REASON_LISTENER_CLOSED] = { .meaning = "The listener was closed before accept() took "
	    "this connection. The client gets a RST.",
	  .next = "The server's operator: hand the listener over on restart, or set "
	    "tcp_migrate_req for SO_REUSEPORT groups.",
	  .why = "A server restarts while connections wait in its accept queue.",
	  .normal = "A few at a restart." },
	[TS_REASON_DROPPED] = { .meaning = "The kernel completed a handshake and could not keep "
	    "the new connection.",
	  .next = "Nothing to do, or the administrator: add memory.",
	  .why = "Memory was short, or the listener was closed at that very moment.",
	  .normal = "Rare." },
	[TS_REASON_KEEPALIVE_TIMEOUT] = { .meaning = "The connection was idle, and all keepalive "
	    "probes stayed unanswered. The program gets ETIMEDOUT.",
	  .next = "Nothing to do: keepalive works as intended.",
	  .why = "The peer lost power or network, or a NAT or firewall dropped the connection from "
	    "its table.",
	  .normal = "With mobile clients. Many at the same age mean that a device on the path "
	    "expires idle connections: send probes more often than that." },
	[TS_REASON_USER_TIMEOUT] = { .meaning = "The SYN, data or probes stayed unanswered for longer than "
	    "the program's TCP_USER_TIMEOUT. The program gets ETIMEDOUT.",
	  .next = "The administrator of the network or of the peer.",
	  .why = "The same as timed-out, with the program's own limit in place of tcp_retries2 or "
	    "tcp_syn_retries.",
	  .normal = "As rare as timed-out, more often with a short limit." },
	[TS_REASON_PROBE_TIMEOUT] = { .meaning = "The peer had no room for more data (a window of "
	    "0), and then stopped answering the probes.",
	  .next = "The peer's administrator.",
	  .why = "The peer's program stopped reading, and then its machine or network went away. A "
	    "peer that does not read but answers probes never times out.",
	  .normal = "Rare." },
	[TS_REASON_FIN_TIMEOUT] = { .meaning = "This side had closed, and the peer acknowledged "
	    "that. The peer did not close within tcp_fin_timeout, and the kernel dropped the "
	    "connection.",
	  .next = "The peer's program must close. It may leak sockets in CLOSE_WAIT.",
	  .why = "A client keeps its end in a pool without noticing end of file, or vanished.",
	  .normal = "Some, on servers that close idle connections." },
	[TS_REASON_ORPHAN_LIMIT] = { .meaning = "The program had closed, and the kernel stopped "
	    "finishing the connection. The FIN or the data before it was not acknowledged in time. "
	    "Or there were more such sockets than tcp_max_orphans, or memory was short.",
	  .next = "Nothing to do for a few. For many, check the clients, then the limit.",
	  .why = "Peers vanish while they receive the last data, or do not read it.",
	  .normal = "Some, on servers with many clients. The counters TCPAbortOnMemory and "
	    "TCPAbortOnTimeout show which limit it was." },
	[TS_REASON_ABORTED_LATE_DATA] = { .meaning = "Data came after the program here had closed or shut down. "
	    "No process can read it, and the kernel sent a RST.",
	  .next = "The authors of both programs: agree on who closes first and when.",
	  .why = "This side closes (an idle timeout, an answer sent early) while the peer still "
	    "sends.",
	  .normal = "Some, with keep-alive connections that one side closes just when the other "
	    "uses them again." },
	[TS_REASON_TIME_WAIT_OVERFLOW] = { .meaning = "Both ends closed in order, but the kernel "
	    "had no room for the TIME_WAIT. The socket went to CLOSED at once. No data was lost.",
	  .next = "Nothing to do, or the administrator: raise tcp_max_tw_buckets.",
	  .why = "tcp_max_tw_buckets is reached, or memory is short.",
	  .normal = "Rare and mostly harmless: late packets of the old connection find no "
	    "TIME_WAIT." },
	[TS_REASON_REUSED] = { .meaning = "TIME_WAIT made room for a new connection between the "
	    "same ports: by tcp_tw_reuse at a client, or by a newer SYN at the side that listens.",
	  .next = "Nothing to do.",
	  .why = "A client opens connections to one address and port faster than TIME_WAIT ends.",
	  .normal = "Harmless. It shows that local ports are scarce." },
	[TS_REASON_NO_LOCAL_PORT] = { .meaning = "connect() found no local port: it fails at once "
	    "with EADDRNOTAVAIL, and no SYN is sent. All ports of the range are in use for that "
	    "peer. Or the program bound a port that already has a connection to that peer.",
	  .next = "The program's author: reuse connections, and close unused ones. Or the "
	    "administrator: widen ip_local_port_range, or add addresses. list --raddr PEER shows "
	    "the connections that hold the ports.",
	  .why = "A client opens connections to one address and port faster than they end, and "
	    "TIME_WAIT keeps each port for a minute. Or it leaks connections.",
	  .normal = "Not normal. Requests fail until ports are free." },
};

const struct explain_text explain_en_drops[TS_DROP_WHYS] = {
	[TS_DROP_ACCEPT_QUEUE] = { .meaning = "The accept queue of a listener is full. The kernel "
	    "dropped a SYN, or the last ACK of a handshake. The queue takes one connection more "
	    "than the backlog.",
	  .next = "The server's program: call accept() faster, or give listen() a larger backlog; "
	    "somaxconn limits it.",
	  .why = "The program is busy, hangs or is stopped, or a burst of clients came.",
	  .normal = "Not normal. Each drop makes a client wait, mostly for a second or more." },
	[TS_DROP_SYN_QUEUE] = { .meaning = "The SYN queue of a listener is full and SYN cookies "
	    "are off. The kernel dropped a SYN.",
	  .next = "The administrator: turn tcp_syncookies on, or allow a larger backlog.",
	  .why = "A SYN flood, or a burst of distant clients.",
	  .normal = "Not normal." },
	[TS_DROP_COOKIE] = { .meaning = "The SYN queue of a listener is full. The kernel answered "
	    "the SYN with a cookie. It keeps nothing until the last ACK comes back with that "
	    "cookie.",
	  .next = "Nothing urgent; check the source of the SYNs.",
	  .why = "A SYN flood, or a backlog too small for the clients. With tcp_syncookies at 2 "
	    "the kernel answers every SYN with a cookie.",
	  .normal = "Not under low load. Such connections work. They lose some TCP options if the "
	    "client has no timestamps." },
	[TS_DROP_SYNACK_RETRANS] = { .meaning = "A SYN-ACK stayed unanswered and was "
	    "retransmitted.",
	  .next = "The client sends its ACK.",
	  .why = "The SYN-ACK or the ACK was lost, or the SYN was forged. Or the accept queue is "
	    "full and the kernel dropped the ACK.",
	  .normal = "A few, with clients on lossy networks. Many mean a SYN flood or a broken "
	    "return path." },
};
