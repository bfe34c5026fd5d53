#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The labelled set of Japanese personal information: 3,100 documents from templates, the same bytes on every machine.

    make.py [--check] > set.jsonl       --check: against the SHA-256 below, exit 1 when it differs

A line is {"id", "text", "half": "dev" | "heldout", "class": "positive" | "negative", "templates": […],
"spans": [{"kind", "start", "end" (code points), "byte_start", "byte_end" (UTF-8), "template"}],
"free": [[start, end], …]}: findings within `free` (furigana, people of a story) count neither way. Halves share no
template, no person, no place. Templates: templates_dev.txt, templates_heldout.txt; values: values.py.

A positive document is a frame (a letter, a form, a table) or a carrier into which one to four sentences were dealt, with
neutral and with misleading ones between them. Every sentence of a kind occurs SENTENCE_ROUNDS times, and of a rare kind as
often as makes RARE spans of it, each time with other values and neighbours. A negative document holds only what looks like personal information: 3 to 8 such entries.
"""
import argparse
import hashlib
import json
import pathlib
import re
import sys

from values import Random, Values

HERE = pathlib.Path(__file__).resolve().parent
VERSION, SEED = 1, 20261122
SHA256 = '88d2cf95ef62bec8077f5da6fc42f3bde772c97f0b4c079281e24419ed458bc7'
SENTENCE_ROUNDS, RARE, FRAME_ROUNDS, NEGATIVES = 3, 48, 6, 800
SLOT = re.compile(r'\{([a-z0-9_]+)(?::([a-z0-9.-]+))?\}')


# ---- templates ------------------------------------------------------------------------------------


class Templates:
    """A file of templates: {kind: [(id, text)]}, frames, carriers, negatives, neutral."""

    def __init__(self, half):
        self.half = half
        self.of = {'kind': [], 'frame': [], 'carrier': [], 'negative': [], 'negative-frame': [], 'neutral': []}
        text = (HERE / f'templates_{half}.txt').read_text(encoding='utf-8')
        for section in re.split(r'^== ', text, flags=re.M)[1:]:
            head, _, body = section.partition('\n')
            what, _, name = head.partition(' ')
            if what.endswith('frame') or what == 'carrier':
                self.of[what].append((f'{half}/{name}', body.strip('\n')))
                continue
            lines = [line for line in body.split('\n') if line]
            self.of[what] += [(f'{half}/{name or what}-{i}', line) for i, line in enumerate(lines, 1)]


# ---- one document ---------------------------------------------------------------------------------


class Document:
    """Text that grows, and what of it is labelled."""

    def __init__(self, values):
        self.values, self.text, self.spans, self.free, self.templates = values, '', [], [], []

    def fill(self, template, name):
        """Append a template with its slots filled."""
        self.templates.append(name)
        at = 0
        for slot in SLOT.finditer(template):
            self.plain(template[at:slot.start()])
            for text, label in self.values.slot(slot[1], slot[2] or ''):
                self.mark(text, label, name)
            at = slot.end()
        self.plain(template[at:])

    def plain(self, text):
        self.text += text.replace('⏎', '\n').replace('⇥', '\t')

    def mark(self, text, label, name):
        start = len(self.text)
        self.text += text
        if label == '?':
            self.free.append([start, len(self.text)])
        elif label:
            self.spans.append({'kind': label, 'start': start, 'end': len(self.text),
                               'byte_start': len(self.text[:start].encode()), 'byte_end': len(self.text.encode()), 'template': name})

    def build(self, name, outline, entries):
        """An outline whose @@ take the entries, more lines of the last shape where there are more of them."""
        entries = list(entries)
        lines = outline.split('\n') + ([] if '@@' in outline else ['@@'])
        holes = [i for i, line in enumerate(lines) if '@@' in line]
        while len(holes) < len(entries):
            lines.insert(holes[-1] + 1, lines[holes[-1]] if lines[holes[-1]] == '@@' else '@@')
            holes.append(holes[-1] + 1)
        self.values.turn()
        first = True
        for line in lines:
            if '@@' in line and not entries:
                continue
            self.plain('' if first else '\n')
            first = False
            before, hole, after = line.partition('@@')
            self.fill(before, name)
            if hole:
                entry_name, entry = entries.pop(0)
                self.values.turn()
                self.fill(entry, entry_name)
                self.plain(after)
        self.templates = sorted(set(self.templates))


# ---- the halves -----------------------------------------------------------------------------------


class Half:
    def __init__(self, name, random):
        self.name, self.random, self.templates = name, random, Templates(name)
        self.values = Values(random, 0 if name == 'dev' else 1)
        self.documents = []

    def add(self, label, name, outline, entries):
        document = Document(self.values)
        document.build(name, outline, entries)
        self.documents.append({'id': f'{self.name}-{label[:3]}-{len(self.documents) + 1:04}', 'text': document.text, 'half': self.name,
                               'class': label, 'templates': document.templates, 'spans': document.spans, 'free': document.free})

    def around(self, entries, misleading):
        """Entries in any order, neutral and misleading sentences among them."""
        r, of = self.random, self.templates.of
        entries = list(entries)
        for _ in range(r.between(0, 2)):
            entries.append(r.pick(of['neutral']))
        if r.chance(misleading):
            entries.append(r.pick(of['negative']))
        r.shuffle(entries)
        return entries

    def positives(self):
        r, of = self.random, self.templates.of
        for name, outline in of['frame'] * FRAME_ROUNDS:
            self.add('positive', name, outline, self.around([], .5))
        deck = []
        for lines in self.sentences_by_kind():
            deck += lines * max(SENTENCE_ROUNDS, -(-RARE // len(lines)))
        r.shuffle(deck)
        while deck:
            hand = [deck.pop() for _ in range(min(len(deck), r.weighted([(1, 2), (2, 4), (3, 3), (4, 1)])))]
            self.add('positive', *r.pick(of['carrier']), self.around(hand, .5))

    def sentences_by_kind(self):
        kinds = {}
        for name, line in self.templates.of['kind']:
            kinds.setdefault(name.rpartition('-')[0], []).append((name, line))
        return kinds.values()

    def negatives(self):
        r, of = self.random, self.templates.of
        deck = []
        for i in range(NEGATIVES):
            if not deck:
                deck = list(of['negative'])
                r.shuffle(deck)
            hand = [deck.pop() for _ in range(min(len(deck), r.between(1, 5)))]
            framed = i % 3 == 0
            self.add('negative', *r.pick(of['negative-frame' if framed else 'carrier']), self.around(hand, 1))


def documents():
    made = []
    for name in ('dev', 'heldout'):
        half = Half(name, Random(SEED + (name == 'heldout')))
        half.positives()
        half.negatives()
        made += half.documents
    return made


def lines():
    return ''.join(json.dumps(document, ensure_ascii=False) + '\n' for document in documents()).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--check', action='store_true')
    arguments = parser.parse_args()
    data = lines()
    sys.stdout.buffer.write(data)
    digest = hashlib.sha256(data).hexdigest()
    if arguments.check and digest != SHA256:
        print(f'make.py: the set is {digest}, not {SHA256}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
