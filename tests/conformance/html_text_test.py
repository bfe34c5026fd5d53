# SPDX-License-Identifier: MIT
"""Real pages against an independent parser: what extract gives is what the page shows, in its order.

For every page the text nodes that lexbor's tree shows are compared with `--mode full`, white space and what an
extractor drops aside (bare). Of a sample, html5lib's tree too.
  lost      shown text that is not in ours: none
  invented  text of ours that is not in the page at all, or in another order: none
  hidden    text of ours that the page hides: only where it hides much (HIDDEN_SHARE of what it shows): what holds
            half of a page's prose is taken for content that a script reveals
`main` must be a subsequence of the page's text, `precise` of `main`; and what markdown-it (CommonMark with tables)
makes of `--format markdown` must show the text of `--format text`. Exit 0 if all of it holds.

    html_text_test.py [--set NAME]... [--show N]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

try:
    import html5lib
    from markdown_it import MarkdownIt
    from selectolax.lexbor import LexborHTMLParser
except ImportError:
    print('skip: needs selectolax, html5lib and markdown-it-py')
    sys.exit(77)

import html_pages
from html_driver import DATA

NEVER_SHOWN = set('''script style title textarea select template iframe noembed noframes
    object audio video canvas datalist svg rt rp rtc annotation head'''.split())
OPTIONS = [['--mode', 'full', '--format', 'markdown'], ['--mode', 'full'], ['--mode', 'main'], ['--mode', 'precise']]
RENDERER = MarkdownIt('commonmark', {'html': True}).enable('table')
HIDDEN_SHARE = .2
SPREAD = 8  # a piece with hidden words in it is at most so many times as long in the page
HTML5LIB_EVERY, HTML5LIB_BYTES = 20, 60000  # of the pages, each of at most so many bytes: it is slow


# ---- what the page shows ----------------------------------------------------------------------------

def is_hidden(attributes):
    style = re.sub(r'\s', '', attributes.get('style') or '').lower()
    return ('hidden' in attributes or (attributes.get('aria-hidden') or '').lower() == 'true'
            or 'display:none' in style or 'visibility:hidden' in style)


class Texts:
    """Pieces of text in document order, each shown or hidden."""

    def __init__(self):
        self.pieces = []

    def element(self, tag, attributes, inside):
        """What holds inside an element: inside is (shown, ruby) of its parent. None: nothing in it is text."""
        shown, ruby = inside
        if tag == 'img' and ruby:
            self.pieces.append((attributes.get('alt') or '', shown))
        if tag in NEVER_SHOWN:
            return None
        return shown and tag != 'noscript' and not is_hidden(attributes), ruby or tag == 'ruby'

    def shown(self):
        return bare(''.join(text for text, shown in self.pieces if shown))

    def all(self):
        return bare(''.join(text for text, _ in self.pieces))


def by_lexbor(page):
    texts = Texts()

    def walk(node, inside):
        for child in node.iter(include_text=True):
            if child.tag == '-text':
                texts.pieces.append((child.text(deep=False), inside[0]))
                continue
            within = texts.element(child.tag, child.attributes, inside)
            if within:
                walk(child, within)

    walk(LexborHTMLParser(page).root, (True, False))
    return texts


def by_html5lib(page):
    texts = Texts()

    def walk(node, inside):
        texts.pieces.append((node.text or '', inside[0]))
        for child in node:
            within = texts.element(child.tag, child.attrib, inside) if isinstance(child.tag, str) else None
            if within:
                walk(child, within)
            texts.pieces.append((child.tail or '', inside[0]))

    walk(html5lib.parse(page, namespaceHTMLElements=False), (True, False))
    return texts


def bare(text):
    """Without white space and what an extractor drops: zero-width characters, controls, tags of flags."""
    return re.sub('[\\s\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x20\x7f-\x9f\U000e0000-\U000e007f]',
                  '', text)


# ---- comparing --------------------------------------------------------------------------------------

def differences(want, have):
    """What diff(1) over characters finds, as (lost, extra) pieces."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ('want', 'have')]
        for name, text in zip(names, (want, have)):
            with open(name, 'w', encoding='utf-8') as file:
                file.writelines(character + '\n' for character in text)
        output = subprocess.run(['diff', '--minimal', *names], capture_output=True, check=False).stdout.decode()
    pieces = []
    for line in output.split('\n'):
        if line[:1].isdigit():
            pieces.append(['', ''])
        elif line[:1] in ('<', '>'):
            pieces[-1][line[0] == '>'] += line[2:]
    return pieces


def end_of(piece, text, at):
    """Where a piece ends in a text from a place on; -1 if it is not there. Hidden words may stand in it."""
    found = text.find(piece, at)
    if found >= 0:
        return found + len(piece)
    limit = SPREAD * len(piece)
    for start in (match.start() for match in re.finditer(re.escape(piece[0]), text[at:])):
        place = at + start
        for character in piece:
            place = text.find(character, place, at + start + limit) + 1
            if not place:
                break
        if place:
            return place
    return -1


def outside(inner, outer):
    """The first line or cell of a text that does not follow the ones before it in `outer`; None if all do."""
    at = 0
    for piece in filter(None, map(bare, re.split(r'[\n\t]', inner))):
        end = end_of(piece, outer, at)
        if end < 0:
            return piece
        at = end
    return None


def faults_of_full(texts, full):
    shown, whole = texts.shown(), texts.all()
    if bare(full) == shown:
        return
    pieces = differences(shown, bare(full))
    lost, more = (' … '.join(piece[side] for piece in pieces if piece[side]) for side in (0, 1))
    if lost:
        yield 'lost', lost
    invented = outside(full, whole)
    if invented:
        yield 'invented', invented
    elif more and len(whole) - len(shown) < len(shown) * HIDDEN_SHARE:
        yield 'hidden', more


def faults_of_markdown(full, markdown):
    shown = by_lexbor('<body>' + RENDERER.render(markdown)).shown()
    if shown != bare(full):
        yield 'markdown', ' … '.join(f'-{lost} +{more}' for lost, more in differences(bare(full), shown))


def faults(page, parser, full, main, precise):
    texts = parser(page.decode('utf-8', 'replace'))
    yield from faults_of_full(texts, full)
    astray = outside(main, texts.shown())
    if astray and outside(main, texts.all()):
        yield 'main is outside of the page', astray
    astray = outside(precise, bare(main))
    if astray:
        yield 'precise is outside of main', astray


def check_set(name, show):
    pages = list(html_pages.SETS[name]())
    texts = [html_pages.extracted([page for _, page in pages], '--no-unify', *options) for options in OPTIONS]
    failed = seen_by_html5lib = 0
    for i, ((file, page), markdown, *modes) in enumerate(zip(pages, *texts)):
        parsers = [by_lexbor]
        if i % HTML5LIB_EVERY == 0 and len(page) <= HTML5LIB_BYTES:
            parsers.append(by_html5lib)
            seen_by_html5lib += 1
        found = [(parser.__name__, *fault) for parser in parsers for fault in faults(page, parser, *modes)]
        found += [('markdown-it', *fault) for fault in faults_of_markdown(modes[0], markdown)]
        failed += bool(found)
        for parser, fault, text in found if failed <= show else []:
            print(f'{name} {file}: {parser}: {fault}: {text[:160]!r}')
    print(f'{name}: {len(pages)} pages, {seen_by_html5lib} of them by html5lib too, {failed} at fault', flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', action='append')
    parser.add_argument('--show', type=int, default=20)
    args = parser.parse_args()
    if not os.path.exists(os.path.join(DATA, 'html', 'dev_html.warc.gz')):
        print('skip: no', DATA)
        sys.exit(77)
    sys.exit(sum(check_set(name, args.show) for name in args.set or html_pages.SETS) > 0)


main()
