#!/usr/bin/env python3
"""Draws docs/tokenizer-frontier.svg: compression against word boundaries, from the JSON of efficiency.py.

    frontier.py EFFICIENCY.json [--dict ipadic] [-o docs/tokenizer-frontier.svg]

The JSON is a list of {name, vocab, align, dict, seed, bytes_per_token, lo, hi, f1, f1_lo, f1_hi}; what names `align` is ours
and becomes a line from words to most compressed, one for each size, the rest are points with their names. Several seeds of
the same are averaged, and their bars span all their intervals. Colours follow the reader's light or
dark, since GitHub shows an SVG on either. SPDX-License-Identifier: MIT
"""
import argparse
import collections
import json
import math
import pathlib
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 640
LEFT, RIGHT, TOP, BOTTOM = 62, 30, 44, 52
COLOURS = ('c1', 'c2', 'c3', 'c4')
STYLE = '''
text{font:13px system-ui,-apple-system,"Segoe UI","Hiragino Sans","Noto Sans JP",sans-serif;fill:#5b6570}
.name{fill:#20242a}.ours{font-weight:600}.axis{font-weight:600}
.grid{stroke:#e3dfd6}.bar{stroke:#8b929a;opacity:.6}.peer{fill:#8b929a}
path{fill:none;stroke-width:2.2;stroke-linejoin:round}
.c1{stroke:#2a628f;fill:#2a628f}.c2{stroke:#c4652f;fill:#c4652f}.c3{stroke:#4d8b66;fill:#4d8b66}
.c4{stroke:#8468a8;fill:#8468a8}path.c1,path.c2,path.c3,path.c4{fill:none}text.c1,text.c2,text.c3,text.c4{stroke:none}
@media(prefers-color-scheme:dark){text{fill:#9aa3ad}.name{fill:#e6e4df}.grid{stroke:#31373d}
.c1{stroke:#79aedd;fill:#79aedd}.c2{stroke:#e59a6e;fill:#e59a6e}.c3{stroke:#85c09a;fill:#85c09a}
.c4{stroke:#b7a0da;fill:#b7a0da}path.c1,path.c2,path.c3,path.c4{fill:none}}
'''


def gathered(rows):
    """One point a (name, vocab, align): means, and the hull of the intervals."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row['name'], row.get('vocab'), row.get('align')].append(row)
    for (name, vocab, align), same in groups.items():
        mean = {k: sum(r[k] for r in same) / len(same) for k in ('bytes_per_token', 'f1')}
        yield {'name': name, 'vocab': vocab, 'align': align, 'x': mean['bytes_per_token'], 'y': mean['f1'],
               'x_range': (min(r['lo'] for r in same), max(r['hi'] for r in same)),
               'y_range': (min(r['f1_lo'] for r in same), max(r['f1_hi'] for r in same))}


def joined(points):
    """Peers that cut this text alike are one point with all their names."""
    places = {}
    for p in points:
        at = (p['x'], p['y'], p['align'], p['vocab'])
        if at in places:
            places[at]['name'] += ', ' + p['name']
        else:
            places[at] = p
    return list(places.values())


def ticks(low, high, about):
    """Round numbers between low and high, and how many decimals they need."""
    power = 10 ** math.floor(math.log10((high - low) / about))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= (high - low) / about)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) + (f'{step:.1e}'[2] != '0')
    return [(k * step, f'{k * step:.{decimals}f}') for k in range(first, last + 1)]


class Plot:
    def __init__(self, points):
        xs = [v for p in points for v in p['x_range']]
        ys = [v for p in points for v in p['y_range']]
        pad = .04
        self.x = (min(xs) - pad * (max(xs) - min(xs)), max(xs) + pad * (max(xs) - min(xs)))
        self.y = (min(ys) - pad * (max(ys) - min(ys)), max(ys) + pad * (max(ys) - min(ys)))
        self.out, self.taken = [], []

    def at(self, x, y):
        return (LEFT + (x - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (y - self.y[0]) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM))

    def line(self, cls, x1, y1, x2, y2):
        self.out.append(f'<line class="{cls}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def text(self, cls, anchor, x, y, words):
        self.out.append(f'<text class="{cls}" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>')

    def axes(self):
        for value, words in ticks(*self.x, 8):
            x, _ = self.at(value, self.y[0])
            self.line('grid', x, TOP, x, HEIGHT - BOTTOM)
            self.text('', 'middle', x, HEIGHT - BOTTOM + 20, words)
        for value, words in ticks(*self.y, 7):
            _, y = self.at(self.x[0], value)
            self.line('grid', LEFT, y, WIDTH - RIGHT, y)
            self.text('', 'end', LEFT - 9, y + 4, words)
        self.text('axis', 'start', 8, 20, 'F1 of token boundaries against MeCab’s')
        self.text('axis', 'end', WIDTH - RIGHT, HEIGHT - 8, 'bytes per token')

    def bars(self, p):
        x, y = self.at(p['x'], p['y'])
        self.line('bar', self.at(p['x_range'][0], 0)[0], y, self.at(p['x_range'][1], 0)[0], y)
        self.line('bar', x, self.at(0, p['y_range'][0])[1], x, self.at(0, p['y_range'][1])[1])

    def keep_off(self, a, b, step=6):
        """Labels shall not lie on the line from a to b."""
        n = math.ceil(math.dist(a, b) / step)
        self.taken += [(a[0] + (b[0] - a[0]) * i / n - 2, a[1] + (b[1] - a[1]) * i / n - 3, 4, 6) for i in range(n)]

    def label(self, cls, x, y, words):
        """At the least covered place around a point, and not far from it."""
        width = sum(13 if ord(c) > 0x2E80 else 8.2 if 'ours' in cls else 7.4 for c in words) + 2
        places = [(*place, 3 * d) for d in (9, 17, 27, 38) for place in (
            (x + d, y - 8), (x - d - width, y - 8), (x - width / 2, y - d - 14), (x - width / 2, y + d - 2),
            (x + .8 * d, y - .8 * d - 12), (x + .8 * d, y + .8 * d - 3), (x - .8 * d - width, y - .8 * d - 12),
            (x - .8 * d - width, y + .8 * d - 3))]

        def covered(place):
            bad = place[2] if LEFT < place[0] and place[0] + width < WIDTH - 4 and place[1] > TOP - 16 else 1e5
            for a, b, w, h in self.taken:
                over = min(place[0] + width, a + w) - max(place[0], a), min(place[1] + 16, b + h) - max(place[1], b)
                bad += over[0] * over[1] if min(over) > 0 else 0
            return bad
        best = min(places, key=covered)[:2]  # the first of equals
        self.taken.append((*best, width, 16))
        self.text(cls, 'start', best[0] + 1, best[1] + 13, words)


def size_name(vocab):
    return f'{vocab / 1000:.0f}k' if vocab else ''


def draw(points):
    plot = Plot(points)
    plot.axes()
    sizes = sorted({p['vocab'] for p in points if p['align'] is not None}, key=lambda v: v or 0)
    for p in points:
        x, y = plot.at(p['x'], p['y'])
        plot.taken.append((x - 6, y - 6, 12, 12))
        plot.bars(p)
    curves = [sorted((p for p in points if p['align'] is not None and p['vocab'] == size), key=lambda p: -p['y'])
              for size in sizes]
    for curve in curves:
        for a, b in zip(curve, curve[1:]):
            plot.keep_off(plot.at(a['x'], a['y']), plot.at(b['x'], b['y']))
    for colour, size, curve in zip(COLOURS * len(sizes), sizes, curves):
        path = 'L'.join('{:.1f} {:.1f}'.format(*plot.at(p['x'], p['y'])) for p in curve)
        plot.out.append(f'<path class="{colour}" d="M{path}"/>')
        for p in curve:
            x, y = plot.at(p['x'], p['y'])
            plot.out.append(f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
            plot.label(f'{colour} ours', x, y, f'{p["align"]} {size_name(size)}')
    for p in points:
        if p['align'] is not None:
            continue
        x, y = plot.at(p['x'], p['y'])
        plot.out.append(f'<circle class="peer" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        name = p['name'] if size_name(p['vocab']) in p['name'] else f'{p["name"]} {size_name(p["vocab"])}'
        plot.label('name', x, y, name)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'aria-label="Compression against word boundaries">\n'
            '<!-- drawn by tests/bench/bpe/frontier.py. SPDX-License-Identifier: MIT -->\n')
    return head + f'<style>{STYLE}</style>\n' + '\n'.join(plot.out) + '\n</svg>\n'


def main():
    args = argparse.ArgumentParser()
    args.add_argument('figures', type=pathlib.Path)
    args.add_argument('--dict', default='ipadic', help="the dictionary that judged")
    args.add_argument('-o', '--output', type=pathlib.Path,
                      default=pathlib.Path(__file__).resolve().parents[3] / 'docs/tokenizer-frontier.svg')
    args = args.parse_args()
    rows = [r for r in json.loads(args.figures.read_text(encoding='utf-8')) if r['dict'] == args.dict
            and ',' not in r['name']]  # "seimai none, characters" is a variant of a point that is there
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(draw(joined(gathered(rows))), encoding='utf-8')
    print(f'{len(rows)} rows: {args.output}')


if __name__ == '__main__':
    main()
