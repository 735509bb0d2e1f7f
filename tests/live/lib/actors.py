# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The test's side of actor.py: a process in a namespace whose requests are method calls."""

import itertools
import os
import socket
import subprocess
import sys

import actor

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "actor.py")


class Actor:
    """`server.listen("l", "127.0.0.1")` asks the process to do it and returns what it says."""

    def __init__(self, name, pid, channel, uid=0, process=None):
        self.name = name
        self.pid = pid
        self.uid = uid
        self.process = process
        self.channel = channel
        self.channel.settimeout(2 * actor.TIMEOUT)

    def __getattr__(self, request):
        if request.startswith("_"):
            raise AttributeError(request)
        return lambda *arguments: self.ask(request, arguments)[0]

    def ask(self, request, arguments, fds=()):
        self.begin(request, *arguments, fds=fds)
        return self.answer(request)

    def begin(self, request, *arguments, fds=()):
        """Asks for what takes its time; answer() waits until it is done."""
        actor.send_with_fds(self.channel, {"do": request, "with": list(arguments)}, fds)

    def answer(self, request):
        reply, fds = actor.recv_with_fds(self.channel)
        if reply is None:
            raise RuntimeError("%s died doing %s" % (self.name, request))
        if "error" in reply:
            raise RuntimeError("%s: %s" % (self.name, reply["error"]))
        return reply["is"], fds

    def fork(self, name):
        pid, fds = self.ask("fork", [name])
        return Actor(name, pid, socket.socket(fileno=fds[0]), self.uid)

    def exec(self, path):
        self.ask("exec", [path])

    def end(self):
        """At the end of the test; an actor that does not answer any more is killed."""
        self.channel.close()
        if self.process:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()


def start(name, netns_path, uid=0, cgroup=""):
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-I", "-S", PROGRAM, str(its.fileno()), netns_path, name,
               str(uid), cgroup]
    process = subprocess.Popen(command, pass_fds=[its.fileno()])
    its.close()
    made = Actor(name, process.pid, ours, uid, process=process)
    made.answer("start")
    return made


CHANNELS = itertools.count()


def pair(one, other):
    """A unix socket between two actors; its name, the same at both."""
    name = "channel%d" % next(CHANNELS)
    for who, end in zip((one, other), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)):
        with end:
            who.ask("", [name], [end.fileno()])
    return name
