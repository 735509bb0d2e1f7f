# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Handshakes that fail, and what the network says against a connection."""

import os

import pytest

from expect import client, listener, server
from steps import (ACTIVE_CLIENT, ACTIVE_SERVER, OPENED_BY_CLIENT, OPENED_TO_SERVER, PASSIVE_CLIENT,
                   PASSIVE_SERVER)

NOWHERE = ("10.99.0.2", 81)


def test_refused(scenario, cast, host):
    scenario.trace()
    asking = cast("client")
    local = tuple(asking.open("c", host, 0))
    assert asking.connect("c", host, 81) == "ECONNREFUSED"
    asking.close("c")
    scenario.expect(client(local, (host, 81), """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect refused ECONNREFUSED rst=received
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
        SYN_SENT>CLOSED      client connect refused ECONNREFUSED rst=received
        CLOSED>SYN_SENT      client connect
        SYN_SENT>ESTABLISHED client connect
        ESTABLISHED>CLOSED   client connect aborted-linger rst=sent:TCP_STATE
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED   server accept|listener reset-by-peer ECONNRESET rst=received
        """))


# Which limit comes first: SYNs that the program allows, or the time.
PATIENCE = {
    "retries": (("TCP_SYNCNT", 1), "timed-out"),
    "time": (("TCP_USER_TIMEOUT", 500), "user-timeout"),
}


@pytest.mark.parametrize("limit", PATIENCE)
def test_timed_out(scenario, cast, space, limit):
    option, reason = PATIENCE[limit]
    space.blackhole(NOWHERE[0])
    if os.path.exists("/proc/sys/net/ipv4/tcp_syn_linear_timeouts"):
        space.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0)
    scenario.trace()
    asking = cast("client")
    asking.open("c", NOWHERE[0])
    asking.option("c", "IPPROTO_TCP", *option)
    local = tuple(asking.connect_start("c", *NOWHERE))
    assert asking.connect_end("c") == "ETIMEDOUT"
    asking.close("c")
    scenario.expect(client(local, NOWHERE, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect %s ETIMEDOUT retrans=1
        """ % reason, segs_retrans=1))


def test_unreachable(scenario, cast, space):
    """No host on the link answers for the address."""
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

REJECTIONS = {
    "host": ("icmp-host-unreachable", "127.0.0.1", "unreachable EHOSTUNREACH"),
    "network": ("icmp-net-unreachable", "127.0.0.1", "unreachable ENETUNREACH"),
    "port": ("icmp-port-unreachable", "127.0.0.1", "refused ECONNREFUSED"),
    "route6": ("icmp6-no-route", "::1", "unreachable ENETUNREACH"),
    "port6": ("icmp6-port-unreachable", "::1", "refused ECONNREFUSED"),
    "prohibited6": ("icmp6-adm-prohibited", "::1", "unreachable EACCES"),
}


@pytest.mark.parametrize("how", REJECTIONS)
def test_rejected(scenario, cast, drop_rule, how):
    """By ICMP, not by a RST. Where it comes while connect() still has the socket's lock the next
    SYN is the one that ends it, whatever poll() says before."""
    message, host, reason = REJECTIONS[how]
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT", "--reject-with",
              message, six=":" in host)
    tracer = scenario.trace()
    asking = cast("client")
    local = tuple(asking.connect_start("c", host, 81))
    assert asking.connect_end("c") == reason.split()[1]
    tracer.until_seen(old="SYN_SENT")
    asking.close("c")
    scenario.expect(client(local, (host, 81), """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect %s retrans=0..1
        """ % reason, segs_retrans=range(2)))


@pytest.mark.parametrize("notice", ["error", "queue"])
@pytest.mark.parametrize("how", ["host", "port", "port6", "prohibited6"])
def test_rejected_and_closed(scenario, cast, drop_rule, how, notice):
    """The ICMP error comes within connect(), and is no longer in the socket when it is closed:
    the program has read SO_ERROR, or the error queue too."""
    message, host, reason = REJECTIONS[how]
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT", "--reject-with",
              message, six=":" in host)
    scenario.trace()
    asking = cast("client")
    asking.open("c", host)
    asking.hear_icmp("c")
    local = tuple(asking.connect_start("c", host, 81))
    assert asking.connect_end("c") == reason.split()[1]
    if notice == "queue":
        assert asking.read_icmp("c") == reason.split()[1]
    asking.close("c")
    scenario.expect(client(local, (host, 81), """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect %s
        """ % reason))


@pytest.mark.parametrize("how", ["active", "passive", "linger"])
def test_rejected_for_a_while(scenario, cast, drop_rule, host, how):
    """An error of the network in the middle of a connection, which survives it. The program never
    reads it: it is pending when the connection ends in another way."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host))
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    asking.hear_icmp("c")
    six = ":" in host
    rule = ("INPUT", "-p", "tcp", "--dport", str(remote[1]), "-j", "REJECT", "--reject-with",
            "icmp6-addr-unreachable" if six else "icmp-host-unreachable")
    drop_rule("-A", *rule, six=six)
    asking.send("c", 1)
    asking.await_error("c")  # once no process has the lock: that of a retransmission
    drop_rule("-D", *rule, six=six)
    serving.recv("s", 1)
    ends = {"active": (asking, "c", serving, "s"), "passive": (serving, "s", asking, "c"),
            "linger": (asking, "c", serving, "s")}[how]
    if how == "linger":
        asking.linger("c", 0)
        asking.close("c")
        assert serving.recv_error("s") == "ECONNRESET"
        serving.close("s")
    else:
        ends[0].shutdown(ends[1])
        ends[2].eof(ends[3])
        ends[2].close(ends[3])
        ends[0].eof(ends[1])
        ends[0].close(ends[1])
    serving.close("l")
    steps = {
        "active": (ACTIVE_CLIENT, PASSIVE_SERVER),
        "passive": (PASSIVE_CLIENT, ACTIVE_SERVER),
        "linger": (OPENED_BY_CLIENT + "ESTABLISHED>CLOSED client connect aborted-linger "
                   "rst=sent:TCP_STATE\n", OPENED_TO_SERVER + "ESTABLISHED>CLOSED server "
                   "accept|use reset-by-peer ECONNRESET rst=received\n"),
    }[how]
    scenario.expect(listener(remote),
                    client(local, remote, steps[0], moved=(0, 1), segs_retrans=range(1, 9)),
                    server(remote, local, steps[1], moved=(1, 0)))


def closed(tracer, count):
    """The ends, once that number has been read."""
    def those(seen):
        return [each for each in seen if each["new"] == "CLOSED"]

    return those(tracer.until(lambda seen: len(those(seen)) >= count))


def test_given_up_after_rejected(scenario, cast, drop_rule, space):
    """One socket, two attempts: the first one's ICMP error still waits in the error queue."""
    space.blackhole(NOWHERE[0])
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT", "--reject-with",
              "icmp-port-unreachable")
    tracer = scenario.trace()
    asking = cast("client")
    asking.open("c", "127.0.0.1")
    asking.connect_start("c", "127.0.0.1", 81)
    assert asking.connect_end("c") == "ECONNREFUSED"
    asking.disconnect("c")
    asking.connect_start("c", *NOWHERE)
    asking.close("c")
    assert [(e["old"], e["raddr"], e["reason"], e["errno"]) for e in closed(tracer, 2)] == [
        ("SYN_SENT", "127.0.0.1", "refused", "ECONNREFUSED"),
        ("SYN_SENT", NOWHERE[0], "aborted", None)]


def test_no_port_left(scenario, cast, space, host):
    """All ports of the range are in use for the peer."""
    space.sysctl("net.ipv4.ip_local_port_range", "40000 40001")
    tracer = scenario.trace()
    serving, asking = cast("server"), cast("client")
    serving.listen("l", host, 80)
    ports = set(asking.crowd(2, host, 80))
    assert ports == {40000, 40001}
    assert asking.connect("c", host, 80) == "EADDRNOTAVAIL"
    assert asking.connect("c", host, 81) == "ECONNREFUSED"  # the ports are free for another peer
    assert asking.connect("c", host, 80) == "EADDRNOTAVAIL"  # with what an attempt leaves behind
    ends = closed(tracer, 3)
    assert [(e["old"], e["lport"] in (None, *ports), e["rport"], e["reason"], e["errno"])
            for e in ends] == [
        ("SYN_SENT", True, 80, "no-local-port", "EADDRNOTAVAIL"),
        ("SYN_SENT", True, 81, "refused", "ECONNREFUSED"),
        ("SYN_SENT", True, 80, "no-local-port", "EADDRNOTAVAIL")]


def test_port_taken(scenario, cast, host):
    """The bound port has a connection to that peer."""
    tracer = scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host, 80))
    for name in "c", "d":
        local = tuple(asking.open(name, host, 7777))
    assert asking.connect("c", *remote) is None
    assert asking.connect("d", *remote) == "EADDRNOTAVAIL"
    (end,) = closed(tracer, 1)
    assert (end["old"], end["laddr"], end["lport"], end["reason"], end["errno"]) == (
        "SYN_SENT", *local, "no-local-port", "EADDRNOTAVAIL")


def test_no_route(scenario, cast, space):
    """There is none from the beginning: nothing was ever sent, the socket stays what it was."""
    space.ip("route", "add", "unreachable", "10.99.0.0/24")
    tracer = scenario.trace()
    asking = cast("client")
    assert asking.connect("c", *NOWHERE) == "EHOSTUNREACH"
    asking.close("c")
    assert tracer.stop().transitions == []


def test_route_lost(scenario, cast, other_space, wire):
    """In the middle of a connection, with data on their way."""
    wire.lose(lambda packet: packet.size)
    scenario.space.sysctl("net.ipv4.tcp_retries2", 2)
    scenario.trace_everywhere(other_space)
    asking, serving = cast("client"), cast("server", other_space)
    remote = tuple(serving.listen("l", wire.addresses[1]))
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    asking.send("c", 1)
    scenario.space.ip("route", "del", wire.addresses[1])
    assert asking.recv_error("c") == "ENETUNREACH"
    asking.close("c")
    serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    scenario.expect(
        listener(remote, netns=other_space), server(remote, local, OPENED_TO_SERVER + """
            ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent:TCP_STATE
            """, netns=other_space), client(local, remote, OPENED_BY_CLIENT + """
            ESTABLISHED>CLOSED client connect unreachable ENETUNREACH
            """, segs_retrans=range(6)))


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
