# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: every kind of socket in every state that can be held still, and whose it is."""

import os
import subprocess
import sys

import pytest

import actors
import listing
import stuck
import tracer as tracing

MPTCP = 262


def pair(cast, host, name, server, client):
    """A connection of its own between the two: sockets `name` at either end; both addresses."""
    listener = server.listen("l" + name, host)
    assert client.connect(name, host, listener[1]) is None
    server.accept("l" + name, name)
    server.close("l" + name)
    return tuple(client.name_of(name)), tuple(listener)


def test_states(space, cast, host):
    """All eleven but CLOSED, with their holders or the reason why there is none."""
    alpha, beta = cast("alpha"), cast("beta")
    made = {}

    def connect(name):
        made[name] = pair(cast, host, name, alpha, beta)

    for name in ("established", "closing", "fin-wait", "last-ack", "close-wait", "time-wait"):
        connect(name)
    port = alpha.listen("l", host)[1]
    beta.open("deaf", host)
    beta.deafen("deaf")
    deaf = beta.connect_start("deaf", host, port)[1]  # SYN_SENT, and SYN_RECV at alpha
    beta.shutdown("close-wait")  # FIN_WAIT_2, and CLOSE_WAIT at alpha
    alpha.wait_for("close-wait", "POLLRDHUP")
    alpha.deafen("closing")
    beta.shutdown("closing")
    alpha.shutdown("closing")  # FIN_WAIT_1, and CLOSING at beta
    alpha.deafen("fin-wait")
    beta.send("fin-wait", 5)
    beta.close("fin-wait")  # FIN_WAIT_1, an orphan; alpha is ESTABLISHED
    alpha.shutdown("last-ack")
    beta.eof("last-ack")
    listing.until(lambda: listing.inside(space, "-R", str(made["last-ack"][0][1])),
                  lambda seen: listing.by_state(seen) == ["FIN_WAIT_2"])
    alpha.deafen("last-ack")
    beta.close("last-ack")  # LAST_ACK, and FIN_WAIT_2 at alpha
    beta.shutdown("time-wait")
    alpha.eof("time-wait")
    alpha.close("time-wait")
    beta.eof("time-wait")
    beta.close("time-wait")

    wanted = sorted("""LISTEN SYN_SENT SYN_RECV ESTABLISHED ESTABLISHED FIN_WAIT_2 CLOSE_WAIT
                       FIN_WAIT_1 CLOSING FIN_WAIT_1 ESTABLISHED LAST_ACK FIN_WAIT_2
                       TIME_WAIT""".split())
    found = listing.until(lambda: listing.inside(space),
                          lambda seen: listing.by_state(seen) == wanted)

    def check(name, end, state, who=None, fd=None, without=None, owner=None):
        """`end`: 0 is the client's."""
        local, remote = made[name] if not end else made[name][::-1]
        each = listing.one(found, lport=local[1], rport=remote[1])
        assert (each["laddr"], each["raddr"]) == (local[0], remote[0])
        assert each["family"] == ("ipv6" if ":" in host else "ipv4")
        assert each["proto"] == ("tcp6" if ":" in host else "tcp")
        assert each["netns"] == space.inode
        assert each["state"] == state
        fd = who.fd(name) if who and fd is None else fd
        assert (each["pid"], each["comm"], each["fd"], each["holders"], each["without"]) == \
            (who and who.pid, who and who.name, fd, int(fd is not None), without)
        assert each["owner"] == (owner or ("snapshot" if who else "unknown"))

    check("established", 0, "ESTABLISHED", beta)
    check("established", 1, "ESTABLISHED", alpha)
    check("close-wait", 0, "FIN_WAIT_2", beta)
    check("close-wait", 1, "CLOSE_WAIT", alpha)
    check("closing", 0, "CLOSING", beta)
    check("closing", 1, "FIN_WAIT_1", alpha)
    check("fin-wait", 0, "FIN_WAIT_1", without="orphan")
    check("fin-wait", 1, "ESTABLISHED", alpha)
    check("last-ack", 0, "LAST_ACK", without="orphan")
    check("last-ack", 1, "FIN_WAIT_2", alpha)
    check("time-wait", 0, "TIME_WAIT", without="time-wait")
    half = listing.one(found, state="SYN_RECV")
    assert (half["lport"], half["rport"], half["pid"], half["comm"], half["fd"]) == \
        (port, deaf, alpha.pid, "alpha", None)
    assert (half["without"], half["owner"]) == ("half-open", "listener")
    listener = listing.one(found, state="LISTEN")
    assert (listener["lport"], listener["raddr"], listener["rport"], listener["pid"],
            listener["fd"]) == (port, None, None, alpha.pid, alpha.fd("l"))
    assert len({each["id"] for each in found}) == len(found), "each socket once"


def test_orphan_in_fin_wait_2(space, cast, host):
    alpha, beta = cast("alpha"), cast("beta")
    local, _ = pair(cast, host, "x", alpha, beta)
    beta.close("x")
    found = listing.until(lambda: listing.inside(space),
                          lambda seen: listing.by_state(seen) == ["CLOSE_WAIT", "FIN_WAIT_2"])
    orphan = listing.one(found, lport=local[1])
    assert (orphan["state"], orphan["without"], orphan["pid"]) == ("FIN_WAIT_2", "orphan", None)
    assert listing.sockets("-p", str(beta.pid)) == []


def test_mapped(space, cast):
    """An IPv4 peer of an IPv6 socket is IPv4, the socket tcp6."""
    alpha, beta, _, remote, _ = cast.connection("::", to="127.0.0.1")
    found = listing.inside(space)
    each = listing.one(found, comm="server", state="ESTABLISHED")
    assert (each["proto"], each["family"], each["laddr"], each["raddr"]) == \
        ("tcp6", "ipv4", "127.0.0.1", "127.0.0.1")
    assert each["lport"] == remote[1]
    assert listing.one(found, state="LISTEN")["laddr"] == "::"
    assert len(listing.inside(space, "-4")) == 3  # the listener takes IPv4 too
    assert listing.by_state(listing.inside(space, "-6")) == ["LISTEN"]


def test_mapped_listener(space, cast):
    """Bound to an IPv4 address it takes nothing but IPv4; what it has not accepted is its own."""
    alpha, beta = cast("alpha"), cast("beta")
    port = alpha.listen("l", "::ffff:127.0.0.1")[1]
    assert beta.connect("c", "127.0.0.1", port) is None
    found = listing.inside(space, "-4", "-L", str(port))
    assert listing.by_state(found) == ["ESTABLISHED", "LISTEN"]
    for each in found:
        assert (each["proto"], each["family"], each["laddr"], each["pid"]) == \
            ("tcp6", "ipv4", "127.0.0.1", alpha.pid)
    assert listing.inside(space, "-6") == []


# What takes IPv4, IPv6, and both.
FACES = {"both": ("::", 0), "six": ("::", 1), "four": ("0.0.0.0", None), "one-six": ("::1", 0),
         "one-four": ("127.0.0.1", None), "mapped": ("::ffff:127.0.0.1", 0)}


def listen_faces(actor):
    """A TCP listener of each kind, and a UDP socket of the same port. Their ports by kind."""
    made = {}
    for kind, (host, only) in FACES.items():
        for name in (kind, "udp-" + kind):
            options = [] if only is None else [["IPPROTO_IPV6", "IPV6_V6ONLY", only]]
            made[kind] = actor.bind_with(name, host, made[kind] if name[:4] == "udp-" else 0,
                                         options, name[:4] == "udp-")[1]
        actor.start_listening(kind)
    return made


@pytest.mark.parametrize("words, kinds, star", [
    ("-4", ["both", "four", "one-four", "mapped"], True),
    ("-6", ["both", "six", "one-six"], True),
    ("--laddr 0.0.0.0", ["both", "four"], True),
    ("--laddr ::", ["both", "six"], True),
    ("--laddr 127.0.0.0/8", ["one-four", "mapped"], False),
])
def test_who_takes_ipv4(space, cast, words, kinds, star):
    """By the traffic that a listener takes, not by its family; in text as ss writes it."""
    made = listen_faces(cast("server"))
    found = listing.inside(space, *words.split())
    ports = sorted(made[kind] for kind in kinds)
    for proto in ("tcp", "udp"):
        assert sorted(each["lport"] for each in found if each["proto"].startswith(proto)) == ports
    for each in found:
        kind = next(kind for kind, port in made.items() if port == each["lport"])
        assert each["dual_stack"] == {"both": True, "six": False, "one-six": False}.get(kind)
    text = tracing.run("list", "-l", "--netns", space.name, *words.split(), "-o", "local")
    assert ("*:%d" % made["both"] in text.output.decode()) == star
    assert ("[::]:%d" % made["six"] in text.output.decode()) == ("six" in kinds)
    theirs = [listing.output(space, "ss", "-tlnH", "sport", "=", ":%d" % made[kind]).split()[3]
              for kind in ("both", "six")]
    assert theirs == [b"*:%d" % made["both"], b"[::]:%d" % made["six"]]


def test_either_side_and_not(space, cast):
    """Both halves of a filter and of its opposite are everything."""
    alpha, beta, local, remote, _ = cast.connection("127.0.0.1")
    every = listing.inside(space)
    for words in (["--port", "%d" % remote[1]], ["--addr", "127.0.0.1"], ["-L", "%d" % local[1]],
                  ["-c", "client"], ["-p", "%d" % beta.pid], ["-s", "listen"], ["-u", "0"],
                  ["--interface", "lo"], ["-R", "1-65535"], ["--raddr", "127.0.0.0/8"]):
        found = listing.inside(space, *words)
        others = listing.inside(space, words[0], "!" + words[1])
        assert sorted(each["id"] for each in found + others) == sorted(
            each["id"] for each in every), words
    assert len(listing.inside(space, "--port", "%d" % remote[1])) == 3
    assert len(listing.inside(space, "--port", "%d,!%d" % (remote[1], local[1]))) == 1
    assert len(listing.inside(space, "--addr", "127.0.0.1")) == 3


def test_bound_to_an_interface(space, cast):
    """Two listeners of one port, each bound to a device: column, key, filter, and as ss prints."""
    server = cast("server")
    space.ip("link", "add", "link1", "type", "veth")
    for name, device in (("a", "lo"), ("b", "link1")):
        server.bind_device(name, "0.0.0.0", 9000, device)
        server.start_listening(name)
    assert sorted(each["interface"] for each in listing.inside(space)) == ["link1", "lo"]
    assert listing.one(listing.inside(space, "--interface", "link1"), lport=9000)["interface"] == \
        "link1"
    assert len(listing.inside(space, "--laddr", "0.0.0.0%lo,10.0.0.1%link1")) == 1
    assert listing.inside(space, "--interface", "no-such") == []
    text = tracing.run("list", "-l", "--netns", space.name, "-o", "local").output.decode()
    assert sorted(text.split()[1:]) == ["0.0.0.0%link1:9000", "0.0.0.0%lo:9000"]
    assert b" 0.0.0.0%link1:9000 " in listing.output(space, "ss", "-tlnH")


def holders_of(space, **facts):
    cookie = listing.one(listing.inside(space), **facts)["id"]
    return listing.ss(space)[cookie]["holders"]


def test_shared(space, cast):
    """By fork, by SCM_RIGHTS, by dup: one holder is named, the one of the filter; all are counted."""
    alpha, beta, _, remote, local = cast.connection("127.0.0.1", server="alpha", client="beta")
    extra = alpha.duplicate("s", "copy")
    child = cast.fork(alpha, "child")
    gamma = cast("gamma")
    channel = actors.pair(alpha, gamma)
    alpha.give("s", channel)
    gamma.take(channel, "s")
    each = listing.one(listing.inside(space), lport=remote[1], rport=local[1])
    # alpha and its child two each, and gamma's
    holders = {(alpha.pid, alpha.fd("s")), (alpha.pid, extra), (child.pid, alpha.fd("s")),
               (child.pid, extra), (gamma.pid, gamma.fd("s"))}
    assert set(holders_of(space, lport=remote[1], rport=local[1])) == holders
    assert each["holders"] == 5
    assert (each["pid"], each["fd"]) in holders
    assert each["comm"] in ("alpha", "child", "gamma")
    for who in (alpha, child, gamma):
        seen = listing.inside(space, "-p", str(who.pid), "-s", "established")
        assert listing.ports(seen) == [(remote[1], local[1])], who.name
    text = tracing.run("list", "--netns", space.name, "-c", "gamma").output.decode()
    assert "gamma[%d]:%d +4 " % (gamma.pid, gamma.fd("s")) in text
    tree = tracing.run("list", "--tree", "--netns", space.name).output.decode()
    assert tree.count(":%d " % each["lport"]) == 3 + 1  # and the client's peer
    for who in (alpha, child, gamma, beta):
        assert "%s[%d]: 1 socket\n" % (who.name, who.pid) in tree


def test_not_accepted(space, cast, host):
    """Of listeners that share a port, the one in whose queue a connection waits."""
    crowd = cast("crowd")
    servers = [cast("server%d" % i) for i in range(3)]
    port = servers[0].listen_among("l", host)[1]
    for each in servers[1:]:
        each.listen_among("l", host, port)
    crowd.crowd(40, host, port)
    looks = [listing.until(lambda: listing.inside(space, *words),
                           lambda seen: sum(each["lport"] == port and each["rport"] is not None
                                            for each in seen) == 40)
             for words in ([], ["-s", "established"], ["--raddr", host], ["-R", "1-65535"])]
    found = looks[0]
    by_pid = [listing.inside(space, "-s", "established", "-p", str(each.pid)) for each in servers]
    queues = {}
    for server in servers:
        listener = listing.one(found, state="LISTEN", pid=server.pid)
        queues[server.pid] = listener["accept_queue"]
        assert listener["accept_queue"] == listener["recv_q"]
        assert listener["accept_limit"] == listener["send_q"] == 64
    truth = {}
    for server in servers:
        for peer in server.accept_all("l"):
            truth[peer] = (server.pid, server.name)
    assert len(truth) == 40
    assert {pid: sum(who[0] == pid for who in truth.values()) for pid in queues} == queues
    assert min(queues.values()) > 0, "all went to one"
    for found in looks:
        children = [each for each in found if each["lport"] == port and each["rport"]]
        assert {each["rport"]: (each["pid"], each["comm"]) for each in children} == truth
        assert {(each["without"], each["owner"], each["fd"], each["holders"])
                for each in children} == {("not-accepted", "listener", None, 0)}
    for server, found in zip(servers, by_pid):
        assert sorted(each["rport"] for each in found) == \
            sorted(peer for peer, who in truth.items() if who[0] == server.pid)


def test_long_accept_queue(space, cast):
    """More than fit into what an iterator writes at a time."""
    space.sysctl("net.core.somaxconn", 4096)
    alpha, beta = cast("alpha"), cast("beta")
    port = alpha.listen("l", "127.0.0.1", 0, 4096)[1]
    beta.crowd(2000, "127.0.0.1", port)
    found = listing.inside(space)
    assert len(found) == 4001
    children = [each for each in found if each["lport"] == port and each["rport"]]
    assert {(each["pid"], each["owner"]) for each in children} == {(alpha.pid, "listener")}
    assert len(children) == 2000


def test_mptcp(space, cast, host):
    """The pair once each, with its processes, though the program's socket is not TCP's."""
    space.sysctl("net.mptcp.enabled", 1)
    alpha, beta = cast("alpha"), cast("beta")
    port = alpha.open("l", host, 0, MPTCP)[1]
    alpha.start_listening("l")
    beta.open("c", host, None, MPTCP)
    assert beta.connect("c", host, port) is None
    unaccepted = listing.one(listing.inside(space), lport=port, state="ESTABLISHED")
    assert (unaccepted["pid"], unaccepted["mptcp"]) == (alpha.pid, True)
    alpha.accept("l", "s")
    local = beta.name_of("c")[1]
    found = listing.inside(space)
    assert listing.ports(found) == sorted([(port, 0), (port, local), (local, port)])
    for who, name, lport, rport in ((alpha, "l", port, None), (alpha, "s", port, local),
                                    (beta, "c", local, port)):
        each = listing.one(found, lport=lport, rport=rport)
        assert (each["pid"], each["comm"], each["fd"], each["holders"]) == \
            (who.pid, who.name, who.fd(name), 1)
        assert (each["mptcp"], each["owner"], each["without"]) == (True, "snapshot", None)


def test_udp(space, cast, host):
    alpha, beta = cast("alpha"), cast("beta")
    address = alpha.open_udp("u", host)
    local = beta.open_udp("c", host, 0, address)
    beta.send("c", 10)
    proto = "udp6" if ":" in host else "udp"
    found = listing.inside(space, "-U")
    assert listing.sockets("-a", "-t", "--netns", space.name) == []
    waits = listing.one(found, lport=address[1])
    assert (waits["proto"], waits["state"], waits["raddr"], waits["rport"], waits["pid"],
            waits["fd"]) == (proto, None, None, None, alpha.pid, alpha.fd("u"))
    assert waits["recv_q"] > 10  # with the kernel's own part of a datagram, as ss has it
    talks = listing.one(found, lport=local[1])
    assert (talks["proto"], talks["state"], talks["raddr"], talks["rport"], talks["pid"]) == \
        (proto, "ESTABLISHED", *address, beta.pid)
    assert talks["recv_q"] == talks["send_q"] == 0
    assert all(each["age_us"] is None and each["age_exact"] is None for each in found)
    # the one without a peer counts as a listener
    assert listing.ports(listing.sockets("--netns", space.name)) == [(local[1], address[1])]
    assert listing.ports(listing.sockets("-l", "--netns", space.name)) == [(address[1], 0)]
    assert listing.ports(listing.inside(space, "-s", "established")) == [(local[1], address[1])]
    assert listing.inside(space, "-s", "listen,closed") == []


def test_all_namespaces(space, other_space, cast):
    """Without --netns, each with its namespace's number; with one, that one."""
    here = cast("here")
    there = cast("there", space=other_space)
    port = here.listen("l", "127.0.0.1")[1]
    there.listen("l", "127.0.0.1", port)
    found = [each for each in listing.sockets("-l", "-L", str(port))
             if each["pid"] in (here.pid, there.pid)]
    assert {(each["netns"], each["pid"], each["lport"]) for each in found} == \
        {(space.inode, here.pid, port), (other_space.inode, there.pid, port)}
    for ref in (other_space.name, other_space.path, str(other_space.inode), str(there.pid)):
        assert [each["pid"] for each in listing.sockets("-l", "--netns", ref)] == [there.pid]
    # asked from inside of another one
    inside = listing.sockets("-l", "-L", str(port), "--netns", str(here.pid),
                             prefix=other_space.command())
    assert [each["pid"] for each in inside] == [here.pid]


def test_namespace_by_path(space, cast, tmp_path):
    """One that no name under /run/netns leads to, and no process is in."""
    alpha, beta, *_ = cast.connection("127.0.0.1")
    alpha.shutdown("s")
    beta.eof("c")
    beta.shutdown("c")
    place = tmp_path / "space"
    place.touch()
    subprocess.run(["mount", "--bind", space.path, str(place)], check=True)
    subprocess.run(["umount", space.path], check=True)
    try:
        for each in (alpha, beta):
            each.end()
        found = listing.sockets("--netns", str(place))
        assert [each["state"] for each in found] == ["TIME_WAIT"]
        assert found[0]["netns"] == space.inode
    finally:
        subprocess.run(["mount", "--bind", str(place), space.path], check=True)
        subprocess.run(["umount", str(place)], check=True)


def test_pid_namespace(space, cast):
    """Inside one: its own PIDs and no others; a socket of somebody outside stays without."""
    outside = cast("outside")
    port = outside.listen("l", "127.0.0.1")[1]
    script = "import socket, subprocess, sys\n" \
        "l = socket.create_server(('127.0.0.1', 0))\n" \
        "print(l.getsockname()[1], l.fileno(), flush=True)\n" \
        "sys.exit(subprocess.run(sys.argv[1:]).returncode)\n"
    done = subprocess.run(
        space.command("unshare", "-pf", "--mount-proc", sys.executable, "-c", script,
                      tracing.PROGRAM, "list", "-l", "--json", "--netns", space.path),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr
    words, *lines = done.stdout.decode().splitlines()
    mine, fd = map(int, words.split())
    found = tracing.Outcome("\n".join(lines).encode(), "", 0).objects
    each = listing.one(found, lport=mine)
    assert (each["pid"], each["fd"], each["holders"], each["owner"]) == (1, fd, 1, "snapshot")
    each = listing.one(found, lport=port)
    assert (each["pid"], each["comm"], each["fd"], each["owner"], each["without"]) == \
        (None, None, None, "unknown", None)


@pytest.mark.parametrize("name, container", [
    ("docker-%s.scope", "0123456789ab"), ("%s", "0123456789ab"),
    ("cri-containerd-%s.scope", "0123456789ab"), ("libpod-%s.scope", "0123456789ab"),
    ("libpod-conmon-%s.scope", None), ("%s0", None), ("docker-%s", "0123456789ab"),
    ("lxc.payload.web%.0s", "web"), ("lxc.payload.%.3s", "012")])
def test_container(cgroup, space, cast, name, container):
    """By what the runtimes call their cgroups; conmon is podman's own process."""
    tree, path = cgroup
    path += "/" + name % ("0123456789abcdef" * 4)
    os.mkdir(tree + path)
    try:
        port = cast("inside", cgroup=tree + path).listen("l", "127.0.0.1")[1]
        each = listing.one(listing.inside(space, "-l"), lport=port)
        assert (each["cgroup"], each["container"]) == (path, container)
    finally:
        cast.end()
        os.rmdir(tree + path)


# open_by_handle_at() needs the capability that the second is without
@pytest.mark.parametrize("less", [(), ("setpriv", "--inh-caps", "-dac_read_search",
                                       "--bounding-set", "-dac_read_search", "--")],
                         ids=["handles", "walk"])
def test_cgroup_where_none_is_mounted(cgroup, space, cast, less):
    """As under `ip netns exec`, which mounts a /sys with nothing in it."""
    tree, path = cgroup
    port = cast("inside", cgroup=tree + path + "/inner").listen("l", "127.0.0.1")[1]
    entered = ["ip", "netns", "exec", space.name, "sh", "-c",
               "umount -a -l -t cgroup2; exec \"$@\"", "sh", *less]
    assert "cgroup2" not in subprocess.run([*entered, "cat", "/proc/self/mountinfo"],
                                           stdout=subprocess.PIPE, text=True, check=True).stdout
    for words in ([], ["--cgroup", path], ["--cgroup", path + "/inner"]):
        each = listing.one(listing.sockets("-l", *words, prefix=entered), lport=port)
        assert each["cgroup"] == path + "/inner"
    done = tracing.run("list", "--cgroup", path + "/nothing", prefix=entered)
    assert (done.status, done.output) == (2, b"")
    assert "'%s/nothing' is not a cgroup below the root" % path in done.stderr


@pytest.mark.parametrize("name, pod", [
    ("kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod%s.slice",
     "0a1b2c3d-0000-1111-2222-333344445555"),
    ("kubepods/besteffort/pod0a1b2c3d-0000-1111-2222-333344445555",
     "0a1b2c3d-0000-1111-2222-333344445555"),
    ("kubepods/pod0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ("kubepods/podless", None)])
def test_pod(cgroup, space, cast, name, pod):
    tree, path = cgroup
    if "%s" in name:
        name %= pod.replace("-", "_")
    path += "/" + name
    os.makedirs(tree + path)
    try:
        port = cast("inside", cgroup=tree + path).listen("l", "127.0.0.1")[1]
        each = listing.one(listing.inside(space, "-l"), lport=port)
        assert (each["cgroup"], each["pod"]) == (path, pod)
    finally:
        cast.end()
        for _ in name.split("/"):
            os.rmdir(tree + path)
            path = os.path.dirname(path)


def test_filters(cgroup, space, cast):
    tree, path = cgroup
    alpha = cast("alpha")
    beta = cast("beta-x", uid=65534, cgroup=tree + path)
    four = alpha.listen("four", "127.0.0.1")[1]
    six = alpha.listen("six", "::1")[1]
    assert beta.connect("c", "127.0.0.1", four) is None
    assert beta.connect("d", "::1", six) is None
    alpha.accept("four", "s")
    alpha.accept("six", "t")
    c, d = beta.name_of("c")[1], beta.name_of("d")[1]
    everything = {(four, 0), (six, 0), (four, c), (six, d), (c, four), (d, six)}
    of_beta = {(c, four), (d, six)}
    for words, wanted in (
            ("-4", {(four, 0), (four, c), (c, four)}),
            ("-6", {(six, 0), (six, d), (d, six)}),
            ("-4 -6", everything),
            ("-p %d" % beta.pid, of_beta),
            ("-p %d,%d" % (alpha.pid, beta.pid), everything),
            ("-c beta*", of_beta),
            ("-c alpha,beta-x", everything),
            ("-c bet", set()),
            ("-u nobody", of_beta),
            ("-u 0 -6", {(six, 0), (six, d)}),
            ("-L %d" % four, {(four, 0), (four, c)}),
            ("-R %d,%d" % (four, d), {(c, four), (six, d)}),
            ("--laddr 127.0.0.0/8", {(four, 0), (four, c), (c, four)}),
            ("--laddr ::1 -R %d" % six, {(d, six)}),
            ("--raddr 127.0.0.1", {(four, c), (c, four)}),
            ("-s listen", {(four, 0), (six, 0)}),
            ("-s LISTENING,close-wait -4", {(four, 0)}),
            ("-s established -p %d" % alpha.pid, {(four, c), (six, d)}),
            ("-s established -l", set()),
            ("-s time-wait", set()),
            ("--cgroup %s" % (tree + path), of_beta),
            ("--cgroup /", everything),
            ("--cgroup %s/inner" % path, set()),
            ("--cgroup %s -4" % path, {(c, four)}),
            ("-t", everything),
            ("-U", set())):
        found = listing.inside(space, *words.split())
        assert set(listing.ports(found)) == wanted, words
        assert len(found) == len(wanted), words
    assert set(listing.ports(listing.sockets("--netns", space.name))) == \
        everything - {(four, 0), (six, 0)}
    assert set(listing.ports(listing.sockets("-l", "--netns", space.name))) == \
        {(four, 0), (six, 0)}
    found = listing.inside(space, "--cgroup", path)
    assert {each["cgroup"] for each in found} == {path}
    assert {each["uid"] for each in found} == {65534}


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_kernel_side_does_not_change_sockets(space, cast, kind):
    """A second scan sees the same ids, and nothing has changed."""
    cast.connection("127.0.0.1")
    cast("u").open_udp("u", "127.0.0.1")
    words = ["-t" if kind == "tcp" else "-U"]
    looks = [[(each["id"], each["inode"], each["state"], each["recv_q"])
              for each in listing.inside(space, *words)] for _ in range(2)]
    assert looks[0] == looks[1] and looks[0]


def test_pod_names(cgroup, space, cast, tmp_path):
    """Names by a kubelet's log folders, in place of this machine's /var/log."""
    tree, path = cgroup
    uid, digits = "0a1b2c3d-0000-1111-2222-333344445555", "0123456789abcdef" * 4
    hostile = "app\x1b[1m"
    (tmp_path / "pods" / ("shop_web-0_" + uid)).mkdir(parents=True)
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers" / ("web-0_shop_%s-%s.log" % (hostile, digits))).symlink_to("/nowhere")
    name = "kubepods/pod%s/%s" % (uid, digits)
    pod, path = path + "/kubepods/pod" + uid, path + "/" + name
    os.makedirs(tree + path)
    prefix = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /var/log && exec \"$@\"",
              str(tmp_path)]
    keys = ("container", "container_name", "pod", "pod_name", "pod_namespace")
    try:
        inside, client = cast("inside", cgroup=tree + path), cast("client")
        port = inside.listen("l", "127.0.0.1")[1]
        other = cast("sandbox", cgroup=tree + pod).listen("l", "::1")[1]
        found = listing.sockets("-l", "--netns", space.name, prefix=prefix)
        assert [listing.one(found, lport=port)[key] for key in keys] == \
            ["0123456789ab", hostile, uid, "web-0", "shop"]
        assert [listing.one(found, lport=other)[key] for key in keys] == \
            [None, None, uid, "web-0", "shop"]
        done = tracing.run("list", "-l", "--netns", space.name, "-L", str(port),
                           "-o", "container_name,pod_name", prefix=prefix)
        assert done.output.decode().split() == ["CONTAINER_NAME", "POD_NAME", "app\\x1b[1m", "web-0"]
        done = tracing.run("list", "-l", "--netns", space.name, "--by", "pod_name", prefix=prefix)
        assert ["web-0", "2"] in [sorted(line.split(), reverse=True)
                                  for line in done.output.decode().splitlines()]
        assert client.connect("c", "127.0.0.1", port) is None
        inside.accept("l", "s")
        client.shutdown("c")
        inside.eof("s")
        (each,) = stuck.once(space, *stuck.NOW, prefix=prefix)
        assert [each[key] for key in keys] == ["0123456789ab", hostile, uid, "web-0", "shop"]
        # without the folders
        (tmp_path / "containers").rename(tmp_path / "gone")
        (tmp_path / "pods").rename(tmp_path / "none")
        each = listing.one(listing.sockets("-l", "--netns", space.name, prefix=prefix), lport=port)
        assert [each[key] for key in keys] == ["0123456789ab", None, uid, None, None]
    finally:
        cast.end()
        for _ in name.split("/"):
            os.rmdir(tree + path)
            path = os.path.dirname(path)
