# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""stuck: which sockets are, whose they are, for how long, by which rule, and from which line."""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time

import pytest

import actors
import leaks
import listing
import stuck
import tracer as tracing
from stuck_states import HOST, MAKERS, NGINX, close_wait, fin_wait_2, full_queue, syn_recv

PATHS = ("serve_request", "serve_metrics")


@pytest.fixture
def watch(space):
    """Starts `stuck --watch --json`; ended by the fixture."""
    started = []

    def start(*words):
        started.append(tracing.Tracer(*stuck.words(space, "--json", stuck.WATCH, *words)))
        return started[-1]

    yield start
    for each in started:
        each.discard()


def assert_named(space, found, server, ports):
    """All belong to the server, with the descriptors that ss prints and the peers that hung up."""
    truth = stuck.in_state(space, "CLOSE_WAIT")
    assert {each["id"] for each in found} == set(truth)
    assert {each["rport"] for each in found} == ports
    assert len(found) == len(ports)
    for each in found:
        (holder,) = truth[each["id"]]["holders"]
        assert holder[0] == server.pid
        assert stuck.holders(each) == [(server.pid, server.comm, holder[1])]
        assert (each["pid"], each["comm"], each["fd"], each["holders"]) == \
            (server.pid, server.comm, holder[1], 1)
        assert (each["state"], each["rule"]) == ("CLOSE_WAIT", "CLOSE_WAIT>0s")
        assert each["recv_q"] == truth[each["id"]]["recv_q"]
        assert (each["netns"], each["origin"]) == (space.inode, None)


def assert_text(space, server, count):
    done = stuck.run(space, *stuck.NOW)
    text = done.output.decode()
    assert (done.status, done.stderr) == (0, "")
    for fact in (re.escape(server.comm), r"\b%d\b" % server.pid, r"\b%d\b" % count):
        assert re.search(fact, text), text


# Leaky servers


@pytest.mark.parametrize("kind", ["c", "python", "node"])
def test_leaky_server(space, leaky, cast, kind, host):
    server = leaky(kind, host)
    client = cast("client")
    ports = leaks.hang_up(client, "abcdefg", host, server.port)
    found = stuck.until(space, 7, *stuck.NOW)
    assert_named(space, found, server, ports)
    assert {(each["unread"], each["unsent"]) for each in found} == {(0, 0)}
    assert_text(space, server, 7)


def test_two_paths(space, leaky, cast, host):
    """What one of them left unread is seen; what they close properly is not."""
    server = leaky("c", host)
    client = cast("client")
    hung_up = leaks.hang_up(client, "abc", host, server.port)
    overlong = leaks.hang_up(client, "de", host, server.metrics, leaks.OVERLONG)
    found = stuck.until(space, 5, *stuck.NOW)
    assert_named(space, found, server, hung_up | overlong)
    assert {each["rport"]: each["unread"] for each in found} == \
        {**dict.fromkeys(hung_up, 0), **dict.fromkeys(overlong, leaks.LEFT_UNREAD)}
    assert {each["lport"] for each in found} == {server.port, server.metrics}


def test_behind_nginx(space, leaky, tmp_path):
    """Two requests go over each connection to the backend, then nginx closes it."""
    server = leaky("backend")
    words = ["nginx", "-e", "stderr", "-p", str(tmp_path), "-c", NGINX]
    with subprocess.Popen(space.command(*words), stderr=subprocess.DEVNULL) as nginx:
        try:
            listing.until(lambda: listing.inside(space, "-L", "8080"), len)
            for _ in range(6):
                assert space.run("curl", "-sS", "http://127.0.0.1:8080/") == "ok\n"
            found = stuck.until(space, 3, *stuck.NOW)
            assert_named(space, found, server, {each["rport"] for each in found})
            assert {each["lport"] for each in found} == {server.port}
            assert_text(space, server, 3)
        finally:
            nginx.terminate()


def test_nothing_is_stuck(space, cast):
    cast.connection(HOST)
    for words in ([], ["--once"], ["--json"], ["--once", "--json"], ["--rule", "CLOSE_WAIT>0s"]):
        done = stuck.run(space, *words)
        assert (done.status, done.output, done.stderr) == (0, b"", ""), words


def test_without_once_it_is_no_failure(space, cast):
    client = cast.connection(HOST)[1]
    client.shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    for words, status in (([], 0), (["--json"], 0), (["--once"], 1), (["--once", "--json"], 1)):
        done = stuck.run(space, *words, *stuck.NOW)
        assert (done.status, done.stderr) == (status, ""), words
        assert done.output


def test_filters(space, cast, leaky):
    first, second = leaky("c"), leaky("python")
    client = cast("client")
    of_first = leaks.hang_up(client, "ab", HOST, first.port)
    of_second = leaks.hang_up(client, "cd", HOST, second.port)
    stuck.until(space, 4, *stuck.NOW)
    some = min(of_first)
    for words, wanted in ((["-p", str(first.pid)], of_first), (["-c", "python*"], of_second),
                          (["-L", str(second.port)], of_second), (["-R", str(some)], {some}),
                          (["-4"], of_first | of_second), (["-6"], set()),
                          (["-p", str(client.pid)], set())):
        assert {each["rport"] for each in stuck.once(space, *words, *stuck.NOW)} == wanted, words


# Holders


def test_passed_on(space, cast):
    """By SCM_RIGHTS: both hold it until the sender closes its own; then it is the other's."""
    alpha, beta, _, remote, local = cast.connection(HOST, server="alpha", client="beta")
    gamma = cast("gamma")
    channel = actors.pair(alpha, gamma)
    alpha.give("s", channel)
    gamma.take(channel, "s")
    beta.shutdown("c")
    ours, theirs = ((who.pid, who.name, who.fd("s")) for who in (alpha, gamma))
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["lport"], each["rport"]) == (remote[1], local[1])
    assert (stuck.holders(each), each["holders"]) == (sorted([ours, theirs]), 2)
    alpha.close("s")
    (each,) = stuck.once(space, *stuck.NOW)
    assert (stuck.holders(each), each["holders"]) == ([theirs], 1)
    assert (each["pid"], each["comm"], each["fd"]) == theirs


def test_shared_by_fork(space, cast, host):
    """And by dup() in one of them."""
    alpha, beta, _, remote, local = cast.connection(host, server="alpha", client="beta")
    child = cast.fork(alpha, "child")
    extra = child.duplicate("s", "copy")
    beta.shutdown("c")
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["lport"], each["rport"]) == (remote[1], local[1])
    assert stuck.holders(each) == sorted([(alpha.pid, "alpha", alpha.fd("s")),
                                          (child.pid, "child", alpha.fd("s")),
                                          (child.pid, "child", extra)])
    assert each["holders"] == 3
    for who in (alpha, child):
        found = stuck.once(space, "-p", str(who.pid), *stuck.NOW)
        assert [other["id"] for other in found] == [each["id"]]
    text = stuck.run(space, *stuck.NOW).output.decode()
    for who in (alpha, child):
        assert who.name in text and str(who.pid) in text, text


# Ages


def monotonic():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def test_age_beside_a_keeper(keeper, mounts, space, cast, host):
    """Within 100 ms of the truth, and not above it."""
    trace = keeper()
    _, client, _, remote, _ = cast.connection(host)
    client.shutdown("c")
    since = trace.until_seen(new="CLOSE_WAIT", lport=remote[1])["mono_ns"]
    for _ in range(3):
        before = monotonic()
        (each,) = stuck.once(space, *stuck.NOW, prefix=mounts)
        after = monotonic()
        assert each["age_exact"] is True
        assert before - since - 100_000_000 <= each["age_us"] * 1000 <= after - since + 1000
    trace.stop()


def test_age_of_what_a_keeper_found(keeper, mounts, space, cast):
    """It was in the state already: a bound."""
    before = monotonic()
    cast.connection(HOST)[1].shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    trace = keeper()
    (each,) = stuck.once(space, *stuck.NOW, prefix=mounts)
    assert each["age_exact"] is False
    assert each["age_us"] * 1000 <= monotonic() - before
    trace.stop()


def test_age_without_a_tracer(space, cast, host):
    """A lower bound is never above the truth, at any time."""
    _, client, *_ = cast.connection(host)
    client.send("c", 5)
    before = monotonic()
    client.shutdown("c")
    deadline = before + 1_500_000_000
    looks = 0
    while monotonic() < deadline:
        for each in stuck.once(space, *stuck.NOW):
            assert each["age_exact"] is False
            assert each["age_us"] * 1000 <= monotonic() - before, each
            looks += 1
    assert looks > 1


@pytest.mark.parametrize("name", MAKERS)
def test_rule(space, cast, drop_rule, watch, name):
    lport, rport, holder = MAKERS[name](cast, drop_rule)
    assert stuck.once(space, *stuck.rule(name + ">1h")) == []
    seen = watch(*stuck.rule(name + ">300ms"))
    each = stuck.until_said(seen, "stuck", lport=lport, rport=rport)
    assert (each["state"], each["rule"]) == (name.split(":")[0], name + ">300ms")
    wanted = [(holder[0].pid, holder[0].name, holder[0].fd(holder[1]))] if holder else []
    assert stuck.holders(each) == wanted
    if name == "ESTABLISHED:unread":
        assert (each["unread"], each["unsent"]) == (100, 0)
    if name == "ESTABLISHED:unsent":
        assert each["unread"] == 0 and 0 < each["unsent"] <= each["send_q"]
    assert stuck.once(space, *stuck.rule(name + ">1h")) == []
    outcome = seen.stop()
    assert outcome.status == 0
    assert [found["id"] for found in outcome.of_type("stuck")] == [each["id"]]


def test_unsent_of_unknown_age(space, cast, drop_rule):
    """Every machine has data that waits: its unknown age gets no note, unlike that of other states."""
    MAKERS["ESTABLISHED:unsent"](cast, drop_rule)
    done = stuck.run(space, *stuck.rule("ESTABLISHED:unsent>1h"))
    assert (done.output, done.stderr) == (b"", "")


def test_user_timeout(space, cast):
    """It cuts the last timeout short: what has waited so long has not waited for that as a whole."""
    server, client, _, _, _ = cast.connection(HOST)
    server.deafen("s")
    client.option("c", "IPPROTO_TCP", "TCP_USER_TIMEOUT", 2500)
    start = time.monotonic()
    client.send("c", 1)
    said = []
    while time.monotonic() < start + 2.4:
        found = stuck.once(space, *stuck.rule("ESTABLISHED:unsent>100ms"))
        passed = time.monotonic() - start
        said += [(each["stuck_us"] / 1e6, passed) for each in found]
    assert len(said) > 2 and all(ours <= truth for ours, truth in said), said


def test_defaults(space, cast, watch):
    """Those that a test can wait for."""
    port, peer, _ = syn_recv(cast, None)
    full = full_queue(cast, None)[0]
    seen = watch()
    seen.until(lambda _: len(seen.of_type("stuck")) >= 3)
    assert {each["rule"]: (each["lport"], each["rport"]) for each in seen.of_type("stuck")} == \
        {"SYN_SENT>5s": (peer, port), "SYN_RECV>5s": (port, peer), "LISTEN:full>5s": (full, None)}


def test_fin_wait_2_by_the_sysctl(space, cast, watch):
    """Past tcp_fin_timeout, which is its namespace's; while a process holds it it stays."""
    space.sysctl("net.ipv4.tcp_fin_timeout", 1)
    local, remote, _ = fin_wait_2(cast, None)
    each = stuck.until_said(watch(*stuck.without_others("FIN_WAIT_2")), "stuck")
    assert (each["state"], each["lport"], each["rport"]) == ("FIN_WAIT_2", local, remote)
    assert each["rule"].startswith("FIN_WAIT_2>")


def test_each_rule_is_for_its_own(space, cast):
    """Half-open from both ends: by either rule, by both, by none."""
    port, peer, _ = syn_recv(cast, None)
    ends = {"SYN_RECV": (port, peer), "SYN_SENT": (peer, port)}
    listing.until(lambda: listing.inside(space), lambda seen: len(seen) == 3)
    for on in ([], ["SYN_RECV"], ["SYN_SENT"], ["SYN_RECV", "SYN_SENT"]):
        words = [["--rule", each + (">0s" if each in on else ">off")] for each in stuck.RULES]
        found = stuck.once(space, *[word for pair in words for word in pair])
        assert {each["rule"]: (each["lport"], each["rport"]) for each in found} == \
            {each + ">0s": ends[each] for each in on}


@pytest.mark.parametrize("text", ["300ms", "1s", "5m", "1h"])
def test_durations(space, cast, watch, text):
    """In every unit; only the short ones are passed while the test looks."""
    close_wait(cast, None)
    stuck.until(space, 1, *stuck.NOW)
    words = stuck.rule("CLOSE_WAIT>" + text)
    if text in ("5m", "1h"):
        assert stuck.once(space, *words) == []
    else:
        each = stuck.until_said(watch(*words), "stuck")
        assert each["rule"] == "CLOSE_WAIT>" + text


def test_unread_is_without_the_fin(space, cast, host):
    _, client, *_ = cast.connection(host)
    client.send("c", 5)
    client.shutdown("c")
    (each,) = stuck.until(space, 1, *stuck.NOW)
    assert (each["state"], each["recv_q"], each["unread"]) == ("CLOSE_WAIT", 6, 5)


def test_a_slow_reader_is_not_stuck(space, cast, watch):
    """Bytes wait all the time, but somebody reads: only when that ends is it stuck."""
    server, client, local, remote, _ = cast.connection(HOST)
    client.send("c", 60000)
    seen = watch(*stuck.rule("ESTABLISHED:unread>1s"))
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        last = monotonic()
        server.recv("s", 1)
        time.sleep(0.005) # so that it cannot come to the end
    each = stuck.until_said(seen, "stuck", lport=remote[1], rport=local[1])
    assert monotonic() - last >= 1_000_000_000
    assert each["unread"] == server.pending("s") > 0


# As a check


@pytest.mark.parametrize("words", [
    ["--rule", "FOO>1s"], ["--rule", "CLOSE_WAIT"], ["--rule", "CLOSE_WAIT>"],
    ["--rule", "CLOSE_WAIT>abc"], ["--rule", "CLOSE_WAIT>-1s"], ["--rule", "CLOSE_WAIT>1sx"],
    ["--rule", "ESTABLISHED:foo>1s"], ["--rule", ">1s"], ["--rule", ""],
    ["--rule", "CLOSE_WAIT>99999999999999999999h"],
    ["--more-than", "x"], ["--more-than", "-1"], ["--more-than", "12abc"],
    ["--close=foo"], ["--close="], ["extra"]], ids=" ".join)
def test_bad_input(space, words):
    for more in ([], ["--once", "--json"]):
        done = stuck.run(space, *more, *words)
        assert (done.status, done.output) == (2, b"")
        assert done.stderr.count("\n") == 1, done.stderr


def test_without_privileges(space):
    """It runs; a namespace that it may not enter is an error, as before."""
    blind = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = tracing.run("stuck", prefix=blind)
    assert done.status == 0 and "without privileges" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    done = tracing.run(*stuck.words(space, "--once", "--json"), prefix=blind)
    assert (done.status, done.output) == (3, b"")
    assert done.stderr.count("\n") == 1, done.stderr


def test_more_than(space, cast):
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST, 0, 200)[1]
    client.crowd(101, HOST, port)
    for i in range(100):
        client.shutdown("x%d" % i)
    assert len(server.accept_all("l")) == 101
    stuck.until(space, 100, *stuck.NOW)

    def status(*words):
        done = stuck.run(space, "--once", *words, *stuck.NOW)
        assert done.stderr == "", done.stderr
        return done.status

    assert [status("--more-than", each) for each in ("0", "99", "100", "101")] == [1, 1, 0, 0]
    client.shutdown("x100")
    stuck.until(space, 101, *stuck.NOW)
    assert [status("--more-than", each) for each in ("100", "101")] == [1, 0]


@pytest.mark.parametrize("words", [["--json"], ["-o", "state"], []], ids=["json", "rows", "text"])
def test_more_than_of_a_report(space, cast, words):
    """N are not reported, N and one are, all of them."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    client.crowd(3, HOST, port)
    for i in range(2):
        client.shutdown("x%d" % i)
    assert len(server.accept_all("l")) == 3
    stuck.until(space, 2, *stuck.NOW)

    def said():
        done = stuck.run(space, *words, "--more-than", "2", *stuck.NOW)
        assert (done.status, done.stderr) == (0, "")
        return done.output.decode()

    nothing = said()
    assert "CLOSE_WAIT" not in nothing
    client.shutdown("x2")
    stuck.until(space, 3, *stuck.NOW)
    report = said()
    assert report.count("CLOSE_WAIT") >= (1 if not words else 3), report


def test_more_than_while_watching(space, cast, watch):
    """The first is reported when there are more than N, and both of them then."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    client.crowd(2, HOST, port)
    assert len(server.accept_all("l")) == 2
    client.shutdown("x0")
    stuck.until(space, 1, *stuck.NOW)
    seen = watch("--more-than", "1", "--frames", "4", *stuck.NOW)
    assert seen.finish().of_type("stuck") == []
    seen = watch("--more-than", "1", *stuck.NOW)
    seen.until_ready()
    client.shutdown("x1")
    stuck.until_said(seen, "stuck", rport=client.name_of("x0")[1])
    stuck.until_said(seen, "stuck", rport=client.name_of("x1")[1])
    assert len(seen.stop().of_type("stuck")) == 2


def test_watch(space, cast, watch, host):
    """Once when it becomes stuck, once when it is not any more."""
    server, client, local, remote, _ = cast.connection(host)
    seen = watch(*stuck.rule("CLOSE_WAIT>300ms"))
    client.shutdown("c")
    began = stuck.until_said(seen, "stuck")
    assert (began["laddr"], began["lport"], began["raddr"], began["rport"]) == (*remote, *local)
    assert stuck.holders(began) == [(server.pid, "server", server.fd("s"))]
    assert began["age_us"] >= 300_000
    assert client.connect("d", *remote) is None
    server.accept("l", "t")
    client.shutdown("d")
    second = stuck.until_said(seen, "stuck", rport=client.name_of("d")[1])
    server.close("s")
    ended = stuck.until_said(seen, "recovered")
    assert all(ended[name] == began[name] for name in ("id", *stuck.ADDRESSES))
    outcome = seen.stop()
    assert (outcome.status, outcome.stderr) == (0, "")
    assert [each["id"] for each in outcome.of_type("stuck")] == [began["id"], second["id"]]
    assert [each["id"] for each in outcome.of_type("recovered")] == [began["id"]]


# Origin


def path_of(each):
    """Which of leaky.c's two paths is among the frames, by their lines."""
    frames = [json.dumps(frame) for frame in each["origin"]]
    found = [re.search(r"leaky\.c\D+(\d+)", frame) for frame in frames]
    lines = {int(line.group(1)) for line in found if line}
    paths = [path for path in PATHS if lines & set(leaks.body_of(path))]
    assert len(paths) == 1, frames
    assert any(paths[0] in frame for frame in frames), frames
    return paths[0]


def leak_both(server, client):
    """The ports by the function that lost them."""
    hung_up = leaks.hang_up(client, "abc", HOST, server.port)
    overlong = leaks.hang_up(client, "de", HOST, server.metrics, leaks.OVERLONG)
    return {**dict.fromkeys(hung_up, "serve_request"), **dict.fromkeys(overlong, "serve_metrics")}


def test_origin_by_watch(space, leaky, cast, tracer):
    """Of a program without frame pointers that was running before: function, file and line."""
    server, client = leaky("c"), cast("client")
    seen = tracer("--netns", space.name, stuck.WATCH, "--origin", *stuck.rule("CLOSE_WAIT>300ms"),
                  command="stuck")
    wanted = leak_both(server, client)
    seen.until(lambda _: len(seen.of_type("stuck")) >= len(wanted))
    assert {each["rport"]: path_of(each) for each in seen.stop().of_type("stuck")} == wanted


def test_origin_by_a_keeper(space, leaky, cast, keeper, mounts):
    server, client = leaky("c"), cast("client")
    trace = keeper("--origin")
    wanted = leak_both(server, client)
    found = stuck.until(space, len(wanted), *stuck.NOW, prefix=mounts)
    assert {each["rport"]: path_of(each) for each in found} == wanted
    text = stuck.run(space, *stuck.NOW, prefix=mounts).output.decode()
    for path in set(wanted.values()):
        assert len([line for line in text.splitlines() if path in line]) == 1, text
    trace.stop()


def test_next_step_where_most_came_before(space, leaky, cast, keeper, mounts):
    """With a few known origins, the next step is not to search for origins."""
    server, client = leaky("c"), cast("client")
    leaks.hang_up(client, "abcd", HOST, server.port)
    trace = keeper("--origin")
    leaks.hang_up(client, "e", HOST, server.port)
    stuck.until(space, 5, *stuck.NOW, prefix=mounts)
    text = stuck.run(space, *stuck.NOW, prefix=mounts).output.decode()
    step = "  Next: tcpstate stuck --close=fin -s close-wait -p %d --rule 'CLOSE_WAIT>0s'\n"
    assert step % server.pid in text, text
    assert "4 x unknown origin" in text, text
    trace.stop()


# V8 maps a part of node's file a second time, near its own code: what lies between is not node's.
NODE_CLIENT = """
const ask = () => {
  const socket = require("net").connect({ port: %d, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("data", () => {});
};
ask();
setTimeout(() => {}, 60000);
"""


def test_origin_in_what_a_jit_made(space, cast, keeper, mounts, tmp_path):
    server = cast("server")
    port = server.listen("l", HOST)[1]
    trace = keeper("--origin")
    script = tmp_path / "asks.js"
    script.write_text(NODE_CLIENT % port)
    words = ["node", "--perf-basic-prof", "--interpreted-frames-native-stack", str(script)]
    with subprocess.Popen(space.command(*words), cwd=tmp_path) as node:
        try:
            server.accept("l", "s")
            server.shutdown("s")
            (found,) = stuck.until(space, 1, *stuck.NOW, prefix=mounts)
            frames = json.dumps(found["origin"])
            assert "internalConnect" in frames, frames
            trace.stop()
        finally:
            node.kill()
            os.unlink("/tmp/perf-%d.map" % node.pid)


# What the text says of some that are not as others

LEAKER = """
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, b"two\\nlines", 0, 0, 0)
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.close()
if "send" in sys.argv:
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [server.fileno()])
    server.close()
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leaker(space):
    """Starts that with a word; ended by the fixture."""
    started = []

    def start(word):
        started.append(subprocess.Popen(space.command(sys.executable, "-c", LEAKER, word),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert started[-1].stdout.readline() == b"there\n"

    yield start
    for each in started:
        each.stdin.close()
        each.wait()
        each.stdout.close()


def said_of_one(space):
    stuck.until(space, 1, *stuck.NOW)
    return " ".join(stuck.run(space, *stuck.NOW).output.decode().split())


def test_threads_of_an_odd_name(space, leaker):
    """/proc/PID/stat has the line end in it."""
    leaker("keep")
    assert re.search(r"two\\x0alines\[\d+\].* threads: 1 (waiting|sleeping|running)", said_of_one(space))


def test_held_by_a_queue(space, leaker):
    """Sent to another process, which has not taken it yet: no process has it."""
    leaker("send")
    said = said_of_one(space)
    assert "SCM_RIGHTS" in said and "has lost track" not in said and "Next:" not in said, said


def test_not_accepted_has_no_origin(space, cast):
    """The next step is not to search for an origin."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    assert client.connect("c", HOST, port) is None
    client.shutdown("c")
    assert "Next: tcpstate list -s listen -p %d" % server.pid in said_of_one(space)


def test_unread_since_not_accepted(space, cast):
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    assert client.connect("c", HOST, port) is None
    client.send("c", 5)
    words = stuck.rule("ESTABLISHED:unread>300ms")
    stuck.until(space, 1, *words)
    said = " ".join(stuck.run(space, *words).output.decode().split())
    assert "has not accepted" in said and "forgotten" not in said, said


def test_read_to_the_end(space, cast):
    """One read() takes the last data and the FIN: read() has not returned 0."""
    server, client, _, _, _ = cast.connection(HOST)
    client.send("c", 5)
    client.shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    server.recv("s", 5)
    assert stuck.in_state(space, "CLOSE_WAIT").popitem()[1]["recv_q"] == 0
    said = said_of_one(space)
    assert "read to the end: 1" in said and "has read all data" in said, said
    assert "end of file" not in said and "told" not in said, said


def test_its_listener_has_gone(space, cast):
    """As of a server that is being shut down: they came from there all the same."""
    server, client, _, _, _ = cast.connection(HOST)
    server.close("l")
    client.shutdown("c")
    said = said_of_one(space)
    assert "1 x from 127.0.0.1, oldest" in said, said
    server.shutdown("s")


def said_in(space, state):
    words = stuck.rule(state + ">200ms")
    stuck.until(space, 1, *words)
    return " ".join(stuck.run(space, *words).output.decode().split())


def test_a_fin_behind_data(space, cast):
    """In LAST_ACK because the peer does not read: its machine is there."""
    server, client, _, _, _ = cast.connection(HOST)
    server.shutdown("s")
    client.eof("c")
    client.fill("c")
    client.shutdown("c")
    said = said_in(space, "LAST_ACK")
    assert "does not read" in said and "does not acknowledge the last FIN" not in said, said


def test_a_fin_is_no_data(space, cast):
    server, client, _, _, _ = cast.connection(HOST)
    server.deafen("s")
    client.shutdown("c")
    said = said_in(space, "FIN_WAIT_1")
    assert "not taken by the peer 0B" in said and "does not acknowledge the FIN" in said, said


def test_half_closed_and_not_read(space, cast):
    """In FIN_WAIT_2: that the peer does not close can be this process's own doing."""
    server, client, _, _, _ = cast.connection(HOST)
    client.shutdown("c")
    server.send("s", 5)
    said = said_in(space, "FIN_WAIT_2")
    assert "does not read what the peer still sends" in said and "--close" not in said, said


def test_syn_to_a_full_queue(space, cast):
    """The host is there, and no firewall."""
    port = full_queue(cast, None)[0]
    cast("late").connect_start("c", HOST, port)
    assert "or the server's accept queue is full" in said_in(space, "SYN_SENT")


# Many

HOLDER = """
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
listener = socket.create_server(("127.0.0.1", 0))
kept = []
for _ in range(int(sys.argv[1])):
    client = socket.create_connection(listener.getsockname())
    kept += [client, listener.accept()[0]]
    client.shutdown(socket.SHUT_WR)
print("there", flush=True)
sys.stdin.read()
"""
MANY = 50000
SCREENFUL = 50


@pytest.fixture
def many(space):
    """MANY in CLOSE_WAIT, in as few processes as the limit of open files allows, five at
    least; both ends are theirs."""
    share = min(MANY // 5, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100) // 2)
    shares = [min(share, MANY - begin) for begin in range(0, MANY, share)]
    started = [subprocess.Popen(space.command(sys.executable, "-c", HOLDER, str(each)),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for each in shares]
    for each in started:
        assert each.stdout.readline() == b"there\n"
    yield {each.pid: count for each, count in zip(started, shares)}
    for each in started:
        each.stdin.close()
    for each in started:
        each.wait()
        each.stdout.close()


def seconds(action):
    before = time.monotonic()
    action()
    return time.monotonic() - before


@pytest.mark.big
def test_many(space, many):
    """In half of the time that ss takes to list them, at most; on one screen; none forgotten."""
    text = []
    times = [(seconds(lambda: text.append(stuck.run(space, "--once", *stuck.NOW, timeout=120))),
              seconds(lambda: space.run("ss", "-tanp"))) for _ in range(3)]
    ours, theirs = map(statistics.median, zip(*times))
    assert ours <= theirs / 2, times
    for done in text:
        assert (done.status, done.stderr) == (1, "")
        assert 0 < done.output.count(b"\n") <= SCREENFUL
    found = stuck.once(space, *stuck.NOW, timeout=120)
    assert len(found) == len({each["id"] for each in found}) == MANY
    by_pid = {pid: sum(each["pid"] == pid for each in found) for pid in many}
    assert by_pid == many


def test_a_check_that_could_not_see_all_is_not_fine(space, cast):
    """--once in a machine whose other namespaces it may not enter: 3, not 0; 1 all the same, where
    it sees something stuck."""
    close_wait(cast, None)
    blind = [*space.command(), "setpriv", "--bounding-set", "-sys_admin", "--inh-caps",
             "-sys_admin"]
    done = tracing.run("stuck", "--once", "--json", *stuck.NOW, prefix=blind)
    assert done.status == 1 and done.of_type("stuck"), done.stderr
    done = tracing.run("stuck", "--once", "--json", *stuck.rule("CLOSE_WAIT>1h"), prefix=blind)
    assert (done.status, done.of_type("stuck")) == (3, []), done.stderr
    assert re.search(r"nothing stuck found, but \d+ network namespaces? could not be checked", done.stderr)
