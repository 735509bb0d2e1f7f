# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How a socket leaves FIN_WAIT_2 and CLOSING: to TIME_WAIT, to nowhere, or, as an
orphan, to a timewait socket of which only the tier "fentry" sees more."""

import pytest

from expect import client, listener, server
from steps import (ACTIVE_CLIENT, ASKED, OPENED_BY_CLIENT, OPENED_TO_SERVER, PASSIVE_SERVER,
                   SERVED, end_server, talk)
from wire import ACK

CLOSED_BY_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>FIN_WAIT_1 client connect
FIN_WAIT_1>FIN_WAIT_2  client connect
"""
ABANDONED_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>CLOSE_WAIT server accept|use
CLOSE_WAIT>CLOSED      server accept|use aborted-linger rst=sent:TCP_STATE
"""


@pytest.fixture
def talking(scenario, cast, host):
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    return serving, asking, local, remote


@pytest.fixture
def wired(scenario, cast, other_space, wire):
    """The same between two namespaces."""
    scenario.trace_everywhere(other_space)
    asking, serving = cast("client"), cast("server", other_space)
    remote = tuple(serving.listen("l", wire.addresses[1]))
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    talk(serving, asking)
    return serving, asking, local, remote


def test_no_room(scenario, space, talking):
    """tcp_max_tw_buckets."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_max_tw_buckets", 0)
    asking.shutdown("c")
    end_server(serving)
    asking.eof("c")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED|~FIN_WAIT_2>TIME_WAIT client connect time-wait-overflow|normal
        """, moved=ASKED))


def test_no_room_for_an_orphan(scenario, space, talking):
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_max_tw_buckets", 0)
    asking.close("c")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use aborted-linger rst=sent:TCP_STATE
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED|     client connect time-wait-overflow
        """, moved=ASKED))


def test_orphan_that_stays_whole(scenario, space, talking):
    """Where tcp_fin_timeout is more than TIME_WAIT's minute an orphan keeps its full socket."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_fin_timeout", 120)
    asking.close("c")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    end_server(serving)
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, ACTIVE_CLIENT, moved=ASKED))


def test_late_data(scenario, space, talking):
    """Data for an orphan: no process will read them, the kernel resets the peer. The socket has
    the same error as after a received RST; only a hook on the packet shows the difference."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_fin_timeout", 120)
    asking.close("c")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    serving.send("s", 1)
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED client connect aborted-late-data|- ECONNRESET rst=sent:TCP_ABORT_ON_DATA|
        """, moved=ASKED))


def test_reset_orphan(scenario, space, talking):
    """A RST for an orphan."""
    serving, asking, local, remote = talking
    space.sysctl("net.ipv4.tcp_fin_timeout", 120)
    asking.close("c")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use aborted-linger rst=sent:TCP_STATE
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect reset-by-peer|- ECONNRESET rst=received|
        """, moved=ASKED))


def test_no_time_for_an_orphan(scenario, talking):
    """TCP_LINGER2 -1: an orphan does not stay in FIN_WAIT_2 at all."""
    serving, asking, local, remote = talking
    asking.option("c", "IPPROTO_TCP", "TCP_LINGER2", -1)
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    asking.close("c")
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect aborted rst=sent:TCP_ABORT_ON_LINGER
        """, moved=ASKED))


def test_no_time_for_a_coming_orphan(scenario, talking):
    """The same, the FIN not yet acknowledged when it becomes one."""
    serving, asking, local, remote = talking
    asking.option("c", "IPPROTO_TCP", "TCP_LINGER2", -1)
    asking.close("c")
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect aborted rst=sent:TCP_ABORT_ON_DATA
        """, moved=ASKED))


def test_destroyed_in_fin_wait_2(scenario, talking, space):
    serving, asking, local, remote = talking
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    space.run("ss", "-K", "-t", "sport", "= :%d" % local[1])
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect destroyed ECONNABORTED rst=sent:TCP_STATE by=ss
        """, moved=ASKED))


@pytest.mark.parametrize("what", ["timewait", "orphan"])
def test_destroyed_after(scenario, cast, space, talking, what):
    """`ss -K` of a socket in TIME_WAIT, or of an orphan in FIN_WAIT_2."""
    serving, asking, local, remote = talking
    if what == "orphan":
        asking.close("c")
        scenario.tracer.until_seen(new="FIN_WAIT_2")
        end = "FIN_WAIT_2>CLOSED| client connect destroyed by=ss"
    else:
        asking.shutdown("c")
        serving.eof("s")
        serving.close("s")
        scenario.tracer.until_seen(new="TIME_WAIT")
        asking.close("c")
        end = """
        ~FIN_WAIT_2>TIME_WAIT  client connect normal
        TIME_WAIT>CLOSED|      client connect destroyed by=ss"""
    space.run("ss", "-K", "-t", "-a", "sport", "= :%d" % local[1])
    if what == "orphan":
        serving.linger("s", 0)
        serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, CLOSED_BY_CLIENT + end, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER if what == "timewait" else
                           ABANDONED_SERVER, moved=SERVED))


def is_bare_ack_for_client(packet):
    return packet.end == 0 and packet.flags == ACK


def test_fin_with_the_ack(scenario, other_space, wire, wired):
    """The peer closes before it has acknowledged: one packet does both, and the client's full
    socket goes the whole way, though it is an orphan."""
    serving, asking, local, remote = wired
    wire.lose(is_bare_ack_for_client)
    asking.close("c")
    end_server(serving)
    scenario.expect(listener(remote, netns=other_space),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED, netns=other_space),
                    client(local, remote, ACTIVE_CLIENT, moved=ASKED))


def test_data_with_the_ack(scenario, other_space, wire, wired):
    """Data for an orphan in FIN_WAIT_1, in the packet that acknowledges its FIN."""
    serving, asking, local, remote = wired
    wire.lose(is_bare_ack_for_client)
    asking.close("c")
    serving.eof("s")
    serving.send("s", 1)
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    ended = """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """
    scenario.expect(listener(remote, netns=other_space),
                    server(remote, local, OPENED_TO_SERVER + ended, moved=SERVED,
                           netns=other_space), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED|     client connect aborted-late-data rst=sent:TCP_ABORT_ON_DATA
        """, moved=ASKED))
