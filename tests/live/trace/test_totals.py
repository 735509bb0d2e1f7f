# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The totals of the transition that ends the full socket: bytes of payload, for each end and way to
close, and retransmitted segments. Every test of the suite compares the totals of every end
(expect.py); here are the cases that could be off by one."""

import pytest

from expect import client, listener, server
from steps import (ACTIVE_CLIENT, ACTIVE_SERVER, ASKED, OPENED_BY_CLIENT, OPENED_TO_SERVER,
                   PASSIVE_CLIENT, PASSIVE_SERVER, SERVED, USED_AT_END_OF_FILE, end_server, talk)
from wire import ACK, FIN, SYN

MUCH = 5_000_000


@pytest.fixture
def connected(scenario, cast, host):
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    return serving, asking, local, remote


def end_client(asking):
    asking.eof("c")
    asking.close("c")


def test_nothing(scenario, connected):
    """SYN and FIN are no payload."""
    serving, asking, local, remote = connected
    asking.shutdown("c")
    end_server(serving)
    end_client(asking)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT),
                    server(remote, local, USED_AT_END_OF_FILE))


@pytest.mark.parametrize("first", ["client", "server"])
def test_much(scenario, connected, first):
    """Many segments both ways, whichever end closes first."""
    serving, asking, local, remote = connected
    serving.begin("recv", "s", MUCH)
    asking.send("c", MUCH)
    serving.answer("recv")
    asking.begin("recv", "c", 2 * MUCH)
    serving.send("s", 2 * MUCH)
    asking.answer("recv")
    if first == "client":
        asking.shutdown("c")
        end_server(serving)
        end_client(asking)
        steps = ACTIVE_CLIENT, PASSIVE_SERVER
    else:
        serving.shutdown("s")
        end_client(asking)
        end_server(serving)
        steps = PASSIVE_CLIENT, ACTIVE_SERVER
    scenario.expect(listener(remote),
                    client(local, remote, steps[0], moved=(2 * MUCH, MUCH), segs_retrans=range(9)),
                    server(remote, local, steps[1], moved=(MUCH, 2 * MUCH), segs_retrans=range(9)))


def test_used_again(scenario, connected):
    """Each connection of a socket has its own."""
    serving, asking, local, remote = connected
    talk(serving, asking)
    asking.disconnect("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    asking.rebind("c", *local)
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    asking.send("c", 3)
    serving.recv("s", 3)
    asking.shutdown("c")
    end_server(serving)
    end_client(asking)
    outcome = scenario.tracer.stop()
    ends = {(each["role"], each["new"], each["reason"]): (each["bytes_in"], each["bytes_out"])
            for each in outcome.transitions if "bytes_in" in each}
    assert ends == {("client", "CLOSED", "aborted"): ASKED,
                    ("server", "CLOSED", "reset-by-peer"): SERVED,
                    ("client", "TIME_WAIT", "normal"): (0, 3),
                    ("server", "CLOSED", "normal"): (3, 0)}


def test_unacknowledged(scenario, connected):
    """What the peer never acknowledged was not moved; neither was a FIN behind it."""
    serving, asking, local, remote = connected
    talk(serving, asking)
    serving.deafen("s")
    asking.send("c", 1000)
    asking.shutdown("c")
    asking.linger("c", 0)
    asking.close("c")
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>CLOSED      client connect aborted-linger rst=sent:TCP_STATE
        """, moved=ASKED, segs_retrans=range(3)), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED     server accept|use aborted-linger rst=sent:TCP_STATE
        """, moved=SERVED))


def test_older_than_the_trace(scenario, cast, host):
    """The kernel counted although the socket was not traced; its age is unknown."""
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    scenario.trace()
    asking.shutdown("c")
    end_server(serving)
    end_client(asking)
    scenario.expect(listener(remote, opened=False, closed="LISTEN>CLOSED server snapshot normal"),
                    client(local, remote, """
        ESTABLISHED>FIN_WAIT_1 client snapshot
        FIN_WAIT_1>FIN_WAIT_2  client snapshot
        ~FIN_WAIT_2>TIME_WAIT  client snapshot normal
        """, moved=ASKED, role=None), server(remote, local, """
        ESTABLISHED>CLOSE_WAIT server snapshot
        CLOSE_WAIT>LAST_ACK    server snapshot
        LAST_ACK>CLOSED        server snapshot normal
        """, moved=SERVED, role=None))


@pytest.fixture
def wired(scenario, cast, other_space, wire):
    """A client and a server's listener in two namespaces, not yet connected."""
    scenario.trace_everywhere(other_space)
    asking, serving = cast("client"), cast("server", other_space)
    return serving, asking, tuple(serving.listen("l", wire.addresses[1]))


def finish(scenario, wired, other_space, opened=("", ""), moved=ASKED, **counts):
    """talk(), the client closes first."""
    serving, asking, remote = wired
    local = tuple(asking.name_of("c"))
    asking.shutdown("c")
    end_server(serving)
    end_client(asking)
    scenario.expect(
        listener(remote, netns=other_space),
        client(local, remote, with_retrans(ACTIVE_CLIENT, "SYN_SENT>ESTABLISHED", opened[0]),
               moved=moved, segs_retrans=counts.get("asked", 0)),
        server(remote, local, with_retrans(PASSIVE_SERVER, "SYN_RECV>ESTABLISHED", opened[1]),
               moved=moved[::-1], segs_retrans=counts.get("served", 0), netns=other_space))


def with_retrans(steps, change, fact):
    return "\n".join(line + " " + fact if line.startswith(change) else line
                     for line in steps.splitlines())


def test_lost_segment(scenario, other_space, wire, wired):
    serving, asking, remote = wired
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    wire.lose_once(lambda packet: packet.end == 1 and packet.size)
    talk(serving, asking)
    finish(scenario, wired, other_space, asked=1)


def test_lost_syn(scenario, other_space, wire, wired):
    """The client's handshake took a retransmission, the server's none."""
    serving, asking, remote = wired
    wire.lose_once(lambda packet: packet.flags == SYN)
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    talk(serving, asking)
    finish(scenario, wired, other_space, opened=("retrans=1", ""), asked=1)


def test_lost_syn_ack(scenario, other_space, wire, wired):
    """Both ends' clocks run out about a second later."""
    serving, asking, remote = wired
    wire.lose_once(lambda packet: packet.flags == SYN | ACK)
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    talk(serving, asking)
    finish(scenario, wired, other_space, opened=("retrans=0..1", "retrans=1..2"), asked=range(2),
           served=range(1, 3))


def test_lost_ack_of_handshake(scenario, other_space, wire, wired):
    """The data behind it bring it too."""
    serving, asking, remote = wired
    wire.lose_once(lambda packet: packet.end == 1 and packet.flags == ACK)
    assert asking.connect("c", *remote) is None
    asking.send("c", 5)
    serving.accept("l", "s")
    serving.recv("s", 5)
    serving.send("s", 7)
    asking.recv("c", 7)
    finish(scenario, wired, other_space)


@pytest.mark.parametrize("sender", ["client", "server"])
def test_data_with_fin(scenario, other_space, wire, wired, sender):
    """One packet has both: the last of the payload and the end."""
    serving, asking, remote = wired
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    wire.hold()
    if sender == "client":
        one, name, other, end = asking, "c", serving, "s"
    else:
        one, name, other, end = serving, "s", asking, "c"
    one.option(name, "IPPROTO_TCP", "TCP_CORK", 1)
    one.send(name, 100)
    one.shutdown(name)
    (packet,) = wire.wait_held(FIN, 1)
    assert packet.size == 100
    wire.release()
    other.recv(end, 100)
    other.eof(end)
    other.close(end)
    one.eof(name)
    one.close(name)
    serving.close("l")
    steps = {"client": (ACTIVE_CLIENT, USED_AT_END_OF_FILE),
             "server": (PASSIVE_CLIENT, ACTIVE_SERVER)}
    moved = (0, 100) if sender == "client" else (100, 0)
    scenario.expect(listener(remote, netns=other_space),
                    client(local, remote, steps[sender][0], moved=moved),
                    server(remote, local, steps[sender][1], moved=moved[::-1], netns=other_space))
