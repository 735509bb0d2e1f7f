# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A private network namespace for one test."""

import itertools
import os
import subprocess

NUMBERS = itertools.count()


class Namespace:
    """Made with lo up; remove() takes it away with all it holds."""

    def __init__(self):
        self.name = "tcpstate-%d-%d" % (os.getpid(), next(NUMBERS))
        self.path = "/run/netns/" + self.name
        ip("netns", "add", self.name)
        self.inode = os.stat(self.path).st_ino
        self.ip("link", "set", "lo", "up")
        # Duplicate address detection would keep ::1 unusable for a second.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                 "net.ipv6.conf.default.accept_dad=0")

    def remove(self):
        ip("netns", "del", self.name)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words):
        """Runs a program inside to its end; its standard output."""
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError("%s: %s" % (" ".join(words), done.stderr.strip()))
        return done.stdout

    def ip(self, *words):
        ip("-n", self.name, *words)

    def sysctl(self, key, value):
        self.run("sysctl", "-qw", "%s=%s" % (key, value))

    def blackhole(self, host):
        """Packets to that address leave by an interface whose other end drops them."""
        self.ip("link", "add", "hole", "type", "veth", "peer", "name", "far")
        for link in ("hole", "far"):
            self.ip("link", "set", link, "up")
        self.ip("route", "add", host, "dev", "hole")
        self.ip("neigh", "add", host, "lladdr", "02:00:00:00:00:01", "dev", "hole")
        self.ip("address", "add", "10.99.0.1/32", "dev", "hole")


def ip(*words):
    done = subprocess.run(["ip", *words], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError("ip %s: %s" % (" ".join(words), done.stderr.strip()))
