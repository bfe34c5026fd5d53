# SPDX-License-Identifier: MIT
"""Japanese pages (of bench/ja_html.warc.gz, one of trafilatura's set) with what a reader would call their content.

What is stored is no text: for a template the CSS selectors of what is content and of what inside it is not, for
each page its hash and the hash of the text that these selectors give, as somebody has read it (README.md: what
counts as content). `load` builds pages and texts anew from the real data and refuses any that came out different.

    labels.py check            every page and text is as labelled
    labels.py show PAGE...     the lines of a page, those of its content marked with +
    labels.py add FILE.json    fill in the hashes of new pages
"""
import collections
import functools
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

from selectolax.lexbor import LexborHTMLParser

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import gold_sets  # noqa: E402

PAGES = gold_sets.WORK / 'ja-labels'

NEVER_SHOWN = 'script, style, noscript, template, textarea, select, button, input, rt, rp, rtc, head, svg, iframe'
BLOCKS = set('''address article aside blockquote body br caption center dd details dir div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section summary table tbody td
    tfoot th thead tr ul'''.split())


# ---- pages of the archive -----------------------------------------------------------------------

@functools.cache
def manifest():
    path = gold_sets.DATA / 'bench/ja_html.manifest.jsonl.zst'
    if not path.exists():
        return {}
    lines = subprocess.run(['zstd', '-dc', path], capture_output=True, check=True).stdout.splitlines()
    return {row['source'] + '/' + row['path']: row for row in map(json.loads, lines)}


def read_page(name):
    """The bytes of a page, and its characters. A page outside the archive is named by its set and file."""
    if name.startswith('trafilatura/'):
        page = (gold_sets.unpacked('trafilatura') / name.removeprefix('trafilatura/')).read_bytes()
        return page, page.decode()
    row = manifest()[name]
    with open(gold_sets.DATA / 'bench/ja_html.warc.gz', 'rb') as file:
        file.seek(row['offset'])
        record = gzip.decompress(file.read(row['length']))
    page = record.split(b'\r\n\r\n', 2)[2].removesuffix(b'\r\n\r\n')
    return page, page.decode({'shift_jis': 'cp932'}.get(row['enc'], row['enc']), 'replace')


def as_utf8(text):
    """The page in UTF-8 and saying so: extraction is under test here, not the choice of a charset."""
    text = re.sub(r'(?is)<meta[^>]*charset\s*=[^>]*>', '', text)
    text = re.sub(r'^\s*<\?xml[^>]*\?>', '', text)
    head = re.search(r'(?i)<head[^>]*>', text)
    at = head.end() if head else 0
    return text[:at] + '<meta charset="utf-8">' + text[at:]


# ---- from a page to the text of its content -------------------------------------------------------

def lines_of(root, chosen, dropped):
    """Lines of text below a node, in order, as (line, is content). What is dropped stays so, with all in it."""
    lines, current = [], ['', False]

    def close(inside=False):
        text = re.sub(r'\s+', ' ', current[0]).strip()
        if text:
            lines.append((text, current[1]))
        current[:] = ['', inside]

    def put(text, inside):
        if text.strip() and inside != current[1]:
            close(inside)
        current[0] += text

    def walk(node, inside):
        for child in node.iter(include_text=True):
            if child.tag == '-text':
                put(child.text(deep=False), inside is True)
                continue
            if child.tag in BLOCKS:
                close()
            walk(child, None if inside is None or child.mem_id in dropped else inside or child.mem_id in chosen)
            if child.tag in BLOCKS:
                close()

    walk(root, False)
    close()
    return lines


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def line_hash(line):
    return hash_of(re.sub(r'\s+', '', line))[:8]


def marked_lines(text, label):
    """All lines of a page, as (line, is content), by a label {include, exclude, drop}."""
    tree = LexborHTMLParser(text)
    for node in tree.css(NEVER_SHOWN):
        node.decompose()
    chosen = {node.mem_id for selector in label['include'] for node in tree.css(selector)}
    dropped = {node.mem_id for selector in label.get('exclude', []) for node in tree.css(selector)}
    unwanted = set(label.get('drop', []))
    return [(line, inside and line_hash(line) not in unwanted) for line, inside in lines_of(tree.root, chosen, dropped)]


def gold_text(text, label):
    return '\n'.join(line for line, inside in marked_lines(text, label) if inside)


# ---- the labels -----------------------------------------------------------------------------------

def templates():
    for path in sorted(HERE.glob('*.json')):
        yield from ((path, template) for template in json.loads(path.read_text(encoding='utf-8')))


def labelled():
    """(name, label) of every page; what a page says for itself goes before what its template says."""
    for _, template in templates():
        for path, page in template['pages'].items():
            yield f'{template["source"]}/{path}', {**template, **page, 'pages': None}


def page_file(name):
    """A page as a file in UTF-8, written if it is not there."""
    file = PAGES / f'{name.split("/")[0]}-{hash_of(name)}.html'
    if not file.exists():
        PAGES.mkdir(parents=True, exist_ok=True)
        file.write_text(as_utf8(read_page(name)[1]), encoding='utf-8')
    return file


def load():
    """All labelled pages; [] where the data is missing. A page that changed ends the run."""
    if not manifest():
        return []
    pages = []
    for name, label in labelled():
        page, text = read_page(name)
        gold = gold_text(text, label)
        if hashlib.sha256(page).hexdigest()[:16] != label['page'] or hash_of(gold) != label['gold']:
            sys.exit(f'{name}: the page or its text is not the labelled one')
        pages.append(gold_sets.Page(name, label['kind'], page_file(name), gold))
    return pages


# ---- for those who label --------------------------------------------------------------------------

def show(name):
    label = dict(labelled()).get(name, {'include': ['body']})
    for line, inside in marked_lines(read_page(name)[1], label):
        print('+' if inside else '-', line)


def add(path):
    """Fills in the hashes of the pages of a file that have none."""
    content = json.loads(pathlib.Path(path).read_text(encoding='utf-8'))
    for template in content:
        for name, page in template['pages'].items():
            data, text = read_page(f'{template["source"]}/{name}')
            page['page'] = hashlib.sha256(data).hexdigest()[:16]
            page['gold'] = hash_of(gold_text(text, {**template, **page}))
    pathlib.Path(path).write_text(json.dumps(content, ensure_ascii=False, indent=1) + '\n', encoding='utf-8')


def main():
    verb, operands = sys.argv[1], sys.argv[2:]
    if verb == 'check':
        pages = load()
        print(f'{len(pages)} labelled pages:', dict(collections.Counter(page.group for page in pages)))
    for operand in operands:
        {'show': show, 'add': add}[verb](operand)


if __name__ == '__main__':
    main()
