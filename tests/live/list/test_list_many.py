# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: more descriptors of a socket than it has rows for, and many network namespaces."""

import os
import subprocess

import listing
import tracer as tracing
from crowds import many

DESCRIPTORS = many(100000)  # rows of further descriptors: 65,536 at most
NAMESPACES = many(150)
MEGABYTE = 1 << 20


def peak(*words):
    """Standard output of tcpstate, and the most memory that it had."""
    with subprocess.Popen([tracing.PROGRAM, *words], stdout=subprocess.PIPE) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return output, usage.ru_maxrss << 10


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(each) for each in file.read().split()]


def descriptors_there(pids, inode):
    """As /proc has them."""
    link = "socket:[%d]" % inode
    return sum(os.readlink("/proc/%d/fd/%s" % (pid, fd)) == link
               for pid in pids for fd in os.listdir("/proc/%d/fd" % pid))


def test_descriptors(space, load, crowd):
    """Each of them is counted, in memory that does not grow with their number."""
    words = ("list", "-a", "-q", "--netns", space.name)
    _, before = peak(*words)
    holders = crowd(load, "duplicates", "--count", DESCRIPTORS)
    report = holders.report()
    _, after = peak(*words)
    assert after - before < 16 * MEGABYTE
    each = listing.one(listing.inside(space), state="CLOSED")
    pids = {one["pid"] for one in each["holder_list"]}
    assert len(pids) == report["processes"]
    assert each["holders"] == descriptors_there(pids, each["inode"]) == DESCRIPTORS
    holders.end()


def test_namespaces(space, load, crowd):
    """The listener of each is listed, with the process that has it."""
    members = crowd(load, "namespaces", "--count", NAMESPACES)
    members.report()
    spaces = {}
    for pid in children(members.process.pid):
        spaces[os.stat("/proc/%d/ns/net" % pid).st_ino] = pid
    assert len(spaces) == NAMESPACES and space.inode not in spaces
    found = [each for each in listing.sockets("-l", "-t") if each["netns"] in spaces]
    assert {each["netns"]: each["pid"] for each in found} == spaces
    assert len(found) == NAMESPACES
    members.end()
