# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list --by: sockets counted by columns, against the list of the same sockets."""

import collections
import csv
import io
import json

import pytest

import listing
import tracer as tracing


@pytest.fixture
def busy(space, cast, host):
    """A server of several clients, of which one has most; a client that closes."""
    server, many, one = cast("server"), cast("many"), cast("one")
    port = server.listen("l", host)[1]
    many.crowd(7, host, port)
    one.crowd(2, host, port)
    server.accept_all("l")
    one.shutdown("x0")
    return port


def run(space, *words):
    done = tracing.run("list", "--netns", space.name, *words)
    assert done.status == 0 and done.stderr == ""
    return done.output.decode()


def groups(space, *words):
    return [json.loads(line) for line in run(space, "--json", *words).splitlines()]


@pytest.mark.parametrize("by, keys", [
    ("peer", ["raddr"]), ("port", ["lport"]), ("comm", ["comm"]), ("state", ["state"]),
    ("netns", ["netns"]), ("cgroup", ["cgroup"]), ("comm,state", ["comm", "state"]),
    ("pid,port", ["pid", "lport"])])
@pytest.mark.parametrize("words", [("-a",), ("-c", "many")])
def test_counts(space, busy, by, keys, words):
    found = listing.sockets("--netns", space.name, *words)
    expected = collections.Counter(tuple(each[key] for key in keys) for each in found)
    seen = groups(space, "--by", by, *words)
    assert {tuple(each[key] for key in keys): each["count"] for each in seen} == expected
    assert len(seen) == len(expected)
    counts = [each["count"] for each in seen]
    assert counts == sorted(counts, reverse=True) and sum(counts) == len(found)
    assert all(each["total"] == len(found) and each["type"] == "group" for each in seen)


def test_text_and_csv(space, busy):
    lines = run(space, "-a", "--by", "state").splitlines()
    assert lines[0].split() == ["COUNT", "STATE"]
    assert [line.split() for line in lines[1:]] == [
        ["16", "ESTABLISHED"], ["1", "CLOSE_WAIT"], ["1", "FIN_WAIT_2"], ["1", "LISTEN"],
        "19 sockets in 4 groups".split()]
    rows = list(csv.DictReader(io.StringIO(run(space, "-a", "--by", "user", "--csv"))))
    assert rows == [{"count": "19", "total": "19", "user": "root"}]
    up = groups(space, "-a", "--by", "state", "--sort", "count")
    assert up[-1]["state"] == "ESTABLISHED"
    names = [each["state"] for each in groups(space, "-a", "--by", "state", "--sort", "-state")]
    assert names == sorted(names, reverse=True)


def test_ports(space, busy, host):
    """Ephemeral ports against the namespace's own range."""
    low, high = 20000, 49999
    space.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=%d %d" % (low, high))
    found = listing.sockets("--netns", space.name, "-R", str(busy))
    assert len(found) == 9
    used = [each["lport"] for each in found if low <= each["lport"] <= high]
    seen = groups(space, "--by", "raddr,rport", "-R", str(busy))
    assert [(each["raddr"], each["ports_used"], each["ports_range"]) for each in seen] == [
        (host, len(used) or None, 30000 if used else None)]


def test_watch(space, busy):
    lines = groups(space, "--by", "comm", "--watch=0.1", "--frames", "2")
    frames = [each for each in lines if each["type"] == "frame"]
    assert [each["sockets"] for each in frames] == [18, 18]
    assert [each["count"] for each in lines if each["type"] == "group"] == [9, 7, 2] * 2


@pytest.mark.parametrize("words, why", [
    (("--by", "nonsense"), "unknown column"), (("--by", "peer", "--tree"), "--tree"),
    (("--by", "peer", "-o", "pid"), "-o"), (("--by", "peer", "--ss"), "--by"),
    (("--by", "peer", "--sort", "state"), "--sort state"), (("--sort", "count"), "count")])
def test_refused(words, why):
    done = tracing.run("list", *words)
    assert done.status == 2 and why in done.stderr and not done.output
