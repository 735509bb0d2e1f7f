# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Servers and clients of everyday use, inside the namespace."""

import os
import subprocess

import pytest

import expect
from server import NGINX, Server

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:8081
    default_backend back
backend back
    server one 127.0.0.1:8080
"""


@pytest.fixture
def program(space, tmp_path):
    """Starts a program in the namespace and waits until it listens; ended by the fixture."""
    started = []

    def start(port, *words):
        started.append(Server(space, tmp_path, "127.0.0.1", port))
        started[-1].start(*words)
        return started[-1].process

    yield start
    for each in reversed(started):
        each.remove()


SIZES = "\\n%{size_request} %{size_header} %{size_download}"


def curl(space, url):
    """What it fetched; its pid, which nothing but itself knows; what it sent and received."""
    process = subprocess.Popen(space.command("curl", "-sS", "-w", SIZES, url),
                               stdout=subprocess.PIPE)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    output, _, sizes = output.decode().rpartition("\n")
    request, *answer = [int(size) for size in sizes.split()]
    return output, process.pid, (request, sum(answer))


def connections(tracer, role, count):
    """Reads until that many sockets of the role have ended; their transitions by socket."""

    def ended(transitions):
        return sum(each["role"] == role and each["new"] in ("FIN_WAIT_2", "CLOSED")
                   for each in transitions)

    tracer.until(lambda seen: ended(seen) >= count)
    sockets = expect.by_id(tracer.transitions)
    return [each for each in sockets.values() if each[0]["role"] == role]


def states(transitions):
    return [each["new"] for each in transitions]


# A client that closes first is an orphan: it is seen in TIME_WAIT where the kernel reports
# orphans, or where the peer's FIN came with the ACK of its own.
CLOSED_FIRST = (["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"],
                ["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"])


def moved(transitions):
    return transitions[-1]["bytes_in"], transitions[-1]["bytes_out"]


def owners(transitions):
    return [(each["pid"], each["comm"]) for each in transitions]


@pytest.mark.parametrize("fresh", [True, False], ids=["traced", "older"])
def test_nginx(scenario, space, program, tmp_path, fresh):
    """Each request is the worker's that answered it; the listener is the master's."""
    (tmp_path / "conf").write_text(NGINX.format(dir=tmp_path, at="127.0.0.1:8080"))
    words = ["nginx", "-g", "daemon off;", "-e", str(tmp_path / "error"), "-p", str(tmp_path),
             "-c", str(tmp_path / "conf")]
    tracer = scenario.trace() if fresh else None
    master = program(8080, *words).pid
    tracer = tracer or scenario.trace()
    answers = [curl(space, "http://127.0.0.1:8080/") for _ in range(6)]
    servers = connections(tracer, "server", 6)
    clients = connections(tracer, "client", 6)
    servers = [each for each in servers if each[0]["new"] == "SYN_RECV"]
    for (_, asking, _), each in zip(answers, clients):
        assert owners(each) == [(asking, "curl")] * len(each)
        assert states(each) in CLOSED_FIRST
        assert each[-1]["reason"] in ("normal", None)
    assert len(servers) == 6
    for (said, _, sizes), each in zip(answers, servers):
        assert owners(each[:2]) == [(listening(each, master), "nginx")] * 2
        assert {each["owner"] for each in each[:2]} == {"listener"}
        assert owners(each[2:]) == [(int(said), "nginx")] * 3
        assert states(each[2:]) == ["CLOSE_WAIT", "LAST_ACK", "CLOSED"]
        assert moved(each) == sizes


def listening(transitions, master):
    """An older listener is held by the master and its workers: one of them is named."""
    if transitions[0]["pid"] == master:
        return master
    with open("/proc/%d/stat" % transitions[0]["pid"], encoding="ascii") as stat:
        assert int(stat.read().rsplit(")", 1)[1].split()[1]) == master
    return transitions[0]["pid"]


def test_redis(scenario, space, program, tmp_path):
    tracer = scenario.trace()
    server = program(6379, "redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "",
                     "--dir", str(tmp_path))
    client = subprocess.Popen(space.command("redis-cli", "-h", "127.0.0.1", "set", "key", "value"),
                              stdout=subprocess.PIPE)
    assert client.communicate(timeout=60)[0] == b"OK\n"
    (serving,) = [each for each in connections(tracer, "server", 1)
                  if each[0]["new"] == "SYN_RECV"]
    (asking,) = connections(tracer, "client", 1)
    assert owners(asking) == [(client.pid, "redis-cli")] * len(asking)
    assert states(asking) in CLOSED_FIRST
    assert owners(serving) == [(server.pid, "redis-server")] * 5
    assert states(serving)[-3:] == ["CLOSE_WAIT", "LAST_ACK", "CLOSED"]
    assert serving[-1]["reason"] == "normal"
    request = b"*3\r\n$3\r\nset\r\n$3\r\nkey\r\n$5\r\nvalue\r\n"
    assert moved(serving) == (len(request), len(b"+OK\r\n"))


def test_haproxy(scenario, space, program, tmp_path):
    """One process is server to the client and client to the server behind it."""
    (tmp_path / "conf").write_text(NGINX.format(dir=tmp_path, at="127.0.0.1:8080"))
    (tmp_path / "proxy").write_text(HAPROXY)
    program(8080, "nginx", "-g", "daemon off;", "-e", str(tmp_path / "error"), "-p", str(tmp_path),
            "-c", str(tmp_path / "conf"))
    tracer = scenario.trace()
    proxy = program(8081, "haproxy", "-db", "-f", str(tmp_path / "proxy"))
    _, asking, sizes = curl(space, "http://127.0.0.1:8081/")
    for each in connections(tracer, "client", 2):
        port = each[-1]["rport"]
        wanted = (asking, "curl") if port == 8081 else (proxy.pid, "haproxy")
        assert owners(each) == [wanted] * len(each), port
    serving = [each for each in connections(tracer, "server", 2)
               if each[-1]["lport"] == 8081 and each[0]["new"] == "SYN_RECV"]
    assert [owners(each) for each in serving] == [[(proxy.pid, "haproxy")] * len(serving[0])]
    assert moved(serving[0]) == sizes
    assert os.path.exists("/proc/%d" % proxy.pid)
