#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`seimai pii` on real gold sets: 7,191 addresses (geolonia), person names of UD-GSD and of Wikipedia sentences.

    gold.py [addresses|names]…        default: both; names with --names cue and with --names all

Addresses, each alone, after a word ("住所：") and inside a sentence: found = a finding of kind address in it; whole = from its first
character to its last. An address without any number (7 of them: a town alone) is no personal information here and is counted
apart.
Names in sentences: P by overlap = findings that touch a name of the gold, exact = the same two ends; R likewise of the names.
"""
import argparse
import csv
import hashlib
import io
import json
import re
import subprocess
import sys

import score
from score import measure

FRAMES = {'alone': ('', ''), 'after a word': ('住所：', '\n電話：なし'), 'in a sentence': ('荷物は', 'へ送ってください。')}
DIGIT = re.compile('[0-9０-９一二三四五六七八九十〇]')


def member(archive, name):
    """One file of an archive of the data folder, as text."""
    path = measure.data_folder() / 'pii' / archive
    packed = subprocess.run(['tar', '--zstd', '-xOf', path, name], capture_output=True, check=True)
    return packed.stdout.decode()


# ---- addresses ------------------------------------------------------------------------------------


def addresses():
    rows = csv.DictReader(io.StringIO(member('geolonia-addresses.tar.zst', 'geolonia-addresses/addresses.csv')))
    return [row['住所'] for row in rows]


def has_block(address):
    """Some number stands in it."""
    return bool(DIGIT.search(address))


def measure_addresses(options):
    texts, result = addresses(), {}
    for name, (before, after) in FRAMES.items():
        documents = [{'id': str(i), 'text': before + text + after} for i, text in enumerate(texts)]
        found = score.seimai(documents, options)
        spans = [[hit[1:3] for hit in found[str(i)] if hit[0] == 'address'] for i in range(len(texts))]
        any_of = [bool(list_) for list_ in spans]
        whole = [(len(before), len(before) + len(text)) in list_ for text, list_ in zip(texts, spans)]
        numbered = [has_block(text) for text in texts]
        result[name] = {'addresses': len(texts), 'found': sum(any_of), 'whole': sum(whole), 'with a number': sum(numbered),
                        'found of those': sum(a and n for a, n in zip(any_of, numbered))}
        r = result[name]
        print(f"{name:14} {r['found']} of {r['addresses']} found = {r['found'] / r['addresses']:.4f}; whole {r['whole'] / r['addresses']:.4f}; "
              f"of the {r['with a number']} with a number {r['found of those'] / r['with a number']:.4f}")
        if name == 'alone':
            missed = [text for text, hit in zip(texts, any_of) if not hit]
            result['missed'] = missed[:200]
    return result


# ---- names ----------------------------------------------------------------------------------------


def wikipedia():
    for i, entry in enumerate(json.loads(member('ner-wikipedia.tar.zst', 'ner-wikipedia/ner.json'))):
        yield str(i), entry['text'], [tuple(entity['span']) for entity in entry['entities'] if entity['type'] == '人名']


def bio(block):
    """A sentence of "token tag" lines, written without blanks."""
    text, names, start = '', [], None
    for line in [*block.split('\n'), ' O']:
        token, _, tag = line.replace('\t', ' ').rpartition(' ')
        if start is not None and tag != 'I-PERSON':
            names.append((start, len(text)))
            start = None
        if tag == 'B-PERSON':
            start = len(text)
        text += token.strip()
    if text:
        yield f'train-{hash_of(text)}', text, names


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gsd():
    for block in member('ud-gsd-ne.tar.zst', 'ud-gsd-ne/stanza/train.bio').split('\n\n'):
        yield from bio(block)
    for part in ('dev', 'test'):
        for i, block in enumerate(member('ud-gsd-ne.tar.zst', f'ud-gsd-ne/ja_gsd-ud-{part}.ne.conllu').split('\n\n')):
            text, names, start = '', [], None
            for line in block.split('\n'):
                fields = line.split('\t')
                if len(fields) < 10 or not fields[0].isdigit():
                    continue
                mark = re.search(r'NE=([BILU])-PERSON', fields[9])
                if mark and mark[1] in 'BU':
                    start = len(text)
                text += fields[1]
                if mark and mark[1] in 'LU' and start is not None:
                    names.append((start, len(text)))
                text += '' if 'SpaceAfter=No' in fields[9] else ' '
            if text:
                yield f'{part}-{i}', text.rstrip(), names


def measure_names():
    result = {}
    for name, source, mode in [(name, source, mode) for name, source in (('UD-GSD', gsd), ('NER-Wikipedia', wikipedia)) for mode in ('cue', 'all')]:
        documents = [{'id': key, 'text': text, 'class': 'positive', 'free': [],
                      'spans': [{'kind': 'name', 'start': a, 'end': b} for a, b in names]} for key, text, names in source()]
        found = {key: [hit for hit in hits if hit[0] == 'name'] for key, hits in score.seimai(documents, ['--names', mode]).items()}
        rows = score.score(documents, found)
        f = result[f'{name}, {mode}'] = (rows['name'] if 'name' in rows else score.Row()).figures()
        print(f"{name:14} {mode} {len(documents)} sentences, {f['labels']} names, {f['hits']} findings: P overlap {f['P_overlap']}  exact {f['P_exact']}; "
              f"R overlap {f['R_overlap']}  exact {f['R_exact']}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('what', nargs='*')
    arguments = parser.parse_args()
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    result = {}
    for what in arguments.what or ['addresses', 'names']:
        result[what] = measure_addresses([]) if what == 'addresses' else measure_names()
    measure.save('pii-gold', result)
    return 0


if __name__ == '__main__':
    sys.exit(main())
