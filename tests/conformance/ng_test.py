# SPDX-License-Identifier: MIT
"""NG words in the styles of others, document by document against the originals.

On every document of text_dev.jsonl (7,198 real ones), open2ch and japanese-toxic:
1. plain: HojiChar's own filters (DiscardAdultContentJa, …): the same documents are rejected, and the hits are those of
   Python's re.findall over its pattern;
2. katakana: the same with ignore_confused=True;
3. longest: Swallow's loop (longest entry of a double array at each place, then behind it) over the MIT lists that
   its script reads: the same number of letters. With dartsclone where it is installed, else a set of words.
4. a list of one's own, generated from the documents themselves (words of 1 to 6 characters, repeated ones, prefixes
   of each other): many hits at every place.

HojiChar from PyPI; SEIMAI_BUILD names the build folder, SEIMAI_DATA the data. Exit 0, 1 on failure, 77 when skipped.
"""
import csv
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DRIVER = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build')).resolve() / 'tests' / 'ng_driver'
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', HERE.parents[1].parent / 'shared' / 'data'))
LONGEST = 8_000  # characters of a document that are compared: the peers are slow
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(('ok ' if holds else 'not ok ') + name)


def unzstd(path):
    return subprocess.run(['zstd', '-dqc', path], check=True, stdout=subprocess.PIPE).stdout


def documents():
    texts = [json.loads(line)['text'] for line in unzstd(DATA / 'text/text_dev.jsonl.zst').splitlines()]
    for line in unzstd(DATA / 'preference/preference_pairs.jsonl.zst').splitlines():
        pair = json.loads(line)
        if 'open2ch' in pair['id']:
            texts += [pair['prompt'], pair['chosen'], pair['rejected']]
    toxic = subprocess.run(['tar', '--zstd', '-xOf', DATA / 'ng/japanese-toxic.tar.zst',
                            'japanese-toxic/data/subset.csv'], check=True, stdout=subprocess.PIPE).stdout
    texts += [row['text'] for row in csv.DictReader(io.StringIO(toxic.decode()))]
    return [text[:LONGEST].replace('\0', ' ') for text in texts]


def scan(texts, lists, *options):
    """[(hits, types, letters)] of every list, for every document."""
    done = subprocess.run([DRIVER, *options, *lists], input=b'\0'.join(t.encode() for t in texts) + b'\0',
                          check=True, stdout=subprocess.PIPE)
    rows = [line.split('\t') for line in done.stdout.decode().splitlines()]
    return [[tuple(map(int, row[i:i + 3])) for i in range(0, len(row), 5)] for row in rows]


def counts(words):
    return len(words), len(set(words)), sum(map(len, words))


def hojichar(texts):
    try:
        import hojichar
        from hojichar.filters import document_filters as filters
    except ImportError:
        print('skip: hojichar is not installed')
        return
    words = pathlib.Path(hojichar.__file__).parent / 'dict'
    for style, confused in (('plain', False), ('katakana', True)):
        names = ['adult', 'discrimination', 'violence']
        ours = scan(texts, [f'{style}:{n}={words / (n + "_keywords_ja.txt")}' for n in names])
        for i, name in enumerate(names):
            judge = filters.NgWordsFilterJa(words / f'{name}_keywords_ja.txt', ignore_confused=confused)
            rejected = [judge.apply(hojichar.Document(t)).is_rejected for t in texts]
            check(f'hojichar {name}, {style}: {sum(rejected)} of {len(texts)} documents rejected by both',
                  rejected == [doc[i][0] > 0 for doc in ours])
            found = [counts([m.group() for m in judge.keyword_pat.finditer(t)]) for t in texts]
            check(f'hojichar {name}, {style}: the same {sum(f[0] for f in found)} hits, types and letters',
                  found == [doc[i] for doc in ours])


def longest_by_set(words):
    lengths = sorted({len(w) for w in words}, reverse=True)
    return lambda text, i: next((n for n in lengths if text[i:i + n] in words), 0)


def longest_by_darts(words):
    import dartsclone
    keys = sorted(words)
    darts = dartsclone.DoubleArray()
    darts.build([w.encode() for w in keys], values=[len(w) for w in keys])
    reach = max(map(len, words))

    def longest(text, i):
        found = darts.common_prefix_search(text[i:i + reach].encode(), pair_type=False)
        return max(found) if found else 0
    return longest


def swallow_hits(text, longest):
    i, found = 0, []
    while i < len(text):
        n = longest(text, i)
        if n:
            found.append(text[i:i + n])
        i += n or 1
    return counts(found)


def swallow(texts, folder):
    words = set()
    for name in ('Offensive', 'Sexual', 'Sexual_with_bopo', 'Sexual_with_mask'):
        for line in (folder / f'ng-lists/inappropriate-words-ja/{name}.txt').read_text().split('\n'):
            words.add(line)
    words.discard('')
    joined = folder / 'swallow.txt'
    joined.write_text('\n'.join(sorted(words)))
    try:
        longest = longest_by_darts(words)
    except ImportError:
        longest = longest_by_set(words)
    few = [t[:4000] for t in texts]
    want = [swallow_hits(t, longest) for t in few]
    got = [doc[0] for doc in scan(few, [f'longest:ng={joined}'])]
    check(f'swallow: the same {sum(w[2] for w in want)} letters in {len(few)} documents', got == want)


def generated(texts, folder):
    chance = random.Random(5)
    few = [t[:1500] for t in texts[::4]]
    words = set()
    while len(words) < 3000:
        text = chance.choice(few)
        at, n = chance.randrange(max(1, len(text))), chance.choice([1, 2, 2, 3, 4, 6])
        word = text[at:at + n].strip()
        if word and '\n' not in word:
            words |= {word, word[:2].strip() or word}
    words = sorted(words, key=lambda w: chance.random())
    path = folder / 'generated.txt'
    path.write_text('\n'.join(words) + '\r\n\n')
    pattern = re.compile('|'.join(map(re.escape, words)))
    longest = longest_by_set(set(words))
    ours = scan(few, [f'plain:a={path}', f'longest:b={path}'])
    want = [[counts(pattern.findall(t)), swallow_hits(t, longest)] for t in few]
    check(f'3,000 words of the texts, plain: {sum(w[0][0] for w in want)} hits', [w[0] for w in want] == [o[0] for o in ours])
    check(f'3,000 words of the texts, longest: {sum(w[1][0] for w in want)} hits', [w[1] for w in want] == [o[1] for o in ours])


def main():
    if not DRIVER.exists() or not (DATA / 'README.md').exists():
        print('skip: no driver or no data')
        return 77
    texts = documents()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(['tar', '--zstd', '-C', folder, '-xf', DATA / 'ng/ng-lists.tar.zst'], check=True)
        generated(texts, folder)
        swallow(texts, folder)
        hojichar(texts)
    print(f'{checks} checks, {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
