# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The test's side of a program that makes many sockets: crowd.py, or some modes of the load
generator. It prints a line after each step, and does the next one for each line of input."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = (sys.executable, os.path.join(HERE, "crowd.py"))
GENEROUS = 60


def many(number):
    """The environment can make it more: TCPSTATE_MANY=4."""
    return int(number * float(os.environ.get("TCPSTATE_MANY", 1)))


class Crowd:
    def __init__(self, space, *words, prefix=()):
        self.process = subprocess.Popen(
            [*space.command(), *prefix, *map(str, words)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def said(self):
        return self.process.stdout.readline().split()

    def report(self):
        """The next line, which is JSON."""
        return json.loads(self.process.stdout.readline())

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(GENEROUS) == 0

    def discard(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
