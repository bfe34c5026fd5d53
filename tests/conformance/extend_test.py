# SPDX-License-Identifier: MIT
"""Extended tokenizers in the engines of their bases.

For bases of `tokenizers` (byte level with GPT-2's and Llama 3's split, ignore_merges, merges as strings, an added token
behind the vocabulary; characters with byte fallback), of SentencePiece (BPE with byte fallback), and our own:
1. every old token keeps its id, and English text keeps its ids: none of thousands of pieces changes;
2. Japanese text gets fewer ids, and they decode to the text;
3. ids of the extended file in its engine are those of seimai-encode;
4. extend-map.jsonl: the old ids of each new token are what the base makes of its text, and the new tokenizer
   makes the token of it.
Bases whose package is missing are skipped, all (77) where the data is missing. The last line counts.
"""
import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
BIN = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin')
TEXT, ENGLISH = os.path.join(DATA, 'text/text_dev.jsonl.zst'), os.path.join(DATA, 'english/tinyshakespeare.txt')
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
MIXED = ['The 猫 sat.', 'naïve café – 한국어 텍스트', 'Ελληνικά и русский', '🌸 e\u0301 \u3099', '他们说中文。', 'tab\tand  spaces \n\n x']
OURS = 3000  # ids to grow to
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, wrong):
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, str(wrong)[:200] if wrong else '')


def tool(name, *arguments, stdin=None):
    run = subprocess.run([os.path.join(BIN, 'seimai-' + name), *arguments], input=stdin, capture_output=True, check=False)
    if run.returncode:
        sys.exit(f'FAILED {name} {arguments} {run.stderr.decode()[-600:]}')
    return run.stdout


def our_ids(path, texts):
    lines = b''.join(json.dumps({'text': text}).encode() + b'\n' for text in texts)
    return [json.loads(line)['ids'] for line in tool('encode', '-q', '--tokenizer', path, stdin=lines).splitlines()]


class HuggingFace:
    def __init__(self, path):
        from tokenizers import Tokenizer
        self.path = os.path.join(path, 'tokenizer.json')
        self.model = Tokenizer.from_file(self.path)
        self.model.encode_special_tokens = True

    @functools.cache
    def ids(self, text):
        return self.model.encode(text, add_special_tokens=False).ids

    def text(self, ids):
        return self.model.decode(ids, skip_special_tokens=False)

    def vocabulary(self):
        return self.model.get_vocab()


class SentencePiece:
    def __init__(self, path):
        import sentencepiece
        self.path = os.path.join(path, 'tokenizer.model')
        self.model = sentencepiece.SentencePieceProcessor(model_file=self.path)

    def ids(self, text):
        return self.model.encode(text)

    def text(self, ids):
        return self.model.decode(ids)

    def vocabulary(self):
        return {self.model.id_to_piece(i): i for i in range(self.model.get_piece_size())}


# ---- bases ------------------------------------------------------------------------------------------

def train_bytes(folder, texts, split, edit=lambda root: None):
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers as P, trainers
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = P.Sequence([P.Split(Regex(split), 'isolated'), P.ByteLevel(False, use_regex=False)]) \
        if split else P.ByteLevel(False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1500, show_progress=False,
                                                     initial_alphabet=P.ByteLevel.alphabet()))
    t.add_special_tokens(['<|endoftext|>'])
    t.add_tokens(['[電話]'])
    root = json.loads(t.to_str())
    edit(root)
    os.makedirs(folder)
    with open(os.path.join(folder, 'tokenizer.json'), 'w', encoding='utf-8') as file:
        json.dump(root, file, ensure_ascii=False, indent=2)


def train_fallback(folder, texts):
    """The shape of Llama 2: a space is ▁, a text begins with one, unknown characters are bytes."""
    from tokenizers import Tokenizer, decoders, models, normalizers as N, trainers
    t = Tokenizer(models.BPE(unk_token='<unk>', fuse_unk=True, byte_fallback=True))
    t.normalizer = N.Sequence([N.Prepend('▁'), N.Replace(' ', '▁')])
    t.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(),
                                   decoders.Strip(' ', 1, 0)])
    reserved = ['<unk>', '<s>', '</s>', *(f'<0x{byte:02X}>' for byte in range(256))]
    words = [word for text in texts for word in text.split()]
    t.train_from_iterator(words, trainers.BpeTrainer(vocab_size=1200, show_progress=False, special_tokens=reserved,
                                                     limit_alphabet=150))
    root = json.loads(t.to_str())
    root['added_tokens'] = root['added_tokens'][:3]
    os.makedirs(folder)
    with open(os.path.join(folder, 'tokenizer.json'), 'w', encoding='utf-8') as file:
        json.dump(root, file, ensure_ascii=False)


def train_sentencepiece(folder, texts):
    import sentencepiece
    os.makedirs(folder)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for text in texts for line in text.split('\n') if line]), vocab_size=1500,
        model_prefix=os.path.join(folder, 'tokenizer'), model_type='bpe', byte_fallback=True, character_coverage=.99,
        normalization_rule_name='identity', remove_extra_whitespaces=False, minloglevel=2, num_threads=1,
        max_sentence_length=1 << 20)


def merges_as_strings(root):
    root['model']['merges'] = [' '.join(pair) for pair in root['model']['merges']]


def ignore_merges(root):
    root['model']['ignore_merges'] = True


# ---- checks --------------------------------------------------------------------------------------------

def compare(name, engine, base, path, english, japanese):
    old, new = engine(base), engine(path)
    then, now = old.vocabulary(), new.vocabulary()
    moved = [piece for piece, i in then.items() if now.get(piece) != i]
    check(f'{name}: old ids', moved[:3])
    pieces = [english[i:i + 120] for i in range(0, len(english), 120)] + [text for text in MIXED if not any(
        '\u3040' <= c <= '\u30FF' or '\u3400' <= c <= '\u9FFF' for c in text)]
    changed = [text for text in pieces if old.ids(text) != new.ids(text)]
    check(f'{name}: {len(pieces)} English pieces', changed[:1])
    before, after = (sum(len(which.ids(text)) for text in japanese) for which in (old, new))
    print(f'   Japanese: {before} ids, then {after}')
    check(f'{name}: fewer ids', '' if after < .8 * before else (before, after))
    texts = japanese + MIXED + [text.replace('。', '') for text in japanese[:9]]
    wrong = [text for text, ids in zip(texts, our_ids(old.path, texts)) if ids != old.ids(text)]
    check(f'{name}: ids of the base here and there', wrong[:1])
    wrong = [text for text, ids in zip(texts, our_ids(new.path, texts)) if ids != new.ids(text)]
    check(f'{name}: ids here and there', wrong[:1])
    lost = [text for text in texts if new.text(new.ids(text)) != old.text(old.ids(text))]
    check(f'{name}: the text comes back', lost[:1])
    with open(os.path.join(path, 'extend-map.jsonl'), encoding='utf-8') as file:
        lines = [json.loads(line) for line in file]
    first = max(then.values()) + 1
    wrong = [line for i, line in enumerate(lines) if line['id'] != first + i
             or old.text(line['from']) != line.get('text', old.text(line['from']))]
    ours = our_ids(old.path, [line['text'] for line in lines if 'text' in line][:400])
    if engine is HuggingFace and 'bytes' in name:
        wrong += [line for line, ids in zip([line for line in lines if 'text' in line], ours) if line['from'] != ids]
    wrong += [line for line in lines if 'text' in line and 'bytes' in name and new.ids(line['text']) != [line['id']]]
    used = set(i for text in texts for i in new.ids(text))
    check(f'{name}: the map', wrong[:2])
    check(f'{name}: new tokens are used', '' if len(used & {line['id'] for line in lines}) > 200 else len(used))


def is_there(package):
    if importlib.util.find_spec(package):
        return True
    print(f'skip bases of {package}: the package is missing')
    counts['skipped'] += 1
    return False


def main():
    if not os.path.exists(TEXT) or not os.path.exists(ENGLISH):
        return 'text/ or english/ is missing from the data'
    with open(ENGLISH, encoding='utf-8') as file:
        english = file.read()[:400000]
    lines = subprocess.run(['zstd', '-dc', TEXT], capture_output=True, check=True).stdout.splitlines()
    docs = b'\n'.join(lines[::12]) + b'\n'
    japanese = [json.loads(line)['text'][:1500] for line in lines[5::90]]
    few = [json.loads(line)['text'][:3000] for line in lines[7::700]]
    texts = [english, *few]
    with tempfile.TemporaryDirectory() as folder:
        path = {name: os.path.join(folder, name) for name in
                ('docs', 'gpt2', 'llama3', 'strings', 'ours', 'fallback', 'pieces')}
        with open(path['docs'], 'wb') as file:
            file.write(docs)
        engines = {HuggingFace: is_there('tokenizers'), SentencePiece: is_there('sentencepiece')}
        if engines[HuggingFace]:
            train_bytes(path['gpt2'], texts, None)
            train_bytes(path['llama3'], texts, LLAMA3, ignore_merges)
            train_bytes(path['strings'], texts, LLAMA3, merges_as_strings)
            train_fallback(path['fallback'], texts)
        if engines[SentencePiece]:
            train_sentencepiece(path['pieces'], texts)
        plain = b''.join(json.dumps({'text': text}).encode() + b'\n' for text in texts)
        tool('tokenizer-train', '-q', '-V', '1500', '--align', 'none', '-o', path['ours'], stdin=plain)
        for name, engine, key in (('bytes, gpt2', HuggingFace, 'gpt2'), ('bytes, llama3, ignore_merges', HuggingFace, 'llama3'),
                                  ('bytes, merges as strings', HuggingFace, 'strings'), ('bytes, our own', HuggingFace, 'ours'),
                                  ('characters with byte fallback', HuggingFace, 'fallback'),
                                  ('SentencePiece', SentencePiece, 'pieces')):
            if not engines[engine]:
                continue
            out = os.path.join(folder, 'out-' + key)
            tool('tokenizer-extend', '-q', '--base', path[key], '-V', str(OURS), '-o', out, path['docs'])
            compare(name, engine, path[key], out, english, japanese)
    return None


if __name__ == '__main__':
    why = main()
    if why:
        print('skip', why)
        sys.exit(77)
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0 if counts['passed'] else 77)
