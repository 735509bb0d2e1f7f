# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The servers of tests/programs/leaky, and clients that make them leak."""

import functools
import os
import re
import subprocess
import sys
import tempfile

import tracer as tracing

SOURCES = os.path.abspath(os.path.join(tracing.HERE, "..", "..", "programs", "leaky"))
SOURCE = os.path.join(SOURCES, "leaky.c")
# Longer than the C server's buffer by that: so much stays unread.
OVERLONG = 100
LEFT_UNREAD = OVERLONG - 64


@functools.lru_cache(None)
def built():
    """The C server: TCPSTATE_LEAKY, else built from source."""
    if "TCPSTATE_LEAKY" in os.environ:
        return os.environ["TCPSTATE_LEAKY"]
    program = os.path.join(tempfile.mkdtemp(prefix="tcpstate-"), "leaky")
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g", "-fomit-frame-pointer",
                    "-o", program, SOURCE], check=True)
    return program


def command(kind):
    return {"c": lambda: [built()],
            "python": lambda: [sys.executable, os.path.join(SOURCES, "leaky.py")],
            "node": lambda: ["node", os.path.join(SOURCES, "leaky.js")],
            "backend": lambda: [sys.executable, os.path.join(SOURCES, "backend.py")]}[kind]()


class Server:
    """Started, and listening: on `port`, the C one for its numbers on `metrics` too."""

    def __init__(self, space, kind, *words):
        self.process = subprocess.Popen(space.command(*command(kind), *words),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        said = self.process.stdout.readline().split()
        assert said, "%s has not started" % kind
        self.port, self.metrics = [*map(int, said[1:]), None][:2]
        self.pid = self.process.pid  # `ip netns exec` has become the program
        with open("/proc/%d/comm" % self.pid, encoding="ascii") as comm:
            self.comm = comm.read().rstrip("\n")

    @property
    def alive(self):
        return self.process.poll() is None

    def sockets(self):
        """Its descriptors that are sockets: number and inode."""
        folder = "/proc/%d/fd" % self.pid
        links = {int(fd): os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)}
        return {fd: link for fd, link in links.items() if link.startswith("socket:")}

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def hang_up(client, names, host, port, count=5):
    """One connection per name, which ends in the middle of a question of that size; their ports."""
    for name in names:
        assert client.connect(name, host, port) is None
        client.send(name, count)
        client.shutdown(name)
    return {client.name_of(name)[1] for name in names}


def body_of(function):
    """The lines of leaky.c that are this function's."""
    with open(SOURCE, encoding="ascii") as source:
        lines = [line.rstrip("\n") for line in source]
    (first,) = [i for i, line in enumerate(lines, 1)
                if re.match(r"static .*\b%s\(" % function, line)]
    return range(first, lines.index("}", first) + 2)
