# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: a socket of several processes, found by one of them."""

import csv
import io

import pytest

import listing
import tracer as tracing

NOBODY = 65534


@pytest.fixture
def shared(space, cast, host):
    """A listener of a supervisor, a service of another user and a helper; a connection in its
    queue, and one that the service and the helper have."""
    supervisor, client = cast("supervisor"), cast("client")
    port = supervisor.listen("l", host)[1]
    client.connect("c", host, port)
    supervisor.accept("l", "s")
    service = supervisor.fork("service")
    supervisor.close("s")
    service.duplicate("l", "more")
    helper = service.fork("helper")
    service.set_uid(NOBODY)
    client.connect("waits", host, port)
    everyone = (supervisor, service, helper)
    expected = {(each.pid, each.name, each.fd("l")) for each in everyone}
    expected |= {(each.pid, each.name, each.fd("more")) for each in (service, helper)}
    return supervisor, service, helper, port, expected


def listed(each):
    return {(one["pid"], one["comm"], one["fd"]) for one in each["holder_list"]}


def test_the_holder_asked_for(space, shared):
    supervisor, service, helper, port, expected = shared
    every = listing.inside(space, "-s", "listen")
    assert listed(listing.one(every)) == expected and every[0]["holders"] == 5
    asked = [(("-p", str(each.pid)), each) for each in (supervisor, service, helper)]
    asked += [(("-c", each.name), each) for each in (supervisor, service, helper)]
    asked += [(("-u", str(NOBODY)), service)]
    for words, actor in asked:
        each = listing.one(listing.inside(space, "-s", "listen", *words), lport=port, rport=None)
        uid = NOBODY if actor is service else 0
        assert (each["pid"], each["comm"], each["uid"], each["fd"]) == (
            actor.pid, actor.name, uid, actor.fd("l")), words
        assert each["holders"] == 5 and listed(each) == expected
        assert each["holder_list"][0]["pid"] == actor.pid
        assert len(each["holder_list"]) == 5


def test_not_accepted(space, shared):
    """The listener's process that was asked for."""
    _, service, _, port, _ = shared
    each = listing.one(listing.inside(space, "-p", str(service.pid), "-L", str(port)),
                       without="not-accepted")
    assert (each["pid"], each["comm"], each["uid"]) == (service.pid, "service", NOBODY)
    assert each["holder_list"] == [] and each["holders"] == 0


def test_other_outputs(space, shared):
    supervisor, service, helper, port, _ = shared

    def text(*words):
        done = tracing.run("list", "--netns", space.name, "-l", *words)
        assert done.status == 0 and done.stderr == ""
        return done.output.decode()

    pid = str(service.pid)
    row = list(csv.DictReader(io.StringIO(text("--csv", "-p", pid))))[0]
    assert (row["pid"], row["comm"], row["fd"]) == (pid, "service", str(service.fd("l")))
    assert row["holder_list"].split()[0] == "service[%s]:%d" % (pid, service.fd("l"))
    assert len(row["holder_list"].split()) == 5
    assert "service[%s]:%d +4" % (pid, service.fd("l")) in text("-p", pid)
    assert "%s/" % pid in text("--netstat", "-p", pid)
    users = text("--ss", "-p", pid)
    for each in (supervisor, service, helper):  # all users, as ss
        assert '("%s",pid=%d,fd=%d)' % (each.name, each.pid, each.fd("l")) in users
    tree = text("--tree", "-p", pid)
    assert "service" in tree and "supervisor" not in tree and "helper" not in tree
    tree = text("--tree")
    assert tree.count("service") == 2 and "supervisor" in tree and "helper" in tree


def test_connections(space, shared):
    """What the supervisor has closed is not its own."""
    supervisor, service, helper, port, _ = shared
    words = ("-s", "established", "-L", str(port))
    found = listing.inside(space, *words, "-p", str(helper.pid))
    each = listing.one(found, comm="helper", without=None)
    assert listed(each) == {(one.pid, one.name, one.fd("s")) for one in (service, helper)}
    assert not [each for each in listing.inside(space, *words, "-p", str(supervisor.pid))
                if not each["without"]]
