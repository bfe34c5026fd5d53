#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scores of the model by cross-validation: every page is predicted by a model that saw no page of its site.

    cross_validate.py --dump CONTENT_DUMP [--texts FILE] [--compare FILE]

Prints the score of each set and of its parts with a 95 % bootstrap interval over pages; --texts writes the extracted
texts as JSON Lines {set, page, text} (score.py and --compare read them), --compare prints paired differences.
"""
import argparse
import json

import corpus as corpora
import fitting
import pages as gold_pages
import selection
from pages import TYPES, metrics

ARTICLE = TYPES.index('article')


def extract(corpus, fitted, rules=selection.Rules()):
    """The text of every page: its chosen blocks, one a line."""
    texts, p = [], fitted.p(rules.nets)
    cjk = corpus.facts[:, corpus.page_names.index('pg_cjk')]
    for i, dumped in enumerate(corpus.dumped):
        chosen = selection.choose(dumped, p[corpus.rows(i)], fitted.types[i, ARTICLE], rules, cjk=cjk[i])
        texts.append('\n'.join(text for text, taken in zip(dumped.texts, chosen) if taken))
    return texts


def print_table(parts, others=None):
    for part, (score, rows) in parts.items():
        metric = metric_of(part)
        bootstrap = metrics.Bootstrap(len(rows), rounds=2000)
        low, high = bootstrap.interval(metric, rows)
        line = f'{part:28} {len(rows):5}  {score:.4f}  [{low:.4f} {high:.4f}]'
        if others:
            line += '   {:+.4f} [{:+.4f} {:+.4f}]'.format(*bootstrap.difference(metric, rows, others[part][1]))
        print(line)


def metric_of(part):
    return gold_pages.gold_sets.SETS[part.split()[0]][1]


def write_texts(path, corpus, texts):
    with open(path, 'w', encoding='utf-8') as file:
        for page, text in zip(corpus.pages, texts):
            file.write(json.dumps({'set': page.set, 'page': page.name, 'text': text}, ensure_ascii=False) + '\n')


def read_texts(path, corpus):
    with open(path, encoding='utf-8') as file:
        found = {(row['set'], row['page']): row['text'] for row in map(json.loads, file)}
    return [found[page.set, page.name] for page in corpus.pages]


def report(corpus, fitted, path=None, compare=None):
    """Prints the table; writes the texts to a file; compares with those of another."""
    texts = extract(corpus, fitted)
    others = gold_pages.scores(corpus.pages, read_texts(compare, corpus)) if compare else None
    print_table(gold_pages.scores(corpus.pages, texts), others)
    if path:
        write_texts(path, corpus, texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dump', required=True, help='the content_dump of a build')
    parser.add_argument('--texts', help='write the texts here')
    parser.add_argument('--compare', help='texts of another run')
    options = parser.parse_args()
    corpus = corpora.read(options.dump)
    fitted = fitting.cross_fit(fitting.Prepared(corpus, fitting.settings_of(corpus)))
    report(corpus, fitted, options.texts, options.compare)


if __name__ == '__main__':
    main()
