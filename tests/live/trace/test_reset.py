# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Connections that end by a reset, and why."""

import pytest

from expect import client, listener, server
from steps import ASKED, OPENED_BY_CLIENT, OPENED_TO_SERVER, SERVED, talk

RESET_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>CLOSED client connect reset-by-peer ECONNRESET rst=received
"""
RESET_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>CLOSED server accept|use reset-by-peer ECONNRESET rst=received
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
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted-linger rst=sent:TCP_STATE
        """, moved=ASKED))


def test_linger_by_server(scenario, talking):
    serving, asking, local, remote = talking
    serving.linger("s", 0)
    serving.close("s")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT, moved=ASKED),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-linger rst=sent:TCP_STATE
        """, moved=SERVED))


def test_unread_at_server(scenario, talking):
    serving, asking, local, remote = talking
    serving.acknowledge("s")
    asking.send("c", 100)
    serving.wait_for("s", "POLLIN")
    serving.close("s")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT, moved=(7, 105)),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server accept|use aborted-unread-data rst=sent:TCP_ABORT_ON_CLOSE
        """, moved=(105, 7)))


def test_unread_at_client(scenario, talking):
    serving, asking, local, remote = talking
    asking.acknowledge("c")
    serving.send("s", 1)
    asking.wait_for("c", "POLLIN")
    asking.close("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER, moved=(5, 8)),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted-unread-data rst=sent:TCP_ABORT_ON_CLOSE
        """, moved=(8, 5)))


def test_unread_in_close_wait(scenario, talking):
    """Data and end of file came, neither was read."""
    serving, asking, local, remote = talking
    serving.acknowledge("s")
    asking.send("c", 1)
    serving.wait_for("s", "POLLIN")
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
        FIN_WAIT_2>CLOSED      client connect reset-by-peer ECONNRESET rst=received
        """, moved=(7, 6)), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use aborted-unread-data rst=sent:TCP_ABORT_ON_CLOSE
        """, moved=(6, 7)))


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
        FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent:TCP_STATE
        """, moved=ASKED), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED))


def test_disconnect(scenario, talking):
    """connect() to AF_UNSPEC."""
    serving, asking, local, remote = talking
    asking.disconnect("c")
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect aborted rst=sent:TCP_STATE
        """, moved=ASKED))


CLOSED_BY_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>FIN_WAIT_1 client connect
FIN_WAIT_1>FIN_WAIT_2  client connect
"""


def test_disconnect_in_fin_wait_2(scenario, talking):
    serving, asking, local, remote = talking
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    asking.disconnect("c")
    serving.wait_for("s", "POLLERR")
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>CLOSED      server accept|use reset-by-peer EPIPE rst=received
        """, moved=SERVED), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect aborted rst=sent:TCP_STATE
        """, moved=ASKED))


@pytest.mark.parametrize("how", ["disconnect", "linger"])
def test_last_ack(scenario, talking, how):
    """The client hears nothing of the server's FIN; the server does not wait for its ACK. There
    is nothing to reset."""
    serving, asking, local, remote = talking
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    asking.deafen("c")
    serving.shutdown("s")
    if how == "disconnect":
        serving.disconnect("s")
    else:
        serving.linger("s", 0)
    serving.close("s")
    serving.close("l")
    asking.linger("c", 0)
    asking.close("c")
    reason = {"disconnect": "aborted", "linger": "aborted-linger"}[how]
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use
        LAST_ACK>CLOSED        server accept|use %s
        """ % reason, moved=SERVED, segs_retrans=range(2)),
                    client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect aborted-linger rst=sent:TCP_STATE
        """, moved=ASKED))


def test_disconnect_with_data(scenario, talking):
    """In LAST_ACK, its FIN behind data that the client's window has no room for."""
    serving, asking, local, remote = talking
    asking.shutdown("c")
    serving.eof("s")
    scenario.tracer.until_seen(new="FIN_WAIT_2")
    serving.fill("s")
    serving.shutdown("s")
    serving.disconnect("s")
    asking.wait_for("c", "POLLERR")
    taken = asking.pending("c")
    asking.close("c")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server accept|use
        CLOSE_WAIT>LAST_ACK    server accept|use
        LAST_ACK>CLOSED        server accept|use aborted rst=sent:TCP_DISCONNECT_WITH_DATA
        """, moved=(5, 7 + taken)), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect reset-by-peer ECONNRESET rst=received
        """, moved=(7 + taken, 5)))


def test_destroyed(scenario, talking, space):
    """`ss -K` ends the client's socket: it acted, and owns nothing."""
    serving, asking, local, remote = talking
    space.run("ss", "-K", "-t", "sport", "= :%d" % local[1])
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect destroyed ECONNABORTED rst=sent:TCP_STATE by=ss
        """, moved=ASKED))


def test_destroyed_by_its_owner(scenario, talking):
    """The process that acted is the owner itself, so no other is named."""
    serving, asking, local, remote = talking
    assert asking.destroy("c") == 0
    assert serving.recv_error("s") == "ECONNRESET"
    serving.close("s")
    serving.close("l")
    asking.close("c")
    scenario.expect(listener(remote), server(remote, local, RESET_SERVER, moved=SERVED),
                    client(local, remote, OPENED_BY_CLIENT + """
        ESTABLISHED>CLOSED client connect destroyed ECONNABORTED rst=sent:TCP_STATE
        """, moved=ASKED))


def test_listener_destroyed(scenario, cast, space, host):
    """The kernel has not set the socket's error yet: without a hook on what it does there, who
    acted is all that is to be seen."""
    scenario.trace()
    serving = cast("server")
    address = tuple(serving.listen("l", host))
    space.run("ss", "-K", "-l", "-t", "sport", "= :%d" % address[1])
    serving.close("l")
    scenario.expect(listener(address, closed="LISTEN>CLOSED server listen destroyed|normal by=ss"))


@pytest.mark.parametrize("unread", [0, 10])
def test_listener_closed(scenario, cast, host, unread):
    """A child that was not accepted."""
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
    scenario.expect(listener(remote), client(local, remote, RESET_CLIENT, moved=(0, unread)),
                    server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSED server listener listener-closed rst=sent:TCP_STATE
        """, moved=(unread, 0)))


def test_listener_closed_after_the_client(scenario, cast, host):
    """The child has had the client's FIN already."""
    tracer = scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", host))
    assert asking.connect("c", *remote) is None
    local = tuple(asking.name_of("c"))
    asking.shutdown("c")
    tracer.until_seen(new="FIN_WAIT_2")
    serving.close("l")
    assert asking.recv_error("c") == "ECONNRESET"
    asking.close("c")
    scenario.expect(listener(remote), client(local, remote, CLOSED_BY_CLIENT + """
        FIN_WAIT_2>CLOSED      client connect reset-by-peer ECONNRESET rst=received
        """), server(remote, local, OPENED_TO_SERVER + """
        ESTABLISHED>CLOSE_WAIT server listener
        CLOSE_WAIT>CLOSED      server listener listener-closed rst=sent:TCP_STATE
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
        ESTABLISHED>CLOSED server listener listener-closed rst=sent:TCP_STATE
        """))
