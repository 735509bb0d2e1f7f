# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Half-open connections: what was retransmitted, whether the last ACK has come, and what stuck says."""

import re

import listing
import stuck


def half_open(space):
    return [each for each in listing.inside(space) if each["state"] == "SYN_RECV"]


def text(space):
    done = stuck.run(space, *stuck.rule("SYN_RECV>0s"))
    assert (done.status, done.stderr) == (0, "")
    return " ".join(done.output.decode().split())


def sent_again(space):
    """What ss says: timer:(on,TIME,RETRANSMISSIONS)"""
    return [int(number) for number in
            re.findall(r"timer:\(on,[^,]*,(\d+)\)", space.run("ss", "-Htno", "state", "syn-recv"))]


def test_deferred_accept(space, cast, host):
    """The timer runs and nothing is sent; the ACK is there, and data is awaited."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", host)[1]
    server.option("l", "IPPROTO_TCP", "TCP_DEFER_ACCEPT", 30)
    assert client.connect("c", host, port) is None
    (each,) = listing.until(lambda: half_open(space),
                            lambda seen: seen and seen[0]["timer_us"] > 1_200_000)
    assert sent_again(space) == [0]
    assert (each["retransmits"], each["segs_retrans"]) == (0, 0)
    assert (each["ack_came"], each["defer_accept"]) == (True, True)
    said = text(space)
    assert "TCP_DEFER_ACCEPT" in said and "no packet is lost" in said
    assert "has not come" not in said
    client.send("c", 1)
    server.accept("l", "s")
    assert half_open(space) == []


def test_deferred_and_lost(space, cast, host):
    """With that option too an ACK can be lost: then it is not the option's fault."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", host)[1]
    server.option("l", "IPPROTO_TCP", "TCP_DEFER_ACCEPT", 30)
    client.open("c", host)
    client.deafen("c")
    client.connect_start("c", host, port)
    (each,) = listing.until(lambda: half_open(space), lambda seen: seen and seen[0]["retransmits"])
    assert sent_again(space) == [each["retransmits"]] == [each["segs_retrans"]]
    assert (each["ack_came"], each["defer_accept"]) == (False, True)
    said = text(space)
    assert "last ACK has not come" in said and "TCP_DEFER_ACCEPT" not in said


def test_ack_of_a_full_queue(space, cast, host):
    """It came while the queue had no room: no packet is lost on the way."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", host, 0, 1)[1]
    client.open("c", host)
    client.deafen("c")
    client.connect_start("c", host, port)
    (each,) = listing.until(lambda: half_open(space), len)
    assert (each["ack_came"], each["defer_accept"]) == (False, False)
    client.crowd(2, host, port)
    client.hear("c")
    (each,) = listing.until(lambda: half_open(space), lambda seen: seen and seen[0]["ack_came"])
    assert each["defer_accept"] is False
    said = text(space)
    assert "the accept queue was full" in said
    assert "has not come" not in said and "lost" not in said
