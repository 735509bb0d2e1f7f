# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""explain: counts and owners of this machine, its sysctls, and the commands that it recommends."""

import json
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

import tracer as tracing

STATES = ("LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
          "CLOSING", "LAST_ACK", "TIME_WAIT", "CLOSED")
REASONS = ("normal", "refused", "reset-by-peer", "timed-out", "unreachable", "aborted-unread-data",
           "aborted-linger", "aborted", "destroyed", "listener-closed", "dropped",
           "keepalive-timeout", "user-timeout", "probe-timeout", "fin-timeout", "orphan-limit",
           "aborted-late-data", "time-wait-overflow", "reused", "accept-queue-full",
           "syn-queue-full", "cookie", "synack-retransmitted")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def explain(*words, prefix=(), **environment):
    done = tracing.run("explain", *words, prefix=prefix,
                       env=dict(os.environ, LC_ALL="C.UTF-8", **environment))
    assert done.status == 0, done.stderr
    return done


def explained(*words, prefix=()):
    """The one object, and nothing on standard error."""
    done = explain("--json", *words, prefix=prefix)
    assert done.stderr == ""
    assert len(done.objects) == 1
    return done.objects[0]


def holders(said, actors):
    """Of ours: other sockets of this machine are no business of the test."""
    pids = {each.pid for each in actors}
    return [each for each in said["holder_list"] if each["pid"] in pids]


def leak(server, client, host, count):
    """Makes `count` connections that the client has closed and the server has not."""
    port = server.listen("l" + host, host)[1]
    for i in range(count):
        name = "%s-%s-%d" % (server.name, host, i)
        assert client.connect(name, host, port) is None
        server.accept("l" + host, name)
        client.shutdown(name)
        server.eof(name)


def test_names_the_leaking_processes(cast):
    small, big, client = cast("leaks-less"), cast("leaking"), cast("client")
    leak(big, client, "127.0.0.1", 23)
    leak(big, client, "::1", 4)
    leak(small, client, "127.0.0.1", 5)
    # two descriptors of one socket are one socket
    big.grab(big.pid, big.fd("leaking-127.0.0.1-0"), "again")
    actors = (big, small, client)
    said = explained("close-wait")
    assert holders(said, actors) == [{"pid": big.pid, "comm": "leaking", "sockets": 27},
                                     {"pid": small.pid, "comm": "leaks-less", "sockets": 5}]
    assert said["sockets"]["CLOSE_WAIT"] >= 32
    text = explain("close-wait").output.decode()
    assert "    27 held by PID %d, leaking\n" % big.pid in text
    assert "    5 held by PID %d, leaks-less\n" % small.pid in text
    text = explain("--lang", "zh", "CLOSE_WAIT").output.decode()
    assert "    27 个由 PID %d（leaking）持有\n" % big.pid in text
    # the other end
    said = explained("fin-wait-2")
    assert holders(said, actors) == [{"pid": client.pid, "comm": "client", "sockets": 32}]
    big.kill()
    assert holders(explained("close-wait"), actors) == [
        {"pid": small.pid, "comm": "leaks-less", "sockets": 5}]


def test_sockets_of_no_process(space, cast):
    """Sockets not accepted yet or in TIME_WAIT are counted apart from those of processes."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", "127.0.0.1")[1]
    for i in range(3):
        assert client.connect("c%d" % i, "127.0.0.1", port) is None
    client.shutdown("c0")  # its peer is not accepted yet
    said = explained("close-wait")
    assert holders(said, (server, client)) == []
    assert said["no_process"] >= 1
    server.accept("l", "s0")
    assert holders(explained("close-wait"), (server,)) == [
        {"pid": server.pid, "comm": "server", "sockets": 1}]
    assert holders(explained("listen"), (server,)) == [
        {"pid": server.pid, "comm": "server", "sockets": 1}]
    assert holders(explained("established"), (server, client)) == [
        {"pid": client.pid, "comm": "client", "sockets": 2}]
    server.close("s0")
    client.eof("c0")
    client.close("c0")
    waits = explained("time-wait")
    assert waits["holder_list"] == []
    assert waits["no_process"] == waits["sockets"]["TIME_WAIT"] >= 1
    # the namespace alone, as somebody who may enter no other sees it
    inside = ("ip", "netns", "exec", space.name)
    counts = explained(prefix=inside + NOBODY)["sockets"]
    assert set(counts) == set(STATES) and counts.pop("CLOSED") is None
    assert {state: n for state, n in counts.items() if n} == {
        "LISTEN": 1, "ESTABLISHED": 4, "TIME_WAIT": 1}


def test_a_shared_socket_counts_for_each(cast):
    server, client = cast("server"), cast("client")
    leak(server, client, "127.0.0.1", 2)
    child = cast.fork(server, "child")
    found = holders(explained("close-wait"), (server, child))
    assert sorted((each["pid"], each["sockets"]) for each in found) == sorted(
        [(server.pid, 2), (child.pid, 2)])
    assert "counts for each of them" in explain("close-wait").output.decode()


def test_without_root(cast):
    """It says what it can see, and that there is more."""
    server, client = cast("server"), cast("client")
    leak(server, client, "127.0.0.1", 2)
    inside = ("ip", "netns", "exec", cast.space.name)
    said = explained("close-wait", prefix=inside + NOBODY)
    assert said["sockets"] == {"CLOSE_WAIT": 2}  # of its own namespace
    assert said["holder_list"] == [] and said["unknown_process"] == 2
    text = explain("close-wait", prefix=inside + NOBODY).output.decode()
    assert "  2 in CLOSE_WAIT\n" in text
    assert "unknown holders" in text
    assert "  root sees more\n" in text


def test_processes_that_cannot_be_looked_at():
    """Without CAP_SYS_PTRACE a namespace that only others are in may be missing, and JSON has that."""
    with subprocess.Popen(["unshare", "-n", "setpriv", "--reuid=65534", "sh", "-c", "echo; exec cat"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        said = tracing.run("explain", "CLOSE_WAIT", "--json",
                           prefix=["setpriv", "--bounding-set=-sys_ptrace"]).objects[0]
        other.stdin.close()
    assert said["netns_hidden"] is True


def test_sysctls_are_this_namespaces(space):
    space.sysctl("net.ipv4.tcp_syn_retries", 3)
    space.sysctl("net.ipv4.tcp_fin_timeout", 17)
    inside = ("ip", "netns", "exec", space.name)
    sysctls = {each["name"]: each for each in explained("syn-sent", prefix=inside)["sysctls"]}
    retries = sysctls["net.ipv4.tcp_syn_retries"]
    assert retries["value"] == "3"
    linear = sysctls["net.ipv4.tcp_syn_linear_timeouts"]["value"]
    seconds = 15 if linear is None or linear == "0" else {"4": 19}.get(linear)
    if seconds:
        assert "about %d s" % seconds in retries["derived"]
    sysctls = {each["name"]: each for each in explained("fin-wait-2", prefix=inside)["sysctls"]}
    assert sysctls["net.ipv4.tcp_fin_timeout"]["value"] == "17"
    # what a namespace does not have is absent, and not 0
    for state in STATES:
        for each in explained(state, prefix=inside)["sysctls"]:
            path = "/proc/sys/" + each["name"].replace(".", "/")
            shown = subprocess.run([*inside, "cat", path], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, check=False)
            value = None if shown.returncode else " ".join(shown.stdout.decode().split())
            assert each["value"] == value, each
            if value is None:
                assert each["name"] + ": absent" in explain(state, prefix=inside).output.decode()


def test_both_languages_recommend_the_same():
    for topic in STATES + REASONS:
        one, other = (explained("--lang", lang, topic) for lang in ("en", "zh"))
        assert one["lang"] == "en" and other["lang"] == "zh"
        assert one["commands"] == other["commands"] and one["commands"]
        for key in ("name", "value"):
            assert [each[key] for each in one["sysctls"]] == [each[key] for each in other["sysctls"]]
        for key in ("meaning", "next", "why", "normal"):
            assert re.search("[一-鿿]", other[key]) and one[key].isascii()


def recommended():
    """Every command that explain names for any topic, and the diagram's."""
    found = set(explained()["commands"])
    for topic in STATES + REASONS:
        found |= set(explained(topic)["commands"])
    for old in STATES:
        for new in STATES:
            found |= set(explained(old, new)["commands"])
    return sorted(found)


def runs(words):
    """It is accepted: it ends by itself, or goes on until it is interrupted, with status 0. One
    that goes on shows that it has begun by its first line."""
    process = subprocess.Popen([tracing.PROGRAM, *words], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + tracing.TIMEOUT
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=max(1, deadline - time.monotonic()))
    return process.returncode, (first + rest).decode(errors="replace")


def test_every_recommended_command_runs(space):
    commands = recommended()
    assert len(commands) > 20, commands
    for line in commands:
        program, *words = shlex.split(line)
        assert program == "tcpstate", line
        status, said = runs(words)
        assert status == 0, "%s: %d: %s" % (line, status, said)


@pytest.mark.parametrize("columns", (80, 64))
def test_fits_the_terminal(columns):
    """As wide as the terminal is; read from one, since width is asked of it only."""
    import fcntl
    import pty
    import struct
    import termios
    import unicodedata

    for words in ([], ["close-wait"], ["--lang", "zh", "time-wait"], ["--lang", "zh"]):
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen([tracing.PROGRAM, "explain", *words], stdout=terminal,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=dict(os.environ, LC_ALL="C.UTF-8"))
        os.close(terminal)
        text = b""
        while True:
            try:
                data = os.read(controller, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            text += data
        os.close(controller)
        assert process.wait(tracing.TIMEOUT) == 0 and process.stderr.read() == b""
        process.stderr.close()
        lines = text.decode().split("\r\n")
        widths = [sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line)
                  for line in lines if "│" not in line and "─" not in line]
        assert max(widths) <= columns
        assert max(widths) > columns - 12 or not words


def test_json_of_every_topic_has_the_same_keys():
    keys = {tuple(json.loads(line)) for topic in ([], ["listen"], ["listen", "closed"], ["refused"],
                                                  ["ETIMEDOUT"], ["cookie"], ["closed", "closed"])
            for line in explain("--json", *topic).output.decode().splitlines()}
    assert len(keys) == 1
