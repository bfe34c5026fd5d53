#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wikitext: extract against mwparserfromhell, an independent parser, on 206 real articles.

    wikitext_test.py [--worst N]

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped. The peer removes comments, references, tables and galleries, takes the templates by the same
policy where they are one of a few (lang, 仮リンク …), drops files and categories, and strips the code. Compared are
multisets of character 4-grams without white space: F1 must be .97 in the mean and .85 in every article; and no
mark of wikitext may be left in any text. --worst shows the articles that differ most, and where.
"""
import collections
import difflib
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get('SEIMAI_DATA') or os.path.join(HERE, '..', '..', '..', 'shared', 'data')
TOOL = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin', 'seimai-extract')
DUMP = os.path.join(DATA, 'wiki', 'jawiki-country-pages-articles.xml.bz2')
MEAN, LEAST = .97, .85
MARKS = ['{{', '}}', '[[', '{|', '|}', '<ref', '<!--', "'''", '__', '（）', '（、']

try:
    import mwparserfromhell
except ImportError:
    print('skip: mwparserfromhell is not installed')
    sys.exit(77)

KEPT = {'lang': 2, '仮リンク': 1, 'color': 2, 'weight': 2, 'legend': 2, 'llang': 2, 'interlang': 2, 'rtl-lang': 2,
        '要出典範囲': 1, 'いつ範囲': 1, '独自研究範囲': 1, 'flag': 1, 'small': 1, 'smaller': 1, 'center': 1, 'enlink': 1,
        'nastaliq': 1, 'unicode': 1, 'ipa': 1, '簡体字': 1, 'ピン音': 1, 'ruby': 1, 'ルビ': 1, '読み仮名': 1}
DROPPED_TAGS = {'ref', 'references', 'gallery', 'timeline'}
NAMESPACES = re.compile(r'(ファイル|画像|file|image|category|カテゴリ|[a-z]{2,3}(-[a-z-]+)?):', re.I)


def positional(template, n):
    value = template.get(str(n), None) if hasattr(template, 'get') else None
    return str(value.value) if value is not None else ''


def replacement(template):
    """The wikitext that a template leaves."""
    name = str(template.name).strip().lower().replace('_', ' ')
    if name.startswith('ipa-'):
        name = 'ipa'
    if name.startswith('lang-'):
        return positional(template, 1)
    if name == 'transl':
        texts = [str(p.value) for p in template.params if not p.showkey]
        return texts[-1] if texts else ''
    if name == 'convert':
        return positional(template, 1) + ' ' + positional(template, 2)
    return positional(template, KEPT[name]) if name in KEPT else ''


def expand(text, depth=0):
    code = mwparserfromhell.parse(text, skip_style_tags=True)
    for tag in code.filter_tags(recursive=True):
        if str(tag.tag).strip().lower() in DROPPED_TAGS or tag.wiki_markup == '{|':
            try:
                code.remove(tag)
            except ValueError:  # it stood in one that is gone
                pass
    for comment in code.filter_comments():
        try:
            code.remove(comment)
        except ValueError:
            pass
    for template in code.filter_templates(recursive=False):
        value = replacement(template)
        code.replace(template, expand(value, depth + 1) if depth < 5 else '')
    for link in code.filter_wikilinks(recursive=False):
        if NAMESPACES.match(str(link.title).strip()):
            code.remove(link)
    return str(code)


def reference(text):
    text = re.sub(r'<ref[^<>]*/>', '', text)
    code = mwparserfromhell.parse(expand(text))
    return code.strip_code(normalize=True, collapse=True)


def grams(text):
    text = re.sub(r'\s', '', text)
    return collections.Counter(text[i:i + 4] for i in range(len(text) - 3))


def f1(a, b):
    common, total = sum((a & b).values()), sum(a.values()) + sum(b.values())
    return 2 * common / total if total else 1.0


def without_tables(text):
    """Rows of tables have tabs, which the peer's text does not hold."""
    return '\n'.join(line for line in text.split('\n') if '\t' not in line)


def pages():
    xml = subprocess.run(['bzip2', '-dc', DUMP], capture_output=True, check=True).stdout.decode()
    for title, text in re.findall(r'<title>(.*?)</title>.*?<text[^>]*>(.*?)</text>', xml, re.S):
        for entity, char in ('&lt;', '<'), ('&gt;', '>'), ('&quot;', '"'), ('&amp;', '&'):
            text = text.replace(entity, char)
        if not text.lstrip().lower().startswith(('#redirect', '#転送')):
            yield title, text


def show(title, got, want):
    print('---', title)
    a, b = ([line for line in t.split('\n') if line.strip()] for t in (want, got))
    for line in [d for d in difflib.unified_diff(a, b, 'peer', 'ours', n=0, lineterm='') if d[:2] not in ('--', '++', '@@')][:24]:
        print('  ', line[:160])


def main():
    if not os.path.exists(DUMP) or not os.path.exists(TOOL):
        print('skip: no', DUMP, 'or', TOOL)
        return 77
    run = subprocess.run([TOOL, '--no-unify', DUMP], capture_output=True, check=True)
    ours = [json.loads(line) for line in run.stdout.splitlines()]
    left = {mark: sum(mark in document['text'] for document in ours) for mark in MARKS}
    scores = []
    for document, (title, text) in zip(ours, pages()):
        assert document['metadata']['title'] == title
        want, got = reference(text), without_tables(document['text'])
        scores.append((f1(grams(got), grams(want)), title, got, want))
    scores.sort(key=lambda row: row[0])
    mean = sum(row[0] for row in scores) / len(scores)
    if '--worst' in sys.argv:
        for score, title, got, want in scores[:int(sys.argv[-1])]:
            print(round(score, 4))
            show(title, got, want)
    print(f'{len(scores)} articles: mean F1 {mean:.4f}, least {scores[0][0]:.4f} ({scores[0][1]})')
    print('articles with a mark left:', {mark: n for mark, n in left.items() if n} or 'none')
    return 1 if mean < MEAN or scores[0][0] < LEAST or any(left.values()) else 0


if __name__ == '__main__':
    sys.exit(main())
