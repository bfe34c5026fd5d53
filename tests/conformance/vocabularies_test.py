# SPDX-License-Identifier: MIT
"""Tokenizers of others, loaded here, against the engines that they come from.

1. SentencePiece models (../shared/data/tokenizers: llm-jp, rinna): ids and decoded text equal `sentencepiece` on real
   text, on characters of every kind close together and on bytes that are no UTF-8. Two BPE models are trained on the
   spot, with and without byte_fallback, with user-defined pieces and nmt_nfkc.
2. tokenizer.json: Unigram and BPE with byte fallback in all ways of writing ▁, normalizers, added tokens, patterns
   without a scanner; ids equal `tokenizers`.
3. .tiktoken: ids equal `tiktoken`.
What needs a package that is missing is skipped, all of it (77) where the data is. The last line counts.
"""
import base64
import glob
import io
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
SAMPLE = 80  # every so many documents of the text
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, wrong):
    """`wrong` is empty, or says what differs."""
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '')


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0 if counts['passed'] else 77)


def skip(why):
    print('skip', why)
    counts['skipped'] += 1


def tool(name, *arguments, stdin):
    run = subprocess.run([os.path.join(BIN, 'seimai-' + name), *arguments], input=stdin, capture_output=True,
                         check=False)
    if run.returncode:
        print('FAILED', name, *arguments, run.stderr.decode()[-600:])
        counts['failed'] += 1
        finish()
    return [json.loads(line) for line in run.stdout.splitlines()]


def jsonl(key, values):
    return b''.join(json.dumps({'id': str(n), key: value}, ensure_ascii=False).encode() + b'\n'
                    for n, value in enumerate(values))


def ours(path, texts):
    return [doc['ids'] for doc in tool('encode', '-q', '--tokenizer', path, stdin=jsonl('text', texts))]


def decoded(path, ids):
    return [doc['text'] for doc in tool('decode', '-q', '--tokenizer', path, stdin=jsonl('ids', ids))]


def difference(texts, got, want):
    for text, a, b in zip(texts, got, want):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return f'{text[:60]!a}: at {at} got {a[at:at + 5]}, want {b[at:at + 5]}'
    return '' if len(got) == len(want) == len(texts) else 'number of documents'


def real_texts():
    done = subprocess.run(['zstd', '-dc', TEXT], capture_output=True, check=True)
    return [json.loads(line)['text'] for line in done.stdout.splitlines()[::SAMPLE]]


def odd_texts(number):
    chance = random.Random(11)
    near = [*'aZsd \u3000\u00a0\t\r\n。、,.!？漢字かながガｶﾞヽ々〇ーABC０１①㈱㍻éﬁ\u0301\u3099\u309a▁<>/[]\x00\u200b\ufeff\ufffd😀กั𠮷\u2028',
            '  ', '   ', '<s>', '</s>', '<unk>', '<0x41>', '[x]', '<mask>', '\n\n', '\u304b\u3099', 'e\u0301', '123', "'s"]

    def one():
        if chance.random() < .08:
            point = chance.randrange(0x20000)
            return '' if 0xD800 <= point < 0xE000 else chr(point)
        return chance.choice(near)
    return [''.join(one() for _ in range(chance.randrange(60))) for _ in range(number)] + [
        '', ' ', '▁', 'あ' * 40000, ' ' * 3000, 'a ' * 2000]


# ---- SentencePiece --------------------------------------------------------------------------------

def same_as_sentencepiece(name, path, texts):
    peer = sentencepiece.SentencePieceProcessor(path)
    want = [peer.encode(text) for text in texts]
    check(f'{name}: ids', difference(texts, ours(path, texts), want))
    # sentencepiece shows what is no UTF-8 as one U+FFFD a byte, we as one a sequence: compare what is whole
    whole = [ids for ids in want if '\ufffd' not in peer.decode(ids)]
    check(f'{name}: decoded text', difference([str(i) for i in whole], decoded(path, whole),
                                              [peer.decode(ids) for ids in whole]))


def sentencepiece_models(work, texts):
    archives = glob.glob(os.path.join(DATA, 'tokenizers/*.tar.zst'))
    if not archives:
        skip('../shared/data/tokenizers is missing')
    for archive in archives:
        subprocess.run(['tar', '--zstd', '-xf', os.path.abspath(archive), '-C', work], check=True)
    for path in sorted(glob.glob(os.path.join(work, '*/*.model'))):
        same_as_sentencepiece(os.path.basename(path), path, texts)


def trained_models(work, texts):
    lines = [line for text in texts for line in text.split('\n') if line.strip()][:4000]
    for name, options in (
            ('bpe-bytes', {'byte_fallback': True, 'normalization_rule_name': 'identity',
                           'remove_extra_whitespaces': False}),
            ('bpe-nfkc', {'user_defined_symbols': ['[x]', '<mask>', '漢字か'], 'character_coverage': .99}),
            ('bpe-plain', {'byte_fallback': True, 'add_dummy_prefix': False, 'remove_extra_whitespaces': False,
                           'normalization_rule_name': 'nmt_nfkc_cf'}),
            ('bpe-suffix', {'byte_fallback': True, 'treat_whitespace_as_suffix': True}),
            ('unigram-user', {'model_type': 'unigram', 'user_defined_symbols': ['[x]', ' a', '。、'],
                              'escape_whitespaces': True})):
        path = os.path.join(work, name + '.model')
        with io.BytesIO() as model:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines), model_writer=model, vocab_size=4000, minloglevel=2,
                hard_vocab_limit=False, **{'model_type': 'bpe', **options})
            with open(path, 'wb') as file:
                file.write(model.getvalue())
        same_as_sentencepiece(name, path, texts)


# ---- tokenizer.json -------------------------------------------------------------------------------

MARK = '\u2581'


def same_as_tokenizers(name, work, peer, texts):
    path = os.path.join(work, name + '.json')
    peer.save(path)
    peer.encode_special_tokens = True
    want = [peer.encode(text, add_special_tokens=False).ids for text in texts]
    check(f'{name}: ids', difference(texts, ours(path, texts), want))


def mark_model(texts, unigram=False, byte_fallback=True):
    """A vocabulary of characters with ▁, trained on real text."""
    peer = Tokenizer(models.Unigram() if unigram else models.BPE(unk_token='<unk>', fuse_unk=True))
    peer.pre_tokenizer = pre_tokenizers.Metaspace()
    bytes_ = [f'<0x{b:02X}>' for b in range(256)] if byte_fallback else []
    kind = trainers.UnigramTrainer if unigram else trainers.BpeTrainer
    options = {'unk_token': '<unk>'} if unigram else {}
    peer.train_from_iterator(texts[:20], kind(vocab_size=3000, special_tokens=['<unk>', '<s>', '</s>', *bytes_],
                                              show_progress=False, **options))
    model = json.loads(peer.to_str())
    model['added_tokens'] = [token for token in model['added_tokens'] if not token['content'].startswith('<0x')]
    model['model']['byte_fallback'] = byte_fallback
    return model


def variant(model, normalizer=None, pre=None, added=()):
    model = json.loads(json.dumps(model))
    model['normalizer'], model['pre_tokenizer'] = normalizer, pre
    peer = Tokenizer.from_str(json.dumps(model))
    peer.add_tokens(list(added))
    return peer


def mark_variants(work, texts):
    replace = {'type': 'Replace', 'pattern': {'String': ' '}, 'content': MARK}
    prepend = {'type': 'Prepend', 'prepend': MARK}
    gemma = {'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'MergedWithPrevious', 'invert': False}

    def sequence(*steps):
        return {'type': 'Sequence', 'normalizers': list(steps)}

    def metaspace(scheme, split):
        return {'type': 'Metaspace', 'replacement': MARK, 'prepend_scheme': scheme, 'split': split}
    bpe, unigram = mark_model(texts), mark_model(texts, unigram=True)
    unknown, plain = mark_model(texts, byte_fallback=False), mark_model(texts, unigram=True, byte_fallback=False)
    added = [AddedToken('[x]', normalized=False), AddedToken('\u304b\u3099', normalized=True)]
    for name, peer in (
            ('llama2', variant(bpe, sequence(prepend, replace))),
            ('gemma', variant(bpe, replace, gemma)),
            ('gemma-nfc', variant(bpe, sequence({'type': 'NFC'}, replace), None, added)),
            ('metaspace-first', variant(bpe, None, metaspace('first', True), added[:1])),
            ('metaspace-always', variant(bpe, {'type': 'NFKC'}, metaspace('always', False), added[:1])),
            ('metaspace-never', variant(unknown, None, metaspace('never', True))),
            ('unigram', variant(unigram, None, metaspace('always', True), added[:1])),
            ('unigram-unknown', variant(plain, {'type': 'NFKC'}, metaspace('first', False)))):
        # their Unigram model reads special tokens and <0x41> out of a text even with encode_special_tokens
        special = ('<s>', '</s>', '<unk>', '<0x41>') if name.startswith('unigram') else ()
        same_as_tokenizers(name, work, peer, [text for text in texts if not any(s in text for s in special)])


def byte_level(work, texts):
    """Patterns that have no scanner here; an NFC as Qwen's."""
    peer = Tokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    peer.train_from_iterator(texts[:20], trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    model = json.loads(peer.to_str())
    level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True, 'use_regex': False}

    def splits(*steps):
        return {'type': 'Sequence', 'pretokenizers': [*steps, level]}

    def split(pattern, behavior='Isolated', invert=False):
        return {'type': 'Split', 'pattern': {'Regex': pattern}, 'behavior': behavior, 'invert': invert}
    kimi = (r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}&&[^\p{Han}]]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
            r"\s*[\r\n]+|\s+(?!\S)|\s+")
    for name, normalizer, pre in (
            ('nfc', {'type': 'NFC'}, {**level, 'use_regex': True}),
            ('nfkc', {'type': 'NFKC'}, splits(split(r'\s+'))),
            ('prefix-space', None, {**level, 'use_regex': True, 'add_prefix_space': True}),
            ('kimi-like', None, splits(split(kimi))),
            ('two-steps', None, splits(split(r'[。、]', 'MergedWithPrevious'), split(r'\d', 'MergedWithNext'))),
            ('contiguous', None, splits(split(r'[ぁ-ん]', 'Contiguous'), split(r'[^\s]+', 'Isolated', True))),
            ('digits', None, splits({'type': 'Digits', 'individual_digits': True},
                                    {'type': 'Punctuation', 'behavior': 'Contiguous'}))):
        same_as_tokenizers('byte level, ' + name, work, variant(model, normalizer, pre), texts)
    return model


# ---- .tiktoken ------------------------------------------------------------------------------------

def rank_file(work, model, texts):
    """The merges of a byte-level model as ranks, with llama3's pattern."""
    letters = {}
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    letters.update({chr(b): b for b in plain})
    letters.update({chr(256 + n): b for n, b in enumerate(rest)})
    ranks = {bytes(letters[c] for c in piece): n for piece, n in model['model']['vocab'].items()}
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
               r"\s*[\r\n]+|\s+(?!\S)|\s+")
    peer = tiktoken.Encoding('x', pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    path = os.path.join(work, 'x.tiktoken')
    with open(path, 'wb') as file:
        file.writelines(base64.b64encode(word) + b' %d\n' % n for word, n in sorted(ranks.items(), key=lambda x: x[1]))
    want = [peer.encode_ordinary(text) for text in texts]
    check('.tiktoken: ids', difference(texts, ours(path + ':llama3', texts), want))
    check('.tiktoken: decoded text', difference(texts, decoded(path + ':llama3', want), texts))


if not os.path.exists(TEXT):
    skip(f'{TEXT} is missing')
    finish()
try:
    import sentencepiece
except ImportError:
    sentencepiece = None
    skip('SentencePiece models: the package `sentencepiece` is missing')
try:
    import tiktoken
except ImportError:
    tiktoken = None
    skip('.tiktoken: the package `tiktoken` is missing')
try:
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers
except ImportError:
    Tokenizer = None
    skip('tokenizer.json and .tiktoken: the package `tokenizers` is missing')
with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
    sample = [*real_texts(), *odd_texts(3000)]
    if sentencepiece:
        sentencepiece_models(scratch, sample)
        trained_models(scratch, sample)
    if Tokenizer:
        mark_variants(scratch, sample)
        ranked = byte_level(scratch, sample)
    if Tokenizer and tiktoken:
        rank_file(scratch, ranked, sample)
finish()
