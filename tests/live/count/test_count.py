# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Counters: exact, whatever the reader of the events does."""

import signal
import time

import pytest

from counts import all_transitions, by_ss, next_state_counts, until_ss
import recording
import tracer as tracing

# Where the kernel does not report these transitions, a scan counts them now and then; null between.
LOOKED_UP = ("TIME_WAIT", "SYN_RECV", "FIN_WAIT_2")
PORT = 7 # echo
A_CONNECTION = ["CLOSED>SYN_SENT", "SYN_SENT>ESTABLISHED", "LISTEN>SYN_RECV",
                "SYN_RECV>ESTABLISHED", "ESTABLISHED>FIN_WAIT_1", "FIN_WAIT_1>FIN_WAIT_2",
                "FIN_WAIT_2>TIME_WAIT", "ESTABLISHED>CLOSE_WAIT", "CLOSE_WAIT>LAST_ACK",
                "LAST_ACK>CLOSED"]


def open_many(cast, space):
    """Sockets in every state that lasts."""
    space.blackhole("10.99.0.2")
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    alpha.listen("m", "::1")
    for i in range(3):
        connect(alpha, "l", "127.0.0.1", "e%d" % i)
    for i in range(2):
        connect(alpha, "m", "::1", "h%d" % i)
        alpha.shutdown("h%d-c" % i)
        alpha.eof("h%d-s" % i)
    for i in range(4):
        connect(alpha, "l", "127.0.0.1", "t%d" % i)
        alpha.shutdown("t%d-c" % i)
        alpha.eof("t%d-s" % i)
        alpha.close("t%d-s" % i)
        alpha.eof("t%d-c" % i)
        alpha.close("t%d-c" % i)
    for i in range(5):
        connect(alpha, "l", "127.0.0.1", "o%d" % i)
        alpha.close("o%d-c" % i)
    for i in range(6):
        alpha.open("r%d" % i, "127.0.0.1")
        alpha.deafen("r%d" % i)
        alpha.connect_start("r%d" % i, *alpha.name_of("l"))
    alpha.connect_start("hanging", "10.99.0.2", 81)
    return alpha


def connect(each, listener, host, name):
    assert each.connect(name + "-c", host, each.name_of(listener)[1]) is None
    each.accept(listener, name + "-s")


@pytest.mark.parametrize("words", [[], ["-L", "1-65535"]], ids=["all", "filtered"])
@pytest.mark.parametrize("when", ["before", "during"])
def test_sockets(cast, space, counter, when, words):
    """The state counts are those of ss, for sockets older than the count and made during it. With
    a filter by address the kernel side counts sockets; without it only transitions."""
    if when == "before":
        open_many(cast, space)
    count = counter("0.5", *words)
    if when == "during":
        open_many(cast, space)
    wanted = {"LISTEN": 2, "ESTABLISHED": 6, "CLOSE_WAIT": 2 + 5, "FIN_WAIT_2": 2 + 5,
              "TIME_WAIT": 4, "SYN_SENT": 6 + 1, "SYN_RECV": 6}
    until_ss(space, wanted)
    assert next_state_counts(count) == wanted


@pytest.mark.parametrize("interval, lines", [("1", 3), ("0.01", 30)])
def test_end(cast, space, interval, lines):
    """INTERVAL and N: N lines, then the end. States that are not scanned each time are null."""
    open_many(cast, space)
    outcome = tracing.run("count", interval, "%d" % lines, "--json", "--netns", space.name)
    assert outcome.status == 0
    assert len(outcome.of_type("count")) == lines
    wanted = by_ss(space)
    for each in outcome.of_type("count"):
        for state, count in each["sockets"].items():
            assert count in (wanted[state], None) if state in LOOKED_UP else count == wanted[state]


def test_all_namespaces(cast, other_space):
    """Without --netns the state counts cover every namespace. The port is one that no other process
    listens on: others of the machine come and go meanwhile."""
    words = ("count", "0.2", "1", "--json", "-L", "%d" % PORT)
    assert tracing.run(*words).of_type("count")[-1]["sockets"]["LISTEN"] == 0
    here, there = cast("here"), cast("there", other_space)
    here.listen("l", "127.0.0.1", PORT)
    there.listen("l", "127.0.0.1", PORT)
    assert tracing.run(*words).of_type("count")[-1]["sockets"]["LISTEN"] == 2


def test_transitions(cast, counter):
    """Summed over the lines they are exactly what was done."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    count = counter("0.2")
    alpha.churn("l", "127.0.0.1", 400)
    assert all_transitions(count) == {name: 400 for name in A_CONNECTION}


def test_stopped_reader(scenario, cast, counter):
    """The reader stands still while far more happens than its buffer holds: what it shows and
    what it says it lost make up exactly what was; the counters miss nothing."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    count = counter("0.2")
    tracer = scenario.trace("--buffer", "64K")
    tracer.process.send_signal(signal.SIGSTOP)
    alpha.churn("l", "127.0.0.1", 2000)
    tracer.process.send_signal(signal.SIGCONT)
    alpha.churn("l", "127.0.0.1", 10)
    outcome = tracer.stop()
    lost = sum(each["count"] for each in outcome.of_type("lost"))
    assert lost > 0
    assert len(outcome.transitions) + lost == 20100
    assert all_transitions(count) == {name: 2010 for name in A_CONNECTION}
    assert outcome.status == 0
    assert str(lost) in outcome.stderr, "the summary reports it too"


def test_stopped_until_the_end(scenario, cast):
    """The reader has to end while more waits than it takes at once: what was lost after that is
    reported, too."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    tracer = scenario.trace("--buffer", "8M")
    tracer.process.send_signal(signal.SIGSTOP)
    alpha.churn("l", "127.0.0.1", 6500)
    tracer.process.send_signal(signal.SIGINT)
    tracer.process.send_signal(signal.SIGCONT)
    outcome = tracer.finish()
    lost = sum(each["count"] for each in outcome.of_type("lost"))
    assert lost > 0 and len(outcome.transitions) > 2 * 16384, len(outcome.transitions)
    assert len(outcome.transitions) + lost == 65000


def test_stopped_recorder(cast, space, tmp_path):
    """A recording that lost events says so in its exit status, and in the file."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    recorder = recording.start(tmp_path / "file", "--netns", space.name, "--buffer", "64K")
    recorder.send_signal(signal.SIGSTOP)
    alpha.churn("l", "127.0.0.1", 2000)
    recorder.send_signal(signal.SIGCONT)
    alpha.churn("l", "127.0.0.1", 10)
    recorder.send_signal(signal.SIGINT)
    recorder.communicate(timeout=tracing.TIMEOUT)
    assert recorder.returncode == 4
    replayed = recording.replay(tmp_path / "file")
    lost = sum(each["count"] for each in replayed.of_type("lost"))
    assert lost > 0 and len(replayed.transitions) + lost == 20100


def test_family_of_children(cast, counter):
    """A dual-stack listener is IPv6, its IPv4 children are not: nothing leaves what it never
    entered."""
    alpha = cast("alpha")
    alpha.listen("l", "::")
    count = counter("0.3", "-6")
    port = alpha.name_of("l")[1]
    for i in range(3):
        assert alpha.connect("c%d" % i, "127.0.0.1", port) is None
        alpha.accept("l", "s%d" % i)
    assert next_state_counts(count) == {"LISTEN": 1}
    for i in range(3):
        alpha.close("c%d" % i)
        alpha.eof("s%d" % i)
        alpha.close("s%d" % i)
    assert next_state_counts(count) == {"LISTEN": 1}


@pytest.mark.parametrize("who", ["parent", "child"])
def test_owner_changes(cast, counter, who):
    """A filter by owner follows the socket to the process that uses it."""
    parent, _, _, _, _ = cast.connection("127.0.0.1", "parent")
    child = cast.fork(parent, "child")
    asking = cast("asking")
    count = counter("0.3", "-p", str((parent if who == "parent" else child).pid))
    remote = parent.name_of("l")
    assert asking.connect("d", "127.0.0.1", remote[1]) is None
    child.accept("l", "t")
    asking.send("d", 3)
    child.recv("t", 3)

    def established():
        return [each["sockets"]["ESTABLISHED"] for each in count.of_type("count")]

    # the older one is the parent's by the snapshot, the new one the child's
    count.until(lambda _: len(established()) > 3)
    assert established()[-1] == 1


def test_hanging_by_port(cast, space, counter):
    """A connect that hangs has no port at its one transition, and is counted all the same."""
    space.blackhole("10.99.0.2")
    count = counter("0.3", "-L", "1024-65535")
    alpha = cast("alpha")
    alpha.connect_start("h", "10.99.0.2", 81)
    count.until(lambda _: any(each["sockets"]["SYN_SENT"] for each in count.of_type("count")))
    alpha.end()
    assert all_transitions(count) == {"CLOSED>SYN_SENT": 1, "SYN_SENT>CLOSED": 1}


def test_hanging_by_port_and_state(cast, space, counter):
    """A transition that -s does not want stays out, although its port comes later."""
    space.blackhole("10.99.0.2")
    wanted = counter("0.3", "-L", "1024-65535", "-s", "syn-sent>")
    alpha = cast("alpha")
    alpha.connect_start("h", "10.99.0.2", 81)
    later = time.monotonic_ns() + 1_000_000_000
    wanted.until(lambda _: wanted.of_type("count")[-1]["mono_ns"] > later)
    assert {name for each in wanted.of_type("count") for name in each["transitions"]} == set()
    alpha.end()
    assert all_transitions(wanted) == {"SYN_SENT>CLOSED": 1}
