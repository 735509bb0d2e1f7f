# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs without privileges, refusals, and the BPF programs that are loaded."""

import json
import subprocess

UNPRIVILEGED = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def says_once(outcome, status):
    """That exit status, one line on standard error, nothing else."""
    assert outcome.status == status, outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1, outcome.stderr
    assert outcome.stderr.startswith("tcpstate: ")
    assert not outcome.output
    return outcome.stderr


def our_programs():
    """BPF programs that are loaded, by id; map ids beside them."""
    loaded = set()
    for kind in ("prog", "map", "link"):
        done = subprocess.run(["bpftool", kind, "list", "--json"], check=True,
                              stdout=subprocess.PIPE)
        loaded |= {(kind, each["id"]) for each in json.loads(done.stdout)}
    return loaded
