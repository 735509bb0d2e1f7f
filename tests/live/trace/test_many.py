# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""More sockets and processes at once than the tables of fixed size once held, which was 4,096; and
more than the tables hold that still have a maximum."""

import collections
import os
import struct
import subprocess
import sys

import pytest

import maps
import tracer as tracing

MANY = 5000
GENEROUS = 60
CROWD = os.path.join(tracing.HERE, "crowd.py")


class Crowd:
    def __init__(self, space, *words):
        self.process = subprocess.Popen(
            space.command(sys.executable, CROWD, *map(str, words)), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def said(self):
        return self.process.stdout.readline().split()

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(GENEROUS) == 0

    def discard(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def crowd(space):
    started = []

    def start(*words):
        started.append(Crowd(space, *words))
        return started[-1]

    yield start
    for each in started:
        each.discard()


@pytest.fixture
def deaf(space):
    """SYN-ACKs without an answer: retransmitted twice, so an end comes after seven seconds."""
    for key, value in (("ipv4.tcp_synack_retries", 2), ("ipv4.tcp_syn_retries", 1),
                       ("core.somaxconn", 65535), ("ipv4.tcp_max_syn_backlog", 65535),
                       ("ipv4.ip_local_port_range", "1024 65000")):
        space.sysctl("net." + key, value)


def of_server(transitions, new, side="rport"):
    """How often each connection went to that state, by its client's port."""
    return collections.Counter(each[side] for each in transitions
                               if each["role"] == "server" and each["new"] == new and each["rport"])


def test_half_open(space, tracer, crowd, deaf):
    """Each begins once and ends once, whatever their number."""
    traced = tracer("--netns", space.name, "-s", "SYN_RECV")
    clients = crowd("half-open", MANY)
    assert clients.said() == ["ready"]
    traced.until(lambda transitions: len(transitions) >= 2 * MANY, GENEROUS)
    clients.end()
    outcome = traced.stop()
    assert len(outcome.transitions) == 2 * MANY
    for state in ("SYN_RECV", "CLOSED"):
        assert set(of_server(outcome.transitions, state).values()) == {1}
    assert not outcome.of_type("lost")
    assert "%10d  LISTEN -> SYN_RECV\n" % MANY in outcome.stderr


ROOM = 1 << 17  # entries that a table takes
NEVER_ENDS = struct.pack("=QII112x", 0, 0, 0xffffffff)  # struct ts_half_open: added after any scan


def test_half_open_beyond(space, tracer, crowd, deaf):
    """Those that a full table does not take are counted, in the stream and in the summary."""
    traced = tracer("--netns", space.name, "--tier", "tracepoint")
    table = maps.Map(traced.process.pid, "half_opens")
    table.fill(ROOM, NEVER_ENDS)
    clients = crowd("half-open", 3)
    assert clients.said() == ["ready"]
    traced.until(lambda _: sum(each["count"] for each in traced.of_type("lost")) >= 3, GENEROUS)
    assert {each["why"] for each in traced.of_type("lost")} == {"half-open"}
    table.close()
    clients.end()
    outcome = traced.stop()
    assert "3 half-open connections were not followed" in outcome.stderr
    assert not of_server(outcome.transitions, "SYN_RECV")
