# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The selftest as its users meet it: TAP, exit status, what it leaves behind, and that it fails
where a BPF program is missing. What its tests say of the kernel is their own business."""

import collections
import os
import re
import select
import signal
import subprocess
import time

import pytest

import tracer as tracing
from lifecycle import UNPRIVILEGED, our_programs, says_once

TIMEOUT = 120.0
RESULT = re.compile(r"(?P<not>not )?ok (?P<number>\d+) - (?P<name>.*?)(?: # SKIP (?P<skip>.*))?$")
Result = collections.namedtuple("Result", "good name skip why")


def selftest(*words, **more):
    return tracing.run("selftest", *words, timeout=TIMEOUT, **more)


def results(outcome):
    """Checks that it is TAP, whole; its results."""
    lines = outcome.output.decode().splitlines()
    assert lines[0] == "TAP version 13"
    assert re.fullmatch(r"1\.\.\d+", lines[1])
    found = []
    for line in lines[2:]:
        match = RESULT.fullmatch(line)
        if match:
            assert int(match["number"]) == len(found) + 1
            found.append(Result(not match["not"], match["name"], match["skip"], []))
        else:
            assert line.startswith("# "), line
            if found:
                found[-1].why.append(line)
    assert lines[1] == "1..%d" % len(found)
    return found


def failed(found):
    return {each.name for each in found if not each.good}


def nothing_left(before):
    """Actors end when their channels close, programs after a grace period."""
    deadline = time.monotonic() + TIMEOUT
    while our_programs() - before or children():
        assert time.monotonic() < deadline, (our_programs() - before, children())
        time.sleep(0.02)


def children():
    """Processes of this one that run the program under test, and theirs."""
    found = subprocess.run(["ps", "-eo", "pid,exe"], stdout=subprocess.PIPE, text=True, check=True)
    return [line for line in found.stdout.splitlines() if line.endswith(" " + tracing.PROGRAM)]


def test_whole(tier):
    """Every test passes on this kernel, and what is skipped is what this tier cannot show."""
    before = our_programs()
    outcome = selftest()
    found = results(outcome)
    assert not failed(found), outcome.output.decode()
    assert outcome.status == 0
    assert outcome.stderr == ""
    assert len({each.name for each in found}) == len(found)
    allowed = {"takes more than a minute: --long",
               "this kernel hid a transition from all BPF programs"}
    if tier == "tracepoint":
        allowed.add("not shown by tracepoints alone")
    assert {each.skip for each in found if each.skip} <= allowed
    assert len([each for each in found if not each.skip]) > 150
    nothing_left(before)


def test_some():
    found = results(selftest("a listener*", "the client aborts, ipv6"))
    names = [each.name for each in found]
    assert "a listener opens and closes, ipv4" in names
    assert "the client aborts, ipv6" in names
    assert "the client aborts, ipv4" not in names
    assert "every transition that TCP has was seen" not in names
    assert not failed(found)


def test_verbose():
    """With -v each test prints what it saw."""
    found = results(selftest("-v", "a listener opens and closes, ipv4"))
    assert found[0].why == ["#   l CLOSED>LISTEN server listen",
                            "#   l LISTEN>CLOSED server listen normal"]


def test_list():
    outcome = selftest("--list")
    names = outcome.output.decode().splitlines()
    assert outcome.status == 0 and len(names) == len(set(names)) > 100
    assert selftest("--list", names[7]).output.decode().splitlines() == [names[7]]


def test_started_before_the_trace():
    """A pattern may select only test cases that start before the trace."""
    outcome = selftest("older than the trace*")
    assert outcome.status == 0 and not failed(results(outcome)), outcome.output


def test_usage():
    says_once(selftest("no such test"), 2)
    says_once(selftest("--without", "no_such_program"), 2)
    says_once(selftest("-L", "80"), 2)


def test_no_root():
    assert "root" in says_once(selftest(prefix=UNPRIVILEGED), 3)


@pytest.mark.parametrize("program, names", [
    ("rename", {"an owner takes another name"}),
    ("find_port", {"a local port that the kernel chooses late"}),
])
def test_without(program, names):
    """The right tests fail, no other, with the difference in their diagnostics."""
    patterns = [name + "*" for name in names]
    outcome = selftest("--without", program, "the client aborts", *patterns)
    found = results(outcome)
    assert failed(found) == {"%s, ipv%d" % (name, family) for name in names for family in (4, 6)}
    assert all(each.why for each in found if not each.good)
    assert outcome.status == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=["SIGINT", "SIGTERM", "SIGKILL"])
def test_interrupted(number):
    """It says so where it can, and leaves neither processes nor programs."""
    before = our_programs()
    process = subprocess.Popen([tracing.PROGRAM, "selftest"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.set_blocking(process.stdout.fileno(), False)
    output = b""
    while b"\n1.." not in output:  # the plan: it plays from here on
        assert select.select([process.stdout], [], [], tracing.TIMEOUT)[0]
        output += process.stdout.read() or b""
    process.send_signal(number)
    os.set_blocking(process.stdout.fileno(), True)
    output += process.stdout.read()
    status = process.wait(tracing.TIMEOUT)
    process.stdout.close()
    if number == signal.SIGKILL:
        assert status == -signal.SIGKILL
    else:
        assert status == 1
        assert output.splitlines()[-1] == b"Bail out! interrupted"
    nothing_left(before)


def test_full_device():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([tracing.PROGRAM, "selftest", "a listener opens and closes"],
                              stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


def test_host_is_left_alone(tmp_path):
    """Settings of this namespace and its sockets stay what they are."""
    def settings():
        done = subprocess.run(["sysctl", "-a", "--pattern", r"^net\."], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        return [line for line in done.stdout.splitlines()
                if "nf_conntrack_count" not in line and "flush" not in line]

    before = settings()
    with open("/sys/class/net/lo/queues/rx-0/rps_cpus", encoding="ascii") as mask:
        spread = mask.read()
    results(selftest("a handshake by SYN cookie", "no room*", "data is never*", "*connections*"))
    assert settings() == before
    with open("/sys/class/net/lo/queues/rx-0/rps_cpus", encoding="ascii") as mask:
        assert mask.read() == spread
