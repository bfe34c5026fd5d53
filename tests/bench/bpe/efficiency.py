# SPDX-License-Identifier: MIT
"""efficiency.py [--megabytes N] [--sizes 16000,32000,64000] [--peers]: how few tokens, and how well they keep to words.

Trains our tokenizers, and SentencePiece's BPE and Unigram, on the same Japanese text, and judges all of them on as much
of other documents (on a fifth, one statute would be a third of it): bytes a token, and F1 of the token edges inside
Japanese against MeCab's. Two seeds are two disjoint samples (text and held-out text) of ja_text without its
machine-translated sources; text is judged line by line, since SentencePiece has no token with a line's end. Two
dictionaries, IPADIC and UniDic (PyPI's unidic-lite), each for training and for judging. `tokenizers` does the encoding
of ours, so that nothing here is judged by our own encoder. 95 % intervals by bootstrap over documents; differences
are paired.

An edge counts where Japanese stands on both sides (kana, kanji, 々〆〇); an edge inside a character is a wrong one.
--peers adds vocabularies that tests/bench/bpe/vocabularies.py wrote. Prints a table, and writes
efficiency.json: [{name, vocab, align, dict, seed, bytes_per_token, lo, hi, f1, f1_lo, f1_hi, …}].
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure  # noqa: E402  (the path above comes first)

SOURCE = 'bench/ja_text.jsonl.zst'
ALIGNS = ('none', 'compact', 'balanced', 'words')
ROUNDS = 1000
JAPANESE = [(0x3005, 0x3007), (0x3041, 0x3096), (0x309d, 0x309f), (0x30a1, 0x30fa), (0x30fc, 0x30ff), (0x3400, 0x4dbf),
            (0x4e00, 0x9fff), (0xf900, 0xfaff)]

PIECES = '''
import sys, sentencepiece
sentencepiece.SentencePieceTrainer.train(input=sys.argv[1], model_prefix=sys.argv[2], model_type=sys.argv[4],
    vocab_size=int(sys.argv[3]), character_coverage=0.9995, byte_fallback=True, num_threads=2, minloglevel=2,
    normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
    max_sentence_length=1 << 30)
'''


# ---- texts ---------------------------------------------------------------------------------------

def documents():
    """Those that no machine translated, in an order that has nothing to do with their sources."""
    path = pathlib.Path(os.environ.get('SEIMAI_DATA', measure.data_folder() or '')) / SOURCE
    if not path.exists():
        print(f'skip: {SOURCE} is missing from the data')
        sys.exit(77)
    lines = subprocess.run(['zstd', '-dc', str(path)], capture_output=True, check=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if not row['source'].startswith('ms-')]
    return sorted(rows, key=lambda row: hashlib.sha256(row['id'].encode()).digest())


def samples(megabytes):
    """For each seed (texts to train on, texts to judge on); no document stands in two of the four lists."""
    rows = iter(documents())
    taken = []
    for _ in range(4):
        texts, room = [], megabytes * 1e6
        while room > 0:
            texts.append(next(rows)['text'])
            room -= len(texts[-1].encode())
        taken.append(texts)
    return [(taken[0], taken[1]), (taken[2], taken[3])]


# ---- truth ---------------------------------------------------------------------------------------

class Truth:
    """The lines of the held-out text as bytes, and what each inner position of them is."""

    def __init__(self, texts):
        lines = [[line for line in text.split('\n') if line] for text in texts]
        lines = [of_one for of_one in lines if of_one]
        self.first_line = np.cumsum([0] + [len(of_one) for of_one in lines])[:-1]  # of each document
        self.lines = [line for of_one in lines for line in of_one]
        encoded = [line.encode() for line in self.lines]
        self.starts = np.cumsum([0] + [len(e) for e in encoded])  # of each line
        self.bytes = np.frombuffer(b''.join(encoded), np.uint8)
        points = np.frombuffer(''.join(self.lines).encode('utf-32-le'), np.uint32)
        first = np.flatnonzero(self.bytes & 0xc0 != 0x80)
        japanese = np.zeros(len(points), bool)
        for low, high in JAPANESE:
            japanese |= (points >= low) & (points <= high)
        self.inside = np.ones(len(self.bytes), bool)  # inside a Japanese character: a wrong edge
        self.inside[first] = False
        self.inside &= japanese[np.cumsum(self.bytes & 0xc0 != 0x80) - 1]
        self.between = np.zeros(len(self.bytes), bool)  # Japanese before and behind
        self.between[first[1:]] = japanese[1:] & japanese[:-1]
        self.between[self.starts[:-1]] = False
        self.edges = {}

    def tag(self, name, dictionary):
        """MeCab's edges; a line is a sentence, as for the program `mecab`."""
        lines, places = [], []
        for line, start in zip(self.lines, self.starts):
            for part in pieces(line):
                lines.append(part)
                places.append(start)
                start += len(part)
        out = subprocess.run(['mecab', '-r', '/dev/null', '-d', dictionary, '-b', '65536', '-O', '', '-F', '%ps ', '-U', '%ps ',
                              '-B', '', '-E', '\\n'], input=b'\n'.join(lines) + b'\n', capture_output=True,
                             check=True).stdout
        edges = np.zeros(len(self.bytes), bool)
        found = [(place, [int(n) for n in row.split()]) for place, row in zip(places, out.split(b'\n'))]
        edges[np.concatenate([place + np.array(row[1:], int) for place, row in found])] = True
        self.edges[name] = edges & self.between

    def by_document(self, marks):
        return np.add.reduceat(marks.astype(np.int64), self.starts[self.first_line])


def pieces(line):
    """A long line is cut at its 。, so that MeCab's 16 bits suffice."""
    parts = line.replace('。', '。\0').split('\0') if len(line) > 3000 else [line]
    return [part.encode() for part in parts if part]


# ---- encoders: documents to the bytes of each token ------------------------------------------------------------

def hf_sizes(path):
    from tokenizers import Tokenizer
    model = json.loads(pathlib.Path(path).read_text(encoding='utf-8'))['model']
    peer = Tokenizer.from_file(str(path))
    peer.encode_special_tokens = True
    size = np.ones(max(model['vocab'].values()) + 1, np.int64)
    for token, id in model['vocab'].items():
        if model.get('byte_fallback'):
            size[id] = 1 if len(token) == 6 and token.startswith('<0x') else len(token.encode())
        else:
            size[id] = len(token)  # a character of the byte alphabet is a byte

    def encode(texts):
        return [size[e.ids] for e in peer.encode_batch(texts, add_special_tokens=False)]
    return encode


def sp_sizes(path):
    import sentencepiece
    peer = sentencepiece.SentencePieceProcessor(model_file=str(path))
    size = np.array([1 if peer.is_byte(i) else len(peer.id_to_piece(i).replace('▁', ' ').encode())
                     for i in range(peer.vocab_size())])
    return lambda texts: [size[ids] for ids in peer.encode(texts)]


def spans_sizes(path):
    """Of a model that normalises or puts a blank before a line: how many bytes of the text as it is each piece stands for.
    That blank is a token of no bytes; white space that is dropped belongs to the piece behind it, at a line's end to
    the last one. (Needs protobuf, which SentencePiece gives places with.)"""
    import sentencepiece
    peer = sentencepiece.SentencePieceProcessor(model_file=str(path))

    def sizes(text):
        pieces = peer.encode(text, return_type='proto').pieces
        ends = [0] + [piece.end for piece in pieces[:-1]] + [len(text.encode())]
        out = np.diff(ends).tolist() if pieces else [ends[-1]]
        for i, piece in enumerate(pieces):  # the bytes of a character: all of it stands at the last one
            n = out[i] if peer.is_byte(piece.id) else 0
            if n > 1:
                out[i - n + 1:i + 1] = [1] * n
        return np.array(out)
    return lambda texts: [sizes(text) for text in texts]


# ---- scores ----------------------------------------------------------------------------------------

class Score:
    """Sums by document: bytes, tokens, edges of tokens, edges of MeCab, edges of both."""

    def __init__(self, truth, encode):
        marks = np.zeros(len(truth.bytes) + 1, bool)
        tokens = []
        for start, end, sizes in zip(truth.starts, truth.starts[1:], encode(truth.lines)):
            ends = np.cumsum(sizes)
            if len(ends) and ends[-1] != end - start:
                raise ValueError('the tokens are not the text')
            marks[start + ends[:-1]] = True
            tokens.append(len(sizes))
        self.tokens = np.add.reduceat(np.array(tokens), truth.first_line)
        self.bytes = np.add.reduceat(np.diff(truth.starts), truth.first_line)
        marks = marks[:-1]
        self.ours = truth.by_document(marks & (truth.between | truth.inside))
        self.both = {name: truth.by_document(marks & edges) for name, edges in truth.edges.items()}
        self.theirs = {name: truth.by_document(edges) for name, edges in truth.edges.items()}

    def bytes_per_token(self, picks):
        return self.bytes[picks].sum(-1) / self.tokens[picks].sum(-1)

    def f1(self, name, picks):
        both = self.both[name][picks].sum(-1)
        return 2 * both / (self.ours[picks].sum(-1) + self.theirs[name][picks].sum(-1))

    def row(self, name, vocab, align, dictionary, seed, picks):
        everything = np.arange(len(self.tokens))
        values, f1 = self.bytes_per_token(picks), self.f1(dictionary, picks)
        lo, hi = np.quantile(values, [.025, .975])
        f1_lo, f1_hi = np.quantile(f1, [.025, .975])
        both = self.both[dictionary].sum()
        return {'name': name, 'vocab': vocab, 'align': align, 'dict': dictionary, 'seed': seed,
                'bytes_per_token': float(self.bytes_per_token(everything)), 'lo': float(lo), 'hi': float(hi),
                'f1': float(self.f1(dictionary, everything)), 'f1_lo': float(f1_lo), 'f1_hi': float(f1_hi),
                'precision': float(both / self.ours.sum()), 'recall': float(both / self.theirs[dictionary].sum())}


def against(score, base, dictionary, picks):
    """Paired: the gain in bytes a token (a share) and in F1 over another tokenizer, with intervals."""
    everything = np.arange(len(score.tokens))[None]
    out = {}
    for key, gain in (('gain', lambda p: score.bytes_per_token(p) / base.bytes_per_token(p) - 1),
                      ('f1_gain', lambda p: score.f1(dictionary, p) - base.f1(dictionary, p))):
        lo, hi = np.quantile(gain(picks), [.025, .975])
        out.update({key: float(gain(everything)[0]), key + '_lo': float(lo), key + '_hi': float(hi)})
    return out


# ---- training --------------------------------------------------------------------------------------------

def train_sp(folder, text, vocab, kind):
    prefix = folder / f'sp-{kind}-{vocab}'
    subprocess.run([sys.executable, '-c', PIECES, str(text), str(prefix), str(vocab), kind], check=True,
                   stderr=subprocess.DEVNULL)
    return sp_sizes(f'{prefix}.model')


def train_ours(folder, counts, vocab, align, dictionary, *options):
    out = folder / f'ours-{vocab}-{align}'
    subprocess.run([measure.tool('tokenizer-train'), '-q', '-V', str(vocab), '--align', align, '--mecab-dic', dictionary,
                    *options, '-o', str(out), str(counts)], check=True)
    return hf_sizes(out / 'tokenizer.json')


def dictionaries():
    found = {'ipadic': '/var/lib/mecab/dic/ipadic-utf8'}
    try:
        import unidic_lite
        found['unidic'] = unidic_lite.DICDIR
    except ImportError:
        print('skip: unidic-lite is missing: IPADIC only')
    return found


def show(row):
    gain = f"{row['gain'] * 100:+6.2f} % [{row['gain_lo'] * 100:+5.2f}, {row['gain_hi'] * 100:+5.2f}]  " \
           f"{row['f1_gain']:+.3f} [{row['f1_gain_lo']:+.3f}, {row['f1_gain_hi']:+.3f}]" if 'gain' in row else ''
    print(f"{row['name']:28} {row['vocab']:6} {row['dict']:7} {row['seed']}  {row['bytes_per_token']:.3f} "
          f"[{row['lo']:.3f}, {row['hi']:.3f}]  {row['f1']:.4f} [{row['f1_lo']:.4f}, {row['f1_hi']:.4f}]  {gain}", flush=True)


def one_seed(seed, train, held, options, folder, rows):
    truth, dics = Truth(held), dictionaries()
    for name, dictionary in dics.items():
        truth.tag(name, dictionary)
    number = len(truth.first_line)
    picks = np.random.default_rng(seed).integers(0, number, (ROUNDS, number))
    text, jsonl, counts = folder / 'train.txt', folder / 'train.jsonl', folder / 'counts.zst'
    text.write_text('\n'.join(line for t in train for line in t.split('\n') if line), newline='')
    jsonl.write_text(''.join(json.dumps({'text': t}) + '\n' for t in train))
    subprocess.run([measure.tool('tokenizer-count'), '-q', '-o', str(counts), str(jsonl)], check=True)
    bases = {}

    def judge(name, vocab, align, encode, only=None):
        score = Score(truth, encode)
        for dictionary in [only] if only else dics:
            row = score.row(name, vocab, align, dictionary, seed, picks)
            if vocab in bases:
                row.update(against(score, bases[vocab], dictionary, picks))
            rows.append(row)
            show(row)
        return score

    for vocab in options.sizes:
        bases[vocab] = judge('SentencePiece BPE', vocab, None, train_sp(folder, text, vocab, 'bpe'))
        judge('seimai none', vocab, 'none', train_ours(folder, counts, vocab, 'none', dics['ipadic']))
        for align in ALIGNS[1:]:
            for name, dictionary in dics.items():
                judge(f'seimai {align}', vocab, align, train_ours(folder, counts, vocab, align, dictionary), name)
    vocab = options.sizes[len(options.sizes) // 2]
    for extra in ('any-bytes', 'characters'):
        encode = train_ours(folder, counts, vocab, 'none', dics['ipadic'], '--alphabet', extra)
        judge(f'seimai none, {extra}', vocab, 'none', encode)
    judge('SentencePiece Unigram', vocab, None, train_sp(folder, text, vocab, 'unigram'))
    for path in peers(options):
        name = path.stem if path.stem != 'tokenizer' else path.parent.name
        try:
            judge(name, 0, None, spans_sizes(path) if path.suffix == '.model' else hf_sizes(path))
        except ValueError as error:  # a tokenizer.json that normalises: its tokens cannot be laid over the text
            print(f'{name}: left out: {error}')


def peers(options):
    folder = measure.build_folder() / 'bench' / 'bpe' / 'vocabularies'
    if not options.peers or not folder.exists():
        return []
    return sorted(folder.glob('**/tokenizer.json')) + sorted(folder.glob('**/*.model'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--megabytes', type=float, default=20)
    parser.add_argument('--sizes', type=lambda s: [int(n) for n in s.split(',')], default=[16000, 32000, 64000])
    parser.add_argument('--peers', action='store_true')
    options = parser.parse_args()
    rows = []
    print(f'{"":28} {"ids":>6} {"dict":7} seed  bytes/token            F1                        '
          'against SentencePiece BPE: bytes/token, F1')
    for seed, (train, held) in enumerate(samples(options.megabytes), 1):
        with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
            one_seed(seed, train, held, options, pathlib.Path(scratch), rows)
        measure.save('efficiency', rows)  # after each seed: a run takes long


if __name__ == '__main__':
    main()
