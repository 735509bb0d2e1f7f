# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""More sockets at once than a table of fixed size would hold: a program of its own.

usage: crowd.py KIND NUMBER [HOST PORT]. It says "ready" when they are there, does the next step for
each line of its input, and ends with its input."""

import ctypes
import os
import resource
import signal
import socket
import struct
import sys

DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # return 0
SO_ATTACH_FILTER = 26


def step(word="ready"):
    """Returns whether there is another step."""
    print(word, flush=True)
    return bool(sys.stdin.readline())


def connect_all(number, address, prepare=lambda sock: None):
    made = []
    for _ in range(number):
        sock = socket.socket()
        prepare(sock)
        sock.setblocking(False)
        sock.connect_ex(address)
        made.append(sock)
    return made


def half_open(number):
    """Clients that hear nothing: their connections stay half-open."""
    program = struct.pack("HP", 1, ctypes.addressof(DROP_ALL))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(65535)
        made = connect_all(number, listener.getsockname(), lambda sock: sock.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, program))
        step()
    for sock in made:
        sock.close()


def hanging(number, host, port):
    """Clients whose SYN is not answered. It says their local ports."""
    made = connect_all(number, (host, int(port)))
    step(" ".join(str(sock.getsockname()[1]) for sock in made))
    for sock in made:
        sock.close()


def orphaned(number):
    """Listeners with a connection each that no accept() takes. The process that made them gives them to
    a child, and kills it in the second step. It says both."""
    listeners, clients = [], []
    for _ in range(number):
        listeners.append(socket.create_server(("127.0.0.1", 0)))
        clients.append(socket.create_connection(listeners[-1].getsockname()))
    child = os.fork()
    if not child:
        signal.pause()
    for sock in listeners:
        sock.close()
    step("%d %d" % (os.getpid(), child))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    step()


KINDS = {"half-open": half_open, "hanging": hanging, "orphaned": orphaned}

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
KINDS[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
