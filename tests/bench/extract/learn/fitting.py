# SPDX-License-Identifier: MIT
"""The whole model: page types, class tokens, trees, nets; cross-fitted by whole sites, and on all pages.

cross_fit predicts every page by models that saw no page of its fold. The columns of page types and class tokens are
such predictions too, so that training sees what use will see.
"""
import concurrent.futures
import dataclasses
import multiprocessing
import pathlib

import numpy as np

import classes
import net
import net_training
import trees
from pages import FOLDS, TYPES

# What tells the language. The Japanese pages here are mostly manuals; a model that knows the language would take
# every Japanese page for one.
LANGUAGE = ['cjk', 'kana', 'pg_cjk', 'function', 'capitals', 'spaces', 'starts_capital']
PROCESSES = 2
SHARED = []  # see predict_fold
TYPE_NAMES = [f'q_{kind}' for kind in TYPES]


FEATURES = pathlib.Path(__file__).with_name('features.txt')  # those of the largest gain in cross-validation, and solid


@dataclasses.dataclass
class Settings:
    features: list            # of the trees, by name
    inputs: list              # features that the nets read
    trees: dict = dataclasses.field(default_factory=lambda: dict(trees.BLOCKS))
    page: dict = dataclasses.field(default_factory=lambda: dict(trees.PAGE))
    nets: net_training.Settings = dataclasses.field(default_factory=net_training.Settings)


def settings_of(corpus):
    names = FEATURES.read_text(encoding='utf-8').split()
    return Settings(features=[name for name in corpus.names if name in names],
                    inputs=[name for name in corpus.names if name not in LANGUAGE])


@dataclasses.dataclass
class Fitted:
    """Predictions for all pages: log-odds of each row by the trees and by the nets, probabilities of the types of each
    page."""
    trees: np.ndarray
    nets: np.ndarray
    types: np.ndarray

    def p(self, share):
        """Probabilities where the nets have this share of the log-odds."""
        return trees.sigmoid((1 - share) * self.trees + share * self.nets)


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


def fit_trees(prepared, rows):
    corpus = prepared.corpus
    return trees.fit(prepared.binned[rows], corpus.target[rows], prepared.weight[rows], prepared.settings.trees)


def fit_nets(prepared, chosen):
    """The nets of the labelled ones of the chosen pages."""
    chosen = np.nonzero(chosen & prepared.pages.labelled())[0]
    return net_training.fit(prepared.pages, chosen, prepared.settings.nets)


def predict_fold(fold):
    """(rows of a fold, log-odds by the trees, by the nets) of models of the other folds. SHARED holds what cross_fit was
    given: the processes of a pool inherit it, for it is too large to be sent."""
    prepared, = SHARED
    corpus = prepared.corpus
    out = corpus.row_fold == fold
    by_trees = fit_trees(prepared, prepared.kept & ~out).predict(prepared.binned[out], raw_score=True, num_threads=1)
    nets = fit_nets(prepared, corpus.fold != fold)
    by_nets = [net.scores(nets, corpus.dumped[i], prepared.pages.bins[corpus.rows(i)])
               for i in np.nonzero(corpus.fold == fold)[0]]
    return out, by_trees, np.concatenate(by_nets)


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
        inputs = net.Inputs.of(settings.inputs, corpus.x[:, corpus.columns(settings.inputs)][self.kept])
        self.pages = net_training.Pages(corpus, inputs)


def cross_fit(prepared):
    """Predictions for all pages, each by models that saw no page of its fold; folds in PROCESSES at a time. Each fit has
    one thread: their number changes nothing."""
    by_trees, by_nets = np.zeros((2, len(prepared.binned)))
    SHARED[:] = prepared,
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context('fork')) as pool:
        for out, of_trees, of_nets in pool.map(predict_fold, range(FOLDS)):
            by_trees[out], by_nets[out] = of_trees, of_nets
    SHARED.clear()
    return Fitted(by_trees, by_nets, prepared.types)
