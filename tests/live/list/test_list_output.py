# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list: its formats, order, tree and repetition; what it refuses; where it writes to."""

import csv
import io
import os
import shlex
import subprocess

import pytest

import listing
import tracer as tracing

UNPRIVILEGED = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
NUMBER, TEXT, FLAG = (int, float), str, bool
# PRODUCT's keys and those beside them: what each can be, None aside.
KEYS = {
    "v": NUMBER, "type": TEXT, "proto": TEXT, "state": TEXT, "age_us": NUMBER, "age_exact": FLAG,
    "recv_q": NUMBER, "send_q": NUMBER, "family": TEXT, "laddr": TEXT, "lport": NUMBER,
    "raddr": TEXT, "rport": NUMBER, "pid": NUMBER, "comm": TEXT, "fd": NUMBER, "holders": NUMBER,
    "holder_list": list, "uid": NUMBER, "owner": TEXT, "without": TEXT, "inode": NUMBER,
    "id": NUMBER, "netns": NUMBER, "cgroup": TEXT, "ring_fd": NUMBER, "errno": TEXT, "container": TEXT, "pod": TEXT,
    "container_name": TEXT, "pod_name": TEXT, "pod_namespace": TEXT,
    "timer_name": TEXT, "timer_us": NUMBER, "retransmits": NUMBER, "probes": NUMBER,
    "srtt_us": NUMBER, "rttvar_us": NUMBER, "cwnd": NUMBER, "ssthresh": NUMBER,
    "retrans_out": NUMBER, "segs_retrans": NUMBER, "bytes_in": NUMBER, "bytes_out": NUMBER,
    "ack_came": FLAG, "defer_accept": FLAG, "unread": NUMBER, "unsent": NUMBER, "congestion": TEXT,
    "last_received_us": NUMBER, "last_sent_us": NUMBER, "last_acked_us": NUMBER, "idle_us": NUMBER,
    "keepalive": FLAG, "notice_us": NUMBER, "accept_queue": NUMBER, "accept_limit": NUMBER,
    "mptcp": FLAG, "dual_stack": FLAG, "interface": TEXT,
}
ALWAYS = {"v", "type", "proto", "recv_q", "send_q", "family", "laddr", "holders", "holder_list",
          "owner", "id", "netns"}


@pytest.fixture
def varied(space, cast):
    """A connection with data, a listener with one that waits, TIME_WAIT, SYN_RECV, UDP."""
    alpha, beta, *_ = cast.connection("127.0.0.1", server="alpha", client="beta")
    beta.send("c", 10)
    alpha.recv("s", 10)
    port = alpha.name_of("l")[1]
    assert beta.connect("waiting", "127.0.0.1", port) is None
    assert beta.connect("done", "127.0.0.1", port) is None
    beta.shutdown("done")
    beta.open("deaf", "127.0.0.1")
    beta.deafen("deaf")
    beta.connect_start("deaf", "127.0.0.1", port)
    beta.open_udp("u", "::1")
    return alpha, beta


def test_json(space, varied):
    found = listing.inside(space)
    assert len(found) == 10 and len({each["id"] for each in found}) == 10
    seen = set()
    for each in found:
        assert list(each) == list(KEYS), "the keys, in their order"
        for key, value in each.items():
            if value is None:
                assert key not in ALWAYS, (key, each)
                continue
            seen.add(key)
            kind = KEYS[key]
            assert isinstance(value, kind) and (kind is FLAG or not isinstance(value, bool)), key
    # what this can show; a loss, a reset, keepalive, an interface, a container, a pod and an io_uring are not made here
    assert seen >= set(KEYS) - {"container", "pod", "container_name", "pod_name", "pod_namespace", "ssthresh",
                                "errno", "notice_us", "ring_fd", "interface"}


def test_csv(space, varied):
    done = tracing.run("list", "-a", "--csv", "--netns", space.name)
    assert done.status == 0 and done.stderr == ""
    text = done.output.decode()
    assert text.endswith("\r\n") and text.count("\r\n") == text.count("\n") == 11
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == [key for key in KEYS if key not in ("v", "type")]
    by_id = {each["id"]: each for each in listing.inside(space)}
    for row in rows:
        each = by_id[int(row["id"])]
        for key in ("state", "laddr", "lport", "rport", "pid", "comm", "fd", "inode", "without"):
            assert row[key] == ("" if each[key] is None else str(each[key])), key


def test_columns(space, varied):
    alpha, _ = varied
    done = tracing.run("list", "-l", "-t", "--netns", space.name)
    header, line = done.output.decode().splitlines()
    assert header.split() == "PROTO STATE AGE RECV-Q SEND-Q LOCAL PEER PROCESS USER".split()
    port = alpha.name_of("l")[1]
    assert line.split() == ["tcp", "LISTEN", "-", "2", "64", "127.0.0.1:%d" % port, "-",
                            "alpha[%d]:%d" % (alpha.pid, alpha.fd("l")), "root"]
    done = tracing.run("list", "-l", "-t", "--netns", space.name, "-o", "pid,accept_queue")
    assert done.output.decode().split() == ["PID", "ACCEPT_QUEUE", str(alpha.pid), "2"]
    done = tracing.run("list", "-l", "-t", "--netns", space.name, "-o", "+inode,sk")
    header, line = done.output.decode().splitlines()
    each = listing.one(listing.sockets("-l", "-t", "--netns", space.name))
    assert header.split()[-2:] == ["INODE", "SK"]
    assert line.split()[-2:] == [str(each["inode"]), "%x" % each["id"]]
    said = tracing.run("list", "-o", "help").output.decode()
    assert {line.split()[0] for line in said.splitlines() if line[:1] == " "} >= \
        set(KEYS) - {"v", "type"}


@pytest.mark.parametrize("column, key", [
    ("lport", "lport"), ("recv_q", "recv_q"), ("state", "state"), ("pid", "pid"), ("fd", "fd"),
    ("age", "age_us"), ("id", "id"), ("comm", "comm"), ("rtt", "srtt_us")])
def test_sort(space, varied, column, key):
    """Up, down, and what is not known last of all. --sort may name what is not shown."""
    def values(found):
        # an age that is asked for later is another one
        return [each[key] if column != "age" else each["id"] for each in found]

    up = listing.inside(space, "--sort", column)
    down = listing.inside(space, "--sort", "-" + column)
    for found, order in ((up, 1), (down, -1)):
        known = [each[key] for each in found if each[key] is not None]
        assert known == sorted(known, reverse=order < 0) and known
        assert all(each[key] is None for each in found[len(known):])
    assert sorted(map(str, values(up))) == sorted(map(str, values(down)))


def test_sort_by_user(space, cast):
    """By the name that is shown: 1 is daemon, 65534 nobody."""
    ports = {uid: cast("user-%d" % uid, uid=uid).listen("l", "127.0.0.1")[1]
             for uid in (65534, 0, 61234, 1)}
    wanted = [ports[uid] for uid in (61234, 1, 65534, 0)]
    found = listing.sockets("-l", "--netns", space.name, "--sort", "user")
    assert [each["lport"] for each in found] == wanted
    found = listing.sockets("-l", "--netns", space.name, "--sort", "-user")
    assert [each["lport"] for each in found] == wanted[::-1]


def test_tree(space, varied):
    alpha, beta = varied
    lines = tracing.run("list", "-a", "--tree", "--netns",
                        space.name).output.decode().splitlines()[1:]
    heads = [(i, line) for i, line in enumerate(lines) if not line.startswith(" ")]
    wanted = sorted([(alpha.pid, "alpha[%d]: 2 sockets" % alpha.pid),
                     (beta.pid, "beta[%d]: 5 sockets" % beta.pid)])
    assert [line for _, line in heads] == [line for _, line in wanted] + ["no process: 3 sockets"]
    at = [i for i, _ in heads] + [len(lines)]
    for i, (_, line) in enumerate(heads):
        inside = lines[at[i] + 1:at[i + 1]]
        assert len(inside) == int(line.split(": ")[1].split()[0])
        if "[" in line:
            assert all(line.split(":")[0] + ":" in each for each in inside)
        else:
            assert all("alpha[%d]" % alpha.pid in each for each in inside)  # its listener's


class Watch(tracing.Tracer):
    """Its lines as they are."""

    transitions = None

    def take(self, lines):
        self.objects += lines


def test_watch_as_json(space, cast):
    """A frame for each scan, with the number of its sockets; what has gone is in none."""
    _, beta, *_ = cast.connection("127.0.0.1")
    watch = tracing.Tracer("list", "--json", "--netns", space.name, "--watch", "0.2", "-o",
                           "id,state,rport")

    def frames():
        """Whole ones: the states of each."""
        looks = []
        for each in watch.objects:
            if each["type"] == "frame":
                looks.append((each["sockets"], []))
            else:
                assert each["type"] == "socket" and set(each) == {"v", "type", "id", "state",
                                                                  "rport"}
                looks[-1][1].append((each["state"], each["rport"] == 9))
        assert all(count == len(states) for count, states in looks[:-1])
        return [sorted(states) for _, states in looks[:-1]]

    talk = [("ESTABLISHED", False)] * 2
    try:
        watch.until(lambda _: talk in frames())
        beta.open_udp("u", "127.0.0.1", 0, ("127.0.0.1", 9))
        watch.until(lambda _: talk + [("ESTABLISHED", True)] in frames())
        beta.close("u")
        watch.until(lambda _: frames()[-1:] == [talk])
        beta.shutdown("c")
        watch.until(lambda _: [("CLOSE_WAIT", False), ("FIN_WAIT_2", False)] in frames())
        assert watch.stop().status == 0
    finally:
        watch.discard()


@pytest.mark.parametrize("tree", [[], ["--tree"]])
def test_watch(space, cast, tree):
    """Two frames: + what came, ~ what changed, - what went, nothing before what stayed."""
    alpha, beta, client, server, _ = cast.connection("127.0.0.1")
    port = alpha.name_of("l")[1]
    beta.open_udp("gone", "127.0.0.1", 0, ("127.0.0.1", 9))
    gone = beta.name_of("gone")[1]
    watch = Watch("list", "--netns", space.name, "--watch", "2", "--frames", "2", "-a", *tree,
                  "-o", "proto,state,local,peer,user,pid,fd")
    try:
        watch.until(lambda _: len(watch.objects) >= (7 if tree else 5), 15)
        first = len(watch.objects)
        beta.close("gone")
        beta.shutdown("c")
        came = beta.open_udp("came", "127.0.0.1", 0, ("127.0.0.1", 9))[1]
        watch.finish()
    finally:
        watch.discard()
    assert watch.status == 0
    lines = [line.decode() for line in watch.objects]

    def marked(frame):
        return sorted((line[0], int(line.split(":")[1].split()[0])) for line in frame
                      if "PROTO" not in line and " socket" not in line)

    assert server[1] == port
    assert marked(lines[:first]) == sorted([(" ", port), (" ", port), (" ", client[1]),
                                            (" ", gone)])
    assert marked(lines[first:]) == sorted([(" ", port), ("~", port), ("~", client[1]),
                                            ("+", came), ("-", gone)])


BAD = [
    (["--sort", "nonsense"], "nonsense"), (["--sort", ""], "empty"), (["-o", "nonsense"], ""),
    (["--watch", "0"], "--watch"), (["--watch", "1x"], "--watch"), (["--watch", "nan"], "--watch"),
    (["--frames", "2"], "--watch"), (["--watch", "1", "--frames", "0"], "--frames"),
    (["--watch", "1", "--csv"], "--watch"),
    (["--tree", "--json"], "--tree"), (["--tree", "--csv"], "--tree"),
    (["--json", "--csv"], "--json"), (["-s", "established>close-wait"], "OLD>NEW"),
    (["-s", "nowhere"], "nowhere"), (["-L", "65536"], "65536"),
    (["-L", "0x50"], "0x50"), (["-p", "-1"], "-1"), (["-p", "12abc"], "12abc"),
    (["-u", "no-such-user"], "no-such-user"), (["--laddr", "127.0.0.1/33"], "33"),
    (["--netns", "no-such-space"], "no-such-space"), (["--cgroup", "/no/such"], "/no/such"),
    (["extra"], "extra"), (["-w", "file"], "--write"), (["--failed"], "--failed"),
    (["--frobnicate"], "--frobnicate"), (["-o", ""], "--columns"),
]


@pytest.mark.parametrize("words, said", BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input(words, said):
    done = tracing.run("list", *words)
    assert done.status == 2 and done.output == b""
    assert done.stderr.startswith("tcpstate: ") and done.stderr.count("\n") == 1
    assert said in done.stderr


def test_not_a_namespace(tmp_path):
    """A path that is none."""
    done = tracing.run("list", "--netns", str(tmp_path / "nothing"))
    assert done.status == 2 and done.stderr.count("\n") == 1
    done = tracing.run("list", "--netns", "/etc/passwd")
    assert done.status == 2 and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("words", [[], ["--json"], ["--csv"]])
def test_unprivileged(words):
    """In every format: the sockets, and one line that says what root would add."""
    done = tracing.run("list", "-a", *words, prefix=UNPRIVILEGED)
    assert done.status == 0 and done.output
    assert done.stderr.startswith("tcpstate: without privileges: ")
    assert done.stderr.count("\n") == 1 and "root" in done.stderr


@pytest.mark.parametrize("words", [[], ["--json"], ["--csv"], ["--tree"],
                                   ["--watch", "0.1", "--frames", "3"]])
def test_full_disk(space, varied, words):
    with open("/dev/full", "wb") as full:
        done = tracing.run("list", "-a", "--netns", space.name, *words, stdout=full)
    assert done.status == 1
    assert done.stderr.count("\n") == 1 and "No space left" in done.stderr


@pytest.mark.parametrize("words", [[], ["--json"], ["--watch", "0.1"]])
def test_closed_pipe(space, cast, words):
    """The reader has gone, before or in between: silence, and an end."""
    alpha, beta = cast("alpha"), cast("beta")
    space.sysctl("net.core.somaxconn", 4096)
    beta.crowd(800, "127.0.0.1", alpha.listen("l", "127.0.0.1", 0, 4096)[1])
    reader, writer = os.pipe()
    process = subprocess.Popen([tracing.PROGRAM, "list", "-a", "--netns", space.name, *words],
                               stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert os.read(reader, 10)
    os.close(reader)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, b"")


def test_no_stdout():
    done = tracing.run("list", prefix=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert done.status == 1 and done.stderr.count("\n") == 1


@pytest.fixture
def terminal(space):
    """A terminal of 80 columns with a shell; returns what runs a command there."""
    socket_name = "tcpstate-list-%d" % os.getpid()

    def tmux(*words):
        return subprocess.run(["tmux", "-L", socket_name, "-f", "/dev/null", *words],
                              stdout=subprocess.PIPE, check=True, text=True).stdout

    def show(*words):
        command = " ".join(map(shlex.quote, [tracing.PROGRAM, *words]))
        tmux("new-session", "-d", "-x", "80", "-y", "50", "%s; echo the-end; cat" % command)
        return listing.until(lambda: [{"proto": "", "state": tmux("capture-pane", "-p")}],
                             lambda seen: "the-end" in seen[0]["state"])[0]["state"]

    yield show
    tmux("kill-server")


def test_terminal(space, varied, terminal):
    """80 columns: no word is broken, what does not fit is continued below."""
    alpha, beta = varied
    screen = terminal("list", "-a", "--netns", space.name)
    lines = screen.splitlines()
    assert all(len(line) <= 80 for line in lines)
    for each in listing.inside(space):
        local = "%s:%d" % (each["laddr"] if each["family"] == "ipv4" else "[%s]" % each["laddr"],
                           each["lport"])
        assert any(local in line.split() for line in lines), local
    assert any("alpha[%d]:%d" % (alpha.pid, alpha.fd("l")) in line.split() for line in lines)
    assert any("beta[%d]:%d" % (beta.pid, beta.fd("u")) in line.split() for line in lines)


def test_terminal_is_cleared(space, varied, terminal):
    screen = terminal("list", "-l", "-t", "--netns", space.name, "--watch", "0.2", "--frames", "4")
    assert screen.count("LISTEN") == 1 and screen.count("PROTO") == 1
