#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the model of main content on all gold pages and writes it. The same input gives the same bytes.

    train.py --dump CONTENT_DUMP --output dicts/extract/content.model

Needs numpy, lightgbm 4.6.0, torch 2.15.0 and xxhash; the gold sets are those of ../gold_sets.py. Class tokens and page
types are learned on all pages, but trees and nets are trained with those columns out of fold: they then see in training what
they will see in use.
"""
import argparse
import dataclasses

import numpy as np

import classes
import corpus as corpora
import fitting
import model_file
import selection
import trees
from pages import TYPES

VERSION = '2026-11'


def fit_all(prepared):
    """The model of all pages."""
    corpus, settings = prepared.corpus, prepared.settings
    types, booster = fitting.fit_types(corpus, corpus.has_gold, settings)
    page_names, _ = fitting.page_features(corpus)
    to_all = [corpus.names.index(name) for name in page_names]
    of_types = trees.trees_of(booster)
    forests = {}
    for i, kind in enumerate(TYPES):
        forests[kind] = trees.quantize(of_types[i::len(TYPES)], types)
        rename(forests[kind], to_all)
    everything = np.ones(len(corpus.pages), bool)
    blocks = trees.quantize(trees.trees_of(fitting.fit_trees(prepared, prepared.kept)), prepared.bins)
    rename(blocks, [corpus.names.index(name) for name in settings.features])
    return model_file.Model(VERSION, prepared.votes.table(), classes.STEP, corpus.names, forests, blocks,
                            fitting.fit_nets(prepared, everything), dataclasses.asdict(selection.Rules()))


def rename(forest, numbers):
    """Features of a forest by their place in a longer list."""
    for tree in forest.trees:
        tree.feature[:] = [numbers[j] for j in tree.feature]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dump', required=True, help='the content_dump of a build')
    parser.add_argument('--output', required=True, help='the model to write')
    options = parser.parse_args()
    corpus = corpora.read(options.dump)
    model = fit_all(fitting.Prepared(corpus, fitting.settings_of(corpus)))
    print(f'{options.output}: {model_file.write(options.output, model)} bytes')


if __name__ == '__main__':
    main()
