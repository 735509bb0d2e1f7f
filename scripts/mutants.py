#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Small faults for scripts/mutants.sh: mutants.py SEED COUNT FILE...

Prints one fault a line, tab-separated: FILE, LINE, the line, the line with the fault. The same seed
chooses the same faults of the same files. At most one fault a line of source; none in comments,
strings, declarations or tables: only in the bodies of functions. --apply FILE LINE TEXT writes one.
"""

import random
import re
import sys

SWAPS = [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "),
         (" != ", " == "), (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "),
         (" += ", " -= "), (" -= ", " += ")]
CALL = re.compile(r"^\t+(\(void\))?[a-z_][a-z0-9_.>-]*\(.*\);$")
# Only sanitizers notice a missing free(): those of check-unit do.
NOT_CALLS = re.compile(r"^\t+(\(void\))?(return|if|while|for|switch|sizeof|va_start|va_end|free|[a-z_]+_free"
                       r"|fclose|closedir)\b")
# More room than is needed is not a fault.
ROOM = re.compile(r"^\t+(?:const |static |struct )*\w+ [^=(]*\[[^=]*|\bcalloc\(1\b")
RETURN = re.compile(r"^(\t+)return (.+);$")
NUMBER = re.compile(r"(?<![\w.\"'])(\d+)(?![\w.\"'])")
NEGATION = re.compile(r"(?<=[(&| ])!(?=[\w(*])")
CONDITION = re.compile(r"^(\t+(?:\} else )?if )\((.+)\)( \{)?$")


def blanked(text):
    """The text with comments and what is quoted as blanks, so that columns stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def body_lines(bare):
    """Numbers of the lines in bodies of functions: between a "{" and a "}" in the first column."""
    inside = False
    for number, line in enumerate(bare):
        if line.startswith("{"):
            inside = True
        elif line.startswith("}"):
            inside = False
        elif inside and line.strip() and not line.startswith("#") and "static const" not in line:
            yield number


def faults_of_line(bare, line):
    """Each way to change the line; positions come from the bare line."""
    def put(start, end, new):
        return line[:start] + new + line[end:]
    for old, new in SWAPS:
        at = bare.find(old)
        while at >= 0:
            yield put(at, at + len(old), new)
            at = bare.find(old, at + 1)
    for match in NEGATION.finditer(bare):
        yield put(match.start(), match.end(), "")
    for match in NUMBER.finditer(ROOM.sub(lambda room: " " * len(room[0]), bare)):
        yield put(match.start(), match.end(), str(int(match[1]) + 1))
    match = CONDITION.match(bare)
    if match:
        yield put(match.start(2), match.end(2), "!(%s)" % line[match.start(2):match.end(2)])
    match = RETURN.match(bare)
    if match and match[2] in ("true", "false"):
        yield match[1] + "return %s;" % ("false" if match[2] == "true" else "true")
    elif match and (match[2] == "err" or match[2].startswith("-E")):
        yield match[1] + "return 0;"
    if CALL.match(bare) and not NOT_CALLS.match(bare):
        yield re.match(r"\t+", line)[0] + ";"


def faults_of_file(path, choose):
    with open(path, encoding="utf-8") as source:
        text = source.read()
    lines, bare = text.split("\n"), blanked(text).split("\n")
    for number in body_lines(bare):
        found = list(faults_of_line(bare[number], lines[number]))
        if found:
            yield path, number + 1, lines[number], choose.choice(found)


def apply(path, number, new):
    with open(path, encoding="utf-8") as source:
        lines = source.read().split("\n")
    lines[int(number) - 1] = new
    with open(path, "w", encoding="utf-8") as source:
        source.write("\n".join(lines))


def main(words):
    if words[:1] == ["--apply"]:
        apply(*words[1:])
        return
    choose = random.Random(int(words[0]))
    found = [fault for path in sorted(words[2:]) for fault in faults_of_file(path, choose)]
    choose.shuffle(found)
    for fault in found[:int(words[1])]:
        print("%s\t%d\t%s\t%s" % (fault[0], fault[1], fault[2].strip(), fault[3].strip()))


main(sys.argv[1:])
