# SPDX-License-Identifier: MIT
"""encoding.py [--megabytes N] [--rounds N] [--no-peers]: encoders side by side, text in memory to ids in memory.

One thread, cold (a new process, nothing remembered, one pass), CPU time; medians of the rounds. Vocabularies: ours of
32k and 64k, trained here, and those that vocabularies.py left in the build folder. Texts: shuffled documents of ja_text,
English articles, and texts made to be slow. The peers encode a part of the Japanese text; on that part, every
document's ids are compared with theirs. gigatoken 0.10 does not load DeepSeek's split, which ours have too; tokie 0.1.4
loads all and panics on the Japanese texts. Then SentencePiece with its own BPE and with Unigram models of others, on that
part; and the command line with one thread and two. Writes encoding.json.
"""
import argparse
import array
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import measure  # noqa: E402  (the path above comes first)

SEPARATOR = '\x1e'
TRAIN_MB, PEER_MB, SLOW_BYTES = 20, 4, 10_000_000
SIZES = {'ours-32k': 32000, 'ours-64k': 64000}
OTHERS = ['o200k', 'llama3', 'deepseek-v3', 'qwen3']
UNIGRAM = ['rinna', 'llm-jp-v2.1', 'llm-jp-v2.2', 'llm-jp-v3.1', 'llm-jp-v4']
SPLINTR = {'o200k': 'o200k_base', 'llama3': 'llama3', 'deepseek-v3': 'deepseek_v3', 'qwen3': 'qwen3'}
MARK = 0xFFFFFFFF

PEER = '''
import sys, time, array
kind, path, name, texts, out = sys.argv[1:]
texts = open(texts, newline="").read().split("\\x1e")
if kind == "tokenizers":
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(path)
    t.encode_special_tokens = True
    encode = lambda s: t.encode(s, add_special_tokens=False).ids
elif kind == "tokie":
    import tokie
    t = tokie.Tokenizer.from_json(path)
    encode = lambda s: list(t.encode(s, add_special_tokens=False).ids)
elif kind == "gigatoken":
    import gigatoken
    t = gigatoken.Tokenizer(path)
    encode = lambda s: list(t.encode(s))
elif kind == "splintr":
    import splintr
    t = splintr.Tokenizer.from_pretrained(name)
    encode = t.encode
elif kind == "sentencepiece":
    import sentencepiece
    encode = sentencepiece.SentencePieceProcessor(model_file=path).encode
start = time.process_time()
rows = [encode(text) for text in texts]
print(time.process_time() - start)
ids = array.array("I")
for row in rows:
    ids.extend(row)
    ids.append(0xFFFFFFFF)
open(out, "wb").write(ids.tobytes())
'''


def documents():
    source = measure.data_folder() / 'bench/ja_text.jsonl.zst'
    lines = subprocess.run(['zstd', '-dc', str(source)], capture_output=True, check=True).stdout.splitlines()
    random.Random(7).shuffle(lines)
    return lines


def take(texts, size):
    picked, total = [], 0
    for text in texts:
        total += len(text.encode())
        if total > size:
            break
        picked.append(text)
    return picked


def english():
    texts = []
    with tarfile.open(fileobj=subprocess.Popen(['zstd', '-dc', str(measure.data_folder() / 'html/wcxb-dev.tar.zst')],
                                               stdout=subprocess.PIPE).stdout, mode='r|') as tar:
        for member in tar:
            if '/ground-truth/' in member.name and member.isfile():
                texts.append(json.load(tar.extractfile(member))['ground_truth'].get('main_content') or '')
    return [text for text in texts if text]


def write_texts(folder, megabytes):
    """In a process of its own: this one stays small."""
    lines = documents()
    train, room = bytearray(), TRAIN_MB * 1e6
    for line in reversed(lines):  # from the other end than the texts that are encoded
        if len(train) > room:
            break
        train += line + b'\n'
    (folder / 'encode-train.jsonl').write_bytes(train)
    chosen = [line for line in lines[:len(lines) // 2]]
    texts = take((json.loads(line)['text'] for line in chosen), megabytes * 1e6)
    (folder / 'ja.jsonl').write_bytes(b'\n'.join(chosen[:len(texts)]) + b'\n')
    chance = random.Random(3)
    pieces = 'a漢あ  \n\n1!。é😀-_~'
    made = {'ja': SEPARATOR.join(texts).encode(), 'part': SEPARATOR.join(take(texts[::7], PEER_MB * 1e6)).encode(),
            'en': SEPARATOR.join(english()).encode(), 'kanji': '漢'.encode() * (SLOW_BYTES // 3),
            'letter': b'a' * SLOW_BYTES, 'bytes': chance.randbytes(SLOW_BYTES).replace(b'\x1e', b'x'),
            'junk': ''.join(chance.choice(pieces) * chance.randint(1, 3) for _ in range(SLOW_BYTES // 4)).encode()}
    for name, text in made.items():
        (folder / f'{name}.txt').write_bytes(text)


def vocabularies(folder):
    """{name: (path, splintr's name)}: ours are trained if they are not there yet."""
    found = {}
    for name, size in SIZES.items():
        path = folder / name
        if not (path / 'seimai.json').exists():
            subprocess.run([measure.tool('tokenizer-train'), '-q', '--align', 'none', '-V', str(size), '-o', str(path),
                            str(folder / 'encode-train.jsonl')], check=True)
        found[name] = path / 'tokenizer.json'
    for name in OTHERS:
        path = folder / 'vocabularies' / name / 'tokenizer.json'
        if path.exists():
            found[name] = path
        else:
            print(f'without {name}: tests/bench/bpe/vocabularies.py has not made it')
    return found


def bench(path, text, *out):
    program = pathlib.Path(os.environ['SEIMAI_BUILD']) / 'src/bpe/bpe_bench'
    run = subprocess.run([str(program), str(path), str(text), *out], capture_output=True, check=True)
    return json.loads(run.stdout)


def ours(path, text, rounds):
    runs = [bench(path, text) for _ in range(rounds)]
    seconds = statistics.median(run['encode'] for run in runs)
    return {'mb_per_s': runs[0]['bytes'] / seconds / 1e6, 'bytes_per_token': runs[0]['bytes'] / runs[0]['ids'],
            'load': min(run['load'] for run in runs)}


def peer(kind, name, path, folder):
    text, out = folder / 'part.txt', folder / f'{kind}.ids'
    run = subprocess.run([sys.executable, '-c', PEER, kind, str(path), SPLINTR.get(name, ''), str(text), str(out)],
                         capture_output=True, check=False)
    if run.returncode:
        return {'fails': run.stderr.decode().strip().splitlines()[-1:]}
    bench(path, text, str(folder / 'ours.ids'))
    mine, theirs = (rows_of(folder / file) for file in ('ours.ids', f'{kind}.ids'))
    return {'mb_per_s': text.stat().st_size / float(run.stdout) / 1e6, 'documents': len(theirs),
            'different': sum(a != b for a, b in zip(mine, theirs)) + abs(len(mine) - len(theirs))}


def rows_of(path):
    ids, rows, start = array.array('I', path.read_bytes()), [], 0
    while start < len(ids):
        end = ids.index(MARK, start)
        rows.append(ids[start:end])
        start = end + 1
    return rows


def sentencepiece_bpe(folder):
    """SentencePiece's own BPE of 32k on the text that ours are trained on, lossless like ours."""
    import efficiency  # here, since it takes numpy along: this process stays small
    prefix, lines = folder / 'sp-bpe-32k', folder / 'encode-train.txt'
    if not prefix.with_suffix('.model').exists():
        with open(folder / 'encode-train.jsonl', encoding='utf-8') as rows:
            texts = [json.loads(row)['text'] for row in rows]
        lines.write_text('\n'.join(line for text in texts for line in text.split('\n') if line), newline='')
        subprocess.run([sys.executable, '-c', efficiency.PIECES, str(lines), str(prefix), '32000', 'bpe'], check=True,
                       stderr=subprocess.DEVNULL)
    return prefix.with_suffix('.model')


def pieces(folder, rounds):
    """SentencePiece's models, by us and by it in turn: the ratio of each round, of which the median counts; and the
    ratio of our own tokenizer of 32k to SentencePiece with that model."""
    models = {name: folder / 'vocabularies' / name / 'tokenizer.model' for name in UNIGRAM}
    rows, own = {}, folder / 'ours-32k' / 'tokenizer.json'
    for name, path in {'sp-bpe-32k': sentencepiece_bpe(folder), **models}.items():
        if not path.exists():
            continue
        runs = []
        for _ in range(rounds):
            theirs = peer('sentencepiece', name, path, folder)
            runs.append([ours(model, folder / 'part.txt', 1)['mb_per_s'] for model in (path, own)] + [theirs['mb_per_s']])
        same, mine, base = zip(*runs)
        rows[name] = {'mb_per_s': statistics.median(same), 'sentencepiece': statistics.median(base),
                      'ratio': statistics.median(a / b for a, b in zip(same, base)),
                      'ratio_of_ours_32k': statistics.median(a / b for a, b in zip(mine, base)),
                      'different': theirs['different']}
        print(f'{name:14} {json.dumps(rows[name])}', flush=True)
    return rows


def command_line(path, folder, rounds=3):
    """The Japanese text twenty times over, so that loading the tokenizer, which one thread does, weighs little; one thread
    and two in turn, and, as what the machine has to give, two processes of one thread with half of it each."""
    text, size = [str(folder / 'ja.jsonl')] * 20, 20 * (folder / 'ja.txt').stat().st_size

    def command(threads, texts):
        return [measure.tool('encode'), '-q', '-j', str(threads), '--format', 'u32', '--tokenizer', str(path), '-o',
                os.devnull, *texts]

    def side_by_side():
        start = time.monotonic()
        both = [subprocess.Popen(command(1, text[::2])) for _ in range(2)]
        if any(process.wait() for process in both):
            sys.exit('seimai-encode failed')
        return time.monotonic() - start

    walls = [(measure.run_once(command(1, text))[1], measure.run_once(command(2, text))[1], side_by_side())
             for _ in range(rounds)]
    one, two, apart = (statistics.median(column) for column in zip(*walls))
    return {'mb_per_s': size / one / 1e6, 'two_threads': size / two / 1e6,
            'times': statistics.median(a / b for a, b, _ in walls),
            'times_of_two_processes': statistics.median(a / c for a, _, c in walls)}


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--megabytes', type=float, default=50)
    options.add_argument('--rounds', type=int, default=5)
    options.add_argument('--no-peers', action='store_true')
    options.add_argument('--write', action='store_true')
    args = options.parse_args()
    folder = measure.build_folder() / 'bench' / 'bpe'
    folder.mkdir(parents=True, exist_ok=True)
    if args.write:
        write_texts(folder, args.megabytes)
        return
    if measure.data_folder() is None:
        print('skip: no data')
        sys.exit(77)
    subprocess.run([sys.executable, __file__, '--write', '--megabytes', str(args.megabytes)], check=True)
    table = {}
    print(f'{"MB/s of CPU time":14} ' + ' '.join(f'{name:>8}' for name in ('ja', 'en', 'kanji', 'letter', 'bytes', 'junk'))
          + '   load s')
    for name, path in vocabularies(folder).items():
        rows = {text: ours(path, folder / f'{text}.txt', args.rounds)
                for text in ('ja', 'en', 'kanji', 'letter', 'bytes', 'junk')}
        table[name] = {'ours': rows}
        print(f'{name:14} ' + ' '.join(f'{row["mb_per_s"]:8.1f}' for row in rows.values()) + f'   {rows["ja"]["load"]:.2f}',
              flush=True)
        if args.no_peers:
            continue
        kinds = ['tokenizers', 'tokie', 'gigatoken', *(['splintr'] if name in SPLINTR else [])]
        table[name]['peers'] = {kind: peer(kind, name, path, folder) for kind in kinds}
        for kind, row in table[name]['peers'].items():
            print(f'    {kind:12} {json.dumps(row)}', flush=True)
    if not args.no_peers:
        table['sentencepiece'] = pieces(folder, args.rounds)
    table['command line'] = command_line(folder / 'ours-32k' / 'tokenizer.json', folder)
    print('command line, ours-32k, JSONL to raw ids:', json.dumps(table['command line']))
    measure.save('encoding', table)


main()
