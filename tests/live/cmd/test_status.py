# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same failure has the same exit status in every command."""

import os

import pytest

import tracer as tracing

UNPRIVILEGED = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
TRACING = ["trace", "count", "record -w /dev/null", "list", "stuck", "selftest"]
LISTING = ["list", "stuck"]


def status(words, prefix=(), **more):
    """The exit status; a failure has one line on standard error, the last."""
    outcome = tracing.run(*words.split(), prefix=prefix, **more)
    assert outcome.stderr.splitlines()[-1].startswith("tcpstate: "), outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1, outcome.stderr
    return outcome.status


@pytest.mark.parametrize("words", [each for each in TRACING if each not in LISTING])
def test_unprivileged(words):
    assert status(words, prefix=UNPRIVILEGED) == 3


# Sockets are there for any user; the line says which are not.
@pytest.mark.parametrize("words", [*LISTING, "list --ss", "list --netstat", "list -U"])
def test_unprivileged_list(words):
    assert status(words, prefix=UNPRIVILEGED) == 0


# Options that need more than tracing itself: the remedy is the missing privilege all the same.
@pytest.mark.parametrize("words", ["trace --origin", "stuck --watch --origin", "trace --pin"])
def test_unprivileged_option(words):
    assert status(words, prefix=UNPRIVILEGED) == 3


# The probe of the call stacks fails, as on an old kernel.
@pytest.mark.parametrize("words", ["trace --origin", "stuck --watch --origin"])
def test_unprivileged_origin(words):
    assert "lacks CAP_BPF and CAP_PERFMON" in tracing.run(*words.split(), prefix=UNPRIVILEGED).stderr


# Enough to begin, too few for the maps of the BPF programs: a failure in the middle looked like a
# feature that the kernel lacks.
@pytest.mark.parametrize("words", [*TRACING, "doctor"])
def test_too_few_descriptors(words):
    for number in (7, 8, 9, 10, 12, 16, 24, 32):
        outcome = tracing.run(*words.split(), prefix=["prlimit", "--nofile=%d" % number])
        assert outcome.status == 1, (number, outcome.stderr)
        assert outcome.stderr.count("\n") == 1
        assert ("this process may have only %d files open" % number in outcome.stderr or
                "cannot start the event loop: Too many open files" in outcome.stderr), outcome.stderr


# The limit that a shell sets is the soft one.
def test_the_limit_of_descriptors_is_raised():
    outcome = tracing.run("count", "1", "1", prefix=["prlimit", "--nofile=10:1024"])
    assert outcome.status == 0, outcome.stderr


# Too little for the kernel's types, which libbpf then reports as missing.
@pytest.mark.parametrize("words", [*TRACING, "doctor"])
def test_too_little_memory(words):
    outcome = tracing.run(*words.split(), prefix=["prlimit", "--as=%d" % (12 << 20)])
    assert outcome.status == 1, outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert "memory" in outcome.stderr
    assert "BTF" not in outcome.stderr


@pytest.mark.parametrize("words", ["count 1 1", "list -a", "stats", "explain", "doctor", "trace -q",
                                   "selftest --list", "--help", "--version", "list -o help"])
def test_full_disk(words):
    with open("/dev/full", "wb") as full:
        assert status(words, stdout=full) == 1


@pytest.mark.parametrize("words", ["list -a", "stats", "explain", "doctor", "selftest --list", "--help",
                                   "--version", "list -o help"])
def test_closed_pipe(words):
    """A reader that has seen enough, as head has, ends the program quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as pipe:
        outcome = tracing.run(*words.split(), stdout=pipe)
    assert (outcome.status, outcome.stderr) == (0, "")


@pytest.mark.parametrize("words", ["trace", "replay x", "list", "stuck"])
def test_unknown_column(words):
    assert status(words + " -o no-such-column") == 2


@pytest.mark.parametrize("words", TRACING[:-1] + ["stats"])
def test_unknown_namespace(words):
    assert status(words + " --netns no-such-namespace") == 2


# A number may be that of a namespace which nothing leads to: then all commands fail alike.
@pytest.mark.parametrize("words", TRACING[:-1] + ["stats"])
def test_unknown_namespace_by_number(words):
    assert status(words + " --netns 4294967294") == 3
