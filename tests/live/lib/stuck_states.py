# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Makes sockets that stay in each state that `stuck` has a rule for."""

import os

import leaks

HOST = "127.0.0.1"
NGINX = os.path.join(leaks.SOURCES, "nginx.conf")


def syn_sent(cast, drop_rule):
    """Like the others: local port, remote port, and (process, socket) of the holder."""
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "9", "-j", "DROP")
    client = cast("client")
    return client.connect_start("c", HOST, 9)[1], 9, (client, "c")


def syn_recv(cast, _):
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    client.open("c", HOST)
    client.deafen("c")
    return port, client.connect_start("c", HOST, port)[1], None


def fin_wait_1(cast, _):
    server, client, local, remote, _ = cast.connection(HOST)
    server.deafen("s")
    client.shutdown("c")
    return local[1], remote[1], (client, "c")


def fin_wait_2(cast, _):
    _, client, local, remote, _ = cast.connection(HOST)
    client.shutdown("c")
    return local[1], remote[1], (client, "c")


def close_wait(cast, _):
    server, client, local, remote, _ = cast.connection(HOST)
    client.shutdown("c")
    return remote[1], local[1], (server, "s")


def last_ack(cast, _):
    server, client, local, remote, _ = cast.connection(HOST)
    client.shutdown("c")
    server.eof("s")
    client.deafen("c")
    server.shutdown("s")
    return remote[1], local[1], (server, "s")


def closing(cast, _):
    """The client's FIN is not heard; the server's own is."""
    server, client, local, remote, _ = cast.connection(HOST)
    server.deafen("s")
    client.shutdown("c")
    server.shutdown("s")
    return local[1], remote[1], (client, "c")


def full_queue(cast, _):
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST, 0, 1)[1]
    client.crowd(2, HOST, port)  # one more than its backlog
    return port, None, (server, "l")


def unread(cast, _):
    server, client, local, remote, _ = cast.connection(HOST)
    client.send("c", 100)
    return remote[1], local[1], (server, "s")


def unsent(cast, _):
    _, client, local, remote, _ = cast.connection(HOST)
    client.fill("c")
    return local[1], remote[1], (client, "c")


MAKERS = {"SYN_SENT": syn_sent, "SYN_RECV": syn_recv, "FIN_WAIT_1": fin_wait_1,
          "FIN_WAIT_2": fin_wait_2, "CLOSE_WAIT": close_wait, "LAST_ACK": last_ack,
          "CLOSING": closing, "LISTEN:full": full_queue, "ESTABLISHED:unread": unread,
          "ESTABLISHED:unsent": unsent}
