# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""More sockets at once than the tables of fixed size once held, which was 4,096; and
more than the tables hold that still have a maximum."""

import collections
import json
import struct

import pytest

import maps
from crowds import GENEROUS, PYTHON, many

MANY = many(5000)
PROCESSES = many(4200)


@pytest.fixture
def deaf(space):
    """SYN-ACKs without an answer: retransmitted twice, so an end comes after seven seconds."""
    for key, value in (("ipv4.tcp_synack_retries", 2), ("ipv4.tcp_syn_retries", 1),
                       ("core.somaxconn", 65535), ("ipv4.tcp_max_syn_backlog", 65535),
                       ("ipv4.ip_local_port_range", "1024 65000")):
        space.sysctl("net." + key, value)


def of_server(transitions, new):
    """How often each connection went to that state. A client's port may be used again."""
    return collections.Counter(each["id"] for each in transitions
                               if each["role"] == "server" and each["new"] == new and each["rport"])


def test_half_open(space, tracer, crowd, deaf):
    """Each begins once and ends once, whatever their number."""
    traced = tracer("--netns", space.name, "-s", "SYN_RECV")
    clients = crowd(*PYTHON, "half-open", MANY)
    assert clients.said() == ["ready"]
    traced.until(lambda transitions: len(transitions) >= 2 * MANY, GENEROUS)
    clients.end()
    outcome = traced.stop()
    assert len(outcome.transitions) == 2 * MANY
    for state in ("SYN_RECV", "CLOSED"):
        assert set(of_server(outcome.transitions, state).values()) == {1}
    assert not outcome.of_type("lost")
    assert "%10d  LISTEN -> SYN_RECV\n" % MANY in outcome.stderr


def test_closed_listeners(space, tracer, crowd):
    """Each connection ends with the process that closed its listener, however many it closes."""
    space.sysctl("net.ipv4.ip_local_port_range", "1024 65000")
    traced = tracer("--netns", space.name)
    owners = crowd(*PYTHON, "orphaned", MANY)
    _, last = map(int, owners.said())

    def ends():
        return [each for each in traced.transitions if each["reason"] == "listener-closed"]

    owners.step()
    assert owners.said() == ["ready"]
    traced.until(lambda _: len(ends()) >= MANY, GENEROUS)
    owners.end()
    traced.stop()
    assert collections.Counter((each["pid"], each["old"]) for each in ends()) == {
        (last, "ESTABLISHED"): MANY}


ROOM = 1 << 17  # entries that a table takes
NEVER_ENDS = struct.pack("=QII112x", 0, 0, 0xffffffff)  # struct ts_half_open: added after any scan


def test_half_open_beyond(space, tracer, crowd, deaf):
    """Those that a full table does not take are counted, in the stream and in the summary."""
    traced = tracer("--netns", space.name, "--tier", "tracepoint")
    table = maps.Map(traced.process.pid, "half_opens")
    table.fill(ROOM, NEVER_ENDS)
    clients = crowd(*PYTHON, "half-open", 3)
    assert clients.said() == ["ready"]
    traced.until(lambda _: sum(each["count"] for each in traced.of_type("lost")) >= 3, GENEROUS)
    assert {each["why"] for each in traced.of_type("lost")} == {"half-open"}
    table.close()
    clients.end()
    outcome = traced.stop()
    assert "3 half-open connections were not followed" in outcome.stderr
    assert not of_server(outcome.transitions, "SYN_RECV")


WAITING = struct.pack("=QBBBBHH", 0, 7, 2, 1, 1, 0, 0)  # struct ts_pending_port: nothing to do


@pytest.fixture
def hanging(space, crowd):
    def start(number):
        space.blackhole("10.99.0.2")
        clients = crowd(*PYTHON, "hanging", number, "10.99.0.2", 80)
        return clients, {int(each) for each in clients.said()}

    space.sysctl("net.ipv4.ip_local_port_range", "1024 65000")
    return start


def test_hanging(space, tracer, hanging):
    """Of the clients that wait for an answer those are shown whose local port was asked for."""
    traced = tracer("--netns", space.name, "-L", "1024-3000,40001-65535")
    clients, ports = hanging(MANY)
    wanted = {each for each in ports if each <= 3000 or each > 40000}
    assert len(ports) == MANY and 0 < len(wanted) < MANY
    traced.until(lambda transitions: len(transitions) >= len(wanted), GENEROUS)
    clients.end()
    traced.until(lambda transitions: len(transitions) >= 2 * len(wanted), GENEROUS)
    transitions = traced.stop().transitions
    begun = [each["id"] for each in transitions if each["new"] == "SYN_SENT"]
    ended = {each["id"]: each["lport"] for each in transitions if each["old"] == "SYN_SENT"}
    assert len(begun) == len(transitions) - len(ended) == len(wanted)
    assert set(begun) == set(ended) and set(ended.values()) == wanted


def test_hanging_beyond(space, tracer, hanging):
    """A full table: the transition is shown rather than lost, and is counted as undecided."""
    traced = tracer("--netns", space.name, "-L", "1")
    table = maps.Map(traced.process.pid, "pending_ports")
    table.fill(ROOM, WAITING)
    hanging(3)
    traced.until(lambda transitions: len(transitions) == 3, GENEROUS)
    table.close()
    outcome = traced.stop()
    assert {each["lport"] for each in outcome.transitions} == {None}
    assert "3 sockets had no local port" in outcome.stderr
    assert "3 transitions are shown without a local port" in outcome.stderr


def test_counted(space, counter, hanging):
    """Each of those that wait for an answer is in the count."""
    count = counter("0.3", "-L", "1024-65535")
    clients, _ = hanging(MANY)
    count.until(lambda _: count.of_type("count")[-1]["sockets"]["SYN_SENT"] == MANY, GENEROUS)
    clients.end()
    count.until(lambda _: count.of_type("count")[-1]["sockets"]["SYN_SENT"] == 0, GENEROUS)
    lines = count.of_type("count")
    for kind in ("CLOSED>SYN_SENT", "SYN_SENT>CLOSED"):
        assert sum(each["transitions"].get(kind, 0) for each in lines) == MANY
    assert not any(each["without_port"] for each in lines)


@pytest.fixture
def members(crowd, load, tmp_path):
    """Processes with a listener each, and whose they are: (port, parent, child)."""
    def start(kind):
        log = tmp_path / "log"
        started = crowd(load, kind, "--count", PROCESSES, "--log", log)
        assert started.report() == {"step": "ready", "count": PROCESSES}
        with open(log, encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        return started, {each["port"]: (each["parent"], each["child"]) for each in lines}

    return start


def by_listener(transitions):
    """The transitions to and from LISTEN, by port."""
    found = collections.defaultdict(list)
    for each in transitions:
        found[each["lport"]].append(each)
    return found


def rounds_of(connected, traced, already=0):
    """A connection to each listener; returns who owned the listeners then."""
    connected.step()
    assert connected.report() == {"step": "connected", "count": PROCESSES}
    traced.until(lambda transitions: len(transitions) >= already + PROCESSES, GENEROUS)
    return traced.transitions[already:]


def test_exits(space, tracer, members):
    """All parents exit at once: their listeners are the children's then, and never the parents'."""
    traced = tracer("--netns", space.name, "-s", "LISTEN")
    crowd, family = members("exits")
    assert len(family) == PROCESSES
    traced.until(lambda transitions: len(transitions) == PROCESSES, GENEROUS)
    crowd.step()
    assert crowd.report() == {"step": "exited", "count": PROCESSES}
    rounds, named = 0, False
    while not named: # a scan of the files finds the new owner
        rounds += 1
        seen = rounds_of(crowd, traced, rounds * PROCESSES)
        named = all(each["pid"] == family[each["lport"]][1] for each in seen)
        assert rounds < 20
    crowd.end()
    outcome = traced.stop()
    found = by_listener(outcome.transitions)
    assert found.keys() == family.keys()
    for port, (parent, child) in family.items():
        assert [(each["old"], each["new"]) for each in found[port]] == [
            ("CLOSED", "LISTEN"), *[("LISTEN", "SYN_RECV")] * rounds, ("LISTEN", "CLOSED")]
        pids = [each["pid"] for each in found[port]]
        assert pids[0] == parent and set(pids[1:]) <= {child, None}
        assert pids[-2:] == [child, child]
    assert not outcome.of_type("lost")


def test_renames(space, tracer, members):
    """All take another name at once: a filter by that name has the first as well as the last."""
    traced = tracer("--netns", space.name, "-s", "LISTEN", "-c", "new-name")
    crowd, family = members("renames")
    crowd.step()
    assert crowd.report() == {"step": "renamed", "count": PROCESSES}
    rounds_of(crowd, traced)
    crowd.end()
    outcome = traced.stop()
    found = by_listener(outcome.transitions)
    assert found.keys() == family.keys()
    for port, (pid, _) in family.items():
        assert [(each["old"], each["new"], each["pid"], each["comm"]) for each in found[port]] == [
            ("LISTEN", "SYN_RECV", pid, "new-name"), ("LISTEN", "CLOSED", pid, "new-name")]
    assert not outcome.of_type("lost")
