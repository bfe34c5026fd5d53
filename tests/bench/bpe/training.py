# SPDX-License-Identifier: MIT
"""training.py [--megabytes N] [--sizes 32000,64000] [--no-peers]: trainers side by side, raw text to tokenizer.

Documents of ja_text (every n-th, so that all sources are there) for us and `tokenizers`, its lines for SentencePiece.
`tokenizers` cuts as we do (the split of DeepSeek-V3). Wall clock, CPU (user and system), peak of resident memory.
Also: our merges of --compat hf beside theirs, one by one, on 5 MB. Prints a table, writes training.json.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure  # noqa: E402  (the path above comes first)

SOURCE = 'bench/ja_text.jsonl.zst'
COMPARED_MB = 5

THEIRS = '''
import json, sys
from tokenizers import Regex, Tokenizer, models, pre_tokenizers as P, trainers
ours = json.load(open(sys.argv[1] + "/tokenizer.json"))
t = Tokenizer(models.BPE())
splits = [P.Split(Regex(s["pattern"]["Regex"]), "isolated")
          for s in ours["pre_tokenizer"]["pretokenizers"] if s["type"] == "Split"]
t.pre_tokenizer = P.Sequence([*splits, P.ByteLevel(add_prefix_space=False, use_regex=False)])
trainer = trainers.BpeTrainer(vocab_size=int(sys.argv[3]), min_frequency=2, show_progress=False,
                              initial_alphabet=P.ByteLevel.alphabet())
t.train_from_iterator((json.loads(line)["text"] for line in open(sys.argv[2])), trainer)
if len(sys.argv) > 4: t.save(sys.argv[4])
'''
PIECES = '''
import json, sys, sentencepiece
lines = (line for row in open(sys.argv[1]) for line in json.loads(row)["text"].split("\\n") if line)
sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_prefix=sys.argv[2], model_type="bpe",
    vocab_size=int(sys.argv[3]), character_coverage=0.9995, byte_fallback=True, num_threads=2, minloglevel=2,
    normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
    max_sentence_length=1 << 30)
'''


def write_text(path, megabytes):
    """In a process of its own: what this one holds would count as the peak of its children."""
    if len(sys.argv) > 1 and sys.argv[1] == 'write':
        source = pathlib.Path(os.environ.get('SEIMAI_DATA', measure.data_folder() or '')) / SOURCE
        lines = subprocess.run(['zstd', '-dc', str(source)], capture_output=True, check=True).stdout.splitlines()
        total, picked = sum(map(len, lines)), bytearray()
        room = 0.0
        for line in lines:
            room += len(line) * megabytes * 1e6 / total
            if room >= len(line):
                room -= len(line)
                picked += line + b'\n'
        pathlib.Path(path).write_bytes(picked)
        return
    subprocess.run([sys.executable, __file__, 'write', str(path), str(megabytes)], check=True)


def compare_merges(folder):
    """--compat hf and `tokenizers` on the same text: 32,000 ids, merge by merge."""
    text, ours, theirs = folder / 'few.jsonl', folder / 'compat', folder / 'theirs.json'
    write_text(text, COMPARED_MB)
    subprocess.run([measure.tool('tokenizer-train'), '-q', '--compat', 'hf', '-V', str(32000 + 128), '-o', str(ours),
                    str(text)], check=True)
    subprocess.run([sys.executable, '-c', THEIRS, str(ours), str(text), '32000', str(theirs)], check=True)
    got = json.loads((ours / 'tokenizer.json').read_text())['model']['merges']
    want = json.loads(theirs.read_text())['model']['merges']
    same = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    print(f'--compat hf on {COMPARED_MB} MB: {same} of {len(want)} merges are those of `tokenizers`')
    return {'merges': len(want), 'equal': same}


def commands(folder, text, size, with_peers):
    tool, out, size = measure.tool('tokenizer-train'), str(folder / 'ours'), str(size)
    ours = [tool, '-q', '-V', size, '-o', out]
    plain = [*ours, '--align', 'none']
    rows = {
        'seimai, bytes -j 1': [*plain, '-j', '1', str(text)],
        'seimai, bytes -j 2': [*plain, '-j', '2', str(text)],
        'seimai, --compat hf -j 2': [*ours, '--compat', 'hf', '-j', '2', str(text)],
        'seimai, characters -j 2': [*plain, '--alphabet', 'characters', '-j', '2', str(text)],
        'seimai, MeCab on 1/5 -j 2': [*ours, '--tag-sample', '0.2', '-j', '2', str(text)],
        'seimai, MeCab on all -j 2': [*ours, '-j', '2', str(text)],
        'seimai, bytes, from counts': [*plain, '-j', '2', str(folder / 'counts.zst')],
    }
    if with_peers:
        rows['sentencepiece, BPE'] = [sys.executable, '-c', PIECES, str(text), str(folder / 'sp'), size]
        rows['tokenizers, byte level'] = [sys.executable, '-c', THEIRS, out, str(text), size]
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--megabytes', type=float, default=100)
    parser.add_argument('--sizes', type=lambda s: [int(n) for n in s.split(',')], default=[32000, 64000])
    parser.add_argument('--no-peers', action='store_true')
    options = parser.parse_args()
    if not measure.data_folder():
        print(f'skip: {SOURCE} is missing from the data')
        sys.exit(77)
    result = {'megabytes': options.megabytes, 'rows': []}
    with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
        folder = pathlib.Path(scratch)
        text = folder / 'train.jsonl'
        write_text(text, options.megabytes)
        subprocess.run([measure.tool('tokenizer-count'), '-q', '-o', str(folder / 'counts.zst'), str(text)], check=True)
        print(f'{text.stat().st_size / 1e6:.0f} MB of documents\n{"":28} {"ids":>6} {"wall s":>8} {"CPU s":>8} {"peak MB":>8}')
        for size in options.sizes:
            for name, command in commands(folder, text, size, not options.no_peers).items():
                cpu, wall, peak = measure.run_once(command)
                result['rows'].append({'name': name, 'vocab': size, 'cpu': cpu, 'wall': wall, 'peak': peak})
                print(f'{name:28} {size:6} {wall:8.1f} {cpu:8.1f} {peak / 1e6:8.0f}', flush=True)
        if not options.no_peers:
            result['compat'] = compare_merges(folder)
    measure.save('training', result)


if len(sys.argv) > 1 and sys.argv[1] == 'write':
    write_text(sys.argv[2], float(sys.argv[3]))
else:
    main()
