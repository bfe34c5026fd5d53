# SPDX-License-Identifier: MIT
"""The decoders against encoding_rs's Japanese vectors, and the choice of a charset on real pages.

1. Every line of X_in.txt decodes to the line of X_in_ref.txt, and X_out_ref.txt to X_out.txt where that is
   a round trip; X = shift_jis, iso_2022_jp, and for EUC-JP jis0208 and jis0212.
2. html5lib's sniffing tests, for the charsets that are read.
3. Japanese pages re-encoded to each legacy charset, with a right, a wrong and no declaration, are read in the
   charset that they are in. Exit 0 if all of it holds.
"""
import glob
import json
import os
import re
import sys

from html_driver import Archive, drive

VECTORS = [('shift_jis', 'shift_jis'), ('jis0208', 'euc-jp'), ('jis0212', 'euc-jp'),
           ('iso_2022_jp', 'iso-2022-jp')]
CODECS = {'Shift_JIS': 'cp932', 'EUC-JP': 'euc_jp', 'ISO-2022-JP': 'iso2022_jp', 'UTF-8': 'utf-8'}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print('FAILED:', what)


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def vectors():
    with Archive('conformance/encoding_rs-ja.tar.zst') as folder:
        for name, label in VECTORS:
            data, want = (read(f'{folder}/{name}_in{part}.txt') for part in ('', '_ref'))
            whole = drive('decode', [(label, data)])[0]
            check(whole == want.decode(), f'{name}: the file as one')
            lines = list(zip(data.split(b'\n'), want.decode().split('\n')))
            if name == 'iso_2022_jp':
                continue  # its state runs over line ends
            answers = drive('decode', [(label, line) for line, _ in lines])
            for (line, text), got in zip(lines, answers):
                check(got == text, f'{name} {line.hex()}: got {got!a}, want {text!a}')
            print(f'{name}: {len(lines)} vectors')


def sniffing():
    """Cases of html5lib whose answer is a charset that is read and that a declaration decides."""
    cases = []
    with Archive('conformance/html5lib-tests.tar.zst') as folder:
        for path in sorted(glob.glob(folder + '/encoding/*.dat')):
            for part in re.split(rb'(?:^|\n)#data\n', read(path))[1:]:
                page, want = part.rsplit(b'\n#encoding\n', 1)
                cases.append((os.path.basename(path), page, want.strip().decode()))
    answers = drive('choose', [('', page) for _, page, _ in cases])
    read_names = {name.lower() for name in CODECS}
    applied = 0
    for (name, page, want), got in zip(cases, answers):
        if want.lower() not in read_names or got['from'] not in ('meta', 'bom', 'overruled'):
            continue
        applied += 1
        # The prescan is under test, not the doubt: one of these pages declares EUC-JP and is UTF-8.
        found = got['declared'] if got['from'] == 'overruled' else got['charset']
        check(found.lower() == want.lower(), f'{name}: {page[:120]!r} got {got}, want {want}')
    print(f'html5lib sniffing: {applied} of {len(cases)} cases apply')


def redeclared(page, label):
    page = re.sub(r'(?is)<meta[^>]*charset[^>]*>', '', page)
    page = re.sub(r'^<\?xml[^>]*\?>', '', page)
    return f'<meta charset="{label}">{page}' if label else page


def choice():
    with Archive('html/ja-gold-dev.tar.zst') as folder:
        with open(folder + '/gold.jsonl', encoding='utf-8') as file:
            rows = [json.loads(line) for line in file]
        pages = []
        for row in rows:
            decoded = f'{folder}/html-utf8/{row["id"]}.html'
            path = decoded if os.path.exists(decoded) else f'{folder}/{row["file"]}'
            pages.append((row['id'], read(path).decode('utf-8', 'replace')))
    cases, wants = [], []
    for name, page in pages:
        for charset, codec in CODECS.items():
            for label in [*CODECS, '']:
                cases.append(('', redeclared(page, label).encode(codec, 'xmlcharrefreplace')))
                wants.append((name, charset, label))
    for want, got in zip(wants, drive('choose', cases)):
        check(got['charset'] == want[1], f'{want[0]} in {want[1]} declared {want[2] or "nothing"}: {got}')
    print(f'charset choice: {len(cases)} generated pages')


vectors()
sniffing()
choice()
print('charset:', 'FAILED' if failures else 'all pass', failures)
sys.exit(failures > 0)
