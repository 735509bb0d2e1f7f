# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: what it says of a socket, against what was done to it and against ss."""

import re
import time

import pytest

import listing
import netns

LEAST_AGE = 1.5  # seconds that a connection is watched


def word(line, name):
    """The number behind `name:` in a line of ss."""
    found = re.search(r"\b%s:([0-9.]+)" % name, line)
    return float(found.group(1)) if found else None


def timer(line):
    """ss's timer: its name, seconds until it expires (full minutes, of many), what was sent
    again."""
    found = re.search(r"timer:\((\w+),([^,]+),(\d+)\)", line)
    if not found:
        return None, None, 0
    minutes, seconds = re.fullmatch(r"(?:(\d+)min)?(?:([0-9.]+)m?s(?:ec)?)?",
                                    found.group(2)).groups()
    scale = 0.001 if found.group(2).endswith("ms") else 1
    return (found.group(1), 60 * int(minutes or 0) + scale * float(seconds or 0),
            int(found.group(3)))


def test_queues(space, cast, host):
    """What was written and not read, what cannot be sent, with and without a FIN behind it."""
    alpha, beta, client, server, *_ = cast.connection(host)
    beta.send("c", 1000)
    alpha.wait_for("s", "POLLIN")

    def ends():
        found = listing.inside(space, "-s", "established,close-wait,fin-wait-1,fin-wait-2")
        return (listing.one(found, lport=server[1]), listing.one(found, rport=server[1]))

    def settled(seen):
        return seen[0]["recv_q"] >= 1000 and not seen[1]["send_q"]

    passive, active = listing.until(ends, settled)
    assert (passive["recv_q"], passive["unread"], passive["bytes_in"]) == (1000, 1000, 1000)
    assert (active["send_q"], active["unsent"]) == (0, 0)
    assert active["bytes_out"] == 1001  # with its SYN, as the kernel counts
    alpha.recv("s", 300)
    assert ends()[0]["unread"] == alpha.pending("s") == 700
    beta.shutdown("c")
    passive, active = listing.until(ends, lambda seen: seen[1]["state"] == "FIN_WAIT_2")
    assert (passive["recv_q"], passive["unread"], passive["bytes_in"]) == (701, 700, 1000)
    assert active["bytes_out"] == 1002
    assert client[1] == active["lport"]


def test_unsent(space, cast, host):
    alpha, beta, _, server, _ = cast.connection(host)
    beta.fill("c")
    found = listing.inside(space, "-s", "established")
    passive, active = (listing.one(found, lport=server[1]), listing.one(found, rport=server[1]))
    assert passive["unread"] == alpha.pending("s") > 0
    assert active["send_q"] == beta.unacknowledged("c") > 0
    assert active["unsent"] == active["send_q"]  # the window is closed
    assert active["timer_name"] == "persist" and active["timer_us"] >= 0
    assert passive["timer_name"] is None and passive["timer_us"] is None
    beta.shutdown("c") # its FIN waits behind the data, and is none of it
    closed = listing.one(listing.inside(space, "-s", "fin-wait-1"), rport=server[1])
    assert (closed["send_q"], closed["unsent"]) == (active["send_q"] + 1, active["unsent"])


def test_no_data(space, cast, host):
    """Nothing came but a FIN: there is no time when data came, and nothing to read."""
    alpha, beta, _, server, _ = cast.connection(host)
    beta.shutdown("c")
    alpha.wait_for("s", "POLLRDHUP")
    each = listing.one(listing.inside(space, "-s", "close-wait"), lport=server[1])
    assert (each["recv_q"], each["unread"], each["bytes_in"]) == (1, 0, 0)
    assert each["last_received_us"] is None
    alpha.eof("s")
    each = listing.one(listing.inside(space, "-s", "close-wait"), lport=server[1])
    assert (each["recv_q"], each["unread"], each["bytes_in"]) == (0, 0, 0)


def elapsed_us(since):
    return (time.monotonic() - since) * 1e6


def test_ages(space, cast, host):
    """Never more than the truth, in every scan; of an idle socket more than half of it."""
    alpha, beta = cast("alpha"), cast("beta")
    begun = {}

    def connect(name):
        listener = alpha.listen("l" + name, host)
        begun[name] = time.monotonic()
        assert beta.connect(name, host, listener[1]) is None
        alpha.accept("l" + name, name)
        return listener[1], beta.name_of(name)[1]

    ends = {}
    ends["ESTABLISHED"] = connect("idle")
    ends["CLOSE_WAIT"] = connect("passive")
    ends["TIME_WAIT"] = connect("active")
    ends["SYN_RECV"] = (alpha.listen("half", host)[1], None)
    first = time.monotonic()
    beta.shutdown("passive")
    alpha.wait_for("passive", "POLLRDHUP")
    alpha.shutdown("active")
    beta.eof("active")
    beta.shutdown("active")
    beta.open("deaf", host)
    beta.deafen("deaf")
    beta.connect_start("deaf", host, ends["SYN_RECV"][0])
    latest = time.monotonic()
    handshake = {"SYN_RECV", "SYN_SENT"} # both ends of one
    wanted = set(ends) | handshake
    while True:
        found = listing.inside(space, "-s", ",".join(wanted))
        limit = elapsed_us(first)
        assert {each["state"] for each in found} == wanted
        for each in found:
            age, exact = each["age_us"], each["age_exact"]
            since = begun["idle"] if each["state"] == "ESTABLISHED" else first
            assert age is None or age <= elapsed_us(since), each
            assert (exact is None) == (age is None)
            assert exact is None or exact == (each["state"] in handshake), each
        if elapsed_us(latest) > LEAST_AGE * 1e6:
            break
    idle = [each for each in found if each["lport"] == ends["ESTABLISHED"][0] or
            each["rport"] == ends["ESTABLISHED"][0]]
    assert len(idle) == 2
    truth = elapsed_us(latest)
    for each in idle + [each for each in found if each["state"] != "ESTABLISHED"]:
        assert each["age_us"] > 0.5 * (truth - 1e5), each
    for state in handshake:
        half = listing.one(found, state=state)
        assert half["age_exact"] is True and half["age_us"] > limit - 1e6


@pytest.mark.parametrize("state", ["LAST_ACK", "FIN_WAIT_1"])
@pytest.mark.parametrize("unsaid", [0, 5])
def test_age_of_closing(space, cast, host, state, unsaid):
    """What the process itself did is noted nowhere, but that its FIN is alone without an answer."""
    alpha, beta, _, server, _ = cast.connection(host)
    if state == "LAST_ACK":
        beta.shutdown("c")
        alpha.eof("s")
    beta.deafen("c")
    if unsaid: # then it may not be the FIN that waits
        alpha.send("s", unsaid)
    before = time.monotonic()
    alpha.shutdown("s")
    after = time.monotonic()
    bounds = []
    while elapsed_us(after) < 3e6:
        each = listing.one(listing.inside(space, "-s", state), lport=server[1])
        bounds.append(each["age_us"])
        assert each["age_exact"] == (False if each["age_us"] is not None else None)
        assert (each["age_us"] or 0) <= elapsed_us(before)
        last = elapsed_us(after)
    if unsaid:
        assert set(bounds) == {None}
    else:
        assert bounds[-1] > last / 2


def test_last_data(space, cast, host):
    alpha, beta, _, server, _ = cast.connection(host)
    before = time.monotonic()
    beta.send("c", 10)
    alpha.recv("s", 10)
    after = time.monotonic()
    while elapsed_us(after) < 5e5:
        found = listing.inside(space, "-s", "established")
    low, high = elapsed_us(after) - 5e5, elapsed_us(before) + 1e4
    passive, active = listing.one(found, lport=server[1]), listing.one(found, rport=server[1])
    assert max(0, low) <= passive["last_received_us"] <= high
    assert max(0, low) <= active["last_sent_us"] <= high
    assert max(0, low) <= active["last_acked_us"] <= high
    assert active["last_received_us"] is None  # nothing ever came


def test_timers(space, cast, host):
    """Each kind, as ss has it in the same moment: names, expiry, retransmissions."""
    alpha, beta, _, server, _ = cast.connection(host)
    beta.option("c", "SOL_SOCKET", "SO_KEEPALIVE", 1)
    beta.open("mute", host)
    alpha.deafen("s")
    alpha.send("s", 10)  # the acknowledgement does not arrive: retransmitted
    port = alpha.listen("l2", host)[1]
    beta.deafen("mute")
    beta.connect_start("mute", host, port)
    listing.until(lambda: listing.inside(space, "-s", "established,syn-recv,syn-sent"),
                  lambda seen: any(each["retransmits"] for each in seen))
    before = listing.ss(space)
    found = listing.inside(space)
    after = listing.ss(space)
    names = set()
    for each in found:
        (name, low, again), (later, high, more) = (timer(said[each["id"]]["rest"])
                                                   for said in (before, after))
        if (name, again) != (later, more) or (low or 0) < (high or 0):
            continue  # it expired in between
        assert each["timer_name"] == name, each
        names.add(name)
        if name:
            rough = 60 if high >= 60 else 1.1
            assert high - 1.1 <= each["timer_us"] / 1e6 <= low + rough, (each, low, high)
            assert (each["retransmits"] or 0) + (each["probes"] or 0) == again, each
    assert names >= {"on", "keepalive", None}


def test_against_ss(space, cast, host):
    """Of two that talked: round trip, window, counters, algorithm."""
    alpha, beta, _, server, _ = cast.connection(host)
    for count in (1, 100000, 3000):
        beta.send("c", count)
        alpha.recv("s", count)
        alpha.send("s", 7)
        beta.recv("c", 7)
    listing.until(lambda: listing.inside(space, "-s", "established"),
                  lambda seen: not any(each["send_q"] or each["timer_name"] for each in seen))
    begun = time.monotonic()
    found = listing.inside(space, "-s", "established")
    said = listing.ss(space, "-iO")
    between_ms = (time.monotonic() - begun) * 1000
    assert len(found) == 2
    for each in found:
        line = said[each["id"]]["rest"]
        rtt, variation = map(float, re.search(r"\brtt:([0-9.]+)/([0-9.]+)", line).groups())
        assert abs(each["srtt_us"] - rtt * 1000) <= 1 and abs(each["rttvar_us"] -
                                                              variation * 1000) <= 1
        assert each["cwnd"] == word(line, "cwnd")
        assert each["ssthresh"] == word(line, "ssthresh")
        assert each["bytes_out"] == word(line, "bytes_acked")
        assert each["bytes_in"] == word(line, "bytes_received")
        assert " %s " % each["congestion"] in line
        assert abs(each["last_sent_us"] / 1000 - word(line, "lastsnd")) < between_ms + 20
        assert each["inode"] == word(line, "ino")
        assert each["segs_retrans"] == 0 and each["retrans_out"] == 0
    passive = listing.one(found, lport=server[1])
    assert (passive["bytes_in"], passive["srtt_us"] > 0) == (103001, True)


def test_retransmissions(space, cast):
    alpha, beta, _, server, _ = cast.connection("127.0.0.1")
    alpha.deafen("s")
    beta.send("c", 100)
    found = listing.until(lambda: listing.inside(space, "-s", "established", "-R", str(server[1])),
                          lambda seen: seen[0]["retransmits"] >= 2)
    each = found[0]
    assert each["segs_retrans"] >= 2 and each["retrans_out"] >= 1
    assert (each["timer_name"], each["send_q"], each["unsent"]) == ("on", 100, 0)


def facts_of(each):
    return (each["state"], (listing.address(each["laddr"]), each["lport"]),
            (listing.address(each["raddr"] or "0.0.0.0"), each["rport"]))


@pytest.fixture
def third_space(other_space):
    made = netns.Namespace()
    yield made
    made.remove()


def test_same_set_as_ss(space, other_space, third_space, cast, host):
    """Some 2,000 sockets, 3 namespaces, 4 processes, shared ones among them: ids, states,
    addresses, all the holders."""
    spaces = (space, other_space, third_space)
    for i, each in enumerate(spaces):
        server = cast("many%d" % i, space=each)
        port = server.listen("l", host, 0, 1000)[1]
        each.sysctl("net.core.somaxconn", 4096)
        server.start_listening("l")
        client = cast("crowd", space=each) if not i else server
        half = 330
        for part in range(0, half, 60):
            client.crowd(min(60, half - part), host, port, "x%d-" % part)
            if part < half - 60:
                server.accept_all("l")
        for j in range(20):
            client.shutdown("x0-%d" % j)
        for j in range(20, 40):
            client.close("x0-%d" % j)
        client.duplicate("x60-1", "copy")
    cast.fork(cast.actors[0], "child")

    def both():
        before = {each.inode: listing.ss(each) for each in spaces}
        found = [each for each in listing.sockets("-a", "-t") if each["netns"] in before]
        after = {each.inode: listing.ss(each) for each in spaces}
        return before, found, after

    def still(seen):
        before, _, after = seen
        return all({cookie: (fact["state"], fact["holders"])
                    for cookie, fact in before[inode].items()} ==
                   {cookie: (fact["state"], fact["holders"])
                    for cookie, fact in after[inode].items()} for inode in before)

    before, found, _ = listing.until(both, still)
    assert len(found) > 1900
    for each in spaces:
        mine = {one["id"]: one for one in found if one["netns"] == each.inode}
        said = before[each.inode]
        assert set(mine) == set(said)
        for cookie, one in mine.items():
            fact = said[cookie]
            local, peer = fact["local"], fact["peer"]
            assert facts_of(one) == (fact["state"], (listing.address(local[0]), local[1]),
                                     (listing.address(peer[0]), peer[1])), fact["rest"]
            assert one["holders"] == len(fact["holders"]), fact["rest"]
            assert (one["fd"] is None) == (not fact["holders"])
            if one["fd"] is not None:
                assert (one["pid"], one["fd"]) in fact["holders"]
            assert (one["recv_q"], one["send_q"]) == (fact["recv_q"], fact["send_q"])
