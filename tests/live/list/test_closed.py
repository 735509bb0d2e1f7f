# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: sockets without a connection, which the kernel has in no table, against /proc/PID/fd."""

import os
import re

import pytest

import listing
import tracer as tracing

MPTCP = 262


def inode_of(actor, name):
    target = os.readlink("/proc/%d/fd/%d" % (actor.pid, actor.fd(name)))
    return int(re.fullmatch(r"socket:\[(\d+)\]", target).group(1))


def free_port(actor, host):
    """A port where no socket listens."""
    port = actor.open("free", host, 0)[1]
    actor.close("free")
    return port


def reset(actor, other, name, host):
    """A connection of `actor` that `other` resets."""
    listener = other.listen("l" + name, host)
    assert actor.connect(name, host, listener[1]) is None
    other.accept("l" + name, name)
    other.linger(name, 0)
    other.close(name)
    actor.wait_for(name, "POLLHUP")
    return listener[1]


def test_kinds(space, cast, host):
    """Each descriptor of a process that leaks them in all ways is listed, once."""
    alpha, beta = cast("alpha"), cast("beta")
    nothing = free_port(beta, host)
    alpha.open("unused", host)
    bound = alpha.open("bound", host, 0)[1]
    alpha.open("refused", host)
    assert alpha.connect("refused", host, nothing) == "ECONNREFUSED"
    alpha.open("async", host)
    alpha.connect_start("async", host, nothing)
    alpha.wait_for("async", "POLLHUP")
    was = reset(alpha, beta, "reset", host)
    orderly = beta.listen("lorderly", host)[1]
    assert alpha.connect("orderly", host, orderly) is None
    beta.accept("lorderly", "orderly")
    alpha.shutdown("orderly")
    beta.eof("orderly")
    beta.close("orderly")
    alpha.wait_for("orderly", "POLLHUP")  # and the timewait socket has the same cookie
    names = ("unused", "bound", "refused", "async", "reset", "orderly")
    known = {inode_of(alpha, name): name for name in names}

    found = listing.inside(space, "-p", str(alpha.pid))
    assert listing.by_state(found) == ["CLOSED"] * len(names)
    seen = {known[each["inode"]]: each for each in found}
    assert sorted(seen) == sorted(names)
    for name, each in seen.items():
        assert (each["pid"], each["comm"], each["fd"]) == (alpha.pid, "alpha", alpha.fd(name))
        assert each["lport"] == (bound if name == "bound" else None)
        assert each["holders"] == 1 and each["without"] is None and each["uid"] == alpha.uid
        assert each["send_q"] == 0
        # the last packet bounds the age of what had a connection
        assert each["age_us"] is None or (each["age_exact"] is False and each["rport"])
    assert seen["bound"]["laddr"] == host
    assert [seen[name]["rport"] for name in names] == [None, None, None, nothing, was, orderly]
    assert [seen[name]["errno"] for name in names] == [
        None, None, None, "ECONNREFUSED", "ECONNRESET", None]

    def inodes(*words):
        return sorted(each["inode"] for each in listing.sockets(*words)
                      if each["inode"] in known)

    every = sorted(known)
    assert inodes("-s", "closed", "--netns", space.name) == every
    assert inodes("-s", "closed", "-p", str(alpha.pid)) == every
    assert inodes("-s", "closed", "-p", str(beta.pid)) == []
    assert inodes("-s", "closed", "--netns", space.name, "-c", "alph?") == every
    assert inodes("-s", "listen", "--netns", space.name) == []
    assert inodes("-a", "-L", str(bound), "--netns", space.name) == [seen["bound"]["inode"]]
    assert inodes("-s", "closed", "-R", str(was), "--netns", space.name) == [
        seen["reset"]["inode"]]
    # an IPv6 socket without an address can still take IPv4
    other = inodes("-s", "closed", "-4" if ":" in host else "-6", "--netns", space.name)
    assert sorted(known[inode] for inode in other) == (
        ["refused", "unused"] if ":" in host else [])
    assert inodes("--netns", space.name) == []  # only connections
    assert not [each for each in listing.inside(space, "-U") if each["state"]]


def test_shared(space, cast, host):
    """One row for a socket of several processes."""
    alpha = cast("alpha")
    alpha.open("s", host, 0)
    other = alpha.fork("beta")
    alpha.duplicate("s", "copy")
    each = listing.one(listing.inside(space), state="CLOSED")
    assert each["holders"] == 3
    assert listing.inside(space, "-p", str(other.pid))[0]["inode"] == each["inode"]


@pytest.mark.skipif(not os.path.exists("/proc/sys/net/mptcp"), reason="without MPTCP")
def test_mptcp(space, cast, host):
    alpha = cast("alpha")
    alpha.open("unused", host, None, MPTCP)
    port = alpha.open("bound", host, 0, MPTCP)[1]
    found = listing.inside(space)
    assert [each["mptcp"] for each in found] == [True, True]
    assert sorted(each["inode"] for each in found) == sorted(
        inode_of(alpha, name) for name in ("unused", "bound"))
    assert listing.one(listing.inside(space, "-L", str(port)), state="CLOSED")["fd"] == alpha.fd(
        "bound")


def test_udp(space, cast, host):
    """A UDP socket without a port is in no table either."""
    alpha = cast("alpha")
    port = alpha.open_udp("bound", host)[1]
    alpha.new("unbound", host, "SOCK_DGRAM")
    found = listing.inside(space, "-U", "-p", str(alpha.pid))
    assert sorted((each["lport"] or 0, each["fd"], each["state"]) for each in found) == [
        (0, alpha.fd("unbound"), None), (port, alpha.fd("bound"), None)]
    # it has no state: none that is asked for, and none that is excluded
    for words, count in (("closed", 0), ("!closed", 2), ("!established,!listen", 2)):
        assert len(listing.inside(space, "-U", "-p", str(alpha.pid), "-s", words)) == count
    assert len(listing.inside(space, "-t", "-p", str(alpha.pid))) == 0


def test_raw(space, cast, host):
    """A raw socket is none of TCP or UDP, whatever protocol it sends."""
    alpha = cast("alpha")
    alpha.new("tcp", host, "SOCK_RAW", 6)
    alpha.new("udp", host, "SOCK_RAW", 17)
    alpha.new("unused", host, "SOCK_STREAM")
    assert [each["fd"] for each in listing.inside(space)] == [alpha.fd("unused")]


def test_ages(space, cast, keeper, mounts, host):
    """A running tracer saw the end; nothing dates a socket that was never connected."""
    alpha, beta = cast("alpha"), cast("beta")
    keeper()
    alpha.open("unused", host)
    reset(alpha, beta, "reset", host)
    found = listing.inside(space, "-s", "closed", prefix=mounts)
    ended = listing.one(found, errno="ECONNRESET")
    assert ended["age_exact"] is True and 0 < ended["age_us"] < 20e6
    assert listing.one(found, errno=None)["age_us"] is None


def test_other_formats(space, cast, host):
    """netstat and ss do not show these sockets; with a state they do."""
    alpha = cast("alpha")
    port = str(alpha.open("bound", host, 0)[1])
    for words, word in ((("--netstat",), "CLOSE "), (("--ss",), "UNCONN ")):
        plain = tracing.run("list", "-a", "--netns", space.name, *words)
        asked = tracing.run("list", "-s", "closed", "--netns", space.name, *words)
        assert plain.status == asked.status == 0
        assert word not in plain.output.decode()
        assert word in asked.output.decode() and ":" + port in asked.output.decode()
