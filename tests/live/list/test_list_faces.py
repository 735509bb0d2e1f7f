# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list --netstat and --ss against the tools themselves, byte for byte."""

import subprocess
import time

import pytest

import tracer as tracing
from listing import output

LONG = "2001:db8:1234:5678:9abc:def0:1234:5678"

# Sockets of every kind that does not change; the last line means that all are there.
CROWD = """
import os, signal, socket, sys

V4, V6 = socket.AF_INET, socket.AF_INET6
kept = []


def listener(family, address, port, backlog=5, v6only=None, device=None):
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if v6only is not None:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    if device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    made.bind((address, port))
    made.listen(backlog)
    kept.append(made)
    return made


def connection(to, address, port, family=V4):
    client = socket.socket(family)
    client.connect((address, port))
    server = to.accept()[0]
    kept.extend((client, server))
    return client, server


plain = listener(V4, "127.0.0.1", 8001)
every = listener(V4, "0.0.0.0", 80, 0)
dual = listener(V6, "::", 8002, 7, 0)
six = listener(V6, "::", 8003, 9, 1)
one = listener(V6, "::1", 8004)
long = listener(V6, "%s", 48005, 3)
mapped = listener(V6, "::ffff:127.0.0.9", 8006, 1, 0)
bound = listener(V4, "127.0.0.1", 8007, 2, device=b"lo")

connection(plain, "127.0.0.1", 8001)
connection(dual, "127.0.0.1", 8002)
connection(dual, "::1", 8002, V6)
connection(long, "%s", 48005, V6)
connection(mapped, "127.0.0.9", 8006)
connection(bound, "127.0.0.1", 8007)
connection(plain, "127.0.0.1", 8001)[0].send(b"x" * 12345)
connection(plain, "127.0.0.1", 8001)[0].close() # orphan, CLOSE_WAIT
connection(one, "::1", 8004, V6)[1].close()
connection(plain, "127.0.0.1", 8001)[0].shutdown(socket.SHUT_WR)
for ends in (connection(plain, "127.0.0.1", 8001), connection(one, "::1", 8004, V6)):
    ends[0].close()
    ends[1].close() # TIME_WAIT
kept.append(socket.create_connection(("127.0.0.1", 80))) # not accepted
shared = connection(plain, "127.0.0.1", 8001)[0]
kept.append(shared.dup())
if not os.fork():
    signal.pause()
print("there", flush=True)
signal.pause()
""" % (LONG, LONG)

NAMES = ["nginx: master process /usr/sbin/nginx -g daemon", "sshd: /usr/sbin/sshd -D",
         "/usr/bin/some thing/with words", "a/b:c d", "", "-bash", "/usr/bin/",
         "averyveryverylongprogramname"]
NAMED = "import socket,signal,sys\n" \
        "s=socket.create_server(('127.0.0.1',int(sys.argv[1])))\n" \
        "print('there',flush=True)\nsignal.pause()"


@pytest.fixture
def crowd(space):
    """The sockets above, and one listener for each name of a program."""
    space.ip("-6", "address", "add", LONG + "/128", "dev", "lo", "nodad")
    started = [subprocess.Popen(space.command("/usr/bin/python3", "-c", CROWD),
                                stdout=subprocess.PIPE,
                                start_new_session=True)]
    for number, name in enumerate(NAMES):
        started.append(subprocess.Popen(
            space.command("bash", "-c", 'exec -a "$1" /usr/bin/python3 -c "$2" "$3"', "x", name,
                          NAMED, str(9000 + number)),
            stdout=subprocess.PIPE, start_new_session=True))
    for each in started:
        assert each.stdout.readline() == b"there\n"
    yield started
    for each in started:
        subprocess.run(["pkill", "-KILL", "-s", str(each.pid)], check=False)
        each.wait()
        each.stdout.close()


@pytest.mark.parametrize("face", ["netstat", "ss"])
def test_prints_what_the_tool_prints(space, crowd, face):
    """The same bytes, while TIME_WAIT and orphans stay as they are: a few tries."""
    deadline = time.monotonic() + 20
    while True:
        before = output(space, face, "-tanp")
        mine = output(space, tracing.PROGRAM, "list", "--" + face)
        after = output(space, face, "-tanp")
        if before == after or time.monotonic() > deadline:
            break
    assert mine.decode().splitlines() == after.decode().splitlines()
    assert mine == after
    assert len(mine.splitlines()) > 30 and len(crowd) == 1 + len(NAMES)


@pytest.mark.parametrize("face", ["netstat", "ss"])
def test_half_open_and_unanswered(space, wire, cast, face):
    """SYN_SENT and SYN_RECV, whose timers change nothing that is printed."""
    del wire
    server = cast("server")
    port = server.listen("l", "127.0.0.1")[1]
    client = cast("client")
    client.open("c", "127.0.0.1")
    client.deafen("c")
    client.connect_start("c", "127.0.0.1", port)
    mine = output(space, tracing.PROGRAM, "list", "--" + face)
    assert mine.decode().splitlines() == output(space, face, "-tanp").decode().splitlines()
    for state in ((b"SYN_SENT", b"SYN_RECV") if face == "netstat" else (b"SYN-SENT", b"SYN-RECV")):
        assert state in mine


@pytest.mark.parametrize("face", ["netstat", "ss"])
def test_filters_leave_lines_out(space, crowd, face):
    whole = output(space, tracing.PROGRAM, "list", "--" + face).splitlines()
    part = output(space, tracing.PROGRAM, "list", "--" + face, "-s", "listen", "-L", "8001")
    wanted = [line for line in whole if b"LISTEN" in line and b":8001" in line]
    assert [line.split() for line in part.splitlines()[-1:]] == [line.split() for line in wanted]
    other = tracing.run("list", "--" + face, "--netns", space.path)
    assert other.output.splitlines()[-1].split() == whole[-1].split()
    assert crowd


MANY_DESCRIPTORS = """
import os, signal, socket
kept = [socket.create_server(("127.0.0.1", port)) for port in (5000, 5001, 5002)]
kept += [os.dup(kept[1].fileno()) for _ in range(8000)]
print("there", flush=True)
signal.pause()
"""


def test_a_line_longer_than_the_buffer(space):
    """8,000 descriptors of one socket: its line and those around it are whole."""
    with subprocess.Popen(["prlimit", "--nofile=9000:9000",
                           *space.command("/usr/bin/python3", "-c", MANY_DESCRIPTORS)],
                          stdout=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"there\n"
        whole = output(space, tracing.PROGRAM, "list", "--ss")
        program.kill()
    lines = [line.split() for line in whole.splitlines()]
    assert sorted(line[3] for line in lines[1:]) == [
        b"127.0.0.1:5000", b"127.0.0.1:5001", b"127.0.0.1:5002"]
    counts = {line[3]: line[5].count(b"pid=") for line in lines[1:]}
    assert sorted(counts.values()) == [1, 1, 8001]
    assert counts[b"127.0.0.1:5001"] == 8001


@pytest.mark.parametrize("words", [["--json"], ["--csv"], ["-o", "pid"], ["--tree"], ["-U"],
                                   ["--sort", "age"], ["--watch", "1"], ["-r"],
                                   ["--color=always"]])
def test_what_makes_no_sense_is_refused(words):
    for face in ("--netstat", "--ss"):
        done = tracing.run("list", face, *words)
        assert (done.status, done.output) == (2, b"")
        assert done.stderr.count("\n") == 1 and "another tool's format" in done.stderr
    both = tracing.run("list", "--netstat", "--ss")
    assert both.status == 2 and "contradict" in both.stderr
