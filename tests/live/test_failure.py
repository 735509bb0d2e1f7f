# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Handshakes that fail, and connections that die of silence."""

import pytest

from expect import client, listener, server
from test_close import OPENED_BY_CLIENT, OPENED_TO_SERVER, talk

NOWHERE = ("10.99.0.2", 81)


def test_refused(scenario, cast, host):
    scenario.trace()
    asking = cast("client")
    local = tuple(asking.open("c", host, 0))
    assert asking.connect("c", host, 81) == "ECONNREFUSED"
    asking.close("c")
    scenario.expect(client(local, (host, 81), """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect refused ECONNREFUSED
        """))


def test_refused_then_connected(scenario, cast, host):
    """One socket, two attempts: it keeps its id, and what it knows of its CLOSED state."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.open("l", host, 0))
    local = tuple(asking.open("c", host, 7777))
    assert asking.connect("c", *remote) == "ECONNREFUSED"
    serving.close("l")
    serving.listen("l", *remote)
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    asking.linger("c", 0)
    asking.close("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, """
        CLOSED>SYN_SENT      client connect
        SYN_SENT>CLOSED      client connect refused ECONNREFUSED
        CLOSED>SYN_SENT      client connect
        SYN_SENT>ESTABLISHED client connect
        ESTABLISHED>CLOSED   client connect aborted-linger
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED   server accept|listener reset-by-peer ECONNRESET
        """))


def test_timed_out(scenario, cast, space):
    space.blackhole(NOWHERE[0])
    space.sysctl("net.ipv4.tcp_syn_retries", 1)
    scenario.trace()
    asking = cast("client")
    asking.open("c", NOWHERE[0])
    asking.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 500)
    local = tuple(asking.connect_start("c", *NOWHERE))
    assert asking.connect_end("c") == "ETIMEDOUT"
    asking.close("c")
    scenario.expect(client(local, NOWHERE, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect timed-out ETIMEDOUT
        """))


def test_unreachable(scenario, cast, space):
    """Nobody on the link answers for the address."""
    space.ip("link", "add", "near", "type", "veth", "peer", "name", "far")
    space.ip("address", "add", "10.99.0.1/24", "dev", "near")
    for link in ("near", "far"):
        space.ip("link", "set", link, "up")
    for key, value in (("mcast_solicit", 1), ("retrans_time_ms", 100)):
        space.sysctl("net.ipv4.neigh.near." + key, value)
    scenario.trace()
    asking = cast("client")
    local = tuple(asking.connect_start("c", *NOWHERE))
    assert asking.connect_end("c") == "EHOSTUNREACH"
    asking.close("c")
    scenario.expect(client(local, NOWHERE, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect unreachable EHOSTUNREACH
        """))


@pytest.mark.parametrize("how", ["close", "disconnect", "shutdown"])
def test_given_up(scenario, cast, space, how):
    """The client loses patience while its SYN hangs."""
    space.blackhole(NOWHERE[0])
    tracer = scenario.trace()
    asking = cast("client")
    local = tuple(asking.connect_start("c", *NOWHERE))
    tracer.until_seen(new="SYN_SENT")
    getattr(asking, how)("c")
    scenario.expect(client(local, NOWHERE, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect aborted
        """))


def test_silence(scenario, cast, drop_rule):
    """The peer's packets stop coming: TCP_USER_TIMEOUT ends it at the one that has data out."""
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection("127.0.0.1")
    talk(serving, asking)
    drop_rule("-A", "OUTPUT", "-p", "tcp", "-j", "DROP")
    asking.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 300)
    asking.send("c", 1)
    assert asking.recv_error("c") == "ETIMEDOUT"
    asking.close("c")
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect timed-out ETIMEDOUT
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-linger
        """))
