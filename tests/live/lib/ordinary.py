# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs programs in a namespace as an ordinary user, without any privilege."""

import subprocess

import tracer as tracing

UID = 65534
USER = ["setpriv", "--reuid=%d" % UID, "--regid=%d" % UID, "--clear-groups", "--inh-caps=-all",
        "--bounding-set=-all"]
NOTE = ("tcpstate: without privileges: %sprocesses of other users and some ages are missing: "
        "root sees them\n")
OTHERS = "sockets of other network namespaces, "
CLOSED = "sockets without a connection, "
HERE = NOTE % ""
ALL = NOTE % OTHERS


def command(space, *words):
    """`ip netns exec` would mount a /sys without cgroups."""
    return ["nsenter", "--net=" + space.path, *USER, *words]


def run(space, *words, **more):
    """tcpstate, to its end."""
    return tracing.run(*words, prefix=command(space), **more)


def output(space, *words):
    """What another program prints."""
    return subprocess.run(command(space, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True, timeout=60).stdout


class Program:
    """Python that runs until its standard input ends; it prints a line when it is ready."""

    def __init__(self, prefix, text, *words):
        self.process = subprocess.Popen([*prefix, "/usr/bin/python3", "-c", text, *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = self.process.stdout.readline().split()
        assert self.said, "the program has not started"
        self.pid = self.process.pid

    def ask(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
