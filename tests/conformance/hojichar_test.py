# SPDX-License-Identifier: MIT
"""Presets hojichar and hojichar-words against the package hojichar itself, document by document.

Values: to 1e-9, from the class's own patterns and functions. Verdicts: a document that no filter rejects is kept. With UniDic and
fugashi, the two filters on words too: their words are cut from 100,000 characters at once and ours line by line, so that shares
may differ a little; how far, and how often a verdict does, is measured and bounded.
Skips (77) where the data or the package is missing. The last line counts.
"""
import itertools
import sys

import filter_driver as driver

try:
    from hojichar.core.models import Document
    from hojichar.filters import document_filters as peer
except ImportError:
    driver.skip('no package hojichar')

LISTS = {'adult': 'adult_keywords_ja', 'discrimination': 'discrimination_keywords_ja',
         'violence': 'violence_keywords_ja', 'advertisement': 'advertisement_keywords_ja'}


def options():
    """Its own lists, as the package has them."""
    return itertools.chain(*(('--list', f'{name}={peer.BASE_PATH}/dict/{file}.txt') for name, file in LISTS.items()))


def filters():
    return {'length': peer.DocumentLengthFilter(200, 50000), 'kana': peer.AcceptJapanese(), 'kuten': peer.DiscardRareKuten(),
            'bbs': peer.DiscardBBSComments(), 'ads': peer.DiscardAds(), 'adult': peer.DiscardAdultContentJa(),
            'discrimination': peer.DiscardDiscriminationContentJa(), 'violence': peer.DiscardViolenceContentJa(),
            'repetition': peer.CharRepetitionRatioFilter(), 'special': peer.DiscardTooManySpecialToken(),
            'run': peer.SingleCharacterRepetitionFilter(), 'ellipsis': peer.DiscardTooManyEndingEllipsis(),
            'short': peer.DiscardTooShortLines()}


def values(text, f):
    hits = {name: len(f[key].keyword_pat.findall(text)) for name, key in
            (('bbs-hits', 'bbs'), ('ng-advertisement-hits', 'ads'), ('ng-adult-hits', 'adult'),
             ('ng-discrimination-hits', 'discrimination'), ('ng-violence-hits', 'violence'))}
    lines = [len(line) for line in text.split('\n')]
    out = {**hits, 'characters': len(text),
           'kana-in-50': len(f['kana'].hiragana_katakana_pat.findall(text[:50])),
           'repetition-5-grams': f['repetition'].compute_character_repetition_ratio(text, 5),
           'special-share': f['special']._compute_special_characters_ratio(text),
           'hojichar-longest-run': max((len(list(g)) for _, g in itertools.groupby(text)), default=0),
           'hojichar-ellipsis-lines': len(f['ellipsis'].ellipsis_pattern.findall(text)) / max(text.count('\n'), 1),
           'hojichar-short-lines': sum(n <= 10 for n in lines) / len(lines)}
    if text:
        out['kuten-share'] = text.count('。') / len(text)
    return out


def rejects(f, text):
    return f.apply(Document(text)).is_rejected


def words(texts):
    """The two filters on words, with UniDic where it is there."""
    try:
        import unidic_lite
        share, repeats = peer.DiscardTooManyNouns(), peer.WordRepetitionRatioFilter()
    except (ImportError, AssertionError, RuntimeError) as why:
        print('skip: words:', why)
        return
    texts = [t for t in texts if t][::4]
    ours = driver.annotate(texts, '--rules', 'hojichar-words', '--mecab-dic', unidic_lite.DICDIR, *options())
    nouns, sevens = [], []
    for text in texts:
        found = [w.feature.pos1 for chunk in share._chunk_text(text) for w in share.tagger(chunk)]
        found = [p for p in found if p != '補助記号']
        nouns.append(found.count('名詞') / len(found) if found else 0.0)
        sevens.append(repeats.compute_word_repetition_ratio(text, 7))
    for name, theirs, limit, bound in (('noun-share', nouns, .8, .005), ('repetition-7-words', sevens, .4, .005)):
        apart = [abs(o[name] - t) for o, t in zip(ours, theirs)]
        other = [i for i, t in enumerate(theirs) if (ours[i][name] < limit) != (t < limit)]
        mean = sum(apart) / len(apart)
        driver.check(f'{name}: on {len(texts)} documents {sum(a <= 1e-9 for a in apart)} equal, mean difference {mean:.5f}, '
                     f'{len(other)} other verdicts', (mean > bound or len(other) > len(texts) // 200) and
                     [(texts[i][:50], ours[i][name], theirs[i]) for i in other[:4]])


def main():
    texts, f = driver.documents(), filters()
    theirs = [values(t, f) for t in texts]
    ours = driver.annotate(texts, '--rules', 'hojichar', *options())
    driver.compare(texts, ours, theirs, sorted(theirs[-1]))
    kept = driver.run(texts, '--rules', 'hojichar', *options())
    driver.same_verdicts('preset hojichar', texts, kept, [not any(rejects(g, t) for g in f.values()) for t in texts])
    lenient = ['--without', 'adult', '--without', 'discrimination', '--without', 'violence']
    kept = driver.run(texts, '--rules', 'hojichar', *options(), *lenient)
    some = [g for name, g in f.items() if name not in ('adult', 'discrimination', 'violence')]
    driver.same_verdicts('without the three lists', texts, kept, [not any(rejects(g, t) for g in some) for t in texts])
    words(texts)
    return driver.finish()


sys.exit(main())
