#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Quality classifiers side by side: ours, fastText (characters as words, 1- to 3-grams), scikit-learn (counts, L2).

Task: encyclopaedia and manuals written by people against machine-translated documentation. Three settings:
    same    all sources, a fifth of the documents held out: what most reports show, and what says least
    left    Wikipedia on Kyoto and the Ruby manual against the C++ documentation; judged on sources that no model saw:
            five by people against the PowerShell documentation
    narrow  Wikipedia alone against the C++ documentation, judged on the same: a model that only learns the site fails
Documents are cut to 2,000 characters, at most 1,500 a source, so that the peers' training takes minutes.
Speed: ours JSONL to JSONL with one thread; the peers' functions on strings in memory that are prepared for them.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import measure  # noqa: E402

CHARACTERS, DOCUMENTS = 2000, 1500
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
GOOD = ['jaquad-wiki', 'cpprefjp', 'php-doc-ja', 'railsguides-ja', 'rust-book-ja', 'react-ja']
SETTINGS = {'same': (['kftt-jawiki', 'jaquad-wiki', 'rurema'], ['ms-cpp-docs', 'ms-powershell'], None, None),
            'left': (['kftt-jawiki', 'rurema'], ['ms-cpp-docs'], GOOD, ['ms-powershell']),
            'narrow': (['kftt-jawiki'], ['ms-cpp-docs'], GOOD + ['rurema'], ['ms-powershell'])}


def read_sources():
    found = {}
    path = measure.data_folder() / 'bench' / 'ja_text.jsonl.zst'
    with subprocess.Popen(['zstd', '-dcq', str(path)], stdout=subprocess.PIPE) as zstd:
        for line in zstd.stdout:
            document = json.loads(line)
            rows = found.setdefault(document['source'].split(':')[0], [])
            if len(rows) < DOCUMENTS:
                rows.append((document['id'], document['text'][:CHARACTERS]))
    return found


def held_out(identity):
    return hash_of(identity) % 5 == 0


def hash_of(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value >> 7


def split(sources, setting):
    """[(id, text, is bad)] to learn from and to judge by; the latter with the source."""
    good, bad, judge_good, judge_bad = SETTINGS[setting]
    learn, judge = [], []
    for kinds, truth in ((good, 0), (bad, 1)):
        for kind in kinds:
            for identity, text in sources[kind]:
                if judge_good is None and held_out(identity):
                    judge.append((identity, text, truth, kind))
                else:
                    learn.append((identity, text, truth))
    for kinds, truth in ((judge_good or [], 0), (judge_bad or [], 1)):
        judge += [(identity, text, truth, kind) for kind in kinds for identity, text in sources[kind]]
    return learn, judge


# ---- the three ------------------------------------------------------------------------------------------

def write(path, rows):
    with open(path, 'w', encoding='utf-8') as file:
        for row in rows:
            file.write(json.dumps({'id': row[0], 'text': row[1], 'label': 'bad' if row[2] else 'good'},
                                  ensure_ascii=False) + '\n')


def ours(folder, learn, judge):
    write(folder / 'learn.jsonl', learn)
    write(folder / 'judge.jsonl', judge)
    train = [measure.tool('classify-train'), '-q', '-j', '1', '--label', 'label', '-o', str(folder / 'model'),
             str(folder / 'learn.jsonl')]
    cpu, _, peak = measure.run_once(train)
    apply = [measure.tool('classify-apply'), '-q', '-j', '1', '-m', str(folder / 'model'), str(folder / 'judge.jsonl')]
    seconds = min(measure.run_once(apply)[0] for _ in range(ROUNDS))
    out = subprocess.run(apply, check=True, stdout=subprocess.PIPE).stdout
    p = np.array([json.loads(line)['metadata']['classify']['bad'] for line in out.splitlines()])
    return p, cpu, seconds, os.path.getsize(folder / 'model'), peak


def spaced(text):
    """fastText splits at spaces: characters become its words, as the usual recipe for Japanese without MeCab."""
    return ' '.join(re.sub(r'\s+', '', text.lower()))


def fasttext_model(folder, learn, judge):
    import fasttext
    fasttext.FastText.eprint = lambda *a, **k: None
    with open(folder / 'learn.txt', 'w', encoding='utf-8') as file:
        for _, text, truth in learn:
            file.write(f'__label__{"bad" if truth else "good"} {spaced(text)}\n')
    before = time.process_time()
    model = fasttext.train_supervised(str(folder / 'learn.txt'), wordNgrams=3, dim=100, epoch=5, lr=.1, thread=1,
                                      minCount=3, bucket=2000000, verbose=0)
    cpu = time.process_time() - before
    lines = [spaced(row[1]) + '\n' for row in judge]
    best = float('inf')
    for _ in range(ROUNDS):
        before = time.process_time()
        p = [dict((label, p) for p, label in model.f.predict(line, 2, 0.0, 'strict')) for line in lines]
        best = min(best, time.process_time() - before)
    model.save_model(str(folder / 'ft.bin'))
    return np.array([min(1, row.get('__label__bad', 0)) for row in p]), cpu, best, os.path.getsize(folder / 'ft.bin'), 0


def scikit_learn(folder, learn, judge):
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    del folder
    vectors = HashingVectorizer(analyzer='char', ngram_range=(1, 3), n_features=2**20, alternate_sign=False)
    before = time.process_time()
    model = LogisticRegression(C=10, max_iter=300).fit(vectors.transform(row[1] for row in learn),
                                                       [row[2] for row in learn])
    cpu = time.process_time() - before
    before = time.process_time()
    p = model.predict_proba(vectors.transform(row[1] for row in judge))[:, 1]
    return p, cpu, time.process_time() - before, 2**20 * 8, 0


# ---- figures ----------------------------------------------------------------------------------------------

def wilson(hits, n):
    if n == 0:
        return [float('nan')] * 3
    z, p = 1.96, hits / n
    centre, half = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * (p * (1 - p) / n + z * z / 4 / n / n)**.5
    return [p, centre - half, centre + half]


def area(p, truth):
    order = np.argsort(p, kind='mergesort')
    ranks = np.empty(len(p))
    ranks[order] = np.arange(1, len(p) + 1)
    for value in np.unique(p):  # ties share their mean rank
        same = p == value
        if same.sum() > 1:
            ranks[same] = ranks[same].mean()
    n = truth.sum()
    return (ranks[truth == 1].sum() - n * (n + 1) / 2) / (n * (len(p) - n))


def figures(p, judge):
    truth, kinds = np.array([row[2] for row in judge]), np.array([row[3] for row in judge])
    said = p >= .5
    tp, fp = int((said & (truth == 1)).sum()), int((said & (truth == 0)).sum())
    rows = {'judged': len(p), 'bad': int(truth.sum()), 'tp': tp, 'fp': fp, 'precision': wilson(tp, tp + fp),
            'recall': wilson(tp, int(truth.sum())), 'auc': float(area(p, truth)), 'by_source': {}}
    for kind in dict.fromkeys(kinds):
        here = kinds == kind
        rows['by_source'][kind] = {'documents': int(here.sum()), 'called_bad': float(said[here].mean())}
        if not truth[here][0]:
            rows['by_source'][kind]['auc'] = float(area(np.r_[p[here], p[truth == 1]],
                                                        np.r_[np.zeros(here.sum()), np.ones(truth.sum())]))
    return rows


def main():
    sources = read_sources()
    result = {}
    for setting in SETTINGS:
        learn, judge = split(sources, setting)
        size = sum(len(row[1].encode()) for row in judge) / 1e6
        learnt = sum(len(row[1].encode()) for row in learn) / 1e6
        print(f'\n{setting}: learnt from {len(learn)} documents ({learnt:.0f} MB), judged on {len(judge)} ({size:.0f} MB)')
        print(f'{"":14}{"P":>8}{"R":>8}{"AUC":>9}{"train s":>9}{"MB/s":>8}{"model MB":>10}')
        result[setting] = {}
        for peer in (ours, fasttext_model, scikit_learn):
            with tempfile.TemporaryDirectory(prefix='seimai-classify-') as name:
                try:
                    p, cpu, seconds, bytes_, peak = peer(pathlib.Path(name), learn, judge)
                except ImportError as why:
                    print(f'{peer.__name__:14} skipped: {why}')
                    continue
            row = figures(p, judge)
            row.update(train_cpu=cpu, mb_per_second=size / seconds, model_bytes=bytes_, train_peak=peak)
            result[setting][peer.__name__] = row
            print(f'{peer.__name__:14}{row["precision"][0]:8.3f}{row["recall"][0]:8.3f}{row["auc"]:9.4f}{cpu:9.1f}'
                  f'{size / seconds:8.1f}{bytes_ / 1e6:10.1f}', flush=True)
        for kind in dict.fromkeys(row[3] for row in judge):
            cells = [result[setting][peer]['by_source'][kind] for peer in result[setting]]
            print(f'    {kind:16} {cells[0]["documents"]:5} documents, AUC | called bad: ' + '   '.join(
                f'{cell.get("auc", float("nan")):.3f} | {cell["called_bad"]:.3f}' for cell in cells))
    measure.save('filter-classify', result)


if __name__ == '__main__':
    main()
