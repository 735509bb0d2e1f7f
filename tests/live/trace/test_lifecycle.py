# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Beginning and end of the program: privileges, signals, full disks, what it leaves behind."""

import os
import re
import signal
import struct
import subprocess
import sys
import time

import pytest

import recording
import tracer as tracing
from lifecycle import UNPRIVILEGED, our_programs, says_once

COUNT = 500


def without(*capabilities):
    drop = ",".join("-" + name for name in capabilities)
    return ["setpriv", "--bounding-set", drop, "--inh-caps", drop]


@pytest.mark.parametrize("command", ["trace", "count", "record"])
def test_no_root(command):
    words = ["-w", "/dev/null"] if command == "record" else []
    line = says_once(tracing.run(command, *words, prefix=UNPRIVILEGED), 3)
    assert "root" in line or "CAP_" in line


def test_no_bpf_capability():
    line = says_once(tracing.run(prefix=without("bpf", "sys_admin")), 3)
    assert "CAP_BPF" in line


def test_no_perfmon_capability():
    line = says_once(tracing.run(prefix=without("perfmon", "sys_admin")), 3)
    assert "CAP_PERFMON" in line


def test_no_btf():
    hide = ["unshare", "-m", "sh", "-c",
            'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$@"']
    line = says_once(tracing.run(prefix=hide), 3)
    assert "BTF" in line


@pytest.mark.parametrize("words", [
    ["--no-such-option"], ["no-such-command"], ["trace", "unexpected"], ["-p", "12abc"],
    ["-p", ""], ["-L", "65536"], ["-L", "9-8"], ["--laddr", "10.0.0.0/33"], ["-s", "NOWHERE"],
    ["--json", "--csv"], ["-o", "no-such-column"], ["--buffer", "1"],
    ["--buffer"], ["count", "0"], ["count", "x"], ["count", "1", "2", "3"], ["record"],
    ["replay"], ["--netns", "no-such-namespace"], ["-u", "no-such-user"],
], ids=" ".join)
def test_usage(words):
    says_once(tracing.run(*words), 2)


def test_help_and_version():
    for words in (["--help"], ["trace", "--help"], ["--version"], ["-o", "help"]):
        outcome = tracing.run(*words)
        assert outcome.status == 0 and outcome.output and not outcome.stderr


@pytest.fixture
def comma_locale(tmp_path):
    """The environment of a locale that writes 0,5: LC_NUMERIC of C.UTF-8 with another point."""
    source = "/usr/lib/locale/C.utf8/LC_NUMERIC"
    if not os.path.exists(source):
        pytest.skip("the C library has no C.utf8 folder")
    (tmp_path / "xx_XX.utf8").mkdir()
    with open(source, "rb") as file:
        data = bytearray(file.read())
    for index in (8, 20): # offsets of decimal_point, as bytes and as a wide character
        data[int.from_bytes(data[index:index + 4], sys.byteorder)] = ord(",")
    (tmp_path / "xx_XX.utf8" / "LC_NUMERIC").write_bytes(data)
    names = {name: value for name, value in os.environ.items() if name != "LC_ALL"}
    environment = dict(names, LOCPATH=str(tmp_path), LC_NUMERIC="xx_XX.utf8")
    assert subprocess.check_output(["/usr/bin/printf", "%.1f", "1,5"], env=environment) == b"1,5"
    return environment


def test_decimal_point(space, tracer, comma_locale):
    """A locale with a decimal comma does not change numbers: the summary is parsed by scripts."""
    trace = tracer("--netns", space.name, environment=dict(comma_locale, LC_ALL=""))
    outcome = trace.until_ready().stop()
    assert re.search(r"^\d+\.\d s, ", outcome.stderr, re.M), outcome.stderr


def all_of(outcome):
    """COUNT connections, ten transitions each, each whole."""
    sockets = {}
    for each in outcome.transitions:
        sockets.setdefault(each["id"], []).append(each["new"])
    whole = [("SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"),
             ("SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSED")]
    assert {tuple(states) for states in sockets.values()} == set(whole)
    assert len(sockets) == 2 * COUNT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_loses_nothing(scenario, cast, number):
    """The signal comes before a single line was read."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    tracer = scenario.trace()
    alpha.churn("l", "127.0.0.1", COUNT)
    outcome = tracer.stop(number)
    assert outcome.status == 0
    all_of(outcome)


def test_signal_record(cast, space, tmp_path):
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    recorder = recording.start(tmp_path / "file", "--netns", space.name)
    alpha.churn("l", "127.0.0.1", COUNT)
    recording.stop(recorder, signal.SIGTERM)
    all_of(recording.replay(tmp_path / "file"))


@pytest.mark.skipif(not os.path.exists("/proc/self/ns/time"),
                    reason="this kernel has no time namespaces (before 5.6)")
def test_record_time_namespace(cast, space, tmp_path):
    """The header and the end mark have the clock of the events, not that of the namespace."""
    before = time.monotonic_ns()
    recorder = recording.start(tmp_path / "file", "--netns", space.name,
                               prefix=["unshare", "-T", "--fork", "--monotonic", "100000"])
    cast("alpha").listen("l", "127.0.0.1")
    recording.stop(recorder)
    after = time.monotonic_ns()
    data = (tmp_path / "file").read_bytes()
    start, offset = struct.unpack_from("<Qq", data, 24)
    end, = struct.unpack_from("<Q", data, len(data) - 24)
    assert before <= start <= end <= after
    assert abs(offset - (time.time_ns() - time.monotonic_ns())) < 1e9


def test_closed_pipe(scenario, cast):
    """As under `head`: no failure, no message, and what was read is whole lines."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    tracer = scenario.trace()
    alpha.churn("l", "127.0.0.1", 10)
    tracer.until(lambda seen: len(seen) >= 10)
    tracer.process.stdout.close()
    alpha.churn("l", "127.0.0.1", 10)
    assert tracer.process.wait(tracing.TIMEOUT) == 0
    assert "tcpstate:" not in tracer.stderr()


def test_second_trace(scenario, cast, tracer):
    """Two at once do not disturb each other."""
    first = scenario.trace()
    second = tracer("--netns", scenario.space.name)
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    alpha.churn("l", "127.0.0.1", 50)
    alpha.close("l")
    one, two = first.stop(), second.stop()
    assert recording.comparable(one) == recording.comparable(two)
    assert len(one.transitions) == 502


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_leaves_nothing(scenario, number):
    """Programs, maps and links go with the process, however it ends."""
    before = our_programs()
    tracer = scenario.trace()
    assert our_programs() - before, "it has loaded something"
    tracer.process.send_signal(number)
    tracer.process.wait(tracing.TIMEOUT)
    deadline = time.monotonic() + tracing.TIMEOUT
    while our_programs() - before:  # the kernel frees them after a grace period
        assert time.monotonic() < deadline, our_programs() - before


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(cast, space, small_disk):
    """The recording ends at its last whole frame and is still readable."""
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1")
    recorder = recording.start(small_disk / "file", "--netns", space.name)
    alpha.churn("l", "127.0.0.1", 200)
    output, errors = recorder.communicate(timeout=tracing.TIMEOUT)
    assert (recorder.returncode, output) == (1, b"")
    assert b"No space left" in errors.splitlines()[-1]
    replayed = tracing.run("replay", "--json", str(small_disk / "file"))
    assert len(replayed.transitions) > 100


@pytest.mark.parametrize("words", [["--json"], ["--csv"], []], ids=["json", "csv", "text"])
def test_full_device(cast, space, words):
    with open("/dev/full", "wb") as full:
        process = subprocess.Popen([tracing.PROGRAM, "trace", "--netns", space.name, *words],
                                   stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
    alpha = cast("alpha")
    deadline = time.monotonic() + tracing.TIMEOUT
    while process.poll() is None:
        assert time.monotonic() < deadline
        alpha.connect("c", "127.0.0.1", 9)
        alpha.close("c")
    _, errors = process.communicate()
    assert process.returncode == 1
    assert errors.count(b"No space left") == 1, errors


def test_ready(scenario):
    """First of all objects; says what the snapshot found and how long it took."""
    tracer = scenario.trace()
    assert tracer.objects[0]["type"] == "ready"
    assert tracer.objects[0]["netns_missed"] == 0
    assert tracer.stop().status == 0


def test_one_object_a_line(scenario, cast):
    """Whatever a process calls itself."""
    tracer = scenario.trace()
    nasty = cast('"\\\n\x1b[31m\u00e9')
    nasty.connect("c", "127.0.0.1", 9)
    outcome = tracer.stop()
    assert [each["comm"] for each in outcome.transitions] == ['"\\\n\x1b[31m\u00e9'] * 2
    assert b"\x1b" not in outcome.output


def test_doctor(doctor):
    assert doctor["transitions"]["available"] is True
    fentry = doctor["accept-exit"]["available"]
    assert doctor["tier"] == ("fentry" if fentry else "tracepoint")


def test_doctor_without_root():
    outcome = tracing.run("doctor", prefix=UNPRIVILEGED)
    assert outcome.status == 3
    assert outcome.output, "the rows are still printed"
    assert os.linesep in outcome.output.decode()
