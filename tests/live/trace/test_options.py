# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A process uses up the memory for the options of its socket (net.core.optmem_max): the kernel has
none for the socket's record. The process that acts is the owner all the same, also for filters."""

import pytest

import ordinary

# State before and after, owner: of the end without a record. No process acts where it is unknown.
CLIENT = [("CLOSED", "SYN_SENT", "connect"), ("SYN_SENT", "ESTABLISHED", "unknown"),
          ("ESTABLISHED", "FIN_WAIT_1", "use"), ("FIN_WAIT_1", "FIN_WAIT_2", "unknown")]
LISTENER = [("CLOSED", "LISTEN", "listen"), ("LISTEN", "CLOSED", "use")]
ENDS = {"client": CLIENT, "listener": LISTENER}
COMM = "load"
FILTERS = {"none": lambda pid: (), "pid": lambda pid: ("-p", str(pid)),
           "comm": lambda pid: ("-c", COMM), "uid": lambda pid: ("-u", str(ordinary.UID))}


@pytest.fixture
def connection(crowd, load):
    """The process that makes a connection, one end of which has no record, and its facts."""
    def start(end):
        process = crowd(load, "options", end, prefix=ordinary.USER)
        return process, process.report()

    return start


def without_record(end):
    """How many of its transitions: at the end of a client in FIN_WAIT_2 there is one more."""
    return len(ENDS[end]) + (end == "client")


def facts(each):
    return each["old"], each["new"], each["owner"], each["pid"], each["comm"], each["uid"]


@pytest.mark.parametrize("by", FILTERS)
@pytest.mark.parametrize("end", ENDS)
def test_owner(space, tracer, tier, connection, end, by):
    process, made = connection(end)
    assert made["keys"] > 0
    words = FILTERS[by](made["pid"])
    traced = tracer("--netns", space.name, "-o", "+record_missing", *words)
    process.step()
    assert process.report() == {"mode": "options", "connections": 1}
    traced.until_seen(lport=made["port"], old="LISTEN", new="CLOSED")
    outcome = traced.stop()
    process.end()
    mine, unknown = (made["pid"], COMM, ordinary.UID), (None, None, None)
    expected = ENDS[end] + ([("FIN_WAIT_2", "CLOSED", "unknown")]
                            if (end, tier) == ("client", "tracepoint") else [])
    expected = [(*each, *(unknown if each[2] == "unknown" else mine)) for each in expected
                if by == "none" or each[2] != "unknown"]
    seen = [each for each in outcome.transitions if each.get("record_missing")]
    if tier != "tracepoint":  # which shows the end in TIME_WAIT
        seen = [each for each in seen if each["old"] != "FIN_WAIT_2"]
    assert [facts(each) for each in seen] == expected
    assert len({each["id"] for each in seen}) == 1
    assert {each["duration_us"] for each in seen} == {None}
    # The other end has its record.
    others = [each for each in outcome.transitions if not each.get("record_missing")]
    assert {each["pid"] for each in others} <= {made["pid"], None}
    assert len(others) == {"client": 7, "listener": 7 if by != "none" else 10}[end]
    assert not outcome.of_type("lost")
    assert ("  %d transitions are not in the sockets per state: the kernel had no memory for the "
            "socket's record\n" % without_record(end)) in outcome.stderr


@pytest.mark.parametrize("end", ENDS)
def test_counted(counter, connection, end):
    """A count of the process's sockets has them, and reports how many were without a record."""
    process, made = connection(end)
    count = counter("0.2", "-p", str(made["pid"]))
    process.step()
    process.report()
    count.until(lambda _: sum(each["transitions"].get("LISTEN>CLOSED", 0)
                              for each in count.of_type("count")) == 1)
    process.end()
    lines = count.of_type("count")
    assert sum(each["without_record"] for each in lines) == without_record(end)
    for old, new, owner in ENDS[end]:
        counted = sum(each["transitions"].get("%s>%s" % (old, new), 0) for each in lines)
        assert counted == (owner != "unknown"), (old, new)
