#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the model of main content on all gold pages and writes it. The same input gives the same bytes.

    train.py --dump CONTENT_DUMP --output dicts/extract/content.model [--texts FILE]

Needs numpy, lightgbm 4.6.0 and xxhash; the gold sets are those of ../gold_sets.py. Class tokens and page types are
learned on all pages, but stage 1 is trained with those columns out of fold, and stage 2 on stage 1 out of fold:
both then see in training what they will see in use.
"""
import argparse
import dataclasses

import classes
import corpus as corpora
import cross_validate
import fitting
import model_file
import neighbours
import selection
import trees
from pages import TYPES

VERSION = '2026-11'


def fit_all(prepared):
    """(the model of all pages, cross-fitted predictions)."""
    corpus, settings = prepared.corpus, prepared.settings
    types, booster = fitting.fit_types(corpus, corpus.has_gold, settings)
    page_names, _ = fitting.page_features(corpus)
    to_all = [corpus.names.index(name) for name in page_names]
    of_types = trees.trees_of(booster)
    forests = {}
    for i, kind in enumerate(TYPES):
        forests[kind] = trees.quantize(of_types[i::len(TYPES)], types)
        rename(forests[kind], to_all)
    fitted = fitting.cross_fit(prepared)
    kept, weight = prepared.kept, prepared.weight
    stage1 = trees.fit_mean(prepared.binned[kept], corpus.target[kept], weight[kept], settings.stage1)
    stage1 = trees.quantize(stage1.trees(), prepared.bins)
    rename(stage1, [corpus.names.index(name) for name in settings.features])
    x = fitting.neighbour_features(corpus, fitted.p1)
    bins = trees.Bins.of(x[kept])
    stage2 = trees.fit_mean(bins.apply(x[kept]), corpus.target[kept], weight[kept], settings.stage2)
    stage2 = trees.quantize(stage2.trees(), bins)
    model = model_file.Model(VERSION, prepared.votes.table(), classes.STEP, corpus.names, neighbours.NAMES, forests,
                             stage1, stage2, dataclasses.asdict(selection.Rules()))
    return model, fitted


def rename(forest, numbers):
    """Features of a forest by their place in a longer list."""
    for tree in forest.trees:
        tree.feature[:] = [numbers[j] for j in tree.feature]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dump', required=True, help='the content_dump of a build')
    parser.add_argument('--output', required=True, help='the model to write')
    parser.add_argument('--texts', help='score the cross-fitted predictions too, and write their texts here')
    options = parser.parse_args()
    corpus = corpora.read(options.dump)
    model, fitted = fit_all(fitting.Prepared(corpus, fitting.settings_of(corpus)))
    print(f'{options.output}: {model_file.write(options.output, model)} bytes')
    if options.texts:
        cross_validate.report(corpus, fitted, options.texts)


if __name__ == '__main__':
    main()
