# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The BPF maps of a running program, by bpf(2)."""

import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
LOOKUP_ELEM, UPDATE_ELEM, GET_FD_BY_ID, GET_INFO_BY_FD, UPDATE_BATCH = 1, 2, 14, 15, 26
NAME_AT, NAME_SIZE = 24, 16  # in struct bpf_map_info


def bpf(command, attributes):
    room = ctypes.create_string_buffer(attributes, 128)
    result = LIBC.syscall(SYS_BPF, command, room, len(room))
    return -ctypes.get_errno() if result < 0 else result


def fds_of(pid):
    """Descriptors here of all its maps, which differ in name."""
    ids = set()
    for number in os.listdir("/proc/%d/fdinfo" % pid):
        with open("/proc/%d/fdinfo/%s" % (pid, number), encoding="ascii") as info:
            ids |= {int(line.split()[1]) for line in info if line.startswith("map_id:")}
    return [bpf(GET_FD_BY_ID, struct.pack("=I", each)) for each in ids]


def name_of(fd):
    info = ctypes.create_string_buffer(88)
    assert bpf(GET_INFO_BY_FD, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info))) == 0
    return info.raw[NAME_AT:NAME_AT + NAME_SIZE].split(b"\0")[0].decode()


class Map:
    def __init__(self, pid, name):
        fds = {name_of(fd): fd for fd in fds_of(pid)}
        self.fd = fds.pop(name)
        for fd in fds.values():
            os.close(fd)

    def close(self):
        os.close(self.fd)

    def element(self, command, key, value):
        return bpf(command, struct.pack("=IIQQQ", self.fd, 0, ctypes.addressof(key),
                                        ctypes.addressof(value), 0))

    def put(self, key, value):
        assert self.element(UPDATE_ELEM, ctypes.create_string_buffer(key, len(key)),
                            ctypes.create_string_buffer(value, len(value))) == 0

    def has(self, key, value_size):
        found = self.element(LOOKUP_ELEM, ctypes.create_string_buffer(key, len(key)),
                             ctypes.create_string_buffer(value_size))
        assert found in (0, -errno.ENOENT), found
        return found == 0

    def fill(self, number, value):
        """That many entries, with keys that no socket has."""
        keys = ctypes.create_string_buffer(struct.pack("=%dQ" % number, *range(
            1 << 62, (1 << 62) + number)), 8 * number)
        values = ctypes.create_string_buffer(value * number, len(value) * number)
        assert bpf(UPDATE_BATCH, struct.pack("=QQQQIIQQ", 0, 0, ctypes.addressof(keys),
                                             ctypes.addressof(values), number, self.fd, 0, 0)) == 0
