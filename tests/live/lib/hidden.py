# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A network namespace that no process is in, with sockets, kept in one way alone."""

import ctypes
import os
import tempfile

import ordinary

# What keeps the namespace. The sockets are either open in the process, or on the way between two of its
# sockets: then no descriptor of any process leads to them.
HELD = ("thread", "socket")
FLYING = ("flying thread", "descriptor", "mount")
KINDS = HELD + FLYING
NOTHING = "nothing"
FIRST_PORT, PORTS = 24000, 1000  # of the namespace; other namespaces use other ports
MNT_DETACH = 2

MAKE = """
import ctypes, fcntl, os, socket, struct, sys, threading

NEWNET, BIND, SIOCSIFFLAGS, UP = 0x40000000, 4096, 0x8914, 1
libc = ctypes.CDLL(None, use_errno=True)
kind, ports, path = sys.argv[1:4]
here = "/proc/thread-self/ns/net"

def call(result):
    if result:
        raise OSError(ctypes.get_errno(), kind)

def bring_lo_up():
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", UP))

def pair(listener):
    client = socket.create_connection(listener.getsockname())
    return [client, listener.accept()[0]]

def make():
    global sockets, inode, kept
    call(libc.unshare(NEWNET))
    bring_lo_up()
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
        file.write(ports)
    listener = socket.create_server(("127.0.0.1", 0))
    sockets = [listener, *pair(listener), *pair(listener)]
    sockets[3].shutdown(socket.SHUT_WR)
    assert sockets[4].recv(1) == b""
    inode = os.stat(here).st_ino
    if kind == "descriptor":
        kept = os.open(here, os.O_RDONLY)
    if kind == "mount":
        call(libc.mount(here.encode(), path.encode(), None, BIND, None))

def stay():
    make()
    made.set()
    ended.wait()

if "thread" in kind:
    made, ended = threading.Event(), threading.Event()
    threading.Thread(target=stay, daemon=True).start()
    assert made.wait(60)
else:
    with open(here) as home:
        make()
        call(libc.setns(home.fileno(), NEWNET))

port = sockets[0].getsockname()[1]
fds = [each.fileno() for each in sockets]
far, near = socket.socketpair()
if kind not in ("thread", "socket"):
    socket.send_fds(far, [b"."], fds)
    for each in sockets:
        each.close()
print(inode, port, *fds, flush=True)
for line in sys.stdin:
    sockets[1].close() # of the client
    assert sockets[2].recv(1) == b""
    sockets[2].close()
    print("closed", flush=True)
"""


class Namespace:
    """Four connected sockets and a listener on `port`; of the second pair one end has shut down."""

    def __init__(self, kind, prefix=()):
        self.kind = kind
        self.is_held = kind in HELD
        self.file = tempfile.NamedTemporaryFile(prefix="tcpstate-hidden-")
        self.program = ordinary.Program(
            prefix, MAKE, kind, "%d %d" % (FIRST_PORT, FIRST_PORT + PORTS - 1), self.file.name)
        self.inode, self.port, *self.fds = map(int, self.program.said)

    @property
    def pid(self):
        return self.program.pid

    def close_connection(self):
        """Of the first pair: the client first, then the server."""
        assert self.program.ask("close") == "closed"

    def end(self):
        if self.kind == "mount" and os.path.ismount(self.file.name):
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.umount2(self.file.name.encode(), MNT_DETACH) == 0
        self.program.end()
        self.file.close()
