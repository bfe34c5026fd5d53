#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Speed of `seimai pii` beside HojiChar's and datatrove's two rules, and of names beside MeCab. CPU seconds, medians.

    speed.py [--rounds 5] [--size 100] [--names "--names cue"]

Ours reads and writes JSONL with one thread (user + system time of the whole process, start and rule file included); a peer's
functions get strings in memory (CPU time of the loop alone). Rounds alternate: A B C, A B C.
  clean    text of ja_text, cut into documents of 8 kB at line ends: hardly a finding
  dense    positive documents of the labelled set again and again: a finding in every line
  names    the same clean text, rules and names, beside `mecab -Owakati` on the same lines
  threads  -j 2 against -j 1 on clean text, by wall clock: means something on an idle machine only
SEIMAI_BUILD as in ../measure.py. The table goes to SEIMAI_BUILD/bench/pii-speed.json too.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import score
from score import measure

DOCUMENT = 8000


def clean_documents(size):
    """Documents of about 8 kB in the order of the file's sources, spread over the whole of it."""
    archive = measure.data_folder() / 'bench' / 'ja_text.jsonl.zst'
    lines = subprocess.Popen(['zstd', '-dc', archive], stdout=subprocess.PIPE)
    kept, total, step = [], 0, max(1, int(200e6 / size))
    for number, line in enumerate(lines.stdout):
        if number % step:
            continue
        piece, held = [], 0
        for row in json.loads(line)['text'].splitlines(keepends=True):
            piece.append(row)
            held += len(row.encode())
            if held >= DOCUMENT:
                kept.append(''.join(piece))
                total += held
                piece, held = [], 0
        if piece:
            kept.append(''.join(piece))
            total += held
    lines.wait()
    return kept, total


def dense_documents(size):
    texts = [document['text'] for half in ('dev', 'heldout') for document in score.load_set(half) if document['class'] == 'positive']
    kept, total = [], 0
    while total < size:
        piece = []
        while sum(map(len, piece)) < DOCUMENT // 3:
            piece.append(texts[(len(kept) * 31 + len(piece)) % len(texts)])
        kept.append('\n'.join(piece))
        total += len(kept[-1].encode())
    return kept, total


def write(path, texts):
    with open(path, 'w', encoding='utf-8') as file:
        for i, text in enumerate(texts):
            file.write(json.dumps({'id': str(i), 'text': text}, ensure_ascii=False) + '\n')


def peers():
    """{name: function of a string}; those that are installed."""
    found = {}
    try:
        from hojichar.core.models import Document
        from hojichar.filters.document_filters import MaskPersonalInformation
        rule = MaskPersonalInformation()
        found['hojichar'] = lambda text: rule.apply(Document(text))
    except ImportError as error:
        print(f'skip hojichar: {error}', file=sys.stderr)
    try:
        from datatrove.pipeline.formatters import PIIFormatter
        found['datatrove'] = PIIFormatter().format
    except ImportError as error:
        print(f'skip datatrove: {error}', file=sys.stderr)
    return found


def seconds_of(function, texts):
    before = time.process_time()
    for text in texts:
        function(text)
    return time.process_time() - before


def compare(name, texts, total, folder, rounds, commands, functions):
    """Interleaved rounds; {what: MB a CPU second}."""
    path = folder / f'{name}.jsonl'
    write(path, texts)
    samples = {what: [] for what in [*commands, *functions]}
    for round_ in range(rounds + 1):  # the first one is not counted
        for what, (command, stdin) in commands.items():
            cpu, wall, _ = measure.run_once([word if word != '%' else str(path) for word in command], stdin)
            samples[what].append(cpu)
        for what, function in functions.items():
            if round_ < 4:  # slow ones
                samples[what].append(seconds_of(function, texts))
    return {what: round(total / 1e6 / statistics.median(times[1:]), 1) for what, times in samples.items()}


def threads(texts, total, folder, rounds):
    path = folder / 'threads.jsonl'
    write(path, texts)
    walls = {1: [], 2: []}
    for _ in range(rounds + 1):
        for j in walls:
            walls[j].append(measure.run_once([measure.tool('pii'), '-q', '-j', str(j), '-o', '/dev/null', str(path)])[1])
    best = {j: min(times[1:]) for j, times in walls.items()}
    return {'one': round(total / 1e6 / best[1], 1), 'two': round(total / 1e6 / best[2], 1), 'ratio': round(best[1] / best[2], 3),
            'load average': os.getloadavg()[0]}


def ours(*options):
    return [measure.tool('pii'), '-q', '-j', '1', *options, '-o', '/dev/null', '%']


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--size', type=float, default=100, help='MB of clean text')
    parser.add_argument('--names', default='--names cue', help='options that switch names on')
    arguments = parser.parse_args()
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    result = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get('TMPDIR')) as folder:
        folder = pathlib.Path(folder)
        clean, size = clean_documents(arguments.size * 1e6)
        dense, dense_size = dense_documents(arguments.size * 1e5)
        result['clean'] = compare('clean', clean, size, folder, arguments.rounds, {'seimai': (ours(), None)}, peers())
        result['dense'] = compare('dense', dense, dense_size, folder, arguments.rounds, {'seimai': (ours(), None)}, peers())
        if arguments.names and shutil.which('mecab'):
            some, some_size = clean[::10], sum(len(text.encode()) for text in clean[::10])
            plain = folder / 'plain.txt'
            plain.write_text('\n'.join(some), encoding='utf-8')
            commands = {'seimai with names': (ours(*arguments.names.split()), None),
                        'mecab -Owakati': (['mecab', '-Owakati', '-b', '2000000', str(plain)], None)}
            result['names'] = compare('names', some, some_size, folder, arguments.rounds, commands, {})
            dense_plain = folder / 'dense.txt'
            dense_plain.write_text('\n'.join(dense), encoding='utf-8')
            commands['mecab -Owakati'] = (['mecab', '-Owakati', '-b', '2000000', str(dense_plain)], None)
            result['names, dense'] = compare('names-dense', dense, dense_size, folder, arguments.rounds, commands, {})
        result['threads'] = threads(clean, size, folder, arguments.rounds)
    print(f'clean {size / 1e6:.1f} MB, dense {dense_size / 1e6:.1f} MB; MB a second of CPU, one core')
    for name, row in result.items():
        print(f'{name:14} ' + '   '.join(f'{what} {value}' for what, value in row.items()))
    measure.save('pii-speed', result)
    return 0


if __name__ == '__main__':
    sys.exit(main())
