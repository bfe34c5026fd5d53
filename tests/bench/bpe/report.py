#!/usr/bin/env python3
"""Real vocabularies and ours on the same Japanese text. report.sh calls it.

    report.py --vocabularies FOLDER [-o FOLDER] [--ours FOLDER] [--mb 8] [--train-mb 100] [--check]

Ours are trained on nine of ten documents of ja_text (without ms-*, which are translations), at 32k and 64k, for each
--align; --ours names a folder where they are already. Two texts are measured: `held-out` is the tenth document, of the same
sources, and `captions` are the lines of three evaluation sets, which nobody trained ours on. For each a page in two languages,
JSON, and a Markdown table on standard output.
--check computes every figure of `captions` again in Python with the real engines (report_check.py), for the first 4,000 lines.
SPDX-License-Identifier: MIT
"""
import argparse
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', HERE.parents[2] / 'build')) / 'bin'
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', HERE.parents[2] / '../shared/data'))
SIZES, ALIGNS = (32000, 64000), ('words', 'balanced', 'compact', 'none')
COLUMNS = (('chars_per_token', 'characters a token'), ('bytes_per_token', 'bytes a token'),
           ('boundary_f1', 'boundary F1'), ('boundary_precision', 'precision'), ('boundary_recall', 'recall'))


def unpacked(path):
    return subprocess.run(['zstd', '-dc', str(path)], capture_output=True, check=True).stdout


def write_texts(folder, megabytes, train):
    """train.jsonl, held-out.jsonl and captions.jsonl."""
    sizes = {'train': train * 1e6, 'held-out': megabytes * 1e6}
    out = {name: open(folder / f'{name}.jsonl', 'wb') for name in sizes}
    number = 0
    for line in unpacked(DATA / 'bench/ja_text.jsonl.zst').splitlines(keepends=True):
        if b'"source": "ms-' in line[:400] or b'"id": "ms-' in line[:400]:
            continue
        number += 1
        name = 'held-out' if number % 10 == 0 else 'train'
        if sizes[name] > 0:
            out[name].write(line)
            sizes[name] -= len(line)
    for file in out.values():
        file.close()
    lines = {}
    tar = unpacked(DATA / 'tokenizers/llm-jp-eval-text.tar.zst')
    with tarfile.open(fileobj=io.BytesIO(tar)) as files:
        for member in files:
            if member.name.endswith('.txt'):
                name = pathlib.Path(member.name).name.split('-')[0]
                for line in files.extractfile(member).read().decode().split('\n'):
                    lines.setdefault(line, name)
    with open(folder / 'captions.jsonl', 'w', encoding='utf-8') as file:
        for line, name in lines.items():
            if line:
                file.write(json.dumps({'text': line, 'source': name}, ensure_ascii=False) + '\n')


def train_ours(folder, text):
    for size in SIZES:
        for align in ALIGNS:
            path = folder / f'{align}-{size // 1000}k'
            if not (path / 'tokenizer.json').exists():
                subprocess.run([BIN / 'seimai-tokenizer-train', '-q', '--vocab-size', str(size), '--align', align,
                                '-o', path, text], check=True)


def measured(folder, name, subjects):
    """Runs the tool; gives its JSON."""
    for language in ('ja', 'en'):
        with open(folder / f'{name}.jsonl', 'rb') as text:
            subprocess.run([BIN / 'seimai-tokenizer-report', '-q', '--lang', language, '--reference', 'GPT-4o o200k',
                            '--json', folder / f'{name}.json', '-o', folder / f'{name}.{language}.html', '--samples', '2',
                            '--sentence', '髙島屋の𠮷野さんは、2026年11月22日にﾊﾝｶｸで鰯を食べた。', *subjects],
                           stdin=text, stdout=subprocess.DEVNULL, check=True)
    return json.loads((folder / f'{name}.json').read_text(encoding='utf-8'))


def table(name, report):
    """Markdown, most characters a token first."""
    text = report['text']
    print(f'\n{name}: {text["documents"]:,} documents, {text["bytes"] / 1e6:.1f} MB, '
          f'{text["morphemes"]:,} morphemes of {text["dictionary"]}\n')
    print('| tokenizer | ids | ' + ' | '.join(head for _, head in COLUMNS) + ' | broken |')
    print('|---|---|' + '---|' * (len(COLUMNS) + 1))
    for t in sorted(report['tokenizers'], key=lambda t: -t['chars_per_token']):
        cells = []
        for key, _ in COLUMNS:
            low, high = t['intervals'][key]
            cells.append(f'{t[key]:.3f} ± {(high - low) / 2:.3f}')
        print(f'| {t["name"]} | {t["vocab"]:,} | ' + ' | '.join(cells) + f' | {100 * t["broken_share"]:.2f} % |')


def check(folder, subjects):
    short = folder / 'check.jsonl'
    with open(folder / 'captions.jsonl', encoding='utf-8') as lines:
        short.write_text(''.join(list(lines)[::12][:4000]), encoding='utf-8')
    with open(short, 'rb') as text:
        subprocess.run([BIN / 'seimai-tokenizer-report', '-q', '--json', folder / 'check.json', *subjects], stdin=text,
                       stdout=subprocess.DEVNULL, check=True)
    dictionary = subprocess.run(['mecab-config', '--dicdir'], capture_output=True, text=True, check=False).stdout.strip()
    places = [pathlib.Path(dictionary or '/') / 'ipadic-utf8', pathlib.Path('/var/lib/mecab/dic/ipadic-utf8')]
    found = next((p for p in places if (p / 'sys.dic').exists()), None)
    lossless = [s for s in subjects if 'rinna' not in s]
    return subprocess.run([sys.executable, HERE / 'report_check.py', folder / 'check.json', short, found,
                           *lossless], check=False).returncode


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--vocabularies', type=pathlib.Path, required=True)
    args.add_argument('-o', '--output', type=pathlib.Path, default=HERE.parents[2] / 'build/bench/bpe/report')
    args.add_argument('--ours', type=pathlib.Path)
    args.add_argument('--mb', type=float, default=8)
    args.add_argument('--train-mb', type=float, default=100)
    args.add_argument('--check', action='store_true')
    args = args.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    write_texts(args.output, args.mb, args.train_mb)
    ours = args.ours or args.output / 'ours'
    if not args.ours:
        ours.mkdir(exist_ok=True)
        train_ours(ours, args.output / 'train.jsonl')
    index = json.loads((args.vocabularies / 'index.json').read_text(encoding='utf-8'))
    subjects = [f'{v["label"]}={args.vocabularies / v["path"]}' for v in index]
    subjects += [f'seimai {p.name}={p}' for p in sorted(ours.iterdir()) if (p / 'tokenizer.json').exists()]
    for name in ('held-out', 'captions'):
        table(name, measured(args.output, name, subjects))
    return check(args.output, subjects) if args.check else 0


if __name__ == '__main__':
    sys.exit(main())
