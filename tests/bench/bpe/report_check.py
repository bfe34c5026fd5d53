#!/usr/bin/env python3
"""The figures of `seimai tokenizer report` computed again, in Python, with the real engines and the program mecab.

    report_check.py REPORT.json DOCUMENTS.jsonl MECAB_DICTIONARY NAME=TOKENIZER …

Each document must be one line of text; TOKENIZER is a tokenizer.json (read by `tokenizers`) or a .model (read by
`sentencepiece`), or a folder with one. Every figure must agree: counts and ratios to 1e-9; the bounds of the intervals, which
come from other random numbers (a multinomial bootstrap by numpy here), to a tenth of the interval's width.
Exit status 1 where one does not. SPDX-License-Identifier: MIT
"""
import collections
import json
import os
import subprocess
import sys

import numpy

JAPANESE = ((0x3005, 0x3007), (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF),
            (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
PARTS = (('名詞,固有名詞', 'proper-noun'), ('名詞,数', 'number'), ('名詞,接尾', 'suffix'),
         ('名詞,代名詞', 'pronoun'), ('名詞', 'noun'), ('代名詞', 'pronoun'), ('動詞', 'verb'),
         ('形容詞', 'adjective'), ('形状詞', 'adjective'), ('副詞', 'adverb'), ('連体詞', 'adnominal'),
         ('接続詞', 'conjunction'), ('助詞', 'particle'), ('助動詞', 'auxiliary'),
         ('感動詞', 'interjection'), ('接頭', 'prefix'), ('接尾', 'suffix'))


def is_japanese(c):
    return any(a <= ord(c) <= b for a, b in JAPANESE)


def script(c):
    if '\u3041' <= c <= '\u309f':
        return 'hiragana'
    return 'katakana' if '\u30a1' <= c <= '\u30ff' else 'kanji'


def part_of(feature):
    return next((name for start, name in PARTS if feature.startswith(start)), 'other')


# ---- the real engines -----------------------------------------------------------------------------

def byte_level(path):
    import tokenizers
    tok = tokenizers.Tokenizer.from_file(path)
    tok.encode_special_tokens = True
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {chr(b): b for b in plain}
    letters.update({chr(256 + n): b for n, b in
                    enumerate(b for b in range(256) if b not in plain)})

    def cut(text):
        encoded = tok.encode(text, add_special_tokens=False)
        return [bytes(letters[c] for c in t) for t in encoded.tokens]
    return cut


def pieces(path):
    import sentencepiece
    sp = sentencepiece.SentencePieceProcessor(model_file=path)

    def word(i):
        if sp.is_byte(i):
            return bytes([int(sp.id_to_piece(i)[3:5], 16)])
        return sp.id_to_piece(i).replace('▁', ' ').encode()

    def cut(text):
        words = [word(i) for i in sp.encode(text)]
        if b''.join(words) == b' ' + text.encode():
            words[0] = words[0][1:]
        return words
    return cut


def engine(path):
    for name in ('tokenizer.json', 'tokenizer.model'):
        if os.path.exists(f'{path}/{name}'):
            path = f'{path}/{name}'
            break
    return pieces(path) if path.endswith('.model') else byte_level(path)


def morphemes(texts, dictionary):
    """For each line a list of (surface, feature), from the program."""
    out = subprocess.run(['mecab', '-r', '/dev/null', '-d', dictionary, '-b', '1000000', '-F', '%m\t%H\n',
                          '-U', '%m\t%H\n', '-E', 'EOS\n'], input='\n'.join(texts) + '\n',
                         capture_output=True, text=True, check=True).stdout
    line = []
    for row in out.split('\n'):
        if row == 'EOS':
            yield line
            line = []
        elif row:
            line.append(row.split('\t', 1))


# ---- counting ---------------------------------------------------------------------------------------

def gold(text, words):
    """Of each byte offset: (edge, place, part), as a dictionary of those that count."""
    marks, at, owner = {}, 0, {}
    starts = set()
    for surface, feature in words:
        at = text.index(surface, at)
        starts.add(at)
        for k in range(at, at + len(surface)):
            owner[k] = part_of(feature)
        at += len(surface)
    byte = 0
    for k, c in enumerate(text):
        size = len(c.encode())
        if is_japanese(c):
            if k and is_japanese(text[k - 1]):
                marks[byte] = (k in starts, f'{script(text[k - 1])}-{script(c)}', owner[k])
            for inner in range(1, size):
                marks[byte + inner] = (False, 'inside', owner[k])
        byte += size
    return marks


def whole(word):
    try:
        word.decode()
        return True
    except UnicodeDecodeError:
        return False


def measure(cut, texts, tagged):
    total, rows = collections.Counter(), []
    groups = {'parts_of_speech': collections.defaultdict(collections.Counter),
              'script_pairs': collections.defaultdict(collections.Counter)}
    for text, words in zip(texts, tagged):
        marks = gold(text, words)
        tokens = cut(text)
        if b''.join(tokens) != text.encode():
            raise SystemExit(f'not lossless: {text[:50]!r}')
        row = collections.Counter(tokens=len(tokens), characters=len(text), bytes=len(text.encode()),
                                  morphemes=len(words))
        at = 0
        for mark in marks.values():
            if mark[0]:
                row['edges'] += 1
                groups['parts_of_speech'][mark[2]]['edges'] += 1
                groups['script_pairs'][mark[1]]['edges'] += 1
        for token in tokens:
            row['broken'] += not whole(token)
            at += len(token)
            if at in marks:
                edge, place, part = marks[at]
                row['cuts'] += 1
                row['right'] += edge
                for name, key in (('parts_of_speech', part), ('script_pairs', place)):
                    groups[name][key]['cuts'] += 1
                    groups[name][key]['right'] += edge
        rows.append([row[k] for k in ('tokens', 'characters', 'bytes', 'morphemes', 'edges', 'cuts', 'right')])
        total.update(row)
    return total, groups, numpy.array(rows, dtype=float)


def ratios(t):
    return {'chars_per_token': t['characters'] / t['tokens'], 'bytes_per_token': t['bytes'] / t['tokens'],
            'tokens_per_morpheme': t['tokens'] / t['morphemes'],
            'boundary_precision': t['right'] / t['cuts'], 'boundary_recall': t['right'] / t['edges'],
            'boundary_f1': 2 * t['right'] / (t['cuts'] + t['edges']),
            'broken_share': t['broken'] / t['tokens']}


def intervals(rows):
    """Multinomial bootstrap over documents."""
    rng = numpy.random.default_rng(1)
    n = len(rows)
    sums = numpy.array([rng.multinomial(n, [1 / n] * n) @ rows for _ in range(2000)])
    tokens, characters, size, morphs, edges, cuts, right = sums.T
    of = {'chars_per_token': characters / tokens, 'bytes_per_token': size / tokens,
          'tokens_per_morpheme': tokens / morphs, 'boundary_precision': right / cuts,
          'boundary_recall': right / edges, 'boundary_f1': 2 * right / (cuts + edges)}
    return {k: numpy.percentile(v, (2.5, 97.5)) for k, v in of.items()}


# ---- comparing --------------------------------------------------------------------------------------

def compare(name, reported, cut, texts, tagged):
    total, groups, rows = measure(cut, texts, tagged)
    faults = []

    def same(what, mine, theirs, within=1e-9):
        if not abs(mine - theirs) <= within:
            faults.append(f'{name}: {what}: {mine} here, {theirs} in the report')

    same('tokens', total['tokens'], reported['tokens'], 0)
    for key, value in ratios(total).items():
        same(key, value, reported[key])
    for key, (low, high) in intervals(rows).items():
        width = high - low
        same(key + ' low', low, reported['intervals'][key][0], width / 10 + 1e-9)
        same(key + ' high', high, reported['intervals'][key][1], width / 10 + 1e-9)
    for group, entries in groups.items():
        for key, c in entries.items():
            if c['cuts'] + c['edges'] == 0:
                continue
            there = reported[group][key]
            same(f'{group} {key} edges', c['edges'], there['edges'], 0)
            same(f'{group} {key} f1', 2 * c['right'] / (c['cuts'] + c['edges']), there['f1'])
    print(f'{name:16} {total["tokens"]:9,} tokens  F1 {reported["boundary_f1"]:.4f}  '
          f'{"agrees" if not faults else "DIFFERS"}')
    return faults


def main():
    report, documents, dictionary, *named = sys.argv[1:]
    with open(report, encoding='utf-8') as file:
        reported = {t['name']: t for t in json.load(file)['tokenizers']}
    with open(documents, encoding='utf-8') as file:
        texts = [json.loads(line)['text'] for line in file]
    tagged = list(morphemes(texts, dictionary))
    assert len(tagged) == len(texts), 'a document of more than one line'
    faults = []
    for item in named:
        name, path = item.split('=', 1)
        faults += compare(name, reported[name], engine(path), texts, tagged)
    print('\n'.join(faults))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
