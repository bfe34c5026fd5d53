#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks C's scores and choices of blocks against the slow oracles here, on real pages.

    check.py --dump CONTENT_DUMP --model dicts/extract/content.model [--every N]

Every part is fed with C's input of that part: class tokens and integer sums of trees must be equal to the bit, what
goes through exp and log within 1e-6, the nets' log-odds within 1e-4, the choices of both modes equal. Prints a line
for each; 1 if one differs.
"""
import argparse
import sys

import numpy as np

import classes
import corpus as corpora
import dump
import model_file
import net
import selection
import trees
from pages import TYPES, read

TOLERANCE = 1e-6
NET_ROUNDING = 100  # nets are float32 in C


def worst(a, b):
    """The largest difference, relative above 1; infinite where only one is NaN."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if (np.isnan(a) != np.isnan(b)).any():
        return np.inf
    return np.nanmax(np.abs(a - b) / np.maximum(1, np.abs(b)), initial=0)


def type_probabilities(model, facts):
    odds = np.array([forest.log_odds(facts)[0] for forest in model.types.values()], np.float64)
    return np.exp(odds) / np.exp(odds).sum()


def check_page(model, page, names):
    """{part: difference} of a page with blocks."""
    x = np.hstack([page.x, np.tile(page.facts, (len(page.x), 1))])
    column = {name: j for j, name in enumerate(names)}
    used = x[:, [column[name] for name in model.features]]
    types = type_probabilities(model, used[:1])
    rules = selection.Rules(**model.rules)
    article, cjk = types[TYPES.index('article')], x[0, column['pg_cjk']]
    return {
        'class tokens': worst(classes.columns(page, model.tokens), x[:, [column[name] for name in classes.NAMES]]),
        'page types': worst(types, x[0, [column['q_' + kind] for kind in TYPES]]),
        'trees': worst(model.trees.log_odds(used), page.trees),
        'nets': worst(net.scores(model.nets, page, model.nets.inputs.apply(x, names)), page.nets) / NET_ROUNDING,
        'both': worst(trees.sigmoid((1 - rules.nets) * page.trees + rules.nets * page.nets), page.p),
        'choice': float((selection.choose(page, page.p, article, rules, False, cjk) != page.chosen).any()),
        'precise choice': float((selection.choose(page, page.p, article, rules, True, cjk) != page.precise).any()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dump', required=True, help='the content_dump of a build')
    parser.add_argument('--model', required=True)
    parser.add_argument('--every', type=int, default=10, help='take every Nth page')
    options = parser.parse_args()
    files = [page.file for page in read(corpora.SETS)][::options.every]
    model = model_file.read(options.model)
    names, page_names, pages = dump.run(options.dump, files, options.model)
    found = {}
    for page in pages:
        for part, difference in check_page(model, page, names + page_names).items() if page.texts else ():
            found.setdefault(part, []).append(difference)
    for part, differences in found.items():
        off = sum(d > TOLERANCE for d in differences)
        print(f'{part:20} {len(differences)} pages, {off} differ, worst {max(differences):.2e}')
    sys.exit(any(d > TOLERANCE for differences in found.values() for d in differences))


if __name__ == '__main__':
    main()
