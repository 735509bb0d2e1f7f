# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""trace --pin: ages are exact while it runs, bounds when it has gone, and one pins at a time."""

import os
import signal
import subprocess
import sys
import time

import pytest

import maps
import ordinary
import tracer as tracing

FOLDER = "/sys/fs/bpf/tcpstate"

# Replaces a pin by another map, which has the keys of the pinned one.
FORGE = """
import ctypes, os, struct, sys
sys.path.insert(0, sys.argv[1])
import maps
path, kind, key_size, value_size = sys.argv[2], *map(int, sys.argv[3:6])
OBJ_PIN, OBJ_GET, GET_NEXT_KEY = 6, 7, 4
name = ctypes.create_string_buffer(path.encode())
room = lambda data: ctypes.create_string_buffer(bytes(data), max(len(data), 8))
old = maps.bpf(OBJ_GET, struct.pack("=QII", ctypes.addressof(name), 0, 0))
new = maps.bpf(0, struct.pack("=IIIIII", kind, key_size, value_size, 4096, 0, 0))
assert old >= 0 and new >= 0, (old, new)
key, keys = room(b""), []
while maps.bpf(GET_NEXT_KEY, struct.pack("=IIQQQ", old, 0, ctypes.addressof(key) if keys else 0,
                                         ctypes.addressof(key), 0)) == 0:
    keys.append(key.raw)
for each in keys:
    at, value = room(each[:key_size]), room(b"A" * value_size)
    maps.bpf(maps.UPDATE_ELEM, struct.pack("=IIQQQ", new, 0, ctypes.addressof(at),
                                           ctypes.addressof(value), 0))
os.unlink(path)
assert maps.bpf(OBJ_PIN, struct.pack("=QII", ctypes.addressof(name), new, 0)) == 0
"""


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


def doctors_pins(mounts):
    done = tracing.run("doctor", "--json", prefix=mounts)
    return [each for each in done.objects if each.get("name") == "pins"][0]


def test_doctor_names_the_pins_of_a_dead_keeper(keeper, mounts):
    trace = keeper()
    assert doctors_pins(mounts)["available"] is True
    os.kill(trace.process.pid, signal.SIGKILL)
    trace.process.wait()
    found = doctors_pins(mounts)
    assert found["available"] is False
    assert found["why"].startswith("the pins of a tracer that was killed remain: ")
    for name in pins(mounts):
        assert name in found["why"]
    words = found["remedy"].split(",")[0].split()
    assert words == ["rm", "-r", FOLDER]
    subprocess.run([*mounts, *words], check=True)
    assert doctors_pins(mounts)["available"] is True


def test_pins_of_another_version_are_removed_too(keeper, mounts):
    trace = keeper()
    os.kill(trace.process.pid, signal.SIGKILL)
    trace.process.wait()
    for name in pins(mounts):
        subprocess.run([*mounts, "mv", "%s/%s" % (FOLDER, name), "%s/%s0" % (FOLDER, name)],
                       check=True)
    assert doctors_pins(mounts)["available"] is False
    trace = keeper()
    assert len(pins(mounts)) == 2
    trace.stop()


@pytest.mark.parametrize("make, why", [
    ("mkdir -m 0700 {0} && chown {1} {0}", "belongs to user {1}"),
    ("mkdir -m 0755 {0}", "has mode 0755: other users may open it"),
    ("mkdir -m 0700 {0}-2 && ln -s {0}-2 {0}", "is not a directory"),
])
def test_a_folder_that_another_user_may_have_made(mounts, make, why):
    subprocess.run([*mounts, "sh", "-c", make.format(FOLDER, ordinary.UID)], check=True)
    done = tracing.run("trace", "--pin", prefix=mounts)
    assert (done.status, done.output) == (1, b"")
    assert done.stderr.count("\n") == 1
    assert "%s %s: remove it (rm -r %s)" % (FOLDER, why.format(None, ordinary.UID), FOLDER) in done.stderr
    assert "-o mode=0700" in done.stderr
    found = doctors_pins(mounts)
    assert found["available"] is False
    assert why.format(None, ordinary.UID) in found["why"]


ARRAY, HASH = 2, 1


@pytest.mark.parametrize("pin", ["records", "minisocks", "origins"])
def test_other_maps_are_not_used(keeper, mounts, cast, space, pin):
    """A value is copied as large as its map has it."""
    def look():
        done = tracing.run("list", "-ta", "-o", "+site", "--json", "--netns", space.path,
                           prefix=mounts)
        assert (done.status, done.stderr) == (0, "")
        return only(done.objects, "ESTABLISHED", local[1])

    trace = keeper(*(["--origin"] if pin == "origins" else []))
    local = cast.connection("127.0.0.1")[2]
    trace.until_seen(new="ESTABLISHED", lport=local[1])
    deadline = time.monotonic() + 30
    while pin == "origins" and look()["site"] is None:
        assert time.monotonic() < deadline
    assert look()["age_exact"] is True
    path = [name for name in pins(mounts) if name.startswith(pin)][0]
    for forged in ((HASH, 4, 4096), (HASH, 8, 4096), (HASH, 8, 8), (ARRAY, 4, 4096)):
        subprocess.run([*mounts, sys.executable, "-c", FORGE, os.path.dirname(maps.__file__),
                        "%s/%s" % (FOLDER, path), *map(str, forged)], check=True)
        found = look()
        assert found["age_exact"] is (pin == "origins")
        assert found["site"] is None
    trace.stop()
