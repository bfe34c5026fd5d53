# SPDX-License-Identifier: MIT
"""The decoders of charsets that are not Japanese against Python's codecs, and the choice on very short pages.

1. Every byte of the single-byte charsets, every pair of GBK, Big5 and EUC-KR, and every fifth of GB18030's four
   bytes give the codec's character, or U+FFFD where it has none. Where WHATWG differs from the codec is listed.
2. Pages whose only Japanese text has 8, 20 or 40 characters, in each charset with every declaration, are read in the
   charset that they are in. Exit 0 if all of it holds.
"""
import json
import os
import random
import subprocess
import sys

from html_driver import DATA, drive

SINGLES = {'ibm866': 'cp866', 'macintosh': 'mac_roman', 'windows-874': 'cp874', 'x-mac-cyrillic': 'mac_cyrillic',
           'koi8-r': 'koi8_r', 'koi8-u': 'koi8_u',
           **{f'windows-{n}': f'cp{n}' for n in range(1250, 1259)},
           **{f'iso-8859-{n}': f'iso8859_{n}' for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}}
PAIRS = {'gbk': 'gb18030', 'big5': 'big5hkscs', 'euc-kr': 'cp949'}
# Letters that the standard's KOI8-U has of KOI8-RU; GB18030 of 2000 had A8BC in private use; marks of Big5.
DIFFERENT = {('koi8-u', b'\xae'): '\u045e', ('koi8-u', b'\xbe'): '\u040e', ('gbk', b'\xa8\xbc'): '\u1e3f',
             **{('big5', bytes.fromhex(pair)): character for pair, character in
                zip('a145 a14e a1c2 a1e3 a1f2 a1f3 a241 a242 a244 a246 a247 a3e1'.split(),
                    '\u2027\ufe51\xaf\uff5e\u2295\u2299\u2215\ufe68\uffe5\uffe0\uffe1\u20ac')}}
HKSCS_2008 = (0x87, 0x8C, 0x8D)  # rows to which the standard's index adds; the codec is of 2004
JAPANESE = {'Shift_JIS': 'cp932', 'EUC-JP': 'euc_jp', 'ISO-2022-JP': 'iso2022_jp', 'UTF-8': 'utf-8'}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print('FAILED:', what)


def wanted(label, codec, data):
    """The character, or None; a C1 control where a single byte has no other meaning (WHATWG)."""
    if (label, data) in DIFFERENT:
        return DIFFERENT[label, data]
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return chr(data[0]) if len(data) == 1 and data[0] < 0xA0 else None


def compare(label, codec, sequences):
    """A line each, as one text."""
    lines = drive('decode', [(label, b'\n'.join(sequences))])[0].split('\n')
    check(len(lines) == len(sequences), f'{label}: {len(lines)} lines')
    for data, got in zip(sequences, lines):
        want = wanted(label, codec, data)
        right = got == want if want else '\ufffd' in got or (label == 'big5' and data[0] in HKSCS_2008)
        check(right, f'{label} {data.hex()}: got {got!a}, want {want!a}')
    print(f'{label}: {len(sequences)} sequences')


def four_bytes():
    for pointer in [*range(0, 39420, 5), *range(189000, 1237576, 499)]:
        yield bytes([0x81 + pointer // 12600, 0x30 + pointer // 1260 % 10, 0x81 + pointer // 10 % 126,
                     0x30 + pointer % 10])


def decoders():
    for label, codec in SINGLES.items():
        compare(label, codec, [bytes([byte]) for byte in range(0x80, 0x100)])
    for label, codec in PAIRS.items():
        compare(label, codec, [bytes([lead, trail]) for lead in range(0x81, 0xFF)
                               for trail in [*range(0x40, 0x7F), *range(0x80, 0xFF)]])
    compare('gb18030', 'gb18030', list(four_bytes()))


def snippets():
    """Runs of mostly Japanese characters from all kinds of texts."""
    path = os.path.join(DATA, 'text/text_dev.jsonl.zst')
    if not os.path.exists(path):
        print('skip: no', path)
        sys.exit(77)
    lines = subprocess.run(['zstd', '-dc', path], capture_output=True, check=True).stdout.splitlines()
    chosen = random.Random(1)
    for line in lines[::9]:
        text = json.loads(line)['text'].replace('\n', '')
        for n in (8, 20, 40):
            start = chosen.randrange(max(1, len(text) - n))
            piece = text[start:start + n]
            if len(piece) == n and sum(c > '\u3000' for c in piece) >= .8 * n:
                yield piece


def short_pages():
    cases, wants = [], []
    for text in snippets():
        for charset, codec in JAPANESE.items():
            data = text.encode(codec, 'xmlcharrefreplace')
            for label in [*JAPANESE, '', 'iso-8859-1']:
                meta = f'<meta charset="{label}">'.encode() if label else b''
                cases.append(('', b'<html><head>' + meta + b'<title>' + data + b'</title><body>x</body></html>'))
                wants.append((text, charset, label))
    for want, got in zip(wants, drive('choose', cases)):
        check(got['charset'] == want[1], f'{want[0]} in {want[1]} declared {want[2] or "nothing"}: {got}')
    print(f'short pages: {len(cases)}')


decoders()
short_pages()
print('charset_legacy:', 'FAILED' if failures else 'all pass', failures)
sys.exit(failures > 0)
