#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The one test that every tool inherits by standing in tools.list.

    generic.py [--bin DIR] [--only GROUP,...] [--case TEXT]... [--first] [--check-list] [TOOL...]

Groups: options (help, version, wrong usage), streams (pipes, files, compression, odd but legal input),
threads (the same bytes for any -j), records (bad records, rejects, statistics), failures (cut input, full
disk, closed pipe, missing files, the end record), faults (system calls that fail), pipeline. FORMATS.md
is the contract. --check-list tells whether every built tool is in the list.
"""
import argparse
import collections
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'fault'))

import harness  # noqa: E402  (the path above comes first)
import checks_options  # noqa: E402,F401  (importing registers the cases)
import checks_streams  # noqa: E402,F401
import checks_threads  # noqa: E402,F401
import checks_records  # noqa: E402,F401
import checks_failures  # noqa: E402,F401
import checks_faults  # noqa: E402,F401


def check_list(tools, binaries):
    """Every built executable must be in the list; a listed tool may not be built yet."""
    listed = {tool.name for tool in tools}
    built = sorted(name.removeprefix('seimai-') for name in os.listdir(binaries)
                   if name.startswith('seimai-'))
    counts = collections.Counter()
    for name in built:
        state = 'ok' if name in listed else 'not ok'
        print(f'{state} {name} is in tests/cli/tools.list')
        counts[state] += 1
    return counts


def main():
    parser = argparse.ArgumentParser(description='the generic test of the tools')
    parser.add_argument('--bin', default=os.environ.get('SEIMAI_BIN'), help='folder of the tools')
    parser.add_argument('--only', default='', help='groups, joined by commas')
    parser.add_argument('--case', action='append', help='part of a case\'s name')
    parser.add_argument('--first', action='store_true', help='only the first line of each tool')
    parser.add_argument('--check-list', action='store_true')
    parser.add_argument('names', nargs='*', metavar='TOOL')
    arguments = parser.parse_args()
    if not arguments.bin:
        parser.error('--bin DIR (or SEIMAI_BIN) must name the folder of the tools')
    binaries = os.path.abspath(arguments.bin)
    groups = set(filter(None, arguments.only.split(',')))

    tools = harness.read_list()
    unknown = set(arguments.names) - {tool.name for tool in tools}
    if unknown:
        parser.error('not in tools.list: ' + ', '.join(sorted(unknown)))
    counts = collections.Counter()
    if arguments.check_list:
        counts = check_list(tools, binaries)
    else:
        seen = set()
        for tool in tools:
            if arguments.first and tool.name in seen:
                continue
            seen.add(tool.name)
            if tool.name in arguments.names or not arguments.names:
                counts += harness.run_cases(tool, binaries, groups, arguments.case)
    print(f'{counts["ok"]} passed, {counts["not ok"]} failed, {counts["skip"]} skipped')
    return 1 if counts['not ok'] or not counts['ok'] else 0


if __name__ == '__main__':
    sys.exit(main())
