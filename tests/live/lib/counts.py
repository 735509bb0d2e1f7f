# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Counters of `tcpstate count`, and the sockets per state that ss lists."""

import collections
import time

# ss's names.
STATES = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT_1", "FIN-WAIT-2": "FIN_WAIT_2", "TIME-WAIT": "TIME_WAIT",
          "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
          "CLOSING": "CLOSING"}


def by_ss(space):
    lines = space.run("ss", "-Htan").splitlines()
    return collections.Counter(STATES[line.split()[0]] for line in lines)


def until_ss(space, wanted, timeout=60.0):
    """Waits until ss lists as many sockets in each state: the other end of a close may be late."""
    deadline = time.monotonic() + timeout
    while by_ss(space) != wanted:
        assert time.monotonic() < deadline, by_ss(space)
        time.sleep(0.02)


def nonzero(counts):
    return {name: count for name, count in counts.items() if count}


def next_state_counts(count):
    """Sockets per state of a line made after now. States whose transitions the
    kernel does not report are counted by scans, and are null between two scans."""
    now = time.monotonic_ns()

    def lines():
        return [each["sockets"] for each in count.of_type("count")
                if each["mono_ns"] > now and None not in each["sockets"].values()]

    count.until(lambda _: lines(), timeout=60)
    return nonzero(lines()[0])


def all_transitions(count):
    """Summed over all lines; the last was made after everything was done."""
    now = time.monotonic_ns()
    count.until(lambda _: count.of_type("count")[-1]["mono_ns"] > now)
    total = collections.Counter()
    for each in count.stop().of_type("count"):
        total.update(each["transitions"])
    return nonzero(total)
