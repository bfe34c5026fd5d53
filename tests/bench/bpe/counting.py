# SPDX-License-Identifier: MIT
"""counting.py [TEXT.jsonl…]: how fast documents become a count file, in how much memory, and MeCab beside `mecab`.

    SEIMAI_BUILD=build/release SEIMAI_DATA=… tests/bench/bpe/counting.py

Without operands the text is bench/ja_text. CPU seconds are medians of interleaved rounds; MB are of the JSON lines.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure  # noqa: E402  (the path above comes first)

SOURCE = 'bench/ja_text.jsonl.zst'
MECAB_SHARE = 5  # MeCab sees every so many documents


def inputs(folder):
    folder.mkdir(parents=True, exist_ok=True)
    text, few, plain = folder / 'text.jsonl', folder / 'few.jsonl', folder / 'few.txt'
    if len(sys.argv) > 1:
        text.write_bytes(b''.join(pathlib.Path(name).read_bytes() for name in sys.argv[1:]))
    else:
        source = pathlib.Path(os.environ['SEIMAI_DATA']) / SOURCE
        with open(text, 'wb') as file:
            subprocess.run(['zstd', '-dc', str(source)], stdout=file, check=True)
    with open(text, 'rb') as lines, open(few, 'wb') as jsonl, open(plain, 'w', encoding='utf-8') as raw:
        for i, line in enumerate(lines):
            if i % MECAB_SHARE == 0:
                jsonl.write(line)
                raw.write(json.loads(line)['text'] + '\n')
    return text, few, plain


def table(title, rows, size):
    print(f'\n{title}\n{"":34} {"wall s":>8} {"CPU s":>8} {"MB/s CPU":>9} {"peak MB":>8}')
    for name, row in rows.items():
        print(f'{name:34} {row["wall"]:8.2f} {row["cpu"]:8.2f} {size / row["cpu"] / 1e6:9.1f} {row["peak"] / 1e6:8.0f}')
    return rows


def main():
    folder = measure.build_folder() / 'bench' / 'bpe-counting'
    text, few, plain = inputs(folder)
    tool, out, parts = measure.tool('tokenizer-count'), str(folder / 'out.zst'), []
    count = [tool, '-q', '--tmp', str(folder), '-o', out]
    size = text.stat().st_size
    rows = {name: {'command': [*count, *options, str(text)]} for name, options in {
        'count -j 1': ['-j', '1'], 'count -j 2': ['-j', '2'], 'count -j 1 --memory 64M': ['-j', '1', '--memory', '64M'],
        'count -j 2 --memory 64M': ['-j', '2', '--memory', '64M'], 'count -j 1 --documents': ['-j', '1', '--documents']}.items()}
    results = table(f'documents to counts: {size / 1e6:.0f} MB', measure.side_by_side(rows, 3), size)
    for i in range(8):
        parts.append(str(folder / f'part{i}.zst'))
        subprocess.run([*count[:-1], parts[-1], '--sample', '0.3', '--seed', str(i), str(text)], check=True)
    merged = sum(os.path.getsize(part) for part in parts)
    rows = {name: {'command': [*count, '--merge', *options, *parts]} for name, options in {
        'merge 8 files': ['-j', '1'], 'merge 8 files -j 2': ['-j', '2'], 'merge --memory 16M': ['-j', '1', '--memory', '16M']}.items()}
    results |= table(f'count files to one: {merged / 1e6:.0f} MB compressed', measure.side_by_side(rows, 3), merged)
    if shutil.which('mecab'):
        rows = {'mecab -Owakati': {'command': ['mecab', '-Owakati', '-b', '10000000', str(plain)]},
                'count -j 1, without MeCab': {'command': [*count, '-j', '1', str(few)]},
                'count --mecab -j 1': {'command': [*count, '--mecab', '-j', '1', str(few)]},
                'count --mecab -j 2': {'command': [*count, '--mecab', '-j', '2', str(few)]}}
        size = plain.stat().st_size
        results |= table(f'edges in context: {size / 1e6:.0f} MB of text', measure.side_by_side(rows, 3), size)
    for name in [out, *parts, str(text)]:
        os.remove(name)
    measure.save('bpe-counting', results)


if __name__ == '__main__':
    main()
