# SPDX-License-Identifier: MIT
"""No page makes `seimai extract` slow: hostile pages of 80 kB, 400 kB, 2 MB and 10 MB, each five times the one before,
cost at most ten times what that one cost.

How it is measured, linear.py says. Arguments are options of seimai extract (--mode full; without any, its default mode).
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure.
"""
import pathlib
import sys
import tempfile

import linear

FLOOR = .1
# What stands before the repeated unit, the unit, and what stands behind.
PAGES = {
    'open tags cut': ('', '<a ', ''), 'less signs': ('', '<', ''), 'slashes': ('', '</', ''), 'ampersands': ('', '&', ''),
    'names cut': ('', '&am', ''), 'longest name cut': ('', '&CounterClockwiseContourIntegra', ''), 'numbers': ('', '&#', ''),
    'one number': ('&#', '9', ''), 'references': ('', '&nGt;', ''), 'references in a value': ('<p title="', '&amp', '">'),
    'comments': ('', '<!--', ''), 'comments that end': ('', '<!-->', ''), 'dashes': ('<!--', '-', ''), 'comment bangs': ('<!--', '--!', ''),
    'comment dashes and text': ('<!--', '--x', ''), 'declarations': ('', '<!', ''), 'questions': ('', '<?', ''), 'doctypes': ('', '<!doctype', ''),
    'CDATA': ('<svg>', '<![CDATA[', ''), 'CDATA ends': ('<svg><![CDATA[', ']]', ''), 'tables': ('', '<table>', ''),
    'tables and rows': ('', '<table><tr><td>', ''), 'rows': ('<table>', '<tr>', ''), 'cells': ('<table><tr>', '<td>x', ''), 'divs': ('', '<div>', ''),
    'divs and text': ('', '<div>x', ''), 'end tags': ('', '</p>', ''), 'end tags of a deep page': ('<div>' * 600, '</b>', ''), 'paragraphs': ('', '<p>x', ''),
    'bold': ('', '<b>', ''), 'links': ('', '<a>x', ''), 'links and blocks': ('', '<a><div>x', ''), 'items': ('', '<ul><li>x', ''), 'items flat': ('<ul>', '<li>x', ''),
    'terms': ('<dl>', '<dt>x<dd>y', ''), 'options': ('<select>', '<option>x', ''), 'selects': ('', '<select>', ''), 'headings': ('', '<h1>x<h2>y', ''),
    'ruby': ('', '<ruby>x<rt>y', ''), 'unknown names': ('', '<xyzzy-a>', ''), 'one name': ('<', 'a', ''), 'attributes': ('<p ', 'a ', '>'),
    'attributes apart': ('<p ', 'abc=d e=f ', '>'), 'equal signs': ('<p ', '=', '>'), 'quotes': ('<p ', '"', '>'), 'value cut': ('<p title="', 'x ', ''),
    'one value': ('<p class="', 'x', '">y'), 'classes': ('<p class="', 'comment-x ', '">y'), 'style': ('<p style="', 'display:', '">y'), 'style blanks': ('<p style="display:', ' ', '">y'),
    'slashes in a tag': ('<p ', '/', '>'), 'controls in a tag': ('<p ', '\x01', '>'), 'hidden': ('', '<p hidden>x', ''), 'hidden within': ('<p>x', '<b hidden>y</b>z', ''),
    'hidden nested': ('', '<div hidden>x', ''), 'scripts': ('', '<script>', ''), 'script escapes': ('<script>', '<!--<script>', ''), 'script ends cut': ('<script>', '</scrip', ''),
    'script dashes': ('<script><!--', '-', ''), 'titles': ('', '<title>x</title>', ''), 'one title': ('<title>', 'x ', '</title>'), 'textareas': ('<textarea>', '</textare', ''),
    'templates': ('', '<template>', ''), 'line feeds': ('', '\n', ''), 'carriage returns': ('', '\r', ''), 'NUL': ('', '\0', ''), 'blanks': ('x', ' ', 'y'), 'breaks': ('', '<br>', ''),
    'breaks and text': ('', 'x<br>', ''), 'rules': ('', '<hr>', ''), 'one word': ('', 'a', ''), 'words': ('', 'ab cd ', ''), 'kana': ('', 'あ', ''), 'full stops': ('', '。', ''), 'soft hyphens': ('', '\u00ad', ''),
    'indents': ('<p>', '\u3000', ''), 'pre': ('<pre>', 'x\n', ''), 'pre tabs': ('<pre>', '\t', ''), 'images': ('', '<img src=x alt=y>', ''), 'metas': ('', '<meta name=author content=x>', ''),
    'metas cut': ('', '<meta ', ''), 'JSON-LD': ('<script type="application/ld+json">', '[', '</script>'), 'JSON-LD types': ('<script type="application/ld+json">[', '{"@type":"Article"},', '{}]</script>'),
    'many JSON-LD': ('', '<script type="application/ld+json">{"@type":"Person"}</script>', ''), 'dates': ('', '<time datetime=2020-01-01>x</time>', ''), 'breadcrumbs': ('', '<nav class=breadcrumb><a>x</a></nav>', ''),
    'sentences': ('', '<p>これは精米の話です。米を磨くと、味がよくなります。', ''), 'sentences in deep divs': ('<div>' * 500, '<p>これは精米の話です。米を磨くと、味がよくなります。', ''),
}


def page(parts, size):
    """About `size` bytes of the unit, between what stands around it."""
    before, unit, behind = (part.encode() for part in parts)
    return b'<!DOCTYPE html><meta charset=utf-8><body>' + before + unit * (size // len(unit)) + behind


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'page.html'
        for name, parts in PAGES.items():
            def write(size, parts=parts):
                path.write_bytes(page(parts, size))
                return path
            linear.check('seimai-extract', name, write, FLOOR, sys.argv[1:])
    return linear.finish(len(PAGES))


if __name__ == '__main__':
    sys.exit(main())
