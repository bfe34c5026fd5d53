# SPDX-License-Identifier: MIT
"""Which blocks of a page are its content, by aligning their text with the gold text.

A token is a CJK character or a run of other letters and digits. A token of the page is covered where a
4-gram that runs over it stands in the gold; a block's label is the share of its tokens that are covered. The blocks
whose choice gives the best word F1 (`oracle`) say the same from the other side; training takes the mean.
"""
import collections
import re

import numpy as np

TOKEN = re.compile(r'[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+')
GRAM = 4
SHORT = 8      # blocks under this many tokens may be found as a whole line of the gold,
NEAR = 6       # if blocks within this distance are content
NEAR_SHARE = .4
LEAST_PART = 15


def tokens_of(text):
    return TOKEN.findall(text.lower())


def covered(stream, gold):
    """For each token, whether a 4-gram over it is one of the gold's."""
    known = set(zip(*(gold[i:] for i in range(GRAM))))
    result = np.zeros(len(stream), bool)
    for i, gram in enumerate(zip(*(stream[i:] for i in range(GRAM)))):
        if gram in known:
            result[i:i + GRAM] = True
    return result


def find_lines(label, blocks, lines):
    """Marks short blocks that are a line of the gold amid content."""
    size = np.array([len(block) for block in blocks], float)
    long = size >= GRAM
    for k, block in enumerate(blocks):
        if label[k] >= .5 or not 0 < size[k] < SHORT or tuple(block) not in lines:
            continue
        near = [j for j in range(max(0, k - NEAR), min(len(blocks), k + NEAR + 1)) if j != k and long[j]]
        if size[near] @ label[near] > NEAR_SHARE * max(1, size[near].sum()):
            label[k] = 1


def align(texts, gold):
    """(label of each block 0…1, tokens of each block)."""
    lines = [tokens_of(line) for line in gold.split('\n')]
    blocks = [tokens_of(text) for text in texts]
    size = np.array([len(block) for block in blocks], float)
    if not blocks:
        return size, size
    hit = covered([t for block in blocks for t in block], [t for line in lines for t in line])
    owner = np.repeat(np.arange(len(blocks)), size.astype(int))
    label = np.bincount(owner, weights=hit, minlength=len(blocks)) / np.maximum(size, 1)
    find_lines(label, blocks, {tuple(line) for line in lines})
    return label, size


def one_line(text):
    return ' '.join(text.split())


def find_segments(texts, gold):
    """{block: 1 or 0} of a page whose gold is {with, without}: blocks that hold a wanted or an unwanted segment or, from
    LEAST_PART characters on, are a part of one. A block of both is left out."""
    found = {}
    for side, label in (('with', 1), ('without', 0)):
        for segment in filter(None, map(one_line, gold[side])):
            for k, text in enumerate(map(one_line, texts)):
                if text and (segment in text or len(text) >= LEAST_PART and text in segment):
                    found.setdefault(k, set()).add(label)
    return {k: labels.pop() for k, labels in found.items() if len(labels) == 1}


class Overlap:
    """The word F1 of a choice of blocks, kept up while single blocks are turned on and off."""

    def __init__(self, bags, gold):
        self.bags, self.gold = bags, gold
        self.sizes = [sum(bag.values()) for bag in bags]
        self.have = collections.Counter()
        self.n, self.both, self.want = 0, 0, sum(gold.values())

    def change(self, k, sign):
        """How many more words of the gold are met when block k is added (sign 1) or taken away (-1)."""
        return sum(min(self.have[t] + sign * v, self.gold[t]) - min(self.have[t], self.gold[t])
                   for t, v in self.bags[k].items() if t in self.gold)

    def turn(self, k, sign, better_only=True):
        both, n = self.both + self.change(k, sign), self.n + sign * self.sizes[k]
        if better_only and both * (self.n + self.want) <= self.both * (n + self.want):
            return False
        self.both, self.n = both, n
        for t, v in self.bags[k].items():
            self.have[t] += sign * v
        return True

    def f1(self):
        return 2 * self.both / (self.n + self.want) if self.n + self.want else 1.0


def oracle(label, texts, gold, bag_of, rounds=4):
    """(the choice of blocks with the best F1 that single changes reach, its F1), starting from the labels."""
    bags = [bag_of(text) for text in texts]
    overlap = Overlap(bags, bag_of(gold))
    chosen = label >= .5 if overlap.want else np.zeros(len(texts), bool)
    for k in np.nonzero(chosen)[0]:
        overlap.turn(k, 1, better_only=False)
    for _ in range(rounds if overlap.want else 0):
        turned = 0
        for k in range(len(texts)):
            if bags[k] and overlap.turn(k, -1 if chosen[k] else 1):
                chosen[k] = not chosen[k]
                turned += 1
        if not turned:
            break
    return chosen, overlap.f1()
