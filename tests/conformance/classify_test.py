#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`seimai classify` against scikit-learn, on real text: weights, probabilities, AUC, P and R.

The features are made again here, in numpy, by what seimai/classifier.h says of them; then LogisticRegression gets the
very rows that the model's features span, and must come to the same weights, biases and probabilities (two labels and
three); the model's own figures must be what scikit-learn says of its scores. Skips (77) without scikit-learn or the
real data.
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', SOURCE / '..' / 'shared' / 'data')) / 'bench' / 'ja_text.jsonl.zst'
TOOLS = pathlib.Path(os.environ.get('SEIMAI_BIN', SOURCE / 'build' / 'gcc' / 'bin'))

try:
    import numpy as np
    import scipy.sparse as sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score
except ImportError as why:
    print('skip:', why)
    sys.exit(77)
if not DATA.exists():
    print('skip: no', DATA)
    sys.exit(77)

COST, DOCUMENTS, CHARACTERS = 10, 250, 1500
KINDS = ['kwdlc', 'php-doc-ja', 'real-persona-chat']
failures = 0


def check(what, good, detail=''):
    global failures
    failures += not good
    print('ok' if good else 'not ok', what, detail)


def real_documents():
    """Some documents of three sources, cut short."""
    found = {kind: [] for kind in KINDS}
    with subprocess.Popen(['zstd', '-dcq', str(DATA)], stdout=subprocess.PIPE) as zstd:
        for line in zstd.stdout:
            document = json.loads(line)
            kind = document['source'].split(':')[0]
            if kind in found and len(found[kind]) < DOCUMENTS:
                found[kind].append({'id': document['id'], 'text': document['text'][:CHARACTERS],
                                    'metadata': {'kind': kind}})
    return [document for kind in KINDS for document in found[kind]]


# ---- the features, by the book ------------------------------------------------------------------------

PLACE = [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1]
SEED = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C]


def fold(text):
    text = re.sub('[A-Z]', lambda m: m.group().lower(), text)
    text = re.sub('[0-9]', '0', text)
    return ' ' + re.sub('[\t\n\x0b\x0c\r \u3000]+', ' ', text).strip(' ') + (' ' if text.strip('\t\n\x0b\x0c\r \u3000') else '')


def hashes(text, shortest=1, longest=3):
    points = np.frombuffer(fold(text).encode('utf-32-le'), dtype=np.uint32)
    found = []
    for order in range(shortest, longest + 1):
        if len(points) < order:
            continue
        h = np.full(len(points) - order + 1, SEED[order], dtype=np.uint32)
        for back in range(order):
            h += points[order - 1 - back:len(points) - back] * np.uint32(PLACE[back])
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x7FEB352D)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x846CA68B)
        found.append(h >> np.uint32(8))
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint32)


def rows_of(texts, features):
    rows, columns, values = [], [], []
    for i, text in enumerate(texts):
        here = np.intersect1d(hashes(text), features, assume_unique=True)
        columns.append(np.searchsorted(features, here))
        rows.append(np.full(len(here), i))
        values.append(np.full(len(here), 1 / np.sqrt(max(len(here), 1))))
    return sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
                             shape=(len(texts), len(features)))


# ---- the model file, by the book ---------------------------------------------------------------------------

def read_model(path):
    data = path.read_bytes()
    assert data[:8] == b'SMCLASS1'
    length = struct.unpack('<Q', data[8:16])[0]
    header = json.loads(data[16:16 + length])
    n, columns, at = header['features'], header['columns'], 16 + length
    features = np.frombuffer(data, '<u4', n, at)
    weights = np.frombuffer(data, '<i2', n * columns, at + 4 * n).reshape(n, columns) * header['scale']
    assert len(data) == at + n * (4 + 2 * columns) + 16
    return header, features, weights, np.array(header['bias'])


def train(folder, documents, *options):
    path, model = folder / 'in.jsonl', folder / 'model'
    path.write_text(''.join(json.dumps(d, ensure_ascii=False) + '\n' for d in documents))
    subprocess.run([TOOLS / 'seimai-classify-train', '-q', '--label', 'metadata.kind', '--cost', str(COST),
                    '--tolerance', '1e-8', '--weights', '8000', '-o', model, *options, path], check=True)
    return model


def apply(folder, model, documents):
    path = folder / 'in.jsonl'
    path.write_text(''.join(json.dumps(d, ensure_ascii=False) + '\n' for d in documents))
    run = subprocess.run([TOOLS / 'seimai-classify-apply', '-m', model, path], check=True, stdout=subprocess.PIPE)
    return [json.loads(line)['metadata']['classify'] for line in run.stdout.splitlines()]


# ---- the comparison ---------------------------------------------------------------------------------------------

def compare_weights(folder, documents, kinds):
    name = f'{len(kinds)} labels:'
    documents = [d for d in documents if d['metadata']['kind'] in kinds]
    # with --folds the model that is kept has learnt from all documents
    header, features, weights, bias = read_model(train(folder, documents, '--folds', '2'))
    texts = [d['text'] for d in documents]
    truth = [d['metadata']['kind'] for d in documents]
    rows = rows_of(texts, features)
    peer = LogisticRegression(C=COST, tol=1e-9, max_iter=10000).fit(rows, truth)
    check(name + ' labels in order', list(peer.classes_) == header['labels'])
    # softmax fixes the biases but for a constant; sklearn's peer has rows for labels
    want, want_bias = peer.coef_.T, peer.intercept_ - peer.intercept_.mean() * (len(kinds) > 2)
    bias = bias - bias.mean() * (len(kinds) > 2)
    worst = abs(weights - want).max()
    check(name + ' weights', worst < 2e-3, f'at most {worst:.2e} apart, the largest is {abs(want).max():.2f}')
    check(name + ' biases', abs(bias - want_bias).max() < 2e-3)
    ours = rows @ weights + bias
    theirs = peer.decision_function(rows).reshape(ours.shape)
    if len(kinds) > 2:
        theirs = theirs - theirs.mean(axis=1, keepdims=True)
        ours = ours - ours.mean(axis=1, keepdims=True)
    check(name + ' scores', abs(ours - theirs).max() < 5e-3, f'at most {abs(ours - theirs).max():.2e} apart')
    return header


def probability(header, label, score):
    """What the header says of a score; two labels."""
    calibration = header['calibration'][label]
    if calibration['kind'] == 'isotonic':
        return np.interp(score, calibration['score'], calibration['probability'])
    a, b = (calibration['a'], calibration['b']) if calibration['kind'] == 'platt' else (1, 0)
    return 1 / (1 + np.exp(-(a * score + b)))


def compare_judgement(folder, documents):
    """Two labels, a fifth held out: what is reported against scikit-learn on what `apply` writes."""
    documents = [dict(d, text=d['text'][:120]) for d in documents]
    for document in documents:
        document['metadata'] = {'kind': 'kwdlc' if document['metadata']['kind'] == 'kwdlc' else 'other'}
    for i, document in enumerate(documents):  # one label in ten is wrong, so that there is something to calibrate
        if i % 10 == 3:
            document['metadata'] = {'kind': 'other' if document['metadata']['kind'] == 'kwdlc' else 'kwdlc'}
    model = train(folder, documents, '--held-out', '.5')
    header, features, weights, bias = read_model(model)
    got = apply(folder, model, documents)
    rows = rows_of([d['text'] for d in documents], features)
    scores = (rows @ weights + bias)[:, 0]
    mine = probability(header, 1, scores)
    check('probabilities by the header', max(abs(mine - [g['other'] for g in got])) < 1e-5)
    check('two labels add up to one', max(abs(g['kwdlc'] + g['other'] - 1) for g in got) < 2e-6)

    held = [held_out(d['id']) for d in documents]
    if held[0] is None:
        print('skip: no xxhash: which documents were held out is not known here')
        return
    truth = np.array([d['metadata']['kind'] == 'other' for d in documents])[held]
    report = header['report'][1]
    check('as many held out', report['judged'] == sum(held) and report['judged_with'] == truth.sum())
    auc = roc_auc_score(truth, scores[held])
    check('AUC', abs(auc - report['auc'][0]) < 1e-6, f'{auc:.6f}')
    precision, recall, f1, _ = precision_recall_fscore_support(truth, mine[held] >= .5, average='binary')
    # reported crosswise: each half by the other half's calibration, so close but not equal
    for what, want, have in (('precision', precision, report['precision']), ('recall', recall, report['recall']),
                             ('F1', f1, report['f1'])):
        check(what + ' near scikit-learn\'s', abs(want - have[0]) < .03 and have[1] <= have[0] <= have[2],
              f'{want:.3f}, reported {have}')
    at = mine[held] >= report['threshold'] - 1e-9
    check('threshold reaches the precision on what chose it', truth[at].mean() >= .9, f'{truth[at].mean():.3f}')


def held_out(identity):
    try:
        import xxhash
    except ImportError:
        return None
    return (xxhash.xxh3_64_intdigest(identity.encode()) >> 32) < .5 * 2**32


def main():
    documents = real_documents()
    with tempfile.TemporaryDirectory(prefix='seimai-classify-') as name:
        folder = pathlib.Path(name)
        compare_weights(folder, documents, KINDS[:2])
        compare_weights(folder, documents, KINDS)
        compare_judgement(folder, documents)
    print(f'{"failed" if failures else "passed"}: {failures} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
