# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fixtures of the live tests: they need root, and the program (TCPSTATE, else build/tcpstate)."""

import glob
import json
import os
import subprocess
import sys

import pytest
from _pytest.runner import runtestprotocol

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
pytest.register_assert_rewrite("expect", "lifecycle", "steps", "stuck")

import actors
import crowds
import expect
import leaks
import netns
import resets as resetting
import retries
import tracer as tracing
import wire as wiring


CGROUP_TREES = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")


def pytest_configure(config):
    config.addinivalue_line("markers", "big: 100,000 connections and more; minutes")


# On some hardened kernels a few softirqs, those that interrupt certain tasks, never reach BPF: the
# transition of a packet or a timer is then missing, in one of some thousands. So a test that fails
# is run once more. The totals count it; more than a few have another cause.
RETRIES_AT_MOST = 8  # of some 1,300 tests
failures = {}


def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(each.failed for each in reports) and len(failures) < RETRIES_AT_MOST:
        failures[item.nodeid] = [each.longreprtext for each in reports if each.failed]
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(each.failed for each in reports):
            retries.note(item.nodeid)
    for each in reports:
        item.ihook.pytest_runtest_logreport(report=each)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter):
    for name in retries.retried:
        terminalreporter.line("passed after retry: %s" % name)
        for failure in failures.get(name, []):
            terminalreporter.line(failure[-1500:])


def pytest_sessionstart(session):
    if os.geteuid():
        pytest.exit("the live tests need root", returncode=1)
    if not os.access(tracing.PROGRAM, os.X_OK):
        pytest.exit("no program at %s: build it, or set TCPSTATE" % tracing.PROGRAM, returncode=1)


@pytest.fixture(scope="session")
def doctor():
    """What doctor says of this kernel, by hook name, and the tier under "tier"."""
    done = tracing.run("doctor", "--json")
    said = [json.loads(line) for line in done.output.decode().splitlines()]
    hooks = {each["name"]: each for each in said if each["type"] == "hook"}
    tiers = [each["name"] for each in said if each["type"] == "tier"]
    assert len(tiers) == 1 and tiers[0] in ("fentry", "kprobe", "tracepoint"), done.output
    return dict(hooks, tier=tiers[0])


@pytest.fixture(scope="session")
def tier(doctor):
    return doctor["tier"]


@pytest.fixture(scope="session")
def resets(tmp_path_factory):
    """What the kernel says of the RSTs that it sends."""
    made = resetting.Resets(str(tmp_path_factory.mktemp("tracefs")))
    yield made
    made.remove()


@pytest.fixture(scope="session")
def load(tmp_path_factory):
    """The load generator: TCPSTATE_LOAD, else built from source."""
    if "TCPSTATE_LOAD" in os.environ:
        return os.environ["TCPSTATE_LOAD"]
    program = str(tmp_path_factory.mktemp("load") / "load")
    files = [each for each in glob.glob(os.path.join(HERE, "..", "programs", "load", "*.c"))
             if os.path.basename(each) not in ("attach.c", "empty.bpf.c")]
    subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", program, *files], check=True)
    return program


@pytest.fixture
def crowd(space):
    """Starts a program that reads steps and says when it has done them; ended by the fixture."""
    started = []

    def start(*command, **more):
        started.append(crowds.Crowd(space, *command, **more))
        return started[-1]

    yield start
    for each in started:
        each.discard()


@pytest.fixture
def space():
    """A network namespace of the test's own."""
    made = netns.Namespace()
    yield made
    made.remove()


@pytest.fixture
def other_space():
    made = netns.Namespace()
    yield made
    made.remove()


@pytest.fixture
def tracer():
    """Starts tcpstate with JSON output and waits until it is ready; ended by the fixture."""
    started = []

    def start(*words, command="trace", **more):
        started.append(tracing.Tracer(command, "--json", *words, **more))
        return started[-1].until_ready()

    yield start
    for each in started:
        each.discard()


@pytest.fixture
def mounts(space):
    """A mount namespace with a BPF file system of its own: what comes before a command."""
    assert space # whose mount it has to have
    holder = subprocess.Popen(["unshare", "-m", "sh", "-c",
                               "mount -t bpf bpf /sys/fs/bpf && echo mounted && exec cat"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"mounted\n"
    yield ["nsenter", "-t", str(holder.pid), "-m"]
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()


@pytest.fixture
def keeper(tracer, mounts, space):
    """Starts `trace --pin` there."""
    def start(*words):
        return tracer("--netns", space.path, "--pin", *words, prefix=mounts)
    return start


@pytest.fixture
def counter(space):
    """Starts `tcpstate count --json` in the namespace and waits for its first line."""
    started = []

    def start(*words):
        count = tracing.Tracer("count", "--json", "--netns", space.name, *words)
        started.append(count)
        count.until(lambda _: count.of_type("count"))
        return count

    yield start
    for each in started:
        each.discard()


class Cast:
    """The processes of a test and the namespace they are in."""

    def __init__(self, space):
        self.space = space
        self.actors = []

    def __call__(self, name, space=None, **more):
        self.actors.append(actors.start(name, (space or self.space).path, **more))
        return self.actors[-1]

    def fork(self, parent, name):
        self.actors.append(parent.fork(name))
        return self.actors[-1]

    def connection(self, host, server="server", client="client", to=None):
        """A server's listener "l", connected and accepted: sockets "c" and "s"."""
        server, client = self(server), self(client)
        address = server.listen("l", host)
        remote = (to or host, address[1])
        assert client.connect("c", *remote) is None
        local = server.accept("l", "s")
        return server, client, tuple(client.name_of("c")), remote, local

    def end(self):
        while self.actors:
            self.actors.pop().end()


@pytest.fixture
def cast(space):
    made = Cast(space)
    yield made
    made.end()


class Scenario:
    """A traced test: what was seen in its namespace is compared whole."""

    def __init__(self, space, cast, tracer, tier, resets):
        self.space = space
        self.resets = resets
        self.cast = cast
        self.start_tracer = tracer
        self.tier = tier
        self.tracer = None
        self.netns = {space.inode}

    def trace(self, *words):
        self.tracer = self.start_tracer("--netns", self.space.name, *words)
        return self.tracer

    def trace_everywhere(self, *others, words=()):
        """Without a namespace filter; what happens in these namespaces counts."""
        self.netns |= {each.inode for each in others}
        self.tracer = self.start_tracer(*words)
        return self.tracer

    def ours(self, transitions):
        return [each for each in transitions if each["netns"] in self.netns]

    def expect(self, *ends):
        """Reads until there are as many steps as expected, stops, compares everything."""
        count = sum(len(end.lines(self.tier)) for end in ends)
        self.tracer.until(lambda seen: len(self.ours(seen)) >= count)
        outcome = self.tracer.stop()
        expect.compare(self.ours(outcome.transitions), ends, self.cast.actors, self.tier,
                       self.space)
        self.resets.check(ends)
        assert outcome.status == 0
        assert not outcome.of_type("lost")
        return outcome


@pytest.fixture
def scenario(space, cast, tracer, tier, resets):
    resets.take()
    return Scenario(space, cast, tracer, tier, resets)


@pytest.fixture
def leaky(space):
    """Starts a server of tests/programs/leaky in the namespace; ended by the fixture."""
    started = []

    def start(kind, *words):
        started.append(leaks.Server(space, kind, *words))
        return started[-1]

    yield start
    for each in started:
        each.end()


@pytest.fixture
def wire(space, other_space):
    """Between the two; the test can hold it still."""
    made = wiring.Wire(space, other_space)
    yield made
    made.remove()


@pytest.fixture
def cgroup():
    """A cgroup v2 with one below it: where it is, and its path below the mount. Ask for it
    before the processes, so that they are gone when it goes."""
    tree = next(tree for tree in CGROUP_TREES if os.path.exists(tree + "/cgroup.procs"))
    path = "/tcpstate-test-%d" % os.getpid()
    os.makedirs(tree + path + "/inner")
    yield tree, path
    os.rmdir(tree + path + "/inner")
    os.rmdir(tree + path)


@pytest.fixture(params=["127.0.0.1", "::1"], ids=["ipv4", "ipv6"])
def host(request):
    return request.param


@pytest.fixture
def drop_rule(space):
    """Adds a firewall rule to the namespace; the words are iptables'."""

    def add(*words, six=False):
        space.run("ip6tables" if six else "iptables", "-w", *words)

    return add
