# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list shows the sockets, processes and descriptors that `ss -tanep` shows in each namespace."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

import tracer as tracing

LOAD = os.path.abspath(os.environ.get("TCPSTATE_LOAD", "build/load"))
CONNECTIONS = 120
STATES = {"LISTEN": "LISTEN", "ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT",
          "SYN-RECV": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT_1", "FIN-WAIT-2": "FIN_WAIT_2",
          "TIME-WAIT": "TIME_WAIT", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK",
          "CLOSING": "CLOSING"}
THREAD = """
import socket, sys, threading
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
def run(): print(threading.get_native_id(), flush=True); sys.stdin.read()
threading.Thread(target=run).start()
"""
USERS = re.compile(r'\("(.*?)",pid=(\d+),fd=(\d+)\)')


@pytest.fixture
def holders(space, other_space):
    """Two processes that hold connections in each of two namespaces."""
    started = []
    for each in (space, other_space):
        for words in (["--count", str(CONNECTIONS)], ["-6", "--count", str(CONNECTIONS)]):
            started.append(subprocess.Popen(each.command(LOAD, "hold", *words),
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    for each in started:
        assert each.stdout.readline()
    yield started
    for each in started:
        each.stdin.close()
        each.wait()
        each.stdout.close()


def end(text):
    """Address and port as ss writes them; what it leaves open is null for list."""
    address, port = text.rsplit(":", 1)
    address = address.strip("[]")
    if address.startswith("::ffff:"):
        address = address[len("::ffff:"):]
    return ("::" if address == "*" else address, None if port == "*" else int(port))


def as_ss_says(space):
    seen = {}
    for line in space.run("ss", "-tanepH").splitlines():
        state, _, _, local, peer, *_ = line.split()
        number = int(re.search(r"\bsk:([0-9a-f]+)", line).group(1), 16)
        inode = re.search(r"\bino:(\d+)", line)
        peer = end(peer)
        if STATES[state] == "LISTEN":
            peer = (None, None)
        seen[number] = (STATES[state], end(local), peer,
                        int(inode.group(1)) or None if inode else None, # 0: it has none
                        {(comm, int(pid), int(fd)) for comm, pid, fd in USERS.findall(line)})
    return seen


def as_list_says(space, objects):
    return {each["id"]: (each["state"], (each["laddr"], each["lport"]),
                         (each["raddr"], each["rport"]), each["inode"])
            for each in objects if each["netns"] == space.inode}


def holders_of(objects):
    return {each["id"]: (each["comm"], each["pid"], each["fd"], each["holders"])
            for each in objects if each["fd"] is not None}


def test_the_same_sockets_with_the_same_holders(space, other_space, holders, cast):
    cast.connection("127.0.0.1")[1].close("c") # CLOSE_WAIT and FIN_WAIT_2
    done = tracing.run("list", "-a", "-t", "--json")
    assert (done.status, done.stderr) == (0, "")
    objects = done.of_type("socket")
    held = holders_of(objects)
    for each in (space, other_space):
        theirs = as_ss_says(each)
        assert len(theirs) >= 4 * CONNECTIONS + 2
        assert as_list_says(each, objects) == {number: facts[:4]
                                               for number, facts in theirs.items()}
        for number, facts in theirs.items():
            users = facts[4]
            if not users:
                assert number not in held
                continue
            comm, pid, fd, count = held[number]
            assert (comm, pid, fd) in users, facts
            assert count == len(users), facts
    assert {state for state, *_ in as_ss_says(space).values()} >= {
        "LISTEN", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_2"}
    assert len(holders) == 4


def test_only_what_is_asked_for(space, holders):
    """Connections alone by default, listeners with -l, both with -a; of one namespace."""
    def count(*words):
        done = tracing.run("list", "-t", "--json", "--netns", space.path, *words)
        assert done.status == 0, done.stderr
        return len(done.of_type("socket")), {each["state"] for each in done.objects}

    connections, states = count()
    assert (connections, states) == (4 * CONNECTIONS, {"ESTABLISHED"})
    listeners, states = count("-l")
    assert states == {"LISTEN"}
    assert count("-a") == (connections + listeners, {"ESTABLISHED", "LISTEN"})
    assert count("-s", "listen") == (listeners, {"LISTEN"})
    assert count("-4")[0] == count("-6")[0] == 2 * CONNECTIONS
    pid = tracing.run("list", "-t", "--json", "--netns", space.path).objects[0]["pid"]
    assert 0 < count("-p", str(pid))[0] <= 2 * CONNECTIONS
    assert len(holders) == 4
    assert count("-c", "no-such-name") == (0, set())


def test_small_sockets_are_in_no_cgroup(space, cast):
    cast.connection("127.0.0.1")[1].shutdown("c")
    every = tracing.run("list", "-t", "-a", "--json", "--netns", space.path).of_type("socket")
    path = next(each["cgroup"] for each in every if each["state"] == "LISTEN")
    same = tracing.run("list", "-t", "-a", "--json", "--netns", space.path, "--cgroup", path)
    assert {each["id"] for each in same.of_type("socket")} == {
        each["id"] for each in every if each["cgroup"] == path}


@pytest.fixture
def long_name(space, tmp_path):
    """A process that holds a listener, and whose name the kernel cuts."""
    path = tmp_path / "inventory-service-prod"
    shutil.copy(LOAD, path)
    started = subprocess.Popen(space.command(str(path), "hold", "--count", "1"),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert started.stdout.readline()
    yield started.pid
    started.stdin.close()
    started.wait()
    started.stdout.close()


@pytest.mark.parametrize("command", ["list", "stuck", "trace"])
def test_pattern_on_the_lost_end_of_a_name(space, long_name, command):
    """Nothing matches; a line names the process, and the 15 bytes that match."""
    words = [] if command == "trace" else ["--frames", "1", "--watch", "1"]
    lost = tracing.run("list", "--netns", space.path, "-c", "inv*-prod", "--json")
    assert (lost.status, lost.output) == (0, b"")
    assert lost.stderr == ("tcpstate: --comm: the kernel keeps 15 bytes of the name "
                           "inventory-service-prod, and a pattern must match those: add "
                           '"inventory-servi" for process %d\n' % long_name)
    found = tracing.run("list", "-a", "--netns", space.path, "-c", "inventory-servi", "--json")
    assert long_name in {each["pid"] for each in found.objects}
    assert tracing.run("list", "--netns", space.path, "-c", "inv*servi").stderr == ""
    if command == "trace":
        done = tracing.run("trace", "-c", "inv*-prod", prefix=["timeout", "-s", "INT", "1"])
    else:
        done = tracing.run(command, "-c", "inv*-prod", *words)
    assert "inventory-service-prod" in done.stderr


def test_thread_stands_for_its_process(space):
    """A socket belongs to a process; no thread holds one."""
    with subprocess.Popen(space.command("python3", "-c", THREAD), stdout=subprocess.PIPE, stdin=subprocess.PIPE,
                          text=True) as process:
        thread = int(process.stdout.readline())
        for words in (["list", "-l"], ["stuck"]):
            done = tracing.run(*words, "-p", str(thread), "--netns", space.path, "--json")
            assert done.status == 0 and done.stderr == (
                "tcpstate: --pid: %d is a thread of process %d, whose sockets are selected\n"
                % (thread, process.pid))
            assert [each["pid"] for each in done.objects] == [process.pid] * (words[0] == "list")
        process.stdin.close()
    done = tracing.run("list", "-p", str(thread), "--json")
    assert (done.status, done.output) == (0, b"")
    assert done.stderr == "tcpstate: --pid: no process has the id %d\n" % thread


@pytest.mark.parametrize("words, said", [
    (["-s", "established>closed"], "use STATE, or trace for OLD>NEW"),
    (["-s", ">established"], "use STATE, or trace for OLD>NEW"),
    (["--sort", "nmae"], "unknown column \"nmae\""),
    (["-o", "proto,recvq"], 'use "recv_q"?'),
    (["--watch", "0"], "is not an interval"),
    (["--frames", "2"], "--frames goes with --watch"),
    (["--tree", "--json"], "--tree is for text"),
    (["--watch", "1", "--csv"], "--watch is for text and --json"),
    (["extra"], "takes no argument"),
])
def test_bad_input_is_one_line(words, said):
    done = tracing.run("list", *words)
    assert (done.status, done.output) == (2, b"")
    assert done.stderr.count("\n") == 1 and said in done.stderr


def test_without_privileges():
    done = tracing.run("list", "-a", prefix=["setpriv", "--reuid=65534", "--clear-groups"])
    assert done.status == 0 and done.output
    assert done.stderr.count("\n") == 1 and "without privileges" in done.stderr


@pytest.mark.parametrize("command", ["list", "stuck", "trace", "count"])
def test_root_without_capabilities(command):
    """Root of a container: it is root already, and needs flags of the container's tool."""
    done = tracing.run(command, prefix=["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
    assert (done.status, done.output) == (3, b"")
    assert "CAP_BPF and CAP_PERFMON" in done.stderr and "--cap-add=BPF" in done.stderr
    assert "as root" not in done.stderr and "sudo" not in done.stderr


SHARED_PORT = """
import os, socket, sys, time
socks = []
for _ in range(2):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", 8085))
    listener.listen(64)
    if not os.fork():
        os.write(1, b"listening\\n")
        sys.stdin.read()
        os._exit(0)
    listener.close()
clients = [socket.create_connection(("127.0.0.1", 8085)) for _ in range(40)]
os.write(1, b"connected\\n")
sys.stdin.read()
"""


def test_not_accepted_names_the_listener_in_whose_queue_it_waits(space):
    """Of two processes that share a port."""
    with subprocess.Popen(space.command("python3", "-c", SHARED_PORT), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as shared:
        assert sorted(shared.stdout.readline() for _ in range(3)) == [
            "connected\n", "listening\n", "listening\n"]
        done = tracing.run("list", "-t", "-a", "--json", "--netns", space.path, "-L", "8085")
        shared.stdin.close()
    sockets = done.of_type("socket")
    queues = {each["pid"]: each["accept_queue"] for each in sockets if each["state"] == "LISTEN"}
    waiting = [each for each in sockets if each["state"] != "LISTEN"]
    assert len(queues) == 2 and sum(queues.values()) == 40 and min(queues.values()) > 0
    assert {(each["without"], each["owner"], each["fd"]) for each in waiting} == {
        ("not-accepted", "listener", None)}
    for pid, length in queues.items():
        assert [each["pid"] for each in waiting].count(pid) == length


MPTCP = """
import socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
listener.bind(("127.0.0.1", 8100))
listener.listen()
ends = []
for _ in range(2):
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    client.connect(("127.0.0.1", 8100))
    client.send(b"x")
    ends.append(client)
    if not ends[1:]:
        ends.append(listener.accept()[0])
        assert ends[1].recv(1) == b"x"
print("there", flush=True)
sys.stdin.read()
"""


def test_mptcp_subflows_are_their_sockets_processes(space):
    """Each socket once, by the inode that both kinds share; one is not accepted."""
    with subprocess.Popen(space.command("/usr/bin/python3", "-c", MPTCP), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "there\n"
        objects = tracing.run("list", "-a", "--json", "--netns", space.path).of_type("socket")
        theirs = as_ss_says(space)
        program.stdin.close()
    assert len(objects) == 5
    assert {each["mptcp"] for each in objects} == {True}
    assert as_list_says(space, objects) == {number: facts[:4] for number, facts in theirs.items()}
    held = holders_of(objects)
    assert {number: facts[:3] for number, facts in held.items()} == {
        number: users.pop() for number, (*_, users) in theirs.items() if users}
    waiting = [each for each in objects if each["id"] not in held]
    assert [(each["without"], each["owner"]) for each in waiting] == [("not-accepted", "listener")]


MANY_WAIT = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 8086), backlog=3000)
clients = [socket.create_connection(("127.0.0.1", 8086)) for _ in range(2000)]
print("there", flush=True)
sys.stdin.read()
"""


def test_a_long_accept_queue(space):
    """More than fit into one turn of the iterator: all are listed, and name their listener's."""
    space.sysctl("net.core.somaxconn", 4096)
    with subprocess.Popen(["prlimit", "--nofile=5000:5000",
                           *space.command("/usr/bin/python3", "-c", MANY_WAIT)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "there\n"
        done = tracing.run("list", "-t", "--json", "--netns", space.path, "-L", "8086")
        program.stdin.close()
    waiting = done.of_type("socket")
    assert (done.status, len(waiting)) == (0, 2000), done.stderr
    assert {(each["without"], each["owner"]) for each in waiting} == {("not-accepted", "listener")}


def test_a_namespace_that_only_the_path_leads_to(space, holders, tmp_path):
    """No process of ours is in it, and no name under /run/netns: a mount elsewhere."""
    place = tmp_path / "place"
    place.touch()
    subprocess.run(["mount", "--bind", space.path, str(place)], check=True)
    try:
        by_name = tracing.run("list", "-t", "--json", "--netns", space.path)
        by_place = tracing.run("list", "-t", "--json", "--netns", str(place), prefix=[
            "unshare", "-m", "sh", "-c", 'umount "$0" && exec "$@"', space.path])
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert len(holders) == 4
    assert by_place.status == 0, by_place.stderr
    assert len(by_place.of_type("socket")) == len(by_name.of_type("socket")) == 4 * CONNECTIONS


UDP = """
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 8090))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(6):
    sender.sendto(b"x" * 1000, ("127.0.0.1", 8090))
for _ in range(2):
    receiver.recv(1000)
print("there", flush=True)
sys.stdin.read()
"""


def test_udp_queue_is_without_what_was_read(space):
    with subprocess.Popen(space.command("/usr/bin/python3", "-c", UDP), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "there\n"
        found = tracing.run("list", "-a", "-U", "--json", "--netns", space.path, "-L", "8090")
        theirs = space.run("ss", "-uanH", "sport = 8090").split()
        program.stdin.close()
    assert [each["recv_q"] for each in found.of_type("socket")] == [int(theirs[1])]
    assert int(theirs[1]) > 0


def test_a_namespace_that_cannot_be_entered(space):
    done = tracing.run("list", "--netns", space.path, prefix=[
        "setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"])
    assert (done.status, done.output) == (3, b"")
    assert done.stderr.count("\n") == 1 and "could not be entered" in done.stderr


def test_watch_marks_what_has_changed(space, cast):
    """+ what is new, ~ another state, - gone; in a pipe one frame comes after the other."""
    server, client = cast("server"), cast("client")
    port = server.listen("l", "127.0.0.1")[1]
    for name in ("c", "d", "e"):
        assert client.connect(name, "127.0.0.1", port) is None
        server.accept("l", "s" + name)
    ports = {name: client.name_of(name)[1] for name in ("c", "d", "e")}
    with subprocess.Popen([tracing.PROGRAM, "list", "-t", "--netns", space.path, "-R", str(port),
                           "--watch", "2", "--frames", "2"], stdout=subprocess.PIPE,
                          text=True) as watch:
        first = [watch.stdout.readline() for _ in range(4)]
        client.shutdown("c")
        client.linger("d", 0)
        client.close("d")
        assert client.connect("f", "127.0.0.1", port) is None
        ports["f"] = client.name_of("f")[1]
        second = watch.stdout.read().splitlines()
    assert watch.returncode == 0
    assert [line[0] for line in first] == [" "] * 4
    marks = {int(re.search(r":(\d+) ", line).group(1)): line[0] for line in second[1:]}
    assert marks == {ports["c"]: "~", ports["d"]: "-", ports["e"]: " ", ports["f"]: "+"}


def test_watch_in_json_has_frames_of_what_is_there(space, cast):
    client = cast.connection("127.0.0.1")[1]
    with subprocess.Popen([tracing.PROGRAM, "list", "-t", "--json", "--netns", space.path, "--watch",
                           "1", "--frames", "2"], stdout=subprocess.PIPE, text=True) as watch:
        lines = [watch.stdout.readline() for _ in range(3)]
        client.linger("c", 0)
        client.close("c")
        lines += watch.stdout.read().splitlines()
    objects = [json.loads(line) for line in lines]
    assert [each["type"] for each in objects[:4]] == ["frame", "socket", "socket", "frame"]
    assert objects[0]["sockets"] == 2 and objects[0]["mono_ns"] < objects[3]["mono_ns"]
    assert len(objects) == 4 + objects[3]["sockets"]
    assert objects[0]["ts"].endswith("Z")


def ages(space, state):
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    done = tracing.run("list", "-t", "--json", "--netns", space.path, "-s", state)
    return before, time.clock_gettime_ns(time.CLOCK_MONOTONIC), done.of_type("socket")


def test_a_bound_is_never_above_the_truth(space, cast):
    """Without a tracer: ages of idle sockets, by when they cannot have been in their state yet."""
    start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    client = cast.connection("127.0.0.1")[1]
    made = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    deadline = made + 1_500_000_000
    bounds = []
    while time.clock_gettime_ns(time.CLOCK_MONOTONIC) < deadline:
        before, after, found = ages(space, "established")
        assert len(found) == 2
        for each in found:
            assert each["age_exact"] is False
            assert each["age_us"] * 1000 <= after - start
            bounds.append(each["age_us"] * 1000 / (before - made))
    assert max(bounds) > 0.9
    closed = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    client.close("c")
    _, after, found = ages(space, "close-wait")
    assert len(found) == 1
    assert found[0]["age_us"] * 1000 <= after - closed
