# SPDX-License-Identifier: MIT
"""Training beside Hugging Face's trainer, and what the options promise, judged by `tokenizers`.

1. --alphabet characters with every character covered and no boundaries: our merges are those of their trainer on
   characters, one by one. (Bytes: tokenizers_test.py.)
2. Its folder, loaded by `tokenizers`, decodes to the text, and an unknown character becomes its bytes.
3. --require: each of the common kanji and kana is one id, with bytes and with characters; the list of 常用漢字 is
   that of the PyPI package kanji-lists, where it is installed.
4. --split-digits, --veto, --min-documents and whole tokens: no token breaks the rule.
5. Any number of threads, the same folder.
Skips (77) where the data or the package is missing. The last line counts.
"""
import filecmp
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
BIN = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin')
TEXT = os.path.join(DATA, 'text/text_dev.jsonl.zst')
ALPHABETS = os.path.join(SOURCE, 'dicts/alphabet')
SAMPLE = 20  # every so many documents of the text
FIXED = 128 + 256  # reserved ids and bytes
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, wrong):
    """`wrong` is empty, or says what differs."""
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '')


def skip(why):
    print('skip', why)
    counts['skipped'] += 1


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(1 if counts['failed'] else 0 if counts['passed'] else 77)


def jsonl(texts):
    return b''.join(json.dumps({'id': str(n), 'text': text}, ensure_ascii=False).encode() + b'\n'
                    for n, text in enumerate(texts))


def real_texts():
    done = subprocess.run(['zstd', '-dc', TEXT], capture_output=True, check=True)
    return [json.loads(line)['text'] for line in done.stdout.splitlines()[::SAMPLE]]


def train(work, name, texts, *options):
    folder = os.path.join(work, name)
    run = subprocess.run([os.path.join(BIN, 'seimai-tokenizer-train'), '-q', *options, '-o', folder],
                         input=jsonl(texts), capture_output=True, check=False)
    if run.returncode:
        check(f'{name} {options}', run.stderr.decode()[-600:])
        finish()
    with open(os.path.join(folder, 'tokenizer.json'), encoding='utf-8') as file:
        return folder, json.load(file)


def tokens_of(model):
    """The bytes of every token of a byte-level model that is not reserved."""
    alphabet = {}
    others = 0
    for byte in range(256):
        itself = 0x21 <= byte <= 0x7e or 0xa1 <= byte <= 0xac or byte >= 0xae
        alphabet[chr(byte if itself else 256 + others)] = byte
        others += not itself
    return [bytes(alphabet[c] for c in token) for token, id in model['model']['vocab'].items() if id >= 128]


def their_character_merges(ours, texts, merges):
    patterns = [step['pattern']['Regex'] for step in ours['pre_tokenizer']['pretokenizers']]
    peer = Tokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), 'isolated') for pattern in patterns])
    characters = len(set(''.join(texts)))
    peer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=characters + merges, min_frequency=2,
                                                        show_progress=False))
    return json.loads(peer.to_str())['model']['merges'], characters


def test_characters(work, texts):
    number = 3000
    size = FIXED + len(set(''.join(texts))) + number
    options = ('--alphabet', 'characters', '--coverage', '1', '--align', 'none', '--max-token-chars', '0')
    folder, ours = train(work, 'characters', texts, '-V', str(size), *options)
    want, characters = their_character_merges(ours, texts, number)
    got = ours['model']['merges']
    at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    check(f'{number} merges of {characters} characters', '' if got == want else f'merge {at}: {got[at:at + 1]}, '
          f'want {want[at:at + 1]}; {len(got)} of {len(want)}')
    peer = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
    for text in texts:
        if peer.decode(peer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) != text:
            check('they decode characters to the text', repr(text[:60]))
            break
    else:
        check('they decode characters to the text', '')
    strange = '\U00013977'
    ids = peer.encode(strange, add_special_tokens=False).ids
    check('an unknown character is its bytes', '' if ids == [128 + b for b in strange.encode()] else ids)


def characters_of(name):
    with open(os.path.join(ALPHABETS, name + '.txt'), encoding='utf-8') as file:
        return [c for line in file if not line.startswith('#') for c in line.strip()]


def test_required(work, texts):
    wanted = characters_of('joyo') + characters_of('kana')
    check('the lists name each character once', '' if len(set(wanted)) == len(wanted) else 'doubles')
    check('2,136 common kanji and four shapes', '' if len(characters_of('joyo')) == 2136 + 4 else 'another number')
    for alphabet in ('bytes', 'characters'):
        folder, _ = train(work, 'required-' + alphabet, texts[:20], '-V', '6000', '--alphabet', alphabet,
                          '--require', 'joyo', '--require', 'kana')
        peer = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
        bad = [c for c in wanted if len(peer.encode(c, add_special_tokens=False).ids) != 1]
        check(f'{len(wanted)} required characters, {alphabet}', ''.join(bad[:20]))
    try:
        from kanji_lists import JOYO
    except ImportError:
        skip('the package kanji-lists is missing: common kanji not compared')
        return
    ours, other = set(characters_of('joyo')), {c for c in JOYO if len(c) == 1}
    check('the common kanji of kanji-lists are ours', ''.join(sorted(other - ours)))


def is_whole(token):
    begins = sum(byte & 0xc0 != 0x80 for byte in token)
    try:
        token.decode()
        return True
    except UnicodeDecodeError:
        return begins == 0 or (begins == 1 and token[0] & 0xc0 != 0x80)


def test_rules(work, texts):
    _, plain = train(work, 'plain', texts, '-V', '8000')
    check('every token is whole', [t for t in tokens_of(plain) if not is_whole(t)][:3])
    _, loose = train(work, 'any', texts, '-V', '8000', '--alphabet', 'any-bytes')
    broken = [t for t in tokens_of(loose) if not is_whole(t)]
    check('… and with any bytes some are not', '' if broken else 'all are')
    digits = set('0123456789０１２３４５６７８９')
    _, split = train(work, 'digits', texts, '-V', '8000', '--split-digits')
    strings = [t.decode(errors='replace') for t in tokens_of(split)]
    check('digits stand alone', [t for t in strings if len(t) > 1 and digits & set(t)][:3])
    check('… and without the option they do not', '' if any(
        len(t) > 1 and digits & set(t.decode(errors='replace')) for t in tokens_of(plain)) else 'they do')
    vetoed = [t.decode() for t in tokens_of(plain) if len(t) > 9 and is_whole(t)][:50]
    path = os.path.join(work, 'vetoes')
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(vetoed) + '\n')
    _, without = train(work, 'vetoed', texts, '-V', '8000', '--veto', path)
    check(f'{len(vetoed)} vetoes', set(vetoed) & {t.decode(errors='replace') for t in tokens_of(without)})


def test_documents(work, texts):
    """A string of our own that one document repeats."""
    junk = 'とろろそばめ'
    texts = [*texts, (junk + '。') * 3000]
    _, with_junk = train(work, 'junk', texts, '-V', '8000')
    _, without = train(work, 'no-junk', texts, '-V', '8000', '--min-documents', '3')
    held = [[t for t in tokens_of(m) if junk.encode() in t] for m in (with_junk, without)]
    check('junk of one document is learnt', '' if held[0] else 'it is not')
    check('… and not with --min-documents', held[1])
    low = []
    for token in tokens_of(without):
        if len(token) <= 4 or not is_whole(token):
            continue
        string, seen = token.decode(), 0
        for text in texts:
            seen += string in text
            if seen == 2:
                break
        low += [string] if seen < 1 else []
    check('every token stands in a document', low[:3])


def test_threads(work, texts):
    folders = [train(work, f'threads-{j}', texts[:100], '-V', '4000', '-j', j)[0] for j in ('1', '2', '8')]
    same = all(filecmp.cmp(os.path.join(folders[0], name), os.path.join(other, name), shallow=False)
               for other in folders[1:] for name in os.listdir(folders[0]))
    check('1, 2 and 8 threads', '' if same else 'they differ')


try:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
except ImportError:
    Tokenizer = None
    skip('characters: the package `tokenizers` is missing')
if not os.path.exists(TEXT):
    skip(f'{TEXT} is missing')
    finish()
with tempfile.TemporaryDirectory(prefix='seimai-') as scratch:
    real = real_texts()
    if Tokenizer:
        test_characters(scratch, real)
        test_required(scratch, real)
    test_rules(scratch, real)
    test_documents(scratch, real)
    test_threads(scratch, real)
finish()
