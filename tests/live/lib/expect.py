# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a test expects, stated whole, and its comparison with what was traced.

A step is a line `OLD>NEW WHO OWNER [REASON [ERRNO]] [FACT...]`. WHO is the owner's name in the
test (`name:comm` once it has taken another command name, `?` for none). A FACT is one of
`by=ACTOR`, `retrans=N` or `retrans=N..M` (SYNs or SYN-ACKs retransmitted; default: none),
`rst=received`, `rst=sent`, `rst=sent:WHY` (the kernel's name, where it has one), `cookie` and
`fast_open`.

Kernels that run programs at functions' entry and exit (tiers "fentry" and "kprobe") show what
those with tracepoints alone (tier "tracepoint") do not. So every word may be two alternatives,
`A|B`, B where the tier is "tracepoint"; either may be empty. A line whose transition is empty is
not expected there at all. `~OLD>NEW` is concluded by that tier and seen by the others. `A/B` is
either: what depends on when the open files were last scanned.

The step that ends the full socket has its totals: payload in and out, and retransmitted data."""

import collections
import difflib
import functools
import re

Address = collections.namedtuple("Address", "host port")
ANY = Address(None, None)
TOTALS = ("bytes_in", "bytes_out", "segs_retrans", "srtt_us", "lifetime_us")
NOTHING = (0, 0)


class End:
    """One end of a connection: its addresses, its role, its steps."""

    def __init__(self, local, remote, role, steps, uid=0, family=None, netns=None,
                 moved=NOTHING, segs_retrans=0, half_open=False, unmeasured=False):
        self.local = Address(*local)
        self.remote = Address(*remote)
        self.role = role or "-"
        self.steps = [line.split() for line in steps.splitlines() if line.strip()]
        self.uid = uid
        self.netns = netns  # where it is not the scenario's own
        self.moved = moved  # bytes in and out at its end
        self.segs_retrans = segs_retrans  # a number, or a range
        self.half_open = half_open  # it never becomes a full socket
        self.unmeasured = unmeasured  # how long its handshake took the kernel did not measure
        self.family = family or ("ipv6" if ":" in self.local.host else "ipv4")

    @property
    def key(self):
        return (*self.local, *self.remote)

    def lines(self, tier):
        lines = [self.line(words, tier) for words in self.steps]
        return [line for line in lines if line]

    def line(self, words, tier):
        """As describe() has it; None where the tier has no such step."""
        change, *words = [pick(word, tier) for word in words]
        if not change:
            return None
        if tier != "tracepoint":
            change = change.lstrip("~")
        facts = [known_reset(word) for word in words if is_fact(word)]
        who, owner, *end = [word for word in words if word and not is_fact(word)]
        end += ["-"] * (2 - len(end))
        return " ".join([change, who, owner, self.role, *end, *sorted(facts)])

    def resets(self):
        """What this end sent RSTs for, whether tcpstate can know or not."""
        words = [pick(word, "fentry") for step in self.steps if pick(step[0], "fentry")
                 for word in step]
        return [word.partition(":")[2] for word in words if word.startswith("rst=sent")]


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
    full, bar, tracepoint = word.partition("|")
    return tracepoint if bar and tier == "tracepoint" else full


def is_fact(word):
    return "=" in word or word in ("cookie", "fast_open")


@functools.lru_cache(None)
def kernel_gives(reason):
    """Does this kernel know that reason for a RST?"""
    with open("/sys/kernel/btf/vmlinux", "rb") as btf:
        return b"\0SK_RST_REASON_%s\0" % reason.encode() in btf.read()


def known_reset(fact):
    fact, colon, reason = fact.partition(":")
    return fact + ":" + reason if colon and kernel_gives(reason) else fact


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
    change = "%(old)s>%(new)s" % transition
    words = ["~" + change if transition.get("inferred") else change, who, transition["owner"],
             transition["role"] or "-", transition["reason"] or "-", transition["errno"] or "-"]
    return " ".join(words + sorted(facts_of(transition, names)))


def facts_of(transition, names):
    if transition["by_pid"] is not None or transition["by_comm"] is not None:
        yield "by=" + named(transition["by_pid"], transition["by_comm"], names)
    if transition.get("retrans"):
        yield "retrans=%d" % transition["retrans"]
    if "rst" in transition:
        why = transition.get("rst_reason")
        yield "rst=" + transition["rst"] + (":" + why if why else "")
    yield from (name for name in ("cookie", "fast_open") if transition.get(name))


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
    wanted = {end.key: lines for end, lines in ((end, end.lines(tier)) for end in ends) if lines}
    for key, lines in wanted.items():
        got[key] = [in_range(*chosen(*pair)) for pair in zip(got.get(key, []), lines)] + \
            got.get(key, [])[len(lines):]
    assert got == wanted, difference(got, wanted)
    traced = {keys[identity]: each for identity, each in seen.items()}
    for end in ends:
        check_facts(end, traced.get(end.key, []), end.netns or netns)


def chosen(got, wanted):
    """With the alternatives that are wanted in the place of the one that came."""
    words = got.split(" ")
    for index, word in enumerate(wanted.split(" ")[:len(words)]):
        if "/" in word and words[index] in word.split("/"):
            words[index] = word
    return " ".join(words), wanted


def in_range(got, wanted):
    """With the range that is wanted in the place of a number within."""
    found, limits = re.search(r"retrans=(\d+)", got), re.search(r"retrans=(\d+)\.\.(\d+)", wanted)
    count = int(found[1]) if found else 0
    if not limits or not int(limits[1]) <= count <= int(limits[2]):
        return got
    return got.replace(found[0], limits[0]) if found else got + " " + limits[0]


def difference(got, wanted):
    """What was expected against what was traced, as a diff to read."""
    texts = [[line for key in sorted(ends, key=repr) for line in [repr(key), *ends[key]]]
             for ends in (wanted, got)]
    return "\n" + "\n".join(difflib.unified_diff(*texts, "expected", "traced", n=20, lineterm=""))


def check_facts(end, transitions, netns):
    """What holds for every transition of an end whatever the scenario."""
    before = born = None
    for index, each in enumerate(transitions):
        if each["old"] in ("CLOSED", "LISTEN"):
            born = each
        check_addresses(end, each)
        check_duration(end, index, before, each)
        check_totals(end, born, each)
        assert each["v"] == 1
        assert each["family"] == end.family
        assert each["netns"] == netns.inode
        assert each["uid"] == (None if each["owner"] == "unknown" else end.uid)
        assert isinstance(each["cgroup"], str) and each["cgroup"].startswith("/")
        assert ("retrans" in each) == (each["old"] in ("SYN_SENT", "SYN_RECV")), each
        # what is not so is not there at all
        assert all(each.get(name, True) is True for name in ("inferred", "cookie", "fast_open"))
        before = each


def check_addresses(end, each):
    wanted = [end.local.host, end.local.port, end.remote.host, end.remote.port]
    got = [each[name] for name in ("laddr", "lport", "raddr", "rport")]
    if (each["old"], each["new"]) == ("CLOSED", "SYN_SENT") and each["lport"] is None:
        wanted[1] = None  # not chosen yet
    assert got == wanted


def check_duration(end, index, before, each):
    duration = each["duration_us"]
    if before is None or (end.unmeasured and index == 1):
        assert duration is None, each
        return
    assert each["mono_ns"] >= before["mono_ns"]
    assert duration is not None, each
    assert round(duration * 1000) == each["mono_ns"] - before["mono_ns"], each


def ends_full_socket(end, each):
    if end.half_open or each["old"] in ("LISTEN", "TIME_WAIT"):
        return False
    return each["new"] in ("TIME_WAIT", "CLOSED")


def check_totals(end, born, each):
    there = [name for name in TOTALS if name in each]
    assert there == (list(TOTALS) if ends_full_socket(end, each) else []), each
    if not there:
        return
    assert (each["bytes_in"], each["bytes_out"]) == end.moved, each
    wanted = end.segs_retrans
    assert each["segs_retrans"] in (wanted if isinstance(wanted, range) else [wanted]), each
    assert each["srtt_us"] is None or 0 < each["srtt_us"] < 10_000_000, each
    if born is None or end.unmeasured:
        assert each["lifetime_us"] is None, each
    else:
        assert round(each["lifetime_us"] * 1000) == each["mono_ns"] - born["mono_ns"], each
