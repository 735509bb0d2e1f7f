// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Patterns of stuck sockets. Facts: RFC 9293, tcp(7), net/ipv4/tcp.c and tcp_input.c. */
#include "stuck/diagnosis.h"

#include <stdbool.h>

#include "sockets/view.h"

static const struct {
	const char *one, *many;
} names[STUCK_RULES] = {
	[TS_ESTABLISHED] = { "socket in ESTABLISHED", "sockets in ESTABLISHED" },
	[TS_SYN_SENT] = { "socket in SYN_SENT", "sockets in SYN_SENT" },
	[TS_SYN_RECV] = { "half-open connection (SYN_RECV)", "half-open connections (SYN_RECV)" },
	[TS_FIN_WAIT_1] = { "socket in FIN_WAIT_1", "sockets in FIN_WAIT_1" },
	[TS_FIN_WAIT_2] = { "socket in FIN_WAIT_2", "sockets in FIN_WAIT_2" },
	[TS_TIME_WAIT] = { "socket in TIME_WAIT", "sockets in TIME_WAIT" },
	[TS_CLOSE_WAIT] = { "socket in CLOSE_WAIT", "sockets in CLOSE_WAIT" },
	[TS_LAST_ACK] = { "socket in LAST_ACK", "sockets in LAST_ACK" },
	[TS_CLOSING] = { "socket in CLOSING", "sockets in CLOSING" },
	[STUCK_UNREAD] = { "connection with unread data", "connections with unread data" },
	[STUCK_UNSENT] = { "connection whose data the peer does not take",
			   "connections whose data the peer does not take" },
	[STUCK_FULL] = { "listener with a full accept queue",
			 "listeners with a full accept queue" },
};

static const char find_origin[] = "tcpstate stuck --watch --origin -p {}";
/* Selects the state too: the process may have sockets that are stuck in other states. */
static const char close_them[] = "tcpstate stuck --close=fin -s close-wait -p {}";
static const char timers[] = "tcpstate list -p {} -o +timer,unsent,rtt";
static const char listeners[] = "tcpstate list -s listen -p {}";

/* tcp_write_timeout() */
#define TIMEOUT                                                                                    \
	"The kernel times out after tcp_orphan_retries, or after tcp_retries2 while a process "    \
	"holds the socket."
#define NO_READER "it does not read, or its host is gone."
#define NO_ANSWER "Its host is gone, or a device on the path drops the packets. "

/* The process goes on sending after the peer's FIN, or did so. */
static bool waits_for_peer(const struct stuck_group *group)
{
	return group->with_unsent == group->all.n && group->with_unread < group->all.n;
}

static const char *close_wait(const struct stuck_group *group)
{
	const struct socket_entry *oldest = group->all.oldest->entry;

	if (group->not_accepted == group->all.n)
		return "The peers connected and have closed again. The process has never accepted "
		       "them: it calls accept() too seldom, or no longer.";
	if (!socket_process(oldest) && !socket_is_kernels(oldest->socket))
		return "The peer has closed. No visible process holds this end. Its descriptor "
		       "waits in the queue of a local socket (SCM_RIGHTS), or tcpstate cannot see "
		       "the process.";
	if (group->with_unread == group->all.n)
		return "The peer has closed. The process has not even read the data before the FIN. "
		       "Its threads are blocked, or it has lost track of the sockets.";
	if (waits_for_peer(group))
		return "The peer has closed its sending side. The peer does not take the data that "
		       "this process has written since: " NO_READER;
	if (group->at_end == group->all.n)
		return "The peer has closed. The process has read all data, and has not closed its "
		       "own end. A path in its code does not reach close(), or does not read again "
		       "after the last data. Or the process waits for something else, as a proxy "
		       "waits for its other side. Only the process can end this state; no timer "
		       "does.";
	if (!group->at_end)
		return "The peer has closed. The process has not come back to read the end of file. "
		       "It keeps the sockets unused, as an idle connection pool does, or its "
		       "threads are blocked.";
	return "The peers have closed. The process has not closed its own ends. It has read some "
	       "sockets to the end, and no longer reads the others. Only the process can end this "
	       "state; no timer does.";
}

static void set_close_wait(const struct stuck_group *group, bool has_origin,
			   struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning = close_wait(group);
	if (group->not_accepted == group->all.n)
		diagnosis->next = listeners;
	else if (waits_for_peer(group))
		diagnosis->next = timers;
	else
		diagnosis->next = has_origin ? close_them : find_origin;
}

static void set_full(struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning =
		"The accept queue has no room for another connection. The kernel drops the last "
		"ACK of each handshake, then SYNs: clients wait or time out. The process does not "
		"call accept() fast enough, or its threads are busy elsewhere.";
	diagnosis->next = "tcpstate --handshakes -p {}";
}

static void set_unread(const struct stuck_group *group, struct stuck_diagnosis *diagnosis)
{
	if (group->not_accepted == group->all.n) {
		diagnosis->meaning = "Data has come on connections that the process has not "
				     "accepted. It calls accept() too seldom, or no longer.";
		diagnosis->next = listeners;
		return;
	}
	diagnosis->meaning = "Data has come, and the process does not read it. Its threads are "
			     "blocked or busy, or it has forgotten these sockets.";
	diagnosis->next = "tcpstate list -p {} -o +unread,last_received";
}

static void set_unsent(struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning =
		"The peer has not taken any data for that long. Its process does not read and its "
		"window is closed, or its host is gone and the kernel retransmits. `tcpstate list "
		"-o +timer` shows which: persist, or on.";
	diagnosis->next = timers;
}

static void set_fin_wait_1(const struct stuck_group *group, struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning =
		group->unsent ?
			"This end has closed. The peer has not taken the data before the FIN: " NO_READER :
			"This end has closed, and the peer does not acknowledge the FIN. " NO_ANSWER
				TIMEOUT;
	diagnosis->next = "tcpstate list -s fin-wait-1 -o +timer,unsent";
}

static void set_fin_wait_2(const struct stuck_group *group, struct stuck_diagnosis *diagnosis)
{
	bool held = group->all.oldest->entry->holder;

	if (held && group->with_unread == group->all.n) {
		diagnosis->meaning =
			"This process has shut down its sending side, and does not read what the "
			"peer still sends. The peer's FIN comes after that data. No timer ends the "
			"socket while a process holds it.";
		diagnosis->next = "tcpstate list -s fin-wait-2 -p {} -o +unread,last_received";
		return;
	}
	diagnosis->meaning =
		held ? "This process has shut down its sending side. The peer has acknowledged "
		       "that, but does not close: look for CLOSE_WAIT on the peer. No timer ends "
		       "the socket while a process holds it." :
		       "The peer has acknowledged the FIN, but does not close: look for CLOSE_WAIT "
		       "on the peer.";
	diagnosis->next = held ? "tcpstate stuck --close=reset -s fin-wait-2 -p {}" :
				 "tcpstate explain fin-wait-2";
}

static void set_last_ack(const struct stuck_group *group, struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning =
		group->unsent ?
			"Both ends have closed. The peer has not taken the data before the last FIN: " NO_READER :
			"Both ends have closed, and the peer does not acknowledge the last FIN. " NO_ANSWER
				TIMEOUT;
	diagnosis->next = group->unsent ? "tcpstate list -s last-ack -o +timer,unsent" :
					  "tcpstate explain last-ack";
}

static void set_closing(const struct stuck_group *group, struct stuck_diagnosis *diagnosis)
{
	diagnosis->meaning =
		group->unsent ?
			"Both ends closed at the same time. The peer has not taken the data before this "
			"end's FIN: " NO_READER :
			"Both ends closed at the same time, and the peer does not acknowledge this end's "
			"FIN.";
	diagnosis->next = "tcpstate explain closing";
}

void stuck_diagnose(const struct stuck_group *group, bool has_origin,
		    struct stuck_diagnosis *diagnosis)
{
	*diagnosis = (struct stuck_diagnosis){
		names[group->rule].one, names[group->rule].many,
		"The socket has been in this state for longer than the rule allows.",
		"tcpstate explain"
	};
	switch ((int)group->rule) {
	case TS_CLOSE_WAIT:
		return set_close_wait(group, has_origin, diagnosis);
	case TS_SYN_SENT:
		diagnosis->meaning =
			"The SYN gets no answer. The host is down, a firewall drops packets "
			"silently, or the server's accept queue is full. A closed port would "
			"answer with a RST at once.";
		diagnosis->next = "tcpstate --handshakes --failed -p {}";
		return;
	case TS_SYN_RECV:
		diagnosis->meaning =
			"The client's last ACK does not come. Packets are lost in one direction, "
			"the accept queue is full, or the SYNs are forged (a SYN flood).";
		diagnosis->next = "tcpstate --handshakes";
		return;
	case TS_FIN_WAIT_1:
		return set_fin_wait_1(group, diagnosis);
	case TS_FIN_WAIT_2:
		return set_fin_wait_2(group, diagnosis);
	case TS_LAST_ACK:
		return set_last_ack(group, diagnosis);
	case TS_CLOSING:
		return set_closing(group, diagnosis);
	case TS_ESTABLISHED:
		diagnosis->next = "tcpstate explain established";
		return;
	case TS_TIME_WAIT:
		diagnosis->next = "tcpstate explain time-wait";
		return;
	case STUCK_UNREAD:
		return set_unread(group, diagnosis);
	case STUCK_UNSENT:
		return set_unsent(diagnosis);
	case STUCK_FULL:
		return set_full(diagnosis);
	}
}
