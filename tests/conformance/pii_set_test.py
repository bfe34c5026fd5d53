# SPDX-License-Identifier: MIT
"""The labelled set of personal information (tests/pii), and what `seimai pii` makes of it.

1. the set: the bytes that its SHA-256 names, labels that stand where they say, half of it negatives, two halves without a
   template, a person or a place in common, check digits by an implementation of their own (tests/pii/values.py);
2. held-out half: precision >= .98 and recall >= .97 by exact span for every kind with a format,
   at most one finding in a hundred negative documents; development half: the same;
3. masking: bytes outside the findings stay, a second run changes nothing, one thread and two write the same bytes.

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'bench' / 'pii'))
import score  # noqa: E402

BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build/gcc')).resolve() / 'bin'
NEGATIVE_RATE = .01
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(('ok ' if holds else 'not ok ') + name)


# ---- the set ----------------------------------------------------------------------------------


def check_bytes(documents):
    digest = hashlib.sha256(score.labelled_set.lines()).hexdigest()
    check(f'the set is the one that is cited ({digest[:12]}…)', digest == score.labelled_set.SHA256)
    check(f'{len(documents)} documents, at least 1,500', len(documents) >= 1500)
    negatives = [document for document in documents if document['class'] == 'negative']
    check(f'{len(negatives)} of them are negatives', 2 * len(negatives) >= len(documents))
    check('negatives have no labels', not any(document['spans'] for document in negatives))


def check_labels(documents):
    wrong = []
    for document in documents:
        raw = document['text'].encode()
        end = 0
        for span in document['spans']:
            text = document['text'][span['start']:span['end']]
            if not text or span['start'] < end or raw[span['byte_start']:span['byte_end']].decode() != text:
                wrong.append((document['id'], span))
            end = span['end']
    check(f'labels are in order and agree in code points and bytes {wrong[:2] or ""}', not wrong)
    kinds = {span['kind'] for document in documents for span in document['spans']}
    check(f'{len(kinds)} kinds, none unknown to the scorer', kinds == score.FORMAT | score.BY_WORDS)


def check_halves(documents):
    """What one half holds of templates and of names, against the other."""
    templates, names = {'dev': set(), 'heldout': set()}, {'dev': set(), 'heldout': set()}
    for document in documents:
        templates[document['half']] |= set(document['templates'])
        names[document['half']] |= {document['text'][span['start']:span['end']].replace(' ', '').replace('　', '')
                                    for span in document['spans'] if span['kind'] == 'name'}
    check('halves share no template', not templates['dev'] & templates['heldout'])
    shared = {name for name in names['dev'] & names['heldout'] if '・' not in name}
    check(f'halves share no person {sorted(shared)[:3] or ""}', not shared)


# ---- the figures --------------------------------------------------------------------------------


def check_figures(half):
    documents = score.load_set(half)
    rows = score.score(documents, score.seimai(documents))
    negatives = sum(document['class'] == 'negative' for document in documents)
    for kind in sorted(score.FORMAT):
        f = rows[kind].figures()
        precision, recall = f['P_exact'] or 0, f['R_exact'] or 0
        check(f"{half} {kind}: P {precision:.3f} R {recall:.3f} of {f['labels']}",
              precision >= score.PRECISION and recall >= score.RECALL)
    hits = sum(row.in_negatives for row in rows.values())
    check(f'{half}: {hits} findings in {negatives} negative documents', hits <= NEGATIVE_RATE * negatives)


# ---- masking --------------------------------------------------------------------------------------


def masked(folder, source, output, *options):
    subprocess.run([BIN / 'seimai-pii', '-q', '--business', *options, '-o', folder / output, folder / source], check=True)
    return [json.loads(line) for line in open(folder / output, encoding='utf-8')]


def keeps_the_rest(text, tagged):
    """Each piece of the result between two tags stands in the text, in order."""
    at = 0
    for i, piece in enumerate(score.TAG.split(tagged)):
        place = text.find(piece, at)
        if place < 0 or (i == 0 and place != 0):
            return False
        at = place + len(piece)
    return True


def check_masking(documents):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / 'in').write_bytes(score.labelled_set.lines())
        once = masked(folder, 'in', 'once', '-j', '1')
        masked(folder, 'in', 'two-threads', '-j', '2')
        masked(folder, 'once', 'twice')
        check('two threads write the bytes of one', (folder / 'once').read_bytes() == (folder / 'two-threads').read_bytes())
        again = [json.loads(line)['text'] for line in open(folder / 'twice', encoding='utf-8')]
        changed = [one['id'] for one, text in zip(once, again) if one['text'] != text]
        check(f'a second run changes no text {changed[:3] or ""}', not changed)
        torn = [one['id'] for one, document in zip(once, documents) if not keeps_the_rest(document['text'], one['text'])]
        check(f'text outside the findings stays {torn[:3] or ""}', not torn)
        torn = [one['id'] for one, document in zip(masked(folder, 'in', 'x', '--policy', 'mask'), documents)
                if len(one['text']) != len(document['text']) or not all(b in (a, 'X') for a, b in zip(document['text'], one['text']))]
        check(f'masks of one X a character keep length and place {torn[:3] or ""}', not torn)


def main():
    documents = list(score.labelled_set.documents())
    check_bytes(documents)
    check_labels(documents)
    check_halves(documents)
    for half in ('heldout', 'dev'):
        check_figures(half)
    check_masking(documents)
    print(f'{checks - failures} passed, {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
