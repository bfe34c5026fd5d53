# SPDX-License-Identifier: MIT
"""dicts/extract/content.model: writing it, and reading it back as the oracle of C's scores.

The layout is described in seimai/content_model.h. Thresholds are bins in training; in the file a node names one of
its feature's thresholds, of which only those that some node uses are written.
"""
import dataclasses
import struct

import numpy as np
import xxhash

import net
import trees

MAGIC = b'SMCONTENT2'
LEAF = 255


@dataclasses.dataclass
class Model:
    version: str
    tokens: dict         # hash → log-odds in units
    unit: float
    features: list       # names: of the trees and of the page types
    types: dict          # name → Forest over features
    trees: trees.Forest
    nets: net.Nets
    rules: dict          # name → number


def string(text):
    data = text.encode()
    return struct.pack('<B', len(data)) + data


def features_bytes(names, thresholds):
    rows = [string(name) + struct.pack(f'<B{len(t)}f', len(t), *t) for name, t in zip(names, thresholds)]
    return struct.pack('<H', len(rows)) + b''.join(rows)


class Table:
    """The features of some forests with the thresholds that they use."""

    def __init__(self, names, forests):
        used = {}
        for forest in forests:
            for tree in forest.trees:
                for feature, threshold in zip(tree.feature, tree.threshold):
                    used.setdefault(int(feature), set()).add(np.float32(threshold))
        self.columns = sorted(used)
        self.names = [names[j] for j in self.columns]
        self.place = {j: i for i, j in enumerate(self.columns)}
        self.thresholds = [sorted(used[j]) for j in self.columns]
        assert len(self.names) <= LEAF and all(len(t) < 256 for t in self.thresholds)

    def bytes(self):
        return features_bytes(self.names, self.thresholds)

    def forest(self, forest):
        body = b''.join(self.tree(tree) for tree in forest.trees)
        return struct.pack('<ffH', forest.bias, forest.scale, len(forest.trees)) + body

    def tree(self, tree):
        """Preorder: a node, its left tree, its right tree."""
        parts, waiting = [], [0 if len(tree.feature) else ~0]
        while waiting:
            at = waiting.pop()
            if at < 0:
                parts.append(struct.pack('<Bh', LEAF, tree.leaf[~at]))
                continue
            place = self.place[int(tree.feature[at])]
            parts.append(struct.pack('<BB', place, self.thresholds[place].index(np.float32(tree.threshold[at]))))
            waiting += [tree.right[at], tree.left[at]]
        return b''.join(parts)


def matrix(values):
    """A matrix, or a row, as integers with a scale."""
    scale = np.float32(np.abs(values).max() / trees.LEAF_MAX) or np.float32(1)
    return struct.pack('<f', scale) + np.rint(values / scale).astype('<i2').tobytes()


def layer_bytes(layer):
    parts = [struct.pack('<B', layer.distance), *map(matrix, layer.near), *map(matrix, layer.means),
             matrix(layer.near_bias), matrix(layer.out), matrix(layer.out_bias)]
    return b''.join(parts)


def net_bytes(one):
    return b''.join([matrix(one.first), matrix(one.first_bias), struct.pack('<B', len(one.layers)),
                     *map(layer_bytes, one.layers), matrix(one.last), struct.pack('<f', one.last_bias)])


def nets_bytes(model):
    return b''.join([struct.pack('<B', net.WIDTH), features_bytes(model.inputs.names, model.inputs.edges),
                     struct.pack('<B', len(model.nets)), *map(net_bytes, model.nets)])


def write(path, model):
    """Writes the file and gives its size in bytes."""
    features = Table(model.features, [model.trees, *model.types.values()])
    tokens = sorted(model.tokens)
    parts = [MAGIC, string(model.version), features.bytes(),
             struct.pack('<fI', model.unit, len(tokens)), np.array(tokens, '<u4').tobytes(),
             np.array([model.tokens[t] for t in tokens], np.int8).tobytes(), struct.pack('<B', len(model.types))]
    parts += [string(name) + features.forest(forest) for name, forest in model.types.items()]
    parts += [features.forest(model.trees), nets_bytes(model.nets)]
    parts += [struct.pack('<H', len(model.rules))]
    parts += [string(name) + struct.pack('<f', value) for name, value in model.rules.items()]
    data = b''.join(parts)
    data += struct.pack('<Q', xxhash.xxh3_64_intdigest(data))
    with open(path, 'wb') as file:
        file.write(data)
    return len(data)


# ---- reading ------------------------------------------------------------------------------------

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from('<' + form, self.data, self.at)
        self.at += struct.calcsize('<' + form)
        return values if len(values) > 1 else values[0]

    def string(self):
        n = self.take('B')
        self.at += n
        return self.data[self.at - n:self.at].decode()

    def array(self, kind, n):
        values = np.frombuffer(self.data, kind, n, self.at)
        self.at += values.nbytes
        return values

    def features(self):
        names, thresholds = [], []
        for _ in range(self.take('H')):
            names.append(self.string())
            thresholds.append(self.array('<f4', self.take('B')))
        return names, thresholds

    def tree(self, thresholds):
        """Nodes in preorder again, so that writing it gives the same bytes."""
        feature, threshold, left, right, leaf, waiting = [], [], [], [], [], [None]
        while waiting:
            place, side = waiting.pop() or (None, None)
            code = self.take('B')
            here = len(feature) if code != LEAF else ~len(leaf)
            if side is not None:
                side[place] = here
            if code == LEAF:
                leaf.append(self.take('h'))
                continue
            feature.append(code)
            threshold.append(thresholds[code][self.take('B')])
            left.append(0)
            right.append(0)
            waiting += [(here, right), (here, left)]
        return trees.Tree(np.array(feature, int), np.array(threshold, np.float32), np.array(left, int),
                          np.array(right, int), np.array(leaf, np.int16))

    def matrix(self, n=1):
        scale = self.take('f')
        values = self.array('<i2', n * net.WIDTH).astype(np.float32) * np.float32(scale)
        return values.reshape(n, net.WIDTH) if n > 1 else values

    def layer(self):
        width = net.WIDTH
        distance = self.take('B')
        near = [self.matrix(width) for _ in range(3)]
        means = [self.matrix(width) for _ in net.MEANS]
        return net.Layer(distance, near, means, self.matrix(), self.matrix(width), self.matrix())

    def net(self, n_inputs):
        first, bias = self.matrix(n_inputs), self.matrix()
        layers = [self.layer() for _ in range(self.take('B'))]
        return net.Net(first, bias, layers, self.matrix(), self.take('f'))

    def nets(self):
        assert self.take('B') == net.WIDTH
        inputs = net.Inputs(*self.features())
        return net.Nets(inputs, [self.net(len(inputs.names)) for _ in range(self.take('B'))])

    def forest(self, thresholds):
        bias, scale, n = self.take('ffH')
        return trees.Forest([self.tree(thresholds) for _ in range(n)], scale, bias)


def read(path):
    with open(path, 'rb') as file:
        r = Reader(file.read())
    assert r.data[:len(MAGIC)] == MAGIC and r.data[-8:] == struct.pack('<Q', xxhash.xxh3_64_intdigest(r.data[:-8]))
    r.at = len(MAGIC)
    version = r.string()
    features, of_features = r.features()
    unit, n = r.take('fI')
    tokens = dict(zip(r.array('<u4', n).tolist(), r.array('i1', n).tolist()))
    types = {r.string(): r.forest(of_features) for _ in range(r.take('B'))}
    blocks = r.forest(of_features)
    nets = r.nets()
    rules = {r.string(): r.take('f') for _ in range(r.take('H'))}
    return Model(version, tokens, unit, features, types, blocks, nets, rules)
