# SPDX-License-Identifier: MIT
"""Exported tokenizers in the engines that they are for.

1. Byte-level tokenizers of every pre-tokenizer, exported to Hugging Face, tiktoken and GGUF: ids equal `tokenizers`
   and `tiktoken` on real lines (Japanese, English, wikitext) and on characters of every kind; the GGUF file is read by
   the package `gguf` where it is there.
2. A .model that SentencePiece trained, exported to Hugging Face, GGUF and llama2.c; its ids equal `tokenizers` and a
   port of run.c's encoder.
3. A tokenizer over characters that we trained, exported to .model: equal `sentencepiece`, whose self-test passes.
4. Exported ranks, loaded again with the file beside them, give the ids of the tokenizer, reserved strings and all.
5. `tokenizer verify` finds all of these equal, through its own readers and through the engines, and finds an
   altered file different.
llama.cpp and transformers stand in peers/. What needs a package that is missing is skipped, all of it (77) where the
data is. The last line counts.
"""
import base64
import functools
import importlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
BIN = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin')
TEXT = os.path.join(DATA, 'text/text_dev.jsonl.zst')
WIKI = os.path.join(DATA, 'wiki/jawiki-country-pages-articles.xml.bz2')
ENGLISH = os.path.join(DATA, 'english/tinyshakespeare.txt')
RESERVED = ['[電話番号]', '[電話]', '<EMAIL>']
LINES = 11000
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, wrong):
    """`wrong` is empty, or says what differs."""
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '', flush=True)


def skip(why):
    print('skip', why)
    counts['skipped'] += 1


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0 if counts['passed'] else 77)


def run(name, *arguments, stdin=None):
    return subprocess.run([os.path.join(BIN, 'seimai-' + name), *arguments], input=stdin, capture_output=True,
                          check=False)


def tool(name, *arguments, stdin=None):
    done = run(name, *arguments, stdin=stdin)
    if done.returncode:
        check(f'{name} {arguments}', f'exit {done.returncode}: {done.stderr.decode()[-600:]}')
        finish()
    return done.stdout


def jsonl(texts):
    return b''.join(json.dumps({'id': str(n), 'text': text}, ensure_ascii=False).encode() + b'\n'
                    for n, text in enumerate(texts))


def content(command, path):
    return subprocess.run([command, '-dc', path], capture_output=True, check=True).stdout


# ---- texts -------------------------------------------------------------------------------------------

def real_documents():
    return [json.loads(line)['text'] for line in content('zstd', TEXT).splitlines()]


def real_lines(documents):
    """Lines of Japanese, of wikitext and of English, a third each."""
    japanese = [line for text in documents[1::7] for line in text.split('\n') if line]
    wiki = content('bzip2', WIKI).decode().splitlines()
    with open(ENGLISH, encoding='utf-8') as file:
        english = file.read().splitlines()
    chance = random.Random(3)
    return [line for kind in (japanese, wiki, english) for line in chance.sample(kind, LINES // 3)] + japanese[:LINES // 6]


def odd_texts(number):
    """Characters of every kind, close together, and whole planes at random."""
    chance = random.Random(7)
    near = ('aZ\'sSdtſllRE 09①Ⅳ〇々ー・゛゠ぁカ漢龥龦\r\n\t\u3000\u3040\u3097\u3099\u0301é。！!?_-.\u200b\u00ad\u0085'
            '\ue000😀กั½\U0002ebf0\U000e0100\u2028\ufeff')
    pieces = [*near, *near, *RESERVED, '<|endoftext|>', '<extra_id_0>', '<|pad|>', "'ll", "'S", '  ', '\n\n', '123']

    def one():
        if chance.random() < .1:
            point = chance.randrange(0x110000 - 0x800)
            return chr(point + 0x800 * (point >= 0xd800))
        return chance.choice(pieces)
    return [''.join(one() for _ in range(chance.randrange(1, 60))) for _ in range(number)]


def ours(tokenizer, texts):
    return list(ids_of(tokenizer, tuple(texts)))


@functools.cache
def ids_of(tokenizer, texts):
    return [json.loads(line)['ids'] for line in tool('encode', '--tokenizer', tokenizer, stdin=jsonl(texts)).splitlines()]


def first_difference(texts, got, want):
    for text, a, b in zip(texts, got, want):
        if list(a) != list(b):
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return f'{text[:60]!r}: at {at} got {list(a[at:at + 5])}, want {list(b[at:at + 5])}'
    return '' if len(got) == len(want) == len(texts) else 'number of documents'


# ---- engines -----------------------------------------------------------------------------------------

def package(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        skip(f'what is compared with {name}: the package is missing')
        return None


sentencepiece, tiktoken, tokenizers, gguf = map(package, ('sentencepiece', 'tiktoken', 'tokenizers', 'gguf'))


def with_tokenizers(folder):
    if not tokenizers:
        return None
    engine = tokenizers.Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
    engine.encode_special_tokens = True
    return lambda text: engine.encode(text, add_special_tokens=False).ids


def with_tiktoken(path):
    if not tiktoken:
        return None
    with open(path + '.json', encoding='utf-8') as file:
        beside = json.load(file)
    with open(path, 'rb') as file:
        ranks = {base64.b64decode(a): int(b) for a, b in (line.split() for line in file)}
    engine = tiktoken.Encoding('exported', pat_str=beside['pat_str'], mergeable_ranks=ranks,
                               special_tokens=beside['special_tokens'])
    matched = set(beside['matched_in_text'])
    return lambda text: engine.encode(text, allowed_special=matched, disallowed_special=())


def with_sentencepiece(path):
    if not sentencepiece:
        return None
    engine = sentencepiece.SentencePieceProcessor(model_file=path)
    return engine.encode


def with_run_c(path):
    """encode() of llama2.c's run.c."""
    with open(path, 'rb') as file:
        data = file.read()
    at, vocabulary, scores = 4, {}, []
    while at < len(data):
        score, length = struct.unpack_from('<fi', data, at)
        vocabulary.setdefault(data[at + 8:at + 8 + length], len(scores))
        scores.append(score)
        at += 8 + length

    def encode(text):
        if not text:
            return []
        tokens = [b' '] + [c.encode() for c in text]
        tokens = [part for t in tokens for part in ([t] if t in vocabulary else [b'\0' + bytes([b]) for b in t])]
        while True:
            best, where = -1e10, None
            for i in range(len(tokens) - 1):
                joined = vocabulary.get(tokens[i] + tokens[i + 1])
                if joined is not None and scores[joined] > best:
                    best, where = scores[joined], i
            if where is None:
                return [vocabulary[t] if t[:1] != b'\0' else t[1] + 3 for t in tokens]
            tokens[where:where + 2] = [tokens[where] + tokens[where + 1]]
    return encode


def same(name, tokenizer, encode, texts, lead=''):
    """`encode` is None where its package is missing."""
    if not encode:
        return
    want = ours(tokenizer, [lead + text if text else '' for text in texts])
    check(f'{name}: {len(texts)} texts, {sum(map(len, want))} tokens',
          first_difference(texts, [encode(text) for text in texts], want))


def export(work, tokenizer, form, name):
    path = os.path.join(work, name)
    tool('tokenizer-export', '--to', form, tokenizer, '-o', path)
    return path


def refused(tokenizer, form, says):
    done = run('tokenizer-export', '--to', form, tokenizer, '-o', os.path.join(scratch, 'refused'))
    words = done.stderr.decode()
    check(f'refused: {os.path.basename(tokenizer)} as {form}',
          '' if done.returncode == 1 and says in words else f'exit {done.returncode}: {words}')


def verified(tokenizer, files, texts, status=0):
    done = run('tokenizer-verify', '-q', '--python', sys.executable, '--json', os.path.join(scratch, 'figures.json'),
               tokenizer, *files, stdin=jsonl(texts))
    with open(os.path.join(scratch, 'figures.json'), encoding='utf-8') as file:
        figures = json.load(file)
    ran = [f['reader'] for f in figures if 'differences' in f]
    engines = sentencepiece and tiktoken and tokenizers
    check(f'verify {os.path.basename(tokenizer)}: {ran}', '' if done.returncode == status and len(ran) >= len(files) + bool(engines)
          else f'exit {done.returncode}: {done.stdout.decode()[-900:]}{done.stderr.decode()[-300:]}')


# ---- the tests ---------------------------------------------------------------------------------------

def check_gguf(path, tokenizer):
    """The container, read by ggml's own package."""
    if not gguf:
        return
    reader = gguf.GGUFReader(path)
    field = {name: f.contents() for name, f in reader.fields.items()}
    with open(os.path.join(tokenizer, 'tokenizer.json'), encoding='utf-8') as file:
        model = json.load(file)
    tokens, types = field['tokenizer.ggml.tokens'], field['tokenizer.ggml.token_type']
    vocabulary = sorted(model['model']['vocab'], key=model['model']['vocab'].get)
    merges = [' '.join(merge) for merge in model['model']['merges']]
    kinds = {t['id']: 3 if t['special'] else 4 for t in model['added_tokens']}
    wrong = [name for name, fine in (
        ('tokens', tokens == vocabulary), ('merges', field['tokenizer.ggml.merges'] == merges),
        ('types', types == [kinds.get(i, 1) for i in range(len(tokens))]),
        ('eos', field['tokenizer.ggml.eos_token_id'] == 0), ('bos', not field['tokenizer.ggml.add_bos_token']),
        ('model', field['tokenizer.ggml.model'] == 'gpt2')) if not fine]
    check(f'gguf {os.path.basename(path)}: {len(tokens)} tokens', ', '.join(wrong))


def byte_level(work, training, lines, odd):
    reserve = [part for string in RESERVED for part in ('--reserve', string)]
    for pretoken in ('deepseek-v3', 'llama3', 'gpt2', 'o200k', 'qwen'):
        tokenizer = os.path.join(work, pretoken)
        tool('tokenizer-train', '-q', '--vocab-size', '8000', '--pretoken', pretoken, '--align', 'balanced', *reserve,
             '-o', tokenizer, stdin=jsonl(training))
        hf, ranks, vocab = (export(work, tokenizer, form, f'{pretoken}.{form}') for form in ('hf', 'tiktoken', 'gguf'))
        for texts, kind in ((lines, 'real'), (odd, 'odd')):
            same(f'{pretoken} in tokenizers, {kind}', tokenizer, with_tokenizers(hf), texts)
            same(f'{pretoken} in tiktoken, {kind}', tokenizer, with_tiktoken(ranks), texts)
        check(f'{pretoken}: ranks loaded again', first_difference(odd, ours(ranks, odd), ours(tokenizer, odd)))
        check_gguf(vocab, tokenizer)
        verified(tokenizer, [hf, ranks, vocab], lines[::9] + odd[::9])
    refused(tokenizer, 'model', 'merges bytes inside')
    refused(tokenizer, 'llama2c', 'merges bytes inside')
    with open(ranks, encoding='ascii') as file:
        altered = file.read().splitlines()
    altered[5000:] = [f'{a.split()[0]} {b.split()[1]}' for a, b in zip(altered[5001:] + altered[5000:5001], altered[5000:])]
    with open(ranks, 'w', encoding='ascii') as file:
        file.write('\n'.join(altered) + '\n')
    verified(tokenizer, [ranks], lines[:100], 3)


def spiece_model(work, training, lines):
    """Llama's layout: <unk> <s> </s>, bytes at 3."""
    text = os.path.join(work, 'training.txt')
    with open(text, 'w', encoding='utf-8') as file:
        file.write('\n'.join(line for document in training for line in document.split('\n') if 0 < len(line) < 400))
    model = os.path.join(work, 'theirs.model')
    sentencepiece.SentencePieceTrainer.train(
        input=text, model_prefix=model[:-6], model_type='bpe', vocab_size=6000, byte_fallback=True, minloglevel=2,
        normalization_rule_name='identity', remove_extra_whitespaces=False, split_digits=True, character_coverage=.999)
    hf, vocab, bin_file, again = (export(work, model, form, f'theirs.{end}') for form, end in (
        ('hf', 'hf'), ('gguf', 'gguf'), ('llama2c', 'bin'), ('model', 'again.model')))
    same('.model in sentencepiece', model, with_sentencepiece(again), lines)
    same('.model in tokenizers', model, with_tokenizers(hf), lines)
    short = [line[at:at + 60] for line in lines for at in (0, 60) if line[at:at + 60]][:10500]
    same('.model in run.c', model, with_run_c(bin_file), short)
    verified(model, [hf, vocab, bin_file, again], lines[::9])
    refused(model, 'tiktoken', 'merges characters')


def unigram(work, lines):
    """A Unigram model stays what it is: `tokenizers` adds scores in another precision."""
    model = os.path.join(work, 'unigram.model')
    sentencepiece.SentencePieceTrainer.train(
        input=os.path.join(work, 'training.txt'), model_prefix=model[:-6], model_type='unigram', vocab_size=4000,
        byte_fallback=True, minloglevel=2, normalization_rule_name='identity', remove_extra_whitespaces=False)
    again = export(work, model, 'model', 'unigram.again.model')
    same('Unigram in sentencepiece', model, with_sentencepiece(again), lines)
    refused(model, 'hf', 'single precision')
    refused(model, 'gguf', 'Unigram')


def characters(work, training, lines):
    plain, ours_path = os.path.join(work, 'deepseek-characters'), os.path.join(work, 'characters')
    common = ('-q', '--vocab-size', '8000', '--alphabet', 'characters', '--reserve', '[電話]')
    tool('tokenizer-train', *common, '-o', plain, stdin=jsonl(training))
    refused(plain, 'model', 'no pre-tokenizer')
    refused(plain, 'gguf', 'no pre-tokenizer')
    refused(plain, 'llama2c', 'llama2.c has byte 00')
    tool('tokenizer-train', *common, '--pretoken', 'none', '-o', ours_path, stdin=jsonl(
        line for document in training[:200] for line in document.split('\n')))
    model, hf, vocab = (export(work, ours_path, form, f'characters.{form}') for form in ('model', 'hf', 'gguf'))
    marked = [line for line in lines if '▁' not in line]
    same('characters in sentencepiece', ours_path, with_sentencepiece(model), marked)
    same('characters in tokenizers', ours_path, with_tokenizers(hf), marked)
    verified(ours_path, [model, hf, vocab], marked[::9])


for needed in (TEXT, WIKI, ENGLISH):
    if not os.path.exists(needed):
        skip(f'{needed} is missing')
        finish()
with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
    real = real_documents()
    sample, held_out = real[::25], real_lines(real)
    byte_level(scratch, sample, held_out, odd_texts(4000))
    if sentencepiece:
        spiece_model(scratch, sample, held_out)
        unigram(scratch, held_out)
    characters(scratch, sample, held_out)
finish()
