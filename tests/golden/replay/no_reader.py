# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs PROGRAM ARGUMENT... into a pipe whose reader has gone; prints what is wrong."""
import os
import subprocess
import sys

reader, writer = os.pipe()
os.close(reader)
# subprocess gives SIGPIPE back its default, which would end a program that does not expect it
done = subprocess.run(sys.argv[1:], stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
if done.returncode or done.stderr:
    print("exit %d, %r" % (done.returncode, done.stderr))
