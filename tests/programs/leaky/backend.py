#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""backend.py [HOST [PORT]]: an HTTP server that leaks behind a proxy. While clients speak to it
each closes what it opened, and it looks fine; a proxy that keeps connections and closes them when
it likes shows that no process here closes (nginx.conf beside this file)."""

import selectors
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


class Backend:
    """One thread for all connections; each stays until the other end has closed it."""

    def __init__(self, host, port):
        self.selector = selectors.DefaultSelector()
        self.connections = {}
        self.listener = socket.create_server((host, port))
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def accept(self, listener):
        sock, peer = listener.accept()
        self.connections[peer] = sock
        self.selector.register(sock, selectors.EVENT_READ, self.serve_request)

    def serve_request(self, sock):
        request = sock.recv(65536)
        if not request:
            self.selector.unregister(sock)
            return  # the leak: self.connections has it still
        if request.endswith(b"\r\n\r\n"):
            sock.sendall(ANSWER)

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)


def main(host="127.0.0.1", port="8081"):
    backend = Backend(host, int(port))
    print(host, backend.listener.getsockname()[1], flush=True)
    backend.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
