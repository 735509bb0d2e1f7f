# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Connections that end by a reset, and why."""

import pytest

from expect import client, listener, server
from test_close import OPENED_BY_CLIENT, OPENED_TO_SERVER, talk

RESET_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET
"""
RESET_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET
"""


@pytest.fixture
def talking(scenario, cast, host):
    """A connection whose ends have used it, traced from before its beginning."""
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    return serving, asking, local, remote


def test_linger_by_client(scenario, talking):
    serving, asking, local, remote = talking
    asking.linger("c", 0)
    asking.close("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted-linger
        """))


def test_linger_by_server(scenario, talking):
    serving, asking, local, remote = talking
    serving.linger("s", 0)
    serving.close("s")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-linger
        """))


def test_unread_at_server(scenario, talking):
    serving, asking, local, remote = talking
    asking.send("c", 100)
    serving.wait_for("s", "POLLIN")
    serving.close("s")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-unread-data
        """))


def test_unread_at_client(scenario, talking):
    serving, asking, local, remote = talking
    serving.send("s", 1)
    asking.wait_for("c", "POLLIN")
    asking.close("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted-unread-data
        """))


def test_unread_in_close_wait(scenario, talking):
    """Data and end of file came, neither was read."""
    serving, asking, local, remote = talking
    asking.send("c", 1)
    asking.shutdown("c")
    serving.wait_for("s", "POLLRDHUP")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    serving.close("s")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>FIN_WAIT_2  client connect
        FIN_WAIT_2>CLOSED      client connect reset-by-peer ECONNRESET
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use aborted-unread-data
        """))


def test_reset_in_close_wait(scenario, talking):
    serving, asking, local, remote = talking
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    asking.linger("c", 0)
    asking.close("c")
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>FIN_WAIT_1 client connect
        FIN_WAIT_1>FIN_WAIT_2  client connect
        FIN_WAIT_2>CLOSED      client connect aborted-linger
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE
        """))


def test_disconnect(scenario, talking):
    """connect() to AF_UNSPEC."""
    serving, asking, local, remote = talking
    asking.disconnect("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted
        """))


def test_destroyed(scenario, talking, space):
    """`ss -K` ends the client's socket: it acted, and owns nothing."""
    serving, asking, local, remote = talking
    space.run("ss", "-K", "-t", "sport", "= :%d" % local[1])
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect destroyed ECONNABORTED by=ss
        """))


def test_listener_destroyed(scenario, cast, space, host):
    """Here the kernel has not set the socket's error yet: who acted is all there is to see."""
    scenario.trace()
    serving = cast("server")
    address = tuple(serving.listen("l", host))
    space.run("ss", "-K", "-l", "-t", "sport", "= :%d" % address[1])
    serving.close("l")
    scenario.expect(listener(address, closed="LISTEN>CLOSED server listen normal by=ss"))


@pytest.mark.parametrize("unread", [0, 10])
def test_listener_closed(scenario, cast, host, unread):
    """A child that nobody had accepted."""
    tracer = scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host))
    assert asking.connect("c", *remote) is None
    local = tuple(asking.name_of("c"))
    tracer.until_seen(old="SYN_RECV", rport=local[1])
    if unread:
        asking.send("c", unread)
    serving.close("l")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server listener listener-closed
        """))


def test_listener_shut_down(scenario, cast, host):
    """shutdown() of a listener ends it as close() does."""
    tracer = scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host))
    assert asking.connect("c", *remote) is None
    local = tuple(asking.name_of("c"))
    tracer.until_seen(old="SYN_RECV", rport=local[1])
    serving.shutdown("l", "RD")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server listener listener-closed
        """))
