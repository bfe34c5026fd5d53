# SPDX-License-Identifier: MIT
"""Presets llm-jp-v1 and llm-jp-v1-wiki against the filters of llm-jp-corpus, document by document: verdicts and rewriting.

SEIMAI_LLM_JP names the folder scripts/ of a checkout (commit 9815fc5) with its dict/; nothing of it is here. It needs the packages
hojichar and regex. The original raises where a document has no URL; here every one has.
Skips (77) where something is missing. The last line counts.
"""
import os
import pathlib
import sys
import tempfile

import filter_driver as driver

FOLDER = os.environ.get('SEIMAI_LLM_JP')
if not FOLDER or not os.path.exists(os.path.join(FOLDER, 'filters.py')):
    driver.skip('no scripts of llm-jp-corpus (SEIMAI_LLM_JP)')
sys.path.insert(0, FOLDER)
try:
    import filters as peer
    from hojichar.filters import document_filters
except ImportError as why:
    driver.skip(f'no package: {why}')

URLS = ['https://www.example.co.jp/', 'http://example.com/a', 'https://example.cn/', 'https://ja.wikipedia.org/wiki/a',
        'https://blog.example.xyz:8080/?q=1', 'https://example.co.uk/', 'http://example.tokyo', 'https://en.wikipedia.org/']


def lists():
    names = {name: f'{FOLDER}/dict/ja_{name}_keywords.txt' for name in ('adult', 'discrimination', 'violence')}
    names['advertisement'] = document_filters.BASE_PATH / 'dict/advertisement_keywords_ja.txt'
    return [option for name, path in names.items() for option in ('--list', f'{name}={path}')]


def common_crawl(texts):
    rules = [peer.has_valid_domain(), peer.is_not_empty(), peer.is_japanese(), peer.is_not_ad_content(),
             peer.is_not_adult_content(), peer.is_not_discrimination_content(), peer.is_not_violence_content(),
             peer.has_good_average_sentence_length(), peer.has_good_compression_ratio()]
    extract = peer.extract_japanese_text()
    urls = [URLS[i % len(URLS)] for i in range(len(texts))]
    documents = [{'text': t, 'meta': {'url': u}} for t, u in zip(texts, urls)]
    want = [all(rule(d) for rule in rules) for d in documents]
    left = [extract(dict(d))['text'] if w else '' for d, w in zip(documents, want)]
    kept = driver.run(texts, '--rules', 'llm-jp-v1', *lists(), urls=urls)
    driver.same_verdicts('preset llm-jp-v1', texts, kept, [w and t.strip() != '' for w, t in zip(want, left)])
    wrong = [(kept[i]['text'][:60], left[i][:60]) for i in kept if kept[i]['text'] != left[i]]
    driver.check(f'its rewriting of {len(kept)} documents', wrong and f'{len(wrong)} differ: {wrong[:3]}')


def rewriting(texts):
    """The steps of both presets on every text."""
    folder = pathlib.Path(tempfile.mkdtemp())
    noisy = [t.replace('。', '。https://example.com/あ（、）( )x', 3).replace('\n', '\n' + 'ascii ' * (i % 40) + '\n', 2)
             for i, t in enumerate(texts[::2])]
    notes = [t[:200] + '\n参考文献　\n' + t[200:300] for t in texts[::9]]
    some = texts + noisy + notes
    for name, steps, functions in (
            ('ja_cc', ('kana-lines', 'urls', 'ascii-runs', 'join-lines'), [peer.extract_japanese_text()]),
            ('ja_wiki', ('wikipedia-notes', 'empty-parentheses'),
             [peer.remove_wikipedia_footnote(), peer.remove_empty_parenthesis()])):
        preset = folder / f'{name}.yaml'
        preset.write_text('format: seimai-filter 1\nrules: []\nrewrite:\n' + ''.join(f'  - {{step: {s}}}\n' for s in steps))
        out, wrong = driver.run(some, '--rules', preset), []
        for i, text in enumerate(some):
            document = {'text': text}
            for function in functions:
                document = function(document)
            got = out[i]['text'] if i in out else ''
            if got != document['text'] and (document['text'].strip() or i in out):
                wrong.append((text[:40], got[-40:], document['text'][-40:]))
        driver.check(f'{name}: {len(some)} texts', wrong and f'{len(wrong)} differ: {wrong[:3]}')


def main():
    texts = driver.documents(2000)
    common_crawl(texts)
    rewriting(texts)
    return driver.finish()


sys.exit(main())
