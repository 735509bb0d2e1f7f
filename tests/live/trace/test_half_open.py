# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Handshakes from the server's side: half-open, late, kept in a cookie, opened fast, deferred.

Where the kernel does not report a half-open connection, the first retransmitted SYN-ACK shows it,
with the time of the first SYN-ACK; otherwise the first transition of its full socket does."""

import time

import pytest

from expect import client, listener, server
from steps import ACTIVE_CLIENT, ASKED, PASSIVE_SERVER, SERVED, end_server, talk
from wire import Wire

HALF_OPEN = "~LISTEN>SYN_RECV server listener\n"


def connect_deaf(asking, remote):
    """A client that hears nothing: half-open is what its connection stays."""
    asking.open("c", remote[0])
    asking.deafen("c")
    return tuple(asking.connect_start("c", *remote))


@pytest.fixture
def half_open(cast, space):
    space.sysctl("net.ipv4.tcp_syn_retries", 1)
    space.sysctl("net.ipv4.tcp_synack_retries", 1)

    def make(host):
        serving, asking = cast("server"), cast("client")
        remote = tuple(serving.listen("l", host))
        return serving, asking, connect_deaf(asking, remote), remote

    return make


def test_timed_out(scenario, half_open, host):
    """The SYN-ACK is not answered. A transition that is reported late has its own time."""
    tracer = scenario.trace()
    before = time.monotonic_ns()
    serving, asking, local, remote = half_open(host)
    after = time.monotonic_ns()
    birth = tracer.until_seen(new="SYN_RECV")
    assert before < birth["mono_ns"] < after
    assert asking.connect_end("c") == "ETIMEDOUT"
    asking.close("c")
    half = server(remote, local, HALF_OPEN + """
        ~SYN_RECV>CLOSED server listener timed-out| retrans=1..2|
        """, half_open=True)
    tracer.until(lambda seen: len(seen) >= 3 + len(half.lines(scenario.tier)))
    serving.close("l")
    scenario.expect(half, listener(remote), client(local, remote, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect timed-out ETIMEDOUT retrans=1..2
        """, segs_retrans=range(1, 3)))


@pytest.mark.parametrize("words", [["--failed"], ["--handshakes", "--failed"]], ids=" ".join)
def test_failed(scenario, half_open, tier, words):
    """A handshake that never completes has failed. A scan gives its end a late time."""
    tracer = scenario.trace(*words)
    serving, asking, local, remote = half_open("127.0.0.1")
    assert asking.connect_end("c") == "ETIMEDOUT"
    of_server = {"role": "server", "rport": local[1]}

    def ends():
        return [each for each in tracer.objects if each["type"] in ("transition", "handshake")
                and of_server.items() <= each.items() and each.get("new", "CLOSED") == "CLOSED"]

    tracer.until(lambda _: ends())
    (end,) = ends()
    if tier == "tracepoint":
        assert end["inferred"] and end["ts_exact"] is False
        assert end.get("outcome", "failed") == "failed" and end.get("reason") is None
    else:
        assert "ts_exact" not in end
        assert end.get("outcome", end.get("reason")) == "timed-out"


def test_late(scenario, half_open, space, host):
    """It completes after all: shown once, with the time it truly took."""
    tracer = scenario.trace()
    before = time.monotonic_ns()
    serving, asking, local, remote = half_open(host)
    for name in ("syn", "synack"):  # neither may end before
        space.sysctl("net.ipv4.tcp_%s_retries" % name, 6)
    tracer.until_seen(new="SYN_RECV")
    asking.hear("c")
    assert asking.connect_end("c") is None
    serving.accept("l", "s")
    after = time.monotonic_ns()
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    outcome = scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT.replace(
        "SYN_SENT>ESTABLISHED   client connect",
        "SYN_SENT>ESTABLISHED   client connect retrans=1..6"), moved=ASKED,
        segs_retrans=range(1, 7)), server(remote, local, PASSIVE_SERVER.replace(
            "SYN_RECV>ESTABLISHED   server listener",
            "SYN_RECV>ESTABLISHED   server listener retrans=1..12"), moved=SERVED,
            segs_retrans=range(1, 13)))
    (done,) = [each for each in outcome.transitions if each["old"] == "SYN_RECV"]
    assert 900_000 < done["duration_us"] < (after - before) / 1000


def by_reset(serving, asking, space, port):
    """The client aborts: the next SYN-ACK is answered by a RST."""
    asking.close("c")


def by_listener(serving, asking, space, port):
    serving.close("l")


def by_administrator(serving, asking, space, port):
    space.run("ss", "-K", "-t", "state", "syn-recv", "sport", "= :%d" % port)


ENDS = {"reset": (by_reset, "reset-by-peer| rst=received| retrans=1..3|"),
        "listener": (by_listener, "listener-closed| retrans=1..3|"),
        "destroyed": (by_administrator, "destroyed| by=ss| retrans=1..3|")}


@pytest.mark.parametrize("how", ENDS)
def test_ended(scenario, half_open, space, how):
    """Where the kernel does not report it, a scan finds the end, without a reason; nothing twice."""
    end, reason = ENDS[how]
    tracer = scenario.trace()
    serving, asking, local, remote = half_open("127.0.0.1")
    tracer.until_seen(new="SYN_RECV")
    end(serving, asking, space, remote[1])
    half = server(remote, local, HALF_OPEN + "~SYN_RECV>CLOSED server listener " + reason,
                  half_open=True)
    others = {"reset": 3, "listener": 3, "destroyed": 2}[how]
    tracer.until(lambda seen: len(seen) >= others + len(half.lines(scenario.tier)))
    if how != "reset":
        asking.close("c")
    if how != "listener":
        serving.close("l")
    scenario.expect(half, listener(remote), client(local, remote, """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect aborted retrans=0..2
        """, segs_retrans=range(3)))  # of the time until the scan


@pytest.mark.parametrize("which", ["server", "client"])
def test_filtered_by_owner(scenario, cast, which):
    """It is the listener's owner's."""
    cast("server").listen("l", "127.0.0.1")
    actors = dict(zip(("server", "client"), (cast.actors[0], cast("client"))))
    everything = scenario.trace()
    filtered = scenario.start_tracer("-p", str(actors[which].pid))
    connect_deaf(actors["client"], tuple(actors["server"].name_of("l")))
    birth = everything.until_seen(new="SYN_RECV")
    assert (birth["pid"], birth["owner"]) == (actors["server"].pid, "listener")
    actors["client"].close("c")
    everything.until_seen(old="SYN_SENT")
    seen = [(each["old"], each["new"]) for each in filtered.stop().transitions]
    assert seen == {"server": [("LISTEN", "SYN_RECV")],
                    "client": [("CLOSED", "SYN_SENT"), ("SYN_SENT", "CLOSED")]}[which]


@pytest.fixture
def slow_wire(space, other_space):
    made = Wire(space, other_space, delay=0.05)
    yield made
    made.remove()


def test_handshake_takes_time(scenario, cast, other_space, slow_wire):
    """50 ms each way: SYN_RECV begins when the SYN came and lasts a round trip."""
    scenario.trace_everywhere(other_space, words=("--laddr", "10.77.0.0/24")) # of the wire
    asking, serving = cast("client"), cast("server", other_space)
    remote = tuple(serving.listen("l", slow_wire.addresses[1]))
    before = time.monotonic_ns()
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    after = time.monotonic_ns()
    asking.shutdown("c")
    end_server(serving)
    asking.eof("c")
    asking.close("c")
    outcome = scenario.expect(
        listener(remote, netns=other_space), client(local, remote, ACTIVE_CLIENT),
        server(remote, local, PASSIVE_SERVER.replace("CLOSE_WAIT server accept|use",
                                                     "CLOSE_WAIT server accept|listener"),
               netns=other_space))
    steps = {(each["old"], each["new"]): each for each in scenario.ours(outcome.transitions)}
    for step in (("SYN_SENT", "ESTABLISHED"), ("SYN_RECV", "ESTABLISHED")):
        assert 100_000 <= steps[step]["duration_us"] <= (after - before) / 1000
    sent, came = steps["CLOSED", "SYN_SENT"], steps["LISTEN", "SYN_RECV"]
    assert before <= sent["mono_ns"] <= came["mono_ns"] - 50_000_000 <= after - 150_000_000
    for each in steps.values():
        if "srtt_us" in each:
            assert each["srtt_us"] >= 100_000


def test_cookie(scenario, cast, space, host):
    """The kernel stores nothing of the SYN, so its time is unknown."""
    space.sysctl("net.ipv4.tcp_syncookies", 2)
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, """
        ~LISTEN>SYN_RECV       server listener cookie|
        SYN_RECV>ESTABLISHED   server listener cookie|
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use
        LAST_ACK>CLOSED        server accept|use normal
        """, moved=SERVED, unmeasured=True))


FAST_OPEN = 0x207  # at both ends, and without a cookie


@pytest.fixture
def fast(scenario, cast, space):
    """A connection by a SYN with 100 bytes."""
    space.sysctl("net.ipv4.tcp_fastopen", FAST_OPEN)

    def make(host):
        serving, asking = cast("server"), cast("client")
        remote = tuple(serving.open("l", host, 0))
        serving.option("l", "IPPROTO_TCP", "TCP_FASTOPEN", 16)
        serving.start_listening("l")
        return serving, asking, remote

    return make


def test_fast_open(scenario, fast, host):
    """The full socket is made when the SYN comes. The data that came with it count."""
    scenario.trace()
    serving, asking, remote = fast(host)
    local = tuple(asking.connect_with_data("c", *remote, 100))
    serving.accept("l", "s")
    serving.recv("s", 100)
    serving.send("s", 30)
    asking.recv("c", 30)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT.replace(
        "SYN_SENT>ESTABLISHED   client connect", "SYN_SENT>ESTABLISHED   client connect fast_open"),
        moved=(30, 100)), server(remote, local, """
        LISTEN>SYN_RECV        server listener fast_open
        SYN_RECV>ESTABLISHED   server listener fast_open
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use
        LAST_ACK>CLOSED        server accept|use normal
        """, moved=(100, 30)))


def test_fast_open_unanswered(scenario, fast):
    """The server accepts, reads and closes before its SYN-ACK is answered. It is
    reported so late that the owner at the time of the SYN is unknown."""
    tracer = scenario.trace()
    serving, asking, remote = fast("127.0.0.1")
    asking.open("c", "127.0.0.1")
    asking.deafen("c")
    local = tuple(asking.connect_with_data("c", *remote, 100))
    serving.accept("l", "s")
    serving.recv("s", 100)
    serving.close("s")
    tracer.until_seen(old="SYN_RECV")
    asking.hear("c")
    tracer.until_seen(new="FIN_WAIT_2")
    asking.eof("c")
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, """
        CLOSED>SYN_SENT        client connect
        SYN_SENT>ESTABLISHED   client connect fast_open retrans=1..2
        ESTABLISHED>CLOSE_WAIT client connect
        CLOSE_WAIT>LAST_ACK    client connect
        LAST_ACK>CLOSED        client connect normal
        """, moved=(0, 100), segs_retrans=range(1, 3)), server(remote, local, """
        LISTEN>SYN_RECV       server|? listener|unknown fast_open
        SYN_RECV>FIN_WAIT_1    server accept|use fast_open
        FIN_WAIT_1>FIN_WAIT_2  server accept|use
        FIN_WAIT_2>TIME_WAIT|  server accept|use normal
        """, moved=(100, 0), segs_retrans=range(0, 4)))


def test_deferred_accept(scenario, cast, host):
    """The listener waits for data: SYN_RECV lasts until they come."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.open("l", host, 0))
    serving.option("l", "IPPROTO_TCP", "TCP_DEFER_ACCEPT", 10)
    serving.start_listening("l")
    before = time.monotonic_ns()
    assert asking.connect("c", *remote) is None
    after = time.monotonic_ns()
    local = tuple(asking.name_of("c"))
    time.sleep(0.2)
    waited = time.monotonic_ns()
    asking.send("c", 5)
    serving.accept("l", "s")
    serving.recv("s", 5)
    serving.send("s", 7)
    asking.recv("c", 7)
    asking.shutdown("c")
    end_server(serving)
    outcome = scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                              server(remote, local, PASSIVE_SERVER, moved=SERVED))
    birth, done = [each for each in outcome.transitions if "SYN_RECV" in (each["old"], each["new"])]
    assert before < birth["mono_ns"] < after
    assert done["mono_ns"] > waited
