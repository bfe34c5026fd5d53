#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Metadata against ground truth, beside trafilatura's own extraction on the same pages.

    metadata.py --tool PATH/seimai-extract [--sets wcxb-dev,trafilatura] [--sample N] [--worst FIELD] [--no-peer]

Fields: title, author, date of wcxb-dev and of trafilatura's evaldata, where the ground truth states one. Titles and authors are
compared by their letters and digits, in lower case; dates by their day. A field counts as right (exact), as close (titles and
authors: one holds the other), wrong or missing; "wrong" also counts what is said where the truth says that there is none.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gold_sets  # noqa: E402  (finds and unpacks the sets)

FIELDS = ('title', 'author', 'date')


def letters(text):
    text = unicodedata.normalize('NFKC', str(text or '')).lower()
    return re.sub(r'[\W_]+', '', text)


def judge(field, want, got):
    """'right', 'close', 'wrong', 'missing' or 'none' (nothing wanted, nothing said)."""
    if field == 'date':
        want, got = str(want or '')[:10], str(got or '')[:10]
    else:
        want, got = letters(want), letters(got)
    if not want:
        return 'wrong' if got and field != 'title' else 'none'
    if not got:
        return 'missing'
    if want == got:
        return 'right'
    return 'close' if field != 'date' and (want in got or got in want) else 'wrong'


def wcxb(root):
    folder = os.path.join(root, 'ground-truth')
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            page = json.load(file)
        truth = page['ground_truth']
        yield (name[:-5], page.get('url') or '', os.path.join(root, 'html', name[:-5] + '.html'),
               {'title': truth.get('title'), 'author': truth.get('author'), 'date': truth.get('publish_date')})


def trafilatura_pages(root):
    with open(os.path.join(root, 'evaldata.json'), encoding='utf-8') as file:
        data = json.load(file)
    for url, page in data.items():
        path = next((p for p in (os.path.join(root, f, page['file']) for f in ('cache', 'eval')) if os.path.exists(p)), None)
        if path and any(page.get(field) for field in FIELDS):
            yield page['file'], url, path, {field: page.get(field) for field in FIELDS}


SETS = {'wcxb-dev': wcxb, 'trafilatura': trafilatura_pages}


def read(path):
    with open(path, 'rb') as file:
        data = file.read()
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        return data.decode('windows-1252', 'replace')


def ours(tool, pages):
    records = '\n'.join(json.dumps({'id': str(i), 'url': page[1], 'html': read(page[2])}) for i, page in enumerate(pages))
    run = subprocess.run([tool, '--mode', 'full', '-q'], input=records.encode(), check=True, stdout=subprocess.PIPE)
    return {int(doc['id']): doc['metadata'] for doc in map(json.loads, run.stdout.splitlines())}


def peers(pages):
    from trafilatura.metadata import extract_metadata
    found = {}
    for i, page in enumerate(pages):
        said = extract_metadata(read(page[2]), default_url=page[1] or None)
        found[i] = {field: getattr(said, field, None) for field in FIELDS} if said else {}
    return found


def table(pages, said, worst):
    for field in FIELDS:
        counts = dict.fromkeys(('right', 'close', 'wrong', 'missing', 'none'), 0)
        stated = 0
        for i, page in enumerate(pages):
            verdict = judge(field, page[3][field], said.get(i, {}).get(field))
            counts[verdict] += 1
            stated += bool(page[3][field])
            if worst == field and verdict in ('wrong', 'missing', 'close'):
                print(f'  {verdict} {page[0]}: want {page[3][field]!r} got {said.get(i, {}).get(field)!r}')
        spoken = sum(counts[v] for v in ('right', 'close', 'wrong'))
        ok = counts['right']
        precision, recall = ok / max(1, spoken), ok / max(1, stated)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f'  {field:7} stated {stated:5}  right {ok:5} ({recall:.3f})  close {counts["close"]:4}  '
              f'wrong {counts["wrong"]:4}  missing {counts["missing"]:4}  F1 {f1:.3f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--tool', required=True)
    parser.add_argument('--sets', default='wcxb-dev,trafilatura')
    parser.add_argument('--sample', type=int, default=1, help='every Nth page')
    parser.add_argument('--worst', choices=FIELDS)
    parser.add_argument('--no-peer', action='store_true')
    args = parser.parse_args()
    for name in args.sets.split(','):
        pages = list(SETS[name](str(gold_sets.unpacked(name))))[::args.sample]
        print(f'{name}: {len(pages)} pages\n seimai')
        table(pages, ours(args.tool, pages), args.worst)
        if not args.no_peer:
            print(' trafilatura')
            table(pages, peers(pages), None)


if __name__ == '__main__':
    main()
