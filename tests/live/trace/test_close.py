# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Handshake and orderly close, in every order of the two ends."""

import pytest

from expect import client, listener, server
from steps import (ACTIVE_CLIENT, ACTIVE_SERVER, ASKED, ORPHANED_CLIENT, ORPHANED_SERVER,
                   PASSIVE_CLIENT, PASSIVE_SERVER, SERVED, USED_AT_END_OF_FILE, end_server, talk)

def test_close_by_client(scenario, cast, host):
    """The server closes long after."""
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))


def test_close_by_server(scenario, cast, host):
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    serving.close("s")
    tracer.until_seen(new="FIN_WAIT_2", lport=remote[1])
    asking.eof("c")
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, PASSIVE_CLIENT, moved=ASKED),
                    server(remote, local, ORPHANED_SERVER, moved=SERVED))


def test_half_close_by_client(scenario, cast, host):
    """The client says that it has no more to send; the answer still reaches it."""
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    asking.shutdown("c", "WR")
    serving.eof("s")
    serving.send("s", 4000)
    asking.recv("c", 4000)
    serving.close("s")
    asking.eof("c")
    asking.close("c")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=(4000, 0)),
                    server(remote, local, USED_AT_END_OF_FILE, moved=(0, 4000)))


def test_half_close_by_server(scenario, cast, host):
    scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    serving.shutdown("s", "WR")
    asking.eof("c")
    asking.send("c", 4000)
    serving.recv("s", 4000)
    asking.close("c")
    serving.eof("s")
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, PASSIVE_CLIENT, moved=(0, 4000)),
                    server(remote, local, ACTIVE_SERVER, moved=(4000, 0)))


def test_accepted_and_never_used(scenario, cast, host):
    """Where the kernel does not report accept(), the first process that operates on the socket
    is the one that closes it."""
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    asking.close("c")
    serving.wait_for("s", "POLLRDHUP")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT),
                    server(remote, local, USED_AT_END_OF_FILE))


def test_use_begins_with_sending(scenario, cast, host):
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    serving.send("s", 1)
    asking.recv("c", 1)
    asking.close("c")
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    serving.close("s")
    serving.close("l")
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT, moved=(1, 0)),
                    server(remote, local, PASSIVE_SERVER, moved=(0, 1)))


def test_end_of_the_process(scenario, cast, host):
    """SIGKILL: the kernel closes for the process, which stays the owner."""
    tracer = scenario.trace()
    serving, asking, local, remote, _ = cast.connection(host)
    talk(serving, asking)
    asking.kill()
    tracer.until_seen(new="FIN_WAIT_2", lport=local[1])
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ORPHANED_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))


@pytest.mark.parametrize("wanted", ["127.0.0.1", "127.0.0.9"])
def test_mapped(scenario, cast, wanted):
    """An IPv4 peer of an IPv6 listener is IPv4, at both ends."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    _, port = serving.listen("l", "::")
    assert asking.connect("c", wanted, port) is None
    serving.accept("l", "s")
    local, remote = tuple(asking.name_of("c")), (wanted, port)
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(("::", port)), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))


def test_mapped_client(scenario, cast):
    """An IPv6 socket that connects to an IPv4-mapped address."""
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", "127.0.0.1"))
    assert asking.connect("c", "::ffff:127.0.0.1", remote[1]) is None
    local = tuple(serving.accept("l", "s"))
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))


def test_long_ipv6_addresses(scenario, cast, space):
    """39 characters, whole."""
    one = "2001:db8:1111:2222:3333:4444:5555:6666"
    two = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
    for address in (one, two):
        space.ip("address", "add", address + "/128", "dev", "lo", "nodad")
    scenario.trace()
    serving, asking = cast("server"), cast("client")
    remote = tuple(serving.listen("l", one))
    local = tuple(asking.open("c", two, 0))
    assert asking.connect("c", *remote) is None
    serving.accept("l", "s")
    talk(serving, asking)
    asking.shutdown("c")
    end_server(serving)
    scenario.expect(listener(remote), client(local, remote, ACTIVE_CLIENT, moved=ASKED),
                    server(remote, local, PASSIVE_SERVER, moved=SERVED))
