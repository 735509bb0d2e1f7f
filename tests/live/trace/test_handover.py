# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""An owner that gives its socket up and lives on, and an owner that ends without close()."""

import os
import signal
import time

import pytest

import actors

FORMER_MAY_BE_NAMED = 0.15  # seconds after a transition of a connection


def by_rights(cast, old, name):
    new = cast("new")
    channel = actors.pair(old, new)
    old.give(name, channel)
    new.take(channel, name)
    return new


def by_fork(cast, old, name):
    new = cast.fork(old, "new")
    assert new.fd(name)  # it runs, and has its name
    return new


def by_pidfd(cast, old, name):
    new = cast("new")
    new.grab(old.pid, old.fd(name), name)
    return new


WAYS = pytest.mark.parametrize("pass_on", [by_rights, by_fork, by_pidfd],
                               ids=["rights", "fork", "pidfd"])


def connect(asking, holder, host, port, count):
    """One connection that the holder accepts and closes."""
    name = "%d" % count
    assert asking.connect("c" + name, host, port) is None
    holder.accept("l", "s" + name)
    asking.close("c" + name)
    holder.eof("s" + name)
    holder.close("s" + name)


def serving(tracer, port):
    return [each for each in tracer.transitions if each["role"] == "server" and
            each["lport"] == port and each["raddr"]]


def connect_until(tracer, asking, holder, host, port, done):
    """Connections, until their transitions are as wanted."""
    for count in range(100):
        connect(asking, holder, host, port, count)
        tracer.until(lambda _: sum(each["new"] == "CLOSED" for each in serving(tracer, port)) >
                     count)
        if done(serving(tracer, port)[-5:]):
            return
    pytest.fail("not within 100 connections: %r" % serving(tracer, port)[-5:])


@WAYS
@pytest.mark.parametrize("older", [False, True], ids=["traced", "older"])
def test_listener(scenario, cast, host, pass_on, older):
    """The former holder lives on, and is named for no connection; the new one is, in the end."""
    tracer = None if older else scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("l", host)[1]
    tracer = tracer or scenario.trace()
    new = pass_on(cast, old, "l")
    old.close("l")
    connect_until(tracer, asking, new, host, port,
                  lambda last: all(each["pid"] == new.pid for each in last))
    assert {each["pid"] for each in serving(tracer, port)} <= {new.pid, None}
    os.kill(old.pid, 0)


def test_listener_while_busy(scenario, cast, host):
    """The owner is checked again although connection follows upon connection."""
    tracer = scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("l", host)[1]
    new = by_fork(cast, old, "l")
    connect_until(tracer, asking, old, host, port,
                  lambda last: all(each["pid"] == old.pid for each in last))
    old.close("l")
    closed_ns = time.monotonic_ns()
    connect_until(tracer, asking, new, host, port,
                  lambda last: all(each["pid"] == new.pid for each in last))
    late = [each for each in serving(tracer, port) if each["mono_ns"] > closed_ns + 20_000_000]
    assert late and {each["pid"] for each in late} <= {new.pid, None}


def test_listener_kept(scenario, cast, host):
    """Both hold it: either is right, and no other."""
    tracer = scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("l", host)[1]
    new = by_rights(cast, old, "l")
    for count in range(5):
        connect(asking, new, host, port, count)
    tracer.until(lambda _: sum(each["new"] == "CLOSED" for each in serving(tracer, port)) == 5)
    births = [each for each in serving(tracer, port) if each["new"] == "SYN_RECV"]
    assert {each["pid"] for each in births} <= {old.pid, new.pid}


def test_listener_has_another_number(scenario, cast, host):
    """dup(), and the first descriptor closed: the process still holds the listener."""
    tracer = scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("first", host)[1]
    old.duplicate("first", "l")
    old.close("first")
    for count in range(3):
        connect(asking, old, host, port, count)
    tracer.until(lambda _: sum(each["new"] == "CLOSED" for each in serving(tracer, port)) == 3)
    assert {each["pid"] for each in serving(tracer, port)} == {old.pid}


@WAYS
@pytest.mark.parametrize("end", ["c", "s"])
def test_connection(scenario, cast, host, pass_on, end):
    """Of either end. It was used before; afterwards packets alone move it."""
    tracer = scenario.trace()
    server, client, local, remote, _ = cast.connection(host)
    client.send("c", 3)
    server.recv("s", 3)
    server.send("s", 3)
    client.recv("c", 3)
    old, other = (client, server) if end == "c" else (server, client)
    new = pass_on(cast, old, end)
    old.close(end)
    time.sleep(FORMER_MAY_BE_NAMED)
    given_ns = time.monotonic_ns()
    other.shutdown("s" if end == "c" else "c")
    tracer.until_seen(new="CLOSE_WAIT", lport=(local if end == "c" else remote)[1])
    new.eof(end)
    new.close(end)
    tracer.until_seen(old="LAST_ACK")
    passive = [each for each in tracer.transitions if each["mono_ns"] > given_ns and
               each["old"] in ("ESTABLISHED", "CLOSE_WAIT", "LAST_ACK") and
               each["lport"] == (local if end == "c" else remote)[1]]
    assert [each["new"] for each in passive] == ["CLOSE_WAIT", "LAST_ACK", "CLOSED"]
    assert {each["pid"] for each in passive} <= {new.pid, None}
    assert passive[-1]["pid"] == new.pid


@WAYS
def test_count_follows(cast, counter, pass_on):
    """A filter by owner, while nothing happens to the sockets."""
    old, _, _, _, _ = cast.connection("127.0.0.1", "old")
    watched = cast("watched")
    if pass_on is by_fork:
        watched = cast.fork(old, "watched")
    count = counter("0.3", "-p", str(watched.pid))
    if pass_on is by_rights:
        channel = actors.pair(old, watched)
        for name in "ls":
            old.give(name, channel)
            watched.take(channel, name)
    elif pass_on is by_pidfd:
        for name in "ls":
            watched.grab(old.pid, old.fd(name), name)
    for name in "ls":
        old.close(name)

    def last():
        return count.of_type("count")[-1]["sockets"] if count.of_type("count") else {}

    count.until(lambda _: (last().get("LISTEN"), last().get("ESTABLISHED")) == (1, 1))


def die(server):
    server.kill()


def leave(server):
    server.begin("vanish")


@pytest.mark.parametrize("how", [die, leave], ids=["killed", "exits"])
@pytest.mark.parametrize("words", [(), ("-c", "server")], ids=["all", "filtered"])
def test_queue(scenario, cast, host, how, words):
    """The connections that a dying server never accepted end as that server's."""
    tracer = scenario.trace(*words)
    server, asking = cast("server"), cast("asking")
    port = server.listen("l", host)[1]
    for name in "abc":
        assert asking.connect(name, host, port) is None
    server.accept("l", "s")
    how(server)
    for name in "bc":
        assert asking.recv_error(name) == "ECONNRESET"
    tracer.until(lambda _: sum(each["reason"] == "listener-closed"
                               for each in tracer.transitions) == 2)
    ends = [each for each in serving(tracer, port) if each["reason"] == "listener-closed"]
    assert {(each["pid"], each["comm"], each["owner"]) for each in ends} == \
        {(server.pid, "server", "listener")}


def test_queue_of_the_last_holder(scenario, cast, host):
    """The process that has the listener last resets the queue, not the one that made it."""
    tracer = scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("l", host)[1]
    new = by_fork(cast, old, "l")
    for name in "ab":
        assert asking.connect(name, host, port) is None
    old.close("l")
    os.kill(new.pid, signal.SIGKILL)
    for name in "ab":
        assert asking.recv_error(name) == "ECONNRESET"
    tracer.until(lambda _: sum(each["reason"] == "listener-closed"
                               for each in tracer.transitions) == 2)
    ends = [each for each in serving(tracer, port) if each["reason"] == "listener-closed"]
    assert {(each["pid"], each["comm"], each["owner"]) for each in ends} == \
        {(new.pid, "new", "listener")}


def test_queue_that_others_have(scenario, cast, host):
    """A connection in the queue of a listener that a child has, too: the process that made the
    listener has died, and is not named any more."""
    tracer = scenario.trace()
    old, asking = cast("old"), cast("asking")
    port = old.listen("l", host)[1]
    new = by_fork(cast, old, "l")
    assert asking.connect("a", host, port) is None
    tracer.until_seen(old="SYN_RECV", lport=port, pid=old.pid)
    old.kill()
    asking.shutdown("a")
    end = tracer.until_seen(new="CLOSE_WAIT", lport=port)
    assert end["pid"] in (new.pid, None)
    new.accept("l", "s")
    new.close("s")
    tracer.until_seen(old="LAST_ACK", lport=port, pid=new.pid)


def test_queue_of_threads(scenario, cast, host):
    """The main thread has exited; the kernel closes the files of the last one."""
    tracer = scenario.trace()
    server, asking = cast("server"), cast("asking")
    port = server.listen("l", host)[1]
    server.leave_main_thread()
    assert asking.connect("a", host, port) is None
    os.kill(server.pid, signal.SIGKILL)
    assert asking.recv_error("a") == "ECONNRESET"
    end = tracer.until_seen(reason="listener-closed")
    assert (end["pid"], end["comm"], end["owner"]) == (server.pid, "server", "listener")
    births = [each for each in serving(tracer, port) if each["new"] == "SYN_RECV"]
    assert {each["pid"] for each in births} == {server.pid}
