# SPDX-License-Identifier: MIT
"""How good an extracted text is: the definitions that every script here shares.

A metric turns (text, gold) of one page into a row of numbers; the score of many pages is a function of the
mean of their rows. So one bootstrap serves all: resample pages, take the mean row, apply the function.

    characters  F1 of multisets of character 4-grams, white space removed; mean over pages (Japanese)
    words       F1 of multisets of lower-case words; mean over pages; 1 where both are empty (wcxb)
    shingles    precision and recall of word 4-grams, each the mean over pages; F1 of the two means (scrapinghub)
    segments    one F1 over all wanted and unwanted segments, found as substrings (trafilatura's own evaluation)
"""
import collections
import re

import numpy as np

BOOTSTRAP_ROUNDS = 10000


# ---- one page: rows -----------------------------------------------------------------------------

def harmonic(p, r):
    return 2 * p * r / (p + r) if p + r else 0.0


def overlap(have, want):
    return sum((have & want).values())


def character_grams(text, n=4):
    text = re.sub(r'\s+', '', text)
    return collections.Counter(text[i:i + n] for i in range(max(0, len(text) - n + 1)))


def word_grams(text, n=4):
    """A text of fewer than n words is one shingle; an empty one has none."""
    words = re.findall(r'\w+', text)
    return collections.Counter(tuple(words[i:i + n]) for i in range(max(1, len(words) - n + 1)) if words)


def bag_of_words(text):
    return collections.Counter(re.findall(r'\w+', text.lower()))


def precision_recall(have, want):
    both = overlap(have, want)
    return both / max(1, sum(have.values())), both / max(1, sum(want.values()))


def characters(text, gold):
    return [harmonic(*precision_recall(character_grams(text), character_grams(gold)))]


def words(text, gold):
    have, want = bag_of_words(text), bag_of_words(gold)
    total = sum(have.values()) + sum(want.values())
    return [2 * overlap(have, want) / total if total else 1.0]


def shingles(text, gold):
    return list(precision_recall(word_grams(text), word_grams(gold)))


def segments(text, gold):
    """gold: {with, without}. Gives found wanted, found unwanted, missed wanted, missed unwanted."""
    text = one_line(text)
    found = [sum(one_line(part) in text for part in gold[side]) for side in ('with', 'without')]
    return [*found, len(gold['with']) - found[0], len(gold['without']) - found[1]]


def one_line(text):
    return re.sub(r'\s+', ' ', text).strip()


# ---- many pages: a score of mean rows, of shape (..., numbers in a row) ---------------------------

def mean_of_pages(rows):
    return rows[..., 0]


def harmonic_of_means(rows):
    p, r = rows[..., 0], rows[..., 1]
    return 2 * p * r / np.maximum(p + r, 1e-12)


def f1_of_segments(rows):
    wanted, unwanted, missed = rows[..., 0], rows[..., 1], rows[..., 2]
    return 2 * wanted / np.maximum(2 * wanted + unwanted + missed, 1e-12)


METRICS = {'characters': (characters, mean_of_pages), 'words': (words, mean_of_pages),
           'shingles': (shingles, harmonic_of_means), 'segments': (segments, f1_of_segments)}


def page_rows(metric, texts, golds):
    """Rows of all pages, as an array."""
    row = METRICS[metric][0]
    return np.array([row(text, gold) for text, gold in zip(texts, golds)], float)


def score(metric, rows):
    return float(METRICS[metric][1](rows.mean(axis=0)))


class Bootstrap:
    """Paired bootstrap over pages: the same resamples for every tool, so that differences are of the same pages."""

    def __init__(self, pages, rounds=BOOTSTRAP_ROUNDS, seed=1):
        self.counts = np.random.default_rng(seed).multinomial(pages, np.full(pages, 1 / pages), rounds) / pages

    def scores(self, metric, rows):
        return METRICS[metric][1](self.counts @ rows)

    def interval(self, metric, rows, level=.95):
        return np.quantile(self.scores(metric, rows), [(1 - level) / 2, (1 + level) / 2])

    def difference(self, metric, rows, others, level=.95):
        """Score of rows less that of others, and its interval."""
        low, high = np.quantile(self.scores(metric, rows) - self.scores(metric, others),
                                [(1 - level) / 2, (1 + level) / 2])
        return score(metric, rows) - score(metric, others), float(low), float(high)
