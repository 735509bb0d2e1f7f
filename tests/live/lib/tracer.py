# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the program under test and reads its stream of JSON objects."""

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(
    os.environ.get("TCPSTATE", os.path.join(HERE, "..", "..", "..", "build", "tcpstate")))
TIMEOUT = 60.0  # a busy machine; nothing waits for it to pass


HIDDEN = re.compile(r"^tcpstate: no process, descriptor or mount leads to .*\n", re.M)


class Outcome:
    """What a finished program left: its objects, raw output, standard error, exit status."""

    def __init__(self, output, stderr, status):
        self.output = output
        # About other namespaces of this machine, which a test before may have left.
        self.hidden = "".join(HIDDEN.findall(stderr))
        self.stderr = HIDDEN.sub("", stderr)
        self.status = status

    @property
    def objects(self):
        return [json.loads(line) for line in self.output.decode().splitlines()]

    def of_type(self, kind):
        return [each for each in self.objects if each["type"] == kind]

    @property
    def transitions(self):
        return self.of_type("transition")


class Tracer:
    """One run of tcpstate. Nothing here sleeps for a result: it reads until what it waits for
    has come, and fails with all that was seen when that takes too long."""

    def __init__(self, *words, environment=None, prefix=()):
        self.stderr_file = tempfile.TemporaryFile()
        self.buffer = b""
        self.output = b""
        self.objects = []
        self.status = None
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.stderr_file, env=dict(os.environ, **(environment or {})))

    def read(self, deadline):
        """Takes what has come; False at end of file."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
            raise TimeoutError
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        self.output += data
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        self.take(lines)
        return bool(data)

    def take(self, lines):
        self.objects += [json.loads(line) for line in lines]

    def until(self, wanted, timeout=TIMEOUT):
        """Reads until wanted(transitions so far) holds; returns the transitions."""
        deadline = time.monotonic() + timeout
        while not wanted(self.transitions):
            try:
                alive = self.read(deadline)
            except TimeoutError:
                raise AssertionError(self.report("timed out")) from None
            if not alive and not wanted(self.transitions):
                raise AssertionError(self.report("ended"))
        return self.transitions

    def until_ready(self, timeout=TIMEOUT):
        self.until(lambda _: self.of_type("ready"), timeout)
        return self

    def until_seen(self, **facts):
        """Reads until a transition has all these fields; returns the first that has."""
        def those(transitions):
            return [each for each in transitions if matches(each, facts)]

        return those(self.until(those))[0]

    def of_type(self, kind):
        return [each for each in self.objects if each["type"] == kind]

    @property
    def transitions(self):
        return self.of_type("transition")

    def stop(self, number=signal.SIGINT):
        """Ends the program, reads all that it still says."""
        self.process.send_signal(number)
        return self.finish()

    def finish(self, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        try:
            while self.read(deadline):
                pass
        except TimeoutError:
            raise AssertionError(self.report("did not end")) from None
        self.status = self.process.wait(timeout)
        assert self.buffer == b"", "the last line is cut: %r" % self.buffer
        return Outcome(self.output, self.stderr(), self.status)

    def stderr(self):
        self.stderr_file.seek(0)
        return self.stderr_file.read().decode()

    def discard(self):
        """For clean-up, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.stderr_file.close()

    def report(self, why):
        lines = ["tcpstate %s; it had said:" % why]
        lines += [json.dumps(each) for each in self.objects]
        lines += ["and on standard error:", self.stderr()]
        return "\n".join(lines)


def matches(transition, facts):
    return all(transition[name] == value for name, value in facts.items())


def run(*words, prefix=(), timeout=TIMEOUT, program=None, **popen):
    """Runs the program to its end."""
    done = subprocess.run([*prefix, program or PROGRAM, *words], stdin=subprocess.DEVNULL,
                          stdout=popen.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                          timeout=timeout, check=False, **popen)
    return Outcome(done.stdout, done.stderr.decode(), done.returncode)
