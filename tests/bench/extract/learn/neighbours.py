# SPDX-License-Identifier: MIT
"""Features of stage 2: what stage 1 said of a block's neighbours, its containers and its kind on the page.

The slow oracle of content_score.c: float64, rounded to float32 at the end. Sums of a subtree are
differences of running sums, for the blocks of an element are neighbours. p is stage 1's probability, w the width.
"""
import numpy as np

NEIGHBOURS = (-1, 1, -2, 2, -3, 3, -4, 4)
WINDOWS = (2, 5, 12, 30)
LEVELS = 7
NO_BLOCK = -9.0  # log-odds of a block before the first or after the last

NAMES = (['own'] + [f'log_odds{d:+d}' for d in NEIGHBOURS]
         + [f'mean_{side}_{d}' for d in WINDOWS for side in ('before', 'after')]
         + [f'container{level}_{what}' for level in range(LEVELS) for what in ('mean', 'share')]
         + ['signature_mean', 'signature_blocks', 'signature_plain', 'signature_others']
         + ['mass_before', 'after', 'before', 'rank', 'best', 'page_mean', 'mass', 'from_first', 'to_last', 'between',
            'expected_f1', 'cut', 'above_cut', 'share'])


def log_odds(p):
    return np.log((p + 1e-4) / (1 - p + 1e-4))


def running(values):
    return np.concatenate([[0.0], np.cumsum(values)])


def growing_ancestors(page):
    """For each element the nearest ancestor whose blocks are more than its own; itself at the root."""
    parent, blocks = page.parent, page.end - page.first
    up = parent.copy()
    for e in range(1, len(parent)):
        if blocks[parent[e]] == blocks[e]:
            up[e] = up[parent[e]]
    return up


def window_means(mass, width):
    n = len(mass) - 1
    k = np.arange(n)
    columns = []
    for d in WINDOWS:
        low, high = np.maximum(0, k - d), np.minimum(n, k + d + 1)
        columns.append((mass[k] - mass[low]) / np.maximum(1, width[k] - width[low]))
        columns.append((mass[high] - mass[k + 1]) / np.maximum(1, width[high] - width[k + 1]))
    return columns


def container_means(page, mass, width):
    up = growing_ancestors(page)
    at = page.owner.copy()
    columns = []
    for _ in range(LEVELS):
        low, high = page.first[at], page.end[at]
        inside = mass[high] - mass[low]
        columns += [inside / np.maximum(1, width[high] - width[low]), inside / max(mass[-1], 1e-9)]
        at = up[at]
    return columns


def signature_means(page, p, w):
    _, group = np.unique(page.signature, return_inverse=True)
    mass, width = np.bincount(group, w * p), np.bincount(group, w)
    count, plain = np.bincount(group), np.bincount(group, p)
    others = (mass[group] - w * p) / np.maximum(1, width[group] - w)
    return [mass[group] / np.maximum(1, width[group]), count[group], plain[group] / count[group], others]


def expected_cut(p, w, mass):
    """The best expected F1 of a threshold, and the threshold; and each block's share of mass up to its rank."""
    order = np.argsort(-p, kind='stable')
    got = np.cumsum((p * w)[order])
    f1 = 2 * got / (np.cumsum(w[order]) + mass)
    rank = np.empty(len(p))
    rank[order] = got / max(mass, 1e-9)
    return f1.max(), p[order[f1.argmax()]], rank


def features(page, p):
    """float32 (blocks, features) of one page."""
    n, w = len(p), page.width.astype(np.float64)
    if n == 0:
        return np.zeros((0, len(NAMES)), np.float32)
    odds = log_odds(p)
    padded = np.concatenate([np.full(4, NO_BLOCK), odds, np.full(4, NO_BLOCK)])
    mass, width = running(w * p), running(w)
    total, k = mass[-1], np.arange(n)
    likely = np.nonzero(p > .5)[0]
    first, last = (likely[0], likely[-1]) if len(likely) else (0, n - 1)
    f1, cut, rank = expected_cut(p, w, total)
    columns = [odds] + [padded[4 + d:4 + d + n] for d in NEIGHBOURS]
    columns += window_means(mass, width) + container_means(page, mass, width) + signature_means(page, p, w)
    columns += [mass[:-1] / max(total, 1e-9), np.maximum(0, total - mass[1:]), mass[:-1], rank, np.full(n, p.max()),
                np.full(n, total / width[-1]), np.full(n, total), k - first, last - k, (k >= first) & (k <= last),
                np.full(n, f1), np.full(n, cut), p - cut, w / max(total, 1)]
    return np.stack(columns, 1).astype(np.float32)
