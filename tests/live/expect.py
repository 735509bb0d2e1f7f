# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a test expects, stated whole, and its comparison with what was traced.

A step is a line `OLD>NEW WHO OWNER [REASON [ERRNO]] [by=ACTOR]`. WHO is the owner's name in the
test (`name:comm` once it has taken another command name, `?` for none). WHO and OWNER may be two
alternatives, `A|B`: A where the kernel tells who accepted (tier "full"), B where it does not and
the socket is its listener's until somebody operates on it (tier "tracepoint")."""

import collections
import difflib

Address = collections.namedtuple("Address", "host port")
ANY = Address(None, None)


class End:
    """One end of a connection: its addresses, its role, its steps."""

    def __init__(self, local, remote, role, steps, uid=0, known_since=None, family=None,
                 netns=None):
        self.local = Address(*local)
        self.remote = Address(*remote)
        self.role = role or "-"
        self.steps = [line.split() for line in steps.splitlines() if line.strip()]
        self.uid = uid
        self.known_since = known_since  # index of the first step whose duration is known
        self.netns = netns  # where it is not the scenario's own
        self.family = family or ("ipv6" if ":" in self.local.host else "ipv4")

    @property
    def key(self):
        return (*self.local, *self.remote)

    def lines(self, tier):
        return [self.line(words, tier) for words in self.steps]

    def line(self, words, tier):
        by = [word for word in words if word.startswith("by=")]
        pair, who, owner, *end = [word for word in words if word not in by]
        end += ["-"] * (2 - len(end))
        return " ".join([pair, pick(who, tier), pick(owner, tier), self.role, *end, *by])


def client(local, remote, steps, role="client", **more):
    return End(local, remote, role, steps, **more)


def server(local, remote, steps, role="server", **more):
    return End(local, remote, role, steps, **more)


def listener(local, who="server", closed=True, opened=True, **more):
    """closed: the line of its end, where that is not a plain close; None: it stays open."""
    steps = "CLOSED>LISTEN %s listen\n" % who if opened else ""
    if closed:
        steps += "LISTEN>CLOSED %s listen normal" % who if closed is True else closed
    return End(local, ANY, "server", steps, **more)


def pick(word, tier):
    full, _, tracepoint = word.partition("|")
    return full if tier == "full" or not tracepoint else tracepoint


def by_id(transitions):
    """Transitions of each socket, in the order they came."""
    sockets = collections.defaultdict(list)
    for each in transitions:
        sockets[each["id"]].append(each)
    return sockets


def key_of(transitions):
    """The addresses of a socket, as its last transition has them."""
    last = transitions[-1]
    return tuple(last[name] for name in ("laddr", "lport", "raddr", "rport"))


def describe(transition, names):
    who = named(transition["pid"], transition["comm"], names)
    words = ["%(old)s>%(new)s" % transition, who, transition["owner"],
             transition["role"] or "-", transition["reason"] or "-", transition["errno"] or "-"]
    if transition["by_pid"] is not None or transition["by_comm"] is not None:
        words.append("by=" + named(transition["by_pid"], transition["by_comm"], names))
    return " ".join(words)


def named(pid, comm, names):
    if pid is None and comm is None:
        return "?"
    name = names.get(pid, comm)
    return name if name == comm else "%s:%s" % (name, comm)


def compare(transitions, ends, actors, tier, netns):
    """Every end, every step, in order, and nothing else."""
    names = {each.pid: each.name for each in actors}
    seen = by_id(transitions)
    keys = {identity: key_of(each) for identity, each in seen.items()}
    assert len(set(keys.values())) == len(keys), "two ids for one end: %r" % keys
    got = {keys[i]: [describe(t, names) for t in each] for i, each in seen.items()}
    wanted = {end.key: end.lines(tier) for end in ends}
    assert got == wanted, difference(got, wanted)
    traced = {keys[identity]: each for identity, each in seen.items()}
    for end in ends:
        check_facts(end, traced[end.key], end.netns or netns)


def difference(got, wanted):
    """What was expected against what was traced, as a diff to read."""
    texts = [[line for key in sorted(ends, key=repr) for line in [repr(key), *ends[key]]]
             for ends in (wanted, got)]
    return "\n" + "\n".join(difflib.unified_diff(*texts, "expected", "traced", n=20, lineterm=""))


def check_facts(end, transitions, netns):
    """What holds for every transition of an end whatever the scenario."""
    before = None
    for index, each in enumerate(transitions):
        check_addresses(end, each)
        check_duration(end, index, before, each)
        assert each["v"] == 1
        assert each["family"] == end.family
        assert each["netns"] == netns.inode
        assert each["uid"] == end.uid
        assert isinstance(each["cgroup"], str) and each["cgroup"].startswith("/")
        assert "inferred" not in each
        before = each


def check_addresses(end, each):
    wanted = [end.local.host, end.local.port, end.remote.host, end.remote.port]
    got = [each[name] for name in ("laddr", "lport", "raddr", "rport")]
    if (each["old"], each["new"]) == ("CLOSED", "SYN_SENT") and each["lport"] is None:
        wanted[1] = None  # not chosen yet
    assert got == wanted


def check_duration(end, index, before, each):
    duration = each["duration_us"]
    known = 1 if end.known_since is None else end.known_since
    if index < known:
        assert duration is None, each
        return
    if before is None:
        assert duration > 0, each
        return
    assert each["mono_ns"] >= before["mono_ns"]
    assert duration is not None, each
    assert round(duration * 1000) == each["mono_ns"] - before["mono_ns"], each
