# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Programs whose files are made to hang or exhaust who reads them: others keep their origins."""

import os
import pathlib
import signal
import struct
import subprocess
import time
import zlib

import pytest

DEADLINE = 30

# Keeps an accepted connection whose peer has closed, by a call in a function of that name.
LEAKS = """
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) int FUNCTION(int listener)
{
	char byte;
	int connection = accept(listener, 0, 0);

	return recv(connection, &byte, 1, 0) == 1 ? connection : -1;
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &size) ||
	    connect(client, (void *)&address, size) || send(client, "x", 1, 0) != 1)
		return 1;
	if (FUNCTION(listener) < 0)
		return 1;
	close(client);
	puts("leaked");
	fflush(stdout);
	return getchar();
}
"""

# A call stack of code that no file has, as a JIT's.
JIT = """
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* push rbp; mov rbp, rsp; test esi, esi; je over; dec esi; call here; pop rbp; ret;
   over: mov eax, 45 (recvfrom); syscall; pop rbp; ret -- with the arguments in r12 to r14 */
static const unsigned char code[] = {
	0x55, 0x48, 0x89, 0xe5, 0x85, 0xf6, 0x74, 0x09, 0xff, 0xce, 0xe8, 0xf1, 0xff, 0xff, 0xff,
	0x5d, 0xc3, 0x4c, 0x89, 0xe7, 0x4c, 0x89, 0xee, 0xba, 1, 0, 0, 0, 0x45, 0x31, 0xd2, 0x45,
	0x31, 0xc0, 0x45, 0x31, 0xc9, 0xb8, 45, 0, 0, 0, 0x0f, 0x05, 0x5d, 0xc3,
};

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	unsigned char *at = mmap(0, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&address, size) || listen(listener, 100) ||
	    getsockname(listener, (void *)&address, &size))
		return 1;
	for (int i = 0; i < 20; i++, at += 64) {
		int client = socket(AF_INET, SOCK_STREAM, 0), connection;
		char byte;

		memcpy(at, code, sizeof(code));
		if (connect(client, (void *)&address, size) || send(client, "x", 1, 0) != 1)
			return 1;
		connection = accept(listener, 0, 0);
		register long one __asm__("r12") = connection;
		register char *two __asm__("r13") = &byte;
		__asm__ volatile("call *%0" : : "r"(at), "S"(30), "r"(one), "r"(two)
				 : "rax", "rdi", "rdx", "rcx", "r8", "r9", "r10", "r11", "memory");
		close(client);
	}
	puts("leaked");
	fflush(stdout);
	return getchar();
}
"""

# A compilation unit of all addresses whose scopes have lists of ranges, none with the address.
SCOPES = """
	.section .debug_abbrev,"",@progbits
.Labbrev:
	.uleb128 1, 0x11; .byte 1; .uleb128 0x11, 0x01, 0x55, 0x17, 0, 0
	.uleb128 2, 0x0b; .byte 0; .uleb128 0x55, 0x17, 0, 0
	.byte 0
	.section .debug_ranges,"",@progbits
.Lall:	.quad 0, 0x7fffffff00000000, 0, 0
.Lnone:
	.rept 20000
	.quad 1, 2
	.endr
	.quad 0, 0
	.section .debug_info,"",@progbits
	.long .Lend - .Lversion
.Lversion:
	.value 4; .long .Labbrev; .byte 8
	.uleb128 1; .quad 0; .long .Lall
	.rept 500000
	.uleb128 2; .long .Lnone
	.endr
	.byte 0
.Lend:
	.section .note.GNU-stack,"",@progbits
"""


@pytest.fixture
def build(tmp_path):
    def make(name, *flags, source=LEAKS):
        program = str(tmp_path / name)
        subprocess.run(["gcc", "-O1", "-xc", "-DFUNCTION=" + name, "-o", program, "-", "-Wl,--build-id=none",
                        "-xnone", *flags], input=source, text=True, check=True)
        return program

    return make


@pytest.fixture
def run(space):
    """Starts a program and waits until it has leaked."""
    started = []

    def start(program):
        process = subprocess.Popen(space.command(program), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "leaked\n"
        return process

    yield start
    for each in started:
        each.kill()
        each.wait()
        each.stdin.close()
        each.stdout.close()


@pytest.fixture
def watch(tracer, space):
    return tracer("--netns", space.path, "--watch", "0.2", "--origin", "--rule",
                  "CLOSE_WAIT>0.1s", command="stuck")


def functions_of(trace, process):
    """The functions of the first stack of this process that is reported."""
    def reported():
        return [each for each in trace.of_type("stuck") if each["pid"] == process.pid]

    trace.until(lambda _: reported(), DEADLINE)
    return [frame["function"] for frame in reported()[0]["origin"] or []]


@pytest.fixture
def bystander(build, run, watch):
    """Checks that the tracer goes on: another program's socket has its origin, and it ends."""
    program = build("bystander", "-g")

    def check():
        until = time.monotonic() + DEADLINE
        # On a busy machine the files of the first take longer than a report waits.
        while "bystander" not in functions_of(watch, run(program)):
            assert time.monotonic() < until, watch.report("no origin")
        done = watch.stop()
        assert done.status == 0, done.stderr
        last = done.objects[-1]
        assert (last["type"], last["unwound"] > 0) == ("origins", True), last
        assert last["undescribed"] >= 0

    return check


def strip(program, debug):
    subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
    subprocess.run(["strip", "-g", program], check=True)
    subprocess.run(["objcopy", "--add-gnu-debuglink=" + debug, program], check=True)


def test_a_debug_file_of_terabytes(build, run, watch, bystander):
    """Its checksum would take a day."""
    program = build("endless", "-g")
    debug = program + ".debug"
    strip(program, debug)
    os.unlink(debug)
    with open(debug, "wb") as file:
        file.truncate(15 << 40)
    functions_of(watch, run(program))
    bystander()


def peak_kb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])


def test_a_section_that_inflates(build, run, watch, bystander, tmp_path):
    """A section of 300 kB becomes one of 300 MB."""
    size = 300 << 20
    program = build("inflates", "-g")
    packed = tmp_path / "packed"
    compressor = zlib.compressobj(1)
    pieces = [compressor.compress(bytes(1 << 20)) for _ in range(size >> 20)] + [compressor.flush()]
    packed.write_bytes(struct.pack("<IIQQ", 1, 0, size, 1) + b"".join(pieces))
    subprocess.run(["objcopy", "--update-section", ".debug_str=" + str(packed), program], check=True)
    elf = bytearray(pathlib.Path(program).read_bytes())
    headers, = struct.unpack_from("<Q", elf, 40)
    count, names = struct.unpack_from("<HH", elf, 60)
    text, = struct.unpack_from("<Q", elf, headers + 64 * names + 24)
    for at in range(headers, headers + 64 * count, 64):
        name = text + struct.unpack_from("<I", elf, at)[0]
        if elf[name:elf.index(0, name)] == b".debug_str":
            struct.pack_into("<Q", elf, at + 8, struct.unpack_from("<Q", elf, at + 8)[0] | 0x800)
    pathlib.Path(program).write_bytes(elf)
    before = peak_kb(watch.process.pid)
    functions_of(watch, run(program))
    assert peak_kb(watch.process.pid) - before < 40 << 10
    bystander()


def test_scopes_with_many_ranges(build, run, watch, bystander, tmp_path):
    """10^10 comparisons, for one frame."""
    source = tmp_path / "scopes.s"
    source.write_text(SCOPES)
    functions_of(watch, run(build("scopes", str(source))))
    bystander()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="machine code of x86-64")
def test_a_perf_map_of_millions_of_lines(build, run, watch, bystander):
    program = build("jit", source=JIT)
    process = run(program)
    path = "/tmp/perf-%d.map" % process.pid
    try:
        with open(path, "x") as file:
            for _ in range(100):
                file.write("0 1 a\n" * 50000)
        functions_of(watch, process)
        bystander()
    finally:
        os.unlink(path)


def helpers(trace, name):
    """The helper processes of a tracer with that name."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid=,comm="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in found.stdout.splitlines()]
    wardens = [pid for pid, parent, _ in rows if int(parent) == trace.process.pid]
    return [int(pid) for pid, parent, comm in rows if parent in wardens and comm == name]


def test_a_look_up_that_never_ends(build, run, watch, bystander):
    """Its helper process is replaced, and cannot keep the tracer from ending."""
    first = build("first", "-g")
    functions_of(watch, run(first))
    until = time.monotonic() + DEADLINE
    while not helpers(watch, "tcpstate-finder"):
        assert time.monotonic() < until
        functions_of(watch, run(first))
    stopped = helpers(watch, "tcpstate-finder")
    for each in stopped:
        os.kill(each, signal.SIGSTOP)
    functions_of(watch, run(build("second", "-g")))
    bystander()
    assert not [each for each in stopped if os.path.exists("/proc/%d" % each)]
