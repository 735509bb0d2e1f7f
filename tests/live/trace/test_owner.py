# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The owner of a socket, whichever process runs when its state changes."""

import os
import subprocess
import sys

import pytest

import actors
from expect import client, listener, server
from steps import (ACTIVE_CLIENT, ASKED, OPENED_BY_CLIENT, OPENED_TO_SERVER, ORPHANED_CLIENT,
                   PASSIVE_CLIENT, PASSIVE_SERVER, SERVED, end_server, talk)

NOBODY = 65534


def test_prefork(scenario, cast, host):
    """Four children accept from their parent's listener: each connection is its child's."""
    scenario.trace()
    parent, asking = cast("parent"), cast("client")
    remote = tuple(parent.listen("l", host))
    children = [cast.fork(parent, "child%d" % i) for i in range(4)]
    ends = []
    for turn in range(8):
        child = children[turn % 4]
        assert asking.connect("c", *remote) is None
        local = tuple(child.accept("l", "s"))
        talk(child, asking)
        asking.shutdown("c")
        child.eof("s")
        child.close("s")
        asking.eof("c")
        asking.close("c")
        ends += [client(local, remote, ACTIVE_CLIENT, moved=ASKED), server(remote, local, """
            ~LISTEN>SYN_RECV       parent listener
            SYN_RECV>ESTABLISHED   parent listener
            ESTABLISHED>CLOSE_WAIT {0} accept|use
            CLOSE_WAIT>LAST_ACK    {0} accept|use
            LAST_ACK>CLOSED        {0} accept|use normal
            """.format(child.name), moved=SERVED)]
    for each in children:
        each.close("l")
    parent.close("l")
    scenario.expect(listener(remote, "parent"), *ends)


def test_prefork_never_used(scenario, cast, host):
    """The child accepts and closes: where accept() is not seen, close() is the first that is."""
    tracer = scenario.trace()
    parent, asking = cast("parent"), cast("client")
    remote = tuple(parent.listen("l", host))
    child = cast.fork(parent, "child")
    assert asking.connect("c", *remote) is None
    local = tuple(child.accept("l", "s"))
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    child.close("s")
    parent.close("l")
    child.close("l")
    scenario.expect(listener(remote, closed="LISTEN>CLOSED child use/snapshot normal", who="parent"),
                    client(local, remote, ORPHANED_CLIENT), server(remote, local, """
        ~LISTEN>SYN_RECV       parent listener
        SYN_RECV>ESTABLISHED   parent listener
        ESTABLISHED>CLOSE_WAIT child|parent/child/? accept|listener/snapshot/unknown
        CLOSE_WAIT>LAST_ACK    child accept|use/snapshot
        LAST_ACK>CLOSED        child accept|use/snapshot normal
        """))


def test_passed_on(scenario, cast, host):
    """SCM_RIGHTS: the server only accepts; a worker has the socket from then on."""
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    worker = cast("worker")
    channel = actors.pair(serving, worker)
    serving.give("s", channel)
    worker.take(channel, "s")
    serving.close("s")
    talk(worker, asking)
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    worker.eof("s")
    worker.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server/worker/?|worker accept/snapshot/unknown|use/snapshot
        CLOSE_WAIT>LAST_ACK    worker use/snapshot
        LAST_ACK>CLOSED        worker use/snapshot normal
        """, moved=SERVED))


def test_passed_on_in_use(scenario, cast, host):
    """The server has talked already; the worker shows when it ends the connection."""
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    worker = cast("worker")
    channel = actors.pair(serving, worker)
    serving.give("s", channel)
    worker.take(channel, "s")
    serving.close("s")
    asking.shutdown("c")
    worker.eof("s")
    worker.close("s")
    asking.eof("c")
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server/worker/? accept|use/snapshot/unknown
        CLOSE_WAIT>LAST_ACK    worker use/snapshot
        LAST_ACK>CLOSED        worker use/snapshot normal
        """, moved=SERVED))


def test_shutdown_by_the_only_holder(scenario, cast, host):
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    worker = cast("worker")
    channel = actors.pair(asking, worker)
    asking.give("c", channel)
    worker.take(channel, "c")
    asking.close("c")
    worker.shutdown("c")
    end_server(serving)
    worker.eof("c")
    worker.close("c")
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 worker use/snapshot
        FIN_WAIT_1>FIN_WAIT_2  worker use/snapshot
        ~FIN_WAIT_2>TIME_WAIT  worker use/snapshot normal
        """, moved=ASKED))


def test_fork_server(scenario, cast, host):
    """The parent accepts, a child handles, the parent closes its copy at once."""
    tracer = scenario.trace()
    parent, asking, local, remote, _ = cast.connection(host, "parent")
    child = cast.fork(parent, "child")
    parent.close("s")
    talk(child, asking)
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    child.eof("s")
    child.close("s")
    child.close("l")
    parent.close("l")
    scenario.expect(listener(remote, "parent"), client(local, remote, ORPHANED_CLIENT, moved=ASKED),
                    server(remote, local, """
        ~LISTEN>SYN_RECV       parent listener
        SYN_RECV>ESTABLISHED   parent listener
        ESTABLISHED>CLOSE_WAIT parent/child/?|child accept/snapshot/unknown|use/snapshot
        CLOSE_WAIT>LAST_ACK    child use/snapshot
        LAST_ACK>CLOSED        child use/snapshot normal
        """, moved=SERVED))


def test_fork_client(scenario, cast, host):
    """The connection of a parent that has exited ends as its child's."""
    tracer = scenario.trace()
    serving, parent, local, remote, _ = cast.connection(host, client="parent")
    child = cast.fork(parent, "child")
    parent.close("c")
    talk(serving, child)
    child.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    end_server(serving)
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, """
        CLOSED>SYN_SENT        parent connect
        SYN_SENT>ESTABLISHED   parent connect
        ESTABLISHED>FIN_WAIT_1 child use/snapshot
        FIN_WAIT_1>FIN_WAIT_2  child use/snapshot
        FIN_WAIT_2>TIME_WAIT|  child use normal
        """, moved=ASKED))


def test_shutdown_by_one_of_two(scenario, cast, host):
    """While its parent still holds the socket, a child that shuts it down merely acts."""
    scenario.trace()
    serving, parent, local, remote, _ = cast.connection(host, client="parent")
    talk(serving, parent)
    child = cast.fork(parent, "child")
    child.shutdown("c")
    serving.eof("s")
    serving.close("s")
    serving.close("l")
    parent.eof("c")
    child.close("c")
    parent.close("c")
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, """
        CLOSED>SYN_SENT        parent connect
        SYN_SENT>ESTABLISHED   parent connect
        ESTABLISHED>FIN_WAIT_1 parent connect by=child
        FIN_WAIT_1>FIN_WAIT_2  parent connect
        ~FIN_WAIT_2>TIME_WAIT  parent connect normal
        """, moved=ASKED))


def test_helper(scenario, cast, host):
    """pidfd_getfd() and shutdown() from outside, as one unblocks a stuck CLOSE_WAIT."""
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    helper = cast("helper")
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    helper.grab(serving.pid, serving.fd("s"), "s")
    helper.shutdown("s", "RDWR")
    tracer.until_seen(old="LAST_ACK")
    helper.close("s")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use by=helper
        LAST_ACK>CLOSED        server accept|use normal
        """, moved=SERVED))


RENAMED_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>CLOSE_WAIT client:renamed connect
CLOSE_WAIT>LAST_ACK    client:renamed connect
LAST_ACK>CLOSED        client:renamed connect normal
"""


@pytest.mark.parametrize("how", ["exec", "prctl"])
def test_new_name(scenario, cast, host, tmp_path, how):
    """A process that takes another name: the very next transition, made by a packet, has it."""
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    if how == "exec":
        os.symlink(sys.executable, tmp_path / "renamed")
        asking.exec(str(tmp_path / "renamed"))
    else:
        asking.rename("renamed")
    serving.shutdown("s")
    asking.eof("c")
    asking.close("c")
    serving.eof("s")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RENAMED_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>FIN_WAIT_1 server accept|use
        FIN_WAIT_1>FIN_WAIT_2  server accept|use
        ~FIN_WAIT_2>TIME_WAIT  server accept|use normal
        """, moved=SERVED))


def test_thread(scenario, cast, host):
    """Threads have names of their own; the process is what owns."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.in_thread("listening", "listen", ["l", host]))
    assert asking.in_thread("connecting", "connect", ["c", *remote]) is None
    local = tuple(serving.in_thread("accepting", "accept", ["l", "s"]))
    serving.in_thread("sending", "send", ["s", 1])
    serving.in_thread("shutting", "shutdown", ["s"])
    asking.in_thread("receiving", "recv", ["c", 1])
    asking.eof("c")
    asking.in_thread("closing", "close", ["c"])
    serving.eof("s")
    serving.close("s")
    serving.in_thread("closing", "close", ["l"])
    scenario.expect(listener(remote), client(local, remote, PASSIVE_CLIENT, moved=(1, 0)),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>FIN_WAIT_1 server accept|use
        FIN_WAIT_1>FIN_WAIT_2  server accept|use
        ~FIN_WAIT_2>TIME_WAIT  server accept|use normal
        """, moved=(0, 1)))


def test_user(scenario, cast, host):
    """The owner's effective user, not the tracer's."""
    scenario.trace()
    serving, asking = cast("server"), cast("client", uid=NOBODY)
    remote = tuple(serving.listen("l", host))
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote), server(remote, local, PASSIVE_SERVER, moved=SERVED),
                    client(local, remote, ACTIVE_CLIENT, uid=NOBODY, moved=ASKED))


def test_older_than_the_trace(scenario, cast, host):
    """Known from the snapshot: its owner, not since when."""
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    tracer = scenario.trace()
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    end_server(serving)
    scenario.expect(listener(remote, opened=False, closed="LISTEN>CLOSED server snapshot normal"),
                    client(local, remote, """
        ESTABLISHED>FIN_WAIT_1 client snapshot
        FIN_WAIT_1>FIN_WAIT_2  client snapshot
        FIN_WAIT_2>TIME_WAIT|  client snapshot normal
        """, moved=ASKED, role=None), server(remote, local, """
        ESTABLISHED>CLOSE_WAIT server snapshot
        CLOSE_WAIT>LAST_ACK    server snapshot
        LAST_ACK>CLOSED        server snapshot normal
        """, moved=SERVED, role=None))


def test_listener_older_than_the_trace(scenario, cast, host):
    """Its children inherit what the snapshot found."""
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host))
    scenario.trace()
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote, opened=False, closed="LISTEN>CLOSED server snapshot normal"),
                    client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))


def test_older_in_another_namespace(scenario, cast, other_space):
    """The snapshot looks into every network namespace."""
    asking = cast("client", other_space)
    remote = tuple(asking.listen("l", "127.0.0.1"))
    asking.connect("c", *remote)
    asking.accept("l", "s")
    local = tuple(asking.name_of("c"))
    scenario.trace_everywhere(other_space)
    asking.linger("c", 0)
    asking.close("c")
    assert asking.recv_error("s") == "ECONNRESET"
    asking.close("s")
    asking.close("l")
    scenario.expect(
        listener(remote, "client", opened=False, netns=other_space,
                 closed="LISTEN>CLOSED client snapshot normal"),
        client(local, remote, """
            ESTABLISHED>CLOSED client snapshot aborted-linger rst=sent:TCP_STATE
            """, role=None, netns=other_space),
        server(remote, local, """
            ESTABLISHED>CLOSED client snapshot reset-by-peer ECONNRESET rst=received
            """, role=None, netns=other_space))


MPTCP = 262


def test_mptcp(scenario, cast, host):
    """A listener and a client that ask for MPTCP: what is traced is the TCP subflows, which have
    the connection's addresses. Only MPTCP operates on them, for any process."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.open("l", host, 0, MPTCP))
    serving.start_listening("l")
    asking.open("c", host, None, MPTCP)
    assert asking.connect("c", *remote) is None
    local = tuple(serving.accept("l", "s"))
    talk(serving, asking)
    asking.close("c")
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|listener
        CLOSE_WAIT>LAST_ACK    server accept|listener
        LAST_ACK>CLOSED        server accept|listener normal
        """, moved=SERVED))


def test_daemon(scenario, cast, host):
    """A process that listens, forks and ends, as daemons do: the listener is its child's."""
    tracer = scenario.trace()
    parent = cast("parent")
    parent.listen("l", host)
    child = cast.fork(parent, "child")
    remote = child.name_of("l")
    parent.end()
    asking = cast("asking")

    def named():
        return [t for t in tracer.transitions if t["new"] == "ESTABLISHED" and
                t["role"] == "server" and t["pid"] == child.pid]

    for i in range(50):
        name = "%d" % i
        assert asking.connect("c" + name, host, remote[1]) is None
        child.accept("l", "s" + name)
        asking.close("c" + name)
        child.eof("s" + name)
        child.close("s" + name)
        tracer.until(lambda _: sum(t["new"] == "CLOSED" and t["role"] == "server"
                                   for t in tracer.transitions) > i)
        if named():
            break
    assert named(), "the listener never was its holder's"
    # until the scan of its files no process was named, and never the dead one
    births = [t for t in tracer.transitions if t["new"] == "SYN_RECV"]
    assert {t["pid"] for t in births} <= {None, child.pid}


HOLDER = """
import socket
l = socket.socket()
l.bind(("127.0.0.1", 0))
l.listen(8)
input()
for i in range(3000):
    c = socket.create_connection(l.getsockname())
    s = l.accept()[0]
    c.close()
    s.close()
"""
ONLOOKER = """
import os, sys
while os.path.exists("/proc/%s/fd" % sys.argv[1]):
    for _ in range(1000):
        try:
            os.readlink("/proc/%s/fd/%s" % tuple(sys.argv[1:]))
        except OSError:
            pass
"""


def test_onlooker(space, tracer):
    """Who lists the files of others holds each for a moment, and a close may run in that program.
    The next two descriptors after the listener are the two ends of each connection."""
    traced = tracer("--netns", space.name)
    holder = subprocess.Popen(space.command(sys.executable, "-c", HOLDER), stdin=subprocess.PIPE)
    onlookers = []
    try:
        traced.until_seen(new="LISTEN")
        onlookers = [subprocess.Popen([sys.executable, "-c", ONLOOKER, str(holder.pid), str(fd)])
                     for fd in (4, 5)]
        holder.communicate(b"\n", timeout=60)
    finally:
        for each in [holder, *onlookers]:
            each.kill()
            each.wait()
    transitions = traced.stop().transitions
    assert len(transitions) > 3000 * 8
    assert {t["pid"] for t in transitions} == {holder.pid}
