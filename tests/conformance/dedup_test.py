# SPDX-License-Identifier: MIT
"""What dedup removed, judged by Python: an implementation of shingles and Jaccard similarity of its own.

On 20,000 generated documents (tests/bench/dedup/generate.py: copies with known edits made from real text):
1. every removal of one pass, and every link of transitive clusters, is what the audit says it is: equal texts, or
   that similarity exactly, and it reaches the threshold: no document is lost by chance;
2. what stays, in a sample, has no unlisted equal; copies whose similarity to what they were made from reaches the
   threshold are gone, but for the share that the theory leaves (and 2 points);
3. the three batch stages give the same bytes as one pass, from three files and within 16 MiB.

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build')).resolve() / 'bin'
GENERATE = HERE.parent / 'bench' / 'dedup' / 'generate.py'
DOCUMENTS, THRESHOLD, BANDS, ROWS, N = 20000, .8, 14, 8, 5
OPTIONS = ['-q', '--view', 'spaces', '--bands', str(BANDS), '--rows', str(ROWS)]
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(('ok ' if holds else 'not ok ') + name)


def run(tool, *arguments):
    subprocess.run([BIN / f'seimai-{tool}', *map(str, arguments)], check=True)


def read(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


class Texts:
    """The documents by id, with their shingles."""

    def __init__(self, path):
        self.docs = {doc['id']: doc for doc in read(path)}
        self.sets = {}

    def shingles(self, name):
        if name not in self.sets:
            text = ''.join(self.docs[name]['text'].split())
            self.sets[name] = {text[i:i + N] for i in range(len(text) - N + 1)}
        return self.sets[name]

    def jaccard(self, one, other):
        a, b = self.shingles(one), self.shingles(other)
        return len(a & b) / len(a | b) if a | b else 0

    def is_true(self, line):
        """A line of an audit: the pair that it is about is what it says."""
        by = line.get('by', line['kept'])
        if line['kind'] == 'exact-duplicate':
            return self.docs[line['dropped']]['text'] == self.docs[by]['text'] and line['similarity'] == 1
        found = self.jaccard(line['dropped'], by)
        return abs(found - line['similarity']) < 1e-9 and found >= THRESHOLD


def check_audit(name, texts, path, kept):
    lines = read(path)
    wrong = [line for line in lines if not texts.is_true(line)]
    check(f'{name}: {len(lines)} removals, each as the audit says {wrong[:2] or ""}', lines and not wrong)
    stays = {doc['id'] for doc in kept}
    check(f'{name}: what others were removed for stays', all(line['kept'] in stays for line in lines))
    gone = {line['dropped'] for line in lines}
    check(f'{name}: every document stays or is in the audit',
          len(gone) + len(stays) == len(texts.docs) and not gone & stays)
    equal = [texts.docs[name]['text'] for name in stays]
    check(f'{name}: no two of equal text stay', len(set(equal)) == len(equal))


def check_recall(texts, kept):
    """Copies that are duplicates: the theory leaves (1 − J^rows)^bands of them, fewer where others are near."""
    stays = {doc['id'] for doc in kept}
    copies = [doc for doc in texts.docs.values() if doc.get('rate')]
    near = [(name, similarity) for name, similarity in
            ((doc['id'], texts.jaccard(doc['id'], doc['of'])) for doc in copies) if similarity >= THRESHOLD]
    missed = sum(name in stays for name, _ in near)
    theory = sum((1 - similarity ** ROWS) ** BANDS for _, similarity in near)
    check(f'{len(near)} copies of at least {THRESHOLD}: {missed} stay, by theory at most {theory:.1f}',
          len(near) > 500 and missed <= theory + .02 * len(near))


def same_bytes(one, other):
    return pathlib.Path(one).read_bytes() == pathlib.Path(other).read_bytes()


def main():
    made = subprocess.run([sys.executable, GENERATE, 'corpus', str(DOCUMENTS)], capture_output=True, check=False)
    if made.returncode == 77:
        print('skip: no real data')
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        lines = made.stdout.splitlines(keepends=True)
        parts = [f'part{i}.jsonl' for i in range(3)]
        for i, part in enumerate(parts):
            pathlib.Path(part).write_bytes(b''.join(lines[len(lines) * i // 3:len(lines) * (i + 1) // 3]))
        pathlib.Path('all.jsonl').write_bytes(made.stdout)
        texts = Texts('all.jsonl')

        run('dedup', *OPTIONS, '--audit', 'stream.audit', '-o', 'stream.jsonl', 'all.jsonl')
        check_audit('one pass', texts, 'stream.audit', read('stream.jsonl'))
        check_recall(texts, read('stream.jsonl'))

        run('dedup-sign', *OPTIONS, '-o', 'sig', *parts)
        run('dedup-match', '-q', '--memory', '16M', '-o', 'matches', 'sig')
        run('dedup-apply', '-q', '--matches', 'matches', '--audit', 'batch.audit', '-o', 'batch.jsonl', *parts)
        check('batch gives the bytes of one pass', same_bytes('stream.jsonl', 'batch.jsonl') and
              same_bytes('stream.audit', 'batch.audit'))
        run('dedup-match', '-q', '--cluster', 'transitive', '-o', 'clusters', 'sig')
        run('dedup-apply', '-q', '--matches', 'clusters', '--audit', 'clusters.audit', '-o', 'clusters.jsonl', *parts)
        check_audit('transitive', texts, 'clusters.audit', read('clusters.jsonl'))
        os.chdir('/')
    print(f'{checks - failures} passed, {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
