# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints what is wrong with JSON lines and CSV made from the same recording."""
import csv
import json
import sys

# PRODUCT's transition object: keys in order, and what each may be.
NUMBER, TEXT, NULL = int, str, type(None)
KEYS = {
    "v": (NUMBER,),
    "type": (TEXT,),
    "ts": (TEXT,),
    "mono_ns": (NUMBER,),
    "id": (NUMBER,),
    "family": (TEXT,),
    "laddr": (TEXT,),
    "lport": (NUMBER, NULL),
    "raddr": (TEXT, NULL),
    "rport": (NUMBER, NULL),
    "old": (TEXT,),
    "new": (TEXT,),
    "duration_us": (float, NULL),
    "role": (TEXT, NULL),
    "pid": (NUMBER, NULL),
    "comm": (TEXT, NULL),
    "uid": (NUMBER, NULL),
    "owner": (TEXT,),
    "netns": (NUMBER,),
    "cgroup": (TEXT, NULL),
    "reason": (TEXT, NULL),
    "errno": (TEXT, NULL),
    "by_pid": (NUMBER, NULL),
    "by_comm": (TEXT, NULL),
}
# Keys that are there only where they apply, behind those, in this order.
SPARSE = {
    "inferred": (bool,),
    "retrans": (NUMBER, NULL),
    "cookie": (bool,),
    "fast_open": (bool,),
    "rst": (TEXT,),
    "rst_reason": (TEXT,),
    "bytes_in": (NUMBER,),
    "bytes_out": (NUMBER,),
    "segs_retrans": (NUMBER,),
    "srtt_us": (NUMBER, NULL),
    "lifetime_us": (float, NULL),
    "ts_exact": (bool,),
    "repaired": (bool,),
    "dual_stack": (bool,),
    "interface": (TEXT, NULL),
}
TOTALS = list(SPARSE)[-9:-4]
# Fields whose text is written alike in both.
SAME = [k for k in [*KEYS, *SPARSE]
        if k not in ("v", "type", "comm", "by_comm", "duration_us", "lifetime_us")]


def refuse_constant(name):
    raise ValueError(name)


def check_transition(number, row):
    sparse = [k for k in row if k in SPARSE]
    if list(row) != [*KEYS, *[k for k in SPARSE if k in sparse]]:
        print(f"line {number}: keys {list(row)}")
        return
    for key in row:
        falsy = key in ("dual_stack", "ts_exact")
        if type(row[key]) not in {**KEYS, **SPARSE}[key] or (row[key] is False and not falsy):
            print(f"line {number}: {key} is {row[key]!r}")
    if ("retrans" in row) != (row["old"] in ("SYN_SENT", "SYN_RECV")):
        print(f"line {number}: retrans of {row['old']}")
    if 0 < sum(k in row for k in TOTALS) < len(TOTALS):
        print(f"line {number}: totals {sparse}")


def read_json(path):
    transitions = []
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line.decode("utf-8"), parse_constant=refuse_constant)
            if any(byte < 0x20 or byte == 0x7F for byte in line[:-1]):
                print(f"line {number}: a control character")
            if row["type"] == "transition":
                check_transition(number, row)
                transitions.append(row)
    return transitions


def main():
    transitions = read_json(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8", newline="") as rows:
        text = rows.read()
    if not text.endswith("\r\n") or "\r" in text.replace("\r\n", ""):
        print("CSV: line ends")
    rows = list(csv.DictReader(text.splitlines(), strict=True))
    if len(rows) != len(transitions):
        print(f"CSV has {len(rows)} rows, JSON {len(transitions)}")
    for number, (row, transition) in enumerate(zip(rows, transitions), 2):
        for key in SAME:
            value = transition.get(key)
            expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            if row[key] != expected:
                print(f"CSV line {number}: {key} is {row[key]!r}, JSON has {expected!r}")


main()
