# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Both ends open, or close, at the same time."""

import pytest

from expect import client
from wire import FIN, SYN


def test_self_connect(scenario, cast, host):
    """A socket that connects to itself: one socket is both ends, whose SYNs and FINs cross."""
    scenario.trace()
    asking = cast("client")
    address = tuple(asking.open("c", host, 0))
    assert asking.connect("c", *address) is None
    asking.send("c", 3)
    asking.recv("c", 3)
    asking.close("c")
    scenario.expect(client(address, address, """
        CLOSED>SYN_SENT        client connect
        SYN_SENT>SYN_RECV      client connect
        SYN_RECV>ESTABLISHED   client connect
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>CLOSING     client connect
        ~CLOSING>TIME_WAIT     client connect normal
        """, moved=(3, 3)))


STEPS = """
CLOSED>SYN_SENT        {0} connect
SYN_SENT>SYN_RECV      {0} connect
SYN_RECV>ESTABLISHED   {0} connect
ESTABLISHED>FIN_WAIT_1 {0} connect
FIN_WAIT_1>CLOSING     {0} connect
~CLOSING>TIME_WAIT     {0} connect normal
"""


@pytest.fixture
def crossed(scenario, cast, other_space, wire):
    """Both SYNs were on the wire before either arrived; both SYN-ACKs are held."""
    tracer = scenario.trace_everywhere(other_space)
    left, right = cast("left"), cast("right", other_space)
    one, two = [(address, 7000) for address in wire.addresses]
    left.open("c", *one)
    right.open("c", *two)
    wire.hold()
    left.connect_start("c", *two)
    right.connect_start("c", *one)
    wire.wait_held(SYN)
    wire.hold_again()
    for netns in (scenario.space, other_space):
        tracer.until_seen(new="SYN_RECV", netns=netns.inode)
    wire.wait_held(SYN)
    return left, right, one, two


def test_never_answered(scenario, crossed, other_space, wire):
    """The SYN-ACKs get lost, again and again."""
    left, right, one, two = crossed
    for space in (scenario.space, other_space):
        space.sysctl("net.ipv4.tcp_syn_retries", 1)
    wire.lose(lambda packet: True)
    for each in (left, right):
        assert each.connect_end("c") == "ETIMEDOUT"
        each.close("c")
    steps = """
        CLOSED>SYN_SENT   {0} connect
        SYN_SENT>SYN_RECV {0} connect
        SYN_RECV>CLOSED   {0} connect timed-out ETIMEDOUT retrans=1..4
        """
    scenario.expect(client(one, two, steps.format("left"), segs_retrans=range(1, 5)),
                    client(two, one, steps.format("right"), segs_retrans=range(1, 5),
                           netns=other_space))


def test_closed_at_once(scenario, crossed, other_space, wire):
    """One closes while its SYN-ACK is on the way."""
    left, right, one, two = crossed
    left.close("c")
    wire.release()
    assert right.connect_end("c") is None
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    right.eof("c")
    right.close("c")
    scenario.expect(client(one, two, """
        CLOSED>SYN_SENT       left connect
        SYN_SENT>SYN_RECV     left connect
        SYN_RECV>FIN_WAIT_1   left connect
        FIN_WAIT_1>FIN_WAIT_2 left connect
        FIN_WAIT_2>TIME_WAIT| left connect normal
        """), client(two, one, """
        CLOSED>SYN_SENT        right connect
        SYN_SENT>SYN_RECV      right connect
        SYN_RECV>ESTABLISHED   right connect
        ESTABLISHED>CLOSE_WAIT right connect
        CLOSE_WAIT>LAST_ACK    right connect
        LAST_ACK>CLOSED        right connect normal
        """, netns=other_space))


def test_two_ends(scenario, cast, other_space, wire):
    """Two hosts: both SYNs are on the wire before either arrives, and later both FINs."""
    tracer = scenario.trace_everywhere(other_space)
    left, right = cast("left"), cast("right", other_space)
    one, two = [(address, 7000) for address in wire.addresses]
    left.open("c", *one)
    right.open("c", *two)
    wire.hold()
    left.connect_start("c", *two)
    right.connect_start("c", *one)
    wire.wait_held(SYN)
    wire.release()
    for each, netns in ((left, scenario.space), (right, other_space)):
        assert each.connect_end("c") is None
        tracer.until_seen(new="ESTABLISHED", netns=netns.inode)
    wire.hold()
    left.shutdown("c")
    right.shutdown("c")
    wire.wait_held(FIN)
    wire.release()
    scenario.expect(client(one, two, STEPS.format("left")),
                    client(two, one, STEPS.format("right"), netns=other_space))
