# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""More sockets or processes at once than a table of fixed size would hold: a program of its own.

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
SO_ATTACH_FILTER, PR_SET_NAME, PR_SET_PDEATHSIG = 26, 15, 1
LIBC = ctypes.CDLL(None)


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
    """Clients whose SYN is not answered."""
    made = connect_all(number, (host, int(port)))
    while step("connecting"):
        pass
    for sock in made:
        sock.close()


def rename(name):
    LIBC.prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


def listen_and_wait(number, then):
    """`number` processes with a listener each, whose ports it prints; then() is run in each."""
    ready, go = os.pipe(), os.pipe()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(number):
        if os.fork():
            continue
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.close(go[1])
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        then(listener, lambda listener=listener: os.write(ready[1], struct.pack(
            "=H", listener.getsockname()[1])), lambda: os.read(go[0], 1))
        os._exit(0)
    ports = [struct.unpack("=H", os.read(ready[0], 2))[0] for _ in range(number)]
    return ports, go[1]


def daemons(number):
    """Each has a child that keeps its listener; at the step all parents exit at once."""
    keep = os.pipe()

    def leave(listener, say_ready, wait):
        rename("parent")
        if not os.fork():
            rename("child")
            os.close(keep[1])
            say_ready()
            os.read(keep[0], 1)
            os._exit(0)
        wait()

    ports, go = listen_and_wait(number, leave)
    step(" ".join(map(str, ports)))
    os.close(go)
    step()


def renamed(number):
    """Each takes another name once it listens."""
    def change(listener, say_ready, wait):
        rename("new-name")
        say_ready()
        wait()

    rename("old-name")
    ports, go = listen_and_wait(number, change)
    step(" ".join(map(str, ports)))
    os.close(go)


KINDS = {"half-open": half_open, "hanging": hanging, "daemons": daemons, "renamed": renamed}

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
KINDS[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
