#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""leaky.py [HOST [PORT]]: a server that leaks in Python, where sockets without a reference close
themselves. This one refers to them: a session is kept for its client to come back to, and only
one that said bye is taken out of the table."""

import socket
import sys
import threading

sessions = {}


def serve_session(sock, peer):
    sessions[peer] = sock
    said = b""
    while True:
        data = sock.recv(4096)
        if not data:
            break
        said += data
    if said.endswith(b"bye\n"):
        sessions.pop(peer).close()
    # else the leak: the client is gone, its socket stays in the table


def main(host="127.0.0.1", port="0"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, int(port)), family=family, backlog=1024)
    print(host, listener.getsockname()[1], flush=True)
    while True:
        sock, peer = listener.accept()
        threading.Thread(target=serve_session, args=(sock, peer), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
