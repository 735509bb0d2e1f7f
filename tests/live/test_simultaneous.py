# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Both ends open, or close, at the same time."""

import pytest

from expect import client
from wire import FIN, SYN, Wire


@pytest.fixture
def wire(space, other_space):
    made = Wire(space, other_space)
    yield made
    made.remove()


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
        CLOSING>CLOSED         client connect normal
        """))


STEPS = """
CLOSED>SYN_SENT        {0} connect
SYN_SENT>SYN_RECV      {0} connect
SYN_RECV>ESTABLISHED   {0} connect
ESTABLISHED>FIN_WAIT_1 {0} connect
FIN_WAIT_1>CLOSING     {0} connect
CLOSING>CLOSED         {0} connect normal
"""


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
