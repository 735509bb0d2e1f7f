// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Patterns of stuck sockets. Facts: RFC 9293, tcp(7), net/ipv4/tcp.c and tcp_input.c. */
#include "stuck/report.h"

#include "sockets/view.h"

static const char find_origin[] = "tcpstate stuck --watch --origin {}";
/* Selects the state too: the process may have sockets that are stuck in other states. */
static const char close_them[] = "tcpstate stuck --close=fin -s close-wait {}";
static const char reset_them[] = "tcpstate stuck --close=reset -s close-wait {}";
static const char timers[] = "tcpstate list {} -o +timer,unsent,rtt";
static const char idle_timers[] = "tcpstate list -s established {} -o +idle,timer,notice";
static const char closed_ones[] = "tcpstate list -s closed {} -o +errno";
static const char listeners[] = "tcpstate list -s listen {}";

/* tcp_write_timeout() */
#define TIMEOUT                                                                                    \
	"The kernel times out after tcp_orphan_retries, or after tcp_retries2 while a process "    \
	"holds the socket."
#define NO_READER      "it does not read, or its host is gone."
#define NO_ANSWER      "Its host is gone, or a device on the path drops the packets. "
#define SOCKETS(state) "socket in " state, "sockets in " state

static const char too_long[] = "The socket has been in this state for longer than the rule allows.";

struct advice {
	const char *meaning, *next;
};

static const struct {
	const char *one, *many;
	struct advice usual;
	struct advice unsent; /* if the peer has not taken all data; without a meaning: as usual */
} patterns[STUCK_RULES] = {
	[TS_ESTABLISHED] = { SOCKETS("ESTABLISHED"), { too_long, "tcpstate explain established" } },
	[TS_SYN_SENT] = { SOCKETS("SYN_SENT"),
			  { "The SYN gets no answer. The host is down, a firewall drops packets "
			    "silently, or the server's accept queue is full. A closed port would "
			    "answer with a RST at once.",
			    "tcpstate --handshakes --failed {}" } },
	[TS_SYN_RECV] = { "half-open connection (SYN_RECV)",
			  "half-open connections (SYN_RECV)",
			  { "The client's last ACK has not come. Packets are lost in one direction, "
			    "or the SYNs are forged (a SYN flood).",
			    "tcpstate --handshakes" } },
	[TS_FIN_WAIT_1] = { SOCKETS("FIN_WAIT_1"),
			    { "This end has closed, and the peer does not acknowledge the "
			      "FIN. " NO_ANSWER TIMEOUT,
			      "tcpstate list -s fin-wait-1 -o +timer,unsent" },
			    { "This end has closed. The peer has not taken the data before "
			      "the FIN: " NO_READER,
			      "tcpstate list -s fin-wait-1 -o +timer,unsent" } },
	[TS_FIN_WAIT_2] = { SOCKETS("FIN_WAIT_2"),
			    { "The peer has acknowledged the FIN, but does not close: look for "
			      "CLOSE_WAIT on the peer.",
			      "tcpstate explain fin-wait-2" } },
	[TS_CLOSED] = { "socket without a connection (CLOSED)",
			"sockets without a connection (CLOSED)",
			{ too_long, closed_ones } },
	[TS_TIME_WAIT] = { SOCKETS("TIME_WAIT"), { too_long, "tcpstate explain time-wait" } },
	[TS_CLOSE_WAIT] = { SOCKETS("CLOSE_WAIT") },
	[TS_LAST_ACK] = { SOCKETS("LAST_ACK"),
			  { "Both ends have closed, and the peer does not acknowledge the "
			    "last FIN. " NO_ANSWER TIMEOUT,
			    "tcpstate explain last-ack" },
			  { "Both ends have closed. The peer has not taken the data before the last "
			    "FIN: " NO_READER,
			    "tcpstate list -s last-ack -o +timer,unsent" } },
	[TS_CLOSING] = { SOCKETS("CLOSING"),
			 { "Both ends closed at the same time, and the peer does not acknowledge this "
			   "end's FIN.",
			   "tcpstate explain closing" },
			 { "Both ends closed at the same time. The peer has not taken the data before "
			   "this end's FIN: " NO_READER,
			   "tcpstate explain closing" } },
	[STUCK_UNREAD] = { "connection with unread data",
			   "connections with unread data",
			   { "Data has come, and the process does not read it. Its threads are blocked "
			     "or busy, or it has forgotten these sockets.",
			     "tcpstate list {} -o +unread,last_received" } },
	[STUCK_UNSENT] = { "connection whose data the peer does not take",
			   "connections whose data the peer does not take",
			   { "The peer has not taken any data for that long. Its process does not read "
			     "and its window is closed, or its host is gone and the kernel "
			     "retransmits. `tcpstate list -o +timer` shows which: persist, or on.",
			     timers } },
	[STUCK_IDLE] = { "idle connection", "idle connections", { too_long, idle_timers } },
	[STUCK_FULL] = { "listener with a full accept queue",
			 "listeners with a full accept queue",
			 { "The accept queue has no room for another connection. The kernel drops the "
			   "last ACK of each handshake, then SYNs: clients wait or time out. The "
			   "process does not call accept() fast enough, or its threads are busy "
			   "elsewhere.",
			   "tcpstate --handshakes {}" } },
};

static const struct advice causes[] = {
	[STUCK_DEFERRED] = { "The client's last ACK has come, and no packet is lost. The listener has "
			     "TCP_DEFER_ACCEPT: accept() waits for the client's first data, and the "
			     "client has sent none. The option's time limits the wait.",
			     "tcpstate list -s syn-recv -o +timer,defer_accept,ack_came" },
	[STUCK_ACK_DROPPED] = { "The client's last ACK has come, and the kernel dropped it: the accept "
				"queue was full. The client takes the connection as established. The "
				"process does not call accept() fast enough.",
				listeners },
	[STUCK_NO_ANSWER] = { "No data has come or gone for that long, and the peer does not answer: "
			      "keepalive probes or retransmissions are outstanding. Its host is gone, "
			      "or a device on the path drops the packets. The kernel ends the "
			      "connection after the last of them.",
			      idle_timers },
	[STUCK_ANSWERS] = { "No data has come or gone for that long. The peer's kernel has answered "
			    "since, so its host is alive: both programs are quiet. They keep an idle "
			    "connection, as a pool does, or have forgotten it.",
			    idle_timers },
	[STUCK_WATCHED] = { "No data has come or gone for that long. Keepalive is on, and the peer has "
			    "not had to answer a probe since: a peer that is gone would look the same "
			    "until then.",
			    idle_timers },
	[STUCK_UNWATCHED] = { "No data has come or gone for that long, and keepalive is off: the kernel "
			      "cannot know whether the peer is still there. If it is gone, only data "
			      "from this side shows that. The program can set SO_KEEPALIVE, or a time "
			      "limit of its own.",
			      idle_timers },
	[STUCK_ACK_UNKNOWN] = { "The handshake has not ended. The client's last ACK is lost or does not "
				"come, the accept queue is full, the listener waits for data "
				"(TCP_DEFER_ACCEPT), or the SYNs are forged. Root sees which.",
				"tcpstate list -l" },
	[STUCK_ENDED] = { "The connection was refused, reset, timed out or completed, and the process "
			  "has not closed its descriptor. A path in its code does not reach close() "
			  "after that. No timer ends this, no other state shows it, and it grows until "
			  "no descriptor is left (EMFILE).",
			  closed_ones },
	[STUCK_BOUND] = { "The process has bound the socket to a port, and neither listens nor "
			  "connects. Others cannot use the port, and each socket takes a descriptor "
			  "until none is left (EMFILE).",
			  closed_ones },
	[STUCK_UNUSED] = { "The process has made the socket and not connected it. A path in its code "
			   "does not reach connect() or close(). Each takes a descriptor until none is left "
			   "(EMFILE).",
			   closed_ones },
};

/* The process goes on sending after the peer's FIN, or did so. */
static bool waits_for_peer(const struct stuck_group *group)
{
	return group->with_unsent == group->all.n && group->with_unread < group->all.n;
}

/* All else that can hold a file; none of it can be listed. */
#define MAY_BE                                                                                       \
	": tcpstate cannot see what does. A descriptor may wait in the queue of a local socket "     \
	"(SCM_RIGHTS), a system call may still use one that was closed, or the kernel may hold the " \
	"file (nbd, a mapping)"

static const char *close_wait(const struct stuck_group *group)
{
	const struct socket_entry *oldest = group->all.oldest->entry;

	if (group->not_accepted == group->all.n)
		return "The peers connected and have closed again. The process has never accepted "
		       "them: it calls accept() too seldom, or no longer.";
	if (!socket_process(oldest) && !socket_is_kernels(oldest->socket))
		return group->rings_unknown ?
			       "The peer has closed. No process that tcpstate can see has a "
			       "descriptor of this end" MAY_BE
			       ", or an io_uring holds it (tcpstate could not search all of them)." :
			       "The peer has closed. No process has a descriptor of this end, and no "
			       "io_uring holds it" MAY_BE ".";
	if (group->with_unread == group->all.n)
		return "The peer has closed. The process has not even read the data before the FIN. "
		       "Its threads are blocked or busy, or it has lost track of the sockets.";
	if (waits_for_peer(group))
		return "The peer has closed its sending side. The peer does not take the data that "
		       "this process has written since: " NO_READER;
	if (group->at_end == group->all.n)
		return "The peer has closed. The process has read all data, and has not closed its "
		       "own end. A path in its code does not reach close(), or does not read again "
		       "after the last data. Or the process is busy, or waits for something else, "
		       "as a proxy waits for its other side. Only the process can end this state; "
		       "no timer does.";
	if (!group->at_end)
		return "The peer has closed. The process has not come back to read the end of file. "
		       "It keeps the sockets unused, as an idle connection pool does, or its "
		       "threads are blocked or busy with other work.";
	return "The peers have closed. The process has not closed its own ends. It has read some "
	       "sockets to the end, and no longer reads the others. Only the process can end this "
	       "state; no timer does.";
}

static const char *after_close_wait(const struct stuck_group *group, bool has_origin)
{
	if (group->not_accepted == group->all.n)
		return listeners;
	if (waits_for_peer(group))
		return timers;
	if (!has_origin)
		return find_origin;
	return group->in_rings == group->all.n ? reset_them : close_them;
}

static struct advice advise(const struct stuck_group *group, bool has_origin)
{
	bool held = group->all.oldest->entry->holder;

	if ((int)group->rule == TS_CLOSE_WAIT)
		return (struct advice){ close_wait(group), after_close_wait(group, has_origin) };
	if (group->rule == STUCK_UNREAD && group->not_accepted == group->all.n)
		return (struct advice){ "Data has come on connections that the process has not "
					"accepted. It calls accept() too seldom, or no longer.",
					listeners };
	if ((int)group->rule == TS_FIN_WAIT_2 && held && group->with_unread == group->all.n)
		return (struct advice){
			"This process has shut down its sending side, and does not read what the "
			"peer still sends. The peer's FIN comes after that data. No timer ends the "
			"socket while a process holds it.",
			"tcpstate list -s fin-wait-2 {} -o +unread,last_received"
		};
	if ((int)group->rule == TS_FIN_WAIT_2 && held)
		return (struct advice){
			"This process has shut down its sending side. The peer has acknowledged "
			"that, but does not close: look for CLOSE_WAIT on the peer. No timer ends "
			"the socket while a process holds it.",
			"tcpstate stuck --close=reset -s fin-wait-2 {}"
		};
	if (group->cause != STUCK_USUAL)
		return causes[group->cause];
	if (group->unsent && patterns[group->rule].unsent.meaning)
		return patterns[group->rule].unsent;
	if (patterns[group->rule].usual.meaning)
		return patterns[group->rule].usual;
	return (struct advice){ too_long, "tcpstate explain" };
}

void stuck_diagnose(const struct stuck_group *group, bool has_origin,
		    struct stuck_diagnosis *diagnosis)
{
	const struct advice advice = advise(group, has_origin);

	*diagnosis = (struct stuck_diagnosis){ patterns[group->rule].one,
					       patterns[group->rule].many, advice.meaning,
					       advice.next };
}
