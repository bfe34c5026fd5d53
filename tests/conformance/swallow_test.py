# SPDX-License-Identifier: MIT
"""Preset swallow-v1 against Swallow's own scripts, document by document: values, verdicts, NG words, hosts, rewriting.

SEIMAI_SWALLOW names a checkout of swallow-corpus (commit 2d03507); nothing of it is here. Where the original raises (no sentence, fewer
than four characters), ours must drop. Its trie of NG words (dartsclone) is replaced by a set of words asked for every
prefix, its language model by nothing.
Skips (77) where the scripts or the data are missing. The last line counts.
"""
import json
import os
import pathlib
import random
import sys
import tempfile
import types

import filter_driver as driver

FOLDER = os.environ.get('SEIMAI_SWALLOW')
if not FOLDER or not os.path.exists(os.path.join(FOLDER, 'quality.py')):
    driver.skip('no scripts of swallow-corpus (SEIMAI_SWALLOW)')
sys.path.insert(0, FOLDER)
sys.modules.setdefault('dartsclone', types.SimpleNamespace(DoubleArray=lambda: None))
import footer  # noqa: E402
import kutoten  # noqa: E402
import ngurl  # noqa: E402
import ngword  # noqa: E402
import quality  # noqa: E402

NAMES = {'characters': 'num_letters', 'swallow-duplicate-lines': 'duplicate_paragraph_fraction',
         'duplicate-sentences': 'duplicate_sentence_fraction',
         'duplicate-line-characters': 'duplicate_paragraph_fraction_in_character',
         'duplicate-sentence-characters': 'duplicate_sentence_fraction_in_character',
         'swallow-hiragana-share': 'hiragana_fraction', 'swallow-katakana-share': 'katakana_fraction',
         'swallow-japanese-share': 'japanese_fraction', 'swallow-japanese-letters': 'num_japanese_letters',
         'mean-sentence': 'avg_sentence_length', 'longest-sentence': 'max_sentence_length',
         'ellipsis-sentences': 'ellipsis_fraction',
         **{f'top-{n}-gram': f'top_{n}gram_character_fraction' for n in (2, 3, 4)},
         **{f'repeated-{n}-grams': f'duplicate_{n}gram_character_fraction' for n in range(5, 11)}}
RULES = ['--rules', 'swallow-v1', '--without', 'language-ja', '--without', 'ut1']
ONLY = RULES + ['--without', 'inappropriate', '--without', 'punctuation', '--without', 'footer']


class Words:
    """What dartsclone's double array answers, by a set."""

    def __init__(self, words):
        self.words = {w.encode(): len(w) for w in words}
        self.longest = max(map(len, self.words))

    def common_prefix_search(self, text, pair_type):
        return [self.words[text[:n]] for n in range(1, min(self.longest, len(text)) + 1) if text[:n] in self.words]


def measure(text):
    try:
        return quality.main({'text': text})
    except (ValueError, IndexError):
        return None


def qualities(texts):
    found = [measure(t) for t in texts]
    ours = driver.annotate(texts, *ONLY)
    driver.compare(texts, ours, [{n: q[k] for n, k in NAMES.items()} if q else {} for q in found], sorted(NAMES))
    want = [quality.apply_v1(q) if q else False for q in found]
    driver.same_verdicts('quality.py', texts, driver.run(texts, *ONLY), want)
    return found


def ng_words(texts, found):
    """Letters of the longest matches; the four lists in one file, as ngword.py registers them. The original keeps the blank
    behind 8 words of the masked list (素○ …), so that those match before a blank only; our lists have no blanks at words' ends."""
    folder = next(driver.lists().rglob('Offensive.txt')).parent
    words = set()
    for name in ('Offensive', 'Sexual', 'Sexual_with_bopo', 'Sexual_with_mask'):
        words |= set(map(str.strip, (folder / f'{name}.txt').read_text().split('\n'))) - {''}
    path = pathlib.Path(tempfile.mkstemp(suffix='.txt')[1])
    path.write_text('\n'.join(sorted(words)) + '\n')
    matcher = ngword.LongestMatch()
    matcher.darts = Words(words)
    rng = random.Random(1)
    mixed = [t[:600] + ''.join(rng.choices(sorted(words), k=i % 30)) + t[600:900] for i, t in enumerate(texts[::4])]
    some = texts[1::4] + mixed
    ours = driver.annotate(some, *RULES, '--list', f'inappropriate={path}', '--without', 'footer')
    theirs = []
    for text in some:
        letters = quality.count_japanese_letters(text)
        theirs.append({'ng-inappropriate-share': matcher.stat(text, sum(letters))['ng_fraction']})
    driver.compare(some, ours, theirs, ['ng-inappropriate-share'])
    print('  of these', sum(t['ng-inappropriate-share'] >= .05 for t in theirs), 'have too many')


def hosts(text):
    """UT1 lists of our own making; the original looks for the very host, ours for hosts below a listed one too."""
    folder = pathlib.Path(tempfile.mkdtemp())
    listed = {'shop.example.com': ['shopping'], 'games.example.jp': ['games'], 'news.example.jp': ['press']}
    for host, (category, ) in listed.items():
        (folder / category).mkdir()
        (folder / category / 'domains').write_text(host + '\n')
    checker = ngurl.Checker()
    checker.U = listed
    names = ['shop.example.com', 'games.example.jp', 'news.example.jp', 'example.com', 'mi.5ch.net', 'ja.wikipedia.org',
             'wikipedia.org', '5ch.net.example.jp', 'xn--eckwd4c7c.jp']
    urls = [f'{scheme}://{name}{path}' for name in names for scheme in ('http', 'https') for path in ('', '/a?b=c#d', ':8080/')]
    options = ['--rules', 'swallow-v1', '--without', 'language-ja', '--without', 'inappropriate', '--without', 'footer']
    black = [category for category in ('shopping', 'games') if category in ngurl.NG]
    ut1 = folder / 'black'
    ut1.mkdir()
    for category in black:
        (folder / category).rename(ut1 / category)
    kept = driver.run([text] * len(urls), *options, '--list', f'ut1={ut1}', urls=urls)
    want = [checker.check(u) for u in urls]
    driver.same_verdicts('ngurl.py', urls, kept, want)
    kept = driver.run([text], *options, '--list', f'ut1={ut1}', urls=['http://www.games.example.jp/'])
    driver.check('a host below one of UT1 goes too', kept and 'it was kept')


def rewriting(texts):
    """Every text, whatever its quality: a preset of the two steps alone, with the original's phrases."""
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / 'footer.txt').write_text('\n'.join(footer.footer_words) + '\n')
    (folder / 'steps.yaml').write_text('format: seimai-filter 1\nrules: []\nlists: [{list: footer, kind: phrases}]\n'
                                       'rewrite: [{step: punctuation}, {step: footer, list: footer}]\n')
    western = [t.replace('、', '，').replace('。', '．') for t in texts[::3]]
    tails = [t[:300] + '\n' + '\n'.join(footer.footer_words[i % 60:i % 60 + 4]) + '\nおわり' for i, t in enumerate(texts[::5])]
    some = texts + western + tails + ['，，あ，，', '３，，あ', '^，い，う，', 'あ．．．', '，', 'あ，\n，', '][あ，', 'コメントコメントab\nい']
    out = driver.run(some, '--rules', folder / 'steps.yaml', '--list', f'footer={folder}/footer.txt')
    want = [footer.apply(kutoten.normalize(t)[0]) for t in some]
    wrong = [(some[i][-80:], out.get(i, {}).get('text', '')[-40:], w[-40:]) for i, w in enumerate(want)
             if out.get(i, {'text': ''})['text'] != w and (w.strip() or i in out)]
    changed = sum(w != t for w, t in zip(want, some))
    driver.check(f'rewriting: {len(some)} texts, {changed} changed', wrong and f'{len(wrong)} differ: {wrong[:3]}')


def main():
    texts = driver.documents(2000)
    found = qualities(texts)
    good = next(t for t, q in zip(texts, found) if q and quality.apply_v1(q))
    ng_words(texts, found)
    hosts(good)
    rewriting(texts)
    return driver.finish()


sys.exit(main())
