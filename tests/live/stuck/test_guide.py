# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""doc/guides/close-wait.md: every command runs as written, and what the guide shows is what is printed."""

import os
import re
import select
import shlex
import signal
import subprocess
import time

import pytest

import leaks
import listing
import stuck
import tracer as tracing

HOST = "127.0.0.1"
ROOT = os.path.abspath(os.path.join(tracing.HERE, "..", "..", ".."))
RULE = ["--rule", "CLOSE_WAIT>1s"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUT = "..."

# What differs from run to run; `>`, which says that an age is a lower bound, stays.
VARYING = ((r"\[\d+\]", "[PID]"), (r"\[PID\]:\d+", "[PID]:FD"), (r"-p \d+", "-p PID"),
           (r"\b127\.0\.0\.1:\d{5}\b", "127.0.0.1:PORT"), (r"\d+\.\d+s\b", "AGE"),
           (r"\d+ open, limit \d+", "N open, limit N"), (r"threads: .*", "threads"),
           (r"\t\d+", r"\tN"), (r"python3[.0-9]*\[", "python3["), (r" +", " "))


def guide():
    with open(os.path.join(ROOT, "doc", "guides", "close-wait.md"), encoding="utf-8") as file:
        return file.read()


def blocks(language=""):
    return [text for kind, text in BLOCK.findall(guide()) if kind == language]


def shown():
    """Each command of the guide, and the lines that it shows as its output."""
    found = []
    for block in blocks():
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and block.startswith("$ "):
                found[-1][1].append(line)
    return found


def command(*parts, nth=0):
    """The command that has these parts: its line and what the guide shows."""
    return [each for each in shown() if all(part in each[0] for part in parts)][nth]


def lines_of(text):
    for pattern, instead in VARYING:
        text = re.sub(pattern, instead, text)
    return [line.rstrip() for line in text.replace("\r", "").splitlines()]


def compare(expected, text):
    """In any order, as a table of sockets has none; all of it, where the guide cuts nothing."""
    wanted, got = lines_of("\n".join(expected)), lines_of(text)
    missing = [line for line in wanted if line != CUT and line not in got]
    assert not missing, "%s\nare not in\n%s" % ("\n".join(missing), text)
    assert CUT in wanted or len(wanted) == len(got), text


class Shell:
    """Runs lines of the guide; `tcpstate` there is the program, kept to the test's namespace."""

    def __init__(self, space, mounts, folder):
        # not `ip netns exec`: its own /sys has no pins
        self.prefix = [*mounts, "nsenter", "--net=" + space.path,
                       "env", "-C", ROOT, "PATH=%s:%s" % (folder, os.environ["PATH"])]
        wrapper = folder / "tcpstate"
        wrapper.write_text("#!/bin/sh\ncase $1 in explain | doctor) exec %s \"$@\" ;; esac\n"
                           "exec %s \"$@\" --netns %s\n" % (tracing.PROGRAM, tracing.PROGRAM,
                                                           space.name))
        wrapper.chmod(0o755)

    def start(self, line):
        return subprocess.Popen([*self.prefix, "bash", "-c", line], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, line, status=0):
        process = self.start(line)
        text, _ = process.communicate(timeout=tracing.TIMEOUT)
        assert process.returncode == status, "%s: %d: %s" % (line, process.returncode, text)
        return text

    def run_a_while(self, line):
        """To its end, or until it is interrupted when it has begun."""
        process = self.start(line)
        with process:
            text = ""
            if select.select([process.stdout], [], [], tracing.TIMEOUT)[0]:
                text = process.stdout.readline()
            try:
                os.killpg(process.pid, signal.SIGINT)
            except ProcessLookupError:
                pass
            text += process.communicate(timeout=tracing.TIMEOUT)[0]
        return process.returncode, text

    def leak(self):
        """The guide's six clients."""
        for port in ("8000", "8001"):
            self.run(command("/dev/tcp", port)[0])


@pytest.fixture
def shell(space, mounts, tmp_path):
    return Shell(space, mounts, tmp_path)


@pytest.fixture
def server(leaky):
    words = shlex.split(command("build/leaky")[0])
    assert words[0] == "build/leaky" and words[-1] == "&"
    return leaky("c", *words[1:-1])


def until_stuck(space, count, mounts):
    stuck.until(space, count, *stuck.rule("CLOSE_WAIT>1s"), prefix=mounts)


def where_lines(tier):
    """What the guide shows of the code: with accept() seen, or where that is refused."""
    if tier != "tracepoint":
        return command("stuck --rule", nth=1)[1]
    (lines,) = [block.splitlines() for block in blocks() if "first used at" in block]
    return lines


def assert_same(shell, *parts, status=0):
    line, expected = command(*parts)
    compare(expected, shell.run(line, status))


def tcpstate_lines():
    """In blocks and in sentences; what ends sockets is for a terminal, and another test."""
    lines = [line for line, _ in shown() if line.startswith("tcpstate ")]
    lines += re.findall(r"`(tcpstate [^`]+)`", guide())
    return sorted({line.removesuffix(" &") for line in lines if "--close" not in line})


def test_every_command_is_accepted(shell):
    lines = tcpstate_lines()
    assert len(lines) >= 10, lines
    for line in lines:
        status, said = shell.run_a_while(line)
        assert status in (0, -signal.SIGINT) and "usage" not in said.lower(), \
            "%s: %d: %s" % (line, status, said)


def test_who_and_how_many(space, shell, mounts, server):
    assert shell and server.port == 8000
    shell.leak()
    until_stuck(space, 6, mounts)
    assert command("echo $?")[1] == ["1"]
    assert_same(shell, "--once", "--more-than", status=1)
    assert_same(shell, "--once", "--json")
    assert_same(shell, "stuck --rule")
    assert_same(shell, "list", "+unread")


def end_as_shown(space):
    """The question and the answer, on a terminal."""
    line, expected = command("--close=fin")
    program, *words = shlex.split(line)
    assert program == "tcpstate"
    terminal = stuck.Terminal(*words, "--netns", space.name)
    try:
        terminal.until_asked()
        terminal.answer("y")
        assert terminal.status == 0
        compare(expected, terminal.said)
    finally:
        terminal.discard()


def test_where_and_the_way_out(space, shell, mounts, keeper, server, tier):
    assert server.port == 8000
    shell.leak()
    until_stuck(space, 6, mounts)
    words = shlex.split(command("trace", "--pin")[0])
    assert words == ["tcpstate", "trace", "--pin", "--origin", ">/dev/null", "&"]
    trace = keeper(*words[3:4])
    shell.leak()
    until_stuck(space, 12, mounts)
    said = shell.run(command("stuck --rule", nth=1)[0])
    compare(where_lines(tier), said)
    compare([line for line in command("stuck --rule", nth=1)[1] if " x a" not in line and
             "called" not in line and "from 127" not in line], said)
    descriptors = server.sockets()
    end_as_shown(space)
    assert server.sockets() == descriptors, "the descriptors stay"
    assert_same(shell, "--once", "echo $?")
    trace.stop()


def read_until(process, text, wanted):
    deadline = time.monotonic() + tracing.TIMEOUT
    while not wanted(text):
        left = deadline - time.monotonic()
        assert left > 0 and select.select([process.stdout], [], [], left)[0], text
        data = os.read(process.stdout.fileno(), 65536).decode()
        assert data, text
        text += data
    return text


def test_watching(shell, server, tier):
    """The other way to the same lines: of the six that leak while it runs."""
    assert server.port == 8000
    process = shell.start("exec " + command("--watch", "--origin", "-c leaky")[0])
    with process:
        text = read_until(process, "", lambda said: "EVENT" in said)
        shell.leak()
        text = read_until(process, text, lambda said: said.count(" stuck ") >= 6)
        process.send_signal(signal.SIGINT)
        text += process.communicate(timeout=tracing.TIMEOUT)[0]
    assert process.returncode == 0, text
    compare([line for line in where_lines(tier) if "oldest >" not in line and
             "12 sockets" not in line], text)


def test_the_mended_server(space, shell, leaky):
    words = re.search(r"`leaky ([^`]+)` is the mended server", guide()).group(1).split()
    leaky("c", *words, HOST, "8000")
    shell.leak()
    listing.until(lambda: listing.inside(space, "-s", "CLOSE_WAIT"), lambda found: not found)
    assert_same(shell, "--once", "echo $?")


def test_behind_nginx(space, shell, leaky, mounts):
    assert shlex.split(command("backend.py")[0]) == ["python3", "tests/programs/leaky/backend.py", "&"]
    leaky("backend")
    nginx = shell.start("exec " + command("nginx -e")[0].removesuffix(" &"))
    with nginx:
        try:
            listing.until(lambda: listing.inside(space, "-L", "8080"), len)
            assert shell.run(command("curl")[0]) == "ok\n" * 6
            until_stuck(space, 3, mounts)
            assert_same(shell, "stuck", "python")
            assert not listing.inside(space, "-c", "nginx", "-R", "8081")
        finally:
            nginx.terminate()


def test_the_lines_of_code():
    """The excerpt is leaky.c's, and begins where the guide says."""
    (excerpt,) = blocks("c")
    with open(leaks.SOURCE, encoding="ascii") as file:
        source = file.read()
    assert source.count(excerpt) == 1
    line = source[:source.index(excerpt)].count("\n") + 1
    assert "Line %d of `leaky.c`" % line in guide()
