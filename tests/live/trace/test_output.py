# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The formats of a live trace; a recording shows the same as the trace did."""

import csv
import io
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

import recording
import tracer as tracing
from steps import converse

DEFAULT_CSV = ["ts", "mono_ns", "id", "family", "laddr", "lport", "raddr", "rport", "old", "new",
               "duration_us", "role", "pid", "comm", "uid", "owner", "netns", "cgroup", "reason",
               "errno"]


class Stream:
    """A trace whose output is not JSON: it is ready when a probe's transition shows."""

    def __init__(self, space, *words):
        self.process = subprocess.Popen(
            [tracing.PROGRAM, "trace", "--netns", space.name, *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.output = b""

    def until(self, pattern, meanwhile=lambda: None):
        deadline = time.monotonic() + tracing.TIMEOUT
        while not re.search(pattern, self.output):
            assert time.monotonic() < deadline, self.output.decode()
            meanwhile()
            if select.select([self.process.stdout], [], [], 0.05)[0]:
                self.output += os.read(self.process.stdout.fileno(), 1 << 16)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        rest, errors = self.process.communicate(timeout=tracing.TIMEOUT)
        return (self.output + rest).decode(), errors.decode(), self.process.returncode


@pytest.fixture
def stream(space):
    started = []

    def start(*words):
        started.append(Stream(space, *words))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def knock(each):
    """A refused connect(), to see whether the trace shows anything yet."""
    each.connect("probe", "127.0.0.9", 9)
    each.close("probe")


def test_text(cast, stream, tier):
    """A header, then a line a transition, aligned with nothing but spaces and without colour."""
    probe, alpha = cast("probe"), cast("alpha")
    trace = stream()
    trace.until(rb"127\.0\.0\.9", lambda: knock(probe))
    shown = converse(alpha, "127.0.0.1")
    trace.until(rb"LISTEN *\S+ *CLOSED")
    output, errors, status = trace.stop()
    assert status == 0
    assert "\x1b" not in output and "\t" not in output
    lines = [line for line in output.splitlines() if str(alpha.pid) in line]
    assert len(lines) == sum(len(end.steps) for end in shown.values())
    first, last = lines[0], lines[-1]
    assert re.search(r"\b%d +alpha\b.*CLOSED\S*LISTEN" % alpha.pid, first)
    assert re.match(r"\d\d:\d\d:\d\d\.\d\d\d", first)
    assert re.search(r"LISTEN\S*CLOSED", last)
    assert any("*" in line and "SYN_RECV" in line for line in lines), "the listener's is marked"
    inferred = [re.search(r"~(\w+)", line)[1] for line in lines if "~" in line]
    assert inferred == (["LISTEN", "FIN_WAIT_2"] if tier == "tracepoint" else [])
    assert errors.strip(), "a summary is printed at the end"


def test_csv(cast, stream, tier):
    """RFC 4180: a header row, CRLF, as many fields in each row."""
    probe, alpha = cast("probe"), cast("alpha")
    trace = stream("--csv")
    trace.until(rb"127\.0\.0\.9", lambda: knock(probe))
    shown = converse(alpha, "127.0.0.1")
    output, _, status = trace.stop()
    assert status == 0
    assert output.endswith("\r\n") and output.count("\n") == output.count("\r\n")
    header, *rows = csv.reader(io.StringIO(output, newline=""))
    assert header[:len(DEFAULT_CSV)] == DEFAULT_CSV
    assert {len(row) for row in rows} == {len(header)}
    rows = [dict(zip(header, row)) for row in rows if row[header.index("pid")] == str(alpha.pid)]
    assert len(rows) == sum(len(end.steps) for end in shown.values())
    assert [rows[0][name] for name in ("old", "new", "comm", "raddr", "duration_us")] == \
        ["CLOSED", "LISTEN", "alpha", "", ""]
    (end,) = [row for row in rows if row["new"] == "TIME_WAIT"]
    assert [end[name] for name in ("reason", "inferred", "bytes_in", "bytes_out", "rst")] == \
        ["normal", "true" if tier == "tracepoint" else "", "0", "1", ""]


def test_columns(scenario, cast):
    tracer = scenario.trace("-o", "new,id,pid")
    alpha = cast("alpha")
    converse(alpha, "127.0.0.1")
    for each in tracer.stop().transitions:
        assert list(each) == ["v", "type", "new", "id", "pid"]


def test_added_column(scenario, cast):
    """`+sk` is the id as ss -e prints it."""
    tracer = scenario.trace("-o", "+sk")
    converse(cast("alpha"), "127.0.0.1")
    for each in tracer.stop().transitions:
        assert int(each["sk"], 16) == each["id"]


def test_id_is_the_cookie(scenario, cast, space, host):
    """The id is what `ss -e` says of the same socket."""
    tracer = scenario.trace()
    _, _, local, remote, _ = cast.connection(host)
    tracer.until_seen(old="SYN_RECV")
    lines = space.run("ss", "-Htne", "state", "established").splitlines()
    cookies = {int(re.search(r" sk:([0-9a-f]+)", line)[1], 16) for line in lines}
    assert cookies == {each["id"] for each in tracer.transitions if each["new"] == "ESTABLISHED"}
    assert {local[1], remote[1]} == {each["lport"] for each in tracer.transitions
                                     if each["new"] == "ESTABLISHED"}


def test_at_once(scenario, cast):
    """Live: a transition is shown while its connection goes on, not when a buffer is full."""
    tracer = scenario.trace()
    serving, asking, *_ = cast.connection("127.0.0.1")
    for _ in range(5):
        before = len(tracer.transitions)
        knock(asking)
        tracer.until(lambda seen: len(seen) >= before + 2)
    serving.close("s")


def test_terminal(cast, space):
    """On a terminal there is colour and NO_COLOR takes it away."""
    probe = cast("probe")
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        output = on_terminal(space, probe, dict(os.environ, TERM="xterm", **environment))
        assert ("\x1b[" in output) == coloured, output


def on_terminal(space, probe, environment):
    ours, its = pty.openpty()
    process = subprocess.Popen([tracing.PROGRAM, "trace", "--netns", space.name], stdin=its,
                               stdout=its, stderr=subprocess.DEVNULL, env=environment)
    os.close(its)
    output = b""
    deadline = time.monotonic() + tracing.TIMEOUT
    try:
        while b"refused" not in output:
            assert time.monotonic() < deadline, output.decode()
            knock(probe)
            if select.select([ours], [], [], 0.05)[0]:
                output += os.read(ours, 1 << 16)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(tracing.TIMEOUT)
        os.close(ours)
    return output.decode()


def test_recording_is_the_trace(scenario, cast, tmp_path):
    """record and trace side by side: the same transitions, whole."""
    recorder = recording.start(tmp_path / "file", "--netns", scenario.space.name)
    tracer = scenario.trace()
    alpha, beta = cast("alpha"), cast("beta")
    converse(alpha, "127.0.0.1")
    converse(beta, "::1")
    converse(alpha, "::ffff:127.0.0.1", "127.0.0.1")
    outcome = tracer.stop()
    recording.stop(recorder)
    replayed = recording.replay(tmp_path / "file")
    assert len(outcome.transitions) == 36
    assert recording.comparable(replayed) == recording.comparable(outcome)


def test_replay_needs_no_root(cast, space, tmp_path):
    recorder = recording.start(tmp_path / "file", "--netns", space.name)
    converse(cast("alpha"), "127.0.0.1")
    recording.stop(recorder)
    with open(tmp_path / "file", "rb") as file:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", tracing.PROGRAM,
             "replay", "--json", "-"], stdin=file, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == recording.replay(tmp_path / "file").output


def test_recording_replaces_an_older_one(cast, space, tmp_path):
    """Once it is ready, and wholly."""
    file = tmp_path / "file"
    alpha = cast("alpha")
    recorder = recording.start(file, "--netns", space.name)
    converse(alpha, "127.0.0.1")
    recording.stop(recorder)
    older = file.read_bytes()
    recorder = subprocess.Popen([tracing.PROGRAM, "record", "-w", str(file), "--netns", space.name],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    deadline = time.monotonic() + tracing.TIMEOUT
    while file.read_bytes() == older or not recording.is_ready(file):
        assert recorder.poll() is None and time.monotonic() < deadline, "not ready"
    knock(alpha)
    recording.stop(recorder)
    assert len(file.read_bytes()) < len(older)
    assert [each["new"] for each in recording.replay(file).transitions] == ["SYN_SENT", "CLOSED"]


def test_record_into_replay(cast, space):
    """Each transition is shown while the recorder goes on, and the end is the recorder's."""
    recorder = subprocess.Popen([tracing.PROGRAM, "record", "-w", "-", "--netns", space.name],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    replay = subprocess.Popen([tracing.PROGRAM, "replay", "--json", "-"], stdin=recorder.stdout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    recorder.stdout.close()
    output = b""
    try:
        deadline = time.monotonic() + tracing.TIMEOUT
        while not output.endswith(b"\n") or output.count(b"refused") < 3:
            assert time.monotonic() < deadline, output
            if select.select([replay.stdout], [], [], 0.05)[0]:
                output += os.read(replay.stdout.fileno(), 1 << 16)
                knock(cast.actors[0] if cast.actors else cast("probe"))
        assert recorder.poll() is None and replay.poll() is None
        recorder.send_signal(signal.SIGINT)
        rest, errors = replay.communicate(timeout=tracing.TIMEOUT)
        assert (replay.returncode, errors) == (0, b""), rest
        assert recorder.wait(tracing.TIMEOUT) == 0
    finally:
        for each in (recorder, replay):
            each.kill()
            each.communicate()


def test_record_ends_with_its_reader(space):
    """Even where nothing happens that it could write."""
    recorder = subprocess.Popen([tracing.PROGRAM, "record", "-w", "-", "--netns", space.name],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    try:
        assert os.read(recorder.stdout.fileno(), 1 << 16)
        recorder.stdout.close()
        assert recorder.wait(tracing.TIMEOUT) == 1
        assert b"cannot write '-': Broken pipe" in recorder.stderr.read()
    finally:
        recorder.kill()
        recorder.wait()
