#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The test of the generic test: tools with a fault each, made of a good one, must be caught.

A mutant is a bash script called seimai-normalize that runs the real tool (as `tool`) and spoils one thing.
Each must fail the cases named beside it; the real tool, called through the same kind of script, none.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# (what the mutant does wrong, its script, cases that must fail)
MUTANTS = [
    ('does nothing wrong', 'exec tool "$@"', []),
    ('loses the last document', 'tool "$@" | sed "\\$d"; exit ${PIPESTATUS[0]}',
     ['every-id-comes-out', 'statistics-add-up']),
    ('always exits 0', 'tool "$@"; exit 0',
     ['unknown-option long', 'cut-record early', 'missing-file', 'full-disk', 'closed-pipe default']),
    ('never says why', 'exec tool "$@" 2>/dev/null', ['missing-file', 'unknown-option short', 'full-disk']),
    ('writes other bytes with 8 threads', '''for a; do [ "$last" = -j ] && [ "$a" = 8 ] && eight=1; last=$a; done
        [ "$eight" ] && { tool "$@" | sed "1s/,/, /"; exit ${PIPESTATUS[0]}; }; exec tool "$@"''',
     ['threads 1-2-8']),
    ('renames what is not finished', '''tool "$@"; rc=$?; for f in *.part; do [ -e "$f" ] && mv "$f" "${f%.part}"
        done; exit $rc''', ['disk-fills-up plain']),
    ('leaves a file behind', 'tool "$@"; rc=$?; echo >left.part; exit $rc', ['output-file plain']),
    ('hides an option', '[ "$1" = --help ] && { tool --help | grep -v require-end; exit 0; }; exec tool "$@"',
     ['help-is-whole']),
    ('forgets the other inputs', '''for a; do [ "$a" = no-such-file ] && { echo "seimai-normalize: no-such-file" >&2
        exit 1; }; done; exec tool "$@"''', ['missing-file']),
    ('miscounts', '''tool "$@"; rc=$?; [ -e st ] && sed -i 's/"kept":{"documents":/&9/' st
        exit $rc''', ['statistics-add-up']),
    ('empties the rejects', 'tool "$@"; rc=$?; [ -f rj ] && : >rj; exit $rc',
     ['bad-record bad-json-1', 'statistics-add-up', 'giant-line in-the-middle']),
    ('rewrites other fields', 'tool "$@" | sed "s/1.00e+2/100/"; exit ${PIPESTATUS[0]}',
     ['other-fields-keep-their-bytes']),
    ('shouts when the reader leaves', '''tool "$@"; rc=$?; [ $rc = 141 ] && echo "broken pipe" >&2; exit $rc''',
     ['closed-pipe default']),
    ('ignores the end record', '''for a; do shift; [ "$a" = --require-end ] || set -- "$@" "$a"; done
        tool "$@"''', ['require-end-refuses missing']),
    ('overwrites in place', '''out=; for a; do [ "$last" = -o ] && out=$a; last=$a; done
        tool "$@"; rc=$?; [ $rc != 0 ] && [ "$out" ] && : >"$out"; exit $rc''', ['disk-fills-up plain']),
]


EVERY = sorted({name for _, _, expected in MUTANTS for name in expected})


def failed_cases(binaries, script, cases):
    """Names of the cases that fail with this tool, of these."""
    with tempfile.TemporaryDirectory(prefix='seimai-mutant-') as folder:
        path = os.path.join(folder, 'seimai-normalize')
        real = os.path.join(binaries, 'seimai-normalize')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/bash\ntool() {{ "{real}" "$@"; }}\n'
                       + script.replace('exec tool', f'exec "{real}"') + '\n')
        os.chmod(path, 0o755)
        environment = {name: value for name, value in os.environ.items() if name != 'SEIMAI_FAULT'}
        chosen = [word for name in cases for word in ('--case', name)]
        run = subprocess.run([sys.executable, os.path.join(HERE, 'generic.py'), '--bin', folder,
                              *chosen, '--first', 'normalize'], env=environment,
                             text=True, capture_output=True, check=False)
    return set(re.findall(r'^not ok normalize: (.*)$', run.stdout, re.MULTILINE)), run


def main():
    binaries = os.environ['SEIMAI_BIN']
    counts = {'ok': 0, 'not ok': 0}
    for wrong, script, expected in MUTANTS:
        failed, run = failed_cases(binaries, script, expected or EVERY)
        missed = sorted(set(expected) - failed) if expected else sorted(failed)
        state = 'not ok' if missed or ' passed' not in run.stdout else 'ok'
        counts[state] += 1
        print(f'{state} a tool that {wrong}')
        if state == 'not ok':
            print(f'    cases: {missed}\n{run.stdout[-800:]}{run.stderr[-800:]}')
    print(f'{counts["ok"]} passed, {counts["not ok"]} failed')
    return 1 if counts['not ok'] else 0


if __name__ == '__main__':
    sys.exit(main())
