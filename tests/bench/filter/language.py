#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Languages, judged on real text that nothing was trained on, beside py3langid and lingua.

    language.py FOLDER [--build DIR] [--peers N]      FOLDER as language_texts.py filled it

Prints, and writes to DIR/language.json: precision and recall of Japanese and of each language by document and by line; the
recall on kinds of Japanese that simpler tests lose; the error of the Japanese share of mixed pages; and MB/s of CPU time, all in
one run. Translations of manuals are partly English: lines that also stand in the English edition are English, and a
document counts for its language where they are less than a third of it. Peers see N documents and lines of each source.
"""
import argparse
import collections
import ctypes
import json
import os
import random
import re
import sys
import time

import language_texts as texts

LANGUAGES = ['ja', 'zh-Hans', 'zh-Hant', 'ko', 'en', 'und', 'zxx']
KANA = re.compile('[ぁ-んァ-ン]')


class Span(ctypes.Structure):
    _fields_ = [('p', ctypes.c_char_p), ('n', ctypes.c_size_t)]


class Scores(ctypes.Structure):
    _fields_ = [('best', ctypes.c_int), ('share', ctypes.c_double * len(LANGUAGES))]


class Seimai:
    def __init__(self, build):
        self.library = ctypes.CDLL(os.path.join(build, 'libseimai.so'))
        self.library.sm_language_of.argtypes = [Span, ctypes.POINTER(Scores)]
        self.library.sm_language_of_line.argtypes = [Span]

    def document(self, text):
        scores = Scores()
        self.library.sm_language_of(Span(text, len(text)), scores)
        return LANGUAGES[scores.best], scores.share[0]

    def line(self, text):
        return LANGUAGES[self.library.sm_language_of_line(Span(text, len(text)))]


def peers():
    found = {}
    try:
        import py3langid
        found['py3langid'] = lambda text: py3langid.classify(text)[0]
    except ImportError:
        pass
    try:
        from lingua import LanguageDetectorBuilder
        detector = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()

        def lingua(text):
            language = detector.detect_language_of(text)
            return language.iso_code_639_1.name.lower() if language else 'und'
        found['lingua'] = lingua
    except ImportError:
        pass
    return found


def short(language):
    """Peers do not tell the two kinds of Chinese apart, and know more languages than are asked for."""
    language = language.split('-')[0]
    return language if language in ('ja', 'zh', 'ko', 'en') else 'other'


# ---- what is judged ---------------------------------------------------------------------------------

def load(folder):
    rows = list(texts.judged(folder))
    english = {line for language, _, text in rows if language == 'en' for line in text.split('\n')}
    for language, source, text in rows:
        lines = text.split('\n')
        if language == 'en':
            yield language, source, text, 1.0, lines
            continue
        native = [line for line in lines if line not in english and (language == 'und' or not line.isascii())]
        yield language, source, text, sum(map(len, native)) / max(1, len(text)), native


def cells(counts, languages):
    """Precision and recall by language from counts of (truth, answer)."""
    rows = {}
    for language in languages:
        right = counts[language, language]
        said = sum(n for (_, answer), n in counts.items() if answer == language)
        true = sum(n for (truth, _), n in counts.items() if truth == language)
        rows[language] = {'precision': right / max(1, said), 'recall': right / max(1, true), 'n': true}
    return rows


def show(title, rows):
    print(f'\n{title}')
    for name, row in rows.items():
        print(f'  {name:24} ' + '  '.join(f'{key} {value:.4f}' if isinstance(value, float) else f'{key} {value}'
                                          for key, value in row.items()))
    return rows


# ---- kinds of Japanese ------------------------------------------------------------------------------------

def kinds(documents):
    """Japanese that simple tests lose: by name, the texts."""
    of = collections.defaultdict(list)
    for language, source, text, native, _ in documents:
        if language != 'ja' or native < .67:
            continue
        kana, katakana = len(re.findall('[ぁ-んァ-ヴ]', text)), len(re.findall('[ァ-ヴ]', text))
        han, ascii_share = len(re.findall('[一-鿿]', text)), sum(c < '\x80' for c in text) / len(text)
        if source == 'law-egov':
            of['statutes'].append(text)
        if source == 'aozora' and katakana > 3 * (kana - katakana):
            of['literature in katakana'].append(text)
        if not KANA.search(text[:50]):
            of['no kana in the first 50'].append(text)
        if ascii_share > .7:
            of['seven tenths ASCII'].append(text)
        if kana < .25 * (kana + han):
            of['kana below a quarter'].append(text)
    return of


def titles(documents):
    """Short lines of Japanese and Chinese: headings, captions."""
    of = collections.defaultdict(list)
    for language, _, _, native, lines in documents:
        if native >= .67 and language in ('ja', 'zh-Hans', 'zh-Hant', 'ko'):
            of[language] += [line for line in lines[:40] if 4 <= len(line) <= 14 and not line.isascii()]
    return of


def mixed_error(documents, seimai):
    """Pages of two languages, line by line of known ones: how far the share is from the truth, by bytes."""
    random.seed(3)
    lines = collections.defaultdict(list)
    for language, _, _, native, own in documents:
        if native >= .9 and len(lines[language]) < 20000:
            lines[language] += [line for line in own if len(line) >= 20]
    errors, n = collections.defaultdict(float), 400
    for other in ('zh-Hans', 'zh-Hant', 'ko', 'en'):
        for _ in range(n):
            share = random.random()
            page = [('ja' if random.random() < share else other) for _ in range(30)]
            page = [(language, random.choice(lines[language])) for language in page]
            weight = {side: sum(len(line.encode()) for language, line in page if (language == 'ja') == side)
                      for side in (True, False)}
            truth = weight[True] / (weight[True] + weight[False])
            errors[other] += abs(seimai.document('\n'.join(line for _, line in page).encode())[1] - truth) / n
    return {f'ja + {other}': {'mean error of the share': error} for other, error in errors.items()}


# ---- the run ------------------------------------------------------------------------------------------------

def judge(items, answer):
    counts = collections.Counter()
    for language, text in items:
        counts[language, answer(text)] += 1
    return counts


def fold(counts):
    folded = collections.Counter()
    for (truth, answer), n in counts.items():
        folded[short(truth), short(answer)] += n
    return folded


def sample(documents, most):
    random.seed(1)
    by_source = collections.defaultdict(list)
    for row in documents:
        if row[3] >= .67:
            by_source[row[0], row[1]].append(row)
    return [row for rows in by_source.values() for row in random.sample(rows, min(most, len(rows)))]


def speed(answer, items):
    start = time.process_time()
    for item in items:
        answer(item)
    seconds = time.process_time() - start
    return sum(len(item if isinstance(item, bytes) else item.encode()) for item in items) / 1e6 / seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder')
    parser.add_argument('--build', default=os.path.join(texts.ROOT, 'build', 'gcc'))
    parser.add_argument('--peers', type=int, default=100)
    args = parser.parse_args()
    seimai, result = Seimai(args.build), {}
    documents = [row for row in load(args.folder) if len(row[2]) >= 10]
    pure = [(row[0], row[2].encode()) for row in documents if row[3] >= .67]
    lines = [(row[0], line.encode()) for row in sample(documents, 300) for line in row[4] if len(line) >= 8][:400000]

    counts = judge(pure, lambda text: seimai.document(text)[0])
    result['documents'] = show('documents', cells(counts, LANGUAGES[:6]))
    counts = judge(lines, seimai.line)
    result['lines'] = show('lines of at least 8 characters, each by itself', cells(counts, LANGUAGES[:6]))
    result['kinds'] = show('kinds of Japanese: documents found', {
        name: {'recall': sum(seimai.document(text.encode())[0] == 'ja' for text in of) / len(of),
               'kana in the first 50 (HojiChar)': sum(bool(KANA.search(text[:50])) for text in of) / len(of),
               'n': len(of)} for name, of in kinds(documents).items()})
    result['titles'] = show('lines of 4 to 14 characters, each by itself', cells(judge(
        [(language, line.encode()) for language, of in titles(documents).items() for line in of], seimai.line),
        ['ja', 'zh-Hans', 'zh-Hant', 'ko']))
    result['mixed'] = show('pages of two languages, 30 lines', mixed_error(documents, seimai))

    few = sample(documents, args.peers)
    whole = [(row[0], row[2][:20000]) for row in few]
    parts = [(language, line.decode()) for language, line in random.sample(lines, min(len(lines), 20 * args.peers))]
    answers = {'seimai': (lambda text: seimai.document(text.encode())[0], lambda text: seimai.line(text.encode()))}
    answers.update({name: (answer, answer) for name, answer in peers().items()})
    plain = [row[2][:20000] for row in few if row[0] == 'ja' and row[1] in ('kftt-jawiki', 'aozora', 'jaquad-wiki')]
    for name, (document, line) in answers.items():
        rows = {'documents ' + key: value for key, value in
                cells(fold(judge(whole, document)), ['ja', 'zh', 'ko', 'en']).items()}
        rows.update({'lines ' + key: value for key, value in
                     cells(fold(judge(parts, line)), ['ja', 'zh', 'ko', 'en']).items()})
        encoded = name == 'seimai'
        direct = (lambda text: seimai.document(text)) if encoded else document
        rows['speed'] = {f'MB/s, {kind}': float(speed(direct, [t.encode() if encoded else t for t in some]))
                         for kind, some in (('plain Japanese', plain), ('all', [t for _, t in whole]))}
        result[name] = show(f'{name}: {len(whole)} documents, {len(parts)} lines', rows)
    with open(os.path.join(args.build, 'language.json'), 'w', encoding='utf-8') as file:
        json.dump(result, file, ensure_ascii=False, indent=1)


if __name__ == '__main__':
    sys.exit(main())
