# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""stuck without privileges: the leak of the user's own service."""

import json
import os
import subprocess

import pytest

import listing
import ordinary
import stuck
import tracer as tracing

# Answers one question of 5 bytes for each connection, and never closes.
LEAKS = """
import socket, sys
server = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1]
                              else socket.AF_INET)
print(server.getsockname()[1], flush=True)
kept = []
for line in sys.stdin:
    made = server.accept()[0]
    while line.strip() == "read" and made.recv(64): pass
    kept.append(made)
    print(made.fileno(), flush=True)
"""


@pytest.fixture
def server(space, host):
    made = ordinary.Program(ordinary.command(space), LEAKS, host)
    made.port = int(made.said[0])
    yield made
    made.end()


def leak(space, server, client, host, name, ask="keep"):
    """A connection in CLOSE_WAIT; the server's descriptor."""
    assert client.connect(name, host, server.port) is None
    client.send(name, 5)
    client.shutdown(name)
    fd = int(server.ask(ask))
    port = client.name_of(name)[1]
    listing.until(lambda: listing.inside(space, "-R", str(port), "-s", "close-wait"), len)
    return fd


def run(space, *words):
    return ordinary.run(space, "stuck", "--netns", space.path, *words)


def test_own_leak(space, server, cast, host):
    """Holder, unread bytes and an age that is a lower bound; 1 for a check."""
    client = cast("client")
    unread = leak(space, server, client, host, "a")
    read = leak(space, server, client, host, "b", "read")
    done = run(space, "--once", "--json", *stuck.NOW)
    assert (done.status, done.stderr) == (1, ordinary.HERE)
    found = {each["fd"]: each for each in done.of_type("stuck")}
    assert {fd: each["unread"] for fd, each in found.items()} == {unread: 5, read: 0}
    for fd, each in found.items():
        assert stuck.holders(each) == [(server.pid, "python3", fd)]
        assert (each["state"], each["stuck_exact"], each["origin"]) == ("CLOSE_WAIT", False, None)
    done = run(space, *stuck.NOW)
    text = done.output.decode()
    assert (done.status, done.stderr) == (0, ordinary.HERE)
    assert "2 sockets in CLOSE_WAIT" in text and "python3[%d]" % server.pid in text


def test_age_of_a_leak(space, server, cast, host):
    """More than a threshold as soon as that time and a retransmission timeout have passed."""
    client = cast("client")
    leak(space, server, client, host, "a")
    since = os.times().elapsed
    found = listing.until(lambda: run(space, "--json", *stuck.rule("CLOSE_WAIT>500ms")).objects,
                          len)
    took = os.times().elapsed - since
    assert [each["rule"] for each in found] == ["CLOSE_WAIT>500ms"]
    assert 0.5e6 < found[0]["stuck_us"] <= (took + 1) * 1e6
    assert took < 10


def test_nothing_is_stuck(space, server):
    """In the one namespace that was asked for; of all, most could not be checked."""
    done = run(space, "--once", *stuck.NOW)
    assert (done.status, done.output, done.stderr) == (0, b"", ordinary.HERE)
    done = ordinary.run(space, "stuck", "--once", *stuck.NOW)
    assert (done.status, done.output) == (3, b"")
    lines = done.stderr.splitlines(keepends=True)
    assert lines[0] == ordinary.ALL and len(lines) == 2
    assert lines[1].startswith("tcpstate: nothing stuck found, but ")
    assert server.process.poll() is None


def test_another_users_leak(space, cast):
    """It is shown, and not who holds it."""
    server, client, *_ = cast.connection("127.0.0.1")
    client.shutdown("c")
    server.eof("s")
    done = run(space, "--once", "--json", *stuck.NOW)
    assert done.status == 1
    assert [(each["pid"], each["holder_list"], each["uid"]) for each in done.of_type("stuck")] == [
        (None, None, 0)]


def test_watch(space, server, cast, host):
    """Without a tracer: from scan to scan."""
    client = cast("client")
    with subprocess.Popen([*ordinary.command(space), tracing.PROGRAM, "stuck", "--netns", space.path,
                           "--json", "--watch=0.2", *stuck.NOW], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as watch:
        assert '"ready"' in watch.stdout.readline()
        fd = leak(space, server, client, host, "a")
        line = watch.stdout.readline()
        assert '"type":"stuck"' in line and '"fd":%d,' % fd in line
        server.end()
        assert json.loads(watch.stdout.readline())["type"] in ("recovered", "gone")
        watch.terminate()
        assert watch.stderr.read() == ordinary.HERE
    assert watch.returncode == 0


def test_close_with_a_fin(space, server, cast, host):
    client = cast("client")
    fd = leak(space, server, client, host, "a")
    other, away, *_ = cast.connection("127.0.0.1", server="other", client="away")
    away.shutdown("c")
    other.eof("s")
    done = run(space, "--close=fin", "--yes", "--json", *stuck.NOW)
    assert done.status == 1 # of the other user's one is left
    assert [each["fd"] for each in done.of_type("closed")] == [fd]
    assert [each["uid"] for each in done.of_type("left")] == [0]
    client.eof("a")
    assert server.process.poll() is None
    done = run(space, "--close=fin", "--yes", "-p", str(server.pid), *stuck.NOW)
    assert (done.status, done.output) == (0, b"")


def test_a_reset_needs_a_capability(space, server, cast, host):
    client = cast("client")
    leak(space, server, client, host, "a")
    done = run(space, "--close=reset", "--yes", *stuck.NOW)
    assert done.status == 1 and b"CAP_NET_ADMIN" in done.output
    assert listing.inside(space, "-p", str(server.pid), "-s", "close-wait")
