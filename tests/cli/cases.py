#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the cases of the tools: tests/cli/TOOL/CASE/{cmd, stdout, stderr, exit}.

    cases.py [--bin DIR] [--rewrite] [-j N] [TOOL[/CASE]...]

`cmd` is a bash script. It runs in a scratch folder of its own, which holds copies of the case's other files,
with the tools in PATH; $CASE is the case's folder, $SHARED is tests/cli/TOOL/_shared, $SEIMAI_SOURCE the
source tree. What it prints must equal `stdout` and `stderr` (missing: nothing printed), its status `exit`
(missing: 0). A case that prints a line `skip: why` and exits with 77 is skipped. --rewrite
stores what came out as the new expectation: read the diff before you commit it.
"""
import argparse
import concurrent.futures
import difflib
import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = ('cmd', 'stdout', 'stderr', 'exit')
TIMEOUT = 300  # seconds
SKIPPED = 77


def find_cases(names):
    """Folders of cases: of everything, of TOOLs or of TOOL/CASEs."""
    found = []
    for name in names or ['*']:
        pattern = name if '/' in name else name + '/*'
        cases = sorted(os.path.dirname(path) for path in glob.glob(os.path.join(HERE, pattern, 'cmd')))
        if not cases:
            sys.exit(f'cases.py: no case {pattern}')
        found += cases
    return found


def environment(case, scratch, tools):
    keep = {name: value for name, value in os.environ.items()
            if name.startswith(('SEIMAI_', 'ASAN_', 'UBSAN_', 'TSAN_', 'LSAN_'))}
    keep.setdefault('SEIMAI_SOURCE', os.path.join(HERE, '..', '..'))
    sanitizers = {name + '_OPTIONS': 'exitcode=99' for name in ('ASAN', 'UBSAN', 'TSAN')}
    return {**sanitizers, **keep, 'PATH': tools + os.pathsep + os.environ['PATH'],
            'LC_ALL': 'C.UTF-8', 'HOME': scratch, 'TMPDIR': scratch, 'CASE': case,
            'SHARED': os.path.join(os.path.dirname(case), '_shared')}


def run_case(case, tools):
    """(stdout, stderr, exit) of the case's script."""
    with tempfile.TemporaryDirectory(prefix='seimai-case-') as scratch:
        for name in os.listdir(case):
            if name not in EXPECTED:
                source, copy = os.path.join(case, name), os.path.join(scratch, name)
                (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, copy)
        run = subprocess.run(['bash', os.path.join(case, 'cmd')], cwd=scratch, check=False,
                             env=environment(case, scratch, tools), stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=TIMEOUT)
    return {'stdout': run.stdout, 'stderr': run.stderr, 'exit': b'%d\n' % run.returncode}


def expected(case, name):
    path = os.path.join(case, name)
    if not os.path.exists(path):
        return b'0\n' if name == 'exit' else b''
    with open(path, 'rb') as file:
        return file.read()


def difference(case, got):
    """The lines in which outcome and expectation differ; '' where they agree."""
    out = []
    for name, content in got.items():
        want = expected(case, name)
        if name == 'exit':
            want = want.strip() + b'\n'
        if content != want:
            out += difflib.unified_diff(
                want.decode('utf-8', 'backslashreplace').split('\n'),
                content.decode('utf-8', 'backslashreplace').split('\n'),
                f'{name} expected', f'{name} got', lineterm='', n=1)
    return '\n'.join(out)


def rewrite(case, got):
    for name, content in got.items():
        path = os.path.join(case, name)
        if content != (b'0\n' if name == 'exit' else b''):
            with open(path, 'wb') as file:
                file.write(content)
        elif os.path.exists(path):
            os.remove(path)


def judge(case, tools):
    """(state, text, outcome); state is ok, not ok or skip."""
    try:
        got = run_case(case, tools)
    except subprocess.TimeoutExpired:
        return 'not ok', f'still running after {TIMEOUT} s', None
    if got['exit'] == b'%d\n' % SKIPPED:
        return 'skip', got['stdout'].decode('utf-8', 'replace').strip(), got
    text = difference(case, got)
    return ('not ok' if text else 'ok'), text, got


def main():
    parser = argparse.ArgumentParser(description='run the cases of tests/cli')
    parser.add_argument('--bin', default=os.environ.get('SEIMAI_BIN'), help='folder of the tools')
    parser.add_argument('--rewrite', action='store_true', help='store what came out')
    parser.add_argument('-j', type=int, default=2, help='cases at a time')
    parser.add_argument('names', nargs='*', metavar='TOOL[/CASE]')
    arguments = parser.parse_args()
    if not arguments.bin:
        parser.error('--bin DIR (or SEIMAI_BIN) must name the folder of the tools')

    counts = {'ok': 0, 'not ok': 0, 'skip': 0}
    cases = find_cases(arguments.names)
    tools = os.path.abspath(arguments.bin)
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        outcomes = pool.map(lambda case: judge(case, tools), cases)
        for case, (state, text, got) in zip(cases, outcomes):
            if arguments.rewrite and state == 'not ok' and got:
                rewrite(case, got)
            counts[state] += 1
            name = os.path.relpath(case, HERE)
            print(f'skip {name}: {text}' if state == 'skip' else f'{state} {name}')
            if state == 'not ok':
                print(text)
    print(f'{counts["ok"]} passed, {counts["not ok"]} failed, {counts["skip"]} skipped')
    return 1 if counts['not ok'] else 0


if __name__ == '__main__':
    sys.exit(main())
