// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A peer that sends only the segments of the script, forged on a raw socket. A listener that
 * drops all packets has its port, so that the kernel sends no RST of its own.
 */
#include "selftest/actor.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PEER_PATIENCE_MS = 150000,
	PEER_HOPE_MS = 30000,
	SEGMENT_MAX = 2048,
	DATA_MAX = 64,
	WINDOW = 0xfff0
};
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { PEER_ISN = 1000000 };

struct peer {
	int raw;
	uint16_t port;	    /* its own */
	uint16_t other;	    /* the kernel's end; 0: unknown */
	uint32_t next;	    /* next sequence number to send */
	uint32_t expects;   /* next sequence number from the kernel */
	struct tcphdr last; /* last received segment */
};

/* Accepts only segments for this port: other test cases share the namespace. */
static int attach_port_filter(int fd, int family, uint16_t port)
{
	/* IPv4 raw sockets receive the IP header, IPv6 ones do not */
	struct sock_filter v4[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SEGMENT_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SEGMENT_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = {
		.len = family == AF_INET ? 5 : 4,
		.filter = family == AF_INET ? v4 : v6,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ? -errno : 0;
}

/* A listener that drops all packets: without it the kernel sends RSTs. */
static int hold_port(struct actor *actor, uint16_t port)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog filter = { .len = 1, .filter = &nothing };
	int fd = socket(actor->setup.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t size = actor_address(actor, port, &address);
	int one = 1;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0) {
		int err = errno;

		(void)close(fd);
		return -err;
	}
	actor->fd['p' - 'a'] = fd;
	return 0;
}

static int step_ready(struct actor *actor, char **words, int n)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	char unfiltered;
	int err;

	if (!peer)
		return -ENOMEM;
	actor->peer = peer;
	peer->port = actor->setup.port + endpoint_find('p')->local;
	peer->next = PEER_ISN;
	peer->raw = socket(actor->setup.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	if (peer->raw < 0)
		return -errno;
	err = attach_port_filter(peer->raw, actor->setup.family, peer->port);
	/* discard packets queued before the filter was attached */
	while (!err && recv(peer->raw, &unfiltered, sizeof(unfiltered), MSG_DONTWAIT) >= 0)
		;
	return err ? err : hold_port(actor, peer->port);
}

static uint32_t sum_words(const void *data, size_t size, uint32_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | (i + 1 < size ? bytes[i + 1] : 0);
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Both ends have the same loopback address. */
static uint32_t sum_pseudo_header(int family, size_t size, uint32_t protocol)
{
	const uint32_t v4 = htonl(INADDR_LOOPBACK);
	const struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;
	uint32_t sum = (uint32_t)size + protocol;

	for (int i = 0; i < 2; i++)
		sum = family == AF_INET ? sum_words(&v4, sizeof(v4), sum) :
					  sum_words(&v6, sizeof(v6), sum);
	return sum;
}

static int send_raw(const struct actor *actor, int fd, const void *data, size_t size)
{
	struct sockaddr_storage to;
	socklen_t to_size = actor_address(actor, 0, &to);

	return sendto(fd, data, size, 0, (struct sockaddr *)&to, to_size) < 0 ? -errno : 0;
}

static int send_segment(const struct actor *actor, uint32_t seq, uint32_t ack, unsigned flags,
			size_t data, uint16_t window)
{
	const struct peer *peer = actor->peer;
	struct {
		struct tcphdr tcp;
		char data[DATA_MAX];
	} segment = {
		.tcp = {
			.source = htons(peer->port),
			.dest = htons(peer->other),
			.seq = htonl(seq),
			.ack_seq = flags & ACK ? htonl(ack) : 0,
			.doff = sizeof(struct tcphdr) / 4,
			.fin = !!(flags & FIN),
			.syn = !!(flags & SYN),
			.rst = !!(flags & RST),
			.psh = !!(flags & PSH),
			.ack = !!(flags & ACK),
			.window = htons(window),
		},
	};
	size_t size = sizeof(segment.tcp) + data;
	uint32_t sum = sum_pseudo_header(actor->setup.family, size, IPPROTO_TCP);

	segment.tcp.check = sum_fold(sum_words(&segment, size, sum));
	return send_raw(actor, peer->raw, &segment, size);
}

static int parse_flags(const char *word)
{
	static const struct {
		const char *name;
		int flag;
	} names[] = {
		{ "FIN", FIN }, { "SYN", SYN }, { "RST", RST }, { "PSH", PSH }, { "ACK", ACK }
	};
	int flags = 0;

	while (*word) {
		size_t length = strcspn(word, ",");

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i].name) == length &&
			    !strncmp(names[i].name, word, length))
				flags |= names[i].flag;
		word += length + (word[length] == ',');
	}
	return flags;
}

/*
 * forge FLAGS [data=N] [ack=-N] [window=N]: sends a segment and advances the sequence number.
 * ack=-N does not acknowledge the last N received.
 */
static int step_forge(struct actor *actor, char **words, int n)
{
	struct peer *peer = actor->peer;
	int flags = parse_flags(words[0]), window = WINDOW, data = 0;
	uint32_t ack;
	int err;

	if (!peer)
		return actor_fail(actor, "the peer is not ready");
	if (!peer->other)
		peer->other = actor->setup.port + endpoint_find('r')->local;
	ack = peer->expects;
	for (int i = 1; i < n; i++) {
		if (!strncmp(words[i], "data=", 5))
			data = atoi(words[i] + 5);
		else if (!strncmp(words[i], "ack=", 4))
			ack += (uint32_t)atoi(words[i] + 4);
		else if (!strncmp(words[i], "window=", 7))
			window = atoi(words[i] + 7);
	}
	if (data < 0 || data > DATA_MAX)
		return -EINVAL;
	err = send_segment(actor, peer->next, ack, (unsigned)flags, (size_t)data, (uint16_t)window);
	if (!err)
		peer->next += (uint32_t)data + !!(flags & SYN) + !!(flags & FIN);
	return err;
}

/* Receives the next segment: its header and its length in sequence space. */
static int take_segment(const struct actor *actor, int timeout_ms, struct tcphdr *tcp,
			uint32_t *taken)
{
	struct pollfd ready = { .fd = actor->peer->raw, .events = POLLIN };
	unsigned char packet[SEGMENT_MAX];
	size_t header = 0;
	ssize_t size;

	if (poll(&ready, 1, timeout_ms) <= 0)
		return -EAGAIN;
	size = recv(actor->peer->raw, packet, sizeof(packet), 0);
	if (actor->setup.family == AF_INET && size > 0)
		header = (packet[0] & 15u) * 4;
	if (size < (ssize_t)(header + sizeof(*tcp)))
		return -EBADMSG;
	memcpy(tcp, packet + header, sizeof(*tcp));
	*taken = (uint32_t)((size_t)size - header - tcp->doff * 4u) + tcp->syn + tcp->fin;
	return 0;
}

static int flags_of(const struct tcphdr *tcp)
{
	return (tcp->fin ? FIN : 0) | (tcp->syn ? SYN : 0) | (tcp->rst ? RST : 0) |
	       (tcp->psh ? PSH : 0) | (tcp->ack ? ACK : 0);
}

/* Waits for a segment with the flags; processes other segments before it. */
static int wait_for_flags(struct actor *actor, int wanted, int timeout_ms)
{
	struct peer *peer = actor->peer;
	struct tcphdr tcp;
	uint32_t taken;
	int err;

	do {
		err = take_segment(actor, timeout_ms, &tcp, &taken);
		if (err)
			return err;
		peer->other = ntohs(tcp.source);
		peer->last = tcp;
		if (!tcp.rst)
			peer->expects = ntohl(tcp.seq) + taken;
	} while ((flags_of(&tcp) & wanted) != wanted);
	return 0;
}

/* expect FLAGS */
static int step_expect(struct actor *actor, char **words, int n)
{
	int err;

	if (!actor->peer)
		return actor_fail(actor, "the peer is not ready");
	err = wait_for_flags(actor, parse_flags(words[0]), PEER_PATIENCE_MS);
	return err == -EAGAIN ? actor_fail(actor, "no such segment received") : err;
}

/* hope FLAGS: as expect; a kernel that does not send it lacks the feature. */
static int step_hope(struct actor *actor, char **words, int n)
{
	int err;

	if (!actor->peer)
		return actor_fail(actor, "the peer is not ready");
	err = wait_for_flags(actor, parse_flags(words[0]), PEER_HOPE_MS);
	return err == -EAGAIN ? actor_unable(actor, "this kernel does not do that") : err;
}

struct unreachable_v4 {
	struct icmphdr icmp;
	struct iphdr ip;
	struct tcphdr tcp;
};

struct unreachable_v6 {
	struct icmp6hdr icmp;
	struct ipv6hdr ip;
	struct tcphdr tcp;
};

static int send_unreachable_v4(const struct actor *actor, int fd)
{
	const size_t size = sizeof(struct unreachable_v4);
	struct unreachable_v4 message = {
		.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH },
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.tot_len = htons(sizeof(struct iphdr) + sizeof(struct tcphdr)),
			.saddr = htonl(INADDR_LOOPBACK),
			.daddr = htonl(INADDR_LOOPBACK) },
		.tcp = actor->peer->last,
	};

	message.ip.check = sum_fold(sum_words(&message.ip, sizeof(message.ip), 0));
	message.icmp.checksum = sum_fold(sum_words(&message, size, 0));
	return send_raw(actor, fd, &message, size);
}

/* The kernel fills in the checksum of ICMPv6. */
static int send_unreachable_v6(const struct actor *actor, int fd)
{
	struct unreachable_v6 message = {
		.icmp = { .icmp6_type = ICMPV6_DEST_UNREACH, .icmp6_code = ICMPV6_ADDR_UNREACH },
		.ip = { .version = 6,
			.nexthdr = IPPROTO_TCP,
			.hop_limit = 64,
			.payload_len = htons(sizeof(struct tcphdr)),
			.saddr = IN6ADDR_LOOPBACK_INIT,
			.daddr = IN6ADDR_LOOPBACK_INIT },
		.tcp = actor->peer->last,
	};

	return send_raw(actor, fd, &message, sizeof(message));
}

/* unreachable: an ICMP error for the last received segment. */
static int step_unreachable(struct actor *actor, char **words, int n)
{
	bool v4 = actor->setup.family == AF_INET;
	int fd = socket(actor->setup.family, SOCK_RAW | SOCK_CLOEXEC,
			v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	int err;

	if (fd < 0)
		return -errno;
	err = v4 ? send_unreachable_v4(actor, fd) : send_unreachable_v6(actor, fd);
	(void)close(fd);
	return err;
}

const struct actor_verb actor_peer_verbs[] = {
	{ "ready", 0, step_ready },
	{ "expect", 1, step_expect },
	{ "hope", 1, step_hope },
	{ "forge", 1, step_forge },
	{ "unreachable", 0, step_unreachable },
	{ 0 },
};
