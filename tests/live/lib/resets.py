# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The RSTs that the kernel sends, by its own word: tracepoint tcp_send_reset through tracefs.
What tcpstate says of them is compared with it."""

import collections
import ipaddress
import os
import re
import subprocess

LINE = re.compile(r"tcp_send_reset:.* src=(\S+):(\d+) dest=(\S+):(\d+) state=\S+ reason=(\S+)")


class Resets:
    """Listens in an instance of its own until removed. None are known where the kernel gives
    no reasons (before 6.10)."""

    def __init__(self, mountpoint):
        self.mountpoint = mountpoint
        subprocess.run(["mount", "-t", "tracefs", "none", mountpoint], check=True)
        self.instance = os.path.join(mountpoint, "instances", "tcpstate-test-%d" % os.getpid())
        os.mkdir(self.instance)
        self.event = os.path.join(self.instance, "events", "tcp", "tcp_send_reset")
        with open(os.path.join(self.event, "format"), encoding="ascii") as file:
            self.gives_reasons = " reason;" in file.read()
        self.enable(True)

    def enable(self, enabled):
        with open(os.path.join(self.event, "enable"), "w", encoding="ascii") as file:
            file.write("1" if enabled else "0")

    def take(self):
        """Reasons of what was sent since the last time, by the sender's addresses."""
        sent = collections.defaultdict(list)
        with open(os.path.join(self.instance, "trace"), "r+", encoding="latin-1") as file:
            for line in file:
                found = LINE.search(line)
                if found and found[5] != "NO_SOCKET":
                    local, lport, remote, rport, reason = found.groups()
                    sent[address(local), int(lport), address(remote), int(rport)].append(reason)
            file.truncate(0)
        return sent

    def check(self, ends):
        """Every end has sent what it says, and no other has sent any."""
        sent = self.take()
        if not self.gives_reasons:
            return
        for end in ends:
            assert sent.get(end.key, []) == end.resets(), "%r: %r" % (end.key, sent)

    def remove(self):
        self.enable(False)
        os.rmdir(self.instance)
        subprocess.run(["umount", self.mountpoint], check=True)


def address(text):
    """As tcpstate has it: without brackets, a mapped one as IPv4."""
    found = ipaddress.ip_address(text.strip("[]"))
    return str(getattr(found, "ipv4_mapped", None) or found)
