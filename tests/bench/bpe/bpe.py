# SPDX-License-Identifier: MIT
"""bpe.py MB: encoders side by side. run.sh calls it."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure  # noqa: E402  (the path above comes first)

VOCAB = 32000
ENCODE_MB, PEER_MB = 50, 4  # what we encode, and what the slower peers do
SOURCE = 'bench/ja_text.jsonl.zst'
SEPARATOR = '\x1e'

PIECES = '''
import json, sys, sentencepiece
lines = (line for row in open(sys.argv[1]) for line in json.loads(row)["text"].split("\\n") if line)
sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_prefix=sys.argv[2], model_type="bpe",
    vocab_size=int(sys.argv[3]), character_coverage=0.9995, byte_fallback=True, num_threads=2, minloglevel=2,
    normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
    max_sentence_length=1 << 30)
'''
ENCODE = '''
import sys, time
texts = open(sys.argv[3], newline="").read().split("\\x1e")
if sys.argv[1] == "tokenizers":
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(sys.argv[2])
    encode = lambda text: t.encode(text, add_special_tokens=False).ids
else:
    import sentencepiece
    encode = sentencepiece.SentencePieceProcessor(model_file=sys.argv[2]).encode
start = time.process_time()
n = sum(len(encode(text)) for text in texts)
print(time.process_time() - start, n)
'''


def write_inputs(folder, megabytes):
    """Every n-th document of ja_text: a training text, and other documents to encode."""
    folder.mkdir(parents=True, exist_ok=True)
    source = pathlib.Path(os.environ['SEIMAI_DATA']) / SOURCE
    lines = subprocess.run(['zstd', '-dc', str(source)], capture_output=True, check=True).stdout.splitlines()
    step = max(1, round(sum(map(len, lines)) / megabytes / 1e6))
    train, many, few = folder / 'train.jsonl', folder / 'many.txt', folder / 'few.txt'
    train.write_bytes(b'\n'.join(lines[::step]) + b'\n')
    texts = [json.loads(line)['text'] for i, line in enumerate(lines) if i % step]
    for path, size in ((many, ENCODE_MB), (few, PEER_MB)):
        every = max(1, round(sum(len(text.encode()) for text in texts) / size / 1e6))
        path.write_text(SEPARATOR.join(texts[::every]), newline='')


def inputs(folder, megabytes):
    """The same in a process of its own: what this one holds would count as the peak of its children."""
    subprocess.run([sys.executable, __file__, str(megabytes), 'inputs'], check=True)
    return folder / 'train.jsonl', folder / 'many.txt', folder / 'few.txt'


def prepare(folder, train):
    """The models that encode: ours, and SentencePiece's. How training compares is training.py's part."""
    subprocess.run([measure.tool('tokenizer-train'), '-q', '-V', str(VOCAB), '-o', str(folder / 'ours'), str(train)],
                   check=True)
    subprocess.run([sys.executable, '-c', PIECES, str(train), str(folder / 'sp'), str(VOCAB)], check=True)


def encoding(folder, many, few):
    bench = pathlib.Path(os.environ['SEIMAI_BUILD']) / 'src/bpe/bpe_bench'
    ours = str(folder / 'ours')
    runs = [json.loads(subprocess.run([str(bench), ours, str(many)], capture_output=True, check=True).stdout)
            for _ in range(5)]
    best = sorted(runs, key=lambda run: run['encode'])[len(runs) // 2]
    rows = {'seimai': {'mb_per_s': best['bytes'] / best['encode'] / 1e6, 'bytes_per_token': best['bytes'] / best['ids'],
                       'load': best['load']}}
    size = few.stat().st_size
    for name, model in (('tokenizers', ours + '/tokenizer.json'), ('sentencepiece', str(folder / 'sp.model'))):
        run = subprocess.run([sys.executable, '-c', ENCODE, name, model, str(few)], capture_output=True, check=True)
        seconds, ids = map(float, run.stdout.split())
        rows[name] = {'mb_per_s': size / seconds / 1e6, 'bytes_per_token': size / ids}
    print(f'\nencoding: one thread, one pass over {many.stat().st_size / 1e6:.0f} MB ({size / 1e6:.0f} MB for the peers), '
          'text in memory to ids in memory')
    for name, row in rows.items():
        print(f'{name:26} {row["mb_per_s"]:8.1f} MB/s CPU {row["bytes_per_token"]:8.3f} bytes/token')
    return rows


def main():
    folder = measure.build_folder() / 'bench' / 'bpe'
    if not (pathlib.Path(os.environ['SEIMAI_DATA']) / SOURCE).exists():
        print(f'skip: {SOURCE} is missing from the data')
        sys.exit(77)
    if sys.argv[2:] == ['inputs']:
        write_inputs(folder, float(sys.argv[1]))
        return
    train, many, few = inputs(folder, float(sys.argv[1]))
    prepare(folder, train)
    measure.save('bpe', {'encoding': encoding(folder, many, few)})


main()
