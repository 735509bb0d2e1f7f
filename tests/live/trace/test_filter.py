# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Each filter, with a connection that matches and one that does not: exactly the transitions
of the first are shown, live and from a recording."""

import struct
import time

import pytest

import expect
import maps
import recording
import tracer as tracing
from expect import client
from steps import converse

NOBODY = 65534


def ends(one, *names):
    return [one[name] for name in names or ("listener", "client", "server")]


# Words of the command line, given both processes; and which of their ends they show.
FILTERS = {
    "-4": (lambda a, b: ["-4"], lambda ea, eb: ends(ea)),
    "-6": (lambda a, b: ["-6"], lambda ea, eb: ends(eb)),
    "-4-6": (lambda a, b: ["-4", "-6"], lambda ea, eb: ends(ea) + ends(eb)),
    "-p": (lambda a, b: ["-p", "%d" % a.pid], lambda ea, eb: ends(ea)),
    "-p-both": (lambda a, b: ["--pid", "%d,%d" % (a.pid, b.pid)],
                lambda ea, eb: ends(ea) + ends(eb)),
    "-c": (lambda a, b: ["-c", "alp*"], lambda ea, eb: ends(ea)),
    "-c-exact": (lambda a, b: ["--comm", "beta"], lambda ea, eb: ends(eb)),
    "-u": (lambda a, b: ["-u", "%d" % NOBODY], lambda ea, eb: ends(eb)),
    "-u-name": (lambda a, b: ["--uid", "root"], lambda ea, eb: ends(ea)),
    "--laddr": (lambda a, b: ["--laddr", "127.0.0.1"], lambda ea, eb: ends(ea)),
    "--laddr-6": (lambda a, b: ["--laddr", "::/96"], lambda ea, eb: ends(eb)),
    "--raddr": (lambda a, b: ["--raddr", "127.0.0.0/8"],
                lambda ea, eb: ends(ea, "client", "server")),
    "--raddr-6": (lambda a, b: ["--raddr", "::1"],
                  lambda ea, eb: ends(eb, "client", "server")),
    "--addr": (lambda a, b: ["--addr", "127.0.0.1"], lambda ea, eb: ends(ea)),
    "--addr-not": (lambda a, b: ["--addr", "!::1"], lambda ea, eb: ends(ea)),
    "-c-not": (lambda a, b: ["-c", "!alp*"], lambda ea, eb: ends(eb)),
    "-p-not": (lambda a, b: ["-p", "!%d" % a.pid], lambda ea, eb: ends(eb)),
    "-u-not": (lambda a, b: ["-u", "!root"], lambda ea, eb: ends(eb)),
    "--laddr-not": (lambda a, b: ["--laddr", "!127.0.0.0/8"], lambda ea, eb: ends(eb)),
    "--raddr-not": (lambda a, b: ["--raddr", "!::1"],
                    lambda ea, eb: ends(ea) + ends(eb, "listener")),
    "and": (lambda a, b: ["-4", "-c", "beta"], lambda ea, eb: []),
    "and-not": (lambda a, b: ["-4", "-c", "!beta", "--addr", "!10.0.0.1"],
                lambda ea, eb: ends(ea)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filter(scenario, cast, tracer, tmp_path, name):
    words, shown = FILTERS[name]
    alpha, beta = cast("alpha"), cast("beta", uid=NOBODY)
    recorder = recording.start(tmp_path / "all", "--netns", scenario.space.name)
    live = scenario.trace(*words(alpha, beta))
    ea, eb = converse(alpha, "127.0.0.1"), converse(beta, "::1")
    outcome = finish(scenario, live, shown(ea, eb))
    recording.stop(recorder)
    replayed = recording.replay(tmp_path / "all", *words(alpha, beta))
    assert recording.comparable(replayed) == recording.comparable(outcome)


@pytest.mark.parametrize("words", [["--interface", "link1"], ["--raddr", "fe80::20%link1"]])
def test_interface(scenario, cast, tracer, tmp_path, other_space, words):
    """Two links with the same addresses at both; the name is that in the socket's namespace."""
    two_links(scenario.space, other_space)
    server, alpha = cast("server", other_space), cast("alpha")
    server.listen("l", "::", 8080)
    recorder = recording.start(tmp_path / "all", "--netns", scenario.space.name)
    live = scenario.trace(*words)
    far = tracer("--netns", other_space.name, "--interface", "far1,link1")
    for link in ("link1", "link2"):
        alpha.bind_with(link, "fe80::10%" + link, 0, [])
        assert alpha.connect(link, "fe80::20%" + link, 8080) is None
        server.accept("l", link)
        alpha.close(link)
    server.close("link1")
    server.close("link2")
    live.until_seen(old="FIN_WAIT_1")
    far.until_seen(old="LAST_ACK")
    outcome, away = live.stop(), far.stop()
    recording.stop(recorder)
    assert {each["interface"] for each in outcome.transitions} == {"link1"}
    assert {each["interface"] for each in away.transitions} == {"far1"}
    assert {each["laddr"] for each in away.transitions} == {"fe80::20"}
    assert len({each["id"] for each in outcome.transitions}) == 1
    replayed = recording.replay(tmp_path / "all", *words)
    assert recording.comparable(replayed) == recording.comparable(outcome)
    text = tracing.run("replay", str(tmp_path / "all"), "-o", "local,peer", *words)
    assert " [fe80::20%link1]:8080" in text.output.decode()


def two_links(space, other_space):
    for i in "12":
        space.ip("link", "add", "link" + i, "type", "veth", "peer", "name", "far" + i, "netns",
                 other_space.name)
        for here, link, host in ((space, "link", "fe80::10"), (other_space, "far", "fe80::20")):
            here.ip("addr", "add", host + "/64", "dev", link + i, "nodad")
            here.ip("link", "set", link + i, "up")


@pytest.mark.parametrize("words, takers", [(["-4"], ["::", "0.0.0.0"]), (["-6"], ["::", "::"]),
                                           (["--laddr", "0.0.0.0"], ["::", "0.0.0.0"])])
def test_dual_stack_listener(scenario, cast, tmp_path, words, takers):
    """A listener on [::] is of both families, unless it is for IPv6 alone; replay agrees."""
    server = cast("server")
    recorder = recording.start(tmp_path / "all", "--netns", scenario.space.name)
    live = scenario.trace(*words)
    for name, host, only in (("both", "::", 0), ("six", "::", 1), ("four", "0.0.0.0", None)):
        server.bind_with(name, host, 0, [] if only is None else
                         [["IPPROTO_IPV6", "IPV6_V6ONLY", only]])
        server.start_listening(name)
        server.close(name)
    outcome = live.stop()
    recording.stop(recorder)
    assert [each["laddr"] for each in outcome.transitions] == [
        taker for taker in takers for _ in range(2)]
    assert [each.get("dual_stack") for each in outcome.transitions[:2]] == [True, True]
    replayed = recording.replay(tmp_path / "all", *words)
    assert recording.comparable(replayed) == recording.comparable(outcome)


def finish(scenario, live, shown):
    """Everything is done and the program drains: what is not there now never comes."""
    outcome = live.stop()
    expect.compare(outcome.transitions, shown, scenario.cast.actors, scenario.tier,
                   scenario.space)
    assert outcome.status == 0
    return outcome


PORTS = {
    "-L": (lambda port: ["-L", "%d" % port], ["listener", "server"]),
    "-L-range": (lambda port: ["--lport", "1,%d-%d,2" % (port, port)], ["listener", "server"]),
    "-R": (lambda port: ["-R", "%d" % port], ["client"]),
    "--port": (lambda port: ["--port", "9,%d" % port], ["listener", "client", "server"]),
    "-R-list": (lambda port: ["--rport", "9,%d" % port], ["client"]),
}


@pytest.mark.parametrize("name", PORTS)
def test_port(scenario, cast, name):
    """The port of alpha's listener; beta's is another."""
    words, shown = PORTS[name]
    alpha, beta = cast("alpha"), cast("beta")
    _, port = alpha.listen("reserved", "127.0.0.1")
    alpha.close("reserved")
    live = scenario.trace(*words(port))
    alpha_ends = converse(alpha, "127.0.0.1", port=port)
    converse(beta, "127.0.0.1")
    finish(scenario, live, ends(alpha_ends, *shown))


@pytest.mark.parametrize("option, also", [("-L", ["client"]), ("-R", ["listener", "server"]),
                                          ("--port", [])])
def test_port_not(scenario, cast, tmp_path, option, also):
    """All but alpha's port; the first transition of a client waits for its local port."""
    alpha, beta = cast("alpha"), cast("beta")
    _, port = alpha.listen("reserved", "127.0.0.1")
    alpha.close("reserved")
    recorder = recording.start(tmp_path / "all", "--netns", scenario.space.name)
    live = scenario.trace(option, "!%d" % port)
    alpha_ends = converse(alpha, "127.0.0.1", port=port)
    beta_ends = converse(beta, "127.0.0.1")
    outcome = finish(scenario, live, (ends(alpha_ends, *also) if also else []) + ends(beta_ends))
    recording.stop(recorder)
    replayed = recording.replay(tmp_path / "all", option, "!%d" % port)
    assert recording.comparable(replayed) == recording.comparable(outcome)


def test_port_of_unbound_client(scenario, cast, space):
    """-L by the port that the kernel gives the client: its first transition, made before there
    is a port, is shown with the rest."""
    space.sysctl("net.ipv4.ip_local_port_range", "40001 40001")
    alpha = cast("alpha")
    alpha.listen("l", "127.0.0.1", 7001)
    live = scenario.trace("-L", "40001")
    other = scenario.start_tracer("--netns", space.name, "-L", "40002")
    alpha.connect("c", "127.0.0.1", 7001)
    alpha.accept("l", "s")
    alpha.linger("c", 0)
    alpha.close("c")
    finish(scenario, live, [client(("127.0.0.1", 40001), ("127.0.0.1", 7001), """
        CLOSED>SYN_SENT      alpha connect
        SYN_SENT>ESTABLISHED alpha connect
        ESTABLISHED>CLOSED   alpha connect aborted-linger rst=sent:TCP_STATE
        """)])
    assert other.stop().transitions == []


def test_port_of_hanging_client(scenario, cast, space):
    """Its connect() is seen hanging: shown before anything else happens to the socket."""
    space.blackhole("10.99.0.2")
    space.sysctl("net.ipv4.ip_local_port_range", "40001 40001")
    live = scenario.trace("-L", "40001")
    asking = cast("client")
    asking.connect_start("c", "10.99.0.2", 81)
    first = live.until_seen(new="SYN_SENT")
    assert first["lport"] is None and first["rport"] == 81
    assert len(live.transitions) == 1
    asking.close("c")
    scenario.expect(client(("10.99.0.1", 40001), ("10.99.0.2", 81), """
        CLOSED>SYN_SENT client connect
        SYN_SENT>CLOSED client connect aborted
        """))


def test_port_of_a_socket_that_has_gone(tracer, space):
    """A socket whose end was missed is asked for its port once, not in each round."""
    live = tracer("--netns", space.name, "-L", "1024-65535")
    ports = maps.Map(live.process.pid, "pending_ports")
    key, entry = struct.pack("=Q", 1 << 62), bytes(16)  # no socket has that cookie
    ports.put(key, entry)
    deadline = time.monotonic() + 10
    while ports.has(key, len(entry)):
        assert time.monotonic() < deadline, "the entry stays"
        time.sleep(0.02)
    ports.close()


STATES = {
    "CLOSE_WAIT": ["ESTABLISHED>CLOSE_WAIT", "CLOSE_WAIT>LAST_ACK"],
    ">close-wait": ["ESTABLISHED>CLOSE_WAIT"],
    "CLOSE_WAIT>": ["CLOSE_WAIT>LAST_ACK"],
    "LISTENING": ["CLOSED>LISTEN", "LISTEN>SYN_RECV", "LISTEN>CLOSED"],
    "fin-wait-1,>FIN_WAIT2": ["ESTABLISHED>FIN_WAIT_1", "FIN_WAIT_1>FIN_WAIT_2"],
    "SYN_RCVD": ["LISTEN>SYN_RECV", "SYN_RECV>ESTABLISHED"],
    "TIME-WAIT": ["FIN_WAIT_2>TIME_WAIT"],
}


@pytest.mark.parametrize("states", STATES)
def test_state(scenario, cast, states):
    alpha = cast("alpha")
    live = scenario.trace("-s", states)
    converse(alpha, "127.0.0.1")
    outcome = live.stop()
    seen = ["%(old)s>%(new)s" % each for each in outcome.transitions]
    assert sorted(seen) == sorted(STATES[states])
    for each in outcome.transitions:
        # How long it was in the state before is known although that is not shown.
        unseen = each["old"] == "CLOSED" or (each["old"], each["new"]) == ("LISTEN", "SYN_RECV")
        assert (each["duration_us"] is None) == unseen


@pytest.mark.parametrize("reference", ["name", "path", "pid", "inode"])
def test_netns(scenario, cast, tracer, other_space, reference):
    alpha, beta = cast("alpha"), cast("beta", other_space)
    refer = {"name": scenario.space.name, "path": scenario.space.path, "pid": "%d" % alpha.pid,
             "inode": "%d" % scenario.space.inode}
    live = tracer("--netns", refer[reference])
    shown = converse(alpha, "127.0.0.1")
    converse(beta, "127.0.0.1")
    finish(scenario, live, ends(shown))


@pytest.mark.parametrize("depth", ["", "/inner"])
def test_cgroup(cgroup, scenario, cast, depth):
    """That cgroup and below; the path with or without the mount point before it."""
    tree, path = cgroup
    alpha, beta = cast("alpha", cgroup=tree + path + depth), cast("beta")
    live = scenario.trace("--cgroup", tree + path if depth else path)
    shown = converse(alpha, "127.0.0.1")
    converse(beta, "127.0.0.1")
    outcome = finish(scenario, live, ends(shown))
    assert {each["cgroup"] for each in outcome.transitions} == {path + depth}


def test_cgroup_of_another(cgroup, scenario, cast):
    tree, path = cgroup
    alpha = cast("alpha", cgroup=tree + path)
    live = scenario.trace("--cgroup", path + "/inner")
    converse(alpha, "127.0.0.1")
    finish(scenario, live, [])


def test_failed(scenario, cast):
    """Only the connections that ended badly, whole."""
    alpha = cast("alpha")
    live = scenario.trace("--failed")
    local = tuple(alpha.open("bad", "127.0.0.1", 7777))
    assert alpha.connect("bad", "127.0.0.1", 9) == "ECONNREFUSED"
    converse(alpha, "127.0.0.1")
    finish(scenario, live, [client(local, ("127.0.0.1", 9), """
        CLOSED>SYN_SENT alpha connect
        SYN_SENT>CLOSED alpha connect refused ECONNREFUSED rst=received
        """)])
