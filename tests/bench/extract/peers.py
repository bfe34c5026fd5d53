# SPDX-License-Identifier: MIT
"""What other extractors make of a page, kept by (tool, version, hash of the page).

trafilatura gets the bytes of the page; the others want a string, which UTF-8 or else resiliparse's decoder makes.
Of the HTML that readability-lxml gives the text is taken, a line a block. An error counts as empty.
"""
import concurrent.futures
import contextlib
import hashlib
import importlib.metadata
import logging
import re
import sqlite3
import zlib

BLOCK_TAG = re.compile(r'(</?(?:p|div|li|h[1-6]|tr|td|th|br|ul|ol|table|blockquote|pre|section|article|dt|dd)\b)')


def trafilatura(page, fast=False):
    import trafilatura as peer
    return peer.extract(page, fast=fast, include_comments=False, include_tables=True, include_formatting=False)


def trafilatura_fast(page):
    return trafilatura(page, fast=True)


def decoded(page):
    """What is valid UTF-8 is that, whatever it declares: peers are judged by what they extract."""
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    try:
        return page.decode('utf-8')
    except UnicodeDecodeError:
        return bytes_to_str(page, detect_encoding(page, from_html_meta=True))


def resiliparse(page, main_content=True):
    from resiliparse.extract.html2text import extract_plain_text
    return extract_plain_text(decoded(page), main_content=main_content)


def resiliparse_full(page):
    return resiliparse(page, main_content=False)


def rs_trafilatura(page):
    import rs_trafilatura as peer
    return peer.extract(decoded(page)).main_content


def readability_lxml(page):
    from lxml import html
    from readability import Document
    return html.fromstring(BLOCK_TAG.sub(r'\n\1', Document(decoded(page)).summary())).text_content()


PEERS = {  # name: function, package
    'trafilatura': (trafilatura, 'trafilatura'),
    'trafilatura fast': (trafilatura_fast, 'trafilatura'),
    'resiliparse': (resiliparse, 'resiliparse'),
    'rs-trafilatura': (rs_trafilatura, 'rs-trafilatura'),
    'readability-lxml': (readability_lxml, 'readability-lxml'),
    'full text': (resiliparse_full, 'resiliparse'),
}


def version(name):
    return importlib.metadata.version(PEERS[name][1])


def run(job):
    """A page through a peer, in a process of its own."""
    name, file = job
    logging.disable()
    with open(file, 'rb') as page:
        page = page.read()
    try:
        return PEERS[name][0](page) or ''
    except Exception as error:  # whatever a peer throws, it has no text
        print(f'{name}: {file}: {type(error).__name__}: {str(error)[:100]}')
        return ''


def hash_of(file):
    with open(file, 'rb') as page:
        return hashlib.sha256(page.read()).hexdigest()


class Cache:
    """Texts of tools in one file, which runs may share."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=600)
        with self.db:
            self.db.execute('CREATE TABLE IF NOT EXISTS texts (tool TEXT, version TEXT, page TEXT, text BLOB, '
                            'PRIMARY KEY (tool, version, page))')

    def get(self, key):
        row = self.db.execute('SELECT text FROM texts WHERE tool = ? AND version = ? AND page = ?', key).fetchone()
        return row and zlib.decompress(row[0]).decode()

    def put(self, key, text):
        with self.db:
            packed = zlib.compress(text.encode('utf-8', 'replace'), 3)
            self.db.execute('INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)', (*key, packed))

    def texts(self, name, files, processes=1):
        """The texts of a peer, in order; those that are not here are made."""
        keys = [(name, version(name), hash_of(file)) for file in files]
        texts = [self.get(key) for key in keys]
        missing = [i for i, text in enumerate(texts) if text is None]
        with contextlib.ExitStack() as stack:
            if missing:
                print(f'{name} {version(name)}: {len(missing)} pages', flush=True)
                pool = stack.enter_context(concurrent.futures.ProcessPoolExecutor(processes))
                made = pool.map(run, [(name, str(files[i])) for i in missing], chunksize=8)
                for i, text in zip(missing, made):
                    texts[i] = text
                    self.put(keys[i], text)
        return texts
