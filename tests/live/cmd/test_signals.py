# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Stop signals end the program whatever it does."""

import os
import signal
import subprocess
import time

import pytest

import tracer as tracing

DEADLINE = 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
                         ids=["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_program_that_does_not_heed_them(tmp_path, number):
    """It waits for a FIFO without data."""
    (tmp_path / "net").mkdir()
    os.mkfifo(tmp_path / "net" / "snmp")
    process = subprocess.Popen([tracing.PROGRAM, "stats", "1"], stdout=subprocess.DEVNULL,
                               env=dict(os.environ, TCPSTATE_PROC=str(tmp_path)))
    try:
        # Opened for reading by the program: it now waits for data.
        with open(tmp_path / "net" / "snmp", "wb"):
            until = time.monotonic() + DEADLINE
            while process.poll() is None and time.monotonic() < until:
                process.send_signal(number)
                time.sleep(0.3) # closer ones count as one
            assert process.poll() == -number
    finally:
        process.kill()
        process.wait()


def test_a_second_one_while_the_first_is_heeded(tracer, space):
    """Two of one key press do not cut off the summary."""
    trace = tracer("--netns", space.path)
    trace.process.send_signal(signal.SIGINT)
    trace.process.send_signal(signal.SIGTERM)
    done = trace.finish(DEADLINE)
    assert done.status == 0
    assert "transitions" in done.stderr
