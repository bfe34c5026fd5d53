# SPDX-License-Identifier: MIT
"""Gradient-boosted trees over binned features: training by LightGBM, quantized forests, the slow oracle of C's.

A feature's value becomes its bin: how many of the feature's edges are less than the value (float32). Trees see bins
only, so that a node compares two bytes, and what C computes equals what was trained. Leaves become 16-bit
integers with one scale for the forest: a score is an integer sum times the scale plus a bias.
"""
import dataclasses

import lightgbm
import numpy as np

MOST_BINS = 64
NAN_BIN = 255
LEAF_MAX = 32767


# ---- bins ---------------------------------------------------------------------------------------

def edges_of(values, most=MOST_BINS):
    """Edges between bins of about equally many values; a value that fills a bin alone has its own."""
    distinct, counts = np.unique(values[~np.isnan(values)].astype(np.float32), return_counts=True)
    if len(distinct) < 2:
        return np.zeros(0, np.float32)
    if len(distinct) > most:
        share = counts.sum() / most
        closed, filled, left = [], 0, most
        rest = counts.sum()
        for i, count in enumerate(counts[:-1]):
            filled += count
            full = filled >= rest / left or counts[i + 1] >= share
            if full and left > 1:
                closed.append(i)
                rest, left, filled = rest - filled, left - 1, 0
        upper = np.array(closed, int)
    else:
        upper = np.arange(len(distinct) - 1)
    middle = (distinct[upper].astype(np.float64) + distinct[upper + 1]) / 2
    return np.unique(middle.astype(np.float32))


class Bins:
    """The edges of every column."""

    def __init__(self, edges):
        self.edges = edges

    @classmethod
    def of(cls, x, most=MOST_BINS):
        return cls([edges_of(x[:, j], most) for j in range(x.shape[1])])

    def apply(self, x):
        result = np.empty(x.shape, np.uint8)
        for j, edges in enumerate(self.edges):
            result[:, j] = np.searchsorted(edges, x[:, j].astype(np.float32), side='left')
        result[np.isnan(x)] = NAN_BIN
        return result

    def values(self, columns, thresholds):
        """The floats that `value <= …` must be tested against for `bin <= threshold`; NaN fails every test."""
        return np.array([self.edges[c][t] if t < len(self.edges[c]) else np.inf
                         for c, t in zip(columns, thresholds)], np.float32)


# ---- training -----------------------------------------------------------------------------------

FIXED = {'deterministic': True, 'force_row_wise': True, 'num_threads': 1, 'seed': 1, 'verbose': -1,
         'max_bin': 255, 'min_data_in_bin': 1, 'feature_pre_filter': False, 'enable_bundle': False}
BLOCKS = {'trees': 110, 'num_leaves': 40, 'max_depth': 6, 'learning_rate': .11, 'feature_fraction': .5,
          'bagging_fraction': .7, 'bagging_freq': 1, 'min_sum_hessian_in_leaf': .3, 'min_data_in_leaf': 60,
          'lambda_l2': 1.0}
PAGE = {'trees': 30, 'num_leaves': 8, 'learning_rate': .12, 'feature_fraction': .4, 'min_data_in_leaf': 8}


def fit(bins, target, weight, settings, **more):
    """A LightGBM booster of log-odds (target 0…1) over binned rows, or of classes where more says so."""
    options = {'objective': 'cross_entropy', **FIXED, **settings, **more}
    trees = options.pop('trees')
    data = lightgbm.Dataset(bins, label=target, weight=weight, params=dict(FIXED), free_raw_data=True)
    return lightgbm.train(options, data, trees)


# ---- quantized forests --------------------------------------------------------------------------

@dataclasses.dataclass
class Tree:
    feature: np.ndarray    # of each inner node
    threshold: np.ndarray  # float32: go left where value <= threshold; NaN goes right
    left: np.ndarray       # child: >= 0 a node, < 0 the leaf ~child
    right: np.ndarray
    leaf: np.ndarray       # int16


@dataclasses.dataclass
class Forest:
    trees: list
    scale: float
    bias: float

    def raw(self, x):
        """The integer score of every row of float32 features: the oracle of C's traversal."""
        total = np.zeros(len(x), np.int32)
        rows = np.arange(len(x))
        for tree in self.trees:
            if not len(tree.feature):
                total += tree.leaf[0]
                continue
            at = np.zeros(len(x), np.int32)
            while (inner := at >= 0).any():
                node = np.maximum(at, 0)
                down = x[rows, tree.feature[node]] <= tree.threshold[node]
                at = np.where(inner, np.where(down, tree.left[node], tree.right[node]), at)
            total += tree.leaf[~at]
        return total

    def log_odds(self, x):
        return self.raw(x).astype(np.float32) * np.float32(self.scale) + np.float32(self.bias)


def nodes_of(root):
    """A tree of LightGBM's dump as (feature, threshold, left, right, leaf values), nodes in preorder."""
    nodes, leaves = [], []

    def add(node):
        if 'leaf_value' in node:
            leaves.append(node['leaf_value'])
            return ~(len(leaves) - 1)
        at = len(nodes)
        nodes.append([node['split_feature'], int(np.floor(node['threshold'])), 0, 0])
        nodes[at][2], nodes[at][3] = add(node['left_child']), add(node['right_child'])
        return at

    add(root)
    table = np.array(nodes, int).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3], np.array(leaves)


def trees_of(booster):
    return [nodes_of(tree['tree_structure']) for tree in booster.dump_model()['tree_info']]


def quantize(plain, bins):
    """The forest of trees over bins, each as nodes_of gives it."""
    bias = 0.0
    leaves = []
    for *_, values in plain:  # what all leaves of a tree share goes into the bias
        middle = (values.max() + values.min()) / 2
        bias += middle
        leaves.append(values - middle)
    scale = max(np.abs(values).max() for values in leaves) / LEAF_MAX or 1.0
    trees = [Tree(feature, bins.values(feature, threshold), left, right, np.rint(values / scale).astype(np.int16))
             for (feature, threshold, left, right, _), values in zip(plain, leaves)]
    return Forest(trees, float(np.float32(scale)), float(np.float32(bias)))


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))
