# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""ESTABLISHED:idle: silence, not age; and what the kernel knows of the peer."""

import time

import pytest

import listing
import stuck

IDLE = "ESTABLISHED:idle>"


def idle(space, limit, *more):
    return stuck.once(space, *stuck.rule(IDLE + limit), *more)


def text(space, local, limit="0s"):
    """The diagnosis of the end with that port."""
    done = stuck.run(space, *stuck.rule(IDLE + limit), "-L", str(local[1]))
    assert (done.status, done.stderr) == (0, "")
    return " ".join(done.output.decode().split())


def row(space, local):
    (each,) = listing.inside(space, "-L", str(local[1]), "-s", "established")
    return each


def assert_due(space, local, secs, begun):
    """Of a timer that began after `begun`; the kernel counts ticks."""
    notice = row(space, local)["notice_us"] / 1e6
    assert secs - (time.monotonic() - begun) - 0.1 < notice <= secs + 0.1


def keepalive(client, idle_secs, interval, count):
    client.option("c", "SOL_SOCKET", "SO_KEEPALIVE", 1)
    for name, value in (("KEEPIDLE", idle_secs), ("KEEPINTVL", interval), ("KEEPCNT", count)):
        client.option("c", "IPPROTO_TCP", "TCP_" + name, value)


@pytest.mark.parametrize("sender", ["client", "server"])
def test_silence_and_not_age(space, cast, host, sender):
    """A busy connection that is old is not idle, whichever side sends."""
    server, client, local, *_ = cast.connection(host)
    start = time.monotonic()
    while time.monotonic() < start + 1.5:
        last = time.monotonic()
        if sender == "client":
            client.send("c", 1)
            server.recv("s", 1)
        else:
            server.send("s", 1)
            client.recv("c", 1)
        found = idle(space, "1s")
        assert time.monotonic() - last > 1 or found == [], "a busy one is idle"
        time.sleep(0.05)  # its rate
    found = listing.until(lambda: idle(space, "1s"), lambda seen: len(seen) == 2)
    passed = time.monotonic() - last
    for each in found:
        assert (each["state"], each["rule"], each["stuck_exact"]) == \
            ("ESTABLISHED", IDLE + "1s", False)
        assert 1e6 < each["stuck_us"] <= passed * 1e6
        assert 1e6 < each["idle_us"] <= passed * 1e6 + 20_000
    assert idle(space, "1h") == []
    assert local[1] in {each["lport"] for each in found}


def test_off_by_default(space, cast):
    cast.connection("127.0.0.1")
    assert stuck.once(space) == []


def test_without_keepalive(space, cast, host):
    _, _, local, *_ = cast.connection(host)
    each = row(space, local)
    assert (each["keepalive"], each["notice_us"]) == (False, None)
    assert "keepalive is off" in text(space, local)


def test_keepalive_that_is_not_due(space, cast, host):
    """What the options set, and what the sysctls of the namespace set."""
    _, client, local, *_ = cast.connection(host)
    begun = time.monotonic()
    keepalive(client, 100, 10, 3)
    assert row(space, local)["keepalive"] is True
    assert_due(space, local, 130, begun)
    said = text(space, local)
    assert "Keepalive is on" in said and "keepalive ends it within 2m" in said
    client.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 115_000)  # takes the place of the count
    assert_due(space, local, 120, begun)


def test_keepalive_by_sysctl(space, cast):
    for name, value in (("time", 50), ("intvl", 7), ("probes", 2)):
        space.sysctl("net.ipv4.tcp_keepalive_" + name, value)
    _, client, local, *_ = cast.connection("127.0.0.1")
    begun = time.monotonic()
    client.option("c", "SOL_SOCKET", "SO_KEEPALIVE", 1)
    assert_due(space, local, 64, begun)


def test_peer_that_answers(space, cast, host):
    """Its host is alive, both programs are quiet."""
    _, client, local, *_ = cast.connection(host)
    keepalive(client, 1, 1, 5)
    said = listing.until(lambda: text(space, local), lambda seen: "has answered since" in seen)
    assert "its host is alive" in said
    assert row(space, local)["probes"] == 0


def test_peer_that_is_gone(space, cast, host):
    """Its probes are not answered; the end comes when the column said."""
    server, client, local, *_ = cast.connection(host)
    keepalive(client, 1, 1, 6)
    server.deafen("s")
    probes = 0
    while not probes:
        looked = time.monotonic()
        each = row(space, local)
        probes = each["probes"]
    left = each["notice_us"] / 1e6
    soonest, latest = looked + left, time.monotonic() + left
    assert "the peer does not answer" in text(space, local)
    there, found = 0, True
    while found:
        looked = time.monotonic()
        found = listing.inside(space, "-L", str(local[1]), "-s", "established")
        there = looked if found else there
    assert there < latest + 0.7 and soonest - 0.7 < time.monotonic()


def test_data_that_is_not_answered(space, cast, host):
    """Retransmissions are a sign, too; no keepalive is needed for them."""
    server, client, local, *_ = cast.connection(host)
    server.deafen("s")
    client.send("c", 1)
    listing.until(lambda: row(space, local), lambda seen: seen["retransmits"] > 0)
    done = stuck.run(space, *stuck.without_others(), "--rule", IDLE + "0s", "-L", str(local[1]))
    assert "the peer does not answer" in " ".join(done.output.decode().split())
