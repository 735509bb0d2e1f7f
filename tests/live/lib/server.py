# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Servers of everyday use, started in the namespace of a test."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

NGINX = """
worker_processes 2;
pid {dir}/pid;
error_log {dir}/error;
user root;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
    server {{
        listen {at};
        location / {{ return 200 "$pid\\n"; }}
    }}
}}
"""


class Server:
    """A program with a configuration of its own, in the namespace."""

    def __init__(self, space, folder, host, port):
        self.space = space
        self.folder = folder
        self.port = port
        self.at = "%s:%d" % ("[::1]" if ":" in host else host, port)
        self.url = "http://%s/" % self.at
        self.process = None

    def configure(self, text, name="conf", **more):
        (self.folder / name).write_text(text.format(dir=self.folder, at=self.at, **more))
        return str(self.folder / name)

    def start(self, *words, **more):
        path = shutil.which(words[0])
        if not path:
            pytest.fail("%s is needed: see scripts for the packages of the tests" % words[0])
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(self.space.command(path, *words[1:]), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True,
                                            **more)
        self.until(lambda: self.holders(), "it does not listen")
        return self.process.pid

    def holders(self):
        """Who has the listener open, by ss."""
        return self.by_ss("-ltnp")

    def holders_of(self, port):
        """Who has the server's end of the connection from that port open."""
        return self.by_ss("-tnp", "dport", "=", ":%d" % port)

    def by_ss(self, *words):
        lines = self.space.run("ss", "-H", *words, "sport", "=", ":%d" % self.port)
        return {int(pid) for pid in re.findall(r"pid=(\d+)", lines)}

    def until(self, condition, what):
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, what + "\n" + (self.folder / "output").read_text()
            time.sleep(0.02)

    def ask(self, count=1, path=""):
        for _ in range(count):
            self.space.run("curl", "-sS", "-o", "/dev/null", self.url + path)

    def remove(self):
        """With all that it has started, in whatever session."""
        for pid in self.space.run("ip", "netns", "pids", self.space.name).split():
            if self.is_of_folder(pid):
                os.kill(int(pid), signal.SIGKILL)
        self.process.wait()

    def is_of_folder(self, pid):
        try:
            return os.path.samefile("/proc/%s/fd/2" % pid, self.folder / "output") or \
                os.path.samefile("/proc/%s/fd/2" % pid, self.folder / "error")
        except OSError:
            return False
