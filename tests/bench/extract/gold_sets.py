# SPDX-License-Identifier: MIT
"""The gold sets: pages with the text that should come out of each.

Archives of the real data (SEIMAI_DATA, else ../shared/data) are unpacked once into the work folder. A page is
a file of HTML; its gold is a text, or for trafilatura's set the wanted and the unwanted segments.
"""
import collections
import glob
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[3]
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', SOURCE / '../shared/data'))
WORK = SOURCE / 'build/bench/extract'
SHORTEST_GOLD = 130  # characters; the rule of ja-gold-dev's README

Page = collections.namedtuple('Page', 'name group file gold')  # group: a part of the set that is scored too


def unpacked(name):
    """The folder of an archive of the data, or None where the data is not here."""
    folder, archive = WORK / name, DATA / 'html' / f'{name}.tar.zst'
    if not folder.exists():
        if not archive.exists():
            return None
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run(['tar', '--zstd', '-xf', archive, '-C', WORK], check=True)
    return folder


def read_json(path):
    return json.loads(pathlib.Path(path).read_text(encoding='utf-8'))


def japanese(folder):
    """Pages whose numeric references are decoded, where the set has them so."""
    for line in (folder / 'gold.jsonl').read_text(encoding='utf-8').splitlines():
        row = json.loads(line)
        decoded = folder / 'html-utf8' / f'{row["id"]}.html'
        if row['gold_chars'] >= SHORTEST_GOLD:
            yield Page(row['id'], 'documentation' if row['id'].startswith('bookja_') else 'native',
                       decoded if decoded.exists() else folder / row['file'], row['text'])


def articles(folder):
    for name, row in read_json(folder / 'ground-truth.json').items():
        yield Page(name, '', folder / 'html' / f'{name}.html', row['articleBody'])


def kinds(folder):
    for path in sorted(glob.glob(f'{folder}/ground-truth/*.json')):
        truth = read_json(path)
        name = pathlib.Path(path).stem
        yield Page(name, truth['_internal']['page_type']['primary'], folder / 'html' / f'{name}.html',
                   truth['ground_truth'].get('main_content') or '')


def segments(folder):
    for name, row in read_json(folder / 'evaldata.json').items():
        file = folder / 'cache' / row['file']
        yield Page(name, '', file if file.exists() else folder / 'eval' / row['file'],
                   {side: row[side] for side in ('with', 'without')})


def our_labels():
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'labels'))
    import labels
    return labels


def labelled(_):
    """labels/README.md."""
    return our_labels().load()


def statutes(_):
    """Pages of dev_html whose text the state has published apart: headings and white space differ a little."""
    lines = subprocess.run(['zstd', '-dc', DATA / 'html/law_gold_text.jsonl.zst'], capture_output=True, check=False)
    golds = {row['uri']: row['text'] for row in map(json.loads, lines.stdout.splitlines())}
    for name, row in our_labels().manifest().items():
        if row['uri'] in golds:
            yield Page(name, '', our_labels().page_file(name), golds[row['uri']])


SETS = {  # name: reader, metric, groups in the order of the table
    'ja-gold-dev': (japanese, 'characters', ['native', 'documentation']),
    'scrapinghub': (articles, 'shingles', []),
    'trafilatura': (segments, 'segments', []),
    'wcxb-dev': (kinds, 'words', ['article', 'documentation', 'service', 'forum', 'collection', 'listing',
                                  'product']),
    'ja-labels': (labelled, 'characters', ['manual', 'reference', 'index', 'statute', 'faq', 'notes']),
    'law-gold': (statutes, 'characters', []),
}


def load(name, sample=None):
    """(pages, metric, groups), or None where the data is missing. A sample takes pages evenly over the set."""
    reader, metric, groups = SETS[name]
    folder = DATA if reader in (labelled, statutes) else unpacked(name)
    pages = list(reader(folder)) if folder else []
    if not pages:
        return None
    if sample and sample < len(pages):
        pages = [pages[i * len(pages) // sample] for i in range(sample)]
    return pages, metric, groups
