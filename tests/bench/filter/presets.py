"""What filter's presets cost on one core, beside HojiChar with the same filters and MeCab itself, in one run.

Documents of about 8 kB of real Japanese text. Ours: JSONL to JSONL, user + system time of the process. HojiChar: its own Compose
over strings in memory, the process's CPU time, on fewer documents. MeCab: `mecab -Owakati` over the same lines to
/dev/null. Every round runs all, one after the other; the least of each counts, since others' work on the machine only adds. SPDX-License-Identifier: MIT
"""
import json
import pathlib
import subprocess
import sys
import time

import measure

BYTES, DOCUMENT, PEER_DOCUMENTS, ROUNDS = 24_000_000, 8000, 250, 3


def write_input(folder):
    data = measure.data_folder()
    if data is None:
        sys.exit('skipped: the real data is missing (SEIMAI_DATA)')
    path = folder / 'documents-8k.jsonl'
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    packed = subprocess.Popen(['zstd', '-dc', data / 'bench/ja_text.jsonl.zst'], stdout=subprocess.PIPE)
    written, every = 0, 0
    with open(path, 'w') as out:
        for line in packed.stdout:
            text = json.loads(line)['text']
            for at in range(0, len(text), DOCUMENT // 3):
                every += 1
                if every % 8:  # of all sources
                    continue
                piece = {'id': str(every), 'text': text[at:at + DOCUMENT // 3], 'metadata': {'url': 'https://www.example.jp/'}}
                if len(piece['text'].encode()) < DOCUMENT // 2:
                    continue
                out.write(json.dumps(piece, ensure_ascii=False) + '\n')
                written += DOCUMENT
            if written > BYTES:
                break
    packed.kill()
    return path


def words_of(folder):
    """HojiChar's lists from the data; (name, file) as --list wants them."""
    subprocess.run(['tar', '--zstd', '-xf', measure.data_folder() / 'ng/ng-lists.tar.zst', '-C', folder], check=True)
    found = {}
    for name in ('adult', 'discrimination', 'violence', 'advertisement'):
        found[name] = next(p for p in folder.rglob(f'{name}_keywords_ja.txt') if p.parent.name == 'hojichar')
    return [option for name, path in found.items() for option in ('--list', f'{name}={path}')]


def masked(folder):
    """Swallow's four lists in one file."""
    path = folder / 'inappropriate.txt'
    words = set()
    for name in ('Offensive', 'Sexual', 'Sexual_with_bopo', 'Sexual_with_mask'):
        words |= set(map(str.strip, next(folder.rglob(f'{name}.txt')).read_text().split('\n'))) - {''}
    path.write_text('\n'.join(sorted(words)) + '\n')
    return ['--without', 'ut1', '--list', f'inappropriate={path}']


class Peer:
    """HojiChar's chain, or a part of it; None where the package is missing."""

    def __init__(self, names):
        from hojichar import Compose, document_filters as f
        chain = {'length': f.DocumentLengthFilter(200, 50000), 'kana': f.AcceptJapanese(), 'kuten': f.DiscardRareKuten(),
                 'bbs': f.DiscardBBSComments(), 'ads': f.DiscardAds(), 'adult': f.DiscardAdultContentJa(),
                 'discrimination': f.DiscardDiscriminationContentJa(), 'violence': f.DiscardViolenceContentJa(),
                 'repetition': f.CharRepetitionRatioFilter(), 'special': f.DiscardTooManySpecialToken(),
                 'run': f.SingleCharacterRepetitionFilter(), 'ellipsis': f.DiscardTooManyEndingEllipsis(),
                 'short': f.DiscardTooShortLines()}
        self.chain = Compose([f for name, f in chain.items() if names is None or name in names])

    def seconds(self, texts):
        before = time.process_time()
        for text in texts:
            self.chain(text)
        return time.process_time() - before


def mecab(texts):
    """Seconds of CPU of the program MeCab over the lines."""
    lines = folder_of() / 'lines.txt'
    lines.write_text(''.join(t + '\n' for t in texts))
    cpu, _, _ = measure.run_once(['mecab', '-Owakati', '-b', '200000', str(lines)])
    return cpu


def folder_of():
    return measure.build_folder() / 'bench' / 'filter'


def main():
    path = write_input(folder_of())
    texts = [json.loads(line)['text'] for line in open(path)]
    few = texts[::max(1, len(texts) // PEER_DOCUMENTS)]
    size, size_few = (sum(len(t.encode()) for t in some) for some in (texts, few))
    lists = words_of(folder_of())
    without = ['--without', 'adult', '--without', 'discrimination', '--without', 'violence']
    script, morph = ['--words', 'script'], ['--words', 'mecab']
    ours = {'none': ['none'], 'ja-web': ['ja-web'], 'hojichar': ['hojichar', *lists],
            'hojichar, without three lists': ['hojichar', *lists, *without],
            'llm-jp-v1': ['llm-jp-v1', *lists], 'swallow-v1': ['swallow-v1', *masked(folder_of())],
            'gopher': ['gopher'], 'c4-ja': ['c4-ja', '--without', 'badwords'],
            'fineweb2-jpn, script': ['fineweb2-jpn', *script], 'fineweb2-jpn, MeCab': ['fineweb2-jpn', *morph]}
    peers = {'hojichar': Peer(None), 'hojichar, without three lists':
             Peer(('length', 'kana', 'kuten', 'bbs', 'ads', 'repetition', 'special', 'run', 'ellipsis', 'short'))}
    seconds = {name: [] for name in ours}
    theirs = {name: [] for name in [*peers, 'MeCab']}
    for _ in range(ROUNDS):
        for name, options in ours.items():
            command = [measure.tool('filter'), '-q', '-j', '1', '--rules', *options, str(path)]
            seconds[name].append(measure.run_once(command)[0])
        for name, peer in peers.items():
            theirs[name].append(peer.seconds(few))
        theirs['MeCab'].append(mecab(texts))
    report(size, size_few, {n: min(s) for n, s in seconds.items()},
           {n: min(s) for n, s in theirs.items()})


def report(size, size_few, ours, theirs):
    speed = {n: size / s / 1e6 for n, s in ours.items()}
    peer = {n: (size if n == 'MeCab' else size_few) / s / 1e6 for n, s in theirs.items()}
    print(f'{size / 1e6:.1f} MB of text in documents of 8 kB; the peers {size_few / 1e6:.1f} MB\n')
    print(f"{'preset':34} {'MB/s':>8} {'beside it':>24} {'MB/s':>8} {'ratio':>8}")
    for name, value in speed.items():
        beside = name if name in peer else 'MeCab' if 'MeCab' in name else None
        label = 'mecab -Owakati' if beside == 'MeCab' else 'HojiChar'
        other = f'{label:>24} {peer[beside]:8.2f} {value / peer[beside]:8.2f}' if beside else ''
        print(f'{name:34} {value:8.1f} {other}')
    measure.save('filter-presets', {'bytes': size, 'mb_per_s': speed, 'peers': peer})


main()
