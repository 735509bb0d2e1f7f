// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Patterns of stuck sockets. Facts: RFC 9293, tcp(7), net/ipv4/tcp.c and tcp_input.c. */
#include "stuck/diagnosis.h"

#include <stdbool.h>

#include "sockets/view.h"

static const struct {
	const char *what, *whats;
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

static const char where[] = "tcpstate stuck --watch --origin -p %u";
/* By their state, too: the process may have others that are stuck otherwise. */
static const char end_them[] = "tcpstate stuck --close=fin -s close-wait -p %u";
/* What was not accepted has no origin. */
static const char timers[] = "tcpstate list -p %u -o +timer,unsent,rtt";
static const char queue[] = "tcpstate list -s listen -p %u";

/* tcp_write_timeout() */
#define GIVES_UP                                                                                   \
	"The kernel gives up after tcp_orphan_retries, or after tcp_retries2 while a "             \
	"process holds the socket."

/* It goes on answering after the peer's FIN, or has done so. */
static bool waits_for_peer(const struct stuck_group *group)
{
	return group->with_unsent == group->all.n && group->with_unread < group->all.n;
}

static const char *close_wait(const struct stuck_group *group)
{
	const struct socket_entry *oldest = group->all.oldest->entry;

	if (group->not_accepted == group->all.n)
		return "The peers connected and have closed again, and the process has never accepted "
		       "them: it does not call accept() often enough, or not any more.";
	if (!socket_process(oldest) && !socket_is_kernels(oldest->socket))
		return "The peer has closed. No process that can be looked into holds this end: its "
		       "descriptor waits in a local socket's queue, where it was sent to another "
		       "process (SCM_RIGHTS), or the process is outside of what can be seen.";
	if (group->with_unread == group->all.n)
		return "The peer has closed, and the process has not even read what had come before: "
		       "nothing in it looks at these sockets any more. Its threads are blocked, or it "
		       "has lost track of them.";
	if (waits_for_peer(group))
		return "The peer has closed its sending side, and does not take what this process has "
		       "written since: its process does not read, or its machine has gone.";
	if (group->at_end == group->all.n)
		return "The peer has closed, the process has read all that came, and has not closed "
		       "its own end: a way through its code does not reach close(), or does not read "
		       "again after the last data, or it still waits for something else, as a proxy "
		       "does for its other side. Only the process can end this state; no timer does.";
	if (!group->at_end)
		return "The peer has closed, and the process has not come back to read the end of the "
		       "file: it keeps the sockets without looking at them, as an idle pool of "
		       "connections does, or its threads are blocked.";
	return "The peers have closed, and the process has not closed its own ends: some it has read "
	       "to the end, at others it does not look any more. Only the process can end "
	       "this state; no timer does.";
}

static void set_close_wait(const struct stuck_group *group, bool has_origin,
			   struct stuck_diagnosis *words)
{
	words->meaning = close_wait(group);
	if (group->not_accepted == group->all.n)
		words->next = queue;
	else if (waits_for_peer(group))
		words->next = timers;
	else
		words->next = has_origin ? end_them : where;
}

static void set_full(struct stuck_diagnosis *words)
{
	words->meaning =
		"No room for one more connection: the kernel drops the last ACK of each "
		"handshake and then SYNs, so that clients wait or time out. The process does "
		"not call accept() fast enough, or its threads are busy elsewhere.";
	words->next = "tcpstate --handshakes -p %u";
}

static void set_unread(const struct stuck_group *group, struct stuck_diagnosis *words)
{
	if (group->not_accepted == group->all.n) {
		words->meaning =
			"Data has come on connections that the process has not accepted: it "
			"does not call accept() often enough, or not any more.";
		words->next = queue;
		return;
	}
	words->meaning = "Data has come and nobody reads it: the threads that should are blocked "
			 "or busy, or the process has forgotten these sockets.";
	words->next = "tcpstate list -p %u -o +unread,last_received";
}

static void set_unsent(struct stuck_diagnosis *words)
{
	words->meaning =
		"The peer has taken nothing for that long: its process does not read, so "
		"that its window is shut, or its machine has gone and the kernel sends again "
		"and again. `tcpstate list -o +timer` shows which: persist, or on.";
	words->next = timers;
}

static void set_fin_wait_1(const struct stuck_group *group, struct stuck_diagnosis *words)
{
	words->meaning =
		group->unsent ?
			"This end has closed, but what it wrote before has not been taken yet, and the FIN "
			"comes behind that: the peer does not read, or its machine has gone." :
			"This end has closed, and the peer does not acknowledge the FIN: its machine has gone, "
			"or something on the way drops the packets. " GIVES_UP;
	words->next = "tcpstate list -s fin-wait-1 -o +timer,unsent";
}

static void set_fin_wait_2(const struct stuck_group *group, struct stuck_diagnosis *words)
{
	bool held = group->all.oldest->entry->holder;

	if (held && group->with_unread == group->all.n) {
		words->meaning =
			"This process has shut down its sending side, and does not read what the "
			"peer still sends: the peer's FIN comes behind that. As long as a process "
			"holds the socket no timer ends it.";
		words->next = "tcpstate list -s fin-wait-2 -p %u -o +unread,last_received";
		return;
	}
	words->meaning =
		held ? "This process has shut down its sending side, and the peer has acknowledged that but "
		       "does not close: look for CLOSE_WAIT on the peer. As long as a process holds the socket "
		       "no timer ends it." :
		       "The peer has acknowledged the FIN but does not close: look for CLOSE_WAIT on the peer.";
	words->next = held ? "tcpstate stuck --close=reset -s fin-wait-2 -p %u" :
			     "tcpstate explain fin-wait-2";
}

static void set_last_ack(const struct stuck_group *group, struct stuck_diagnosis *words)
{
	words->meaning =
		group->unsent ?
			"Both ends have closed, but what this one wrote before has not been taken yet, and its "
			"FIN comes behind that: the peer does not read, or its machine has gone." :
			"Both ends have closed, and the peer does not acknowledge the last FIN: its machine has "
			"gone, or something on the way drops the packets. " GIVES_UP;
	words->next = group->unsent ? "tcpstate list -s last-ack -o +timer,unsent" :
				      "tcpstate explain last-ack";
}

static void set_closing(const struct stuck_group *group, struct stuck_diagnosis *words)
{
	words->meaning =
		group->unsent ?
			"Both ends closed at the same time, but what this one wrote before has not been taken "
			"yet, and its FIN comes behind that: the peer does not read, or its machine has gone." :
			"Both ends closed at the same time, and the acknowledgement of this end's FIN does not "
			"come.";
	words->next = "tcpstate explain closing";
}

void stuck_diagnose(const struct stuck_group *group, bool has_origin, struct stuck_diagnosis *words)
{
	*words = (struct stuck_diagnosis){ names[group->rule].what, names[group->rule].whats,
					   "It has been longer in that state than the rule allows.",
					   "tcpstate explain" };
	switch ((int)group->rule) {
	case TS_CLOSE_WAIT:
		return set_close_wait(group, has_origin, words);
	case TS_SYN_SENT:
		words->meaning =
			"No answer to the SYN: the host is down, a firewall on the way drops "
			"packets without a word, or the server's accept queue is full. A closed "
			"port would be refused at once.";
		words->next = "tcpstate --handshakes --failed -p %u";
		return;
	case TS_SYN_RECV:
		words->meaning =
			"The client's last ACK does not come: packets are lost on one of the two "
			"ways, the accept queue is full, or the SYNs are forged (a SYN flood).";
		words->next = "tcpstate --handshakes";
		return;
	case TS_FIN_WAIT_1:
		return set_fin_wait_1(group, words);
	case TS_FIN_WAIT_2:
		return set_fin_wait_2(group, words);
	case TS_LAST_ACK:
		return set_last_ack(group, words);
	case TS_CLOSING:
		return set_closing(group, words);
	case TS_ESTABLISHED:
		words->next = "tcpstate explain established";
		return;
	case TS_TIME_WAIT:
		words->next = "tcpstate explain time-wait";
		return;
	case STUCK_UNREAD:
		return set_unread(group, words);
	case STUCK_UNSENT:
		return set_unsent(words);
	case STUCK_FULL:
		return set_full(words);
	}
}
