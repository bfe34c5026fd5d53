# SPDX-License-Identifier: MIT
"""What is learned from: the blocks of all gold pages with features, labels, weights and folds.

A corpus is made once from content_dump's output and kept under the build folder; the class-token and
page-type columns of its features are filled out of fold by fitting.py.
"""
import pickle
import zlib

import numpy as np

import alignment
import dump
import pages as gold_pages

WORK = gold_pages.gold_sets.WORK / 'learn'
SETS = ['wcxb-dev', 'scrapinghub', 'ja-gold-dev', 'ja-labels']  # with whole texts
SEGMENTS = 'trafilatura'  # the set of which only the blocks of its segments have labels
SEGMENT_WEIGHT = .03      # of such a block: about that of a paragraph of an article
# Weight of a page by its set or part of a set: many pages of one book say little, a native Japanese page much.
PAGE_WEIGHT = {'scrapinghub': 1.5, 'ja-gold-dev native': 2.0, 'ja-gold-dev documentation': .3}
LEAST_WEIGHT = .02
SAMPLE_WEIGHT, SAMPLE_FLOOR = 1.2, .08  # a block of weight v is kept with probability v / SAMPLE_WEIGHT + SAMPLE_FLOOR
SEED = 1


def weight_of(page):
    return PAGE_WEIGHT.get(page.set, PAGE_WEIGHT.get(f'{page.set} {page.group}', 1.0))


class Corpus:
    """pages, dumped: one each. Rows are blocks, page after page: rows of page i are offsets[i]:offsets[i + 1]."""

    def __init__(self, pages, dumped, names, page_names):
        self.pages, self.dumped, self.page_names = pages, dumped, page_names
        self.names = names + page_names
        self.offsets = np.concatenate([[0], np.cumsum([len(d.texts) for d in dumped])])
        self.facts = np.stack([d.facts for d in dumped])
        self.x = np.hstack([np.concatenate([d.x for d in dumped]), self.of_pages(self.facts)])
        self.fold = np.array([page.fold for page in pages])
        self.row_fold = np.repeat(self.fold, np.diff(self.offsets))
        self.has_gold = np.array([page.set in SETS for page in pages])
        self.label()
        self.label_segments()
        for d in dumped:
            d.x = None

    def rows(self, i):
        return slice(self.offsets[i], self.offsets[i + 1])

    def of_pages(self, per_page):
        """A value of each page, for each of its rows."""
        return np.repeat(per_page, np.diff(self.offsets), axis=0)

    def label(self):
        n = self.offsets[-1]
        self.target, self.size, self.aligned, self.weight = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
        self.best_f1 = np.full(len(self.pages), np.nan)
        for i in np.nonzero(self.has_gold)[0]:
            at, page, texts = self.rows(i), self.pages[i], self.dumped[i].texts
            aligned, size = alignment.align(texts, page.gold)
            target = aligned
            if page.metric != 'characters':
                chosen, self.best_f1[i] = alignment.oracle(aligned, texts, page.gold, gold_pages.metrics.bag_of_words)
                target = (aligned + chosen) / 2
            self.target[at], self.size[at], self.aligned[at] = target, size, aligned
            content = size[aligned >= .5].sum()
            self.weight[at] = weight_of(page) * size / (max(content, 40) + .3 * size.sum() + 1)

    def label_segments(self):
        self.is_segment = np.zeros(self.offsets[-1], bool)
        for i, page in enumerate(self.pages):
            if page.set != SEGMENTS:
                continue
            for k, label in alignment.find_segments(self.dumped[i].texts, page.gold).items():
                at = self.offsets[i] + k
                self.target[at], self.weight[at], self.is_segment[at] = label, SEGMENT_WEIGHT, True

    def sample(self):
        """(rows to train with, their weights): heavy blocks always, light ones now and then with more weight."""
        used = self.of_pages(self.has_gold) | self.is_segment
        weight = np.maximum(self.weight / self.weight[used].mean(), LEAST_WEIGHT)
        chance = np.where(self.is_segment, 1, np.minimum(1, weight / SAMPLE_WEIGHT + SAMPLE_FLOOR))
        kept = np.random.RandomState(SEED).rand(len(weight)) < chance
        return kept & used, weight / chance

    def columns(self, names):
        return np.array([self.names.index(name) for name in names])


def cache_of(tool, pages):
    """The file that keeps the corpus of this tool, these labels and this code."""
    key = 0
    for path in (tool, alignment.__file__, __file__):
        with open(path, 'rb') as file:
            key = zlib.crc32(file.read(), key)
    for page in pages:
        key = zlib.crc32(f'{page.set} {page.name} {page.site} {page.gold}'.encode(), key)
    return WORK / f'corpus-{key:08x}.pickle'


def read(tool, sets=tuple(SETS) + ('trafilatura',)):
    """The corpus of a content_dump, from the cache if it is there."""
    pages = gold_pages.read(sets)
    path = cache_of(tool, pages)
    if path.exists():
        with open(path, 'rb') as file:
            return pickle.load(file)
    names, page_names, dumped = dump.run(tool, [page.file for page in pages])
    corpus = Corpus(pages, dumped, names, page_names)
    WORK.mkdir(parents=True, exist_ok=True)
    with open(path, 'wb') as file:
        pickle.dump(corpus, file, protocol=5)
    return corpus
