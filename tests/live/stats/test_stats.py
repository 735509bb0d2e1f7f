# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""stats: what /proc says, read by another program, and what traffic adds to it."""

import csv
import re
import signal
import socket
import subprocess
import sys

import pytest

import tracer as tracing

OWN_KEYS = {"v", "type", "ts", "mono_ns", "netns", "proto", "families", "same_as", "interval_s"}
PREFIXES = {"Ip6": "ip6", "Icmp6": "icmp6", "Udp6": "udp6", "UdpLite6": "udplite6"}
SECTIONS = {"Ip": "ip", "IpExt": "ip", "Icmp": "icmp", "IcmpMsg": "icmp", "Tcp": "tcp",
            "TcpExt": "tcp", "Udp": "udp", "UdpLite": "udplite", "MPTcpExt": "mptcp"}
# One datagram to a closed port of the loopback; waits for the refusal.
KNOCK = """
import socket, sys
host = sys.argv[1]
sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(60)
sock.connect((host, 9))
sock.send(b"x")
try:
    sock.recv(1)
    sys.exit("somebody answered")
except ConnectionRefusedError:
    pass
"""


def raw(pid):
    with open("/proc/%d/net/snmp" % pid) as snmp, open("/proc/%d/net/netstat" % pid) as netstat, \
            open("/proc/%d/net/snmp6" % pid) as snmp6:
        return snmp.read() + netstat.read(), snmp6.read()


def parsed(text):
    """By protocol, every counter by its key."""
    pairs, singles = text
    found = {}
    lines = pairs.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        section, names = names.split(":")
        assert values.startswith(section + ":")
        values = values.split(":")[1].split()
        proto = found.setdefault(SECTIONS.get(section, "other"), {})
        assert len(names.split()) == len(values)
        for name, value in zip(names.split(), values):
            key = name
            if section not in SECTIONS or name in proto:
                key = "%s:%s" % (section, name)
            assert key not in proto
            proto[key] = int(value)
    for line in singles.splitlines():
        name, value = line.split()
        proto = [PREFIXES[each] for each in PREFIXES if name.startswith(each)] or ["other"]
        key = name if proto != ["other"] else "snmp6:" + name
        found.setdefault(proto[0], {})[key] = int(value)
    return found


def counters_of(each):
    return {key: value for key, value in each.items() if key not in OWN_KEYS}


def stats(*words, kind="stats", **more):
    done = tracing.run("stats", "--json", *words, **more)
    assert done.status == 0 and done.stderr == "", done.stderr
    assert all(each["type"] == kind and each["v"] == 1 for each in done.objects)
    return {each["proto"]: each for each in done.objects}


def at_rest(pid, take):
    """take() while nothing is counted: the files are the same before and after."""
    for _ in range(50):
        before = raw(pid)
        taken = take()
        if raw(pid) == before:
            return parsed(before), taken
    raise AssertionError("the namespace is never quiet")


def changes(space, do):
    before = stats("--netns", space.name)
    do()
    after = stats("--netns", space.name)
    return {proto: {key: value - before[proto].get(key, 0)
                    for key, value in counters_of(each).items()
                    if value != before[proto].get(key, 0)}
            for proto, each in after.items()}


@pytest.fixture
def busy(space, cast):
    """A namespace where everything has happened a little; somebody in it."""
    server, client, _, remote, _ = cast.connection("127.0.0.1")
    client.send("c", 10)
    server.recv("s", 10)
    assert client.connect("r", "::1", 9) == "ECONNREFUSED"
    for host in ("127.0.0.1", "::1"):
        space.run(sys.executable, "-c", KNOCK, host)
    return server


@pytest.mark.parametrize("how", ["name", "path", "pid", "inode"])
def test_equals_proc(space, busy, how):
    ref = {"name": space.name, "path": space.path, "pid": str(busy.pid),
           "inode": str(space.inode)}[how]
    expected, got = at_rest(busy.pid, lambda: stats("--netns", ref))
    assert expected["tcp"]["ActiveOpens"] == 2 and expected["udp6"]["Udp6NoPorts"] == 1
    assert list(got) == sorted(got, key=["ip", "ip6", "icmp", "icmp6", "tcp", "udp", "udp6",
                                         "udplite", "udplite6", "mptcp", "other"].index)
    assert {proto: counters_of(each) for proto, each in got.items()} == expected
    assert all(each["netns"] == space.inode for each in got.values())


def test_own_namespace(space, busy):
    """Without --netns it is the one that tcpstate runs in; no privilege is needed."""
    prefix = [*space.command(), "setpriv", "--reuid=65534", "--clear-groups", "--"]
    expected, got = at_rest(busy.pid, lambda: stats(prefix=prefix))
    assert {proto: counters_of(each) for proto, each in got.items()} == expected
    assert got["tcp"]["netns"] == space.inode


def test_csv_equals_proc(space, busy):
    expected, done = at_rest(busy.pid,
                             lambda: tracing.run("stats", "--csv", "--netns", space.name))
    rows = list(csv.DictReader(done.output.decode().splitlines()))
    got = {}
    for row in rows:
        got.setdefault(row["proto"], {})[row["counter"]] = int(row["value"])
        assert row["per_second"] == ""
    assert got == expected


def test_text_shows_what_is_not_zero(space, busy):
    """One row for each such counter, with its value."""
    expected, done = at_rest(busy.pid, lambda: tracing.run("stats", "--netns", space.name))
    rows = [line.split() for line in done.output.decode().splitlines() if line.startswith(" ")]
    assert sorted((row[-1], int(row[0])) for row in rows) == \
        sorted((key, value) for each in expected.values() for key, value in each.items() if value)
    _, done = at_rest(busy.pid, lambda: tracing.run("stats", "-a", "--netns", space.name))
    rows = [line for line in done.output.decode().splitlines() if line.startswith(" ")]
    assert len(rows) == sum(len(each) for each in expected.values())


def test_tcp6_is_tcp(space, busy):
    _, got = at_rest(busy.pid, lambda: stats("--netns", space.name, "-P", "tcp,tcp6"))
    assert set(got) == {"tcp", "tcp6"}
    assert got["tcp6"]["same_as"] == "tcp" and "same_as" not in got["tcp"]
    assert got["tcp"]["families"] == got["tcp6"]["families"] == "ipv4+ipv6"
    assert counters_of(got["tcp"]) == counters_of(got["tcp6"])
    text = tracing.run("stats", "--netns", space.name, "-P", "TCPv6").output.decode()
    assert text.startswith("TCP (IPv4 and IPv6 together)\n  Linux does not count TCP over IPv6 ")


def test_tcp_traffic(space, cast, host):
    server, client = cast("server"), cast("client")
    address = server.listen("l", host)

    def connect_and_be_refused():
        assert client.connect("c", host, address[1]) is None
        server.accept("l", "s")
        client.send("c", 10)
        server.recv("s", 10)
        assert client.connect("r", host, 9) == "ECONNREFUSED"

    tcp = changes(space, connect_and_be_refused)["tcp"]
    assert {key: tcp.get(key) for key in ("ActiveOpens", "PassiveOpens", "AttemptFails",
                                          "CurrEstab", "OutRsts", "TCPOrigDataSent",
                                          "EstabResets", "RetransSegs")} == \
        {"ActiveOpens": 2, "PassiveOpens": 1, "AttemptFails": 1, "CurrEstab": 2, "OutRsts": 1,
         "TCPOrigDataSent": 1, "EstabResets": None, "RetransSegs": None}
    # three of the handshake, two of the refusal, data and its ACK
    assert tcp["InSegs"] == tcp["OutSegs"] == 7

    def close_with_unread_data():
        client.send("c", 10)
        server.wait_for("s", "POLLIN")
        server.close("s")
        assert client.recv_error("c") == "ECONNRESET"

    tcp = changes(space, close_with_unread_data)["tcp"]
    assert (tcp["TCPAbortOnClose"], tcp["EstabResets"], tcp["CurrEstab"]) == (1, 2, -2)
    assert "ActiveOpens" not in tcp and "AttemptFails" not in tcp


def test_udp_traffic(space, host):
    six = ":" in host
    seen = changes(space, lambda: space.run(sys.executable, "-c", KNOCK, host))
    udp = {"udp6": {"Udp6NoPorts": 1, "Udp6OutDatagrams": 1}, "udp": {}} if six else \
        {"udp": {"NoPorts": 1, "OutDatagrams": 1}, "udp6": {}}
    assert {proto: seen[proto] for proto in udp} == udp
    icmp = seen["icmp6" if six else "icmp"]
    names = ["Icmp6OutDestUnreachs", "Icmp6OutType1", "Icmp6InType1"] if six else \
        ["OutDestUnreachs", "OutType3", "InType3"]
    assert [icmp[name] for name in names] == [1, 1, 1]


def test_namespaces_differ(space, other_space, cast):
    here, there = cast("here"), cast("there", space=other_space)
    for _ in range(3):
        assert here.connect("r", "127.0.0.1", 9) == "ECONNREFUSED"
        here.close("r")
    assert there.connect("r", "127.0.0.1", 9) == "ECONNREFUSED"
    assert stats("--netns", space.name)["tcp"]["AttemptFails"] == 3
    assert stats("--netns", str(there.pid))["tcp"]["AttemptFails"] == 1


def test_rates(space, cast):
    """The rates add up to the counters; a current value has no rate."""
    alpha = cast("alpha")
    running = tracing.Tracer("stats", "--json", "-P", "tcp", "--netns", space.name, "0.1")
    try:
        running.until(lambda _: running.of_type("stats"))
        alpha.listen("l", "127.0.0.1")
        port = alpha.name_of("l")[1]
        for i in range(5):
            assert alpha.connect("c%d" % i, "127.0.0.1", port) is None

        def counted():
            return sum(each["ActiveOpens"] * each["interval_s"]
                       for each in running.of_type("stats-rate"))

        running.until(lambda _: counted() > 4.5)
        count = len(running.of_type("stats-rate"))
        running.until(lambda _: len(running.of_type("stats-rate")) > count)
        outcome = running.stop()
    finally:
        running.discard()
    assert outcome.status == 0 and outcome.stderr == ""
    assert abs(counted() - 5) < 0.001
    first, *rates = outcome.objects
    assert rates[-1]["CurrEstab"] == 10 and rates[-1]["MaxConn"] == -1
    assert all(each["interval_s"] >= 0.05 for each in rates)
    steps = [b["mono_ns"] - a["mono_ns"] for a, b in zip([first, *rates], rates)]
    assert [round(each["interval_s"] * 1e9) for each in rates] == steps


GROW = ("ActiveOpens", "AttemptFails", "OutRsts", "InType3", "OutType3")


def test_rates_in_text(space, cast):
    """Growth a second, and only what grew; a type of message has a first time."""
    alpha = cast("alpha")
    grown, seconds, text = dict.fromkeys(GROW, 0.0), 0.0, ""
    with subprocess.Popen([tracing.PROGRAM, "stats", "-P", "tcp,icmp", "--netns", space.name,
                           "0.5"], stdout=subprocess.PIPE, text=True) as running:
        lines = iter(running.stdout)
        assert any("MaxConn" in line for line in lines), "the totals end with it"
        assert alpha.connect("r", "127.0.0.1", 9) == "ECONNREFUSED"
        space.run(sys.executable, "-c", KNOCK, "127.0.0.1")
        while not all(grown.values()):
            text += (line := next(lines))
            if over := re.search(r"growth per second, over ([0-9.]+) s\n", line):
                seconds = float(over.group(1))
            elif rate := re.search(r"^ *([0-9.]+)/s  .* (\w+)$", line):
                grown[rate.group(2)] = grown.get(rate.group(2), 0) + float(rate.group(1)) * seconds
        running.send_signal(signal.SIGINT)
        running.stdout.read()
    assert running.returncode == 0
    assert all(abs(grown[name] - 1) < 0.05 for name in GROW), text
    assert "RtoMin" not in text and "PassiveOpens" not in text


def test_ends_after_n(space):
    done = tracing.run("stats", "-j", "-P", "udp,udp6", "--netns", space.name, "0.02", "3")
    assert [(each["type"], each["proto"]) for each in done.objects] == \
        [(kind, proto) for kind in ("stats", "stats-rate", "stats-rate")
         for proto in ("udp", "udp6")]
    assert done.status == 0


@pytest.mark.parametrize("key,words,pattern", [
    ("ActiveOpens", "-st", r"(\d+) active connection"),
    ("PassiveOpens", "-st", r"(\d+) passive connection"),
    ("AttemptFails", "-st", r"(\d+) failed connection attempts"),
    ("CurrEstab", "-st", r"(\d+) connections established"),
    ("InSegs", "-st", r"(\d+) segments received"),
    ("OutSegs", "-st", r"(\d+) segments sent out"),
    ("RetransSegs", "-st", r"(\d+) segments retransmitted"),
    ("NoPorts", "-su", r"(\d+) packets to unknown port"),
    ("OutDatagrams", "-su", r"(\d+) packets sent"),
])
def test_as_netstat_says(space, busy, key, words, pattern):
    got = stats("--netns", space.name)["tcp" if words == "-st" else "udp"][key]
    assert int(re.search(pattern, space.run("netstat", words)).group(1)) == got


def failed(status, *words, **more):
    """One line, and nothing on standard output."""
    done = tracing.run("stats", *words, **more)
    assert done.status in (status if isinstance(status, tuple) else (status,))
    assert done.output == b""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("tcpstate: ")
    return done.stderr


def test_not_allowed(space):
    """Another namespace needs root."""
    said = failed(3, "--netns", space.name,
                  prefix=["setpriv", "--reuid=65534", "--clear-groups", "--"])
    assert "run it as root" in said


def test_namespace_without_a_way():
    """3 where even root may not ask every process."""
    assert "4294967295" in failed((1, 3), "--netns", "4294967295")


def masked(tmp_path, **files):
    """Runs what follows with these files alone in its /proc/net, in a mount namespace."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    script = "mount --bind %s /proc/$$/task/$$/net && exec \"$@\"" % tmp_path
    return ["unshare", "-m", "sh", "-c", script, "sh"]


PAIR = "Tcp: ActiveOpens MaxConn\nTcp: 3 -1\n"


def test_missing_file(tmp_path):
    said = failed(1, prefix=masked(tmp_path, snmp=PAIR))
    assert "/net/netstat: No such file" in said


def test_malformed_file(tmp_path):
    prefix = masked(tmp_path, snmp=PAIR, netstat="TcpExt: TW TWKilled\nTcpExt: 1\n")
    said = failed(1, prefix=prefix)
    assert "/net/netstat: line 2: \"TWKilled\" has no value" in said


def test_kernel_without_ipv6(tmp_path):
    prefix = masked(tmp_path, snmp=PAIR, netstat="TcpExt: TW\nTcpExt: 1\n")
    got = stats(prefix=prefix)
    assert list(got) == ["tcp"] and got["tcp"]["families"] == "ipv4"
    assert counters_of(got["tcp"]) == {"ActiveOpens": 3, "MaxConn": -1, "TW": 1}
    assert "without IPv6" in failed(3, "-P", "udp6", prefix=prefix)


def test_reader_gone(space):
    """No message, and no error."""
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        done = tracing.run("stats", "0.05", "--netns", space.name, stdout=theirs)
    assert (done.status, done.stderr) == (0, "")


def test_disk_full():
    with open("/dev/full", "w") as full:
        done = tracing.run("stats", stdout=full)
    assert done.status == 1 and "No space left" in done.stderr
