# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A wire between two namespaces that the test can hold still: a TUN device at each end, every
packet passed on by this process. So two packets cross whenever a test wants them to."""

import fcntl
import os
import select
import struct
import threading

import actor

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
TCP = 6
FIN, SYN = 1, 2


class Wire:
    """Carries IPv4 TCP between 10.77.0.1 (first namespace) and 10.77.0.2 (second)."""

    addresses = ("10.77.0.1", "10.77.0.2")

    def __init__(self, *spaces):
        self.ends = [self.plug(space, i) for i, space in enumerate(spaces)]
        self.changed = threading.Condition()
        self.holding = False
        self.held = []
        self.wake = os.pipe()
        self.carrier = threading.Thread(target=self.carry)
        self.carrier.start()

    def plug(self, space, index):
        made = []
        # setns() changes the thread that calls it, so a thread of its own does.
        thread = threading.Thread(target=lambda: made.append(open_tun(space.path)))
        thread.start()
        thread.join()
        space.ip("address", "add", self.addresses[index], "peer", self.addresses[1 - index],
                 "dev", "wire")
        space.ip("link", "set", "wire", "up")
        return made[0]

    def carry(self):
        while True:
            ready, _, _ = select.select([*self.ends, self.wake[0]], [], [])
            if self.wake[0] in ready:
                return
            for end in ready:
                packet = os.read(end, 65536)
                if tcp_flags(packet) is not None:
                    self.take(self.ends[1 - self.ends.index(end)], packet)

    def take(self, target, packet):
        with self.changed:
            if self.holding:
                self.held.append((target, packet))
                self.changed.notify()
            else:
                os.write(target, packet)

    def hold(self):
        with self.changed:
            self.holding = True

    def wait_held(self, flag, count=2):
        """Until that many packets with the flag are on the wire, one each way or more."""
        with self.changed:
            held = self.changed.wait_for(
                lambda: sum(bool(tcp_flags(packet) & flag) for _, packet in self.held) >= count, 10)
        assert held, "no such packets came"

    def release(self):
        with self.changed:
            self.holding = False
            for target, packet in self.held:
                os.write(target, packet)
            self.held = []

    def remove(self):
        os.write(self.wake[1], b"x")
        self.carrier.join()
        for fd in [*self.ends, *self.wake]:
            os.close(fd)


def open_tun(netns_path):
    actor.enter_netns(netns_path)
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", b"wire", IFF_TUN_NO_PI))
    return end


def tcp_flags(packet):
    """None for what is not IPv4 TCP."""
    if packet[0] >> 4 != 4 or packet[9] != TCP:
        return None
    return packet[(packet[0] & 15) * 4 + 13]
