# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of usual connections, as expect.py reads them, and what makes them."""

from expect import client, listener, server

OPENED_BY_CLIENT = """
CLOSED>SYN_SENT        client connect
SYN_SENT>ESTABLISHED   client connect
"""
# An orphan goes on in FIN_WAIT_2 as a timewait socket, whose changes are reported in the tier
# "fentry" alone.
ORPHANED_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>FIN_WAIT_1 client connect
FIN_WAIT_1>FIN_WAIT_2  client connect
FIN_WAIT_2>TIME_WAIT|  client connect normal
"""
ACTIVE_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>FIN_WAIT_1 client connect
FIN_WAIT_1>FIN_WAIT_2  client connect
~FIN_WAIT_2>TIME_WAIT  client connect normal
"""
PASSIVE_CLIENT = OPENED_BY_CLIENT + """
ESTABLISHED>CLOSE_WAIT client connect
CLOSE_WAIT>LAST_ACK    client connect
LAST_ACK>CLOSED        client connect normal
"""
OPENED_TO_SERVER = """
~LISTEN>SYN_RECV       server listener
SYN_RECV>ESTABLISHED   server listener
"""
PASSIVE_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>CLOSE_WAIT server accept|use
CLOSE_WAIT>LAST_ACK    server accept|use
LAST_ACK>CLOSED        server accept|use normal
"""
USED_AT_END_OF_FILE = OPENED_TO_SERVER + """
ESTABLISHED>CLOSE_WAIT server accept|listener
CLOSE_WAIT>LAST_ACK    server accept|use
LAST_ACK>CLOSED        server accept|use normal
"""
ORPHANED_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>FIN_WAIT_1 server accept|use
FIN_WAIT_1>FIN_WAIT_2  server accept|use
FIN_WAIT_2>TIME_WAIT|  server accept|use normal
"""
ACTIVE_SERVER = OPENED_TO_SERVER + """
ESTABLISHED>FIN_WAIT_1 server accept|use
FIN_WAIT_1>FIN_WAIT_2  server accept|use
~FIN_WAIT_2>TIME_WAIT  server accept|use normal
"""


def talk(serving, asking):
    asking.send("c", 5)
    serving.recv("s", 5)
    serving.send("s", 7)
    asking.recv("c", 7)


# What talk() moves, in and out, at either end.
ASKED = (7, 5)
SERVED = (5, 7)


def end_server(serving):
    serving.eof("s")
    serving.close("s")
    serving.close("l")


def converse(each, host, to=None, port=0):
    """One process as listener, client and server. Its three ends."""
    remote = tuple(each.listen("l", host, port))
    assert each.connect("c", to or remote[0], remote[1]) is None
    remote = (to or remote[0], remote[1])
    local = tuple(each.accept("l", "s"))
    each.send("c", 1)
    each.recv("s", 1)
    each.shutdown("c")
    each.eof("s")
    for name in ("s", "c", "l"):
        each.close(name)
    clients = ACTIVE_CLIENT.replace("client connect", each.name + " connect")
    servers = PASSIVE_SERVER.replace("server ", each.name + " ")
    facts = {"uid": each.uid}
    return {"listener": listener((host, remote[1]), each.name, **facts),
            "client": client(local, remote, clients, moved=(0, 1), **facts),
            "server": server(remote, local, servers, moved=(1, 0), **facts)}
