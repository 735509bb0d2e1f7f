# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""CLOSED>TIME: descriptors of sockets without a connection, the leak that no state shows."""

import time

import pytest

import listing
import stuck

ALL = ["--rule", "CLOSED>0s"]


def found(space, *words):
    return stuck.once(space, *stuck.without_others(), *words)


def paragraphs(space, *words):
    done = stuck.run(space, *stuck.without_others(), *(words or ALL))
    assert (done.status, done.stderr) == (0, "")
    return [" ".join(each.split()) for each in done.output.decode().split("\n\n")]


def reset(cast, host):
    """A client whose server resets the connection; time before that."""
    server, client, _, remote, _ = cast.connection(host)
    server.linger("s", 0)
    before = time.monotonic()
    server.close("s")
    assert client.recv_error("c") == "ECONNRESET"
    return client, remote[1], before


def test_off_by_default(space, cast):
    client = cast("client")
    client.open("c", "127.0.0.1", 0)
    assert stuck.once(space) == []


@pytest.mark.parametrize("kind,said", [
    ("unused", "has made the socket and not connected it"),
    ("bound", "has bound the socket to a port"),
    ("refused", "was refused, reset, timed out or completed"),
    ("reset", "was refused, reset, timed out or completed"),
])
def test_each_kind(space, cast, host, kind, said):
    if kind == "reset":
        client = reset(cast, host)[0]
    else:
        client = cast("client")
        client.open("c", host, 0 if kind == "bound" else None)
    if kind == "refused":
        assert client.connect("c", host, 1) == "ECONNREFUSED"
    (each,) = found(space, *ALL)
    assert (each["state"], each["rule"]) == ("CLOSED", "CLOSED>0s")
    assert stuck.holders(each) == [(client.pid, "client", client.fd("c"))]
    (paragraph,) = paragraphs(space)
    assert paragraph.startswith("1 socket without a connection (CLOSED) ")
    assert said in paragraph and "EMFILE" in paragraph
    assert "client[%d]" % client.pid in paragraph


def test_in_many_workers(space, cast):
    """One leak: by program, with the number of all."""
    master = cast("master")
    for _ in range(4):
        worker = cast.fork(master, "shopd")
        for i in range(3):
            worker.open("c%d" % i, "127.0.0.1")
    (paragraph,) = paragraphs(space)
    assert paragraph.startswith("12 sockets without a connection (CLOSED) ")
    assert "shopd in 4 processes" in paragraph


def test_age_of_what_has_ended(space, cast, host):
    """A lower bound by the last packet, in one scan; never above the truth."""
    _, port, before = reset(cast, host)
    each = listing.until(lambda: found(space, "--rule", "CLOSED>300ms"), len)[0]
    assert each["rport"] == port and each["stuck_exact"] is False
    assert 300_000 < each["stuck_us"] <= (time.monotonic() - before) * 1e6
    assert found(space, "--rule", "CLOSED>1h") == []


def test_age_of_what_was_never_used(space, cast):
    """Nothing says how old it is: a second scan does."""
    cast("client").open("c", "127.0.0.1")
    before = time.monotonic()
    (each,) = found(space, "--rule", "CLOSED>500ms")
    assert 500_000 < each["stuck_us"] <= (time.monotonic() - before) * 1e6


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_it_cannot_be_closed(space, cast, how):
    client = reset(cast, "127.0.0.1")[0]
    done = stuck.run(space, "--close=" + how, "--yes", "--json", *stuck.without_others(), *ALL)
    assert (done.status, [each["type"] for each in done.objects]) == (1, ["left"])
    assert "only its process can close" in done.objects[0]["why"]
    assert client.fd("c") >= 0
