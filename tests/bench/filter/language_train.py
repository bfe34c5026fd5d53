# SPDX-License-Identifier: MIT
"""Makes src/text/language/weights.txt: what each character, pair and triple says about the language of a line.

    language_train.py FOLDER [OUTPUT]      FOLDER as language_texts.py filled it

Han characters: log-ratios of their frequencies, Japanese against simplified and against traditional Chinese; pairs:
what a pair says beyond its two characters. Latin: log-ratios of triples, English against other languages and against
code. The sources of a language weigh the same. Weights are in quarters of a nat, at most 7 nats.
"""
import collections
import math
import os
import re
import sys

import language_texts as texts

HAN = re.compile('[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々]+')
UNIT, LIMIT, PAIRS, TRIPLES = 4, 28, 4096, 7000
LATIN = ('en', 'und', 'zxx')
EAST = ('ja', 'zh-Hans', 'zh-Hant')


def latin_symbols(line):
    """Letters as they are, other letters ~, digits and signs of code #, everything else one blank."""
    line = re.sub(r'[^\W\d_a-z]', '~', line.lower())
    line = re.sub(r'[0-9_#$%&*+/<=>@\\^`{|}\[\]]', '#', line)
    return ' ' + re.sub(r'[^a-z#~]+', ' ', line).strip() + ' '


class Source:
    def __init__(self):
        self.single, self.pairs, self.triples = (collections.Counter() for _ in range(3))

    def add(self, text, language):
        if isinstance(text, list):
            return self.add_word(*text)
        if language in EAST:
            for run in HAN.findall(text):
                self.single.update(run)
                self.pairs.update(run[i:i + 2] for i in range(len(run) - 1))
        if language in LATIN:
            for line in text.split('\n'):
                symbols = latin_symbols(line)
                self.triples.update(symbols[i:i + 3] for i in range(len(symbols) - 2))

    def add_word(self, word, count):
        for run in HAN.findall(word):
            for c in run:
                self.single[c] += count
            for i in range(len(run) - 1):
                self.pairs[run[i:i + 2]] += count


def shares(sources, kind):
    """The mean over sources of relative frequencies."""
    mean = collections.Counter()
    for source in sources:
        counts = getattr(source, kind)
        total = sum(counts.values())
        for key, n in counts.items():
            mean[key] += n / total / len(sources)
    return mean


def ratio(p, q, key, floor):
    return math.log((p[key] + floor) / (q[key] + floor))


def quantum(nats):
    return max(-LIMIT, min(LIMIT, round(nats * UNIT)))


def section(out, name, about, weights):
    groups = collections.defaultdict(list)
    for key, pair in weights.items():
        groups[pair].append(key.replace(' ', '_'))
    out.write(f'[{name}] {about}\n')
    for pair in sorted(groups):
        if pair != (0, 0):
            separator = '' if name == 'han' else ' '
            out.write('%+d %+d %s\n' % (*pair, separator.join(sorted(groups[pair]))))


def main():
    folder = sys.argv[1]
    output = sys.argv[2] if len(sys.argv) > 2 else os.path.join(texts.ROOT, 'src/text/language/weights.txt')
    sources = collections.defaultdict(lambda: collections.defaultdict(Source))
    seen = collections.Counter()
    for language, name, text in texts.training(folder):
        sources[language][name].add(text, language)
        seen[language, name] += 1
    of = {language: list(named.values()) for language, named in sources.items()}
    single = {name: shares(of[name], 'single') for name in EAST}
    pairs = {name: shares([s for s in of[name] if s.pairs], 'pairs') for name in EAST}
    triples = {name: shares([s for s in of[name] if s.triples], 'triples') for name in LATIN}

    ja, others = single['ja'], (single['zh-Hans'], single['zh-Hant'])
    characters = set(ja) | set(others[0]) | set(others[1])
    han = {c: tuple(ratio(ja, o, c, 3e-6) for o in others) for c in characters}
    weights = {c: tuple(map(quantum, w)) for c, w in han.items()}

    value = {}
    for pair in set(pairs['ja']) | set(pairs['zh-Hans']) | set(pairs['zh-Hant']):
        w = tuple(ratio(pairs['ja'], pairs[o], pair, 2e-5) - sum(han[c][k] for c in pair)
                  for k, o in enumerate(('zh-Hans', 'zh-Hant')))
        w = tuple(max(-3, min(3, x)) for x in w)
        often = sum(pairs[name][pair] for name in EAST)
        value[pair] = (often * max(map(abs, w)), tuple(map(quantum, w)))
    best = sorted(value, key=lambda p: (-value[p][0], p))[:PAIRS]

    latin = {}
    for triple in set().union(*triples.values()):
        w = tuple(quantum(ratio(triples['en'], triples[o], triple, 1e-6)) for o in ('und', 'zxx'))
        latin[triple] = (sum(triples[name][triple] for name in LATIN) * max(map(abs, w)), w)
    common = sorted(latin, key=lambda t: (-latin[t][0], t))[:TRIPLES]

    with open(output, 'w', encoding='utf-8') as out:
        out.write('# What characters say about a language, in quarters of a nat. SPDX-License-Identifier: MIT\n'
                  '# Made by tests/bench/filter/language_train.py; sources and their documents or words:\n')
        for (language, name), n in sorted(seen.items()):
            out.write(f'#   {language} {name} {n}\n')
        section(out, 'han', 'ja against zh-Hans, ja against zh-Hant', weights)
        section(out, 'pairs', 'the same, beyond the two characters', {p: value[p][1] for p in best})
        section(out, 'latin', 'en against other languages, en against code; _ blank, ~ other letter, # digit or sign',
                {t: latin[t][1] for t in common})


if __name__ == '__main__':
    main()
