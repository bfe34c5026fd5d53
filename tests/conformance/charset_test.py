# SPDX-License-Identifier: MIT
"""The decoders against encoding_rs's Japanese vectors, and the choice of a charset on real pages.

1. Every line of X_in.txt decodes to the line of X_in_ref.txt, and X_out_ref.txt to X_out.txt where that is
   a round trip; X = shift_jis, iso_2022_jp, and for EUC-JP jis0208 and jis0212.
2. html5lib's sniffing tests, where a declaration decides.
3. Japanese pages re-encoded to each legacy charset, with a right, a wrong and no declaration, are read in the
   charset that they are in.
4. The tool gives the same text for them as for their UTF-8 form. Exit 0 if all of it holds.
"""
import glob
import os
import re
import sys

import html_pages
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
    """Cases of html5lib whose answer a declaration decides."""
    cases = []
    with Archive('conformance/html5lib-tests.tar.zst') as folder:
        for path in sorted(glob.glob(folder + '/encoding/*.dat')):
            for part in re.split(rb'(?:^|\n)#data\n', read(path))[1:]:
                page, want = part.rsplit(b'\n#encoding\n', 1)
                cases.append((os.path.basename(path), page, want.strip().decode()))
    answers = drive('choose', [('', page) for _, page, _ in cases])
    applied = 0
    for (name, page, want), got in zip(cases, answers):
        if got['from'] not in ('meta', 'bom', 'overruled'):
            continue
        applied += 1
        # The prescan is under test, not the doubt: one of these pages declares EUC-JP and is UTF-8.
        found = got['declared'] if got['from'] == 'overruled' else got['charset']
        check(found.lower() == want.lower(), f'{name}: {page[:120]!r} got {got}, want {want}')
    print(f'html5lib sniffing: {applied} of {len(cases)} cases apply')


def recoded(page):
    """A page in every charset with every declaration, as (charset, label, bytes)."""
    for charset, codec in CODECS.items():
        for label in [*CODECS, '']:
            yield charset, label, html_pages.declared(page, label).encode(codec, 'xmlcharrefreplace')


def choice(pages):
    cases = [(name, *case) for name, page in pages for case in recoded(page)]
    for (name, charset, label, _), got in zip(cases, drive('choose', [('', data) for *_, data in cases])):
        check(got['charset'] == charset, f'{name} in {charset} declared {label or "nothing"}: {got}')
    print(f'charset choice: {len(cases)} generated pages')


def same_text(pages):
    """A page's first case is in UTF-8 and says so: it is the measure of the others."""
    cases = [(name, *case) for name, page in pages for case in recoded(page)]
    texts = html_pages.extracted([data for *_, data in cases], '--mode', 'full')
    per_page = len(cases) // len(pages)
    for i, ((name, charset, label, _), text) in enumerate(zip(cases, texts)):
        want = texts[i - i % per_page]
        check(text == want, f'{name} in {charset} declared {label or "nothing"}: not the text of its UTF-8 form')
    check(all(texts), 'a page without text')
    print(f'charset text: {len(cases)} generated pages')


def japanese():
    """Pages of the gold set, in characters; those with numeric references, which are pure ASCII, included."""
    return [(name, page.decode('utf-8', 'replace')) for name, page in html_pages.SETS['ja-gold-dev']()]


def crawled():
    """Every fifth page of dev_html."""
    return [(name, page.decode()) for name, page in html_pages.crawled(every=5)]


vectors()
sniffing()
choice(japanese())
same_text(japanese() + crawled())
print('charset:', 'FAILED' if failures else 'all pass', failures)
sys.exit(failures > 0)
