#!/usr/bin/env python3
# Real vocabularies as files: what the PyPI package splintr-rs carries (GPT-4, GPT-4o, Llama 2 and 3, DeepSeek V3, Qwen 3,
# Gemma 2-4, Mistral, GLM-4, Kimi K2) and the SentencePiece models of the test data (llm-jp, rinna).
# SPDX-License-Identifier: MIT
#
#   tests/bench/bpe/vocabularies.py [-o BUILD/bench/bpe/vocabularies] [--only NAME,…] [--lines 1000]
#
# Byte-level vocabularies become NAME/tokenizer.json, as transformers converts a tiktoken file (every split of a token
# into two tokens is a merge, in the order of ids), and NAME/NAME.tiktoken (base64 and rank; the pattern is in
# NAME/pattern.json). Vocabularies of characters with byte fallback become NAME/tokenizer.model (SentencePiece BPE; the
# score of a piece is minus its place).
# index.json lists {name, label, path, vocab, tiktoken}. Nothing of this is part of the project: licences differ.
#
# Each file is read back by `tokenizers`, `tiktoken` or `sentencepiece`, and must give splintr's ids on the sample;
# lines that differ are counted and shown, and make the exit status 1.

import argparse
import base64
import io
import json
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
DATA = os.environ.get('SEIMAI_DATA') or os.path.join(ROOT, '..', 'shared', 'data')

END = r"\s*[\r\n]+|\s+(?!\S)|\s+"
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
UPPER, LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"


def cased(upper, lower, tail):
    """o200k's words: capitals, then small letters; or capitals alone."""
    start = r"[^\r\n\p{L}\p{N}]?"
    return f"{start}{upper}*{lower}+{tail}|{start}{upper}+{lower}*{tail}"


def llama3(digits):
    return rf"{SHORT}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{END}"


NOT_HAN = r"&&[^\p{Han}]"
PATTERNS = {
    'llama3': [llama3(r"\p{N}{1,3}")],
    'qwen2': [llama3(r"\p{N}")],
    'o200k': [cased(f"[{UPPER}]", f"[{LOWER}]", SHORT + '?') +
              r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + END],
    'tekken': [cased(f"[{UPPER}]", f"[{LOWER}]", '') +
               r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + END],
    'kimi': [r"[\p{Han}]+|" + cased(f"[{UPPER}{NOT_HAN}]", f"[{LOWER}{NOT_HAN}]", SHORT + '?') +
             r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + END],
    'deepseek-v3': [r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
                    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?"""
                    r"[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + END],
}

# name, splintr's name, label, pattern
BYTE_LEVEL = [
    ('cl100k', 'cl100k_base', 'GPT-4 cl100k', 'llama3'),
    ('o200k', 'o200k_base', 'GPT-4o o200k', 'o200k'),
    ('llama3', 'llama3', 'Llama 3', 'llama3'),
    ('deepseek-v3', 'deepseek_v3', 'DeepSeek V3', 'deepseek-v3'),
    ('qwen3', 'qwen3', 'Qwen 3', 'qwen2'),
    ('glm4', 'glm4', 'GLM-4', 'llama3'),
    ('kimi-k2', 'kimi_k2', 'Kimi K2', 'kimi'),
    ('mistral-nemo', 'mistral_v3', 'Mistral NeMo (Tekken)', 'tekken'),
]
# name, splintr's name, label, dummy prefix
PIECES = [
    ('llama2', 'llama2', 'Llama 2', True),
    ('mistral-v1', 'mistral_v1', 'Mistral 7B v0.1', True),
    ('mistral-v3', 'mistral_v2', 'Mistral 7B v0.3', True),
    ('gemma2', 'gemma2', 'Gemma 2', False),
    ('gemma3', 'gemma3', 'Gemma 3', False),
    ('gemma4', 'gemma4', 'Gemma 4', False),
]
ARCHIVED = [
    ('llm-jp-v2.1', 'llm-jp/code10k_en20k_ja30k.ver2.1.model', 'llm-jp v2.1'),
    ('llm-jp-v2.2', 'llm-jp/code20K_en40K_ja60K.ver2.2.model', 'llm-jp v2.2'),
    ('llm-jp-v3.1', 'llm-jp/llm-jp-tokenizer-100k.ver3.1.model', 'llm-jp v3.1'),
    ('llm-jp-v4', 'llm-jp/llm-jp-tokenizer_ver4.0_alpha1.0.model', 'llm-jp v4 alpha'),
    ('rinna', 'rinna/google_sp.model', 'rinna 2021'),
]


# ---- what a vocabulary holds --------------------------------------------------------------------

def load(splintr, name):
    """(tokenizer, {id: bytes} of ordinary tokens, {id: string} of special ones)."""
    tok = splintr.Tokenizer.from_pretrained(name)
    size = splintr.base_vocab_size(name)
    special = {i: s for s, i in tok.special_tokens().items() if i < size}
    tokens = {}
    for i in range(size):
        if i in special:
            continue
        try:
            word = bytes(tok.decode_token_bytes(i))
        except ValueError:
            continue  # an id that nothing uses
        if re.fullmatch(rb'<SPECIAL_\d+>|\[control_\d+\]', word):
            special[i] = word.decode()
        elif word:
            tokens[i] = word
    if name == 'llama3':  # the spare ids, which splintr does not list
        special |= {i: f'<|reserved_special_token_{i - 128008}|>' for i in range(128011, size)}
    return tok, tokens, special


def byte_alphabet():
    """GPT-2's letters for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + n) for n, b in enumerate(rest)}}


LETTERS = byte_alphabet()


def spelled(word):
    return ''.join(LETTERS[b] for b in word)


def merges(tokens):
    """Every split of a token into two tokens, by the token's id, then by the ids of its parts."""
    ids = {w: i for i, w in tokens.items()}
    out = []
    for i in sorted(tokens):
        word = tokens[i]
        splits = [(word[:k], word[k:]) for k in range(1, len(word))]
        splits = [s for s in splits if s[0] in ids and s[1] in ids]
        splits.sort(key=lambda s: (ids[s[0]], ids[s[1]]))
        out += [[spelled(a), spelled(b)] for a, b in splits]
    return out


def tokenizer_json(tokens, special, patterns):
    split = [{'type': 'Split', 'pattern': {'Regex': p}, 'behavior': 'Isolated', 'invert': False}
             for p in patterns]
    level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True,
             'use_regex': False}
    added = [{'id': i, 'content': special[i], 'single_word': False, 'lstrip': False,
              'rstrip': False, 'normalized': False, 'special': True} for i in sorted(special)]
    return {'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': added,
            'normalizer': None,
            'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': split + [level]},
            'post_processor': None,
            'decoder': {'type': 'ByteLevel', 'add_prefix_space': True, 'trim_offsets': True,
                        'use_regex': True},
            'model': {'type': 'BPE', 'dropout': None, 'unk_token': None,
                      'continuing_subword_prefix': None, 'end_of_word_suffix': None,
                      'fuse_unk': False, 'byte_fallback': False, 'ignore_merges': True,
                      'vocab': {spelled(tokens[i]): i for i in sorted(tokens)},
                      'merges': merges(tokens)}}


# ---- SentencePiece's file -----------------------------------------------------------------------

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    """An integer or bytes as a field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    return varint(number << 3 | 2) + varint(len(value)) + value


def kind_of(i, word, first_byte, last_normal):
    if first_byte <= i < first_byte + 256:
        return BYTE
    return NORMAL if first_byte + 256 <= i <= last_normal else USER_DEFINED


def pieces(tokens, special, last_normal):
    """(piece, score, type) by id. Merges happen in the order of ids: the score is minus the place."""
    first_byte = next(i for i in sorted(tokens) if tokens[i] == b'\0')
    for i in range(max([*tokens, *special]) + 1):
        if i in special:
            yield special[i].encode(), 0.0, UNKNOWN if special[i] == '<unk>' else CONTROL
            continue
        word = tokens[i]
        kind = kind_of(i, word, first_byte, last_normal)
        score = -float(i - first_byte - 256) if kind == NORMAL else 0.0
        name = b'<0x%02X>' % word[0] if kind == BYTE else word.replace(b' ', '▁'.encode())
        yield name, score, kind


def sentencepiece_model(tokens, special, last_normal, dummy):
    out = bytearray()
    listed = list(pieces(tokens, special, last_normal))
    for name, score, kind in listed:
        body = field(1, name) + b'\x15' + struct.pack('<f', score)
        out += field(1, body + (field(3, kind) if kind != NORMAL else b''))
    ids = {s: i for i, s in special.items()}
    trainer = (field(3, 2) + field(4, len(listed)) + field(35, 1) +
               field(40, ids['<unk>']) + field(41, ids.get('<s>', ids.get('<bos>'))) +
               field(42, ids.get('</s>', ids.get('<eos>'))) + field(43, ids.get('<pad>', -1)))
    normalizer = (field(1, b'identity') + field(3, int(dummy)) + field(4, 0) + field(5, 1))
    return bytes(out + field(2, trainer) + field(3, normalizer))


# ---- files --------------------------------------------------------------------------------------

def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + '.part', 'wb') as out:
        out.write(data if isinstance(data, bytes) else data.encode())
    os.replace(path + '.part', path)


def put_byte_level(folder, name, tokens, special, patterns):
    first = min(tokens) if name == 'mistral-nemo' else 0
    ranks = ''.join(f'{base64.b64encode(tokens[i]).decode()} {i - first}\n' for i in sorted(tokens))
    put(f'{folder}/tokenizer.json',
        json.dumps(tokenizer_json(tokens, special, patterns), ensure_ascii=False))
    put(f'{folder}/{name}.tiktoken', ranks)
    put(f'{folder}/pattern.json', json.dumps({'patterns': patterns, 'first_id': first,
                                              'special_tokens': {s: i for i, s in special.items()}},
                                             ensure_ascii=False, indent=1))


def unpack(folder, member):
    archive = 'llm-jp-models' if member.startswith('llm-jp') else 'rinna-google_sp'
    packed = f'{DATA}/tokenizers/{archive}.tar.zst'
    if not os.path.exists(packed):
        return False
    tar = subprocess.run(['zstd', '-dc', packed], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as files:
        put(f'{folder}/tokenizer.model', files.extractfile(member).read())
    return True


# ---- checks -------------------------------------------------------------------------------------

def sample(n):
    """Japanese and English text, and hard lines of our own. No markup that Gemma lists as USER_DEFINED ("</s>"): its
    model matches that in any text, splintr's encode_ordinary does not."""
    lines = ['', ' ', '  \n', 'a', '私は123カ月  待った。\n\n  続く', '𠮷野家で👨‍👩‍👧を見た', 'ﾊﾝｶｸ　全角ＡＢＣ①㈱',
             "DON'T don't I'LL\t\tx\r\n\r\n", '人々〆切〇ヶ月ゞ', 'é é ñ', '한국어 العربية', '1234567890', 'a▁b',
             '東京Tokyo東京TOKYO', '<p>html</p> <|endoftext|>', '\x00\x01\x7f', 'あ' * 300, ' ' * 200]
    english, japanese = f'{DATA}/english/tinyshakespeare.txt', f'{DATA}/bench/ja_text.jsonl.zst'
    if os.path.exists(english):
        with open(english, encoding='utf-8') as text:
            lines += [line.rstrip() for _, line in zip(range(n), text)]
    if os.path.exists(japanese):
        zstd = subprocess.Popen(['zstd', '-dc', japanese], stdout=subprocess.PIPE)
        lines += [json.loads(line)['text'][:2000].rstrip() for _, line in zip(range(n), zstd.stdout)]
        zstd.kill()
        zstd.wait()
    return lines


def compare(name, what, mine, theirs, lines):
    """How many of the lines differ; the first one is shown."""
    bad = 0
    for line in lines:
        a, b = mine(line), theirs(line)
        if a == b:
            continue
        if not bad:
            at = next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            print(f'{name}: {what} differs at {at} of {line[:60]!r}: {a[at:at + 6]} {b[at:at + 6]}')
        bad += 1
    return bad


def check_byte_level(folder, name, tok, tokens, special, patterns, lines):
    import tokenizers
    import tiktoken
    hf = tokenizers.Tokenizer.from_file(f'{folder}/tokenizer.json')
    hf.encode_special_tokens = True
    bad = compare(name, 'tokenizers', lambda s: hf.encode(s, add_special_tokens=False).ids,
                  tok.encode_ordinary, lines)
    if len(patterns) > 1:
        return bad
    first = min(tokens) if name == 'mistral-nemo' else 0
    pattern = re.sub(r'\[([^\[\]]*)&&\[\^\\p\{Han\}\]\]', r'[\1&&[^\\p{Han}]]', patterns[0])
    tt = tiktoken.Encoding(name, pat_str=pattern, special_tokens={},
                           mergeable_ranks={w: i - first for i, w in tokens.items()})
    return bad + compare(name, 'tiktoken',
                         lambda s: [i + first for i in tt.encode_ordinary(s)],
                         tok.encode_ordinary, lines)


def check_pieces(folder, name, tok, lines):
    import sentencepiece
    sp = sentencepiece.SentencePieceProcessor(model_file=f'{folder}/tokenizer.model')
    return compare(name, 'sentencepiece', sp.encode, tok.encode_ordinary, lines)


# ---- the run ------------------------------------------------------------------------------------

def main():
    args = argparse.ArgumentParser()
    args.add_argument('-o', '--output', default=f'{ROOT}/build/bench/bpe/vocabularies')
    args.add_argument('--only', type=lambda s: set(s.split(',')))
    args.add_argument('--lines', type=int, default=1000)
    args = args.parse_args()
    try:
        import splintr
    except ImportError:
        splintr = None
        print('splintr-rs is not installed: only the models of the test data', file=sys.stderr)
    lines, bad, index = sample(args.lines), 0, []

    def done(name, label, file, vocab, wrong, tiktoken=None):
        nonlocal bad
        bad += wrong
        index.append({'name': name, 'label': label, 'path': f'{name}/{file}', 'vocab': vocab,
                      'tiktoken': tiktoken})
        print(f'{name:14} {vocab:8,} ids  {wrong} of {len(lines)} lines differ', flush=True)

    for name, theirs, label, pattern in BYTE_LEVEL if splintr else []:
        if args.only and name not in args.only:
            continue
        folder = f'{args.output}/{name}'
        tok, tokens, special = load(splintr, theirs)
        put_byte_level(folder, name, tokens, special, PATTERNS[pattern])
        wrong = check_byte_level(folder, name, tok, tokens, special, PATTERNS[pattern], lines)
        done(name, label, 'tokenizer.json', max([*tokens, *special]) + 1, wrong,
             f'{name}/{name}.tiktoken')
    for name, theirs, label, dummy in PIECES if splintr else []:
        if args.only and name not in args.only:
            continue
        folder = f'{args.output}/{name}'
        tok, tokens, special = load(splintr, theirs)
        last = 255967 if name.startswith('gemma') else max(tokens)
        put(f'{folder}/tokenizer.model', sentencepiece_model(tokens, special, last, dummy))
        done(name, label, 'tokenizer.model', max([*tokens, *special]) + 1,
             check_pieces(folder, name, tok, lines))
    for name, member, label in ARCHIVED:
        if args.only and name not in args.only or not unpack(f'{args.output}/{name}', member):
            continue
        import sentencepiece
        sp = sentencepiece.SentencePieceProcessor(
            model_file=f'{args.output}/{name}/tokenizer.model')
        done(name, label, 'tokenizer.model', sp.vocab_size(), 0)
    if not args.only:
        put(f'{args.output}/index.json', json.dumps(index, ensure_ascii=False, indent=1))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
