# SPDX-License-Identifier: MIT
"""html5lib's tree-construction inputs: none crashes, and no text that a browser shows gets lost.

The text of a case's expected tree, without what is never shown (script, style, title, form controls, SVG,
ruby readings), must be in our full text, white space aside. The order may differ where HTML moves text out of
a table (foster parenting), which we leave in place; and a few cases give more: text behind SVG that a page
never closed, and <plaintext> in a <select>. Exit 0 if nothing is lost, and the others stay as few.
"""
import collections
import glob
import re
import sys

from html_driver import Archive, drive

NOT_SHOWN = set('''script style title textarea select template iframe noembed noframes
    object audio video canvas datalist svg rt rp rtc noscript annotation'''.split())
MOVED_AT_MOST, MORE_AT_MOST = 5, 4  # cases


def cases(folder):
    for path in sorted(glob.glob(folder + '/tree-construction/*.dat')):
        with open(path, encoding='utf-8', newline='\n') as file:
            content = file.read()
        for part in re.split(r'(?:^|\n)#data\n', content)[1:]:
            data, rest = re.split(r'(?:^|\n)#errors\n', part, maxsplit=1)
            if '#document-fragment' in rest or '#script-on' in rest or '\n#document\n' not in rest:
                yield path, data, None  # a fragment has a context that a page has not
            else:
                yield path, data, re.split(r'\n#document\n', rest, maxsplit=1)[1]


def shown_text(tree):
    """The text of a dumped tree, in order."""
    text, skip, inside = [], None, None
    for line in tree.split('\n'):
        match = re.match(r'\| ( *)(.*)', line)
        if not match:
            if inside:
                text.append('\n' + line.removesuffix('"'))
            inside = inside and not line.endswith('"')
            continue
        depth, node = len(match[1]), match[2]
        inside = False
        if skip is not None and depth > skip:
            continue
        skip = None
        if node.startswith('"'):
            inside = not node.endswith('"') or node == '"'
            text.append(node[1:].removesuffix('"') if not inside else node[1:])
        elif re.match(r'<[a-z]', node) and node[1:-1].split()[0] in NOT_SHOWN:
            skip = depth
    return ''.join(text)


def bare(text):
    """Without white space and what an extractor drops: zero-width characters and controls."""
    return re.sub('[\\s\u200b\u2060\ufeff\u00ad\x00-\x20\x7f-\x9f]', '', text)


def main():
    with Archive('conformance/html5lib-tests.tar.zst') as folder:
        everything = list(cases(folder))
    everything = [(path, data.encode('utf-8', 'replace'), tree) for path, data, tree in everything]
    answers = drive('content', [(data,) for _, data, _ in everything])
    compared = lost = moved = more = 0
    for (path, data, tree), got in zip(everything, answers):
        if tree is None:
            continue
        compared += 1
        want, have = bare(shown_text(tree)), bare(got['full'])
        if want == have:
            continue
        wanted, had = collections.Counter(want), collections.Counter(have)
        if not wanted - had:
            moved += wanted == had
            more += wanted != had
            continue
        lost += 1
        print(f'{path.rsplit("/", 1)[1]}: {data[:200]!r}\n  want {want[:120]!r}\n  have {have[:120]!r}')
    print(f'html5lib trees: {len(everything)} read, {compared} compared: {compared - lost - moved - more} equal, '
          f'{moved} in another order, {more} with more text, {lost} with less')
    sys.exit(lost > 0 or moved > MOVED_AT_MOST or more > MORE_AT_MOST)


main()
