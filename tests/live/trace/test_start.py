# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How the programs are loaded: libbpf gets a BTF of the few types that matter, or does without."""

import ctypes
import re
import socket

import pytest

import tracer as tracing

IO_URING_SETUP = 425
# No file may grow beyond this, so the BTF cannot be written; or it can, and has no path.
SMALL_FILES = ("prlimit", "--fsize=4096")
NO_PROC = ("unshare", "--mount", "sh", "-c", 'umount -l /proc && exec "$@"', "sh")
FALLBACK = "libbpf searches all types of the kernel: "
LOADING = "libbpf: loading object"


def patched(stderr):
    """What libbpf wrote into each program of the first object, without the ids of types, which differ.
    Another one may search files for network namespaces that nothing else leads to."""
    return re.findall(r"prog '\w+': relo #\d+: patched insn .*", stderr.split(LOADING)[1])


def list_debug(*prefix):
    """Of no socket: one without a process would be searched for by a program that is loaded then."""
    done = tracing.run("list", "--debug", "-s", "established", "-L", "1", prefix=prefix)
    assert done.status == 0, done.stderr
    return done.stderr


def trace_debug(*prefix):
    tracer = tracing.Tracer("trace", "--json", "--debug", "-L", "1", prefix=prefix)
    try:
        tracer.until_ready()
        done = tracer.stop()
    finally:
        tracer.discard()
    assert done.status == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("load,least,prefix,why", [
    (list_debug, 30, SMALL_FILES, "No space left on device"),
    (list_debug, 30, NO_PROC, "No such file or directory"),
    (trace_debug, 300, NO_PROC, "No such file or directory")])
def test_the_short_cut_changes_no_instruction(load, least, prefix, why):
    with_it, without = load(), load(*prefix)
    assert FALLBACK not in with_it
    assert without.count(FALLBACK + why + "\n") == without.count(LOADING) > 0
    assert patched(with_it) == patched(without)
    assert len(patched(with_it)) > least


def test_without_proc():
    """Which the BTF's path leads through: in an initramfs, or another PID namespace's mounts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = tracing.run("list", "--ss", "-L", str(port), prefix=NO_PROC)
    assert (done.status, done.stderr) == (0, "")
    assert b"127.0.0.1:%d" % port in done.output
    tracer = tracing.Tracer("trace", "--json", "-L", "1", prefix=NO_PROC)
    try:
        tracer.until_ready()
        assert tracer.stop().status == 0
    finally:
        tracer.discard()


@pytest.mark.parametrize("command", ["list", "stuck"])
def test_libbpf_speaks_with_debug_alone(command):
    loud, quiet = tracing.run(command, "--debug"), tracing.run(command)
    assert LOADING in loud.stderr and loud.status == 0
    assert quiet.stderr == ""


def test_a_socket_that_is_not_asked_for_is_not_searched_for():
    """A descriptor on its way between processes is in no table: a program of its own searches io_urings,
    of which there is one."""
    ring = ctypes.CDLL(None).syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(120))
    assert ring >= 0
    near, far = socket.socketpair()
    with near, far, open(ring, "rb", buffering=0), socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            port = client.getsockname()[1]
            socket.send_fds(near, [b"x"], [client.fileno()])
        loads = [tracing.run("list", "--debug", "-s", "established", "-L", asked)
                 .stderr.count(LOADING) for asked in ("1", str(port))]
    assert loads == [1, 2]
