# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list and stuck of MPTCP connections: the state that `ss -M` says, which the subflows are not in."""

import errno
import socket
import time

import pytest

import listing
import stuck
import tracer as tracing

MPTCP = 262
HOST = "127.0.0.1"
NOW = stuck.rule("CLOSE_WAIT>0s")


@pytest.fixture(autouse=True)
def enabled(space):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
    except OSError as error:
        assert error.errno in (errno.EPROTONOSUPPORT, errno.ENOPROTOOPT), error
        pytest.skip("no MPTCP in this kernel (CONFIG_MPTCP)")
    space.sysctl("net.mptcp.enabled", 1)


def connect(cast, client="c", protocol=MPTCP):
    """Both ends of a connection to a listener of MPTCP's, and their ports."""
    alpha, beta = cast("alpha"), cast("beta")
    port = alpha.open("l", HOST, 0, MPTCP)[1]
    alpha.start_listening("l")
    beta.open(client, HOST, None, protocol)
    assert beta.connect(client, HOST, port) is None
    alpha.accept("l", "s")
    return alpha, beta, port, beta.name_of(client)[1]


def states_of_connections(space):
    """What `ss -M` says of the MPTCP sockets: the state by the ports."""
    found = {}
    for line in space.run("ss", "-MtanH").splitlines():
        protocol, state, _, _, local, peer = line.split()[:6]
        if protocol == "mptcp" and state != "UNCONN":
            found[listing.endpoint(local)[1], listing.endpoint(peer)[1]] = listing.STATES[state]
    return found


def states(space, *words):
    return {(each["lport"], each["rport"]): each["state"]
            for each in listing.inside(space, *words) if each["mptcp"]}


def until(look, wanted):
    deadline = time.monotonic() + tracing.TIMEOUT
    seen = look()
    while not wanted(seen):
        assert time.monotonic() < deadline, seen
        seen = look()
    return seen


def alike(space, wanted):
    """Until ss says so, and then list does."""
    until(lambda: (states_of_connections(space), states(space)),
          lambda seen: wanted.items() <= seen[0].items() and seen[0] == seen[1])


def test_states_are_those_of_ss(space, cast):
    """Through all that a connection goes through, while its subflows are established."""
    alpha, beta, port, local = connect(cast)
    server, client = (port, local), (local, port)
    alike(space, {(port, None): "LISTEN", server: "ESTABLISHED", client: "ESTABLISHED"})
    beta.shutdown("c")
    alike(space, {server: "CLOSE_WAIT", client: "FIN_WAIT_2"})
    assert {each["state"] for each in listing.ss(space).values()} == {"LISTEN", "ESTABLISHED"}
    found = listing.inside(space, "-s", "CLOSE_WAIT")
    assert listing.ports(found) == [server]
    assert (found[0]["pid"], found[0]["fd"]) == (alpha.pid, alpha.fd("s"))
    assert listing.inside(space, "-s", "ESTABLISHED") == []


def test_closed_by_the_server_first(space, cast):
    alpha, _, port, local = connect(cast)
    alpha.close("s")
    alike(space, {(port, local): "FIN_WAIT_2", (local, port): "CLOSE_WAIT"})


def test_a_client_without_mptcp(space, cast):
    """The listener's socket is a plain one then."""
    _, beta, port, local = connect(cast, protocol=0)
    beta.shutdown("c")
    found = listing.until(lambda: listing.inside(space, "-s", "CLOSE_WAIT"), bool)
    assert [(each["lport"], each["rport"], each["mptcp"]) for each in found] == \
        [(port, local, False)]


def test_unread(space, cast):
    """Without what ss -M counts of the kernel's own, and without the DATA_FIN."""
    alpha, beta, port, local = connect(cast)

    def unread():
        each = listing.one(listing.inside(space), lport=port, rport=local)
        return each["recv_q"], each["unread"]

    beta.send("c", 100)
    until(unread, lambda seen: seen == (100, 100))
    alpha.recv("s", 30)
    assert unread() == (70, 70)
    found = stuck.until(space, 1, *stuck.rule("ESTABLISHED:unread>0s"))
    assert [(each["lport"], each["unread"]) for each in found] == [(port, 70)]
    beta.shutdown("c")
    alike(space, {(port, local): "CLOSE_WAIT"})
    assert unread() == (70, 70)
    alpha.recv("s", 70)
    assert unread() == (0, 0)


def test_as_the_tools_print_them(space, cast):
    """Those know of the subflows alone."""
    _, beta, port, local = connect(cast)
    beta.shutdown("c")
    alike(space, {(port, local): "CLOSE_WAIT"})
    for face, word in (("--ss", b"ESTAB"), ("--netstat", b"ESTABLISHED")):
        said = listing.output(space, tracing.PROGRAM, "list", face)
        assert said.count(word) == 2 and b"CLOSE" not in said, said


def test_a_leak(space, cast):
    """It is found, its process named, its age never above the truth."""
    alpha, beta, port, local = connect(cast)
    before = time.monotonic_ns()
    beta.shutdown("c")
    alike(space, {(port, local): "CLOSE_WAIT"})
    deadline = before + 1_200_000_000
    ages = []
    while time.monotonic_ns() < deadline:
        (each,) = stuck.once(space, *NOW)
        assert stuck.holders(each) == [(alpha.pid, alpha.name, alpha.fd("s"))]
        assert each["age_exact"] is False
        assert each["age_us"] * 1000 <= time.monotonic_ns() - before, each
        ages.append(each["age_us"])
    assert ages[-1] > 500_000, "it is a bound that grows"


def test_two_subflows_are_one_socket(space, cast):
    """The row of the first subflow has the connection, the other is shown as it is."""
    space.run("ip", "address", "add", "127.0.0.2/8", "dev", "lo")
    space.run("ip", "mptcp", "limits", "set", "subflow", "2", "add_addr_accepted", "2")
    space.run("ip", "mptcp", "endpoint", "add", "127.0.0.2", "subflow")
    alpha, beta, port, local = connect(cast)
    beta.send("c", 10)  # with the answer to which the client may join
    listing.until(lambda: listing.inside(space, "-L", str(port)), lambda seen: len(seen) == 3)
    judged = stuck.once(space, "-L", str(port), *stuck.rule("ESTABLISHED>0s"))
    assert [each["rport"] for each in judged] == [local]
    beta.shutdown("c")
    found = listing.until(lambda: listing.inside(space, "-s", "CLOSE_WAIT"), bool)
    assert listing.ports(found) == [(port, local)]
    (each,) = stuck.once(space, *NOW)
    assert (each["rport"], each["unread"]) == (local, 10)
    assert stuck.holders(each) == [(alpha.pid, alpha.name, alpha.fd("s"))]
    done = stuck.run(space, "--close=reset", "--yes", *NOW)
    assert done.status == 0, done.stderr
    until(lambda: states_of_connections(space), lambda seen: (port, local) not in seen)


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_close(space, cast, how):
    alpha, beta, port, local = connect(cast)
    beta.shutdown("c")
    alike(space, {(port, local): "CLOSE_WAIT"})
    done = stuck.run(space, "--close=" + how, "--yes", "-p", str(alpha.pid), *NOW)
    assert (done.status, done.stderr) == (0, ""), done.output
    listing.until(lambda: listing.inside(space, "-s", "CLOSE_WAIT"), lambda seen: not seen)
    until(lambda: states_of_connections(space), lambda seen: (port, local) not in seen)
