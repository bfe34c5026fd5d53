# SPDX-License-Identifier: MIT
"""Whether a tool's CPU time grows with the size of its input and no faster: what *_linear_test.py share.

Each size is five times the one before and may cost FACTOR times as much: a linear program needs five times, one with a
quadratic rule 25 times. CPU time (user and system) of the whole process, so that other work on the machine counts
little; below `floor` seconds a run is called that long. SEIMAI_BUILD names the build folder.
"""
import os
import pathlib
import subprocess

BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build')).resolve() / 'bin'
SIZES, FACTOR = (80_000, 400_000, 2_000_000, 10_000_000), 10
failures = 0


def seconds(tool, path, options):
    """The exit status and the CPU time of one run."""
    child = subprocess.Popen([BIN / tool, '-q', '--max-document', '64M', *options, '-o', os.devnull, path])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime


def check(tool, name, write, floor, options):
    """Tries the sizes in turn: write(size) makes an input of about that many bytes and gives its path."""
    global failures
    costs, holds, status = [floor], True, 0
    for size in SIZES:
        status, cost = seconds(tool, write(size), options)
        costs.append(max(cost, floor))
        holds = status == 0 and costs[-1] <= FACTOR * costs[-2]
        if not holds:
            break
    failures += not holds
    times = ', '.join(f'{cost:.2f}' for cost in costs[1:])
    print(f'{"ok" if holds else "not ok"} {name}: {times} s' + (f', exit status {status}' if status else ''), flush=True)


def finish(cases):
    """The account of so many cases, and the exit status."""
    print(f'{cases - failures} passed, {failures} failed')
    return 1 if failures else 0
