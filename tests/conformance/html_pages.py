# SPDX-License-Identifier: MIT
"""Real pages for the conformance tests of extract, and the tool run over them."""
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

from html_driver import DATA

TOOL = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'bin', 'seimai-extract')
BATCH = 200


def archived(name, pattern, every=1):
    """Files of a .tar.zst of the data, as (name, bytes that are UTF-8 and say so); of html/ and html-utf8/ the latter,
    where both are there."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['tar', '--zstd', '-xf', os.path.join(DATA, 'html', name), '-C', folder], check=True)
        paths = [os.path.join(at, file) for at, _, files in os.walk(folder) for file in files]
        for path in sorted(path for path in paths if re.search(pattern, path))[::every]:
            decoded = path.replace('/html/', '/html-utf8/')
            with open(decoded if os.path.exists(decoded) else path, 'rb') as file:
                yield os.path.relpath(path, folder), declared(file.read().decode('utf-8', 'replace'), 'utf-8').encode()


def crawled(every=1):
    """Pages of dev_html.warc.gz, likewise."""
    with open(os.path.join(DATA, 'html/dev_html.manifest.jsonl'), encoding='utf-8') as file:
        rows = [json.loads(line) for line in file][::every]
    with open(os.path.join(DATA, 'html/dev_html.warc.gz'), 'rb') as file:
        for row in rows:
            file.seek(row['offset'])
            page = gzip.decompress(file.read(row['length'])).split(b'\r\n\r\n', 2)[2].removesuffix(b'\r\n\r\n')
            text = page.decode({'shift_jis': 'cp932'}.get(row['enc'], row['enc']), 'replace')
            yield row['path'], declared(text, 'utf-8').encode()


def declared(page, label):
    """The page with one declaration of its charset, or none."""
    page = re.sub(r'(?is)<meta[^>]*charset[^>]*>', '', page)
    page = re.sub(r'^\s*<\?xml[^>]*\?>', '', page)
    return f'<meta charset="{label}">{page}' if label else page


SETS = {'dev_html': crawled,
        'ja-gold-dev': lambda: archived('ja-gold-dev.tar.zst', r'/html/.*\.html$'),
        'scrapinghub': lambda: archived('scrapinghub.tar.zst', r'\.html$'),
        'wcxb-dev': lambda: archived('wcxb-dev.tar.zst', r'\.html$', every=4)}


def extracted(pages, *options):
    """The tool's texts of pages (bytes), in their order; '' where it gives no document."""
    texts = []
    for first in range(0, len(pages), BATCH):
        texts += extract_batch(pages[first:first + BATCH], options)
    return texts


def extract_batch(pages, options):
    if not os.path.exists(TOOL):
        sys.exit(f'{TOOL}: not built (SEIMAI_BUILD)')
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f'{i}.html') for i in range(len(pages))]
        for name, page in zip(files, pages):
            with open(name, 'wb') as file:
                file.write(page)
        run = subprocess.run([TOOL, '-q', *options, *files], capture_output=True, check=False)
        if run.returncode:
            sys.exit(f'{TOOL} {options}: status {run.returncode}\n{run.stderr.decode()[-2000:]}')
        texts = dict.fromkeys(files, '')
        for line in run.stdout.splitlines():
            document = json.loads(line)
            texts[document['id']] = document['text']
        return list(texts.values())
