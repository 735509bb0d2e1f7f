# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Network namespaces that no process is in: every scan covers them, or says what it lacks. Others that are
there, those of a test before too, must not matter: what is compared has the port of the test's own."""

import re

import pytest

import hidden
import listing
import stuck
import tracer as tracing

STATES = ("LISTEN", "ESTABLISHED", "ESTABLISHED", "FIN_WAIT_2", "CLOSE_WAIT")
GAUGES = {"LISTEN": 1, "ESTABLISHED": 2, "FIN_WAIT_2": 1, "CLOSE_WAIT": 1}
NO_PTRACE = ["setpriv", "--bounding-set=-sys_ptrace"]
SUMMARY = re.compile(r"^sockets now: (.*)$", re.M)


@pytest.fixture
def hide():
    """Makes a hidden namespace; ended by the fixture."""
    made = []

    def start(kind):
        made.append(hidden.Namespace(kind))
        return made[-1]

    yield start
    for each in made:
        each.end()


def facts(found, space):
    """What is known of each socket of the namespace."""
    return sorted((each["state"], each["pid"], each["fd"], each["holders"]) for each in found
                  if each["netns"] == space.inode)


def expected(space):
    """The same of what it has."""
    if space.is_held:
        return sorted(zip(STATES, [space.pid] * 5, space.fds, [1] * 5))
    return sorted((state, None, None, 0) for state in STATES)


def count_hidden(pattern, text):
    """The number of namespaces in the only line that fits."""
    (n,) = re.findall(pattern, text, re.M)
    return int(n)


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_list(hide, kind):
    space = hide(kind)
    found = listing.sockets("-t", "-a", "--port", str(space.port))
    assert facts(found, space) == expected(space)


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_list_without_holders(hide, kind):
    """The files of the processes are then read for the namespaces alone."""
    space = hide(kind)
    found = listing.sockets("-t", "-a", "--port", str(space.port), "-o", "state,netns")
    assert sorted(each["state"] for each in found if each["netns"] == space.inode) == sorted(STATES)


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_list_watch(hide, kind):
    """With the privileges that it keeps."""
    space, frames = hide(kind), []
    done = tracing.run("list", "--json", "-t", "-a", "--port", str(space.port), "--watch", "0.1",
                       "--frames", "2")
    assert (done.status, done.stderr) == (0, "")
    for each in done.objects:
        if each["type"] == "frame":
            frames.append([])
        else:
            frames[-1].append(each)
    assert [facts(found, space) for found in frames] == [expected(space)] * 2


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_ports(hide, kind):
    """The range is the namespace's own."""
    space = hide(kind)
    done = tracing.run("list", "--json", "--by", "peer,netns", "--rport", str(space.port))
    assert (done.status, done.stderr) == (0, "")
    (group,) = [each for each in done.objects if each["netns"] == space.inode]
    assert [group[name] for name in ("count", "ports_used", "ports_range", "ports_unknown")] == [
        2, 2, hidden.PORTS, 0]


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_stuck(hide, kind):
    space = hide(kind)

    def scan():
        done = tracing.run("stuck", "--once", "--json", "--lport", str(space.port), *stuck.NOW)
        assert done.status == int(bool(done.objects)) and done.stderr == "", done.stderr
        return [each for each in done.objects if each["netns"] == space.inode]

    (found,) = listing.until(scan, bool)
    assert (found["state"], found["lport"]) == ("CLOSE_WAIT", space.port)
    assert stuck.holders(found) == ([(space.pid, "python3", space.fds[4])] if space.is_held else [])


@pytest.mark.parametrize("kind", hidden.HELD)
def test_explain(hide, kind):
    space = hide(kind)
    said = tracing.run("explain", "listen", "--json").objects[0]
    assert {"pid": space.pid, "comm": "python3", "sockets": 1} in said["holder_list"]


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_count(hide, kind):
    """All are older than the trace. Later scans have the privileges that it keeps."""
    space = hide(kind)
    count = tracing.Tracer("count", "--json", "--port", str(space.port), "0.2")

    def gauges():
        """Of each line with a scan, if this kernel needs one."""
        return [{state: n for state, n in each["sockets"].items() if n} for each in count.objects
                if each["sockets"]["TIME_WAIT"] is not None]

    try:
        count.until(lambda _: len(gauges()) > 1)
        assert gauges() == [GAUGES] * len(gauges())
        if space.is_held:
            space.close_connection()
            count.until(lambda _: "TIME_WAIT" in gauges()[-1])
            assert gauges()[-1] == {"LISTEN": 1, "FIN_WAIT_2": 1, "CLOSE_WAIT": 1, "TIME_WAIT": 1}
        done = count.stop()
        assert (done.status, done.stderr) == (0, "")
    finally:
        count.discard()


@pytest.mark.parametrize("kind", hidden.KINDS)
def test_summary(hide, tracer, kind):
    space = hide(kind)
    (said,) = SUMMARY.findall(tracer("--port", str(space.port)).stop().stderr)
    assert {state.rstrip("*"): int(n)
            for state, n in (each.split(" ") for each in said.split(", "))} == GAUGES


@pytest.mark.parametrize("kind", hidden.HELD)
def test_trace(hide, tracer, kind):
    """The owner of older sockets is known from their first event on."""
    space = hide(kind)
    trace = tracer("--port", str(space.port))
    space.close_connection()

    def ours(seen):
        """Others have events without a port, which the filter lets through."""
        return [each for each in seen if each["netns"] == space.inode]

    def steps(port, seen):
        return [(each["old"], each["new"]) for each in seen if each[port] == space.port]

    server = ["ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED"]
    client = ["ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"]
    trace.until(lambda seen: len(ours(seen)) >= 6)
    seen = ours(trace.stop().transitions)
    assert steps("lport", seen) == list(zip(server, server[1:]))
    assert steps("rport", seen) == list(zip(client, client[1:]))
    assert {(each["pid"], each["comm"]) for each in seen} == {(space.pid, "python3")}
    assert {each["owner"] for each in seen if each["old"] == "ESTABLISHED"} == {"snapshot"}


HIDDEN = r"^tcpstate: no process, descriptor or mount leads to (\d+) network namespaces? \(.*\): %s$"
LISTED = HIDDEN % "the sockets there are missing"
TRACED = HIDDEN % "sockets without a process there are unknown"
SCANNED = r"^ +(\d+) network namespaces? could not be scanned: .* are missing$"


def test_nothing_leads_there(hide, tracer):
    """Every scan says so."""
    space = hide(hidden.NOTHING)
    done = tracing.run("list", "--json", "-t", "-a", "--port", str(space.port))
    assert facts(done.objects, space) == [] and (done.status, done.stderr) == (0, "")
    assert count_hidden(LISTED, done.hidden) >= 1
    done = tracing.run("stuck", "--once", "--json", "--lport", str(space.port), *stuck.NOW)
    assert (done.status, done.objects) == (3, [])
    assert count_hidden(r"^tcpstate: nothing stuck found, but (\d+) network namespaces? could not be "
                        r"found: no process, descriptor or mount leads there$", done.stderr) >= 1
    said = tracing.run("explain", "listen", "--json").objects[0]
    assert said["netns_missed"] >= 1 and said["netns_hidden"] is True
    assert re.search(r"not entered: [1-9]", tracing.run("explain", "listen").output.decode())
    trace = tracer("--port", str(space.port))
    assert trace.objects[0]["netns_missed"] >= 1
    done = trace.stop()
    assert count_hidden(TRACED, done.hidden) >= 1 and count_hidden(SCANNED, done.stderr) >= 1


def test_nothing_leads_there_count(hide):
    space = hide(hidden.NOTHING)
    count = tracing.Tracer("count", "--json", "--port", str(space.port), "0.2")
    try:
        count.until(lambda _: len(count.objects) > 1)
        done = count.stop()
        assert all(each["netns_missed"] >= 1 for each in done.objects)
        assert count_hidden(TRACED, done.hidden) >= 1 and done.stderr == ""
    finally:
        count.discard()


@pytest.mark.parametrize("kind", ["thread", "socket", "descriptor"])
def test_ways_that_may_not_be_read(hide, kind):
    """Root without a capability: what it needs is in the note."""
    space = hide(kind)
    remedy = r".*SYS_PTRACE.*$"
    done = tracing.run("list", "--json", "-t", "-a", "--port", str(space.port), prefix=NO_PTRACE)
    assert done.status == 0 and facts(done.objects, space) == []
    assert count_hidden(r"^tcpstate: cannot find (\d+) network namespaces?: the sockets there are "
                        r"missing: " + remedy, done.stderr) >= 1
    done = tracing.run("stuck", "--once", "--json", "--lport", str(space.port), *stuck.NOW,
                       prefix=NO_PTRACE)
    assert (done.status, done.objects) == (3, [])
    assert count_hidden(r"^tcpstate: nothing stuck found, but (\d+) network namespaces? could not be "
                        r"found: " + remedy, done.stderr) >= 1
    trace = tracing.Tracer("trace", "--json", "--port", str(space.port), prefix=NO_PTRACE)
    try:
        trace.until_ready()
        assert trace.objects[0]["netns_missed"] >= 1
        assert count_hidden(r"^tcpstate: cannot find (\d+) network namespaces?: sockets without a "
                            r"process there are unknown: " + remedy, trace.stop().stderr) >= 1
    finally:
        trace.discard()
