# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One leak in many workers of a program is one finding, and its next step is for all of them."""

import re
import shlex

import pytest

import stuck
import tracer as tracing

WORKERS = 7


def leak(space, cast, host, names, per_worker=2):
    """A master whose workers accept connections that their clients close. Returns the workers."""
    master, client = cast("master"), cast("client")
    port = master.listen("l", host)[1]
    workers = []
    for name in names:
        worker = cast.fork(master, name)
        for i in range(per_worker):
            client.connect("%s%d" % (name, i) + str(len(workers)), host, port)
            worker.accept("l", "s%d" % i)
            client.shutdown("%s%d" % (name, i) + str(len(workers)))
        workers.append(worker)
    stuck.until(space, per_worker * len(names), *stuck.NOW)
    return workers


def paragraphs(space, *words):
    done = stuck.run(space, *stuck.NOW, *words)
    assert (done.status, done.stderr) == (0, "")
    return re.split(r"\n\s*\n", done.output.decode().strip())


def processes_of(paragraph):
    """Those of the list, with two sockets each."""
    return {int(pid) for pid in re.findall(r"2 x shopd\S*\[(\d+)\]", " ".join(paragraph.split()))}


def next_of(paragraph):
    return re.search(r"Next: tcpstate (.*)", paragraph).group(1)


@pytest.mark.parametrize("names,said,option", [
    (["shopd"] * WORKERS, "shopd in 7 processes", "-c 'shopd'"),
    (["shopd-%d" % i for i in range(WORKERS)], "shopd-* in 7 processes", "-c 'shopd-*'"),
], ids=["same", "numbered"])
def test_workers(space, cast, host, names, said, option):
    workers = leak(space, cast, host, names)
    (paragraph,) = paragraphs(space)
    first = paragraph.split("\n")[0]
    assert first.startswith("14 sockets in CLOSE_WAIT ") and said in first, first
    named = processes_of(paragraph)
    assert len(named) > 1 and named < {each.pid for each in workers}
    assert "and 3 more" in paragraph
    command = next_of(paragraph)
    assert option in command and "--netns %d" % space.inode in command
    objects = stuck.once(space, *stuck.NOW)
    assert len({each["pid"] for each in objects}) == WORKERS
    # the command selects just these
    words = [each for each in shlex.split(command) if each not in ("--watch", "--origin")]
    done = tracing.run(*words, "--json")
    assert {each["id"] for each in done.objects} == {each["id"] for each in objects}


def test_all_processes_by_verbose(space, cast):
    workers = leak(space, cast, "127.0.0.1", ["shopd"] * WORKERS)
    (paragraph,) = paragraphs(space, "-v")
    assert processes_of(paragraph) == \
        {each.pid for each in workers}


def test_other_names_are_other_programs(space, cast):
    """The same executable: two services have two leaks."""
    leak(space, cast, "127.0.0.1", ["shopd", "mail", "shopd"])
    found = paragraphs(space)
    assert [each.split(" ")[0] for each in found] == ["4", "2"]
    assert "shopd in 2 processes" in found[0] and "mail[" in found[1]


def test_two_hosts_of_one_name(space, cast, host):
    """Of another user: the name would select both, so the PIDs do."""
    first = leak(space, cast, host, ["shopd"] * 2)
    stranger = cast("shopd", uid=12345)
    client = cast("client2")
    port = stranger.listen("l", host)[1]
    client.connect("c", host, port)
    stranger.accept("l", "s")
    client.shutdown("c")
    stuck.until(space, 5, *stuck.NOW)
    found = paragraphs(space)
    assert [each.split(" ")[0] for each in found] == ["4", "1"]
    assert re.search(r"-p (\d+),(\d+)\b", next_of(found[0])), found[0]
    assert {int(each) for each in re.search(r"-p (\d+),(\d+)", found[0]).groups()} == \
        {each.pid for each in first}


def test_a_master_that_holds_them_too(space, cast):
    """Its workers hold them by inheritance: one finding, and all of them must close."""
    master, client, *_ = cast.connection("127.0.0.1", server="shopd")
    for _ in range(3):
        cast.fork(master, "shopd")
    client.shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    (paragraph,) = paragraphs(space)
    assert "1 socket in CLOSE_WAIT" in paragraph and "shopd[%d]" % master.pid in paragraph
    assert "also held by" in paragraph and "all must close" in " ".join(paragraph.split())


def test_question_about_a_group(space, cast):
    leak(space, cast, "127.0.0.1", ["shopd"] * 3, per_worker=1)
    terminal = stuck.Terminal(*stuck.words(space, "--close=fin", *stuck.NOW))
    try:
        asked = terminal.until_asked()
        assert "Close 3 sockets of shopd in 3 processes with a FIN?" in asked, asked
        assert terminal.answer("y").count("closed") == 3
    finally:
        terminal.discard()
    assert stuck.once(space, *stuck.NOW) == []
