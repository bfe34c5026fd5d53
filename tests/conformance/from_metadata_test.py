#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every preset on real documents: `--annotate`, then `--from-metadata`, gives the verdicts of a direct run.

    from_metadata_test.py [--bin DIR] [--documents N]

The same documents kept, the same rule, value and threshold for each that is dropped, with the preset's thresholds and with
others. Prints what each took, in CPU time, beside it. Lists of words and hosts come from the shared data; steps that rewrite
texts before the rules are part of it.
"""
import argparse
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(ROOT, '..', 'shared', 'data'))
BUILD = os.environ.get('SEIMAI_BUILD', os.path.join(ROOT, 'build', 'gcc'))
LISTS = {
    'adult': 'hojichar/adult_keywords_ja.txt', 'discrimination': 'hojichar/discrimination_keywords_ja.txt',
    'violence': 'hojichar/violence_keywords_ja.txt', 'advertisement': 'hojichar/advertisement_keywords_ja.txt',
    'badwords': 'ldnoobw/ja', 'inappropriate': 'inappropriate-words-ja/Sexual.txt'}
CHANGES = {'ja-web': ['kana-share=0.3', 'characters=500'], 'swallow-v1': ['top-2-gram=0.05'], 'gopher': ['words=200'],
           'hojichar': ['bbs-hits=3'], 'fineweb2-jpn': ['words=100']}


def find_lists(folder):
    """The files of LISTS, wherever the archive has them."""
    os.makedirs(folder)
    subprocess.run(['tar', '--zstd', '-xf', f'{DATA}/ng/ng-lists.tar.zst', '-C', folder], check=True)
    found = {}
    for name, path in LISTS.items():
        base = os.path.basename(path)
        hits = [hit for hit in glob.glob(f'{folder}/**/{base}', recursive=True) if os.path.dirname(path) in hit]
        if hits:
            found[name] = hits[0]
    ut1 = os.path.join(folder, 'ut1', 'games')
    os.makedirs(ut1)
    with open(f'{ut1}/domains', 'w') as file:
        file.write('host3.example.jp\nhost7.example.jp\n')
    found['ut1'] = os.path.dirname(ut1)
    return found


def write_documents(path, wanted):
    """Real texts, each with a URL."""
    source = subprocess.Popen(['zstd', '-dc', f'{DATA}/text/text_dev.jsonl.zst'], stdout=subprocess.PIPE).stdout
    with open(path, 'w', encoding='utf-8') as out:
        for i, line in zip(range(wanted), source):
            row = json.loads(line)
            row['metadata'] = {'url': f'http://www.host{i % 50}.example.jp/{i}'}
            out.write(json.dumps(row, ensure_ascii=False) + '\n')


def run(*args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(args, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode:
        sys.exit(f'{" ".join(args)}: {done.stderr}')
    return seconds


def verdicts(kept, rejects):
    def rows(path):
        with open(path, encoding='utf-8') as file:
            return [json.loads(line) for line in file]
    return ([row['id'] for row in rows(kept)],
            [(row['id'], json.dumps(row['metadata']['rejected'])) for row in rows(rejects)])


def test_preset(tool, preset, options, documents, folder):
    annotated = f'{folder}/annotated'
    base = [tool, '-j', '2', '--rules', preset, *options]
    seconds = run(*base, '--annotate', '-o', annotated, documents)
    wrong = 0
    for change in [None] + CHANGES.get(preset, []):
        override = ['--set', change] if change else []
        direct = run(*base, *override, '-o', f'{folder}/k1', '--rejects', f'{folder}/r1', documents)
        again = run(*base, *override, '-o', f'{folder}/k2', '--rejects', f'{folder}/r2', '--from-metadata', annotated)
        one, two = verdicts(f'{folder}/k1', f'{folder}/r1'), verdicts(f'{folder}/k2', f'{folder}/r2')
        same = one == two and len(one[0]) + len(one[1]) > 0
        wrong += not same
        rate = os.path.getsize(annotated) / 1e6 / again
        print(f'{"ok" if same else "not ok"} {preset} {change or ""}: {len(one[0])} kept, {len(one[1])} dropped; '
              f'annotate {seconds:.2f} s, direct {direct:.2f} s, from-metadata {again:.2f} s of CPU ({rate:.0f} MB/s)')
        if not same:
            print('  ', [pair for pair in zip(one[1], two[1]) if pair[0] != pair[1]][:2])
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bin', default=os.path.join(BUILD, 'bin'))
    parser.add_argument('--documents', type=int, default=1500)
    args = parser.parse_args()
    if not os.path.exists(f'{DATA}/text/text_dev.jsonl.zst'):
        print('skipped: no shared data')
        return 77
    with tempfile.TemporaryDirectory() as folder:
        documents, lists = f'{folder}/documents', find_lists(f'{folder}/lists')
        write_documents(documents, args.documents)
        wrong = 0
        for path in sorted(glob.glob(f'{ROOT}/dicts/filter/*.yaml')):
            with open(path, encoding='utf-8') as file:
                text = file.read()
            options = [part for name in lists if f'list: {name},' in text
                       for part in ('--list', f'{name}={lists[name]}')]
            wrong += test_preset(f'{args.bin}/seimai-filter', os.path.basename(path)[:-5], options, documents, folder)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
