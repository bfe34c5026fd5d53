# SPDX-License-Identifier: MIT
"""Our tokenizers in Hugging Face's `tokenizers`, and theirs in ours.

1. A folder that we trained, loaded by `tokenizers`, gives the same ids on real text, on random Unicode and on
   strings that look like special tokens (encode_special_tokens: a special token is never read out of a text), and
   decodes to the text; for every pre-tokenizer and way of alignment.
2. With --compat hf, our merges are those of their trainer on the same text, one by one.
3. A tokenizer that they trained and saved gives the same ids here, also with ignore_merges.
4. encode | decode gives the documents back.
Skips (77) where the data or the package is missing. The last line counts.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
BIN = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin')
TEXT = os.path.join(DATA, 'text/text_dev.jsonl.zst')
RESERVED = ['[電話番号]', '[電話]', '<EMAIL>']
SAMPLE = 20  # every so many documents of the text
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, wrong):
    """`wrong` is empty, or says what differs."""
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '')


def skip(why):
    print('skip', why)
    counts['skipped'] += 1
    finish()


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0 if counts['passed'] else 77)


def tool(name, *arguments, stdin=None):
    run = subprocess.run([os.path.join(BIN, 'seimai-' + name), *arguments], input=stdin,
                         capture_output=True, check=False)
    if run.returncode:
        print('FAILED', name, *arguments, run.stderr.decode()[-600:])
        counts['failed'] += 1
        finish()
    return run.stdout


def jsonl(texts):
    return b''.join(json.dumps({'id': str(n), 'text': text}, ensure_ascii=False).encode() + b'\n'
                    for n, text in enumerate(texts))


def real_texts():
    done = subprocess.run(['zstd', '-dc', TEXT], capture_output=True, check=True)
    return [json.loads(line)['text'] for line in done.stdout.splitlines()[::SAMPLE]]


def odd_texts(number):
    """Characters of every kind, close together, and whole planes at random."""
    chance = random.Random(7)
    near = ('aZ\'sSdtſllRE 09①Ⅳ〇々ー・゛゠ぁカ漢龥龦\r\n\t\u3000\u3040\u3097\u3099\u0301é。！!?_-.\u0000\u200b\u00ad\u0085'
            '\ue000😀กั½\U00013977\U0002ebf0\U000e0100\u2028\ufeff')
    pieces = [*near, *near, *RESERVED, '<|endoftext|>', '<extra_id_0>', '<|pad|>', "'ll", "'S", '  ', '\n\n', '123']

    def one():
        if chance.random() < .1:
            point = chance.randrange(0x110000 - 0x800)
            return chr(point + 0x800 * (point >= 0xd800))
        return chance.choice(pieces)
    return [''.join(one() for _ in range(chance.randrange(1, 60))) for _ in range(number)]


def ours(folder, texts):
    lines = tool('encode', '--tokenizer', folder, stdin=jsonl(texts)).splitlines()
    return [json.loads(line)['ids'] for line in lines]


def first_difference(texts, got, want):
    for text, a, b in zip(texts, got, want):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return f'{text[:60]!a}: at {at} got {a[at:at + 5]}, want {b[at:at + 5]}'
    return '' if len(got) == len(want) == len(texts) else 'number of documents'


def theirs(peer, texts):
    return [peer.encode(text, add_special_tokens=False).ids for text in texts]


def same_ids(name, folder, texts):
    peer = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
    peer.encode_special_tokens = True
    want = theirs(peer, texts)
    check(f'{name}: ids', first_difference(texts, ours(folder, texts), want))
    bad = [text for text, ids in zip(texts, want) if peer.decode(ids, skip_special_tokens=False) != text]
    check(f'{name}: they decode to the text', bad and repr(bad[0][:60]))


def trained_folders(work, texts, odd):
    reserve = [part for string in RESERVED for part in ('--reserve', string)]
    for pretoken, align, size in (('deepseek-v3', 'compact', 6000), ('deepseek-v3', 'words', 3000),
                                  ('deepseek-v3', 'none', 3000), ('llama3', 'balanced', 2000), ('gpt2', 'none', 2000),
                                  ('qwen', 'none', 2000), ('o200k', 'none', 2000), ('runs', 'none', 2000),
                                  ('script', 'none', 2000), ('none', 'none', 800)):
        folder = os.path.join(work, f'{pretoken}-{align}')
        tool('tokenizer-train', '-q', '--vocab-size', str(size), '--pretoken', pretoken, '--align', align, *reserve,
             '-o', folder, stdin=jsonl(texts))
        some = texts if align == 'compact' else texts[::3]
        same_ids(f'{pretoken} {align}, real text', folder, some)
        same_ids(f'{pretoken} {align}, odd text', folder, odd)


def patterns_of(folder):
    with open(os.path.join(folder, 'tokenizer.json'), encoding='utf-8') as file:
        model = json.load(file)
    steps = model['pre_tokenizer']['pretokenizers']
    return [step['pattern']['Regex'] for step in steps if step['type'] == 'Split'], model['model']['merges']


def their_trainer(patterns, texts, merges, least):
    peer = Tokenizer(models.BPE())
    splits = [pre_tokenizers.Split(Regex(pattern), 'isolated') for pattern in patterns]
    peer.pre_tokenizer = pre_tokenizers.Sequence(
        [*splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    peer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, min_frequency=least, special_tokens=[],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    peer.train_from_iterator(texts, trainer)
    return peer


def same_merges(work, texts, merges, least):
    folder = os.path.join(work, f'compat-{merges}-{least}')
    tool('tokenizer-train', '-q', '--compat', 'hf', '--vocab-size', str(128 + 256 + merges), '--min-count', str(least),
         '-o', folder, stdin=jsonl(texts))
    patterns, got = patterns_of(folder)
    peer = their_trainer(patterns, texts, merges, least)
    want = json.loads(peer.to_str())['model']['merges']
    at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    check(f'--compat hf, {len(want)} merges, --min-count {least}',
          '' if got == want else f'merge {at}: {got[at:at + 1]}, want {want[at:at + 1]}; {len(got)} of {len(want)}')
    return peer


def their_file(work, peer, texts, ignore_merges):
    model = json.loads(peer.to_str())
    model['model']['ignore_merges'] = ignore_merges
    if ignore_merges:  # a whole pre-token that no merge makes
        model['model']['vocab']['ãģĤãģĨãģĪ'] = len(model['model']['vocab'])
    peer = Tokenizer.from_str(json.dumps(model))
    peer.add_tokens(['[電話番号]'])
    peer.add_special_tokens(['<|endoftext|>'])
    peer.encode_special_tokens = True
    path = os.path.join(work, f'theirs-{ignore_merges}.json')
    peer.save(path)
    check(f'their file, ignore_merges {ignore_merges}', first_difference(texts, ours(path, texts), theirs(peer, texts)))


def round_trip(folder, texts):
    documents = jsonl(texts)
    ids = tool('encode', '--tokenizer', folder, stdin=documents)
    back = [json.loads(line)['text'] for line in tool('decode', '--tokenizer', folder, stdin=ids).splitlines()]
    check('encode | decode', '' if back == texts else 'not the same documents')


try:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
except ImportError:
    skip('the package `tokenizers` is missing')
if not os.path.exists(TEXT):
    skip(f'{TEXT} is missing')
with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
    real, odd = real_texts(), odd_texts(4000)
    trained_folders(scratch, real, odd)
    same_merges(scratch, odd[:300], 5000, 1)
    hf = same_merges(scratch, real, 4000, 2)
    for flag in (False, True):
        their_file(scratch, hf, [*real[:100], *odd, 'あうえ', 'かあうえ'], flag)
    round_trip(os.path.join(scratch, 'deepseek-v3-compact'), [*real, *odd])
finish()
