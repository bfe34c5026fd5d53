# SPDX-License-Identifier: MIT
"""The pages of the gold sets as learning needs them: with their site, their fold and their type.

Folds are of whole sites (registered domains), so that nothing about a site is learned from its other pages.
"""
import dataclasses
import pathlib
import re
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import gold_sets  # noqa: E402
import metrics  # noqa: E402

FOLDS = 10
TYPES = ['article', 'collection', 'documentation', 'forum', 'listing', 'product', 'service']
TYPE_OF_GROUP = {'manual': 'documentation', 'reference': 'documentation', 'statute': 'documentation',
                 'faq': 'documentation', 'index': 'listing'}
# Second-level names under which sites register: the site of a.b.co.jp is b.co.jp.
REGISTRIES = {'co', 'com', 'org', 'gov', 'ac', 'edu', 'net', 'or', 'ne', 'go', 'gr', 'ed', 'lg'}


@dataclasses.dataclass
class Page:
    set: str
    name: str
    file: str
    gold: object  # a text; of trafilatura's set {with, without}
    group: str    # a part of the set that has a score of its own, or ''
    type: str     # one of TYPES
    site: str

    @property
    def fold(self):
        return zlib.crc32(self.site.encode()) % FOLDS

    @property
    def metric(self):
        return gold_sets.SETS[self.set][1]


def domain(url):
    """The registered domain of a URL; '' if it has none."""
    match = re.match(r'https?://([^/:]+)', url or '')
    if not match:
        return ''
    names = match.group(1).lower().split('.')
    long = len(names) >= 3 and names[-2] in REGISTRIES and len(names[-1]) == 2
    return '.'.join(names[-3 if long else -2:])


def urls(name):
    """page name → URL, for the sets that state it apart from the name."""
    folder = gold_sets.unpacked(name)
    if name == 'wcxb-dev':
        return {path.stem: gold_sets.read_json(path).get('url') for path in (folder / 'ground-truth').iterdir()}
    if name == 'scrapinghub':
        return {key: row.get('url') for key, row in gold_sets.read_json(folder / 'ground-truth.json').items()}
    return {}


def site_of(name, page, url):
    """What stands for the site of a page. The pages of one book are one site."""
    if name == 'ja-labels':
        source = page.name.split('/')[0]
        return source.split('-2007')[0]  # an older edition of the same manual
    if page.name.startswith('bookja'):
        return 'bookja'
    if page.name.startswith('scrapinghub_'):  # the page stands in both sets
        key = page.name[len('scrapinghub_'):]
        url = next(url for other, url in urls('scrapinghub').items() if other.startswith(key))
    if page.name.startswith('postlight_'):
        url = 'http://' + page.name[len('postlight_'):]
    return domain(url or page.name) or page.name


def type_of(page):
    kind = TYPE_OF_GROUP.get(page.group, page.group)
    return kind if kind in TYPES else 'article'


def read(names):
    """The pages of the named gold sets; a set without data is an error."""
    rows = []
    for name in names:
        loaded = gold_sets.load(name)
        if loaded is None:
            raise SystemExit(f'no data of {name}')
        where = urls(name)
        rows += [Page(name, page.name, str(page.file), page.gold, page.group, type_of(page),
                      site_of(name, page, where.get(page.name))) for page in loaded[0]]
    return rows


def scores(pages, texts):
    """{part of a set: (score, rows)} of the texts of pages."""
    parts = {}
    for page, text in zip(pages, texts):
        for part in {page.set, f'{page.set} {page.group}'.strip()}:
            parts.setdefault(part, []).append((page, text))
    result = {}
    for part, pairs in sorted(parts.items()):
        metric = pairs[0][0].metric
        rows = metrics.page_rows(metric, [text for _, text in pairs], [page.gold for page, _ in pairs])
        result[part] = metrics.score(metric, rows), rows
    return result
