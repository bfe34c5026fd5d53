# SPDX-License-Identifier: MIT
"""Small nets over the blocks of a page: what lies around a block, is of its kind and in its container has a say.

Trees judge each block by itself; a net is trained on pages, for the F1 of what it takes of them. Inputs are bins of
features. A layer standardizes every block's state and adds to it what one hidden layer makes of the block, the blocks
`distance` before and behind it, and the means of those with its signature, its parent, its grandparent, and of the page.

`scores` is the slow oracle of content_net.c; net_training.py trains.
"""
import dataclasses

import numpy as np

import trees

WIDTH = 16
DISTANCES = (1, 2, 4)  # of the layers
MEANS = ('signature', 'parent', 'grandparent', 'page')
MOST_BINS = 16
EPSILON = 1e-5


# ---- inputs -------------------------------------------------------------------------------------

class Inputs:
    """Which features a net reads, by their edges: an input is how many of them the value is not below or at. A feature
    that may be missing stands twice: NaN is above every edge, also the infinite one of its second place."""

    def __init__(self, names, edges):
        self.names, self.edges = names, edges

    @classmethod
    def of(cls, names, x):
        rows = []
        for name, column in zip(names, x.T):
            edges = trees.edges_of(column, MOST_BINS)
            rows += [(name, edges)] if len(edges) else []
            rows += [(name, np.array([np.inf], np.float32))] if np.isnan(column).any() else []
        return cls([name for name, _ in rows], [edges for _, edges in rows])

    def apply(self, x, names):
        """uint8 (blocks, inputs) of features with these names."""
        columns = [names.index(name) for name in self.names]
        result = np.empty((len(x), len(columns)), np.uint8)
        for j, (column, edges) in enumerate(zip(columns, self.edges)):
            values = x[:, column].astype(np.float32)
            result[:, j] = np.where(np.isnan(values), len(edges), np.searchsorted(edges, values, side='left'))
        return result

    def sizes(self):
        return np.array([len(e) for e in self.edges], np.float32)


def groups(page):
    """[group of each block] for each mean but the page's, numbered from 0."""
    parent = page.parent[page.owner]
    keys = (page.signature, parent, page.parent[parent])
    return [np.unique(key, return_inverse=True)[1] for key in keys]


def block_weights(page):
    return np.sqrt(page.width.astype(np.float32)) + 1


# ---- the net ------------------------------------------------------------------------------------

@dataclasses.dataclass
class Layer:
    distance: int
    near: list            # 3 × (WIDTH, WIDTH): before, itself, behind
    means: list           # (WIDTH, WIDTH) each, as MEANS
    near_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray


@dataclasses.dataclass
class Net:
    """Matrices are (from, to), float32."""
    first: np.ndarray     # (inputs, WIDTH), of bins as they are
    first_bias: np.ndarray
    layers: list
    last: np.ndarray      # (WIDTH,)
    last_bias: float


@dataclasses.dataclass
class Nets:
    """Nets of other seeds, whose mean counts."""
    inputs: Inputs
    nets: list


def standardize(h):
    centred = h - h.mean(1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(1, keepdims=True) + EPSILON)


def shifted(z, distance):
    """Row i is row i + distance of z; rows from outside are 0."""
    result = np.zeros_like(z)
    if distance < 0:
        result[-distance:] = z[:distance]
    else:
        result[:-distance] = z[distance:]
    return result


def means_of(z, group, weight):
    total = np.bincount(group, weight)
    sums = np.stack([np.bincount(group, weight * column) for column in z.T], 1)
    return (sums / total[:, None])[group]


def scores(nets, page, bins):
    """Log-odds of the blocks of a page. bins: its inputs."""
    return sum(scores_of(net, page, bins) for net in nets.nets) / len(nets.nets) if len(bins) else np.zeros(0)


def scores_of(net, page, bins):
    h = np.maximum(0, bins.astype(np.float64) @ net.first + net.first_bias)
    weight, of = block_weights(page).astype(np.float64), groups(page) + [np.zeros(len(bins), int)]
    for layer in net.layers:
        z = standardize(h)
        hidden = layer.near_bias + z @ layer.near[1]
        hidden += shifted(z, -layer.distance) @ layer.near[0] + shifted(z, layer.distance) @ layer.near[2]
        for group, matrix in zip(of, layer.means):
            hidden += means_of(z, group, weight) @ matrix
        h = h + np.maximum(0, hidden) @ layer.out + layer.out_bias
    return standardize(h) @ net.last + net.last_bias
