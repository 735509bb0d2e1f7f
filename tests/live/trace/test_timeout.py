# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Connections that die of silence, each by another of the kernel's clocks. The client is cut off
from a server that goes on existing."""

import pytest

from expect import client, listener, server
from steps import ASKED, OPENED_BY_CLIENT, OPENED_TO_SERVER, SERVED, talk

ABANDONED = OPENED_TO_SERVER + """
ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent:TCP_STATE
"""


@pytest.fixture
def talking(scenario, cast, host):
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    return serving, asking, local, remote


def abandon(serving):
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")


def test_keepalive(scenario, talking):
    """Nothing is to be sent; keepalive probes are not answered. The kernel resets the peer, which
    may still be there."""
    serving, asking, local, remote = talking
    serving.deafen("s")
    for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"):
        asking.option("c", "IPPROTO_TCP", option, 1)
    asking.option("c", "SOL_SOCKET", "SO_KEEPALIVE", 1)
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, ABANDONED, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect keepalive-timeout ETIMEDOUT rst=sent:TCP_KEEPALIVE_TIMEOUT
        """, moved=ASKED))


def test_user_timeout_of_keepalive(scenario, talking):
    """TCP_USER_TIMEOUT takes the place of the number of probes."""
    serving, asking, local, remote = talking
    serving.deafen("s")
    for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
        asking.option("c", "IPPROTO_TCP", option, 1)
    asking.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 1500)
    asking.option("c", "SOL_SOCKET", "SO_KEEPALIVE", 1)
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, ABANDONED, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect user-timeout ETIMEDOUT rst=sent:TCP_KEEPALIVE_TIMEOUT
        """, moved=ASKED))


def test_user_timeout(scenario, talking):
    """... and of the number of retransmissions."""
    serving, asking, local, remote = talking
    serving.deafen("s")
    asking.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 300)
    asking.send("c", 1)
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, ABANDONED, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect user-timeout ETIMEDOUT
        """, moved=ASKED, segs_retrans=range(1, 4)))


def test_retransmissions(scenario, space, talking):
    """Data are retransmitted again and again."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_retries2", 2)
    serving.deafen("s")
    asking.send("c", 1)
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, ABANDONED, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect timed-out ETIMEDOUT
        """, moved=ASKED, segs_retrans=range(2, 6)))


def test_probes(scenario, space, talking):
    """The peer's window is closed, and then it does not even answer probes."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_retries2", 2)
    asking.fill("c")
    serving.deafen("s")
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    taken = serving.pending("s")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-unread-data rst=sent:TCP_ABORT_ON_CLOSE
        """, moved=(5 + taken, 7)), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect probe-timeout ETIMEDOUT
        """, moved=(7, 5 + taken), segs_retrans=range(4)))


def test_orphan(scenario, space, talking):
    """Closed, and the FIN is not acknowledged: an orphan has fewer retransmissions."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_orphan_retries", 1)
    serving.deafen("s")
    asking.close("c")
    scenario.tracer.until_seen(old="FIN_WAIT_1")
    abandon(serving)
    scenario.expect(listener(remote), server(remote, local, ABANDONED, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>CLOSED      client connect timed-out ETIMEDOUT
        """, moved=ASKED, segs_retrans=range(1, 4)))


def test_orphan_of_server(scenario, space, talking):
    """In LAST_ACK: the client has had its end of file, and is not heard of any more."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_orphan_retries", 1)
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    asking.deafen("c")
    serving.close("s")
    scenario.tracer.until_seen(old="LAST_ACK")
    asking.linger("c", 0)
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use
        LAST_ACK>CLOSED        server accept|use timed-out ETIMEDOUT
        """, moved=SERVED, segs_retrans=range(1, 4)), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>FIN_WAIT_2  client connect
        FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent:TCP_STATE
        """, moved=ASKED))
