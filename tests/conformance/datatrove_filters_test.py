# SPDX-License-Identifier: MIT
"""Presets fineweb2-jpn, gopher and c4-ja against datatrove's filters, document by document.

datatrove cuts Japanese with spaCy and SudachiPy; here it is given the words of `mecab -Owakati`, line by line, which are ours too: so
the rules themselves are compared, to the last bit. Then words by scripts are measured against MeCab's: how many
there are, and how often the verdict is the same. C4's filter runs with the Japanese marks among its own, Swallow's
sentences for NLTK's, and without its rules on words between spaces.
Skips (77) where the data, datatrove or MeCab are missing. The last line counts.
"""
import os
import re
import shutil
import subprocess
import sys

import filter_driver as driver

try:
    from datatrove.data import Document
    from datatrove.pipeline.filters import c4_filters, fineweb_quality_filter, gopher_quality_filter
    from datatrove.pipeline.filters import gopher_repetition_filter as repetition
    from datatrove.utils.text import PUNCTUATION_SET
except ImportError as why:
    driver.skip(f'no package datatrove: {why}')

JAPANESE = list('のにをはたてがとで年し・月れさ')
TOP = ((2, .239), (3, .196), (4, .172))
REPEATED = ((5, .243), (6, .225), (7, .207), (8, .19), (9, .175), (10, .159))
words_of = {}  # text: its words
dictionary = []  # the folder
for module in (repetition, gopher_quality_filter, fineweb_quality_filter):
    module.split_into_words = lambda text, language: words_of[text]


def cut(texts):
    """MeCab's words of each text: its lines one by one, a line that says where a text ends between two."""
    if not shutil.which('mecab'):
        driver.skip('no mecab')
    listed = subprocess.run(['mecab', '-D'], capture_output=True, text=True).stdout
    dictionary.append(os.path.dirname(listed.split('filename:')[1].split('\n')[0].strip()))
    texts = [t for t in texts if not re.search('[\r\0]', t) and max(len(line.encode()) for line in t.split('\n')) < 30000]
    lines = [line for t in texts for line in t.split('\n')]
    command = ['mecab', '-r', '/dev/null', '-d', dictionary[0], '-Owakati', '-b', '1000000']
    out = subprocess.run(command, input=('\n'.join(lines) + '\n').encode(), stdout=subprocess.PIPE, check=True).stdout
    cuts = iter(out.decode().split('\n'))
    for text in texts:
        words_of[text] = [w.strip() for _ in text.split('\n') for w in next(cuts).split(' ') if w.strip()]
    return texts


def fineweb2():
    """The filters of the pipeline, in its order."""
    return [repetition.GopherRepetitionFilter(language='ja', dup_para_frac=0, dup_line_char_frac=0, dup_para_char_frac=0,
                                              dup_line_frac=.328, top_n_grams=TOP, dup_n_grams=REPEATED),
            fineweb_quality_filter.FineWebQualityFilter(language='ja', short_line_thr=999, char_duplicates_ratio=.1,
                                                        line_punct_thr=.096, new_line_ratio=.13),
            gopher_quality_filter.GopherQualityFilter(language='ja', max_avg_word_length=6, min_avg_word_length=1,
                                                      stop_words=JAPANESE, max_non_alpha_words_ratio=.759)]


def keeps(filters, text):
    document = Document(text=text, id='1')
    for one in filters:
        try:
            result = one.filter(document)
        except ZeroDivisionError:  # no word at all
            return False
        if (result[0] if isinstance(result, tuple) else result) is not True:
            return False
    return True


def shares(text):
    """The values that datatrove's own functions give."""
    words, n = words_of[text], len(text)
    out = {}
    for k in (2, 3, 4):
        grams = repetition.get_n_grams(words, k)
        out[f'top-{k}-words'] = repetition.find_top_duplicate(grams) / n if grams else 0
    for k in range(5, 11):
        out[f'repeated-{k}-words'] = repetition.find_all_duplicate(words, k) / n
    lines = re.split('\n+', text)
    out['gopher-duplicate-lines'] = repetition.find_duplicates(lines)[0] / len(lines)
    filled = [line for line in text.split('\n') if line.strip()]
    plain = [w for w in words if any(c not in PUNCTUATION_SET for c in w)]
    if filled:
        stops = fineweb_quality_filter.FineWebQualityFilter().stop_chars
        out['fineweb-closed-lines'] = sum(line.endswith(stops) for line in filled) / len(filled)
        out['fineweb-duplicate-line-characters'] = repetition.find_duplicates(filled)[1] / len(text.replace('\n', ''))
    out['words'] = len(plain)
    if plain:
        out['mean-word'] = sum(map(len, plain)) / len(plain)
    if words:
        out['alphabetic-words'] = sum(any(c.isalpha() for c in w) for w in words) / len(words)
        out['hashes-per-word'] = text.count('#') / len(words)
        out['ellipses-per-word'] = (text.count('...') + text.count('…')) / len(words)
        out['line-feeds-per-word'] = text.count('\n') / len(words)
    out['stop-words'] = len(set(JAPANESE) & set(words))
    split = text.splitlines()
    out['gopher-bullet-lines'] = sum(s.lstrip().startswith(('•', '-')) for s in split) / len(split)
    out['gopher-ellipsis-lines'] = sum(s.rstrip().endswith(('...', '…')) for s in split) / len(split)
    return out


def japanese(texts):
    rules = ['--rules', 'fineweb2-jpn', '--mecab-dic', dictionary[0], '--without', 'language-ja', '--without', 'symbol-lines']
    ours = driver.annotate(texts, *rules)
    theirs = [shares(t) for t in texts]
    driver.compare(texts, ours, theirs, sorted(theirs[-1] | theirs[0]))
    kept = driver.run(texts, *rules)
    driver.same_verdicts('preset fineweb2-jpn', texts, kept, [keeps(fineweb2(), t) for t in texts])
    by_script(texts, ours, kept, rules)


def by_script(texts, ours, kept, rules):
    """Words without a dictionary: documents of a hundred words and more."""
    script = driver.annotate(texts, *rules, '--words', 'script')
    ratios = sorted(s['words'] / o['words'] for s, o in zip(script, ours) if o['words'] >= 100)
    middle, low, high = (ratios[int(len(ratios) * q)] for q in (.5, .05, .95))
    total = sum(s['words'] for s in script) / sum(o['words'] for o in ours)
    same = len(texts) - len(set(kept) ^ set(driver.run(texts, *rules, '--words', 'script')))
    driver.check(f'words by scripts, of MeCab\'s: all {total:.3f}, median {middle:.3f}, 90 % in {low:.3f} … {high:.3f}; '
                 f'the same verdict on {same / len(texts):.4f} of {len(texts)}',
                 (not .9 < total < 1.1 or same < .95 * len(texts)) and 'too far apart')


def gopher(texts):
    filters = [repetition.GopherRepetitionFilter(language='ja'), gopher_quality_filter.GopherQualityFilter(language='ja')]
    rules = ['--rules', 'gopher', '--words', 'mecab', '--mecab-dic', dictionary[0]]
    driver.same_verdicts('preset gopher', texts, driver.run(texts, *rules), [keeps(filters, t) for t in texts])
    lax = ['--set', 'stop-words.min=0', '--set', 'mean-word.min=0']
    filters[1] = gopher_quality_filter.GopherQualityFilter(language='ja', min_stop_words=0, min_avg_word_length=0)
    driver.same_verdicts('gopher without what Japanese fails', texts, driver.run(texts, *rules, *lax),
                         [keeps(filters, t) for t in texts])


def c4(texts):
    """Line rules, citations, braces, sentences; then mC4's paragraphs on what is left."""
    c4_filters.END_PUNCTUATION += tuple('。．！？」』）')
    c4_filters.split_into_sentences = lambda text, language: re.findall('[^。．！？!?\n]+[。．！？!?]?', text)
    texts = texts + [t + '\n[12]それで[edit]す。{。' for t in texts[::50]] + [t.replace('。', '。\n') for t in texts[::7]]
    texts = [t for t in texts if not re.search('[\v\f\x1c-\x1e\x85\u2028\u2029]', t)]
    filters = [c4_filters.C4QualityFilter(max_word_length=-1, min_words_per_line=-1), c4_filters.C4ParagraphFilter()]
    rules = ['--rules', 'c4-ja', '--without', 'words', '--without', 'longest-word', '--without', 'badwords']
    kept, want = driver.run(texts, *rules), [keeps(filters, t) for t in texts]
    # The preset's about says why some differ: it keeps the blanks at a line's ends, which count to mC4's 200 characters, and a line
    # with a notice never drops its text for a brace.
    other = [(t[:50], w) for i, (t, w) in enumerate(zip(texts, want)) if (i in kept) != w]
    driver.check(f'preset c4-ja: {len(other)} other verdicts on {len(texts)} documents, {sum(want)} kept',
                 (len(other) > len(texts) // 1000 or any(w for _, w in other)) and other[:4])


def main():
    texts = cut(driver.documents(2000))
    texts = [t for t in texts if t]
    japanese(texts)
    gopher(texts)
    c4(texts)
    return driver.finish()


sys.exit(main())
