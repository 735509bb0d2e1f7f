# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""replay of a recording that still grows: pipe.py PROGRAM RECORDING CHECK. Prints what is wrong."""
import os
import select
import signal
import struct
import subprocess
import sys
import time

TIMEOUT = 15
HEADER_SIZE_AT, TRANSITION = 16, 1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def halves(path):
    """The recording in two, between frames, in the middle of its transitions."""
    with open(path, "rb") as file:
        data = file.read()
    at = struct.unpack_from("=I", data, HEADER_SIZE_AT)[0]
    ends = []
    while at < len(data):
        kind, size = struct.unpack_from("=HH", data, at)
        at += size
        if kind == TRANSITION:
            ends.append(at)
    middle = ends[len(ends) // 2]
    return data[:middle], data[middle:]


def inherit(ignored):
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN if each in ignored else signal.SIG_DFL)


class Replay:
    def __init__(self, program, path, ignored=()):
        self.first, self.second = halves(path)
        self.process = subprocess.Popen(
            [program, "replay", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0,
            preexec_fn=lambda: inherit(ignored))
        self.output = b""
        self.whole = subprocess.run([program, "replay", "--json", path], stdout=subprocess.PIPE,
                                    check=True).stdout
        self.half = subprocess.run([program, "replay", "--json", "-"], input=self.first,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   check=False).stdout
        assert b"" != self.half != self.whole

    def feed(self, data):
        self.process.stdin.write(data)

    def until(self, wanted):
        deadline = time.monotonic() + TIMEOUT
        while len(self.output) < len(wanted):
            left = max(0, deadline - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                break
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                break
            self.output += data
        if self.output != wanted:
            print("shown: %d bytes of %d" % (len(self.output), len(wanted)))

    def end(self):
        """All is over without a word. Its input stays open unless the caller closed it."""
        try:
            status = self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            print("it does not end")
            self.process.kill()
            status = self.process.wait()
        words = self.process.stderr.read()
        if status or words:
            print("exit %d, %r" % (status, words))


def shows_at_once(*arguments):
    """What has come is shown before the rest comes."""
    replay = Replay(*arguments)
    replay.feed(replay.first)
    replay.until(replay.half)
    replay.feed(replay.second)
    replay.until(replay.whole)
    replay.process.stdin.close()
    replay.end()


def ends_with_its_reader(*arguments):
    """The reader has gone: the next event ends it, though its input goes on."""
    replay = Replay(*arguments)
    replay.feed(replay.first)
    replay.until(replay.half)
    replay.process.stdout.close()
    replay.feed(replay.second)
    replay.end()


def stops_when_told(*arguments):
    """As a background job of a script's shell too, which starts it ignoring SIGINT."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for ignored in ((), (signal.SIGINT,)):
            replay = Replay(*arguments, ignored=ignored)
            replay.feed(replay.first)
            replay.until(replay.half)
            replay.process.send_signal(number)
            replay.end()


def keeps_ignoring(*arguments):
    """The SIGHUP that nohup had it ignore changes nothing."""
    replay = Replay(*arguments, ignored=(signal.SIGHUP,))
    replay.feed(replay.first)
    replay.until(replay.half)
    replay.process.send_signal(signal.SIGHUP)
    replay.feed(replay.second)
    replay.until(replay.whole)
    replay.process.stdin.close()
    replay.end()


globals()[sys.argv[3]](*sys.argv[1:3])
