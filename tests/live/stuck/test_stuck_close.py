# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""stuck --close: what the peer sees, what the owner keeps, and what must not be hit."""

import json
import os
import re
import shlex
import signal
import subprocess

import pytest

import leaks
import listing
import stuck
import tracer as tracing
from stuck_states import HOST, NGINX, close_wait, syn_recv

CLOSES = {"fin": "--close=fin", "reset": "--close=reset"}


@pytest.fixture
def terminal(space):
    """Starts `stuck` on a terminal; ended by the fixture."""
    started = []

    def start(*words):
        started.append(stuck.Terminal(*stuck.words(space, *words)))
        return started[-1]

    yield start
    for each in started:
        each.discard()


def until_none(space, state):
    """Until the kernel shows none in that state."""
    listing.until(lambda: listing.inside(space, "-s", state), lambda seen: not seen)
    assert not stuck.in_state(space, state)


def names(output, ports):
    return all(re.search(r":%d\b" % port, output) for port in ports)


# What the peers see


@pytest.mark.parametrize("kind", ["c", "python", "node"])
def test_fin(space, leaky, cast, kind, host):
    server, client = leaky(kind, host), cast("client")
    ports = leaks.hang_up(client, "abc", host, server.port)
    stuck.until(space, 3, *stuck.NOW)
    done = stuck.run(space, "--close=fin", "--yes", "-p", str(server.pid), *stuck.NOW)
    assert (done.status, done.stderr) == (0, "")
    assert names(done.output.decode(), ports)
    for each in "abc":
        client.eof(each)
    until_none(space, "CLOSE_WAIT")
    assert server.alive
    assert stuck.once(space, *stuck.NOW) == []


def test_fin_with_unread_data(space, leaky, cast, host):
    """Which a close() would answer with a reset. The owner keeps its descriptors."""
    server, client = leaky("c", host), cast("client")
    leaks.hang_up(client, "abc", host, server.port)
    leaks.hang_up(client, "de", host, server.metrics, leaks.OVERLONG)
    stuck.until(space, 5, *stuck.NOW)
    held = server.sockets()
    done = stuck.run(space, "--close=fin", "--yes", "-p", str(server.pid), *stuck.NOW)
    assert done.status == 0, done.stderr
    for each in "abcde":
        client.eof(each)
    until_none(space, "CLOSE_WAIT")
    assert server.sockets() == held


def test_fin_behind_nginx(space, leaky, tmp_path):
    """nginx has closed its sockets already: with the FIN they go on to TIME_WAIT."""
    server = leaky("backend")
    words = ["nginx", "-e", "stderr", "-p", str(tmp_path), "-c", NGINX]
    with subprocess.Popen(space.command(*words), stderr=subprocess.DEVNULL) as nginx:
        try:
            listing.until(lambda: listing.inside(space, "-L", "8080"), len)
            for _ in range(4):
                space.run("curl", "-sS", "http://127.0.0.1:8080/")
            ports = {each["rport"] for each in stuck.until(space, 2, *stuck.NOW)}
            done = stuck.run(space, "--close=fin", "--yes", "-p", str(server.pid), *stuck.NOW)
            assert done.status == 0, done.stderr
            until_none(space, "CLOSE_WAIT")
            gone_on = [each["lport"] for each in listing.inside(space, "-R", str(server.port),
                                                               "-s", "time-wait")]
            assert set(gone_on) == ports
            assert space.run("curl", "-sS", "http://127.0.0.1:8080/") == "ok\n"
        finally:
            nginx.terminate()


@pytest.mark.parametrize("kind", ["c", "python", "node"])
def test_reset(space, leaky, cast, kind, host):
    server, client = leaky(kind, host), cast("client")
    ports = leaks.hang_up(client, "abc", host, server.port)
    stuck.until(space, 3, *stuck.NOW)
    done = stuck.run(space, "--close=reset", "--yes", "-p", str(server.pid), *stuck.NOW)
    assert (done.status, done.stderr) == (0, "")
    assert names(done.output.decode(), ports)
    assert [client.recv_error(each) for each in "abc"] == ["ECONNRESET"] * 3
    until_none(space, "CLOSE_WAIT")
    assert server.alive


@pytest.mark.parametrize("how", CLOSES)
def test_only_what_is_selected(space, leaky, cast, how):
    """By the filter, and by the rule: what is not stuck is left alone."""
    server, client = leaky("python"), cast("client")
    leaks.hang_up(client, "ab", HOST, server.port)
    assert client.connect("c", HOST, server.port) is None
    stuck.until(space, 2, *stuck.NOW)
    ports = {each: client.name_of(each)[1] for each in "abc"}
    done = stuck.run(space, CLOSES[how], "--yes", "-R", str(ports["a"]), *stuck.NOW)
    assert done.status == 0, done.stderr
    left = listing.until(lambda: listing.inside(space, "-s", "close-wait"),
                         lambda seen: len(seen) == 1)
    assert [each["rport"] for each in left] == [ports["b"]]
    done = stuck.run(space, CLOSES[how], "--yes", "-L", str(server.port), *stuck.NOW)
    assert done.status == 0, done.stderr
    until_none(space, "CLOSE_WAIT")
    open_still = {each["peer"][1] for each in stuck.in_state(space, "ESTABLISHED").values()}
    assert ports["c"] in open_still


@pytest.mark.parametrize("how", CLOSES)
def test_the_owner_stays_the_owner(space, leaky, cast, tracer, how):
    """In a trace it is tcpstate that did it, with the server's socket."""
    server, client = leaky("c"), cast("client")
    trace = tracer("--netns", space.name)
    leaks.hang_up(client, "a", HOST, server.port)
    stuck.until(space, 1, *stuck.NOW)
    assert stuck.run(space, CLOSES[how], "--yes", *stuck.NOW).status == 0
    seen = trace.until_seen(old="CLOSE_WAIT")
    assert seen["new"] == {"fin": "LAST_ACK", "reset": "CLOSED"}[how]
    assert (seen["pid"], seen["comm"]) == (server.pid, server.comm)
    assert seen["by_comm"] == os.path.basename(tracing.PROGRAM)[:15]
    assert seen["by_pid"] not in (None, server.pid)
    trace.stop()


@pytest.mark.parametrize("how", CLOSES)
def test_shared_by_fork(space, cast, how):
    """A socket of two processes is closed once, and both processes are reported."""
    alpha, beta, *_ = cast.connection(HOST, server="alpha", client="beta")
    child = cast.fork(alpha, "child")
    beta.shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    done = stuck.run(space, CLOSES[how], "--yes", "-p", str(child.pid), *stuck.NOW)
    assert done.status == 0, done.stderr
    text = done.output.decode()
    assert all(re.search(r"\b%d\b" % who.pid, text) for who in (alpha, child)), text
    if how == "fin":
        beta.eof("c")
    else:
        assert beta.recv_error("c") == "ECONNRESET"
    until_none(space, "CLOSE_WAIT")


# Asking


@pytest.mark.parametrize("how", CLOSES)
def test_refused_without_a_terminal(space, cast, how):
    close_wait(cast, None)
    stuck.until(space, 1, *stuck.NOW)
    before = stuck.in_state(space, "CLOSE_WAIT")
    done = stuck.run(space, CLOSES[how], *stuck.NOW)
    assert (done.status, done.output) == (2, b"")
    assert done.stderr.count("\n") == 1 and "--yes" in done.stderr
    assert set(stuck.in_state(space, "CLOSE_WAIT")) == set(before) != set()


@pytest.mark.parametrize("how", CLOSES)
def test_asks_on_a_terminal(space, cast, terminal, how):
    """Names the socket and its process first; no is no, and so is nothing; yes is yes, in either
    case."""
    server, client, local, *_ = cast.connection(HOST)
    client.shutdown("c")
    stuck.until(space, 1, *stuck.NOW)
    for answer in ("n", ""):
        asking = terminal(CLOSES[how], *stuck.NOW)
        said = asking.until_asked()
        assert names(said, [local[1]]) and str(server.pid) in said, said
        asking.answer(answer)
        assert len(stuck.in_state(space, "CLOSE_WAIT")) == 1, answer
    asking = terminal(CLOSES[how], *stuck.NOW)
    asking.until_asked()
    asking.answer({"fin": "y", "reset": "Yes"}[how])
    assert asking.status == 0, asking.said
    if how == "fin":
        client.eof("c")
    else:
        assert client.recv_error("c") == "ECONNRESET"
    until_none(space, "CLOSE_WAIT")


@pytest.mark.parametrize("how, error", [("fin", "ECONNRESET"), ("reset", "ECONNABORTED")])
@pytest.mark.parametrize("mixed", [False, True], ids=["alone", "mixed"])
def test_an_unanswered_syn(space, cast, terminal, drop_rule, how, error, mixed):
    """There is no reader of end of file; the error of connect() is printed before the question."""
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "9", "-j", "DROP")
    if mixed:
        close_wait(cast, None)
    client = cast("dialler")
    client.connect_start("d", HOST, 9)
    rule = [*stuck.NOW, "--rule", "SYN_SENT>0s"]
    stuck.until(space, 1 + mixed, *rule)
    asking = terminal(CLOSES[how], *rule)
    said = " ".join(asking.until_asked().split())
    assert "connect() fails with %s" % error in said
    assert ("The peer" in said) == mixed, said
    asking.answer("y")
    assert asking.status == 0, asking.said
    assert client.connect_end("d") == error
    until_none(space, "SYN_SENT")


@pytest.mark.parametrize("how", CLOSES)
def test_an_interrupted_question_has_a_line_of_its_own(space, cast, terminal, how):
    close_wait(cast, None)
    stuck.until(space, 1, *stuck.NOW)
    asking = terminal(CLOSES[how], *stuck.NOW)
    asking.until_asked()
    os.kill(asking.pid, signal.SIGINT)
    assert "\ntcpstate: nothing was closed" in asking.end(), asking.said
    assert asking.status == 1
    assert len(stuck.in_state(space, "CLOSE_WAIT")) == 1


@pytest.mark.parametrize("how", CLOSES)
def test_yes_does_not_ask(space, cast, terminal, how):
    close_wait(cast, None)
    stuck.until(space, 1, *stuck.NOW)
    asking = terminal(CLOSES[how], "--yes", *stuck.NOW)
    asking.end()
    assert asking.status == 0 and not stuck.Terminal.QUESTION.search(asking.said), asking.said
    until_none(space, "CLOSE_WAIT")


@pytest.mark.parametrize("how", CLOSES)
def test_a_new_socket_is_not_hit(space, cast, terminal, how, host):
    """While the question is open, the connection goes, and another one of the same addresses and
    ports comes, in the same descriptor and as stuck as the first."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", host)[1]
    local = client.open("c", host, 0)[1]

    def connect():
        assert client.connect("c", host, port) is None
        server.accept("l", "s")
        client.shutdown("c")
        server.wait_for("s", "POLLRDHUP")
        return server.fd("s")

    fd = connect()
    (old,) = stuck.until(space, 1, *stuck.NOW)
    asking = terminal(CLOSES[how], *stuck.NOW)
    asking.until_asked()
    server.linger("s", 0)
    server.close("s")
    assert client.recv_error("c") == "ECONNRESET"
    client.close("c")
    client.open("c", host, local)
    assert connect() == fd
    (new,) = stuck.until(space, 1, *stuck.NOW)
    assert new["id"] != old["id"]
    assert [new[name] for name in stuck.ADDRESSES] == [old[name] for name in stuck.ADDRESSES]
    answer = asking.answer("y")
    assert re.search(r"gone|no longer|not there|any more|anymore|another|replaced", answer), answer
    assert set(stuck.in_state(space, "CLOSE_WAIT")) == {new["id"]}
    server.send("s", 1)
    client.recv("c", 1)


# Sockets that recover while it asks


def talk(space, terminal, close, words, meanwhile, count=1):
    """Lets it ask when `count` are stuck, and says yes after meanwhile(). Returns the rest."""
    stuck.until(space, count, *words)
    asking = terminal(*close, *words)
    asking.until_asked()
    meanwhile()
    answer = asking.answer("y")
    assert asking.status == 0, answer
    return answer


def works(server, client):
    """In both directions."""
    client.send("c", 7)
    server.recv("s", 7)
    server.send("s", 7)
    client.recv("c", 7)


def answered(cast, space, drop_rule):
    """The retransmitted SYN gets through."""
    drop_rule("-A", "INPUT", "-p", "tcp", "--dport", "4711", "-j", "DROP")
    server, client = cast("server"), cast("client")
    server.listen("l", HOST, 4711)
    client.connect_start("c", HOST, 4711)

    def recover():
        drop_rule("-D", "INPUT", "-p", "tcp", "--dport", "4711", "-j", "DROP")
        assert client.connect_end("c") is None

    def check():
        server.accept("l", "s")
        works(server, client)

    return "SYN_SENT>0s", recover, check


def read(cast, space, drop_rule):
    server, client, *_ = cast.connection(HOST)
    client.send("c", 100)

    return "ESTABLISHED:unread>0s", lambda: server.recv("s", 100), lambda: works(server, client)


def taken(cast, space, drop_rule):
    """What was not sent is taken by the peer at last."""
    server, client, *_ = cast.connection(HOST)
    client.fill("c")

    def left():
        server.recv("s", server.pending("s"))
        return client.unacknowledged("c")

    def recover():
        listing.until(left, lambda count: not count)

    return "ESTABLISHED:unsent>0s", recover, lambda: works(server, client)


def has_room(cast, space, drop_rule):
    """accept() at last."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST, 0, 1)[1]
    client.crowd(2, HOST, port)

    def check():
        server.accept("l", "t")
        assert client.connect("c", HOST, port) is None

    return "LISTEN:full>0s", lambda: server.accept("l", "s"), check


def sends_on(cast, space, drop_rule):
    """The peer of a half-closed connection ends it too: the socket goes on to TIME_WAIT."""
    server, client, *_ = cast.connection(HOST)
    client.shutdown("c")
    server.eof("s")

    def recover():
        server.send("s", 7)
        server.shutdown("s")
        client.recv("c", 7)
        client.eof("c")

    return "FIN_WAIT_2>0s", recover, lambda: None


RECOVERING = {"SYN_SENT": answered, "unread": read, "unsent": taken, "full": has_room,
              "FIN_WAIT_2": sends_on}
ENDED = ("FIN_WAIT_2",)  # the process still has a descriptor of it


@pytest.mark.parametrize("how", CLOSES)
@pytest.mark.parametrize("kind", RECOVERING)
def test_what_recovers_is_left_alone(space, cast, terminal, drop_rule, how, kind):
    rule, recover, check = RECOVERING[kind](cast, space, drop_rule)
    words = stuck.rule(rule)

    def meanwhile():
        recover()
        listing.until(lambda: stuck.once(space, *words), lambda seen: not seen)

    answer = talk(space, terminal, [CLOSES[how]], words, meanwhile)
    assert re.search(r"\b(gone|recovered)\b" if kind in ENDED else r"\brecovered\b", answer), answer
    assert "closed" not in answer, answer
    check()


@pytest.mark.parametrize("how", CLOSES)
def test_what_recovers_is_left_alone_with_a_filter_by_state(space, cast, terminal, drop_rule, how):
    """The filter leaves out the state in which it is now."""
    rule, recover, check = answered(cast, space, drop_rule)
    words = [*stuck.rule(rule), "-s", "syn-sent"]
    answer = talk(space, terminal, [CLOSES[how]], words, recover)
    assert "recovered" in answer, answer
    check()


@pytest.mark.parametrize("how", CLOSES)
def test_what_does_not_recover_is_closed(space, cast, terminal, how):
    """One of two recovers, and one becomes stuck that was not asked for."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    for each in "abc":
        assert client.connect(each, HOST, port) is None
        server.accept("l", each)
    words = [*stuck.rule("ESTABLISHED:unread>0s"), "-L", str(port)]
    client.send("a", 5)
    client.send("b", 5)

    def meanwhile():
        server.recv("a", 5)
        client.send("c", 5)
        stuck.until(space, 2, *words)

    answer = talk(space, terminal, [CLOSES[how]], words, meanwhile, count=2)
    said = {name: re.findall(r"^(\S+) .*:%d\b" % client.name_of(name)[1], answer, re.M)
            for name in "abc"}
    assert said == {"a": ["recovered"], "b": ["closed"], "c": []}, answer
    for each in "ac":
        client.send(each, 2)
        server.recv(each, 2 if each == "a" else 7)


def test_json_says_what_recovered(space, cast, terminal):
    """With the keys of a stuck one."""
    server, client, *_ = cast.connection(HOST)
    client.send("c", 100)
    words = stuck.rule("ESTABLISHED:unread>0s")
    (each,) = stuck.until(space, 1, *words)
    answer = talk(space, terminal, ["--close=fin", "--json"], words, lambda: server.recv("s", 100))
    (said,) = [json.loads(line) for line in answer.splitlines() if line[:1] == "{"]
    assert (said["type"], said["id"], said["rule"]) == ("recovered", each["id"], each["rule"])
    assert said["unread"] == 0 and set(said) == set(each), set(said) ^ set(each)


# Sockets without a process


def orphan_in_fin_wait_2(cast, _):
    _, client, local, remote, _ = cast.connection(HOST)
    client.close("c")
    return local[1], remote[1], None


def orphan_in_last_ack(cast, _):
    server, client, local, remote, _ = cast.connection(HOST)
    client.shutdown("c")
    server.eof("s")
    client.deafen("c")
    server.close("s")
    return remote[1], local[1], None


def not_accepted(cast, _):
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    assert client.connect("c", HOST, port) is None
    client.shutdown("c")
    return port, client.name_of("c")[1], None


NOBODYS = {"FIN_WAIT_2": orphan_in_fin_wait_2, "LAST_ACK": orphan_in_last_ack,
           "SYN_RECV": syn_recv, "CLOSE_WAIT": not_accepted}


@pytest.mark.parametrize("state", NOBODYS)
def test_nobody_can_send_its_fin(space, cast, state):
    """They are named, and stay."""
    lport, rport, _ = NOBODYS[state](cast, None)
    words = stuck.rule(state + ">0s")
    (each,) = stuck.until(space, 1, *words)
    assert (each["lport"], each["rport"], each["holder_list"]) == (lport, rport, [])
    done = stuck.run(space, "--close=fin", "--yes", *words)
    assert done.status == 1
    assert names(done.output.decode() + done.stderr, [rport])
    assert each["id"] in stuck.in_state(space, state)


def test_reset_of_a_half_open_one(space, cast, terminal, host):
    """Its client has connected, and hears nothing until it sends; both outputs say so."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", host)[1]
    server.option("l", "IPPROTO_TCP", "TCP_DEFER_ACCEPT", 30)
    assert client.connect("c", host, port) is None
    words = stuck.rule("SYN_RECV>0s")
    stuck.until(space, 1, *words)
    asked = terminal("--close=reset", *words)
    assert "sends their peers nothing (1 of 1)" in asked.until_asked().replace("\r\n", " ")
    asked.answer("n")
    done = stuck.run(space, "--close=reset", "--yes", "--json", *words)
    assert (done.status, [each["type"] for each in done.objects]) == (0, ["closed"])
    assert "sent its peer nothing" in done.objects[0]["why"]
    assert listing.inside(space, "-s", "syn-recv") == []
    assert len(listing.inside(space, "-R", str(port), "-s", "established")) == 1
    client.send("c", 1)
    assert client.recv_error("c") == "ECONNRESET"


@pytest.mark.parametrize("state", NOBODYS)
def test_nobodys_can_be_reset(space, cast, state):
    NOBODYS[state](cast, None)
    words = stuck.rule(state + ">0s")
    (each,) = stuck.until(space, 1, *words)
    done = stuck.run(space, "--close=reset", "--yes", *words)
    assert (done.status, done.stderr) == (0, "")
    listing.until(lambda: listing.inside(space, "-s", state),
                  lambda seen: each["id"] not in [other["id"] for other in seen])
    assert each["id"] not in stuck.in_state(space, state)


def test_the_others_get_their_fin(space, cast):
    """One is held and one waits for accept(): the first is closed, the second named, and 1."""
    _, client, held, remote, _ = cast.connection(HOST)
    assert client.connect("d", *remote) is None
    waiting = client.name_of("d")[1]
    for each in "cd":
        client.shutdown(each)
    stuck.until(space, 2, *stuck.NOW)
    done = stuck.run(space, "--close=fin", "--yes", *stuck.NOW)
    assert done.status == 1
    assert names(done.output.decode() + done.stderr, [held[1], waiting])
    client.eof("c")
    left = listing.until(lambda: listing.inside(space, "-s", "close-wait"),
                         lambda seen: len(seen) == 1)
    assert [each["rport"] for each in left] == [waiting]


def test_the_next_step_ends_no_others(space, cast):
    """FIN_WAIT_2's is a reset: of what the rule found, and not of all that is stuck there."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", HOST)[1]
    for name in ("half", "data"):
        assert client.connect(name, HOST, port) is None
        server.accept("l", name)
    server.send("data", 5)
    client.shutdown("half")
    words = stuck.without_others() + ["--rule=ESTABLISHED:unread>0s", "--rule=FIN_WAIT_2>100ms"]
    stuck.until(space, 2, *words)
    said = stuck.run(space, *words).output.decode()
    (step,) = re.findall(r"Next: tcpstate stuck (--close=reset .*)", said)
    assert step.endswith(" --rule 'FIN_WAIT_2>100ms'"), said
    unread = "--rule=ESTABLISHED:unread>0s"
    done = stuck.run(space, "--yes", "--json", unread, *shlex.split(step))
    assert [(each["type"], each["state"]) for each in done.objects] == [("closed", "FIN_WAIT_2")]
    assert [each["state"] for each in stuck.once(space, *stuck.without_others(), unread)] == \
        ["ESTABLISHED"]
