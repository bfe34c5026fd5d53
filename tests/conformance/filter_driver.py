# SPDX-License-Identifier: MIT
"""What the tests of filter's presets against their originals share: documents, runs of the tool, comparing.

Documents are real: text_dev (7,198 of 15 sources, cut to LETTERS characters but for some), pages of dev_html with all
their menus (extract --mode full), and a few that no corpus has. SEIMAI_BUILD names the build folder, SEIMAI_DATA the data.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(os.environ.get('SEIMAI_SOURCE', HERE.parents[1]))
DATA = pathlib.Path(os.environ.get('SEIMAI_DATA', SOURCE / '../shared/data'))
BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build')) / 'bin'
LETTERS = 3000
WHOLE = 50  # one document in so many is not cut
ODD = ['', '\n', '。', 'あ', 'abc', '　', '\0\0\0', 'あ' * 300, '\n' * 300, '-' * 300, '。' * 500, 'あ\n' * 400, '…\n' * 300,
       '2020年 1月 1日' * 40, '12話３話４５話 123456話' * 30, '(月)(火)( 水 )(日' * 50, 'a' * 250 + 'あ。' * 200,
       '🍚👍🏽❤️©' * 100 + 'です。' * 200, '…' * 50 + '\n', 'それは... \nこれは...\n' * 60, '2020-1/1日日日 1999.12.31' * 30,
       'テスト　です。\r\nはい。\u2028そう。\x85' * 60, '１２３４年５月６日。' * 60, 'ｱｲｳ①②③■' * 80 + '。' * 10]
counts = {'passed': 0, 'failed': 0}


def check(name, wrong):
    counts['failed' if wrong else 'passed'] += 1
    print('FAILED' if wrong else 'ok', name, wrong or '', flush=True)


def finish():
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts['failed'] else 0


def skip(why):
    print('skip:', why)
    sys.exit(77)


def raw_pages():
    """Pages of real HTML as text with everything on them, menus and footers too."""
    tool, pages = BIN / 'seimai-extract', DATA / 'html/dev_html.warc.gz'
    if not tool.exists() or not pages.exists():
        return []
    out = subprocess.run([tool, '--mode', 'full', '-q', pages], capture_output=True).stdout
    return [json.loads(line)['text'] for line in out.splitlines()]


def documents(letters=LETTERS):
    path = DATA / 'text/text_dev.jsonl.zst'
    if not path.exists():
        skip(f'no {path.name}')
    lines = subprocess.run(['zstd', '-dc', path], capture_output=True, check=True).stdout.splitlines()
    texts = [json.loads(line)['text'] for line in lines] + raw_pages()
    texts = [t if i % WHOLE == 0 and len(t) < 100000 else t[:letters] for i, t in enumerate(texts)]
    return texts + ODD


def lists():
    """The folder of others' word lists, unpacked."""
    path = DATA / 'ng/ng-lists.tar.zst'
    if not path.exists():
        skip(f'no {path.name}')
    folder = tempfile.mkdtemp(prefix='seimai-lists-')
    subprocess.run(['tar', '--zstd', '-xf', path, '-C', folder], check=True)
    return pathlib.Path(folder)


def run(texts, *options, urls=None):
    """seimai filter over the texts: the documents that come out, by number."""
    lines = (json.dumps({'id': str(i), 'text': t, 'metadata': {'url': urls[i]} if urls else {}}) + '\n'
             for i, t in enumerate(texts))
    command = [BIN / 'seimai-filter', '-q', '-j', '1', *map(str, options)]
    done = subprocess.run(command, input=''.join(lines).encode(), stdout=subprocess.PIPE, check=True)
    return {int(d['id']): d for d in map(json.loads, done.stdout.splitlines())}


def annotate(texts, *options, urls=None):
    """The values of each text, by name; NaN where they are undefined."""
    out = run(texts, '--annotate', *options, urls=urls)
    return [{k: math.nan if v is None else v for k, v in out[i]['metadata']['quality'].items()}
            for i in range(len(texts))]


def compare(texts, ours, theirs, names):
    """Both are lists of maps by name; a peer that has no number for a text leaves the name out."""
    for name in names:
        wrong = [(i, ours[i][name], t[name], texts[i][:40]) for i, t in enumerate(theirs)
                 if name in t and not abs(ours[i][name] - t[name]) <= 1e-9]
        compared = sum(name in t for t in theirs)
        check(f'{name}: equal on {compared} documents', wrong and f'{len(wrong)} differ: {wrong[:3]}')


def same_verdicts(what, texts, kept, want):
    """kept: numbers of the documents that our tool kept; want: booleans of the peer, None where it gave up."""
    wrong = [(i, w, texts[i][:60]) for i, w in enumerate(want) if w is not None and (i in kept) != w]
    share = sum(w is True for w in want)
    check(f'{what}: the same verdict on {sum(w is not None for w in want)} documents, {share} kept',
          wrong and f'{len(wrong)} differ: {wrong[:5]}')
