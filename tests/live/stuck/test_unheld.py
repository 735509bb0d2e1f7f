# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sockets that no process has a descriptor of: what holds them, as far as that can be known."""

import actors
import listing
import stuck
import tracer as tracing


def text(space, *words):
    done = stuck.run(space, *stuck.NOW, *words)
    assert (done.status, done.stderr) == (0, "")
    return " ".join(done.output.decode().split())


def hung_up(cast, host, server="server"):
    server, client, _, remote, _ = cast.connection(host, server=server, client="client")
    client.shutdown("c")
    return server, client, remote[1]


def test_in_a_ring(space, cast, host):
    """The process that has the ring, in list and stuck, by filters, too."""
    server, client, port = hung_up(cast, host)
    ring = server.into_ring("s")
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["pid"], each["comm"], each["fd"], each["ring_fd"], each["holders"]) == \
        (server.pid, "server", None, ring, 1)
    assert each["holder_list"] == [{"pid": server.pid, "comm": "server", "fd": None,
                                    "ring_fd": ring}]
    said = text(space)
    assert "server[%d]" % server.pid in said and "in an io_uring, without a descriptor: 1" in said
    assert "SCM_RIGHTS" not in said
    found = listing.inside(space, "-p", str(server.pid), "-s", "close-wait")
    assert [one["id"] for one in found] == [each["id"]]
    assert listing.inside(space, "-p", str(client.pid), "-s", "close-wait") == []
    shown = tracing.run("list", "--netns", space.name, "-L", str(port), "-s", "close-wait")
    assert "server[%d]:ring%d" % (server.pid, ring) in shown.output.decode()


def test_closing_what_a_ring_holds(space, cast, host):
    server, client, _ = hung_up(cast, host)
    server.into_ring("s")
    stuck.until(space, 1, *stuck.NOW)
    done = stuck.run(space, "--close=fin", "--yes", "--json", *stuck.NOW)
    assert (done.status, [each["type"] for each in done.objects]) == (1, ["left"])
    assert "io_uring" in done.objects[0]["why"]
    done = stuck.run(space, "--close=reset", "--yes", "--json", *stuck.NOW)
    assert (done.status, [each["type"] for each in done.objects]) == (0, ["closed"])
    assert client.recv_error("c") == "ECONNRESET"


def test_in_a_ring_and_a_descriptor(space, cast):
    """The descriptor counts: its process can close the socket."""
    server, _, _ = hung_up(cast, "127.0.0.1")
    copy = server.duplicate("s", "copy")
    server.into_ring("s")
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["fd"], each["ring_fd"], each["holders"]) == (copy, None, 1)


def test_in_a_queue(space, cast):
    """On its way, by SCM_RIGHTS: a guess, and it says what it does not know."""
    server, _, _ = hung_up(cast, "127.0.0.1")
    other = cast("other")
    channel = actors.pair(server, other)
    server.give("s", channel)
    server.close("s")
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["pid"], each["fd"], each["ring_fd"], each["holders"]) == (None, None, None, 0)
    said = text(space)
    assert "no io_uring holds it" in said and "cannot see what does" in said
    assert "SCM_RIGHTS" in said
    other.take(channel, "s")
    assert stuck.once(space, *stuck.NOW)[0]["pid"] == other.pid
