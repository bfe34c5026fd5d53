# SPDX-License-Identifier: MIT
"""Scores seimai-extract on gold sets: score.py TOOL FOLDER JSON SET...  (see run.sh)."""
import collections
import glob
import json
import os
import re
import subprocess
import sys

TOOL, FOLDER, OUT = sys.argv[1:4]

# Measured the same way; ../shared/data/README.md and the issue name the versions.
PEERS = {
    'ja-gold-dev native': {'trafilatura': .879, 'readability-lxml': .870, 'Readability.js': .867, 'resiliparse': .842,
                           'rs-trafilatura': .803, 'extractcontent3': .730, 'jusText': .700, 'full text': .638},
    'ja-gold-dev docs': {'readability-lxml': .990, 'Readability.js': .987, 'resiliparse': .987, 'rs-trafilatura': .986,
                         'trafilatura': .984, 'jusText': .983, 'extractcontent3': .974, 'full text': .774},
    'scrapinghub': {'trafilatura-fast': .962, 'trafilatura': .960, 'readability-lxml': .945, 'resiliparse': .898},
    'wcxb-dev': {'rs-trafilatura': .859, 'trafilatura': .791},
}


def extract(files, *options):
    """The tool's text of each file, in order; '' for a file without a document."""
    texts = dict.fromkeys(files, '')
    for first in range(0, len(files), 500):
        run = subprocess.run([TOOL, '-q', *options, *files[first:first + 500]], capture_output=True, check=True)
        for line in run.stdout.splitlines():
            document = json.loads(line)
            texts[document['id']] = document['text']
    return [texts[file] for file in files]


def bag(items):
    return collections.Counter(items)


def precision_recall(have, want):
    both = sum((have & want).values())
    return both / max(1, sum(have.values())), both / max(1, sum(want.values()))


def harmonic(p, r):
    return 2 * p * r / (p + r) if p + r else 0.0


def character_grams(text, n=4):
    text = re.sub(r'\s+', '', text)
    return bag(text[i:i + n] for i in range(max(0, len(text) - n + 1)))


def word_grams(text, n=4):
    words = re.findall(r'\w+', text or '')
    return bag(tuple(words[i:i + n]) for i in range(max(1, len(words) - n + 1))) if words else bag([])


def mean(values):
    return sum(values) / max(1, len(values))


def score_japanese(folder):
    with open(folder + '/gold.jsonl', encoding='utf-8') as file:
        rows = [row for row in map(json.loads, file) if row['gold_chars'] >= 130]
    files = []
    for row in rows:
        decoded = f'{folder}/html-utf8/{row["id"]}.html'
        files.append(decoded if os.path.exists(decoded) else f'{folder}/{row["file"]}')
    scores = collections.defaultdict(list)
    for row, text in zip(rows, extract(files)):
        kind = 'docs' if row['id'].startswith('bookja_') else 'native'
        f1 = harmonic(*precision_recall(character_grams(text), character_grams(row['text'])))
        scores['ja-gold-dev ' + kind].append(f1)
        scores['ja-gold-dev empty'].append(not text)
    empty = sum(scores.pop('ja-gold-dev empty'))
    return {**{name: mean(values) for name, values in scores.items()}, 'ja-gold-dev empty pages': empty}


def score_articles(folder):
    with open(folder + '/ground-truth.json', encoding='utf-8') as file:
        gold = json.load(file)
    texts = extract([f'{folder}/html/{name}.html' for name in gold])
    pairs = [precision_recall(word_grams(text), word_grams(row['articleBody']))
             for text, row in zip(texts, gold.values())]
    return {'scrapinghub': harmonic(mean([p for p, _ in pairs]), mean([r for _, r in pairs]))}


def score_types(folder):
    truths = []
    for path in sorted(glob.glob(folder + '/ground-truth/*.json')):
        with open(path, encoding='utf-8') as file:
            truths.append((path, json.load(file)))
    files = [path.replace('/ground-truth/', '/html/').replace('.json', '.html') for path, _ in truths]
    scores = collections.defaultdict(list)
    for (_, truth), text in zip(truths, extract(files)):
        have, want = (bag(re.findall(r'\w+', t.lower()))
                      for t in (text, truth['ground_truth'].get('main_content') or ''))
        total = sum(have.values()) + sum(want.values())
        f1 = 2 * sum((have & want).values()) / total if total else 1.0
        scores['wcxb-dev'].append(f1)
        scores['wcxb-dev ' + truth['_internal']['page_type']['primary']].append(f1)
    return {name: mean(values) for name, values in scores.items()}


SCORERS = {'ja-gold-dev': score_japanese, 'scrapinghub': score_articles, 'wcxb-dev': score_types}


def main():
    result = {}
    for name in sys.argv[4:]:
        result.update(SCORERS[name](os.path.join(FOLDER, name)))
    print(f'{"F1":24} {"seimai":>7}   peers')
    for name, value in result.items():
        peers = ', '.join(f'{peer} {figure:.3f}' for peer, figure in PEERS.get(name, {}).items())
        print(f'{name:24} {value:7.4f}   {peers}')
    with open(OUT, 'w', encoding='utf-8') as file:
        json.dump(result, file)


main()
