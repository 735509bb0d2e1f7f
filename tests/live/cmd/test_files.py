# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Files that another user offers to root, or to a program that has more privileges than its caller."""

import os
import shutil
import stat
import tempfile

import pytest

import ordinary
import tracer as tracing


@pytest.fixture
def shared():
    """A folder as /tmp is, below one that every user may enter."""
    path = tempfile.mkdtemp(dir="/tmp")
    os.chmod(path, 0o1777)
    yield path
    shutil.rmtree(path)


def refused(path, why):
    done = tracing.run("record", "-w", path)
    assert (done.status, done.output) == (1, b"")
    assert done.stderr == ("tcpstate: cannot write '%s': %s in a folder that every user may write "
                           "to: name a file in a folder of your own\n" % (path, why))


def test_another_users_link(shared):
    """A recording would replace the file that the link leads to."""
    target = os.path.join(shared, "target")
    with open(target, "w", encoding="ascii") as file:
        file.write("precious")
    link, indirect = os.path.join(shared, "link"), os.path.join(shared, "indirect")
    os.symlink(target, link)
    os.chown(link, ordinary.UID, ordinary.UID, follow_symlinks=False)
    os.symlink("link", indirect)
    refused(link, "another user's link")
    refused(indirect, "another user's link")
    with open(target, encoding="ascii") as file:
        assert file.read() == "precious"


def test_another_users_file(shared):
    """Its owner would read the recording."""
    for make in (lambda path: open(path, "x", encoding="ascii").close(), os.mkfifo):
        path = os.path.join(shared, "file")
        make(path)
        os.chown(path, ordinary.UID, ordinary.UID)
        refused(path, "another user's file")
        os.unlink(path)


def test_folder_for_counters_with_a_callers_privileges():
    """stats does not read the folder that TCPSTATE_PROC names in a set-group-ID program."""
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(tracing.PROGRAM)))
    try:
        os.chmod(folder, 0o755)
        copy = os.path.join(folder, "tcpstate")
        shutil.copy(tracing.PROGRAM, copy)
        os.mkdir(os.path.join(folder, "net"))
        with open(os.path.join(folder, "net", "snmp"), "w", encoding="ascii") as file:
            file.write("secret\n")
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env",
                 "TCPSTATE_PROC=" + folder]
        for elevated in (False, True):
            if elevated:
                os.chown(copy, 0, 65533)
                os.chmod(copy, 0o755 | stat.S_ISGID)
            done = tracing.run("stats", prefix=words, program=copy)
            assert done.status == (0 if elevated else 1), done.stderr
            assert ("secret" in done.stderr) is not elevated
    finally:
        shutil.rmtree(folder)
