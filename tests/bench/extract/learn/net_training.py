# SPDX-License-Identifier: MIT
"""Trains the nets of net.py by PyTorch: on one thread and with the instructions that all machines share, so that the
same pages give the same bytes."""
import dataclasses
import os

os.environ.update(ATEN_CPU_CAPABILITY='avx2', MKL_CBWR='COMPATIBLE', DNNL_MAX_CPU_ISA='AVX2')

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

import net  # noqa: E402
from corpus import weight_of  # noqa: E402

torch.use_deterministic_algorithms(True)


@dataclasses.dataclass
class Settings:
    epochs: int = 8
    rate: float = 2e-3       # of AdamW; it rises over the first `warm` batches and falls to nearly nothing
    warm: int = 50
    decay: float = .01
    dropout: float = .1      # of inputs, and of what layers add
    overlap: float = .5      # weight of the pages' F1 beside the log loss of the blocks
    spare: float = 20        # tokens: so many more or less count little in a page's F1
    batch: int = 4000        # blocks
    most_gradient: float = 1.0
    seeds: tuple = (1, 2)


class Layer(nn.Module):
    def __init__(self, distance, dropout):
        super().__init__()
        width = net.WIDTH
        self.distance = distance
        self.standardize = nn.LayerNorm(width, eps=net.EPSILON, elementwise_affine=False)
        self.near = nn.Linear(3 * width, width)
        self.means = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in net.MEANS])
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, h, batch):
        z = self.standardize(h)
        padded = torch.zeros(batch.places, net.WIDTH)
        padded[batch.place] = z
        hidden = self.near(torch.cat([padded[batch.place - self.distance], z, padded[batch.place + self.distance]], 1))
        for linear, (group, n, share) in zip(self.means, batch.groups):
            mean = torch.zeros(n, net.WIDTH).index_add_(0, group, z * share[:, None])
            hidden = hidden + linear(mean)[group]
        return h + self.dropout(self.out(functional.relu(hidden)))


class Module(nn.Module):
    """The net, of inputs between -1 and 1."""

    def __init__(self, n_inputs, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(n_inputs, net.WIDTH)
        self.layers = nn.ModuleList([Layer(distance, dropout) for distance in net.DISTANCES])
        self.standardize = nn.LayerNorm(net.WIDTH, eps=net.EPSILON, elementwise_affine=False)
        self.last = nn.Linear(net.WIDTH, 1)

    def forward(self, batch):
        h = functional.relu(self.first(self.dropout(batch.x)))
        for layer in self.layers:
            h = layer(h, batch)
        return self.last(self.standardize(h))[:, 0]


# ---- pages --------------------------------------------------------------------------------------

@dataclasses.dataclass
class Batch:
    """The blocks of some pages. Before, between and behind them lie as many empty places as the largest distance."""
    x: torch.Tensor
    place: torch.Tensor
    places: int
    groups: list          # of each mean: group of each block, number of groups, share of the block in its group
    page: torch.Tensor    # of each block
    target: torch.Tensor
    weight: torch.Tensor
    tokens: torch.Tensor
    worth: torch.Tensor   # of each page


class Pages:
    """What batches are made of: the inputs and labels of a corpus, the groups of its pages."""

    def __init__(self, corpus, inputs):
        self.corpus, self.inputs, self.sizes = corpus, inputs, inputs.sizes()
        self.bins = inputs.apply(corpus.x, corpus.names)
        used = corpus.of_pages(corpus.has_gold)
        self.weight = (corpus.weight / corpus.weight[used].mean()).astype(np.float32)
        self.groups = [net.groups(page) for page in corpus.dumped]
        self.n_blocks = np.diff(corpus.offsets)
        # What the F1 of a page weighs: nothing where only segments are labelled.
        self.worth = np.array([weight_of(page) if gold else 0 for page, gold in zip(corpus.pages, corpus.has_gold)],
                              np.float32)

    def labelled(self):
        """Whether a page has a labelled block."""
        c = self.corpus
        return np.array([c.has_gold[i] or c.is_segment[c.rows(i)].any() for i in range(len(c.pages))])

    def batch(self, chosen):
        c = self.corpus
        rows = np.concatenate([np.arange(c.offsets[i], c.offsets[i + 1]) for i in chosen])
        page = np.repeat(np.arange(len(chosen)), self.n_blocks[chosen])
        edge = max(net.DISTANCES)
        weight = np.concatenate([net.block_weights(c.dumped[i]) for i in chosen])
        of = []
        for k in range(len(net.MEANS) - 1):
            numbers = [self.groups[i][k] for i in chosen]
            first = np.cumsum([0] + [g.max() + 1 for g in numbers])
            of.append(np.concatenate([g + n for g, n in zip(numbers, first)]))
        groups = [(torch.from_numpy(group), int(group.max()) + 1,
                   torch.from_numpy((weight / np.bincount(group, weight)[group]).astype(np.float32)))
                  for group in [*of, page]]
        x = self.bins[rows].astype(np.float32) * (2 / self.sizes) - 1
        values = [torch.from_numpy(v[rows].astype(np.float32)) for v in (c.target, self.weight, c.size)]
        return Batch(torch.from_numpy(x), torch.from_numpy(np.arange(len(rows)) + edge * (page + 1)),
                     len(rows) + edge * (len(chosen) + 1), groups, torch.from_numpy(page), *values,
                     torch.from_numpy(self.worth[chosen]))

    def batches(self, chosen, most):
        """Batches of these pages, in this order, of about `most` blocks."""
        waiting, n = [], 0
        for i in chosen:
            if waiting and n + self.n_blocks[i] > most:
                yield self.batch(np.array(waiting))
                waiting, n = [], 0
            waiting.append(i)
            n += self.n_blocks[i]
        if waiting:
            yield self.batch(np.array(waiting))


# ---- training -----------------------------------------------------------------------------------

def loss_of(z, batch, settings):
    """The log loss of the blocks by weight, and how far each page's expected F1 is from 1 (the Dice loss: F. Milletari,
    N. Navab, S. Ahmadi, "V-Net", 2016, with tokens for voxels)."""
    losses = functional.binary_cross_entropy_with_logits(z, batch.target, reduction='none')
    p = torch.sigmoid(z) * batch.tokens
    want = batch.target * batch.tokens

    def of_pages(values):
        return torch.zeros(len(batch.worth)).index_add_(0, batch.page, values)

    both = of_pages(p * batch.target)
    f1 = (2 * both + settings.spare) / (of_pages(p) + of_pages(want) + settings.spare)
    overlap = ((1 - f1) * batch.worth).sum() / max(1, int((batch.worth > 0).sum()))
    return (losses * batch.weight).sum() / len(z) + settings.overlap * overlap


def fit(pages, chosen, settings):
    """The nets of the chosen pages (numbers)."""
    torch.set_num_threads(1)
    chosen = np.array([i for i in chosen if pages.n_blocks[i]])
    return net.Nets(pages.inputs, [fit_one(pages, chosen.copy(), settings, seed) for seed in settings.seeds])


def fit_one(pages, chosen, settings, seed):
    torch.manual_seed(seed)
    random = np.random.RandomState(seed)
    module = Module(len(pages.sizes), settings.dropout)
    optimizer = torch.optim.AdamW(module.parameters(), settings.rate, weight_decay=settings.decay)
    expected = 1.1 * settings.epochs * pages.n_blocks[chosen].sum() / settings.batch  # batches are not quite full
    step = 0
    for _ in range(settings.epochs):
        random.shuffle(chosen)
        for batch in pages.batches(chosen, settings.batch):
            for group in optimizer.param_groups:
                group['lr'] = settings.rate * min(1, step / settings.warm) * max(.02, 1 - step / expected)
            loss = loss_of(module(batch), batch, settings)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), settings.most_gradient)
            optimizer.step()
            step += 1
    return of_module(module, pages.sizes)


def of_module(module, sizes):
    """The trained net, with bins as they are for inputs."""
    def array(tensor):
        return tensor.detach().numpy().astype(np.float64)

    w = array(module.first.weight).T
    layers = []
    for layer in module.layers:
        near = array(layer.near.weight).T
        layers.append(net.Layer(layer.distance, np.split(near, 3), [array(m.weight).T for m in layer.means],
                                array(layer.near.bias), array(layer.out.weight).T, array(layer.out.bias)))
    return net.Net(w * (2 / sizes[:, None]), array(module.first.bias) - w.sum(0), layers,
                   array(module.last.weight)[0], float(array(module.last.bias)[0]))
