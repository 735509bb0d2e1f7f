# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list, --ss and --netstat without privileges: what ss and netstat show to the same user."""

import ctypes
import os
import struct
import subprocess

import pytest

import listing
import ordinary
import tracer as tracing

# Servers and clients of both families, a server of both, and every state that a process can make.
SOCKETS = """
import socket, sys
def listen(family, host, port, **more):
    made = socket.create_server((host, port), family=family, backlog=7, **more)
    return made
four = listen(socket.AF_INET, "127.0.0.1", 7001)
six = listen(socket.AF_INET6, "::1", 7002)
both = listen(socket.AF_INET6, "::", 7003, dualstack_ipv6=True)
kept = [four, six, both]
for host, port, server in (("127.0.0.1", 7001, four), ("::1", 7002, six), ("127.0.0.1", 7003, both)):
    for end in ("open", "unread", "shut", "closed", "reset"):
        client = socket.create_connection((host, port))
        peer = server.accept()[0]
        if end == "unread":
            client.send(b"x" * 123)
            while len(peer.recv(123, socket.MSG_PEEK)) < 123: pass
        if end == "shut":
            client.shutdown(socket.SHUT_WR)
        if end == "closed":
            client.close()
            peer.recv(1)
        kept += [client, peer] if end != "closed" else [peer]
    kept.append(socket.create_connection((host, port))) # waits for accept()
    for _ in range(2):
        client = socket.create_connection((host, port))
        peer = server.accept()[0]       # the one before
        peer.close()
        kept.append(client)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 7004))
peer = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
peer.bind(("::1", 0))
peer.connect(("::1", 7005))
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def mine(space):
    made = ordinary.Program(ordinary.command(space), SOCKETS)
    yield made
    made.end()


CLOSED = """
import socket, struct, sys
server = socket.create_server(("127.0.0.1", 0))
kept = [socket.socket() for _ in range(2)] + [socket.socket(socket.AF_INET6)]
for end in ("reset", "refused", "shut"):
    made = socket.socket()
    made.connect(server.getsockname()) if end != "refused" else made.connect_ex(("127.0.0.1", 1))
    kept.append(made)
    if end != "refused":
        peer = server.accept()[0]
    if end == "reset":
        peer.send(b"12345")
        while len(made.recv(5, socket.MSG_PEEK)) < 5: pass
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    if end == "shut":
        peer.close()
        made.recv(1)
        made.shutdown(socket.SHUT_RDWR)
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    kept.append(socket.socket(family))
    kept[-1].bind((host, 0))
kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
print("there", flush=True)
sys.stdin.read()
"""


def test_sockets_without_a_connection(space):
    """Of the user's own processes; a port only where the socket still has it. Of root's, the bound ones."""
    same = ("inode", "id", "proto", "laddr", "lport", "pid", "comm", "fd", "uid", "unread", "netns")
    programs = [ordinary.Program(prefix, CLOSED) for prefix in (ordinary.command(space),
                                                                space.command())]
    try:
        whole = {each["inode"]: each for each in listing.inside(space)
                 if each["state"] in ("CLOSED", None)}
        seen = {each["inode"]: each for each in sockets(space) if each["state"] in ("CLOSED", None)}
        alone = sockets(space, "-s", "closed")
    finally:
        for each in programs:
            each.end()
    assert len(whole) == 18
    own = {inode for inode, each in whole.items() if each["pid"] == programs[0].pid}
    assert len(own) == 9 and own <= set(seen)
    for inode in own:
        for key in same:
            assert seen[inode][key] == whole[inode][key], (key, seen[inode], whole[inode])
        assert seen[inode]["bytes_in"] in (None, whole[inode]["bytes_in"])
    assert sorted(seen[inode]["unread"] or 0 for inode in own) == [0] * 8 + [5]
    assert {inode for inode in set(seen) - own} == {
        inode for inode, each in whole.items() if each["pid"] == programs[1].pid and each["lport"]}
    assert sorted(each["inode"] for each in alone) == sorted(
        inode for inode, each in seen.items() if each["state"])


@pytest.fixture
def roots(space):
    """The same sockets on other ports, in a process of root."""
    made = ordinary.Program(space.command(), SOCKETS.replace("700", "600"))
    yield made
    made.end()


def sockets(space, *words):
    done = ordinary.run(space, "list", "-a", "--json", *words)
    missing = "" if "--netns" in words else ordinary.OTHERS
    assert (done.status, done.stderr) == (0, ordinary.NOTE % missing)
    return done.of_type("socket")


# Depend on the moment, or come from what only root sees.
MOMENT = {"age_us", "age_exact", "timer_us", "last_received_us", "last_sent_us", "last_acked_us"}
HOLDER = {"pid", "comm", "fd", "holders", "owner", "holder_list"}
REQUEST = {"ack_came", "defer_accept", "idle_us", "notice_us"}


def test_the_rows_of_root(space, mine, roots):
    """Every value that is there is root's; of root's processes all but the holders is there."""
    whole = {each["id"]: each for each in listing.inside(space)}
    seen = {each["id"]: each for each in sockets(space)}
    assert set(seen) == set(whole) and len(seen) > 60
    ports = set()
    for number, each in seen.items():
        root = whole[number]
        hidden = HOLDER if root["pid"] == roots.pid else set()
        for key in set(root) - MOMENT - hidden - REQUEST:
            assert each[key] == root[key], (key, each, root)
        if root["pid"] in (mine.pid, roots.pid):
            ports.add((root["lport"], root["rport"]))
            assert each["uid"] == (ordinary.UID if root["pid"] == mine.pid else 0)
        for key in hidden:
            known = {"holders": 0, "holder_list": []} if root["without"] else {} # none before accept()
            assert each[key] == dict({"owner": "unknown"}, **known).get(key), (key, each)
        if each["age_us"] is not None:
            assert each["age_exact"] is False
            assert each["age_us"] <= root["age_us"] + 5e6
    states = {each["state"] for each in seen.values()}
    assert states >= {"LISTEN", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_2"}
    assert {each["proto"] for each in seen.values()} == {"tcp", "tcp6", "udp", "udp6"}
    assert any(each["without"] == "not-accepted" and each["pid"] == mine.pid
               for each in seen.values())
    assert any(each["without"] == "orphan" for each in seen.values())


def test_ages_are_lower_bounds(space, mine):
    """An age that grows from scan to scan as time does, and never beyond root's exact one."""
    first = {each["id"]: each for each in sockets(space, "-t")}
    second = {each["id"]: each for each in sockets(space, "-t")}
    known = [number for number in first if first[number]["age_us"] is not None]
    assert {first[number]["state"] for number in known} >= {"ESTABLISHED", "CLOSE_WAIT",
                                                            "FIN_WAIT_2"}
    for number in known:
        assert second[number]["age_us"] >= first[number]["age_us"]


@pytest.mark.parametrize("tool, words", [
    ("ss", ["-tanp"]), ("ss", ["-tlnp"]), ("netstat", ["-tanp"]), ("netstat", ["-tlnp"])])
def test_the_tools_output(space, mine, roots, tool, words):
    """Byte for byte, the processes that the user may not see included."""
    mine_words = ["-l"] if "l" in words[0] else []
    theirs = ordinary.output(space, tool, *words)
    done = ordinary.run(space, "list", "--" + tool, *mine_words)
    assert (done.status, done.stderr) == (0, ordinary.HERE)
    assert done.output.decode().splitlines() == theirs.decode().splitlines()
    assert done.output == theirs
    assert str(mine.pid) in theirs.decode() and str(roots.pid) not in theirs.decode()


def test_filters(space, mine, roots):
    every = sockets(space)

    def check(wanted, *words):
        found = sockets(space, *words)
        assert sorted(each["id"] for each in found) == sorted(
            each["id"] for each in every if wanted(each)), words
        assert found or words[0] in ("-R", "-c")

    check(lambda each: each["pid"] == mine.pid, "-p", str(mine.pid))
    check(lambda each: each["comm"] is not None, "-c", "pyth*")
    check(lambda each: False, "-c", "no-such-name")
    check(lambda each: each["uid"] == 0, "-u", "root")
    check(lambda each: each["uid"] == ordinary.UID, "-u", "nobody")
    check(lambda each: each["lport"] in (7001, 6002), "-L", "7001,6002")
    check(lambda each: each["rport"] == 7003, "-R", "7003")
    check(lambda each: each["laddr"] == "::1", "--laddr", "::1")
    check(lambda each: each["raddr"] == "127.0.0.1", "--raddr", "127.0.0.0/8")
    check(lambda each: each["state"] in ("CLOSE_WAIT", "FIN_WAIT_2"), "-s", "close-wait,fin-wait-2")
    check(lambda each: each["state"] == "LISTEN", "-s", "listen")
    check(lambda each: (each["family"], each["state"]) == ("ipv6", "ESTABLISHED"), "-6", "-s", "established")
    check(lambda each: each["state"] != "CLOSED", "-s", "!closed")
    check(lambda each: each["proto"].startswith("udp"), "-U")
    check(lambda each: True, "--netns", space.path)
    cgroup = next(each["cgroup"] for each in every if each["pid"] == mine.pid)
    check(lambda each: each["cgroup"] == cgroup or (each["cgroup"] or "").startswith(
        cgroup.rstrip("/") + "/"), "--cgroup", cgroup)


def test_notes_and_status(space, mine):
    """One line says what root would add; -q leaves it out, and data is never mixed with it."""
    for words, note in (([], ordinary.ALL), (["-q"], ""), (["--csv"], ordinary.ALL),
                        (["--netns", space.path], ordinary.HERE), (["--tree"], ordinary.ALL),
                        (["-o", "proto,local,peer"], ordinary.ALL)):
        done = ordinary.run(space, "list", *words)
        assert (done.status, done.stderr) == (0, note), words
        assert done.output.count(b"\n") > 10
    done = ordinary.run(space, "list", "--netns", "/proc/1/ns/net")
    assert (done.status, done.output, done.stderr.count("\n")) == (2, b"", 1)


def test_another_namespace(space, other_space, mine):
    """Its sockets cannot be shown: it was asked for, so that is a failure."""
    done = ordinary.run(space, "list", "--netns", other_space.path)
    assert (done.status, done.output) == (3, b"")
    assert done.stderr.count("\n") == 1 and "could not be entered" in done.stderr


def test_watch(space, mine):
    done = ordinary.run(space, "list", "-a", "-t", "--json", "--watch", "0.2", "--frames", "3")
    assert done.status == 0 and done.stderr.count("\n") == 1
    frames = done.of_type("frame")
    assert [each["sockets"] for each in frames] == [len(sockets(space, "-t"))] * 3


def test_time_wait_and_half_open(space, cast, mine):
    """Without a process in ss as here; the queues of listeners name who may see them."""
    client = cast("client")
    for i in range(3):
        client.open("d%d" % i, "127.0.0.1")
        client.deafen("d%d" % i)
        client.connect_start("d%d" % i, "127.0.0.1", 7001)
    listing.until(lambda: listing.inside(space, "-s", "syn-recv"), lambda seen: len(seen) == 3)
    found = sockets(space, "-s", "syn-recv")
    assert {(each["without"], each["pid"], each["owner"]) for each in found} == {
        ("half-open", mine.pid, "listener")}
    assert {(each["bytes_in"], each["cwnd"], each["age_us"], each["ack_came"])
            for each in found} == {(None, None, None, None)}
    assert all(each["retransmits"] is not None and each["timer_name"] == "on" for each in found)


SYS_SOCKET = {"x86_64": 41, "aarch64": 198}[os.uname().machine]


def without_sock_diag():
    """A seccomp filter: socket(AF_NETLINK, ..., NETLINK_SOCK_DIAG) fails with EAFNOSUPPORT."""
    def code(op, jt, jf, k):
        return struct.pack("=HBBI", op, jt, jf, k)

    program = b"".join([
        code(0x20, 0, 0, 0), code(0x15, 0, 5, SYS_SOCKET),    # the system call's number
        code(0x20, 0, 0, 16), code(0x15, 0, 3, 16),           # its first argument: AF_NETLINK
        code(0x20, 0, 0, 32), code(0x15, 0, 1, 4),            # its third: NETLINK_SOCK_DIAG
        code(0x06, 0, 0, 0x00050000 | 97), code(0x06, 0, 0, 0x7fff0000)])
    buffer = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("=H6xQ", 8, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, header, 0, 0) == 0, os.strerror(ctypes.get_errno())


def test_without_sock_diag(space, mine, roots):
    """The same sockets from /proc/net, and no number for what that does not have."""
    whole = {each["inode"]: each for each in sockets(space) if each["inode"]}
    done = subprocess.run([*ordinary.command(space), tracing.PROGRAM, "list", "-a", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=60, preexec_fn=without_sock_diag)
    assert done.returncode == 0 and done.stderr.startswith("tcpstate: without privileges: ")
    every = tracing.Outcome(done.stdout.encode(), done.stderr, 0).of_type("socket")
    found = {each["inode"]: each for each in every if each["inode"]}
    assert set(found) == set(whole) and len(every) == len(sockets(space))
    same = ("state", "proto", "laddr", "lport", "raddr", "rport", "recv_q", "pid", "comm", "fd",
            "uid", "netns", "family", "without", "holders")
    for inode, each in found.items():
        for key in same:
            assert each[key] == whole[inode][key], (key, each, whole[inode])
        for key in ("id", "cwnd", "bytes_in", "bytes_out", "segs_retrans", "unsent", "mptcp",
                    "congestion", "cgroup", "age_us", "last_acked_us", "accept_limit"):
            if key != "mptcp" or each["proto"].startswith("tcp"):
                assert each[key] is None, (key, each)
    done = subprocess.run([*ordinary.command(space), tracing.PROGRAM, "list", "--netstat"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60,
                          preexec_fn=without_sock_diag)
    assert sorted(done.stdout.splitlines()) == sorted(
        ordinary.output(space, "netstat", "-tanp").splitlines())
