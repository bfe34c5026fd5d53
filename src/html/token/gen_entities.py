#!/usr/bin/env python3
"""Writes entities.c: the names of HTML's character references and what they stand for.

SPDX-License-Identifier: MIT
The list is Python's own copy (html.entities.html5) of the table in the HTML standard. Run it by hand when
that table changes, which the standard says it will not:  ./gen_entities.py > entities.c
"""
import html.entities

HEAD = """/* The named character references of HTML, sorted by name. Written by gen_entities.py: do not edit.
 * SPDX-License-Identifier: MIT */
#include "entities.h"

/* clang-format off */
const sm_entity sm_entities[SM_ENTITIES] = {
"""


def entry(name, characters):
    first, *second = [ord(c) for c in characters]
    tail = f", 0x{second[0]:X}" if second else ", 0"
    return f'{{"{name}", 0x{first:X}{tail}}},'


def main():
    print(HEAD, end="")
    line = ""
    table = html.entities.html5
    for name in sorted(table):
        piece = entry(name, table[name])
        if len(line) + len(piece) + 1 > 112:
            print(line)
            line = ""
        line += (" " if line else "") + piece
    print(line)
    print("};")


main()
