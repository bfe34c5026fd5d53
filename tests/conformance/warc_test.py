# SPDX-License-Identifier: MIT
"""WARC and ARC: files of other programs, and every way in which files are broken.

1. The fixtures of warcio, resiliparse, jwarc, ukwa and whirlwind: what each gives, by kind, and that the counts add up.
2. On whole WARC files, the records are those that FastWARC finds (where it is installed).
3. The same records plain, in gzip by record, in one stream, in zstd by record, with a dictionary, in bzip2: the same documents.
4. A damaged member at every place of a file costs its own record; a cut file is told after all before it.
5. Folders, file names that are no UTF-8, empty and unreadable files, FIFOs. Exit 0 if all of it holds.
"""
import bz2
import contextlib
import glob
import gzip
import json
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile

EXTRACT = os.path.abspath(os.path.join(os.environ.get('SEIMAI_BIN', 'build/gcc/bin'), 'seimai-extract'))
SOURCE = os.environ.get('SEIMAI_SOURCE', '.')
DATA = os.path.abspath(os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data')))
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print('FAILED:', what)


def run(*arguments, stdin=None, threads=2):
    """The documents, the counts, the messages and the exit status of a run."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([EXTRACT, f'-j{threads}', '--mode', 'full', '--stats', folder + '/s', *arguments],
                              input=stdin, check=False, capture_output=True, timeout=300)
        with open(folder + '/s', encoding='utf-8') as file:
            stats = json.load(file)
    groups = [stats['kept'], *stats['dropped'].values(), *stats['bad'].values()]
    for unit in 'documents', 'bytes':
        check(stats['in'][unit] == sum(group[unit] for group in groups), f'{arguments}: {unit} do not add up: {stats}')
    return [json.loads(line) for line in done.stdout.splitlines()], stats, done.stderr.decode(), done.returncode


def counted(stats, group):
    return {kind: tally['documents'] for kind, tally in stats[group].items()}


# ---- the fixtures of others ------------------------------------------------------------------------

# kept, dropped, bad, and what of the rest is not zero; a message where the file is broken
FIXTURES = {
    'warcio/example.warc': (1, {}, {}, {'passed_over': 5}, ''),
    'warcio/example.warc.gz': (1, {}, {}, {'passed_over': 5}, ''),
    'warcio/example.arc': (1, {}, {}, {'passed_over': 1}, ''),
    'warcio/example.arc.gz': (1, {}, {}, {'passed_over': 1}, ''),
    'warcio/bad.arc': (0, {'no-text': 1}, {'arc-bad-header': 2}, {'passed_over': 1, 'lost_sync': 1}, 'no length'),
    'warcio/example-space-in-url.arc': (0, {}, {}, {'passed_over': 1}, 'ends inside the record at offset 151'),
    'warcio/example-space-in-target-uri.warc.gz': (0, {'content-type': 1}, {}, {'passed_over': 1}, ''),
    'warcio/example-bad-non-chunked.warc.gz': (1, {}, {}, {'passed_over': 5}, ''),
    'warcio/example-wrong-chunks.warc.gz': (1, {}, {}, {'passed_over': 1, 'http-wrong-length': 1}, ''),
    'warcio/example-iana.org-chunked.warc': (1, {}, {}, {'passed_over': 2}, ''),
    'warcio/example-trunc.warc': (1, {}, {}, {'passed_over': 3, 'wrong_length': 1, 'http-bad-coding': 1,
                                              'http-wrong-length': 1}, ''),
    'warcio/example-resource.warc.gz': (1, {}, {}, {'passed_over': 2}, ''),
    'warcio/example-wget-bad-target-uri.warc.gz': (3, {}, {}, {'passed_over': 3}, ''),
    'resiliparse/clipped.warc.gz': (0, {}, {}, {}, 'gzip: the file ends inside a member'),
    'resiliparse/clueweb-quirk.warc.gz': (29, {}, {}, {'passed_over': 1, 'http-bad-coding': 29,
                                                       'http-wrong-length': 29}, ''),
    'resiliparse/warcfile.warc': (16, {}, {}, {'passed_over': 34}, ''),
    'resiliparse/warcfile.warc.gz': (16, {}, {}, {'passed_over': 34}, ''),
    'resiliparse/warcfile.warc.lz4': (0, {}, {}, {}, 'lz4 is not read'),
    'resiliparse/block-sized-records.warc': (0, {}, {}, {'passed_over': 3}, ''),
    'jwarc/cc.warc.gz': (1, {}, {}, {}, ''),
    'jwarc/gzip_extra_sl.warc.gz': (0, {}, {}, {'passed_over': 1}, ''),
    'ukwa/IAH-20080430204825-00000-blackbook-truncated.arc.gz': (4, {'content-type': 3}, {}, {'passed_over': 2}, ''),
    'ukwa/IAH-20080430204825-00000-blackbook-truncated.warc': (4, {'content-type': 3}, {}, {'passed_over': 16}, ''),
    'ukwa/IAH-urls-wget.warc.gz': (7, {'content-type': 3, 'http-status': 9}, {}, {'passed_over': 17}, ''),
    'whirlwind/whirlwind.warc.gz': (1, {}, {}, {'passed_over': 3}, ''),
    'whirlwind/whirlwind.warc.wet.gz': (1, {}, {}, {'passed_over': 1}, ''),
    'whirlwind/whirlwind.warc.wat.gz': (0, {}, {}, {'passed_over': 2}, ''),
}


def fixtures(folder):
    for name, (kept, dropped, bad, others, message) in FIXTURES.items():
        documents, stats, said, status = run(f'{folder}/warc-fixtures/{name}')
        figures = {**stats['extract']['http_faults'],
                   **{key: stats['extract'][key] for key in ('passed_over', 'lost_sync', 'wrong_length', 'damaged')}}
        got = (len(documents), counted(stats, 'dropped'), counted(stats, 'bad'), {k: v for k, v in figures.items() if v})
        check(got == (kept, dropped, bad, others), f'{name}: {got}')
        check(message in said and (status == 1) == bool(message), f'{name}: exit {status}: {said}')
    print(f'{len(FIXTURES)} fixtures')


def against_fastwarc(folder):
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError:
        print('without FastWARC, which is not installed')
        return
    for name in ['warcio/example.warc.gz', 'resiliparse/warcfile.warc.gz', 'whirlwind/whirlwind.warc.wet.gz',
                 'ukwa/IAH-urls-wget.warc.gz', 'jwarc/cc.warc.gz']:
        path = f'{folder}/warc-fixtures/{name}'
        pages = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
        with open(path, 'rb') as file:
            want = [record.record_id.strip('<>') for record in ArchiveIterator(file, record_types=pages, parse_http=False)
                    if not (record.headers.get('Content-Type') or '').startswith('text/dns')]
        with tempfile.TemporaryDirectory() as rejects:
            documents, _, _, _ = run(path, '--rejects', rejects + '/r')
            with open(rejects + '/r', encoding='utf-8') as file:
                ids = [d['id'] for d in documents] + [json.loads(line)['id'] for line in file]
        check(sorted(ids) == sorted(want), f'{name}: FastWARC finds {len(want)} records, we {len(ids)}')


# ---- forms of compression ----------------------------------------------------------------------------

def record(i):
    body = f'<p>{i}番目のページです。米を白くする。{"精米" * (i % 50)}</p>'.encode()
    http = b'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' + body
    return (f'WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:{i}>\r\nContent-Type: application/http\r\n'
            f'Content-Length: {len(http)}\r\n\r\n').encode() + http + b'\r\n\r\n'


def zstd(data, *options):
    return subprocess.run(['zstd', '-qc', *options], input=data, check=True, capture_output=True).stdout


def with_dictionary(records, compressed):
    """A dictionary in a skippable frame at the front, as zstd's profile of WARC has it."""
    with tempfile.TemporaryDirectory() as folder:
        for i in range(400):
            with open(f'{folder}/{i}', 'wb') as file:
                file.write(record(i))
        subprocess.run(['zstd', '-q', '--train', *glob.glob(folder + '/*'), '-o', folder + '/d', '--maxdict=4096'],
                       check=True, capture_output=True)
        with open(folder + '/d', 'rb') as file:
            dictionary = file.read()
        frames = b''.join(zstd(data, '-D', folder + '/d') for data in records)
    stored = zstd(dictionary) if compressed else dictionary
    return struct.pack('<II', 0x184D2A5D, len(stored)) + stored + frames


def forms():
    records = [record(i) for i in range(40)]
    whole = b''.join(records)
    want = run(stdin=whole)[0]
    check(len(want) == 40, 'forty documents')
    for what, data in {
            'gzip by record': b''.join(gzip.compress(data) for data in records),
            'one gzip stream': gzip.compress(whole), 'bzip2': bz2.compress(whole), 'zstd': zstd(whole),
            'zstd by record': b''.join(zstd(data) for data in records),
            'gzip in blocks': b''.join(gzip.compress(whole[at:at + 1000]) for at in range(0, len(whole), 1000)),
            'zstd with a dictionary': with_dictionary(records, False),
            'zstd with a compressed dictionary': with_dictionary(records, True)}.items():
        documents, stats, said, status = run(stdin=data)
        check(documents == want and status == 0 and stats['complete'], f'{what}: {len(documents)} documents, {said}')


def damage():
    records = [record(i) for i in range(12)]
    members = [gzip.compress(data, mtime=0) for data in records]
    chance = random.Random(4)
    for trial in range(60):
        which, data = chance.randrange(11), list(members)
        broken = bytearray(data[which])
        if trial % 3 == 0:
            broken = broken[:chance.randrange(12, len(broken))]
        else:
            broken[chance.randrange(10, len(broken))] ^= 1 << chance.randrange(8)
        data[which] = bytes(broken)
        documents, stats, said, status = run(stdin=b''.join(data), threads=1 + trial % 2)
        ids = [document['id'] for document in documents]
        want = [f'urn:x:{i}' for i in range(12) if i != which]
        bad = counted(stats, 'bad')
        bad.pop('warc-bad-header', None)  # what came of a header before the damage was noticed
        check(ids == want and status == 1 and bad == {'damaged': 1},
              f'damage {trial} in member {which}: {ids} {counted(stats, "bad")} {said}')
    whole = b''.join(members)
    starts = [sum(len(member) for member in members[:i]) for i in range(13)]
    for cut in chance.sample(range(20, len(whole)), 40):
        documents, stats, said, status = run(stdin=whole[:cut])
        at_end = cut in starts
        # Where only gzip's trailer is missing, all of the record came.
        check(len(documents) == sum(start - 8 <= cut for start in starts[1:]), f'cut at {cut}: {len(documents)} documents')
        check(stats['complete'] == at_end and (status == 0) == at_end, f'cut at {cut}: {said}')


# ---- many inputs ----------------------------------------------------------------------------------------

def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)


def inputs():
    page = '<title>題</title><p>本文です。</p>'.encode()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        put('./in/b/two.html', page)
        put('./in/b/ten.txt', 'ただの文。'.encode())
        put('./in/a.warc.gz', gzip.compress(record(7)))
        put('./in/.hidden/x.html', page)
        put('./in/empty', b'')
        put('./in/c.jsonl', b'{"id":"j","text":"a"}\n')
        with open(b'in/\x95\xc4.html', 'wb') as file:
            file.write(page)
        documents, stats, said, status = run('in')
        ids = [document['id'] for document in documents]
        check(ids == ['urn:x:7', 'in/b/ten.txt', 'in/b/two.html', 'j', 'in/%95%C4.html'], f'a folder: {ids} {said}')
        check(stats['extract']['files'] == 6 and stats['extract']['hidden'] == 1 and status == 0, f'a folder: {stats}')
        check([run('in', threads=n)[0] for n in (1, 4)] == [documents] * 2, 'a folder: the same for any -j')
        # A broken file, a missing one and one that is no text do not stop the others.
        put('./cut.warc.gz', gzip.compress(record(1))[:-20])
        put('./image', b'\x89PNG\r\n\x1a\n')
        documents, stats, said, status = run('cut.warc.gz', 'gone', 'image', 'in/c.jsonl')
        check([d['id'] for d in documents] == ['j'] and status == 1 and not stats['complete'], f'broken ones: {said}')
        check(all(words in said for words in ['cut.warc.gz: gzip', 'gone: No such file', 'image: a PNG image']), said)
        check(len(stats['errors']) == 3, f'broken ones: {stats["errors"]}')
        # A FIFO, and standard input among others.
        os.mkfifo('fifo')
        with subprocess.Popen(['cp', 'in/b/two.html', 'fifo']):
            check([d['id'] for d in run('fifo')[0]] == ['fifo'], 'a FIFO')
        documents, _, _, _ = run('in/c.jsonl', '-', stdin=page)
        check([d['id'] for d in documents] == ['j', '(stdin)'], 'standard input among others')


if not os.path.exists(EXTRACT):
    print('skipped: no seimai-extract')
    sys.exit(77)
forms()
damage()
inputs()
FIXED = DATA + '/conformance/warc-fixtures.tar.zst'
if os.path.exists(FIXED):
    with tempfile.TemporaryDirectory() as unpacked:
        subprocess.run(['tar', '--zstd', '-xf', FIXED, '-C', unpacked], check=True)
        fixtures(unpacked)
        against_fastwarc(unpacked)
else:
    print('without the fixtures of others, which are not here')
sys.exit(failures != 0)
