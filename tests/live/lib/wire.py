# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A wire between two namespaces that the test can hold still: a TUN device at each end, every
packet passed on by this process. So two packets cross, are late or get lost whenever a test wants
them to."""

import fcntl
import os
import select
import struct
import threading
import time

import actor

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
TCP = 6
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Packet:
    """An IPv4 TCP packet for one end, 0 or 1: its flags, and how much payload it has."""

    def __init__(self, end, data):
        header = (data[0] & 15) * 4
        self.end = end
        self.data = data
        self.flags = data[header + 13]
        self.size = len(data) - header - (data[header + 12] >> 4) * 4


class Wire:
    """Carries IPv4 TCP between 10.77.0.1 (first namespace) and 10.77.0.2 (second)."""

    addresses = ("10.77.0.1", "10.77.0.2")

    def __init__(self, *spaces, delay=0.0):
        self.delay = delay
        self.losing = lambda packet: False
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
                data = os.read(end, 65536)
                if is_tcp(data):
                    self.take(Packet(1 - self.ends.index(end), data))

    def take(self, packet):
        with self.changed:
            if self.losing(packet):
                return
        time.sleep(self.delay)
        with self.changed:
            if self.holding:
                self.held.append(packet)
                self.changed.notify()
            else:
                self.deliver(packet)

    def deliver(self, packet):
        os.write(self.ends[packet.end], packet.data)

    def lose(self, which):
        """From now on those packets are lost of which `which` says so."""
        with self.changed:
            self.losing = which

    def lose_once(self, which):
        """The next such packet, and no other."""
        lost = []

        def losing(packet):
            if lost or not which(packet):
                return False
            lost.append(packet)
            return True

        self.lose(losing)

    def hold(self):
        with self.changed:
            self.holding = True

    def wait_held(self, flag, count=2):
        """Until that many packets with the flag are on the wire, one each way or more."""
        with self.changed:
            held = self.changed.wait_for(lambda: len(self.held_with(flag)) >= count, 10)
            assert held, "no such packets came"
            return self.held_with(flag)

    def held_with(self, flag):
        return [packet for packet in self.held if packet.flags & flag]

    def release(self):
        with self.changed:
            self.holding = False
            for packet in self.held:
                self.deliver(packet)
            self.held = []

    def hold_again(self):
        """Releases what is held and holds what comes after."""
        with self.changed:
            for packet in self.held:
                self.deliver(packet)
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


def is_tcp(data):
    return data[0] >> 4 == 4 and data[9] == TCP
