# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""trace --origin: sockets name the line of their program that made them."""

import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

import stuck
import tracer as tracing

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "origin_server.c")
CFLAGS = ["-O2", "-g", "-fomit-frame-pointer", "-fPIE", "-pie", "-pthread"]
DEADLINE = 15

ECHO = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
held = []
while True:
    held.append(listener.accept()[0])
    held[-1].recv(100)
    print("done", flush=True)
"""


NAMESPACE = """
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

namespace app {
struct server {
	int fd;

	__attribute__((noinline)) int take()
	{
		char byte;
		int connection = accept(fd, nullptr, nullptr); /* accept */

		return read(connection, &byte, 1) == 1 ? connection : -1; /* use */
	}
};
}

int main()
{
	struct sockaddr_in address = {};
	socklen_t size = sizeof(address);
	app::server server = { socket(AF_INET, SOCK_STREAM, 0) };
	int client = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(server.fd, (struct sockaddr *)&address, size) || listen(server.fd, 1) ||
	    getsockname(server.fd, (struct sockaddr *)&address, &size))
		return 1;
	printf("%d\\n", ntohs(address.sin_port));
	fflush(stdout);
	if (connect(client, (struct sockaddr *)&address, size) || write(client, "x", 1) != 1)
		return 1;
	if (server.take() < 0)
		return 1;
	puts("done");
	fflush(stdout);
	return getchar();
}
"""


# Connects from code without unwinding tables, and maps a file elsewhere each time.
FLOOD = """
#define _GNU_SOURCE
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 3000, SIZE = 4096 };

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = 256 };
	int files[2] = { memfd_create("one", 0), memfd_create("two", 0) };
	char *all = mmap(0, FILES * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (ftruncate(files[0], SIZE) || ftruncate(files[1], SIZE))
		return 1;
	for (long i = 0; ; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		long result = SYS_connect;

		mmap(all + i % FILES * SIZE, SIZE, PROT_READ | (i / FILES % 2 ? 0 : PROT_EXEC),
		     MAP_PRIVATE | MAP_FIXED, files[i % 2], 0);
		if (i >= FILES)
			__asm__ volatile("syscall" : "+a"(result)
					 : "D"((long)fd), "S"(&address), "d"(sizeof(address))
					 : "rcx", "r11", "memory");
		close(fd);
		usleep(i < FILES ? 0 : 2000);
	}
}
"""


# Executes a new program N times and connects once in each; then 300 times.
AGAIN = """
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static void dial(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = 256 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connect(fd, (void *)&address, sizeof(address));
	close(fd);
	usleep(22000); /* the BPF program copies 50 stacks per second */
}

int main(int argc, char **argv)
{
	int more = atoi(argv[argc - 1]);
	char text[16];

	if (more) {
		dial();
		snprintf(text, sizeof(text), "%d", more - 1);
		execl(argv[0], argv[0], text, NULL);
	}
	for (int i = 0; i < 300; i++)
		dial();
}
"""


@pytest.fixture
def mounts(space):
    """A mount namespace with a BPF file system of its own: what comes before a command."""
    holder = subprocess.Popen(["unshare", "-m", "sh", "-c",
                               "mount -t bpf bpf /sys/fs/bpf && echo mounted && exec cat"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert space and holder.stdout.readline() == b"mounted\n"
    yield ["nsenter", "-t", str(holder.pid), "-m"]
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()


@pytest.fixture
def trace(tracer, mounts, space):
    return tracer("--netns", space.path, "--pin", "--origin", "-v", prefix=mounts)


@pytest.fixture
def build(tmp_path):
    """Compiles the server; strips it if it is asked to, with its debug file in a place of its own."""
    def make(*flags, name="worker"):
        program = str(tmp_path / name)
        subprocess.run(["gcc", *(flags or CFLAGS), SOURCE, "-o", program], check=True)
        return program

    return make


@pytest.fixture
def serve(space):
    """Starts a program that says its port and takes ways to go on its input."""
    started = []

    class Server:
        def __init__(self, *words):
            self.process = subprocess.Popen(space.command(*words), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True,
                                            start_new_session=True)
            started.append(self.process)
            self.port = int(self.process.stdout.readline())

        def say(self, text):
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()

        def go(self, way):
            self.say(way)
            self.done()

        def exec(self, program):
            self.say("exec " + program)
            self.port = int(self.process.stdout.readline())

        def done(self):
            assert self.process.stdout.readline() == "done\n"

    yield Server
    for each in started:
        os.killpg(each.pid, signal.SIGKILL)
        each.wait()
        each.stdin.close()
        each.stdout.close()


@pytest.fixture
def sites(mounts, space):
    """Waits until the sockets of a port have as many sites, and returns them with what they are."""
    def look(port, count):
        deadline = time.monotonic() + DEADLINE
        while True:
            done = tracing.run("list", "-t", "--json", "--netns", space.path, "-o",
                               "lport,rport,pid,site", "-s", "ESTABLISHED", prefix=mounts)
            assert done.status == 0, done.stderr
            found = [each for each in done.objects if port in (each["lport"], each["rport"])]
            servers = [each["site"] for each in found if each["lport"] == port and each["site"]]
            clients = [each["site"] for each in found if each["rport"] == port and each["site"]]
            if len(servers) == count or time.monotonic() > deadline:
                assert len(servers) == count, found
                return servers, clients
            time.sleep(0.02)

    return look


def line(marker):
    with open(SOURCE) as source:
        lines = [n for n, text in enumerate(source, 1) if "/* %s */" % marker in text]
    assert len(lines) == 1, marker
    return lines[0]


@pytest.fixture
def expected(tier):
    """What a server's socket says that was taken by that way and function."""
    def site(way, function):
        if tier == "tracepoint": # accept() is not visible there
            return "first used at origin_server.c:%d %s" % (line(way + ": use"), function)
        return "accepted at origin_server.c:%d %s" % (line(way + ": accept"), function)

    return site


DIALLED = "connected at origin_server.c:%d dial"


@pytest.mark.parametrize("flags", [CFLAGS, CFLAGS[:3] + ["-fno-pie", "-no-pie", "-pthread"],
                                   CFLAGS[:3] + ["-static-pie", "-pthread"]],
                         ids=["pie", "fixed", "static"])
def test_two_ways(trace, build, serve, sites, expected, flags):
    assert trace
    server = serve(build(*flags))
    for way in ("one", "two", "one"):
        server.go(way)
    servers, clients = sites(server.port, 3)
    assert sorted(servers) == sorted([expected("one", "way_one"), expected("one", "way_one"),
                                      expected("two", "taken_inline")])
    assert clients == [DIALLED % line("dial: connect")] * 3


def test_thread_and_child(trace, build, serve, sites, expected):
    assert trace
    server = serve(build())
    server.go("thread")
    server.go("child")
    servers, _ = sites(server.port, 2)
    assert sorted(servers) == sorted([expected("one", "way_one"),
                                      expected("two", "taken_inline")])


def test_whole_stacks_are_told_apart(trace, build, serve, sites, mounts, space):
    """The same call, from the same line, by two ways that differ only further out."""
    server = serve(build())
    for way in ("one", "other") * 3:
        server.go(way)
        sites(server.port, 1) # so that the stack before is known
        server.go("hangup")
    found = stuck.until(space, 6, *stuck.NOW, prefix=mounts)
    ways = [["by_the_other_way" in json.dumps(frame) for frame in each["origin"]] for each in
            sorted(found, key=lambda each: each["fd"])]
    assert [any(way) for way in ways] == [False, True] * 3
    assert trace


def strip(program, *options):
    subprocess.run(["objcopy", *options, program], check=True)


def test_separate_debug_file(trace, build, serve, sites, expected):
    program = build()
    folder = os.path.join(os.path.dirname(program), ".debug")
    os.mkdir(folder)
    debug = os.path.join(folder, "worker.debug")
    subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
    strip(program, "--strip-all", "--add-gnu-debuglink=" + debug)
    assert trace
    server = serve(program)
    server.go("two")
    assert sites(server.port, 1)[0] == [expected("two", "taken_inline")]


def test_debug_files_that_are_none(trace, build, serve, sites):
    """Neither a FIFO without a writer nor the debug file of another program is used."""
    program, other = build(), build(*CFLAGS, "-Dway_one=wrong_one", name="other")
    folder = os.path.dirname(program)
    debug = os.path.join(folder, "worker.debug")
    subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
    strip(program, "--strip-all", "--add-gnu-debuglink=" + debug)
    os.unlink(debug)
    os.mkfifo(debug)
    os.mkdir(os.path.join(folder, ".debug"))
    subprocess.run(["objcopy", "--only-keep-debug", other,
                    os.path.join(folder, ".debug", "worker.debug")], check=True)
    assert trace
    server = serve(program)
    server.go("one")
    assert re.fullmatch(r"(accepted|first used) at worker\+0x[0-9a-f]+",
                        sites(server.port, 1)[0][0])


def test_without_symbols(trace, build, serve, sites):
    program = build()
    strip(program, "--strip-all")
    assert trace
    server = serve(program)
    server.go("one")
    servers, clients = sites(server.port, 1)
    assert re.fullmatch(r"(accepted|first used) at worker\+0x[0-9a-f]+", servers[0]), servers
    assert re.fullmatch(r"connected at worker\+0x[0-9a-f]+", clients[0]), clients


def test_symbols_alone(trace, build, serve, sites):
    program = build(*(flag for flag in CFLAGS if flag != "-g"))
    assert trace
    server = serve(program)
    server.go("one")
    assert re.fullmatch(r"(accepted|first used) at way_one \(worker\)",
                        sites(server.port, 1)[0][0])


def test_deleted_program(trace, build, serve, sites, expected):
    """As after an upgrade: the file is gone, the process goes on."""
    program = build()
    server = serve(program)
    os.unlink(program)
    shutil.copy("/bin/true", program)
    assert trace
    server.go("one")
    assert sites(server.port, 1)[0] == [expected("one", "way_one")]


def test_other_root(trace, build, serve, sites, expected, tmp_path):
    """A container: its files, and the debug files in it by build-id, are not where ours are."""
    program = build(*CFLAGS[:3], "-static-pie", "-pthread", "-Wl,--build-id", name="inside")
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    notes = subprocess.run(["readelf", "-n", program], check=True, stdout=subprocess.PIPE,
                           text=True).stdout
    build_id = re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)
    folder = root / "usr/lib/debug/.build-id" / build_id[:2]
    folder.mkdir(parents=True)
    subprocess.run(["objcopy", "--only-keep-debug", program, folder / (build_id[2:] + ".debug")],
                   check=True)
    strip(program, "--strip-all")
    shutil.move(program, root / "bin/worker")
    assert trace
    server = serve("unshare", "--fork", "--pid", "--root", root, "/bin/worker")
    server.go("two")
    assert sites(server.port, 1)[0] == [expected("two", "taken_inline")]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its machine code is x86-64's")
def test_jit(trace, build, serve, sites):
    """The last line of the map counts, which is written before the code runs."""
    assert trace
    server = serve(build())
    try:
        server.go("jit")
        servers, _ = sites(server.port, 1)
    finally:
        server.process.kill()
        os.unlink("/tmp/perf-%d.map" % server.process.pid)
    assert re.fullmatch("(accepted|first used) at jitted call", servers[0])


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "symbols"])
def test_namespace(trace, serve, sites, tier, tmp_path, debug):
    """C++ by clang: it writes no table of addresses, and functions where they were declared."""
    source = tmp_path / "space.cc"
    source.write_text(NAMESPACE)
    subprocess.run(["clang", "-x", "c++", "-O2", *["-g"] * debug, source, "-o", tmp_path / "space"],
                   check=True)
    assert trace
    server = serve(tmp_path / "space")
    server.done()
    words = ("first used", "use") if tier == "tracepoint" else ("accepted", "accept")
    lines = [n for n, text in enumerate(NAMESPACE.splitlines(), 1) if "/* %s */" % words[1] in text]
    where = "space.cc:%d app::server::take" % lines[0] if debug else "app::server::take (space)"
    assert sites(server.port, 1)[0] == ["%s at %s" % (words[0], where)]


def test_python(trace, serve, sites, space):
    assert trace
    server = serve(sys.executable, "-c", ECHO)
    client = space.command(sys.executable, "-c",
                           "import socket, time\n"
                           "s = socket.create_connection(('127.0.0.1', %d)); s.send(b'x')\n"
                           "time.sleep(60)" % server.port)
    with subprocess.Popen(client) as process:
        server.done()
        servers, clients = sites(server.port, 1)
        process.kill()
    assert re.fullmatch(r"(accepted|first used) at \S.*", servers[0]) and "python" in servers[0]
    assert re.fullmatch(r"connected at \S.*", clients[0])


def test_a_stack_is_unwound_once(keeper, build, serve, sites):
    """10,000 connections by two ways: what is copied comes from before the first was unwound."""
    trace = keeper("--origin", "-v", "--failed") # says little
    server = serve(build())
    server.go("burst 2")
    server.go("one") # stacks are unwound in their order: with this one the others are known
    sites(server.port, 1)
    server.go("burst 10000")
    trace.process.send_signal(signal.SIGINT)
    said = trace.finish().stderr
    copied, known = map(int, re.search(r"origins: (\d+) stacks unwound, (\d+) known by then",
                                       said).groups())
    assert 3 <= copied <= 60, said
    assert known >= 19900, said
    assert "is not known" not in said


def test_exec_is_another_program(trace, build, serve, sites, expected):
    """The same process, with the same addresses, and other functions there: nothing that was
    learnt of the first program holds."""
    flags = CFLAGS[:3] + ["-fno-pie", "-no-pie", "-static", "-pthread"]
    first = build(*flags, name="first")
    second = build(*flags, "-Dway_one=other_one", name="second")
    assert trace
    server = serve(first)
    for _ in range(3):
        server.go("one")
    assert sites(server.port, 3)[0] == [expected("one", "way_one")] * 3
    server.exec(second)
    server.go("one")
    assert sites(server.port, 1)[0] == [expected("one", "other_one")]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its system call is x86-64's")
def test_more_stacks_than_can_be_unwound(trace, serve, tmp_path):
    """They hold up nothing else. Text and JSON have the same counts."""
    source, program = tmp_path / "flood.c", tmp_path / "flood"
    source.write_text(FLOOD)
    subprocess.run(["gcc", "-O2", "-fno-asynchronous-unwind-tables", source, "-o", program], check=True)
    serve("sh", "-c", "echo 0; %s & %s" % (program, program))
    trace.until(lambda seen: len(seen) > 500)
    start = time.monotonic()
    outcome = trace.stop()
    assert outcome.status == 0
    assert time.monotonic() < start + 5
    last = outcome.objects[-1]
    assert outcome.of_type("origins") == [last]
    unwound, known = map(int, re.search(r"origins: (\d+) stacks unwound, (\d+) known by then",
                                        outcome.stderr).groups())
    assert (last["unwound"], last["known"]) == (unwound, known)
    rate = re.search(r"origin of (\d+) sockets is unknown: too many new", outcome.stderr)
    assert last["refused"]["rate"] == int(rate.group(1)) > 0, outcome.stderr
    assert set(last["refused"]) == {"rate", "share", "late"} and "undescribed" not in last
    (user,) = last["refused_users"]
    assert set(user) == {"uid", "pid", "rate", "share", "late"}
    assert "%d of them are of user 0 (PID %d): more new call stacks" % (user["rate"], user["pid"]) \
        in outcome.stderr


@pytest.mark.big
def test_programs_that_come_and_go(trace, serve, tmp_path):
    """More than there is room to know stacks of: those of the dead make room."""
    source, program = tmp_path / "again.c", tmp_path / "again"
    source.write_text(AGAIN)
    subprocess.run(["gcc", "-O2", source, "-o", program], check=True)
    serve("sh", "-c", "echo 0; exec %s 1100" % program)
    trace.until(lambda seen: len(seen) >= 2 * 1400, timeout=100)
    outcome = trace.stop()
    known = re.search(r"stacks unwound, (\d+) known by then", outcome.stderr)
    assert int(known.group(1)) > 250, outcome.stderr
