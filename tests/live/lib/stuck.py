# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs `tcpstate stuck`, always for one namespace: what it closes must be the test's."""

import os
import pty
import re
import select
import time

import listing
import tracer as tracing

RULES = ("CLOSE_WAIT", "SYN_SENT", "SYN_RECV", "FIN_WAIT_1", "FIN_WAIT_2", "LAST_ACK", "CLOSING",
         "LISTEN:full", "ESTABLISHED:unread", "ESTABLISHED:unsent")
WATCH = "--watch=0.2"
ADDRESSES = ("laddr", "lport", "raddr", "rport")


def without_others(*kept):
    """The words that turn off all rules but these."""
    return ["--rule=%s>off" % each for each in RULES if each not in kept]


def rule(text):
    """The words that leave this rule, and no other."""
    return [*without_others(text.split(">")[0]), "--rule", text]


def words(space, *more):
    return ["stuck", "--netns", space.name, *more]


NOW = rule("CLOSE_WAIT>0s")


def run(space, *more, **popen):
    return tracing.run(*words(space, *more), **popen)


def once(space, *more, **popen):
    """Every object of one scan, which must be silent, and whose status says whether any is."""
    done = run(space, "--once", "--json", *more, **popen)
    assert done.stderr == "", done.stderr
    assert all((each["v"], each["type"]) == (1, "stuck") for each in done.objects), done.output
    assert done.status == int(bool(done.objects))
    return done.objects


def until(space, count, *more, **popen):
    """Scans until that number are stuck."""
    return listing.until(lambda: once(space, *more, **popen), lambda seen: len(seen) == count)


def holders(each):
    return sorted((holder["pid"], holder["comm"], holder["fd"]) for holder in each["holder_list"])


def until_said(watch, kind, **facts):
    """Reads what `stuck --watch` says until an object of that type has these facts."""
    def those(_):
        return [each for each in watch.of_type(kind) if tracing.matches(each, facts)]

    watch.until(those)
    return those(None)[0]


def in_state(space, state):
    """What ss says of the sockets in that state, by cookie."""
    return {number: each for number, each in listing.ss(space).items() if each["state"] == state}


class Terminal:
    """The program with a terminal of its own, which it may ask."""

    QUESTION = re.compile(r"y/n\W*$|\?\s*$", re.IGNORECASE)

    def __init__(self, *command):
        self.said = ""
        self.status = None
        self.pid, self.fd = pty.fork()
        if not self.pid:
            try:
                os.execv(tracing.PROGRAM, [tracing.PROGRAM, *command])
            finally:
                os._exit(127)

    def read(self, deadline):
        """False at the end: then the other side of the terminal is closed."""
        left = deadline - time.monotonic()
        assert left > 0 and select.select([self.fd], [], [], left)[0], "it said: " + self.said
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.said += data.decode()
        return bool(data)

    def until_asked(self):
        deadline = time.monotonic() + tracing.TIMEOUT
        while not self.QUESTION.search(self.said):
            assert self.read(deadline), "it ended, and said: " + self.said
        return self.said

    def answer(self, text):
        """What it says to that, until its end."""
        os.write(self.fd, text.encode() + b"\n")
        return self.end()

    def end(self):
        before = len(self.said)
        deadline = time.monotonic() + tracing.TIMEOUT
        while self.read(deadline):
            pass
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.said[before:]

    def discard(self):
        os.close(self.fd)  # which hangs it up
        if self.status is None:
            os.waitpid(self.pid, 0)
