# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A process of a test: it holds sockets and does with them what the test says, one step at a
time. Run by actors.py; imports nothing of the suite, so that it starts fast.

Requests come as JSON over a SOCK_SEQPACKET socket, one answer each."""

import array
import ctypes
import errno
import fcntl
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import termios
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NAME = 15
CLONE_NEWNET = 0x40000000
SYS_PIDFD_GETFD = 438
SYS_IO_URING_SETUP, SYS_IO_URING_REGISTER, IORING_REGISTER_FILES = 425, 427, 2
SYS_EXIT = {"x86_64": 60, "aarch64": 93}
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # return 0
NETLINK_SOCK_DIAG, SOCK_DESTROY, NLM_F_REQUEST_ACK = 4, 21, 5
TIMEOUT = 60.0


def set_comm(name):
    """Names the calling thread; the main thread's name is the process's."""
    LIBC.prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


def enter_netns(path):
    with open(path, "rb") as handle:
        if LIBC.setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", path)


def send_with_fds(channel, message, fds=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    channel.sendmsg([json.dumps(message).encode()], rights)


def recv_with_fds(channel):
    data, rights, _, _ = channel.recvmsg(1 << 20, socket.CMSG_SPACE(16 * 4))
    fds = array.array("i")
    for level, kind, payload in rights:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(payload)
    return (json.loads(data) if data else None), list(fds)


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def error_name(code):
    return errno.errorcode[code] if code else None


def end_of(host, port):
    """With the scope of a host such as fe80::1%eth0."""
    return socket.getaddrinfo(host, port)[0][4] if "%" in host else (host, port)


class Actor:
    """Its methods are the requests; sockets are known by the names the test gives them."""

    def __init__(self, channel, sockets=None):
        self.channel = channel
        self.sockets = sockets or {}
        self.reply_fds = []

    # Making and ending sockets

    def listen(self, name, host, port=0, backlog=64):
        sock = socket.socket(family_of(host), socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sockets[name] = sock
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind((host, port))
        sock.listen(backlog)
        return sock.getsockname()[:2]

    def listen_among(self, name, host, port=0):
        """One of several listeners of that port (SO_REUSEPORT)."""
        sock = socket.socket(family_of(host), socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.sockets[name] = sock
        sock.bind((host, port))
        sock.listen(64)
        return sock.getsockname()[:2]

    def open_udp(self, name, host, port=0, peer=None):
        sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
        self.sockets[name] = sock
        sock.bind((host, port))
        if peer:
            sock.connect(tuple(peer))
        return sock.getsockname()[:2]

    def accept_all(self, listener):
        """Whatever waits now; the peers' ports."""
        self.sockets[listener].setblocking(False)
        ports = []
        while True:
            try:
                sock, peer = self.sockets[listener].accept()
            except BlockingIOError:
                return ports
            self.sockets["accepted%d" % peer[1]] = sock
            ports.append(peer[1])

    def crowd(self, count, host, port, prefix="x"):
        """That many connections; their local ports."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for i in range(count):
            sock = socket.socket(family_of(host), socket.SOCK_STREAM)
            self.sockets["%s%d" % (prefix, i)] = sock
            sock.connect((host, port))
        return [self.sockets["%s%d" % (prefix, i)].getsockname()[1] for i in range(count)]

    def duplicate(self, name, copy):
        """Another descriptor of the same socket; its number."""
        self.sockets[copy] = self.sockets[name].dup()
        return self.sockets[copy].fileno()

    def open(self, name, host, port=None, protocol=0):
        """A socket of that address's family; with a port (0: any) it is bound to it."""
        sock = socket.socket(family_of(host), socket.SOCK_STREAM, protocol)
        self.sockets[name] = sock
        if port is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
        return sock.getsockname()[:2]

    def new(self, name, host, kind, protocol=0):
        """A socket of that address's family, of which nothing else is made."""
        self.sockets[name] = socket.socket(family_of(host), getattr(socket, kind), protocol)

    def bind_with(self, name, host, port, options, udp=False):
        """A bound socket; options (level, option, value) are set before."""
        kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
        sock = self.sockets[name] = socket.socket(family_of(host), kind)
        for level, option, value in options:
            sock.setsockopt(getattr(socket, level), getattr(socket, option), value)
        sock.bind(end_of(host, port))
        return sock.getsockname()[:2]

    def bind_device(self, name, host, port, device):
        sock = self.sockets[name] = socket.socket(family_of(host), socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sock.bind((host, port))

    def start_listening(self, name):
        self.sockets[name].listen(64)

    def connect(self, name, host, port):
        """Blocks until connected or refused; the error's name or None."""
        sock = self._socket_for(name, host)
        sock.setblocking(True)  # a timeout would make it a connect of two steps
        return error_name(sock.connect_ex(end_of(host, port)))

    def connect_start(self, name, host, port):
        """Only sends the SYN; the local address that the kernel chose."""
        sock = self._socket_for(name, host)
        sock.setblocking(False)
        code = sock.connect_ex((host, port))
        if code != errno.EINPROGRESS:
            raise OSError(code, "connect did not begin")
        return sock.getsockname()[:2]

    def connect_with_data(self, name, host, port, count):
        """TCP Fast Open: the SYN carries the data, once the kernel has the server's cookie."""
        sock = self._socket_for(name, host)
        sock.settimeout(TIMEOUT)
        sock.sendto(b"x" * count, socket.MSG_FASTOPEN, (host, port))
        return sock.getsockname()[:2]

    def connect_end(self, name):
        """Waits for what connect_start() began; the error's name or None."""
        poll = select.poll()
        poll.register(self.sockets[name], select.POLLOUT)
        if not poll.poll(TIMEOUT * 1000):
            raise TimeoutError("connect still hangs")
        return error_name(self.sockets[name].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def hear_icmp(self, name):
        """Its errors as soon as they come, in the error queue (IP_RECVERR)."""
        sock = self.sockets[name]
        six = sock.family == socket.AF_INET6
        sock.setsockopt(*((socket.IPPROTO_IPV6, 25) if six else (socket.IPPROTO_IP, 11)), 1)

    def await_error(self, name):
        """Until the socket has one to report, which it keeps."""
        poll = select.poll()
        poll.register(self.sockets[name], 0)  # errors alone
        if not poll.poll(TIMEOUT * 1000):
            raise TimeoutError("no error")

    def read_icmp(self, name):
        """Takes one error from the error queue; its name."""
        _, (control, *_), _, _ = self.sockets[name].recvmsg(1, 512, socket.MSG_ERRQUEUE)
        return error_name(struct.unpack("I", control[2][:4])[0])

    def accept(self, listener, name):
        self.sockets[listener].settimeout(TIMEOUT)
        sock, peer = self.sockets[listener].accept()
        sock.settimeout(TIMEOUT)
        self.sockets[name] = sock
        return peer[:2]

    def close(self, name):
        self.sockets.pop(name).close()

    def disconnect(self, name):
        """connect() to AF_UNSPEC."""
        nowhere = struct.pack("H14x", socket.AF_UNSPEC)
        if LIBC.connect(self.sockets[name].fileno(), nowhere, len(nowhere)):
            raise OSError(ctypes.get_errno(), "disconnect")

    def destroy(self, name):
        """Ends its own connection as `ss -K` would; 0 or the negative errno."""
        sock = self.sockets[name]
        (here, local), (there, remote) = sock.getsockname()[:2], sock.getpeername()[:2]
        ends = [socket.inet_pton(sock.family, host).ljust(16, b"\0") for host in (here, there)]
        request = struct.pack("=BBBxI2s2s16s16sIII", sock.family, socket.IPPROTO_TCP, 0, 1 << 1,
                              struct.pack("!H", local), struct.pack("!H", remote), *ends,
                              0, 0xffffffff, 0xffffffff)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as diag:
            diag.send(struct.pack("=IHHII", 16 + len(request), SOCK_DESTROY, NLM_F_REQUEST_ACK,
                                  1, 0) + request)
            return struct.unpack_from("=i", diag.recv(4096), 16)[0]

    def rebind(self, name, host, port):
        """Of a socket that was disconnected and has lost its port."""
        self.sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sockets[name].bind((host, port))

    # Using them

    def send(self, name, count):
        self.sockets[name].sendall(b"x" * count)

    def say(self, name, text):
        self.sockets[name].sendall(text.encode())

    def fill(self, name):
        """Sends until the peer's window is closed, what it took acknowledged, and more waits."""
        sock = self.sockets[name]
        sock.setblocking(False)
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                sock.send(b"x" * 65536)
            except BlockingIOError:
                info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
                unacked, window = (struct.unpack_from("I", info, at)[0] for at in (24, 228))
                if not unacked and not window:
                    return
                time.sleep(0.01)
            if time.monotonic() > deadline:
                raise TimeoutError("the window stays open")

    def pending(self, name):
        """How many bytes wait to be read."""
        buffer = array.array("i", [0])
        fcntl.ioctl(self.sockets[name], termios.FIONREAD, buffer)
        return buffer[0]

    def unacknowledged(self, name):
        """How many bytes of what was sent are not acknowledged."""
        buffer = array.array("i", [0])
        fcntl.ioctl(self.sockets[name], termios.TIOCOUTQ, buffer)
        return buffer[0]

    def recv(self, name, count):
        self.sockets[name].settimeout(TIMEOUT)
        while count:
            got = len(self.sockets[name].recv(count))
            if not got:
                raise EOFError("end of file, %d bytes short" % count)
            count -= got

    def eof(self, name):
        self.sockets[name].settimeout(TIMEOUT)
        if self.sockets[name].recv(1):
            raise ValueError("data where end of file was expected")

    def recv_error(self, name):
        """Reads until the socket has an error; its name."""
        self.sockets[name].settimeout(TIMEOUT)
        try:
            self.sockets[name].recv(1)
        except OSError as error:
            return error_name(error.errno)
        return None

    def wait_for(self, name, what):
        """Waits until poll() says so; uses the socket for nothing else."""
        poll = select.poll()
        poll.register(self.sockets[name], getattr(select, what))
        if not poll.poll(TIMEOUT * 1000):
            raise TimeoutError(what)

    def shutdown(self, name, how="WR"):
        self.sockets[name].shutdown(getattr(socket, "SHUT_" + how))

    def linger(self, name, seconds):
        self.sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, seconds))

    def option(self, name, level, option, value):
        self.sockets[name].setsockopt(getattr(socket, level), getattr(socket, option), value)

    def deafen(self, name):
        """Drops all packets to the socket, before TCP sees them."""
        self.sockets[name].setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                                      struct.pack("HxxxxxxQ", 1, ctypes.addressof(DROP_ALL)))

    def hear(self, name):
        self.sockets[name].setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)

    def acknowledge(self, name):
        """What comes next at once, instead of with the next packet that is sent."""
        self.sockets[name].setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def name_of(self, name):
        return self.sockets[name].getsockname()[:2]

    def fd(self, name):
        return self.sockets[name].fileno()

    def churn(self, name, host, count):
        """Makes and closes count connections to its own listener; 10 transitions each. The
        client holds its end until the server has closed: not every kernel reports all of an orphan."""
        address = self.sockets[name].getsockname()
        for _ in range(count):
            client = socket.socket(family_of(host), socket.SOCK_STREAM)
            client.connect(address)
            server, _ = self.sockets[name].accept()
            client.shutdown(socket.SHUT_WR)
            server.recv(1)
            server.close()
            client.recv(1)
            client.close()

    # Passing them on

    def give(self, name, channel):
        send_with_fds(self.sockets[channel], name, [self.sockets[name].fileno()])

    def take(self, channel, name):
        _, fds = recv_with_fds(self.sockets[channel])
        self.sockets[name] = socket.socket(fileno=fds[0])

    def grab(self, pid, fd, name):
        """pidfd_getfd(): another process's socket, behind its back."""
        handle = os.pidfd_open(pid)
        got = LIBC.syscall(SYS_PIDFD_GETFD, handle, fd, 0)
        os.close(handle)
        if got < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        self.sockets[name] = socket.socket(fileno=got)

    def into_ring(self, name):
        """Into the table of a new io_uring, and out of that of descriptors; the ring's descriptor."""
        ring = LIBC.syscall(SYS_IO_URING_SETUP, 4, ctypes.create_string_buffer(120))
        files = array.array("i", [-1, self.sockets[name].fileno()])
        if ring < 0 or LIBC.syscall(SYS_IO_URING_REGISTER, ring, IORING_REGISTER_FILES,
                                    files.tobytes(), len(files)):
            raise OSError(ctypes.get_errno(), "io_uring")
        self.sockets.pop(name).close()
        return ring

    def fork(self, comm):
        """A child with the same sockets; its pid, and its channel beside the answer."""
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if not pid:
            mine.close()
            self.channel.close()
            set_comm(comm)
            serve(Actor(its, self.sockets))
            os._exit(0)
        its.close()
        self.reply_fds = [mine.detach()]
        return pid

    # Being someone else

    def set_uid(self, uid):
        os.setresuid(uid, uid, uid)

    def rename(self, comm):
        set_comm(comm)

    def exec(self, path):
        """Becomes a new program under that path's name, sockets kept."""
        kept = {name: sock.detach() for name, sock in self.sockets.items()}
        channel = self.channel.detach()
        for fd in [channel, *kept.values()]:
            os.set_inheritable(fd, True)
        os.execv(path, [path, "-I", "-S", os.path.abspath(__file__), "--resume", str(channel),
                        json.dumps(kept)])

    def in_thread(self, comm, request, arguments):
        """Does one request in a thread with a name of its own."""
        result = []

        def body():
            set_comm(comm)
            result.append(getattr(self, request)(*arguments))

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        return result[0]

    def leave_main_thread(self):
        """Goes on in another thread; the main thread exits."""
        def body():
            send_with_fds(self.channel, {"is": None})
            serve(self)

        threading.Thread(target=body).start()
        LIBC.syscall(SYS_EXIT[os.uname().machine], 0)

    def vanish(self):
        """Exits and closes nothing."""
        os._exit(0)

    def _socket_for(self, name, host):
        if name not in self.sockets:
            self.sockets[name] = socket.socket(family_of(host), socket.SOCK_STREAM)
        return self.sockets[name]


def serve(actor):
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children of fork() leave no zombies
    while True:
        request, fds = recv_with_fds(actor.channel)
        if request is None:
            return
        name, arguments = request["do"], request["with"]
        for fd in fds:
            actor.sockets[arguments.pop(0)] = socket.socket(fileno=fd)
        try:
            answer = {"is": getattr(actor, name)(*arguments) if name else None}
        except Exception as error:  # the test gets any error
            answer = {"error": "%s: %r" % (name, error)}
        send_with_fds(actor.channel, answer, actor.reply_fds)
        for fd in actor.reply_fds:
            os.close(fd)
        actor.reply_fds = []


def resume(fd, kept):
    channel = socket.socket(fileno=int(fd))
    sockets = {name: socket.socket(fileno=number) for name, number in json.loads(kept).items()}
    send_with_fds(channel, {"is": None})
    serve(Actor(channel, sockets))


def start(fd, netns, comm, uid, cgroup):
    if cgroup:
        with open(os.path.join(cgroup, "cgroup.procs"), "w", encoding="ascii") as procs:
            procs.write("0")
    if netns:
        enter_netns(netns)
    if int(uid):
        os.setgroups([])
        os.setresgid(int(uid), int(uid), int(uid))
        os.setresuid(int(uid), int(uid), int(uid))
    set_comm(comm)
    channel = socket.socket(fileno=int(fd))
    send_with_fds(channel, {"is": None})
    serve(Actor(channel))


if __name__ == "__main__":
    if sys.argv[1] == "--resume":
        resume(*sys.argv[2:])
    else:
        start(*sys.argv[1:])
