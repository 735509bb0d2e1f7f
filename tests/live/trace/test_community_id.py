# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The column community_id: one value for both ends of a connection, in trace, list and stuck."""

import base64
import hashlib
import ipaddress
import struct

import listing
import tracer as tracing


def community_id(one, other):
    """By the specification, for TCP; each end is (address, port)."""
    ends = sorted((ipaddress.ip_address(host).packed, port) for host, port in (one, other))
    data = struct.pack("!H", 0) + ends[0][0] + ends[1][0] + b"\x06\x00"
    data += struct.pack("!HH", ends[0][1], ends[1][1])
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def test_one_value(space, cast, tracer, host):
    trace = tracer("--netns", space.path, "-o", "id,new,community_id")
    alpha, beta, client, server, *_ = cast.connection(host)
    expected = community_id(client, server)
    found = listing.inside(space, "-o", "state,community_id")
    assert sorted((each["state"], each["community_id"]) for each in found) == [
        ("ESTABLISHED", expected), ("ESTABLISHED", expected)] + [
        ("LISTEN", None)] * sum(each["state"] == "LISTEN" for each in found)
    beta.shutdown("c")
    alpha.wait_for("s", "POLLRDHUP")
    stuck = tracing.run("stuck", "--netns", space.name, "--rule", "CLOSE_WAIT>0s", "--json", "-o",
                        "state,community_id")
    assert [each["community_id"] for each in stuck.objects
            if each["state"] == "CLOSE_WAIT"] == [expected]
    alpha.close("s")
    trace.until(lambda objects: any(each.get("new") == "CLOSE_WAIT" for each in objects))
    seen = [each["community_id"] for each in trace.stop().objects
            if each["type"] == "transition" and each["new"] in ("ESTABLISHED", "CLOSE_WAIT",
                                                                "FIN_WAIT_1", "LAST_ACK")]
    assert seen and set(seen) == {expected}
