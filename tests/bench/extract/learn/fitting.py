# SPDX-License-Identifier: MIT
"""The whole model: page types, class tokens, stage 1, stage 2; cross-fitted by whole sites, and on all pages.

cross_fit predicts every page by models that saw no page of its fold. What stage 2 is trained on, and the columns of
page types and class tokens, are such predictions too, so that training sees what use will see.
"""
import concurrent.futures
import dataclasses
import multiprocessing
import pathlib

import numpy as np

import classes
import neighbours
import trees
from pages import FOLDS, TYPES

# What tells the language. The Japanese pages here are mostly manuals; a model that knows the language would take
# every Japanese page for one.
LANGUAGE = ['cjk', 'kana', 'pg_cjk', 'function', 'capitals', 'spaces', 'starts_capital']
PROCESSES = 2
SHARED = []  # see predict_fold
TYPE_NAMES = [f'q_{kind}' for kind in TYPES]


FEATURES = pathlib.Path(__file__).with_name('features.txt')  # those of the largest gain in cross-validation


@dataclasses.dataclass
class Settings:
    features: list            # of stage 1, by name
    stage1: dict = dataclasses.field(default_factory=lambda: dict(trees.STAGE1))
    stage2: dict = dataclasses.field(default_factory=lambda: dict(trees.STAGE2))
    page: dict = dataclasses.field(default_factory=lambda: dict(trees.PAGE))


def settings_of(corpus):
    names = FEATURES.read_text(encoding='utf-8').split()
    return Settings(features=[name for name in corpus.names if name in names])


@dataclasses.dataclass
class Fitted:
    """Predictions for all pages: stage 1 and stage 2 of each row, probabilities of the types of each page."""
    p1: np.ndarray
    p2: np.ndarray
    types: np.ndarray


# ---- parts: each takes a mask of training pages or rows ------------------------------------------

def page_features(corpus):
    """(names, values) of the page's features that are not learned."""
    columns = [j for j, name in enumerate(corpus.page_names) if name not in TYPE_NAMES + LANGUAGE]
    return [corpus.page_names[j] for j in columns], corpus.facts[:, columns]


def fit_types(corpus, train, settings):
    kind = np.array([TYPES.index(page.type) for page in corpus.pages])
    _, facts = page_features(corpus)
    bins = trees.Bins.of(facts[corpus.has_gold])
    booster = trees.fit(bins.apply(facts[train]), kind[train], None, settings.page, objective='multiclass',
                        num_class=len(TYPES))
    return bins, booster


def type_probabilities(corpus, fitted):
    bins, booster = fitted
    return booster.predict(bins.apply(page_features(corpus)[1]), num_threads=1)


def count_votes(corpus):
    """The votes on class tokens, each site once."""
    result = classes.Votes(FOLDS)
    sites = {}
    for i in np.nonzero(corpus.has_gold)[0]:
        sites.setdefault(corpus.pages[i].site, []).append(i)
    for site in sorted(sites):
        rows = [corpus.rows(i) for i in sites[site]]
        result.add(corpus.fold[sites[site][0]],
                   classes.votes([corpus.dumped[i] for i in sites[site]], [corpus.aligned[r] for r in rows],
                                 [corpus.size[r] for r in rows]))
    return result


def fill(corpus, names, values):
    corpus.x[:, corpus.columns(names)] = values


def fill_learned(corpus, settings, votes):
    """Page types and class tokens, out of fold, into the features; gives the page types."""
    types = np.zeros((len(corpus.pages), len(TYPES)))
    for fold in range(FOLDS):
        out = corpus.fold == fold
        types[out] = type_probabilities(corpus, fit_types(corpus, corpus.has_gold & ~out, settings))[out]
    fill(corpus, TYPE_NAMES, corpus.of_pages(types))
    tables = [votes.table(without=fold) for fold in range(FOLDS)]
    fill(corpus, classes.NAMES,
         np.concatenate([classes.columns(d, tables[f]) for d, f in zip(corpus.dumped, corpus.fold)]))
    return types


def predict_fold(fold):
    """Predictions of a fold's rows by a model of the others. SHARED holds what out_of_fold was given: the processes of
    a pool inherit it, for it is too large to be sent."""
    prepared, binned, options = SHARED
    out = prepared.corpus.row_fold == fold
    train = prepared.kept & ~out
    model = trees.fit_mean(binned[train], prepared.corpus.target[train], prepared.weight[train], options)
    return out, model.predict(binned[out])


def out_of_fold(prepared, binned, options):
    """Predictions of all rows, folds in PROCESSES at a time; each fit has one thread: their number changes nothing."""
    p = np.zeros(len(binned))
    SHARED[:] = prepared, binned, options
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context('fork')) as pool:
        for out, predicted in pool.map(predict_fold, range(FOLDS)):
            p[out] = predicted
    SHARED.clear()
    return p


def neighbour_features(corpus, p):
    return np.concatenate([neighbours.features(d, p[corpus.rows(i)]) for i, d in enumerate(corpus.dumped)])


# ---- the whole ----------------------------------------------------------------------------------

class Prepared:
    """Bins of the chosen features, sampled rows: what every fit of a corpus shares."""

    def __init__(self, corpus, settings):
        self.corpus, self.settings = corpus, settings
        self.votes = count_votes(corpus)
        self.types = fill_learned(corpus, settings, self.votes)
        self.kept, self.weight = corpus.sample()
        x = corpus.x[:, corpus.columns(settings.features)]
        self.bins = trees.Bins.of(x[self.kept])
        self.binned = self.bins.apply(x)


def cross_fit(prepared):
    """Predictions for all pages, each by models that saw no page of its fold."""
    settings = prepared.settings
    p1 = out_of_fold(prepared, prepared.binned, settings.stage1)
    x = neighbour_features(prepared.corpus, p1)
    p2 = out_of_fold(prepared, trees.Bins.of(x[prepared.kept]).apply(x), settings.stage2)
    return Fitted(p1, p2, prepared.types)
