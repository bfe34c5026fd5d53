# SPDX-License-Identifier: MIT
"""Count files against a naive counter: `tokenizers` cuts, `mecab` tags, Python adds up and sorts.

1. Counts and documents of every pre-token of real text are those of the naive counter, in the order of their bytes.
2. With --mecab every crossing is the one that `mecab -Owakati` gives line by line.
3. Tagged alone (as tokenizer-train does by default) the edges agree with those in context: a measured share.
The files are read by code of its own, from the layout in seimai/count.h.
Skips (77) where the data or the packages are missing. The last line counts.
"""
import collections
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
TOOL = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin', 'seimai-tokenizer-count')
TEXT = os.path.join(DATA, 'text/text_dev.jsonl.zst')
SAMPLE = 30  # every so many documents of the text
# The patterns of DeepSeek-V3's tokenizer.json, each a Split, Isolated.
PATTERNS = [r'\p{N}{1,3}', '[一-龥\u3040-ゟ゠-ヿ]+',
            r'''[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|'''
            r''' ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+''']
JAPANESE = [(0x3005, 0x3007), (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF),
            (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)]
counts = {'passed': 0, 'failed': 0}


def check(name, wrong):
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '')


def read_counts(path):
    """[(bytes, count, documents, {place: crossings})] as the file has them, and its header's documents."""
    with open(path, 'rb') as file:
        data = file.read()
    magic, flags, settings, documents = struct.unpack_from('<8sIIQ', data)
    assert magic == b'SMCOUNT2', magic
    at, records = 56 + settings, []
    while True:
        size, count = struct.unpack_from('<IQ', data, at)
        if size == 0:
            break
        at += 12
        holding = struct.unpack_from('<Q', data, at)[0] if flags & 4 else None
        at += 8 if flags & 4 else 0
        text, at, edges = data[at:at + size], at + size, {}
        if flags & 2:
            n = struct.unpack_from('<I', data, at)[0]
            edges = dict(struct.unpack_from('<IQ', data, at + 4 + 12 * i) for i in range(n))
            at += 4 + 12 * n
        records.append((text, count, holding, edges))
    assert count == len(records) and at + 28 == len(data), 'the end of the file'
    return records, documents


def japanese(character):
    return any(low <= ord(character) <= high for low, high in JAPANESE)


def places_of(line, words):
    """Where morphemes begin between two Japanese characters, by `mecab -Owakati`."""
    at, last, places = 0, -1, []
    for word in words:
        begin = line.index(word, at)
        assert not line[at:begin].strip(' \t\r\v\f'), (line, word)
        if begin == last and japanese(line[begin - 1]) and japanese(line[begin]):
            places.append(begin)
        at = last = begin + len(word)
    return places


def mecab_places(texts, dictionary):
    """For each text the places, in characters."""
    lines = [line for text in texts for line in text.split('\n')]
    run = subprocess.run(['mecab', '-r', '/dev/null', '-d', dictionary, '-Owakati', '-b', '1000000'],
                         input='\n'.join(lines) + '\n', capture_output=True, text=True, check=True)
    cut = run.stdout.split('\n')[:len(lines)]
    found, k = [], 0
    for text in texts:
        start, places = 0, []
        for line in text.split('\n'):
            places += [start + place for place in places_of(line, [word for word in cut[k].split(' ') if word])]
            start += len(line) + 1
            k += 1
        found.append(places)
    return found


def naive(texts, pretokenizer, places):
    table, holding = collections.Counter(), collections.Counter()
    crossings = collections.defaultdict(collections.Counter)
    for text, inside in zip(texts, places):
        pieces = pretokenizer.pre_tokenize_str(text)
        holding.update({piece for piece, _ in pieces})
        edges = set(inside)
        for piece, (begin, end) in pieces:
            table[piece] += 1
            for place in edges.intersection(range(begin + 1, end)):
                crossings[piece][len(text[begin:place].encode())] += 1
    return sorted((piece.encode(), count, holding[piece], dict(crossings[piece])) for piece, count in table.items())


def differences(ours, theirs):
    for mine, other in zip(ours, theirs):
        if mine != other:
            return f'{mine} for {other}'
    return '' if len(ours) == len(theirs) else f'{len(ours)} records for {len(theirs)}'


def agreement(alone, context):
    """Precision and recall of the edges of pre-tokens tagged alone, over occurrences."""
    hit = sum(context.get(piece, {}).get(place, 0) for piece, (_, edges) in alone.items() for place in edges)
    given = sum(count * len(edges) for count, edges in alone.values())
    wanted = sum(sum(edges.values()) for edges in context.values())
    return hit / given, hit / wanted


def main():
    try:
        from tokenizers import Regex, pre_tokenizers
    except ImportError:
        return 'tokenizers is not installed'
    if not os.path.exists(TEXT):
        return 'text/text_dev.jsonl.zst is missing from the data'
    if not shutil.which('mecab'):
        return 'mecab is not installed'
    listed = subprocess.run(['mecab', '-D'], capture_output=True, text=True, check=False).stdout
    dictionary = os.path.dirname(listed.split('filename:')[1].split('\n')[0].strip())
    lines = subprocess.run(['zstd', '-dc', TEXT], capture_output=True, check=True).stdout.splitlines()[::SAMPLE]
    texts = [json.loads(line)['text'] for line in lines]
    splits = [pre_tokenizers.Split(Regex(pattern), 'isolated') for pattern in PATTERNS]
    with tempfile.TemporaryDirectory() as folder:
        docs, plain, tagged = (os.path.join(folder, name) for name in ('docs', 'plain', 'tagged'))
        with open(docs, 'wb') as file:
            file.write(b'\n'.join(lines) + b'\n')
        subprocess.run([TOOL, '-q', '--documents', '-o', plain, docs], check=True)
        subprocess.run([TOOL, '-q', '--documents', '--mecab', '--mecab-dic', dictionary, '-o', tagged, docs], check=True)
        want = naive(texts, pre_tokenizers.Sequence(splits), mecab_places(texts, dictionary))
        ours, documents = read_counts(plain)
        check('documents', '' if documents == len(texts) else documents)
        check('counts', differences(ours, [(*record[:3], {}) for record in want]))
        check('crossings', differences(read_counts(tagged)[0], want))
        pieces = [piece.decode() for piece, *_ in want]
        alone = {piece: (record[1], {len(piece[:place].encode()) for place in places})
                 for piece, record, places in zip(pieces, want, mecab_places(pieces, dictionary))}
        precision, recall = agreement(alone, {piece: record[3] for piece, record in zip(pieces, want)})
        print(f'tagged alone against in context: P {precision:.4f} R {recall:.4f}')
        check('tagged alone', '' if precision > .99 and recall > .99 else 'the edges differ too often')
    return None


if __name__ == '__main__':
    why = main()
    if why:
        print('skip', why)
        sys.exit(77)
    print('{passed} passed, {failed} failed, 0 skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0)
