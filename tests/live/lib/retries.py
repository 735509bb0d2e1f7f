# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that passed after a retry. The totals count them; more than 1 % fail the run."""

retried = []


def note(name):
    retried.append(name)
