# SPDX-License-Identifier: MIT
"""What tests/bench/extract measures with: its definitions on cases worked out by hand, and its labels, which must
give the texts that somebody has read. Exit 0 if all of it holds."""
import os
import sys

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
sys.path += [os.path.join(SOURCE, 'tests/bench/extract'), os.path.join(SOURCE, 'tests/bench/extract/labels')]
try:
    import metrics
    import labels
    import numpy as np
except ImportError as error:
    print('skip:', error)
    sys.exit(77)

failures = 0


def check(have, want, what):
    global failures
    if not np.allclose(have, want, atol=1e-12):
        failures += 1
        print(f'FAILED: {what}: {have}, want {want}')


def rows():
    check(metrics.characters('あいう えお', 'あいうえ'), [2 / 3], 'two 4-grams against one of them')
    check(metrics.characters('あいう', 'あいうえ'), [0], 'a text without a 4-gram')
    check(metrics.words('A b, b', 'a B c'), [4 / 6], 'multisets of words, in any case')
    check(metrics.words('', ''), [1], 'nothing wanted, nothing there')
    check(metrics.words('a', ''), [0], 'nothing wanted, something there')
    check(metrics.shingles('a b c d e', 'a b c d'), [1 / 2, 1], 'two shingles against one of them')
    check(metrics.shingles('a b', 'a b'), [1, 1], 'a text of two words is one shingle')
    check(metrics.segments('one  two\nthree', {'with': ['two three', 'four'], 'without': ['e t']}), [1, 1, 1, 0],
          'segments are found across white space')


def scores():
    check(metrics.score('words', np.array([[.5], [1]])), .75, 'mean of pages')
    check(metrics.score('shingles', np.array([[1, 0], [.5, 1]])), 2 * .75 * .5 / 1.25, 'F1 of the means')
    check(metrics.score('segments', np.array([[3, 1, 0, 2], [1, 0, 2, 2]])), 8 / 11, 'one F1 over all segments')


def bootstrap():
    ours, theirs = np.linspace(.3, .9, 40)[:, None], np.linspace(.2, .8, 40)[:, None]
    resamples = metrics.Bootstrap(40, rounds=2000)
    check(resamples.difference('words', ours, theirs), (.1, .1, .1), 'a difference that all pages share')
    low, high = resamples.interval('words', ours)
    error = 1.96 * ours.std() / 40 ** .5
    check(np.round([(low - .6) / error, (high - .6) / error]), [-1, 1], 'an interval is the normal one')


def labelled_pages():
    pages = labels.load()  # ends the run where a page or a text is not the labelled one
    if not pages:
        print('skip: no labelled pages here')
    check(len({page.name for page in pages}), len(pages), 'names of labelled pages are unique')
    check(sum(len(page.gold) < 130 for page in pages), 0, 'labelled texts are long enough')
    print(f'{len(pages)} labelled pages')


rows()
scores()
bootstrap()
labelled_pages()
print('extract metrics:', 'FAILED' if failures else 'all pass')
sys.exit(failures > 0)
