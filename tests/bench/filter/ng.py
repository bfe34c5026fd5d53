# SPDX-License-Identifier: MIT
"""NG words: what our lists and HojiChar's hit in clean text and in bad text, and how fast, in one run.

    SEIMAI_BUILD=build/release build/venv/bin/python tests/bench/filter/ng.py [--quick]

1. Share of clean sentences or chunks that are hit, by the adult and discrimination lists together, and by each of ours:
   Wikipedia (5,343 sentences of ner-wikipedia), UD-GSD dev and test (1,050), KWDLC (web leads), manuals (text_dev, 1,200
   characters each). "plain" is HojiChar's own way (a substring), "katakana" with its guard, "boundaries" its lists under
   ours; with and without MeCab.
   Beside it, by dress (masked, other kana …), what the lists hit in 7,198 clean documents.
2. Recall: japanese-toxic (toxic where more votes say so than not), open2ch of preference/ (a row is prompt, chosen and
   rejected; what is counted is rows with a hit of any of the lists, right or not).
3. Old literature: 300 works of Aozora Bunko, dropped by one hit as HojiChar does, and by the thresholds of ja-web.
4. CPU on documents of 8 kB (bench/ja_text) and on manuals: HojiChar's adult filter on strings in memory, seimai-filter
   JSONL to JSONL with our five lists, and with HojiChar's three in each style; the search alone.

It needs the targets seimai-filter and ng_driver, and hojichar from PyPI.
"""
import csv
import glob
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import measure  # noqa: E402

ROOT = HERE.parents[2]
DICTS = ROOT / 'dicts' / 'ng'
DATA = measure.data_folder()
DRIVER = measure.build_folder() / 'tests' / 'ng_driver'
OURS = ['adult', 'discrimination', 'violence', 'abuse', 'advertising']
BAD = OURS[:4]
THEIRS = ['adult', 'discrimination', 'violence']
EXCEPT = ['-e', str(DICTS / 'exceptions.tsv')]
QUICK = '--quick' in sys.argv


# ---- texts --------------------------------------------------------------------------------

def unpack(name, folder):
    subprocess.run(['tar', '--zstd', '-C', folder, '-xf', DATA / name], check=True)


def jsonl(name):
    with subprocess.Popen(['zstd', '-dqc', DATA / name], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            yield json.loads(line)


def sentences_of_gsd(folder):
    for path in sorted(glob.glob(f'{folder}/ud-gsd-ne/*.conllu')):
        for line in open(path, encoding='utf-8'):
            if line.startswith('# text = '):
                yield line[9:].strip()


def sentences_of_kwdlc(folder):
    for path in sorted(glob.glob(f'{folder}/kwdlc-sample/org/**/*.org', recursive=True)):
        for line in open(path, encoding='utf-8'):
            if line.strip() and not line.startswith('#'):
                yield line.strip()


MANUALS = {'rurema', 'php-doc-ja', 'vimdoc-ja', 'railsguides-ja', 'cpprefjp', 'ms-powershell', 'rust-book-ja', 'react-ja', 'ms-cpp-docs'}


def chunks_of_manuals():
    for doc in jsonl('text/text_dev.jsonl.zst'):
        if doc['source'].split(':')[0] in MANUALS:
            yield from (doc['text'][i:i + 1200] for i in range(0, len(doc['text']), 1200))


def works_of_aozora(folder):
    for path in sorted(glob.glob(f'{folder}/aozora-sample/**/*.txt', recursive=True)):
        text = pathlib.Path(path).read_bytes().decode('cp932', 'replace').replace('\r\n', '\n')
        parts = text.split('-' * 55)
        text = parts[0] + ''.join(parts[2:]) if len(parts) > 2 else text
        yield re.sub('《[^》]*》|［＃[^］]*］|｜', '', text).split('\n底本：')[0]


def rows_of_toxic(folder):
    for row in csv.DictReader(io.StringIO((folder / 'japanese-toxic/data/subset.csv').read_text())):
        votes = {k: int(row[k]) for k in ('Not Toxic', 'Hard to Say', 'Toxic', 'Very Toxic')}
        yield row['text'], votes['Toxic'] + votes['Very Toxic'] > votes['Not Toxic'] + votes['Hard to Say']


def rows_of_open2ch():
    for row in jsonl('preference/preference_pairs.jsonl.zst'):
        if 'open2ch' in row['id']:
            yield '\n'.join((row['prompt'], row['chosen'], row['rejected']))


# ---- hits ---------------------------------------------------------------------------------

def nul(texts):
    return b''.join(t.replace('\0', ' ').encode() + b'\0' for t in texts)


def scan(texts, lists, *options):
    """By document, by list: (hits, types, letters, excused, score)."""
    done = subprocess.run([DRIVER, *options, *lists], input=nul(texts), check=True, stdout=subprocess.PIPE)
    rows = [line.split('\t') for line in done.stdout.decode().splitlines()]
    return [[tuple(map(float, row[i:i + 5])) for i in range(0, len(row), 5)] for row in rows]


def ours(names):
    return [f'boundaries:{n}={DICTS / (n + ".tsv")}' for n in names]


def theirs(style, names, folder):
    return [f'{style}:{n}={folder}/ng-lists/hojichar/{n}_keywords_ja.txt' for n in names]


def hit(texts, lists, *options):
    return [any(c[0] for c in doc) for doc in scan(texts, lists, *options)]


def percent(flags):
    return f'{sum(flags):5d} ({100 * sum(flags) / len(flags):5.2f} %)'


def systems(names, their_names, folder):
    return {
        'HojiChar, plain': (theirs('plain', their_names, folder),),
        'HojiChar, its katakana guard': (theirs('katakana', their_names, folder),),
        'HojiChar, our boundaries': (theirs('boundaries', their_names, folder), *EXCEPT),
        'HojiChar, our boundaries, MeCab': (theirs('boundaries', their_names, folder), *EXCEPT, '-m'),
        'ours': (ours(names), *EXCEPT),
        'ours, MeCab': (ours(names), *EXCEPT, '-m'),
    }


def clean_text(folder, result):
    wiki = [d['text'] for d in json.loads((folder / 'ner-wikipedia/ner.json').read_text())]
    manuals = list(chunks_of_manuals())
    corpora = {'Wikipedia': wiki, 'GSD': list(sentences_of_gsd(folder)), 'KWDLC': list(sentences_of_kwdlc(folder)),
               'manuals': manuals[::4 if QUICK else 1]}
    print('\nclean text: hit by the adult and discrimination lists together')
    print(f'{"":34s}' + ''.join(f'{n + " " + str(len(t)):>22s}' for n, t in corpora.items()))
    for name, (lists, *options) in systems(OURS[:2], THEIRS[:2], folder).items():
        flags = {n: hit(t, lists, *options) for n, t in corpora.items()}
        result['clean'][name] = {n: sum(f) / len(f) for n, f in flags.items()}
        print(f'{name:34s}' + ''.join(f'{percent(f):>22s}' for f in flags.values()))
    print('each list of ours alone')
    for one in OURS:
        flags = {n: hit(t, ours([one]), *EXCEPT) for n, t in corpora.items()}
        result['clean'][one] = {n: sum(f) / len(f) for n, f in flags.items()}
        print(f'{one:34s}' + ''.join(f'{percent(f):>22s}' for f in flags.values()))


MASKS = set('○〇◯●◎＊*×✕✖✗☓⭕⚪⚫■□xoXOｘｏＸＯ')
SEPARATORS = set(' 　\t\u00a0・･.．_＿/／')


def dress_of(found, word):
    """How a hit is written: as the word, in the other kana, with masks, with separators, or folded otherwise."""
    def katakana(text):
        return ''.join(chr(ord(c) + 0x60) if 'ぁ' <= c <= 'ゖ' else c for c in text)
    if found == word:
        return 'as it is'
    if set(found) & MASKS - set(word):
        return 'masked'
    if set(found) & SEPARATORS - set(word):
        return 'separated'
    return 'other kana' if katakana(found) == katakana(word) else 'width, case, small kana'


def dresses(result):
    """Each dress has its own check: what it hits in 7,198 documents of clean text, and in open2ch."""
    corpora = {'text_dev': [d['text'] for d in jsonl('text/text_dev.jsonl.zst')], 'open2ch': list(rows_of_open2ch())}
    print('\nhits of our five lists by how they are written')
    for name, texts in corpora.items():
        done = subprocess.run([DRIVER, '-h', *EXCEPT, *ours(OURS)], input=nul(texts), check=True, stdout=subprocess.PIPE)
        counts = dict.fromkeys(('as it is', 'width, case, small kana', 'other kana', 'masked', 'separated'), 0)
        for text, line in zip(texts, done.stdout.decode().split('\n')):
            data = text.replace('\0', ' ').encode()
            for hit_ in filter(None, line.split('\t')):
                _, begin, end, word = hit_.split(':', 3)
                counts[dress_of(data[int(begin):int(end)].decode(), word)] += 1
        result['dresses'][name] = counts
        print(f'  {name + " " + str(len(texts)):16s}' + '   '.join(f'{k} {n}' for k, n in counts.items()))


def bad_text(folder, result):
    toxic = list(rows_of_toxic(folder))
    texts, labels = [t for t, _ in toxic], [bad for _, bad in toxic]
    rows = list(rows_of_open2ch())
    print(f'\nbad text: japanese-toxic ({len(texts)} rows, {sum(labels)} toxic), open2ch ({len(rows)} rows);'
          '\nadult, discrimination and violence lists, of ours abuse too')
    print(f'{"":34s}{"rows hit":>10s}{"toxic hit":>11s}{"P":>6s}{"R":>6s}{"open2ch rows hit":>18s}')
    for name, (lists, *options) in systems(BAD, THEIRS, folder).items():
        flags = hit(texts, lists, *options)
        right = sum(f and bad for f, bad in zip(flags, labels))
        open2ch = sum(hit(rows, lists, *options))
        result['recall'][name] = {'rows': sum(flags), 'toxic': right, 'open2ch': open2ch}
        print(f'{name:34s}{sum(flags):10d}{right:11d}{right / max(1, sum(flags)):6.2f}{right / sum(labels):6.2f}{open2ch:18d}')


# What was chosen for ja-web, where the preset at hand asks for no list.
CHOSEN = {'adult': 3, 'discrimination': 3, 'violence': 3, 'abuse': 4, 'advertising': 5}


def thresholds():
    """The ng rules of ja-web: {list: largest score}."""
    preset = (ROOT / 'dicts/filter/ja-web.yaml').read_text()
    return {n: float(x) for n, x in re.findall(r'rule: ng-(\w+)-score, max: ([\d.]+)', preset)} or CHOSEN


def literature(folder, result):
    works = list(works_of_aozora(folder))
    limits = thresholds()
    print(f'\n{len(works)} works of Aozora Bunko, dropped')
    for name in THEIRS:
        flags = hit(works, theirs('plain', [name], folder))
        result['aozora'][f'HojiChar {name}'] = sum(flags) / len(works)
        print(f'  HojiChar {name + ", one hit":26s}{percent(flags):>16s}')
    for name, *options in (('ja-web', *EXCEPT), ('ja-web, profile for literature', *EXCEPT, '-o')):
        docs = scan(works, ours(OURS), *options)
        flags = [any(d[i][4] > limits.get(n, 1e9) for i, n in enumerate(OURS)) for d in docs]
        result['aozora'][name] = sum(flags) / len(works)
        print(f'  ours, {name:31s}{percent(flags):>14s}   ' + ', '.join(f'{n} ≤ {x:g}' for n, x in limits.items()))
        print(f'  {"":37s}any hit: ' + ', '.join(f'{n} {100 * sum(d[i][0] > 0 for d in docs) / len(docs):.0f} %' for i, n in enumerate(OURS)))


# ---- speed --------------------------------------------------------------------------------

def documents_of_8kb():
    chance = random.Random(1)
    texts = []
    for i, doc in enumerate(jsonl('bench/ja_text.jsonl.zst')):
        if i % (46 if QUICK else 12) == 0:
            data = doc['text'].encode()
            texts += [data[k:k + 8192].decode('utf-8', 'ignore') for k in range(0, min(len(data), 40 * 8192), 8192)]
    chance.shuffle(texts)
    return texts


def hojichar_rate(texts):
    """MB of text a second of HojiChar's adult filter, on strings in memory."""
    import hojichar
    from hojichar.filters.document_filters import DiscardAdultContentJa
    judge = DiscardAdultContentJa()
    few = texts[:400 if QUICK else 1200]
    start = time.process_time()
    rejected = sum(judge.apply(hojichar.Document(t)).is_rejected for t in few)
    seconds = time.process_time() - start
    return sum(len(t.encode()) for t in few) / seconds / 1e6, rejected / len(few)


def rules_file(folder, name, lists):
    """A preset of NG rules only, that count everything and drop nothing."""
    rows = ''.join(f'  - {{list: {n}, kind: ng, match: {style}}}\n' for n, style, _ in lists)
    rules = ''.join(f'  - {{rule: ng-{n}-score, max: 1000000}}\n' for n, _, _ in lists)
    path = folder / f'{name}.yaml'
    path.write_text(f'format: seimai-filter 1\nabout: a benchmark\nlists:\n{rows}rules:\n{rules}')
    options = [x for n, _, file in lists for x in ('--list', f'{n}={file}')]
    return ['-q', '-j', '1', '--rules', str(path), *options]


def cpu_of(command, rounds=3):
    return min(measure.run_once(command)[0] for _ in range(rounds))


def speed_of(name, texts, folder, result):
    size = sum(len(t.encode()) for t in texts)
    path, empty = folder / 'docs.jsonl', folder / 'empty.jsonl'
    path.write_text(''.join(json.dumps({'id': str(i), 'text': t}, ensure_ascii=False) + '\n' for i, t in enumerate(texts)))
    empty.write_text('')
    peer, rejected = hojichar_rate(texts)
    print(f'\nspeed, {name}: {len(texts)} documents, {size / 1e6:.1f} MB; MB of text a second of CPU, one core')
    print(f'  {"HojiChar, adult list, strings in memory":52s}{peer:8.2f}     (rejects {100 * rejected:.0f} %, ends at the first hit)')
    result['speed'][name] = {'hojichar adult': peer}
    words = f'{folder}/ng-lists/hojichar/%s_keywords_ja.txt'
    runs = {'ours, five lists': [(n, 'boundaries', DICTS / f'{n}.tsv') for n in OURS]}
    for style in ('boundaries', 'plain', 'katakana'):
        runs[f"HojiChar's three, {style}"] = [(n, style, words % n) for n in THEIRS]
    for run, lists in runs.items():
        command = [measure.tool('filter'), *rules_file(folder, 'rules', lists)]
        start = cpu_of([*command, str(empty)])
        rate = size / (cpu_of([*command, str(path)]) - start) / 1e6
        alone = subprocess.run([DRIVER, '-t', '5', *(EXCEPT if lists[0][1] == 'boundaries' else []),
                                *(f'{m}:{n}={f}' for n, m, f in lists)], input=nul(texts), check=True, stdout=subprocess.PIPE)
        seconds, n = alone.stdout.split()
        result['speed'][name][run] = {'jsonl': rate, 'search': int(n) / float(seconds) / 1e6, 'ratio': rate / peer, 'start': start}
        print(f'  {run + ", JSONL to JSONL":52s}{rate:8.1f}  {rate / peer:5.0f} ×   (search alone {int(n) / float(seconds) / 1e6:.0f}; start {start:.3f} s)')


def main():
    if DATA is None or not DRIVER.exists():
        sys.exit('ng.py: no data, or ng_driver is not built')
    result = {'clean': {}, 'dresses': {}, 'recall': {}, 'aozora': {}, 'speed': {}}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for archive in ('ng/ng-lists', 'ng/japanese-toxic', 'ng/aozora-sample', 'pii/ner-wikipedia', 'pii/ud-gsd-ne', 'text/kwdlc-sample'):
            unpack(f'{archive}.tar.zst', folder)
        clean_text(folder, result)
        dresses(result)
        bad_text(folder, result)
        literature(folder, result)
        speed_of('8 kB documents', documents_of_8kb(), folder, result)
        speed_of('manuals', list(chunks_of_manuals())[::8 if QUICK else 2], folder, result)
    measure.save('filter-ng', result)


if __name__ == '__main__':
    main()
