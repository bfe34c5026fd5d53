# SPDX-License-Identifier: MIT
"""No text makes `seimai pii` slow: hostile documents of 80 kB, 400 kB, 2 MB and 10 MB, each five times the one before, cost at
most ten times what that one cost.

How it is measured, linear.py says; the small sizes find a rule that is quadratic inside a window. Each document is one line without an end, then the same with a line feed
every 60 characters. Arguments are options of seimai pii (--names).
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure.
"""
import json
import pathlib
import sys
import tempfile

import linear

FLOOR = .05
UNITS = {
    'digits': '0', 'digits of two kinds': '0０', 'zero hyphen': '0-', 'zero long vowel': '0ー', 'wide hyphens': '０－', 'prefix of a telephone': '090-1234-',
    'groups of four': '1234-', 'groups with blanks': '0312 ', 'brackets and zero': '(0', 'wide brackets': '（０', 'plus eighty-one': '+81-', 'dots': '1.',
    'three of four numbers': '1.2.3.', 'at signs': '@', 'wide at signs': '＠', 'a at': 'a@', 'at domain': 'a@b.', 'labels': 'a.', 'one word': 'a', 'stars': 'a☆',
    'at in words': 'aアットマーク', 'at in brackets': 'a(at)', 'dot in brackets': 'a(at)b[dot]', 'colons': ':', 'hex and colons': 'ab:', 'double colons': '::',
    'pairs with hyphens': '0a-', 'user and password': 'http://a:', 'schemes': '://', 'query': '?token=', 'token': 'eyJ', 'two parts of a token': 'eyJhbGciOi.',
    'key prefix': 'AKIA', 'another prefix': 'sk-ghp_', 'key that begins': '-----BEGIN PRIVATE KEY-----', 'one letter': 'A', 'MRZ': 'P<JPN<', 'postal mark': '〒', 'postal code cut': '〒100-',
    'prefectures': '東京都', 'municipalities': '東京都千代田区', 'block numbers': '1丁目', 'towns': '東京都千代田区本町', 'kanji numbers': '一', 'kanji blocks': '二丁目三番',
    'word of context': 'マイナンバー', 'word and number cut': 'マイナンバー1234 5678 901', 'member number': '会員番号', 'member number cut': '会員番号:A', 'bank': 'あけぼの銀行', 'account cut': '普通口座12345',
    'years': '令和1年', 'births': '生年月日', 'plates': '品川330', 'names': '山田太郎', 'honorifics': '様', 'name cues': '氏名：', 'families': '田中さん', 'ages': '34歳',
    'blanks': ' ', 'wide blanks': '　', 'zero-width': '\u200b', 'digits and zero-width': '0\u200b', 'long vowels': 'ー', 'kana': 'あ', 'insurance': '記号1番号', 'tabs': '\t1',
}


def document(path, unit, size, row):
    """About `size` bytes of one unit; a line feed after each `row` characters, or none for 0."""
    text = unit * (size // len(unit.encode()))
    if row:
        text = '\n'.join(text[i:i + row] for i in range(0, len(text), row))
    path.write_text(json.dumps({'id': 'x', 'text': text}, ensure_ascii=False) + '\n', encoding='utf-8')


def main():
    options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'in.jsonl'
        for name, unit in UNITS.items():
            for row in (0, 60):
                def write(size, unit=unit, row=row):
                    document(path, unit, size, row)
                    return path
                linear.check('seimai-pii', name + (', lines' if row else ''), write, FLOOR, options)
    return linear.finish(2 * len(UNITS))


if __name__ == '__main__':
    sys.exit(main())
