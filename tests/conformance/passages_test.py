# SPDX-License-Identifier: MIT
"""seimai dedup passages against a dictionary of all N-grams, on real text.

What is cut must be the characters of every N-gram that stands earlier in the corpus without overlapping: here each
N-gram's first place is looked up in a Python dictionary, which shares nothing with winnowing and sorting.
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import pathlib
import subprocess
import sys

TOOL = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin', 'seimai-dedup-passages')
HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', HERE.parents[1] / '../shared/data')) / 'text/text_dev.jsonl.zst'
LETTERS = 600000  # of the corpus


def corpus():
    """Short documents of all sources, every fifth one of the file."""
    read = subprocess.run(['zstd', '-dc', DATA], capture_output=True, check=True).stdout
    texts, letters = [], 0
    for line in read.splitlines()[::5]:
        text = json.loads(line)['text']
        if len(text) > 20000:
            continue
        texts.append(text)
        letters += len(text)
        if letters > LETTERS:
            break
    return texts


def cut(texts, n):
    """The texts without the characters of copied N-grams, and how many those were."""
    first, kept, gone = {}, [], 0
    for document, text in enumerate(texts):
        marked = bytearray(len(text))
        for at in range(len(text) - n + 1):
            earlier = first.setdefault(text[at:at + n], (document, at))
            if earlier[0] < document or earlier[1] + n <= at:
                marked[at:at + n] = b'\1' * n
        gone += sum(marked)
        kept.append(''.join(c for c, m in zip(text, marked) if not m))
    return kept, gone


def run(texts, n, *options):
    lines = ''.join(json.dumps({'id': str(i), 'text': t}) + '\n' for i, t in enumerate(texts))
    out = subprocess.run([TOOL, '--min-chars', str(n), '--cut', 'characters', *options], input=lines.encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    got = {int(d['id']): d['text'] for d in map(json.loads, out.splitlines())}
    return [got.get(i, '') for i in range(len(texts))]


def main():
    if not DATA.exists():
        print(f'skip: no {DATA.name}')
        return 77
    texts, failed = corpus(), 0
    for n, options in ((20, ()), (50, ('--memory', '1M', '-j', '3'))):
        wanted, gone = cut(texts, n)
        got = run(texts, n, *options)
        # Of a text that is cut to white space the document goes.
        different = [i for i, (g, w) in enumerate(zip(got, wanted)) if g != w and (g or w.strip(' \t\r\n'))]
        print(f'N {n}: {len(texts)} documents, {gone} characters in copies, {len(different)} documents differ')
        failed += len(different) + (gone == 0)
    print(f'{2 - (failed > 0)} passed, {int(failed > 0)} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
