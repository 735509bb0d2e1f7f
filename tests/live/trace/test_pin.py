# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""trace --pin: ages are exact while it runs, bounds when it has gone, and one pins at a time."""

import os
import signal
import subprocess
import time

import pytest

import tracer as tracing

FOLDER = "/sys/fs/bpf/tcpstate"


@pytest.fixture
def listed(mounts, space):
    """The sockets of the namespace as list prints them, and the times before and after."""
    def look():
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        done = tracing.run("list", "-t", "-a", "--json", "--netns", space.path, prefix=mounts)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        assert done.status == 0, done.stderr
        return done.objects, before, after
    return look


def only(objects, state, lport):
    found = [each for each in objects if each["state"] == state and each["lport"] == lport]
    assert len(found) == 1, objects
    return found[0]


def assert_exact(listed, seen):
    """The age of the socket that made this transition, in the state that it went to."""
    objects, before, after = listed
    found = only(objects, seen["new"], seen["lport"])
    assert found["id"] == seen["id"]
    assert found["age_exact"] is True, found
    assert before - seen["mono_ns"] - 1000 <= found["age_us"] * 1000
    assert found["age_us"] * 1000 <= after - seen["mono_ns"] + 1000


def pins(mounts):
    return subprocess.run([*mounts, "ls", FOLDER], stdout=subprocess.PIPE, check=True,
                          text=True).stdout.split()


def test_ages_are_the_traces(keeper, listed, cast, host):
    trace = keeper()
    server, client, local, remote, _ = cast.connection(host)
    client.close("c")
    seen = [trace.until_seen(new="LISTEN", lport=remote[1]),
            trace.until_seen(new="CLOSE_WAIT", lport=remote[1])]
    look = listed()
    for each in seen:
        assert_exact(look, each)
    assert {each["state"] for each in look[0]} == {"LISTEN", "CLOSE_WAIT", "FIN_WAIT_2"}
    assert local[1] != remote[1] and server
    assert trace.stop().status == 0


def test_an_older_socket_has_a_bound(keeper, listed, cast):
    remote = cast.connection("127.0.0.1")[3]
    trace = keeper()
    objects = listed()[0]
    assert only(objects, "ESTABLISHED", remote[1])["age_exact"] is False
    assert only(objects, "LISTEN", remote[1])["age_us"] is None
    trace.stop()


def test_a_second_keeper_is_refused(keeper, mounts):
    trace = keeper()
    second = tracing.run("trace", "--pin", prefix=mounts)
    assert (second.status, second.output) == (1, b"")
    assert second.stderr.count("\n") == 1
    assert "another tcpstate pins records already" in second.stderr
    assert trace.stop().status == 0


def test_a_question_refuses_no_keeper(keeper, mounts):
    """A process that looks for pinned records has a share of the lock for a moment."""
    keeper().stop() # leaves the folder
    question = subprocess.Popen([*mounts, "flock", "--shared", FOLDER, "sh", "-c",
                                 "echo asked && exec sleep 0.05"], stdout=subprocess.PIPE)
    assert question.stdout.readline() == b"asked\n"
    assert keeper().stop().status == 0
    assert question.wait() == 0
    question.stdout.close()


@pytest.fixture
def entered(mounts, space):
    """The prefix of a command under `ip netns exec`, if the mounts of the tracer were those of
    the machine's first process."""
    first = "/proc/%s" % mounts[2]
    return [*mounts, "ip", "netns", "exec", space.name, "sh", "-c",
            "mount --bind %s /proc/1 && exec \"$@\"" % first, "sh"]


def test_a_keeper_is_found_under_ip_netns_exec(keeper, cast, entered):
    trace = keeper()
    remote = cast.connection("127.0.0.1")[3]
    seen = trace.until_seen(new="LISTEN", lport=remote[1])
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    done = tracing.run("list", "-t", "-a", "--json", prefix=entered)
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    assert (done.status, done.stderr) == (0, "")
    assert_exact((done.objects, before, after), seen)
    second = tracing.run("trace", "--pin", prefix=entered)
    assert (second.status, second.output) == (1, b"")
    assert "another tcpstate pins records already" in second.stderr
    assert trace.stop().status == 0


def test_pins_go_with_the_keeper(keeper, mounts):
    trace = keeper()
    assert len(pins(mounts)) == 2
    trace.stop()
    assert pins(mounts) == []


def test_a_dead_keepers_records_are_not_believed_and_taken_over(keeper, listed, mounts, cast):
    trace = keeper()
    first = cast("server").listen("l", "127.0.0.1")
    assert_exact(listed(), trace.until_seen(new="LISTEN", lport=first[1]))
    os.kill(trace.process.pid, signal.SIGKILL) # nsenter has become the program
    trace.process.wait()
    assert len(pins(mounts)) == 2
    assert only(listed()[0], "LISTEN", first[1])["age_us"] is None

    trace = keeper()
    second = cast("other").listen("l", "127.0.0.1")
    seen = trace.until_seen(new="LISTEN", lport=second[1])
    look = listed()
    assert_exact(look, seen)
    assert only(look[0], "LISTEN", first[1])["age_us"] is None
    trace.stop()
    assert pins(mounts) == []
