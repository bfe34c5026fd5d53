#!/usr/bin/env python3
# The vocabularies of others on 50 MB of mixed text: ids here against the engine that each comes from.
# SPDX-License-Identifier: MIT
#
#   tests/bench/bpe/foreign.py [--build BUILD] [--mb 50] [--only NAME,…]
#
# Needs the files of tests/bench/bpe/vocabularies.py under BUILD/../bench/bpe/vocabularies (or --vocabularies FOLDER).
# Prints, for each file, documents compared and different, and the CPU seconds of both sides over the same text (the
# engine called from Python, seimai-encode with its JSON); the exit status is 1 where a document differs. A byte-level
# vocabulary is read twice, as tokenizer.json (against `tokenizers`) and as .tiktoken (against `tiktoken`).

import argparse
import base64
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
DATA = os.environ.get('SEIMAI_DATA') or os.path.join(ROOT, '..', 'shared', 'data')
KNOWN = {'cl100k': '', 'o200k': '', 'llama3': ':llama3', 'glm4': ':llama3', 'qwen3': ':qwen'}


def mixed_text(size):
    """Japanese of all sources, English, chat lines, and junk: documents in a fixed random order."""
    def read(name):
        run = subprocess.run(['zstd', '-dc', os.path.join(DATA, name)], capture_output=True, check=True)
        return run.stdout.splitlines()
    texts = [json.loads(line)['text'] for line in read('bench/ja_text.jsonl.zst')]
    with open(os.path.join(DATA, 'english/tinyshakespeare.txt'), encoding='utf-8') as file:
        english = file.read()
    texts += [english[i:i + 4000] for i in range(0, len(english), 4000)]
    texts += [json.loads(line)['prompt'] for line in read('preference/preference_pairs.jsonl.zst')]
    chance = random.Random(3)
    near = [*'aZ09 \u3000\t\n。、々〇ーかがﾞ漢①Ａé\u0301\u3099▁<>/_-😀\u200b', '</s>', '  ', "'s", '\r\n']
    texts += [''.join(chance.choice(near) for _ in range(chance.randrange(200))) for _ in range(5000)]
    chance.shuffle(texts)
    out, total = [], 0
    for text in texts:
        out.append(text)
        total += len(text.encode())
        if total >= size:
            break
    return out, total


def engine(path, folder):
    """A function from texts to lists of ids."""
    if path.endswith('.json'):
        from tokenizers import Tokenizer
        peer = Tokenizer.from_file(path)
        peer.encode_special_tokens = True
        return lambda text: peer.encode(text, add_special_tokens=False).ids
    if path.endswith('.model'):
        import sentencepiece
        return sentencepiece.SentencePieceProcessor(path).encode
    import tiktoken
    with open(path, 'rb') as file:
        ranks = {base64.b64decode(word): int(rank) for word, rank in (line.split() for line in file)}
    with open(os.path.join(folder, 'pattern.json'), encoding='utf-8') as file:
        patterns = json.load(file)['patterns']
    return tiktoken.Encoding('x', pat_str=patterns[0], mergeable_ranks=ranks, special_tokens={}).encode_ordinary


def compare(encode, path, peer, documents, texts):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.Popen([encode, '-q', '-j', '1', '--tokenizer', path], stdin=documents, stdout=subprocess.PIPE)
    theirs, different = 0.0, []
    for text, line in zip(texts, run.stdout):
        start = time.process_time()
        want = peer(text)
        theirs += time.process_time() - start
        if json.loads(line)['ids'] != want:
            different.append(text)
    if run.wait() != 0:
        sys.exit(f'{path}: seimai-encode failed')
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return different, ours, theirs


def files(folder, only):
    with open(os.path.join(folder, 'index.json'), encoding='utf-8') as file:
        for entry in json.load(file):
            if only and entry['name'] not in only:
                continue
            yield entry, entry['path']
            if entry.get('tiktoken') and entry['name'] in KNOWN:
                yield entry, entry['tiktoken']


def main():
    parser = argparse.ArgumentParser(description='ids of other vocabularies against their engines')
    parser.add_argument('--build', default=os.path.join(ROOT, 'build', 'release'))
    parser.add_argument('--vocabularies', default=os.path.join(ROOT, 'build', 'bench', 'bpe', 'vocabularies'))
    parser.add_argument('--mb', type=float, default=50)
    parser.add_argument('--only', default='')
    arguments = parser.parse_args()
    texts, total = mixed_text(arguments.mb * 1e6)
    wrong = 0
    print(f'{len(texts)} documents, {total / 1e6:.1f} MB')
    with tempfile.TemporaryFile() as documents:
        for text in texts:
            documents.write(json.dumps({'text': text}, ensure_ascii=False).encode() + b'\n')
        documents.flush()
        for entry, name in files(arguments.vocabularies, [n for n in arguments.only.split(',') if n]):
            path = os.path.join(arguments.vocabularies, name)
            peer = engine(path, os.path.dirname(path))
            suffix = KNOWN[entry['name']] if name.endswith('.tiktoken') else ''
            documents.seek(0)
            different, ours, theirs = compare(os.path.join(arguments.build, 'bin', 'seimai-encode'), path + suffix,
                                              peer, documents, texts)
            wrong += len(different)
            print(f'{name:32} {len(texts):6} compared {len(different):5} different   {ours:6.2f} s  {theirs:7.2f} s',
                  *(repr(text[:60]) for text in different[:2]), flush=True)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
