# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs `tcpstate list` and, for comparison, ss; both as dictionaries by socket cookie."""

import re
import subprocess
import time

import tracer as tracing

STATES = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT_1", "FIN-WAIT-2": "FIN_WAIT_2", "TIME-WAIT": "TIME_WAIT",
          "UNCONN": "CLOSED", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK",
          "LISTEN": "LISTEN", "CLOSING": "CLOSING"}


def sockets(*words, **more):
    """Every object of one scan, which must succeed and be silent."""
    done = tracing.run("list", "--json", *words, **more)
    assert done.status == 0 and done.stderr == "", done.stderr
    assert all(each["type"] == "socket" and each["v"] == 1 for each in done.objects)
    return done.objects


def inside(space, *words, **more):
    return sockets("-a", "--netns", space.name, *words, **more)


def ports(found):
    """Sorted (local, remote)."""
    return sorted((each["lport"] or 0, each["rport"] or 0) for each in found)


def one(found, **facts):
    """The only socket with these facts."""
    fit = [each for each in found if all(each[key] == value for key, value in facts.items())]
    assert len(fit) == 1, "%d sockets with %s among %s" % (len(fit), facts, found)
    return fit[0]


def until(look, wanted, timeout=tracing.TIMEOUT):
    """Looks again and again until wanted(what was seen) holds; that look."""
    deadline = time.monotonic() + timeout
    while True:
        seen = look()
        if wanted(seen):
            return seen
        assert time.monotonic() < deadline, "%s in %s" % (by_state(seen), seen)


def by_state(found):
    return sorted(each["state"] for each in found if each["proto"].startswith("tcp"))


def endpoint(text):
    host, port = text.rsplit(":", 1)
    host = host.strip("[]").split("%")[0]
    if host.startswith("::ffff:"):
        host = host[len("::ffff:"):]
    return host, None if port == "*" else int(port)


def ss(space, *words):
    """What `ss -tanep` says in that namespace, by cookie."""
    found = {}
    for line in space.run("ss", "-tanepH", *words).splitlines():
        state, recv_q, send_q, local, peer = line.split()[:5]
        fact = {"state": STATES[state], "recv_q": int(recv_q), "send_q": int(send_q),
                "local": endpoint(local), "peer": endpoint(peer), "rest": line,
                "holders": sorted((int(pid), int(fd)) for pid, fd in
                                  re.findall(r"pid=(\d+),fd=(\d+)", line))}
        found[int(re.search(r"\bsk:([0-9a-f]+)", line).group(1), 16)] = fact
    return found


def address(host):
    """As ss prints it: * is any of both families."""
    return "0.0.0.0" if host in ("*", "::") else host


def output(space, *words):
    """What a program prints in that namespace."""
    return subprocess.run(space.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True, timeout=60).stdout
