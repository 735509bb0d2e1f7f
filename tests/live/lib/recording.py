# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Recordings made and read back by the program under test."""

import json
import os
import signal
import subprocess
import time

import tracer

# Two tracers read the clock twice.
CLOCKS = ("ts", "mono_ns", "duration_us", "lifetime_us")


def start(path, *words, prefix=()):
    """Records to the file; returns when the file says that everything is attached."""
    process = subprocess.Popen([*prefix, tracer.PROGRAM, "record", "-w", str(path), *words],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=bool(prefix))
    deadline = time.monotonic() + tracer.TIMEOUT
    while not is_ready(path):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError("record is not ready: %r" % (process.communicate(),))
    return process


def is_ready(path):
    if not os.path.exists(path):
        return False
    output = tracer.run("replay", "--json", str(path)).output.decode()
    return any(json.loads(line)["type"] == "ready" for line in output.splitlines())


def stop(process, number=signal.SIGINT):
    if os.getpgid(process.pid) == process.pid:  # behind a prefix
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, errors = process.communicate(timeout=tracer.TIMEOUT)
    assert process.returncode == 0, errors
    assert output == b""
    return errors.decode()


def replay(path, *words):
    done = tracer.run("replay", "--json", str(path), *words)
    assert done.status == 0, done.stderr
    return done


def comparable(outcome):
    """By socket, without what only the clock decides."""
    sockets = {}
    for each in outcome.transitions:
        facts = {name: value for name, value in each.items() if name not in CLOCKS}
        facts["known"] = [each.get(name) is not None for name in CLOCKS]
        sockets.setdefault(each["id"], []).append(facts)
    return sockets
