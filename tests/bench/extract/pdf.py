#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PDF: how much of the text comes out, in order: extract against pdftotext, pdfminer.six and pypdf.

    pdf.py [--tool seimai-extract] [--json FILE]
    pdf.py --label FILE PAGE [LINE,LINE…]   prints labels of a page: its lines in that order (default: from above)

Gold texts: pages of the two sample PDFs of the data folder, as pdf_labels.tsv has them (file, page, hash of a line, in reading
order: the text itself is not ours to copy, so a label finds its line among poppler's), without running heads and
with words joined that a hyphen divides; and PDFs that this script makes with reportlab from texts of its own: two
columns of English, vertical Japanese, a Japanese report. Score: F1 of the multisets of character 4-grams, white
space removed, so it sees order within a few characters, heads that stay, and hyphens, but not paragraphs.
"""
import argparse
import collections
import hashlib
import html
import json
import logging
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get('SEIMAI_DATA') or os.path.join(HERE, '..', '..', '..', '..', 'shared', 'data')
LABELS = os.path.join(HERE, 'pdf_labels.tsv')

# ---- gold by labels ---------------------------------------------------------------------------------


def page_lines(path, page):
    """poppler's lines of a page, from above: (hash, text)."""
    markup = subprocess.run(['pdftotext', '-bbox-layout', '-f', str(page), '-l', str(page), path, '-'],
                            capture_output=True, check=True).stdout.decode()
    lines = []
    for box, words in re.findall(r'<line (.*?)>(.*?)</line>', markup, re.S):
        x, y = (float(v) for v in re.findall(r'="([-\d.]+)"', box)[:2])
        text = ' '.join(html.unescape(w) for w in re.findall(r'<word[^>]*>(.*?)</word>', words))
        lines.append((round(y / 3), x, text))
    return [(hashlib.sha1(re.sub(r'\s', '', text).encode()).hexdigest()[:10], text)
            for _, _, text in sorted(lines)]


def join(lines):
    text = ''
    for line in lines:
        if re.search('[a-z]-$', text) and re.match('[a-z]', line):
            text = text[:-1] + line
        else:
            text += '\n' + line
    return text


def labelled():
    """(name, path, gold) of each file with labels; the pages are cut out into a file of their own."""
    pages = collections.defaultdict(lambda: collections.defaultdict(list))
    with open(LABELS, encoding='utf-8') as file:
        for row in file:
            if not row.startswith('#'):
                name, page, mark = row.split()
                pages[name][int(page)].append(mark)
    for name, marks in pages.items():
        path = os.path.join(DATA, 'ebook', name)
        if not os.path.exists(path):
            print('skip: no data', path)
            continue
        gold = []
        for page, wanted in sorted(marks.items()):
            known = dict(page_lines(path, page))
            gold += [known[mark] for mark in wanted]
        yield name, path, (min(marks), max(marks)), join(gold)


def excerpt(path, pages, folder):
    from pypdf import PdfReader, PdfWriter
    out = os.path.join(folder, os.path.basename(path))
    writer = PdfWriter()
    for page in PdfReader(path).pages[pages[0] - 1:pages[1]]:
        writer.add_page(page)
    writer.write(out)
    return out


# ---- PDFs of our own --------------------------------------------------------------------------------

ENGLISH = ('Polishing rice removes the bran from the grain and leaves the white part that most people eat. The amount '
           'that is removed decides how the rice tastes, how long it keeps, and what can be made from it. Brewers '
           'remove more than a third of every grain, because the outer layers hold fat and protein that would give '
           'the drink a heavy flavour. A mill for the household takes off less than a tenth. The machines have '
           'changed little in principle: grains rub against each other or against a rough surface until the brown '
           'layer comes off as a fine powder. What has changed is control. Modern mills measure the whiteness of the '
           'grain while it passes, and they stop when the desired degree is reached.')
NOTES = ['By weight, as the brewers count it.', 'The first mill with rollers is from the last century.',
         'The powder is sold as fodder or pressed for its oil.', 'Whiteness is measured by the light that comes back.']
JAPANESE = ('精米とは、玄米から糠の層を取り除いて白米にする作業である。取り除く割合によって、味や保存の長さが変わる。'
            '酒造りでは、外側の三分の一以上を削ることも珍しくない。外側には脂質やたんぱく質が多く、雑味のもとになるからである。'
            '家庭用の精米機では、一割も削らない。仕組みは昔からほとんど変わらず、米粒どうし、あるいは粗い面とこすり合わせて、'
            '茶色い層を細かな粉として落とす。変わったのは制御である。いまの機械は、通り過ぎる米の白さを測り、望みの度合いに'
            '達したところで止まる。こうして、毎回おなじ仕上がりの米を得ることができるようになった。')


def wrap_words(text, width, hyphen):
    """Lines of at most `width` characters; long words are divided where `hyphen`."""
    lines, line = [], ''
    for word in text.split():
        if len(line) + len(word) + 1 <= width:
            line = (line + ' ' + word).strip()
            continue
        room = width - len(line) - 2
        if hyphen and room >= 3 and len(word) - room >= 3 and word.isalpha():
            lines.append(f'{line} {word[:room]}-')
            line = word[room:]
        else:
            lines.append(line)
            line = word
    return lines + [line]


def two_columns(path):
    from reportlab.pdfgen import canvas
    c = canvas.Canvas(path, pagesize=(420, 595))
    lines, gold = wrap_words(ENGLISH, 38, True), ''
    for page in range(4):
        c.setFont('Helvetica', 7)
        c.drawString(40, 570, 'Journal of Rice, Volume 7')
        c.drawRightString(380, 570, str(page + 211))
        heading = f'Section {page + 1}: on polishing'
        c.setFont('Helvetica-Bold', 14)
        c.drawString(40, 540, heading)
        c.setFont('Helvetica', 8)
        half = (len(lines) + 1) // 2
        for i, line in enumerate(lines):
            c.drawString(40 if i < half else 220, 510 - 11 * (i % half), line)
        note = f'{page + 1} {NOTES[page]}'
        c.setFont('Helvetica', 6)
        c.drawString(40, 60, note)
        gold += f'{heading}\n{ENGLISH}\n{note}\n'
        c.showPage()
    c.save()
    return gold


def japanese(path, vertical):
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas
    font = UnicodeCIDFont('HeiseiMin-W3', isVertical=vertical)
    pdfmetrics.registerFont(font)
    c = canvas.Canvas(path, pagesize=(420, 595))
    gold = ''
    for page in range(4):
        text = '　' + JAPANESE
        title = f'第{"一二三四"[page]}章　精米の話'
        c.setFont(font.fontName, 16)
        if vertical:
            c.drawString(380, 550, title)
        else:
            c.drawString(60, 530, title)
        c.setFont(font.fontName, 10)
        width = 30
        for i in range(0, len(text), width):
            if vertical:
                c.drawString(345 - 18 * (i // width), 540, text[i:i + width])
            else:
                c.drawString(60, 500 - 16 * (i // width), text[i:i + width])
        c.setFont('Helvetica', 8)
        c.drawCentredString(210, 30, f'- {page + 21} -')
        gold += f'{title}\n{JAPANESE}\n'
        c.showPage()
    c.save()
    return gold


# ---- tables of our own: each by its seed --------------------------------------------------------------

class Table:
    """A table of random cells at a random place: head, alignment, rules, padding, wrapped and empty cells."""

    def __init__(self, rng, width, ja):
        from reportlab.pdfbase.pdfmetrics import stringWidth
        self.rng, self.ja = rng, ja
        self.font = 'HeiseiKakuGo-W5' if ja else 'Helvetica'
        self.size = rng.choice([7, 8, 9, 10])
        self.measure = lambda text: stringWidth(text, self.font, self.size)
        self.leading = self.size * rng.choice([1.15, 1.2, 1.3, 1.4])
        self.padding = rng.choice([0, 0, 0.15, 0.3, 0.6, 1.0]) * self.size
        self.gutter = rng.choice([0.8, 1, 1.5, 2]) * self.size
        self.valign = rng.choice(['top', 'top', 'top', 'middle', 'bottom'])
        self.rules = rng.random() < 0.4
        columns = rng.choice([2, 3, 3, 4, 5] if width > 250 else [2, 2, 3])
        self.kinds = ['name'] + [rng.choice(['text', 'text', 'number', 'name']) for _ in range(columns - 1)]
        if 'text' not in self.kinds and rng.random() < 0.7:
            self.kinds[-1] = 'text'
        weights = [{'name': 2, 'number': 1, 'text': 4}[kind] for kind in self.kinds]
        room = width - self.gutter * (columns - 1)
        self.widths = [max(room * w / sum(weights), 4.5 * self.size) for w in weights]
        self.rows = [self.head()] if rng.random() < 0.7 else []
        self.rows += [[self.cell(kind, i) for i, kind in enumerate(self.kinds)] for _ in range(rng.randint(3, 10))]

    def cell(self, kind, column):
        rng = self.rng
        if column and rng.random() < 0.08:
            return ''
        if kind == 'number':
            return rng.choice([str(rng.randint(1, 999)), f'{rng.random() * 100:.2f}', f'{rng.randint(1, 99)}%'])
        n = rng.choice([1, 1, 2, 3]) if kind == 'name' else rng.randint(1, 18)
        if self.ja:
            start = rng.randrange(len(JAPANESE) - 80)
            return JAPANESE[start:start + 3 * n].strip('。、') or '米'
        words = re.findall(r'[a-z]+', ENGLISH)
        start = rng.randrange(len(words) - n)
        text = ' '.join(words[start:start + n]).capitalize()
        return text + ('.' if kind == 'text' and rng.random() < 0.4 else '')

    def head(self):
        names = ['品名', '説明', '数量', '備考', '単位', '割合'] if self.ja else \
            ['Name', 'What it is', 'Amount', 'Notes', 'Unit price', 'Share of all']
        return self.rng.sample(names, len(self.kinds))

    def wrap(self, text, width):
        lines, line = [], ''
        for part in (list(text) if self.ja else re.findall(r'\S+ ?', text)):
            if line and self.measure((line + part).rstrip()) > width:
                lines.append(line.rstrip())
                line = ''
            line += part
        return lines + [line.rstrip()] if line else lines

    def draw(self, c, x, y):
        """From y down; where it ends."""
        c.setFont(self.font, self.size)
        for row in self.rows:
            cells = [self.wrap(text, width) for text, width in zip(row, self.widths)]
            most, left = max(len(lines) for lines in cells), x
            if self.rules:
                c.line(x, y, x + sum(self.widths) + self.gutter * (len(row) - 1), y)
            for lines, width, kind in zip(cells, self.widths, self.kinds):
                skip = {'top': 0, 'middle': (most - len(lines)) / 2, 'bottom': most - len(lines)}[self.valign]
                for i, line in enumerate(lines):
                    at = y - self.padding - self.size - (skip + i) * self.leading
                    if kind == 'number':
                        c.drawRightString(left + width, at, line)
                    else:
                        c.drawString(left, at, line)
                left += width + self.gutter
            y -= most * self.leading + 2 * self.padding
        return y

    def gold(self):
        return ''.join('\t'.join(row) + '\n' for row in self.rows)


def prose(rng, n):
    sentences = re.findall(r'[A-Z][^.]*\.', ENGLISH)
    return ' '.join(rng.choice(sentences) for _ in range(n))


class Column:
    """Text and tables from the top of a column down."""

    def __init__(self, c, x, y, width):
        self.c, self.x, self.y, self.width, self.gold = c, x, y, width, ''

    def text(self, text, size=9, font='Times-Roman'):
        from reportlab.lib.utils import simpleSplit
        self.c.setFont(font, size)
        for line in simpleSplit(text, font, size, self.width):
            self.y -= 1.2 * size
            self.c.drawString(self.x, self.y, line)
        self.y -= 4
        self.gold += text + '\n'

    def table(self, rng, ja=False):
        table = Table(rng, self.width, ja)
        self.y = table.draw(self.c, self.x, self.y - 8) - 12
        self.gold += table.gold()


def table_page(path, seed):
    """A page with a table between paragraphs."""
    import random
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas
    pdfmetrics.registerFont(UnicodeCIDFont('HeiseiKakuGo-W5'))
    rng = random.Random(seed)
    c = canvas.Canvas(path, pagesize=(595, 1400))
    column = Column(c, 60, 1340, rng.choice([300, 400, 475]))
    column.text(prose(rng, 4))
    column.table(rng, seed % 2 == 1)
    column.text(prose(rng, 4))
    c.save()
    return column.gold


def paper(path, seed, tables):
    """Two columns of paragraphs, short ones too, in one of which a table may stand."""
    import random
    from reportlab.pdfgen import canvas
    rng = random.Random(seed)
    c = canvas.Canvas(path, pagesize=(595, 1400))
    gold = ''
    for x in (50, 315):
        column = Column(c, x, 1340, 230)
        at = rng.randint(2, 5) if tables else -1
        for i in range(9):
            if i == at:
                column.table(rng)
            if rng.random() < 0.2:
                column.text(rng.choice(NOTES)[:-1], 11, 'Times-Bold')
            column.text(prose(rng, rng.choice([1, 1, 2, 4])))
        gold += column.gold
    c.save()
    return gold


def series():
    """(name, how to write one, seeds)."""
    yield 'tables', table_page, range(60)
    yield 'papers', lambda path, seed: paper(path, seed, False), range(20)
    yield 'papers with tables', lambda path, seed: paper(path, seed, True), range(20)


def made(folder):
    try:
        import reportlab  # noqa: F401
    except ImportError:
        print('skip: reportlab is not installed')
        return
    for name, write in (('two-columns', two_columns), ('vertical', lambda p: japanese(p, True)),
                        ('report', lambda p: japanese(p, False))):
        path = os.path.join(folder, name + '.pdf')
        gold = write(path)
        yield name, path, gold


# ---- systems ----------------------------------------------------------------------------------------

def ours(tool, path):
    run = subprocess.run([tool, '--no-unify', path], capture_output=True, check=True)
    return json.loads(run.stdout)['text']


def pdftotext(path):
    return subprocess.run(['pdftotext', path, '-'], capture_output=True, check=True).stdout.decode()


def pdfminer(path):
    from pdfminer.high_level import extract_text
    return extract_text(path)


def pypdf(path):
    from pypdf import PdfReader
    return '\n'.join(page.extract_text() for page in PdfReader(path).pages)


def grams(text):
    """White space removed; vertical forms and full stops in one form, so that no system loses by them."""
    text = re.sub(r'\s', '', text).translate(str.maketrans('︒︑﹁﹂', '。、「」'))
    return collections.Counter(text[i:i + 4] for i in range(len(text) - 3))


def f1(got, want):
    a, b = grams(got), grams(want)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 1.0


def score(tool):
    systems = {'seimai': lambda path: ours(tool, path), 'pdftotext': pdftotext, 'pdfminer.six': pdfminer,
               'pypdf': pypdf}
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        files = list(made(folder))
        files += [(name, excerpt(path, pages, folder), gold) for name, path, pages, gold in labelled()]
        for name, path, gold in files:
            table[name] = {system: round(f1(read(path), gold), 4) for system, read in systems.items()}
        for name, write, seeds in series():
            scores = []
            for seed in seeds:
                path = os.path.join(folder, f'{name}-{seed}.pdf')
                gold = write(path, seed)
                scores.append([f1(read(path), gold) for read in systems.values()])
            table[f'{name} ({len(seeds)})'] = {
                system: round(statistics.mean(column), 4) for system, column in zip(systems, zip(*scores))}
    return table


def main():
    logging.disable(logging.CRITICAL)  # the peers' advice about fonts
    parser = argparse.ArgumentParser()
    parser.add_argument('--tool', default='seimai-extract')
    parser.add_argument('--json')
    parser.add_argument('--label', nargs='+')
    args = parser.parse_args()
    if args.label:
        lines = page_lines(args.label[0], int(args.label[1]))
        order = [int(i) for i in args.label[2].split(',')] if len(args.label) > 2 else range(len(lines))
        for i in order:
            print(os.path.basename(args.label[0]), args.label[1], lines[i][0], sep='\t')
        return 0
    table = score(args.tool)
    if not table:
        return 77
    systems = list(next(iter(table.values())))
    print(f'{"":28}' + ''.join(f'{system:>14}' for system in systems))
    for name, row in table.items():
        print(f'{name:28}' + ''.join(f'{row[system]:14.4f}' for system in systems))
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as file:
            json.dump(table, file, indent=1)
    return 0


if __name__ == '__main__':
    sys.exit(main())
