# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Servers of everyday use that reload, upgrade or die: the owner at each step is a process that ss
finds with the socket open, or none."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

import expect
from server import NGINX, Server

PORT = 8080
HAPROXY = """
global
    stats socket {dir}/stats expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 5s
    timeout http-request 50s
frontend front
    bind {at}
    http-request return status 200 content-type text/plain string "yes"
"""
APACHES = {"apache2": "/usr/lib/apache2/modules", "httpd": "/usr/lib64/httpd/modules"}
APACHE = """
ServerRoot {dir}
ServerName test
PidFile {dir}/pid
ErrorLog {dir}/error
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
StartServers 2
MinSpareServers 1
MaxSpareServers 3
Listen {at}
DocumentRoot {dir}
"""
GUNICORN = """
import os
import time

def application(environ, start_response):
    if environ["PATH_INFO"] == "/hang":
        time.sleep(30)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]
"""
ECHO = "import socket; s = socket.socket(fileno=3)\nwhile True: s.accept()[0].close()"


@pytest.fixture
def server(space, tmp_path, host):
    os.chmod(tmp_path, 0o755)
    made = Server(space, tmp_path, host, PORT)
    yield made
    if made.process:
        made.remove()


def serving(tracer, since_ns):
    """Transitions of the server's ends of connections that began later."""
    ends = [each for each in expect.by_id(tracer.transitions).values()
            if each[0]["role"] == "server" and each[0]["lport"] == PORT and
            each[0]["new"] == "SYN_RECV" and each[0]["mono_ns"] > since_ns]
    return ends


def ask_and_check(tracer, server, right, count=8):
    """Requests, each of whose transitions names one of these processes or none; the last, one."""
    since_ns = time.monotonic_ns()
    done = 0
    while done < 40:
        server.ask(count)
        done += count
        tracer.until(lambda _: sum(len(each) >= 4 for each in serving(tracer, since_ns)) >= done)
        named = {each["pid"] for end in serving(tracer, since_ns) for each in end}
        assert named <= right | {None}, (named, right)
        if None not in {each["pid"] for end in serving(tracer, since_ns)[-count:] for each in end}:
            return
    pytest.fail("none of %r is ever named" % right)


def hold_one(server, asking, host, name="idle"):
    """A connection with half a request, so that no reload ends it; its port and its holder."""
    assert asking.connect(name, host, PORT) is None
    asking.say(name, "GET ")
    port = asking.name_of(name)[1]
    server.until(lambda: len(server.holders_of(port)) == 1, "no process accepts")
    return port, server.holders_of(port)


def end_and_check(tracer, asking, port, holder, name="idle"):
    """The client ends that connection: its last transitions are its holder's."""
    since_ns = time.monotonic_ns()
    asking.linger(name, 0)
    asking.close(name)
    end = tracer.until_seen(rport=port, new="CLOSED", reason="reset-by-peer")
    assert end["mono_ns"] > since_ns
    assert {end["pid"]} == holder


AGE = pytest.mark.parametrize("older", [False, True], ids=["traced", "older"])


@AGE
def test_haproxy(scenario, cast, server, host, older):
    """Reload with the listeners handed over: the old worker lives on for its connection."""
    tracer = None if older else scenario.trace()
    asking = cast("asking")
    master = server.start("haproxy", "-W", "-f", server.configure(HAPROXY))
    tracer = tracer or scenario.trace()
    server.until(lambda: len(server.holders()) == 1 and server.holders() != {master}, "no worker")
    before = server.holders()
    ask_and_check(tracer, server, before)
    port, holder = hold_one(server, asking, host)
    assert holder == before
    os.kill(master, signal.SIGUSR2)
    server.until(lambda: server.holders() and not server.holders() & (before | {master}),
                 "no new worker")
    after = server.holders()
    assert server.holders_of(port) == before
    ask_and_check(tracer, server, after)
    end_and_check(tracer, asking, port, before)


@AGE
def test_nginx(scenario, cast, server, host, older):
    """Reload, then the binary upgrade: the old master passes its listener on by exec."""
    tracer = None if older else scenario.trace()
    asking = cast("asking")
    conf = server.configure(NGINX)
    server.start("nginx", "-e", str(server.folder / "error"), "-p", str(server.folder), "-c", conf)
    tracer = tracer or scenario.trace()
    server.until(lambda: len(server.holders()) == 3, "no workers")
    old = int((server.folder / "pid").read_text())
    before = server.holders()
    ask_and_check(tracer, server, before)
    port, holder = hold_one(server, asking, host)
    os.kill(old, signal.SIGHUP)
    server.until(lambda: len(server.holders()) == 3 and server.holders() & before == {old},
                 "no new workers")
    ask_and_check(tracer, server, server.holders())
    assert server.holders_of(port) == holder
    end_and_check(tracer, asking, port, holder)

    workers = server.holders() - {old}
    os.kill(old, signal.SIGUSR2)
    server.until(lambda: len(server.holders()) == 6, "no new master")
    ask_and_check(tracer, server, server.holders())
    port, holder = hold_one(server, asking, host, "late")
    os.kill(old, signal.SIGWINCH)
    server.until(lambda: not server.holders() & workers, "the old workers still listen")
    ask_and_check(tracer, server, server.holders())
    os.kill(old, signal.SIGQUIT)
    server.until(lambda: old not in server.holders(), "the old master still listens")
    ask_and_check(tracer, server, server.holders())
    end_and_check(tracer, asking, port, holder, "late")


def test_apache(scenario, cast, server, host):
    """Prefork: every child holds the listener; a graceful restart changes them all."""
    tracer = scenario.trace()
    asking = cast("asking")
    name = "httpd" if shutil.which("httpd") else "apache2"
    conf = server.configure(APACHE, modules=APACHES[name])
    parent = server.start(name, "-DFOREGROUND", "-d", str(server.folder), "-f", conf)
    server.until(lambda: len(server.holders()) >= 3, "no children")
    ask_and_check(tracer, server, server.holders())
    port, holder = hold_one(server, asking, host)
    children = server.holders() - {parent}
    os.kill(parent, signal.SIGUSR1)
    server.until(lambda: len(server.holders() - children) >= 3 and
                 not server.holders() & (children - holder), "no new children")
    ask_and_check(tracer, server, server.holders() - holder)
    end_and_check(tracer, asking, port, holder)


def test_gunicorn(scenario, cast, server, host):
    """A worker is killed in a request, then all of them with connections in the queue."""
    tracer = scenario.trace()
    asking = cast("asking")
    server.configure(GUNICORN.replace("{", "{{").replace("}", "}}"), "app.py")
    master = server.start("gunicorn", "-w", "2", "-b", server.at, "--worker-tmp-dir",
                          str(server.folder), "--chdir", str(server.folder), "app")
    server.until(lambda: len(server.holders()) == 3, "no workers")
    ask_and_check(tracer, server, server.holders())
    hanging = subprocess.Popen(server.space.command("curl", "-sS", server.url + "hang"),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    served = tracer.until_seen(role="client", new="ESTABLISHED", pid=hanging.pid)["lport"]
    server.until(lambda: len(server.holders_of(served)) == 1, "no worker has it")
    (worker,) = server.holders_of(served)
    os.kill(worker, signal.SIGKILL)
    assert tracer.until_seen(rport=served, old="ESTABLISHED", role="server")["pid"] == worker
    hanging.wait(10)
    server.until(lambda: len(server.holders() - {worker}) == 3, "no new worker")
    ask_and_check(tracer, server, server.holders())

    for pid in sorted(server.holders()):
        os.kill(pid, signal.SIGSTOP)
    for name in "ab":
        assert asking.connect(name, host, PORT) is None
    holders = server.holders()
    for pid in sorted(holders, key=lambda pid: pid != master):
        os.kill(pid, signal.SIGKILL)
    for name in "ab":
        assert asking.recv_error(name) == "ECONNRESET"
        port = asking.name_of(name)[1]
        end = tracer.until_seen(rport=port, reason="listener-closed")
        assert end["owner"] == "listener" and end["pid"] in holders and end["comm"]


def test_socket_activation(scenario, cast, server, host):
    """The listener is kept, and the activated program has it under the same PID."""
    tracer = scenario.trace()
    asking = cast("asking")
    pid = server.start("systemd-socket-activate", "-l", server.at, sys.executable, "-c", ECHO)
    assert server.holders() == {pid}
    for name in "abc":
        assert asking.connect(name, host, PORT) is None
        asking.eof(name)
        asking.close(name)
    tracer.until(lambda _: sum(len(each) >= 4 for each in serving(tracer, 0)) == 3)
    assert {each["pid"] for end in serving(tracer, 0) for each in end} == {pid}
    assert serving(tracer, 0)[-1][0]["comm"].startswith("python")


def test_activation_for_each_connection(scenario, cast, server, host):
    """As inetd does: the listening process accepts, and a child serves the connection."""
    tracer = scenario.trace()
    asking = cast("asking")
    pid = server.start("systemd-socket-activate", "--accept", "--inetd", "-l", server.at, "cat")
    assert asking.connect("c", host, PORT) is None
    asking.send("c", 3)
    asking.recv("c", 3)
    port = asking.name_of("c")[1]
    (child,) = server.holders_of(port)
    assert child != pid
    time.sleep(0.15)  # what the former holder of a connection may be named for
    asking.shutdown("c")
    asking.eof("c")
    asking.close("c")
    tracer.until_seen(rport=port, old="LAST_ACK")
    last = {each["new"]: each["pid"] for each in tracer.transitions if each["rport"] == port}
    assert last["CLOSE_WAIT"] in (child, None)
    assert last["LAST_ACK"] == child
