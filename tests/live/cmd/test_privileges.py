# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What each capability adds for an ordinary user: the table of doc/privileges.md is the expectation."""

import os
import shutil
import subprocess

import pytest

import ordinary
import tracer as tracing

DOCUMENT = os.path.join(tracing.HERE, "..", "..", "..", "doc", "privileges.md")
HEAD = "| beside CAP_BPF and CAP_PERFMON |"

# A listener, and an accepted connection whose peer has closed.
HOLDER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
peer = socket.create_connection(listener.getsockname())
held, _ = listener.accept()
peer.close()
while held.recv(1):
    pass
print("ready", flush=True)
sys.stdin.read()
"""


def read_table():
    """Rows of the document: the capabilities, and what the document says of each column."""
    with open(DOCUMENT) as file:
        lines = file.read().split(HEAD)[1].splitlines()
    columns = [cell.strip() for cell in lines[0].strip(" |").split("|")]
    rows = {}
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[first] = dict(zip(columns, cells, strict=True))
    assert len(rows) == 6
    return rows


TABLE = read_table()


def user_with(space, capabilities):
    """The prefix of a command that has these, as an ordinary user in a namespace."""
    wanted = ",".join("+" + each.removeprefix("CAP_").lower()
                      for each in ["CAP_BPF", "CAP_PERFMON", *capabilities])
    return ["nsenter", "--net=" + space.path, "setpriv", "--reuid=%d" % ordinary.UID,
            "--regid=%d" % ordinary.UID, "--clear-groups", "--inh-caps=-all," + wanted,
            "--ambient-caps=-all," + wanted, "--bounding-set=-all," + wanted]


@pytest.fixture
def holders(space):
    """Root's: two in a namespace with a name, one in a namespace that only it is in."""
    inside = ["nsenter", "--net=" + space.path]
    alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    started = [ordinary.Program(prefix, HOLDER) for prefix in (inside, inside, alone)]
    yield started
    for each in started:
        each.end()


def is_listed(space, capabilities, pid):
    done = tracing.run("list", "--json", "-s", "close-wait", "-p", str(pid),
                       prefix=user_with(space, capabilities))
    return len(done.of_type("socket")) == 1


def is_closed(space, capabilities, how, pid):
    done = tracing.run("stuck", "--json", "--close=" + how, "--yes", "-p", str(pid),
                       "--rule", "CLOSE_WAIT>1ms", prefix=user_with(space, capabilities))
    return [each["type"] for each in done.objects] == ["closed"]


@pytest.mark.parametrize("added", TABLE, ids=lambda added: added.replace(" ", ""))
def test_table(space, other_space, holders, added):
    capabilities = [each for each in added.split(", ") if each != "nothing"]
    one, two, hidden = [each.pid for each in holders]
    seen = {
        "own namespace": is_listed(space, capabilities, one),
        "namespace with a name": is_listed(other_space, capabilities, one),
        "namespace of a process": is_listed(other_space, capabilities, hidden),
        "`--close=reset`": is_closed(space, capabilities, "reset", one),
        "`--close=fin`": is_closed(space, capabilities, "fin", two),
    }
    assert {name: "yes" if done else "no" for name, done in seen.items()} == TABLE[added]


def copy_with(folder, capabilities):
    """The program with file capabilities, for everybody."""
    path = os.path.join(folder, "tcpstate")
    shutil.copy(tracing.PROGRAM, path)
    os.chmod(path, 0o755)
    subprocess.run(["setcap", capabilities + "+ep", path], check=True)
    return path


@pytest.fixture
def folder():
    """Everybody can reach it, unlike pytest's own."""
    made = subprocess.run(["mktemp", "-d", "/var/tmp/tcpstate.XXXXXX"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    os.chmod(made, 0o755)
    yield made
    shutil.rmtree(made)


def run_copy(space, path, *words):
    return subprocess.run([*ordinary.command(space)[:2], "setpriv", "--reuid=%d" % ordinary.UID,
                           "--regid=%d" % ordinary.UID, "--clear-groups", path, *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def test_file_capabilities_close_nothing(space, holders, folder):
    path = copy_with(folder, "cap_bpf,cap_perfmon,cap_net_admin,cap_sys_ptrace")
    pid = str(holders[0].pid)
    for how in "reset", "fin":
        done = run_copy(space, path, "stuck", "--json", "--close=" + how, "--yes", "-p", pid,
                        "--rule", "CLOSE_WAIT>1ms")
        assert (done.returncode, done.stdout) == (3, ""), done
        assert "the capabilities of the program file" in done.stderr
    seen = run_copy(space, path, "list", "--json", "-s", "close-wait", "-p", pid)
    assert seen.stdout.count('"type":"socket"') == 1, seen


def test_file_capabilities_read_no_recording(space, folder):
    """The caller's own rights decide which files it reads."""
    path = copy_with(folder, "cap_dac_read_search")
    secret = os.path.join(folder, "secret.tcps")
    with open(secret, "w") as file:
        file.write("only for root")
    os.chmod(secret, 0o600)
    done = run_copy(space, path, "replay", secret)
    assert done.returncode == 1 and "Permission denied" in done.stderr, done
