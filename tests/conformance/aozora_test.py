#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Aozora Bunko: extract against a slow reader that was written from the specification, on real works.

    aozora_test.py

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped. Each of the 300 works of the data folder is read by both, by `--ruby base` and `--ruby
paren`: the texts must be equal, blank lines, white space and indents aside, which the HTML reader decides. The
oracle works with regular expressions on whole lines and takes gaiji from Python's codec of EUC-JIS-2004. Then no
mark may be left but where the work prints it: those lines are listed below.
"""
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get('SEIMAI_DATA') or os.path.join(HERE, '..', '..', '..', 'shared', 'data')
TOOL = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin', 'seimai-extract')
ARCHIVE = os.path.join(DATA, 'text', 'aozora_raw_sjis.tar.zst')

PRINTED = {'｜　｜　　　　　｜', '｜　｜　　　｜　｜', '｜　　　　　　　｜', '｜'}  # a drawing of lines in one work

# ---- the oracle -------------------------------------------------------------------------------------

HAN = '々〆〇仝ヶ〓\u2e80-\u2fdf\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff'
CLASSES = ['[' + HAN + ']', '[ぁ-ゖゝ-ゟ〱〲]', '[ァ-ヵヷ-ヺー-ヿ]',
           '[0-9A-Za-z０-９Ａ-Ｚａ-ｚ\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0373\u0376-\u03ff\u0400-\u0481\u048a-\u052f\u1e00-\u1eff]']
BASE = re.compile('(' + '|'.join(c + '+' for c in CLASSES) + ')$')
NOTE = re.compile('(※?)［＃((?:[^［］]|［[^［］]*］)*)］')
MARKS = {'`': ('\u0300', 'aeiou'), "'": ('\u0301', 'aeiouy'), '^': ('\u0302', 'aeioucghjs'), '~': ('\u0303', 'anoiu'),
         ':': ('\u0308', 'aeiouy'), '&': ('\u030a', 'au'), ',': ('\u0327', 'cst'), '_': ('\u0304', 'aeiou')}
LIGATURES = {'ae&': 'æ', 'AE&': 'Æ', 'oe&': 'œ', 'OE&': 'Œ', 's&': 'ß', '!@': '¡', '?@': '¿', 'o/': 'ø', 'O/': 'Ø',
             'l/': 'ł', 'L/': 'Ł', 'd/': 'đ', 'D/': 'Đ', 'h/': 'ħ', 'H/': 'Ħ', 'i/': 'ɨ'}
KANA = re.compile('(変体仮名|小書き片仮名|小書き平仮名|濁点付き片仮名|濁点付き平仮名|半濁点付き片仮名|半濁点付き平仮名)(.)、')


def gaiji(note):
    code = re.search(r'U\+([0-9A-Fa-f]{4,6})', note)
    if code:
        return chr(int(code.group(1), 16))
    for plane, row, cell in re.findall(r'(?<![\d-])([12])-(\d\d?)-(\d\d?)(?![\d-])', note):
        raw = bytes([0xA0 + int(row), 0xA0 + int(cell)])
        try:
            return (b'\x8f' * (plane == '2') + raw).decode('euc_jis_2004')
        except UnicodeDecodeError:
            continue
    if note.startswith('感嘆符三つ'):
        return '！！！'
    kana = KANA.match(note)
    if kana:
        mark = {'濁': '\u3099', '半': '\u309a'}.get(kana.group(1)[0], '')
        return kana.group(2) + mark
    cursive = re.match('「(.)」のくずし字', note)
    return cursive.group(1) if cursive else '〓'


def other_note(note, before, behind):
    if note.startswith('割り注'):
        if note.endswith('終わり'):
            return '' if before.endswith('）') else '）'
        return '' if behind.startswith('（') else '（'
    return ''


def notes(line):
    out, at = '', 0
    for match in NOTE.finditer(line):
        out += line[at:match.start()]
        at = match.end()
        out += gaiji(match.group(2)) if match.group(1) else other_note(match.group(2), out, line[at:])
    return out + line[at:]


def accents(line):
    def letters(match):
        text, found = match.group(1), False
        out, i = '', 0
        while i < len(text):
            pair = next((code for code in LIGATURES if text.startswith(code, i)), None)
            mark, bearers = MARKS.get(text[i + 1:i + 2], ('', ''))
            composed = unicodedata.normalize('NFC', text[i] + mark) if text[i].lower() in bearers else ''
            if pair:
                out, i, found = out + LIGATURES[pair], i + len(pair), True
            elif len(composed) == 1:
                out, i, found = out + composed, i + 2, True
            else:
                out, i = out + text[i], i + 1
        return out if found else match.group(0)
    return re.sub('〔([^〕]*)〕', letters, line)


def ruby(line, paren):
    """Readings from left to right; what is done has a private mark behind it, so that no base runs over it."""
    out = ''
    while True:
        open_at = line.find('《')
        close_at = line.find('》', open_at + 1)
        if open_at < 0 or close_at < 0:
            return (out + line).replace('\ue000', '')
        before, reading, line = out + line[:open_at], line[open_at + 1:close_at], line[close_at + 1:]
        bar = before.rfind('｜')
        based = bar >= 0 and bar + 1 < len(before) and '\ue000' not in before[bar:]
        if based:
            before = before[:bar] + before[bar + 1:]
        if based or (reading and BASE.search(before)):
            out = before + (f'（{reading}）' if paren else '') + '\ue000'
        else:
            out, line = before + '《', reading + '》' + line


def body(text):
    """Without header, legend and footer."""
    lines = text.split('\r\n') if '\r\n' in text else text.split('\n')
    start = next(i for i, line in enumerate(lines) if not line.strip('　 ')) + 1
    rule = next((i for i, line in enumerate(lines[start:start + 10], start) if re.fullmatch('-{20,}', line)), None)
    if rule is not None and lines[rule + 1].startswith('【テキスト中に現れる記号'):
        start = next(i for i, line in enumerate(lines[rule + 1:], rule + 1) if re.fullmatch('-{20,}', line)) + 1
    ends = [i for i, line in enumerate(lines) if line.startswith('底本：')]
    ends = ends[-1:] or [i for i, line in enumerate(lines) if line.startswith(('入力：', '青空文庫作成ファイル'))][:1]
    return lines[start:ends[0] if ends else len(lines)]


def read(text, paren):
    out = []
    for line in body(text):
        line = accents(notes(line))
        line = line.replace('／＼', '〱').replace('／″＼', '〲')
        out.append(ruby(line, paren))
    return out


# ---- the comparison ---------------------------------------------------------------------------------

TWINS = str.maketrans('～－∥￠￡￢', '〜−‖¢£¬')


def plain(lines):
    """What is compared: lines without white space, in one form, without empty ones."""
    return [line for line in (re.sub(r'\s', '', line.translate(TWINS)) for line in lines) if line]


def extract(files, *options):
    run = subprocess.run([TOOL, *options, *files], capture_output=True, check=False)
    if run.returncode:
        sys.exit(f'{TOOL} {" ".join(options)}: status {run.returncode}: {run.stderr.decode()[:500]}')
    return [json.loads(line) for line in run.stdout.splitlines()]


def works(folder):
    with subprocess.Popen(['zstd', '-dc', ARCHIVE], stdout=subprocess.PIPE) as zstd:
        with tarfile.open(fileobj=zstd.stdout, mode='r|') as archive:
            archive.extractall(folder)
    return sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                  if name.endswith('.txt'))


def compare(documents, files, paren):
    wrong = 0
    for document, file in zip(documents, files):
        with open(file, 'rb') as handle:
            want = plain(read(handle.read().decode('cp932'), paren))
        got = plain(document['text'].split('\n'))
        if got == want:
            continue
        wrong += 1
        place = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
        print(f'{os.path.basename(file)}: line {place}\n  got  {got[place:place + 1]}\n  want {want[place:place + 1]}')
    return wrong


def marks_left(documents):
    left = [line for document in documents for line in document['text'].split('\n')
            if re.search('[《｜※]|［＃', line) and line.strip() not in PRINTED]
    for line in left:
        print('mark left:', line)
    return len(left)


def main():
    if not os.path.exists(ARCHIVE) or not os.path.exists(TOOL):
        print('skip: no', ARCHIVE, 'or', TOOL)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        files = works(folder)
        base, paren = extract(files), extract(files, '--ruby', 'paren')
        wrong = compare(base, files, False) + compare(paren, files, True) + marks_left(base)
    named = sum(1 for document in base if document['metadata'].get('title') and document['metadata'].get('author'))
    print(f'{len(files)} works, {wrong} differences; title and author of {named}')
    return 1 if wrong or len(base) != len(files) or named != len(files) else 0


if __name__ == '__main__':
    sys.exit(main())
