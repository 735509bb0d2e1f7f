// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain in English: why connections end, and handshakes in trouble. */
#include "explain/explain.h"

/* clang-format off: tables, laid out by hand */

const struct explain_text explain_en_reasons[TS_REASONS] = {
	[TS_REASON_NORMAL] = { .meaning =
				       "Both ends closed in order, with FIN and ACK in each direction; or a "
				       "TIME_WAIT, or a listener, came to its end.",
			       .next = "Nobody.",
			       .why = "Both programs called close() or shutdown().",
			       .normal = "The way in which most connections should end." },
	[TS_REASON_REFUSED] = { .meaning =
					"The peer answered the SYN with a RST: connect() fails with "
					"ECONNREFUSED.",
				.next = "Whoever runs the server: start it, or have it listen on that address and "
					"port. Or the client: it may have the wrong port.",
				.why = "Nothing listens there, the server listens on another address only "
				       "(127.0.0.1, one family), a firewall rejects with a RST, or "
				       "tcp_abort_on_overflow is 1 there and its accept queue full.",
				.normal = "Briefly, while a server restarts." },
	[TS_REASON_RESET_BY_PEER] = { .meaning =
					      "The peer, or something on the way, sent a RST. The program gets "
					      "ECONNRESET, or EPIPE if the peer had sent its FIN before.",
				      .next = "Whoever runs the peer: its log tells why it gave up.",
				      .why = "The peer's program crashed, closed with data unread or with a linger time "
					     "of 0, or had closed already when more data came; the peer rebooted and "
					     "does not know the connection; a firewall or load balancer ended it for "
					     "being idle.",
				      .normal =
					      "Some, with clients that go away in the middle. Many at about the same "
					      "age of connections tell of an idle timeout on the way." },
	[TS_REASON_TIMED_OUT] = { .meaning =
					  "What was sent stayed unanswered however often it was sent again: the "
					  "SYN, the SYN-ACK, or data. The program gets ETIMEDOUT; had an ICMP "
					  "error come meanwhile, the reason would be unreachable.",
				  .next = "Whoever runs the network or the peer.",
				  .why = "The peer is off or gone, a firewall drops packets silently, a route is "
					 "broken, or large packets are lost (path MTU) while small ones pass.",
				  .normal = "Rare inside a data centre, some with mobile clients." },
	[TS_REASON_UNREACHABLE] = { .meaning =
					    "The network said that the peer cannot be reached: an ICMP error or no "
					    "answer to ARP or neighbour discovery. A connecting socket fails at "
					    "once; an established one goes on trying and gets this error at its "
					    "end.",
				    .next = "Whoever runs the network: route, address, firewall (one that rejects).",
				    .why = "No route, a host that is off in the local network, or a firewall that "
					   "answers with ICMP.",
				    .normal = "Rare." },
	[TS_REASON_ABORTED_UNREAD_DATA] = { .meaning =
						    "The program here called close() while received data was still unread. "
						    "The kernel then sends a RST in place of a FIN, so that the peer learns "
						    "that its data was lost.",
					    .next = "The author of this program: read to the end of file before close().",
					    .why = "The program closes after an error or a limit without reading the rest of "
						   "the request; the peer may lose even the answer that it was sent just "
						   "before.",
					    .normal =
						    "Some, on servers that refuse large requests early." },
	[TS_REASON_ABORTED_LINGER] = { .meaning =
					       "The program here closed with SO_LINGER on and a time of 0: a RST was "
					       "sent, what was not sent yet is lost, and there is no TIME_WAIT.",
				       .next = "Nobody, if it is meant.",
				       .why = "Health checks and load generators do so to avoid TIME_WAIT; some libraries "
					      "do on errors.",
				       .normal = "With such programs; else not." },
	[TS_REASON_ABORTED] = { .meaning =
					"This end gave up in another way: connect() abandoned before an answer, "
					"a socket disconnected (connect() to AF_UNSPEC), TCP_LINGER2 below 0, "
					"or an error that has no reason of its own.",
				.next = "Nobody, or the author of this program.",
				.why = "A program with a timeout of its own closes a socket that still connects.",
				.normal = "Some, with clients that try several addresses at once." },
	[TS_REASON_DESTROYED] = { .meaning =
					  "Somebody destroyed the socket from outside, as ss -K does. Its program "
					  "gets ECONNABORTED, the peer a RST.",
				  .next = "Nobody; by_pid and by_comm name who did it.",
				  .why = "An administrator's decision, or a tool that ends connections of a removed "
					 "address or backend.",
				  .normal = "Only then." },
	[TS_REASON_LISTENER_CLOSED] = { .meaning =
						"The listener was closed before accept() took this connection; the "
						"client gets a RST.",
					.next = "Whoever deploys the server: hand the listener over on restart, or set "
						"tcp_migrate_req for SO_REUSEPORT groups.",
					.why = "A server restarts while connections wait in its accept queue.",
					.normal = "A few at a restart." },
	[TS_REASON_DROPPED] = { .meaning =
					"The kernel completed a handshake and could not keep the new "
					"connection.",
				.next = "Nobody, or whoever gives the machine its memory.",
				.why = "Memory was short, or the listener was closed at that very moment.",
				.normal = "Rare." },
	[TS_REASON_KEEPALIVE_TIMEOUT] = { .meaning =
						  "The connection was idle, and none of the keepalive probes was "
						  "answered. The program gets ETIMEDOUT.",
					  .next = "Nobody: this is what keepalive is for.",
					  .why = "The peer lost power or network, or a NAT or firewall forgot the "
						 "connection.",
					  .normal =
						  "With mobile clients. If many end so at the same age, a device on the "
						  "way forgets idle connections: probe more often than it forgets." },
	[TS_REASON_USER_TIMEOUT] = { .meaning =
					     "Data, or probes, stayed unanswered longer than the program allows by "
					     "TCP_USER_TIMEOUT. It gets ETIMEDOUT.",
				     .next = "Whoever runs the network or the peer.",
				     .why = "The same as timed-out, with a limit of the program's own in place of "
					    "tcp_retries2.",
				     .normal =
					     "As rare as timed-out; more often where the limit is short." },
	[TS_REASON_PROBE_TIMEOUT] = { .meaning =
					      "The peer had no room for more data (a window of 0), and then did not "
					      "answer the probes any more.",
				      .next = "Whoever runs the peer.",
				      .why = "The peer's program stopped reading, and then its machine or network went "
					     "away. A peer that does not read but answers probes is waited for without "
					     "end.",
				      .normal = "Rare." },
	[TS_REASON_FIN_TIMEOUT] = { .meaning =
					    "This side had closed, the peer acknowledged that, and then did not "
					    "close within tcp_fin_timeout. The kernel forgot the connection.",
				    .next = "The peer's program: it must close. It may leak sockets in CLOSE_WAIT.",
				    .why = "A client keeps its end in a pool without noticing the end of file, or "
					   "vanished.",
				    .normal = "Some, on servers that close idle connections." },
	[TS_REASON_ORPHAN_LIMIT] = { .meaning =
					     "The program had closed, and the kernel gave up finishing for it: the "
					     "FIN or data before it was not acknowledged in time, there were more "
					     "such sockets than tcp_max_orphans, or memory was short.",
				     .next = "Nobody for single ones; for many, look at the clients, then at the limit.",
				     .why = "Peers that vanish while being sent the last data, or that do not read it.",
				     .normal =
					     "Some, on servers with many clients. The counters TCPAbortOnMemory and "
					     "TCPAbortOnTimeout tell which limit it was." },
	[TS_REASON_ABORTED_LATE_DATA] = { .meaning =
						  "Data came after the program here had closed: nobody can read it, so "
						  "the kernel sent a RST.",
					  .next = "The authors of both programs: agree on who closes first and when.",
					  .why = "This side closes (an idle timeout, an answer sent early) while the peer is "
						 "still sending.",
					  .normal =
						  "Some, with keep-alive connections that one side closes just as the "
						  "other uses them again." },
	[TS_REASON_TIME_WAIT_OVERFLOW] = { .meaning =
						   "Both ends closed in order, but there was no room for the TIME_WAIT: "
						   "the socket went to CLOSED at once. Nothing was lost.",
					   .next = "Nobody; at most whoever sets tcp_max_tw_buckets.",
					   .why = "tcp_max_tw_buckets is reached, or memory is short.",
					   .normal =
						   "Not on its own, and mostly harmless: late packets of the old connection "
						   "meet no TIME_WAIT." },
	[TS_REASON_REUSED] = { .meaning =
				       "TIME_WAIT made room for a new connection between the same ports: by "
				       "tcp_tw_reuse at a client, or by a newer SYN at the side that listens.",
			       .next = "Nobody.",
			       .why = "A client opens connections to one address and port faster than TIME_WAIT "
				      "ends.",
			       .normal =
				       "Harmless. It shows that local ports are in short supply." },
};

const struct explain_text explain_en_drops[TS_DROP_WHYS] = {
	[TS_DROP_ACCEPT_QUEUE] = { .meaning =
					   "The accept queue of a listener is full: a SYN, or the last ACK of a "
					   "handshake, was thrown away. The queue holds as many connections as the "
					   "backlog says, and one more.",
				   .next = "The server's program: call accept() faster, or give listen() a larger "
					   "backlog; somaxconn limits that.",
				   .why = "The program is busy, hangs or is stopped, or a burst of clients came.",
				   .normal =
					   "Not at all; each makes a client wait, mostly a second or more." },
	[TS_DROP_SYN_QUEUE] = { .meaning =
					"The SYN queue of a listener is full and SYN cookies are off: a SYN was "
					"thrown away.",
				.next = "The administrator: turn tcp_syncookies on, or allow a larger backlog.",
				.why = "A SYN flood, or a burst of clients far away.",
				.normal = "Not at all." },
	[TS_DROP_COOKIE] = { .meaning =
				     "The SYN queue of a listener is full: the SYN was answered with a "
				     "cookie and nothing is kept of it until the last ACK comes back with "
				     "the cookie in it.",
			     .next = "Nobody at once; look where the SYNs come from.",
			     .why = "A SYN flood, or a backlog too small for the clients. With tcp_syncookies "
				    "at 2 each SYN is answered so.",
			     .normal =
				     "Not in quiet times. Such connections work; only some TCP options are "
				     "lost if the client has no timestamps." },
	[TS_DROP_SYNACK_RETRANS] = { .meaning = "A SYN-ACK stayed unanswered and was sent again.",
				     .next = "The client, with its ACK.",
				     .why = "The SYN-ACK or the ACK was lost, the SYN was forged, or the accept queue "
					    "is full and the ACK was not taken.",
				     .normal =
					     "A few, with clients on lossy networks. Many are a SYN flood or a broken "
					     "way back." },
};
