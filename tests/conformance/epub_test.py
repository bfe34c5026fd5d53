# SPDX-License-Identifier: MIT
"""EPUB: real books and broken ones, against zipfile and an XML parser of others.

1. The text of the sample books is, white space and ruby aside, that of their chapters as an XML parser reads them,
   in the order of the spine; the metadata are those of the package document. One chapter a document gives the same.
2. A book that is made here has every trap that we know: percent-encoded and dotted paths, self-closing elements,
   CDATA, entities, a DOCTYPE with declarations, chapters that are not linear, a guide's table of contents.
3. Books that must be refused are, with the reason. A pipe gives what the file gives. Exit 0 if all of it holds.
"""
import glob
import io
import json
import os
import posixpath
import re
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile
from xml.etree import ElementTree

EXTRACT = os.path.join(os.environ.get('SEIMAI_BIN', 'build/gcc/bin'), 'seimai-extract')
SOURCE = os.environ.get('SEIMAI_SOURCE', '.')
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
HIDDEN = {'rt', 'rp', 'rtc', 'script', 'style', 'head', 'template', 'title'}
PACKAGE = 'application/oebps-package+xml'
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print('FAILED:', what)


def extract(*arguments, stdin=None):
    """The documents, the counts and the messages of a run."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([EXTRACT, '-j', '2', '--stats', folder + '/s', *arguments], input=stdin, check=False,
                              capture_output=True)
        with open(folder + '/s', encoding='utf-8') as file:
            stats = json.load(file)
    return [json.loads(line) for line in done.stdout.splitlines()], stats, done.stderr.decode()


def dense(text):
    """White space is ours to choose."""
    return re.sub(r'\s+', '', text)


# ---- an independent reader ------------------------------------------------------------------------

def local(element):
    return element.tag.rpartition('}')[2] if isinstance(element.tag, str) else ''


def shown(element):
    text = element.text or ''
    for child in element:
        if local(child) not in HIDDEN and 'hidden' not in child.attrib:
            text += shown(child)
        text += child.tail or ''
    return text


class Book:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        root = next(e.get('full-path') for e in self.xml('META-INF/container.xml').iter()
                    if local(e) == 'rootfile' and e.get('media-type') == PACKAGE)
        package = self.xml(root)
        items = {e.get('id'): e for e in package.iter() if local(e) == 'item'}
        toc = {e.get('href') for e in package.iter() if local(e) == 'reference' and e.get('type') == 'toc'}
        self.chapters = []
        for reference in (e for e in package.iter() if local(e) == 'itemref'):
            item = items[reference.get('idref')]
            if (reference.get('linear') == 'no' or 'nav' in (item.get('properties') or '').split()
                    or item.get('href') in toc or item.get('media-type') != 'application/xhtml+xml'):
                continue
            href = urllib.parse.unquote(item.get('href').partition('#')[0])
            path = posixpath.normpath(posixpath.join(posixpath.dirname(root), href))
            body = next(e for e in self.xml(path).iter() if local(e) == 'body')
            self.chapters.append((item.get('id'), shown(body)))
        self.meta = {}
        for element in package.iter():
            self.meta.setdefault(local(element), element.text)

    def xml(self, name):
        return ElementTree.fromstring(self.zip.read(name).replace(b'&nbsp;', b'&#160;'))


def real_books():
    for path in sorted(glob.glob(DATA + '/ebook/*.epub')):
        book = Book(path)
        name = os.path.basename(path)
        documents, stats, _ = extract('--mode', 'full', '--no-unify', path)
        want = dense(''.join(text for _, text in book.chapters))
        check(len(documents) == 1 and dense(documents[0]['text']) == want, f'{name}: the text')
        check(documents[0]['metadata'].get('title') == book.meta['title'].strip(), f'{name}: the title')
        check(documents[0]['metadata'].get('lang', '').lower().startswith(book.meta['language'][:2]),
              f'{name}: the language')
        if book.meta.get('creator'):
            check(documents[0]['metadata'].get('author') == book.meta['creator'], f'{name}: the author')
        items, _, _ = extract('--mode', 'full', '--no-unify', '--epub-items', path)
        texts = {item['id']: dense(item['text']) for item in items}
        for ident, text in book.chapters:
            check(texts.get(f'{path}#{ident}', '') == dense(text), f'{name}#{ident}: the chapter')
        with open(path, 'rb') as file:
            piped, _, _ = extract('--mode', 'full', '--no-unify', stdin=file.read())
        check(piped and piped[0]['text'] == documents[0]['text'], f'{name}: from a pipe')
        check(stats['in']['documents'] == 1, f'{name}: the count')
        print(f'{name}: {len(book.chapters)} chapters, {len(want)} characters')


# ---- a book of our own ------------------------------------------------------------------------------

CONTAINER = '<container><rootfiles><rootfile full-path="a%20b/p.opf" media-type="{}"/></rootfiles></container>'
OPF = '''<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" unique-identifier="u" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title> 米の本 </dc:title><dc:title>副題</dc:title>
<dc:creator>甲</dc:creator><dc:creator>乙</dc:creator><dc:language>ja</dc:language><dc:date>2001-02</dc:date>
<dc:identifier>x</dc:identifier><dc:identifier id="u">isbn</dc:identifier>{meta}</metadata>
<manifest><item id="c1" href="../t/%E4%B8%80.xhtml#top" media-type="application/xhtml+xml"/>
<item id="c2" href="./two.xhtml" media-type="application/xhtml+xml" properties="svg scripted"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="scripted nav"/>
<item id="s" href="side.xhtml" media-type="application/xhtml+xml"/>
<item id="i" href="i.svg" media-type="image/svg+xml"/></manifest>
<spine page-progression-direction="rtl"><itemref idref="n"/><itemref idref="c1"/><itemref idref="s" linear="no"/>
<itemref idref="i"/><itemref idref="c2"/><itemref idref="gone"/></spine></package>'''
ONE = '''<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html [<!ENTITY x "y>">]><!-- <p>no</p> -->
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script type="a"/></head><body>
<p><a id="p1"/>山<ruby>田<rt>だ</rt></ruby>は&#x3042;&amp;い。</p><p><![CDATA[<b>&]]></p><div class='a>b'/>後<br></br>ろ</body></html>'''
TWO = '<html><body><p>二</p><iframe src="x"/><textarea/><p>終わり</p></body></html>'


def make(meta='', drop=(), **more):
    files = {'META-INF/container.xml': CONTAINER.format(PACKAGE), 'a b/p.opf': OPF.format(meta=meta), 't/一.xhtml': ONE,
             'a b/two.xhtml': TWO, 'a b/nav.xhtml': '<p>目次</p>', 'a b/side.xhtml': '<p>脇</p>', 'a b/i.svg': '<svg/>'}
    files.update(more.get('files', {}))
    data = io.BytesIO()
    with zipfile.ZipFile(data, 'w', zipfile.ZIP_DEFLATED) as out:
        out.writestr('mimetype', 'application/epub+zip', zipfile.ZIP_STORED)
        for name, content in files.items():
            if name not in drop:
                out.writestr(name, content)
    return data.getvalue()


def encryption(algorithm):
    return {'META-INF/encryption.xml': '<encryption xmlns:enc="e"><enc:EncryptedData><enc:EncryptionMethod '
            f'Algorithm="{algorithm}"/></enc:EncryptedData></encryption>'}


def counted(stats, group):
    return {kind: tally['documents'] for kind, tally in stats[group].items()}


def own_books():
    documents, stats, _ = extract(stdin=make())
    check([dense(d['text']) for d in documents] == ['山田はあ&い。<b>&後ろ二終わり'], f'our book: {documents}')
    meta = documents[0]['metadata']
    check((meta.get('title'), meta.get('author'), meta.get('date')) == ('米の本', '甲; 乙', '2001-02'), f'our book: {meta}')
    check(stats['extract']['missing'] == 0, 'nothing is missing')
    fonts = make(files=encryption('http://www.idpf.org/2008/embedding'))
    check(len(extract(stdin=fonts)[0]) == 1, 'obfuscated fonts are harmless')
    documents, stats, _ = extract(stdin=make(drop=['a b/two.xhtml']))
    check(dense(documents[0]['text']).endswith('後ろ') and stats['extract']['missing'] == 1, 'a missing chapter is counted')


def refused_books():
    fixed = '<meta property="rendition:layout">pre-paginated</meta>'
    pictures = {'t/一.xhtml': '<html><body><img src="1.jpg"/></body></html>', 'a b/two.xhtml': '<svg/>'}
    bomb = {'t/一.xhtml': 'x' * (80 << 20)}
    for what, book, group, kind in [
            ('DRM', make(files=encryption('http://www.w3.org/2001/04/xmlenc#aes128-cbc')), 'bad', 'encrypted'),
            ('manga', make(meta=fixed, files=pictures), 'dropped', 'fixed-layout'),
            ('pictures', make(files=pictures), 'dropped', 'no-text'),
            ('a bomb', make(files=bomb), 'bad', 'too-large'),
            ('no chapters', make(drop=['t/一.xhtml', 'a b/two.xhtml']), 'bad', 'damaged')]:
        documents, stats, _ = extract(stdin=book)
        check(not documents and counted(stats, group) == {kind: 1}, f'{what}: {stats}')
    for what, book, words in [('no EPUB', make(drop=['META-INF/container.xml']), 'no EPUB'),
                              ('a cut file', make()[:-40], 'cut or damaged'),
                              ('broken XML', make(files={'a b/p.opf': '<package><a></package>'}), 'a b/p.opf:1:')]:
        documents, stats, message = extract(stdin=book)
        check(not documents and not stats['complete'] and words in message, f'{what}: {message}')


def damaged_entries():
    """A chapter whose bytes are wrong is missing; the others are read. Every byte may be the wrong one."""
    whole = make()
    at = whole.index('t/一.xhtml'.encode()) + 20
    broken = bytearray(whole)
    broken[at] ^= 0xFF
    documents, stats, _ = extract(stdin=bytes(broken))
    check(documents and dense(documents[0]['text']) == '二終わり' and stats['extract']['missing'] == 1,
          f'a damaged chapter: {documents} {stats}')


if not os.path.exists(EXTRACT):
    print('skipped: no seimai-extract')
    sys.exit(77)
if 'was not there when this was built' in extract(stdin=make())[2]:
    print('skipped: built without libzip or expat')
    sys.exit(77)
own_books()
refused_books()
damaged_entries()
if os.path.isdir(DATA + '/ebook'):
    real_books()
else:
    print('without the sample books, which are not here')
sys.exit(failures != 0)
