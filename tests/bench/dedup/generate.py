#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Documents with known duplicates, made from real text (bench/ja_text), streamed to standard output as JSON lines.

    generate.py corpus N [SEED]     N documents of about 400 characters: .50 new ones, .38 copies with edits, .05 equal
                                    copies, .05 pages of one of ten templates, .02 shorter than a shingle.
                                    `of` names what a copy was made from, `rate` its share of edited characters
    generate.py pairs N [SEED]      N pairs {"a", "b", "rate"} of about 1,200 characters, edited at a rate that
                                    spreads their Jaccard similarity evenly over .45 to .99
    generate.py pages N [SEED]      N pages of one template: 85 % of the text is the same everywhere

A new document is put together from passages of 100 (pairs: 1,200) characters from random places, so that there are more
of them than the 82 million characters could give in one piece. Edits: 60 % replace a character by one of the
same text, 20 % insert, 20 % delete. The same arguments give the same bytes.
"""
import bisect
import json
import os
import pathlib
import random
import subprocess
import sys

PASSAGE, PASSAGES = 100, 4
PAIR = 1200
RATES = (.003, .05)
TEMPLATES = 10


class Source:
    """Passages of real text, from random places."""

    def __init__(self):
        here = pathlib.Path(__file__).resolve().parents[3]
        data = pathlib.Path(os.environ.get('SEIMAI_DATA', here / '..' / 'shared' / 'data'))
        packed = data / 'bench' / 'ja_text.jsonl.zst'
        if not packed.exists():
            print(f'skip: no {packed}', file=sys.stderr)
            sys.exit(77)
        lines = subprocess.run(['zstd', '-qdc', packed], check=True, capture_output=True).stdout
        self.texts = [text for text in (json.loads(line)['text'] for line in lines.splitlines())
                      if len(text) >= PAIR]
        self.ends = []
        for text in self.texts:
            self.ends.append(len(text) + (self.ends[-1] if self.ends else 0))

    def passage(self, draw, n):
        at = int(draw.random() * self.ends[-1])
        text = self.texts[bisect.bisect_right(self.ends, at)]
        start = int(draw.random() * (len(text) - n + 1))
        return text[start:start + n]


def edited(draw, text, rate):
    """A copy of the text in which about `rate` of the characters were edited."""
    out, last = [], 0
    count = max(1, round(rate * len(text)))
    for at in sorted(int(draw.random() * len(text)) for _ in range(count)):
        if at < last:
            continue
        out.append(text[last:at])
        other, kind = text[int(draw.random() * len(text))], draw.random()
        out.append(other if kind < .6 else other + text[at] if kind < .8 else '')
        last = at + 1
    out.append(text[last:])
    return ''.join(out)


def document(source, draw):
    return '\n'.join(source.passage(draw, PASSAGE) for _ in range(PASSAGES))


def page(source, draw, template):
    text = source.passage(draw, 15 * PASSAGE * PASSAGES // 100)
    return template[:200] + text + template[200:]


def corpus(source, draw, n):
    bases = []  # (id, text) to copy from: a sample of bounded size
    templates = [source.passage(draw, 85 * PASSAGE * PASSAGES // 100) for _ in range(TEMPLATES)]
    for number in range(n):
        kind, name = draw.random(), f'd{number}'
        line = {'id': name}
        if kind < .50 or not bases:
            line['text'] = document(source, draw)
            at = int(draw.random() * 10 ** 5)
            if len(bases) < 10 ** 5:
                bases.append((name, line['text']))
            elif draw.random() < .2:
                bases[at] = (name, line['text'])
        elif kind < .93:
            of, text = bases[int(draw.random() * len(bases))]
            rate = 0 if kind >= .88 else RATES[0] + draw.random() * (RATES[1] - RATES[0])
            line |= {'text': edited(draw, text, rate) if rate else text, 'of': of,
                     'rate': round(rate, 4)}
        elif kind < .98:
            template = int(draw.random() * TEMPLATES)
            line |= {'text': page(source, draw, templates[template]), 'template': template}
        else:
            line['text'] = source.passage(draw, 1 + int(draw.random() * 4))
        yield line


def pairs(source, draw, n):
    for _ in range(n):
        similarity = .45 + .54 * draw.random()
        rate = 1 - (2 * similarity / (1 + similarity)) ** .2  # an edit reaches five shingles
        text = source.passage(draw, PAIR)
        yield {'a': text, 'b': edited(draw, text, rate), 'rate': round(rate, 4)}


def pages(source, draw, n):
    template = source.passage(draw, 85 * PASSAGE * PASSAGES // 100)
    for number in range(n):
        yield {'id': f'p{number}', 'text': page(source, draw, template)}


def main():
    kinds = {'corpus': corpus, 'pairs': pairs, 'pages': pages}
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) == 4 else 7)
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for line in kinds[sys.argv[1]](Source(), draw, int(sys.argv[2])):
        sys.stdout.write(encode(line) + '\n')


if __name__ == '__main__':
    main()
