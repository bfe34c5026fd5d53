# SPDX-License-Identifier: MIT
"""Reads what content_dump wrote: pages as arrays. The format is described at the top of content_dump.c."""
import dataclasses
import struct
import subprocess
import zlib

import numpy as np

HIDDEN = 4  # of a block's flags
MAGIC, MAGIC_SCORES = b'SMDUMP01', b'SMDUMP03'


@dataclasses.dataclass
class Dumped:
    """A page. Arrays of blocks: owner, width, link_share, signature, length, text_hash, hidden, x; of elements: parent,
    first, end (the blocks of the subtree). tokens: of each element the hashes of its class and id."""
    name: str
    texts: list
    owner: np.ndarray
    width: np.ndarray
    link_share: np.ndarray
    signature: np.ndarray
    length: np.ndarray
    text_hash: np.ndarray
    hidden: np.ndarray
    parent: np.ndarray
    first: np.ndarray
    end: np.ndarray
    tokens: list
    x: np.ndarray      # float32 (blocks, features)
    facts: np.ndarray  # float32 (features of the page)
    trees: np.ndarray = None   # with a model: log-odds by the trees
    nets: np.ndarray = None    # and by the nets,
    p: np.ndarray = None       # probabilities,
    chosen: np.ndarray = None   # blocks of mode main,
    precise: np.ndarray = None  # of mode precise
    no_content: bool = False


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def array(self, kind, n):
        values = np.frombuffer(self.data, kind, n, self.at)
        self.at += values.nbytes
        return values

    def numbers(self, n=1):
        return self.array('<u4', n)

    def number(self):
        return int(self.numbers()[0])

    def floats(self, n):
        return self.numbers(n).view('<f4')

    def bytes(self):
        n = self.number()
        self.at += n
        return self.data[self.at - n:self.at]

    def string(self):
        return self.bytes().decode('utf-8', 'replace')


def read_element(r):
    parent, _, first, end = r.numbers(4).tolist()
    for _ in range(3):
        r.bytes()
    return parent, first, end, r.numbers(r.number())


def read_scores(r, page):
    n = len(page.texts)
    page.trees, page.nets, page.p = r.floats(n), r.floats(n), r.array('<f8', n)
    bits = r.array('u1', n)
    page.chosen, page.precise = (bits & 1).astype(bool), (bits & 2).astype(bool)
    page.no_content = bool(r.number())


def read_page(r, n_features, n_page):
    name = r.string()
    r.string(), r.string()
    n_elements, n_blocks = r.number(), r.number()
    facts = r.floats(n_page)
    elements = [read_element(r) for _ in range(n_elements)]
    blocks = [(r.numbers(7), r.string()) for _ in range(n_blocks)]
    numbers = np.array([b[0] for b in blocks], np.int64).reshape(-1, 7)
    texts = [b[1] for b in blocks]
    x = r.floats(n_features * n_blocks).reshape(n_features, n_blocks).T
    width = np.maximum(1, numbers[:, 4])
    return Dumped(name, texts, numbers[:, 0], numbers[:, 4], numbers[:, 5] / width, numbers[:, 6],
                  np.array([len(t) for t in texts], int),
                  np.array([zlib.crc32(t.encode()) for t in texts], np.int64), (numbers[:, 3] & HIDDEN) > 0,
                  np.array([e[0] for e in elements], int), np.array([e[1] for e in elements], int),
                  np.array([e[2] for e in elements], int), [e[3] for e in elements], x, facts)


def run(tool, files, model=None):
    """(names of features, names of features of a page, pages) of HTML files; with a model its scores too."""
    done = subprocess.run([tool, *([model] if model else [])], input=('\n'.join(files) + '\n').encode(),
                          capture_output=True, check=True)
    r = Reader(done.stdout)
    if r.data[:8] != (MAGIC_SCORES if model else MAGIC):
        raise SystemExit(f'{tool}: not a dump')
    r.at = 8
    names = [r.string() for _ in range(r.number())]
    page_names = [r.string() for _ in range(r.number())]
    pages = []
    while r.at < len(r.data):
        pages.append(read_page(r, len(names), len(page_names)))
        if model:
            read_scores(r, pages[-1])
    return names, page_names, pages
