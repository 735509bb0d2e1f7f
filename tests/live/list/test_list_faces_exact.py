# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""list --netstat and --ss where the tools are odd: names, widths, terminals, -l, --netns."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest

import tracer as tracing
from listing import inside, one, output

FACES = {"netstat": ["-tanp"], "ss": ["-tanp"]}
LISTENERS = {"netstat": ["-tlnp"], "ss": ["-tlnp"]}


class Holder:
    """A process in the namespace that runs Python until its standard input ends."""

    def __init__(self, space, program, *words):
        self.process = subprocess.Popen(
            space.command("/usr/bin/python3", "-c",
                          program + "\nprint('there', flush=True)\nsys.stdin.read()", *words),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"there\n"

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def hold(space):
    """Starts holders, and ends them."""
    started = []

    def start(program, *words):
        started.append(Holder(space, program, *words))
        return started[-1]

    yield start
    for each in started:
        each.end()


def compare(space, face, words=None, mine=()):
    theirs = output(space, face, *(words or FACES[face]))
    ours = output(space, tracing.PROGRAM, "list", "--" + face, *mine)
    assert ours.splitlines() == theirs.splitlines()
    assert ours == theirs
    return ours


# comm and argv[0] as bytes, in hex
NAMED = """
import ctypes, os, socket, sys
name = bytes.fromhex(sys.argv[1])
if len(sys.argv) < 4:
    made = socket.create_server(("127.0.0.1", int(sys.argv[2])))
    os.set_inheritable(made.fileno(), True)
    os.execv("/usr/bin/python3", [name, "-c", sys.orig_argv[2], sys.argv[1], sys.argv[2], "again"])
ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
"""

NAMES = [rb"back\slash", rb"\x41", b'quo"te\'s', b"a)b", b"(a) b", b"a b(c", b")", b" x ", b"()",
         "pr\u00fcfung".encode(), "\u670d\u52a1\u8fdb\u7a0b\u540d".encode(),
         "\u670d\u52a1\u8fdb\u7a0b\u540d\u5b57".encode(), # both cut it
         "\U0001f600 emoji".encode(), b"latin\xe9", b"a%sb%n", b"tab-less,comma", b"x" * 40,
         b"[kworker/0:1]", b"dir/name", b"/a/b c/d", b"~"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", NAMES, ids=[name.hex() for name in NAMES])
def test_names_are_the_tools(space, hold, face, name):
    hold(NAMED, name.hex(), "7000")
    hold("import socket, sys\nmade = socket.create_server(('127.0.0.1', 7001))")
    compare(space, face)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", [b"a\x1b[31mb", b"a\nb\tc", b"\x7f\x01\x02", b"a\xc2\x9bb",
                                  b"a\x9bb", "a\u202eb".encode()])
def test_unprintable_bytes_are_question_marks(space, hold, face, name):
    """The difference that is meant: a `?` a byte, so that widths stay."""
    hold(NAMED, name.hex(), "7000")
    hold("import socket, sys\nmade = socket.create_server(('127.0.0.1', 7001))")
    theirs = output(space, face, "-tanp")
    ours = output(space, tracing.PROGRAM, "list", "--" + face)
    masked = {b"a\x1b[31mb": b"a?[31mb", b"a\nb\tc": b"a?b?c", b"\x7f\x01\x02": b"???",
              b"a\xc2\x9bb": b"a??b", b"a\x9bb": b"a?b", "a\u202eb".encode(): b"a???b"}[name]
    assert theirs.count(name) == 1
    assert ours == theirs.replace(name, masked)


CLEARED = """
import ctypes, socket, sys
made = socket.create_server(("127.0.0.1", 7000))
start, end = map(int, open("/proc/self/stat").read().rsplit(")", 1)[1].split()[45:47])
ctypes.memset(start, 0, end - start)
"""

# netstat reads the first 511 bytes: 5 of the name.
LONG = """
import ctypes, socket, sys
made = socket.create_server(("127.0.0.1", 7000))
start, end = map(int, open("/proc/self/stat").read().rsplit(")", 1)[1].split()[45:47])
assert end - start > 600
ctypes.memset(start, 0, end - start)
line = b"/" + b"d" * 504 + b"/" + b"namelong" * 9
ctypes.memmove(start, line, len(line))
""" + "#" * 600


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("program", [CLEARED, LONG], ids=["cleared", "long"])
def test_odd_command_lines(space, hold, face, program):
    hold(program)
    lines = compare(space, face)
    if face == "netstat":
        assert lines.split()[-1].split(b"/", 1)[1] == (b"namel" if program == LONG else b"")


LEADER_ENDS = """
import ctypes, os, socket, sys, threading
made = socket.create_server(("127.0.0.1", 7000))
def other():
    while open("/proc/self/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
        pass
    print("there", flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=other).start()
ctypes.CDLL(None).syscall(60, 0) # exit(2), of this thread alone
"""


def test_a_process_that_has_ended_has_no_name(space, hold):
    """Its first thread has, and its command line and files with it."""
    hold(LEADER_ENDS)
    assert compare(space, "netstat").split()[-1] == b"-"


OWN_FILES = """
import ctypes, os, socket, sys, threading
made = threading.Event()
def other():
    global hidden
    assert not ctypes.CDLL(None).unshare(0x400) # CLONE_FILES
    hidden = socket.create_server(("127.0.0.1", 7000))
    made.set()
    sys.stdin.read()
    os._exit(0)
plain = socket.create_server(("127.0.0.1", 7001))
threading.Thread(target=other).start()
made.wait()
"""


@pytest.mark.parametrize("face", FACES)
def test_a_thread_with_files_of_its_own(space, hold, face):
    """The tools look at those of the process's first thread; our own table sees all."""
    hold(OWN_FILES)
    lines = compare(space, face).splitlines()
    hidden, plain = ([line for line in lines if b":%d " % port in line] for port in (7000, 7001))
    assert b"python3" not in hidden[0] and b"python3" in plain[0]
    assert one(inside(space), lport=7000)["comm"] == "python3"


LISTENS_LATER = """
import ctypes, socket, sys
server = socket.create_server(("127.0.0.1", 7000))
made = socket.create_connection(("127.0.0.1", 7000))
server.accept()[0].close()
family = (ctypes.c_char * 16)() # AF_UNSPEC: disconnects
assert not ctypes.CDLL(None).connect(made.fileno(), family, 16)
made.bind(("127.0.0.1", 7001))
made.listen()
"""


def test_a_listener_that_was_connected_before(space, hold):
    """Its Send-Q is what the kernel left there."""
    hold(LISTENS_LATER)
    lines = compare(space, "netstat").splitlines()
    assert [int(line.split()[2]) > 0 for line in lines if b":7001 " in line] == [True]
    compare(space, "ss")
    assert one(inside(space), lport=7001)["send_q"] == 128


MANY_HOLDERS = """
import os, socket, sys
kept = [socket.create_server(("127.0.0.1", port)) for port in range(7000, 7008)]
chosen = int(sys.argv[1])
kept += [os.dup(kept[chosen].fileno()) for _ in range(20)]
"""


@pytest.mark.parametrize("chosen", range(8))
def test_the_last_cell_is_not_measured(space, hold, chosen):
    """One of eight is the last row and has the longest list."""
    hold(MANY_HOLDERS, str(chosen))
    compare(space, "ss")


def test_nothing_to_show(space):
    for face in FACES:
        compare(space, face)


def test_one_row_of_a_short_list(space, hold):
    hold("import socket, sys\nmade = socket.create_server(('127.0.0.1', 7000))")
    for face in FACES:
        compare(space, face)
        compare(space, face, LISTENERS[face], ["-l"])


BOUND = """
import socket, sys
kept = []
def listener(port, device):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    made.bind(("127.0.0.1", port))
    made.listen()
    kept.append(made)
listener(7000, b"lo")
listener(7001, b"a\\\\long-dev.12345"[:15])
listener(7002, "s\u00fcd".encode())
listener(7003, b"gone")
listener(7004, b"lo")
"""


def test_devices_have_their_names(space, hold):
    """Inside the namespace, and from outside with --netns, which comes back."""
    for number, name in enumerate(("a\\long-dev.12345"[:15], "s\u00fcd", "gone")):
        space.ip("link", "add", name, "type", "veth", "peer", "name", "far%d" % number)
    hold(BOUND)
    space.ip("link", "delete", "gone")
    inside = compare(space, "ss")
    assert b"%lo:7000" in inside and b"%if" in inside
    before = os.stat("/proc/self/ns/net").st_ino
    for face in FACES:
        theirs = output(space, face, "-tanp")
        assert tracing.run("list", "--" + face, "--netns", space.path).output == theirs
        assert tracing.run("list", "--" + face, "--netns", str(space.inode)).output == theirs
    assert os.stat("/proc/self/ns/net").st_ino == before


MIXED = """
import socket, sys
kept = [socket.create_server(("127.0.0.1", 7000)), socket.create_server(("0.0.0.0", 7001)),
        socket.create_server(("::1", 7002), family=socket.AF_INET6),
        socket.create_server(("::", 7003), family=socket.AF_INET6, dualstack_ipv6=True)]
for port in (7000, 7001):
    kept.append(socket.create_connection(("127.0.0.1", port)))
    kept.append(kept[port - 7000].accept()[0])
kept.append(socket.create_connection(("::1", 7002)))
"""


@pytest.mark.parametrize("face", FACES)
def test_listeners_only(space, hold, face):
    hold(MIXED)
    compare(space, face)
    listeners = compare(space, face, LISTENERS[face], ["-l"])
    assert listeners.count(b"LISTEN") == 4 and b"ESTAB" not in listeners
    first = output(space, tracing.PROGRAM, "list", "-l", "--" + face)
    assert first == listeners
    assert output(space, tracing.PROGRAM, "list", "-a", "-l", "--" + face) == output(
        space, face, "-tlanp")


def on_terminal(space, columns, *words):
    """What it writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(space.command(*words), stdin=subprocess.DEVNULL, stdout=theirs) as run:
        os.close(theirs)
        seen = b""
        while True:
            try:
                more = os.read(ours, 1 << 16)
            except OSError: # the other end is closed
                break
            seen += more
    os.close(ours)
    assert run.returncode == 0
    return seen


@pytest.mark.parametrize("columns", [0, 1, 5, 12, 20, 40, 41, 60, 79, 80, 81, 100, 118, 119, 120,
                                     121, 122, 160, 200, 1000])
@pytest.mark.parametrize("what", ["little", "much"])
def test_a_terminal_of_any_width(space, hold, columns, what):
    hold(MIXED)
    if what == "much":
        hold(MANY_HOLDERS.replace("70", "71"), "3")
    for face in FACES:
        assert on_terminal(space, columns, tracing.PROGRAM, "list", "--" + face) == on_terminal(
            space, columns, face, "-tanp")


MANY_BYTES = """
import os, signal, socket, sys
kept = [socket.create_server(("127.0.0.1", port)) for port in range(20000, 20600)]
kept.append(socket.create_server(("2001:db8:1234:5678:9abc:def0:1234:5678", 7003),
                                 family=socket.AF_INET6))
for _ in range(250):
    if not os.fork():
        sys.stdin.read()
        os._exit(0)
"""


def test_megabytes_have_the_columns_of_ss(space, hold):
    """ss lays out each part of 5 MiB by itself; here the whole list is one table."""
    space.ip("-6", "address", "add", "2001:db8:1234:5678:9abc:def0:1234:5678/128", "dev", "lo",
             "nodad")
    hold("import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))\n" + MANY_BYTES)
    mine = output(space, tracing.PROGRAM, "list", "--ss").splitlines()
    assert [line.split() for line in mine] == [
        line.split() for line in output(space, "ss", "-tanp").splitlines()]
    assert len({line.index(b" users:") for line in mine[1:]}) == 1


def test_of_another_pid_namespace(space, hold):
    """A holder without a PID here is none; one with another PID has that."""
    hold(MIXED)
    inner = ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c",
             "/usr/bin/python3 -c \"$1\" <&3 >&2 & "
             "while ! grep -q 1B62 /proc/net/tcp; do :; done; shift; "
             "for each in \"$@\"; do $each; echo; done",
             "sh", "import socket, sys\n"
             "made = socket.create_server(('127.0.0.1', 7010))\nsys.stdin.read()"]
    for face in FACES:
        with subprocess.Popen(space.command("sh", "-c", 'exec 3<&0 "$@"', "sh", *inner,
                                            "%s -tanp" % face,
                                            "%s list --%s" % (tracing.PROGRAM, face)),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
            theirs, ours, _ = run.stdout.read().split(b"\n\n")
            run.stdin.close()
        assert ours == theirs and b"python3" in ours
