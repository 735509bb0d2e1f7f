# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Long-running commands keep the capabilities that doc/privileges.md lists, and filter their system
calls. That nothing of theirs is missing then is what all other live tests show."""

import contextlib
import os
import signal
import subprocess
import time

import pytest

import tracer as tracing

NUMBERS = {"CAP_DAC_READ_SEARCH": 2, "CAP_NET_ADMIN": 12, "CAP_SYS_PTRACE": 19, "CAP_SYS_ADMIN": 21,
           "CAP_PERFMON": 38, "CAP_BPF": 39}
BPF = {"CAP_BPF", "CAP_PERFMON"}
SCANS = {"CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"}
FILES = {"CAP_DAC_READ_SEARCH"}
LIMIT = 30.0


def status_of(pid):
    with open("/proc/%s/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def confined(process):
    """The status of a process once its filter is in place."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        assert process.poll() is None, "it ended before its filter was in place"
        status = status_of(process.pid)
        if status["Seccomp"] == "2":
            return status
        time.sleep(0.05)
    raise AssertionError("no filter: %s" % status)


def others(pid):
    """The statuses of its other threads: of what takes the signals, and of a scan that may just run."""
    found = []
    for thread in os.listdir("/proc/%d/task" % pid):
        if int(thread) != pid:
            with contextlib.suppress(FileNotFoundError):
                found.append(status_of("%d/task/%s" % (pid, thread)))
    return found


def names(mask):
    """Capabilities of a mask, limited to what this test run itself may have."""
    mask = int(mask, 16)
    assert not mask & ~sum(1 << number for number in NUMBERS.values()), hex(mask)
    return {name for name, number in NUMBERS.items() if mask >> number & 1}


@pytest.fixture
def start():
    started = []

    def run(*words):
        started.append(subprocess.Popen([tracing.PROGRAM, *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    yield run
    for each in started:
        each.kill()
        each.wait()


# Without hooks on request and TIME_WAIT sockets, scans of the namespaces replace these.
@pytest.mark.parametrize("words, always, scanning", [
    (("trace", "-v"), BPF, SCANS),
    (("trace", "-r", "--handshakes"), BPF, SCANS),
    (("trace", "--json"), BPF | FILES, SCANS),
    (("trace", "--csv"), BPF | FILES, SCANS),
    (("record", "-w", "-"), BPF | FILES, SCANS),
    (("count", "1"), BPF, SCANS),
    (("count", "--json", "-L", "1-65535", "1"), BPF, SCANS),
    (("list", "-a", "--watch", "1"), BPF | SCANS | FILES, set()),
    (("stuck", "--watch", "1"), BPF | SCANS | FILES, set()),
    (("stats", "1"), FILES, set()),
], ids=" ".join)
def test_what_is_kept(start, tier, words, always, scanning):
    process = start(*words)
    status = confined(process)
    expected = always | (set() if tier in ("fentry", "kprobe") else scanning)
    assert names(status["CapEff"]) == names(status["CapPrm"]) == expected
    assert names(status["CapBnd"]) == expected
    assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    threads = [names(each["CapEff"]) for each in others(process.pid)]
    assert set() in threads and all(each <= expected for each in threads)
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 0
