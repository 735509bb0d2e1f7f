# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--handshakes, and the handshake drops that every kernel reports: retransmitted SYN-ACKs.
Full queues need more than tracepoints: tests/kernel/handshake.sh."""

import re
import signal
import time

import pytest

import recording
import tracer as tracing

NOWHERE = ("10.99.0.2", 81)


@pytest.fixture
def watch(space):
    """Starts tcpstate in the namespace, waits until it is ready; ended by the fixture."""
    started = []

    def start(*words, command="trace"):
        started.append(tracing.Tracer(command, "--json", "--netns", space.name, *words))
        return started[-1].until_ready()

    yield start
    for each in started:
        each.discard()


def until(tracer, kind, count):
    tracer.until(lambda _: len(tracer.of_type(kind)) >= count)
    return tracer.of_type(kind)


@pytest.fixture
def half_open(cast):
    """A client that hears nothing; who serves, and both addresses."""

    def make(host):
        serving, asking = cast("server"), cast("client")
        remote = tuple(serving.listen("l", host, 0, 7))
        asking.open("c", host)
        asking.deafen("c")
        return serving, tuple(asking.connect_start("c", *remote)), remote

    return make


def without_clock(drops):
    return [{name: value for name, value in each.items() if name not in ("ts", "mono_ns")}
            for each in drops]


def test_synack_again(watch, half_open, host, space):
    tracer = watch()
    serving, local, remote = half_open(host)
    drops = until(tracer, "handshake-drop", 2)
    birth = tracer.until_seen(new="SYN_RECV")
    tracer.stop()
    assert [each["retrans"] for each in drops] == list(range(1, len(drops) + 1))
    for each in drops:
        assert each["v"] == 1
        assert each["why"] == "synack-retransmitted" and each["count"] == 1
        assert (each["laddr"], each["lport"]) == remote
        assert (each["raddr"], each["rport"]) == local
        assert each["family"] == ("ipv6" if ":" in host else "ipv4")
        assert (each["pid"], each["comm"], each["uid"]) == (serving.pid, "server", 0)
        assert each["owner"] == "listen" and each["netns"] == space.inode
        assert each["cgroup"].startswith("/")
        assert (each["queue"], each["limit"]) == (1, 7)
        assert "at" not in each
    # the connection's own id, not its listener's
    assert {each["id"] for each in drops} == {birth["id"]}
    assert birth["id"] != tracer.transitions[0]["id"]


def test_those_held_back_at_the_end(watch, cast, space):
    """Of many at once one is reported, and the others are added up: also where the trace ends
    before its next round."""
    tracer = watch()
    serving, asking = cast("server"), cast("client")
    remote = serving.listen("l", "127.0.0.1", 0, 100)
    tracer.process.send_signal(signal.SIGSTOP)
    for i in range(30):
        asking.open("x%d" % i, "127.0.0.1")
        asking.deafen("x%d" % i)
        asking.connect_start("x%d" % i, *remote)
    deadline = time.monotonic() + tracing.TIMEOUT
    while again(space) < 30:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    tracer.process.send_signal(signal.SIGINT)
    tracer.process.send_signal(signal.SIGCONT)
    drops = tracer.finish().of_type("handshake-drop")
    assert len(drops) < 30 <= sum(each["count"] for each in drops), drops


def again(space):
    """How many half-open connections have had a second SYN-ACK."""
    lines = space.run("ss", "-Htno", "state", "syn-recv").splitlines()
    return len([line for line in lines if re.search(r"timer:\(on,[^,]*,[1-9]", line)])


def test_mapped(watch, cast):
    """IPv4 to an IPv6 listener is IPv4."""
    tracer = watch()
    serving, asking = cast("server"), cast("client")
    port = serving.listen("l", "::")[1]
    asking.open("c", "127.0.0.1")
    asking.deafen("c")
    asking.connect_start("c", "127.0.0.1", port)
    drop = until(tracer, "handshake-drop", 1)[0]
    assert (drop["family"], drop["laddr"], drop["raddr"]) == ("ipv4", "127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("words", [
    ("-c", "server"), ("-4",), ("--laddr", "127.0.0.0/8"), ("--raddr", "127.0.0.1"), ("-u", "0"),
    ("--handshakes",)], ids=" ".join)
def test_filter_passes(watch, half_open, words):
    tracer = watch(*words)
    half_open("127.0.0.1")
    until(tracer, "handshake-drop", 1)


def test_filter_holds_back(watch, half_open, tmp_path):
    """What is filtered has not come when the same without a filter has come twice; and the
    replay of that agrees."""
    filters = (["-c", "client"], ["-6"], ["--raddr", "127.0.0.2"], ["-L", "1"], ["-R", "1"],
               ["-s", "ESTABLISHED"], ["--failed"])
    filtered = [watch(*words) for words in filters]
    recorder = recording.start(tmp_path / "file")
    everything = watch()
    half_open("127.0.0.1")
    until(everything, "handshake-drop", 2)
    wanted = everything.stop().of_type("handshake-drop")
    for tracer in filtered:
        assert not tracer.stop().of_type("handshake-drop")
    recording.stop(recorder)
    replayed = recording.replay(tmp_path / "file").of_type("handshake-drop")
    assert without_clock(replayed)[:len(wanted)] == without_clock(wanted)
    for words in filters:
        assert not recording.replay(tmp_path / "file", *words).of_type("handshake-drop")


def test_text(half_open, space):
    """A line that cannot be taken for a transition."""
    tracer = tracing.Tracer("trace", "--netns", space.name)
    tracer.take = lambda lines: None  # no JSON
    tracer.until(lambda _: b"TIME" in tracer.output or b"tracing" in tracer.stderr().encode())
    serving, local, remote = half_open("127.0.0.1")
    tracer.until(lambda _: tracer.output.count(b"! SYN-ACK retransmitted") >= 1)
    lines = tracer.stop(signal.SIGINT).output.decode().splitlines()
    (first, *_) = [line for line in lines if "!" in line]
    assert "%d " % serving.pid in first and " server " in first
    assert " %s:%d " % remote in first and " %s:%d " % local in first
    assert first.endswith(" - synack-retransmitted, 1 time")


def one_each(tracer, count):
    """The handshakes, by role."""
    shakes = until(tracer, "handshake", count)
    tracer.stop()
    assert len(tracer.of_type("handshake")) == count and not tracer.transitions
    return {each["role"]: each for each in shakes}


def test_established(watch, cast, host):
    """One line each, with the time from SYN to ESTABLISHED; what comes later is not shown."""
    plain, tracer = watch(), watch("--handshakes")
    begun = time.monotonic()
    serving, asking, local, remote, _ = cast.connection(host)
    took_us = (time.monotonic() - begun) * 1e6
    asking.close("c")
    serving.eof("s")
    serving.close("s")
    plain.until_seen(new="CLOSED", role="server")
    seen = {each["role"]: each for each in plain.transitions if each["new"] == "ESTABLISHED"}
    shakes = one_each(tracer, 2)
    for role, near, far, who in (("client", local, remote, asking),
                                 ("server", remote, local, serving)):
        each = shakes[role]
        assert each["outcome"] == "established" and each["retrans"] == 0
        assert (each["laddr"], each["lport"], each["raddr"], each["rport"]) == (*near, *far)
        assert each["pid"] == who.pid and each["id"] == seen[role]["id"]
        assert 0 < each["duration_us"] < took_us
        # two tracers read the clock twice, and a busy machine may stop in between
        assert abs(each["duration_us"] - seen[role]["duration_us"]) < took_us / 2


def test_refused(watch, cast, host):
    tracer = watch("--handshakes")
    asking = cast("client")
    assert asking.connect("c", host, 81) == "ECONNREFUSED"
    each = one_each(tracer, 1)["client"]
    assert (each["outcome"], each["errno"], each["comm"]) == ("refused", "ECONNREFUSED", "client")
    assert (each["raddr"], each["rport"]) == (host, 81)
    assert each["duration_us"] > 0


def test_timed_out(watch, cast, space):
    space.blackhole(NOWHERE[0])
    tracer = watch("--handshakes", "--failed")
    asking = cast("client")
    asking.open("c", NOWHERE[0])
    asking.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 1500)
    asking.connect_start("c", *NOWHERE)
    assert asking.connect_end("c") == "ETIMEDOUT"
    each = one_each(tracer, 1)["client"]
    assert (each["outcome"], each["errno"], each["retrans"]) == ("user-timeout", "ETIMEDOUT", 1)
    assert each["duration_us"] > 1_400_000


def test_simultaneous(watch, cast, host):
    """Through SYN_RECV on the client's side: still one, and the whole time."""
    plain, tracer = watch(), watch("--handshakes")
    asking = cast("client")
    address = tuple(asking.open("c", host, 0))
    begun = time.monotonic()
    assert asking.connect("c", *address) is None
    took_us = (time.monotonic() - begun) * 1e6
    plain.until_seen(new="ESTABLISHED")
    parts = [each["duration_us"] for each in plain.transitions
             if each["old"] in ("SYN_SENT", "SYN_RECV")]
    each = one_each(tracer, 1)["client"]
    assert each["outcome"] == "established" and len(parts) == 2
    assert parts[1] < each["duration_us"] < took_us
    assert abs(each["duration_us"] - sum(parts)) < took_us / 2


def test_states(watch, cast, host):
    """--state chooses among handshakes, too."""
    tracer = watch("--handshakes", "-s", ">CLOSED")
    serving, asking, *_ = cast.connection(host)
    assert asking.connect("d", host, 81) == "ECONNREFUSED"
    assert one_each(tracer, 1)["client"]["outcome"] == "refused"
