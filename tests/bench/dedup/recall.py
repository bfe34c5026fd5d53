#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Candidate recall beside the theory, on generated pairs and on the listed real ones: recall.py PROGRAM [PAIRS]

PROGRAM is the built dedup_recall, PAIRS (80000) how many are generated. Fails where a bin of at least 5,000 pairs is more
than 2 points off, where the listed pairs are more than 2 points and 3 standard errors off, or where the mean error of the
estimate exceeds .003. Prints a table; figures as JSON in the build folder."""
import json
import math
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import measure  # noqa: E402  (the path above comes first)

POINTS, MINIMUM, BIAS = .02, 5000, .003


def lines_of(packed):
    text = subprocess.run(['zstd', '-qdc', packed], check=True, capture_output=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def generated(program, pairs):
    with subprocess.Popen([sys.executable, HERE / 'generate.py', 'pairs', str(pairs)],
                          stdout=subprocess.PIPE) as source:
        out = subprocess.run([program], stdin=source.stdout, capture_output=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def listed(program):
    folder = measure.data_folder() / 'dedup'
    texts = {doc['id']: doc['text'] for doc in lines_of(folder / 'dedup_docs.jsonl.zst')}
    pairs = '\n'.join(json.dumps({'a': texts[pair['a']], 'b': texts[pair['b']]}, ensure_ascii=False)
                      for pair in lines_of(folder / 'dedup_pairs.jsonl.zst'))
    out = subprocess.run([program], input=pairs.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def judge_bins(rows):
    """The faults of the generated pairs."""
    faults = [f"{row['setting']} from {row['from']:.2f}: {row['found'] - row['expected']:+.4f}"
              for row in rows if row.get('pairs', 0) >= MINIMUM
              and abs(row['found'] - row['expected']) > POINTS]
    return faults + [f"{row['setting']}: the estimate errs by {row['mean_error']:+.5f}"
                     for row in rows if 'estimates' in row and abs(row['mean_error']) > BIAS]


def judge_all(rows):
    """All listed pairs of a setting together: (setting, pairs, expected, found, standard error)."""
    out = []
    for setting in dict.fromkeys(row['setting'] for row in rows):
        cells = [row for row in rows if row['setting'] == setting and 'pairs' in row]
        n = sum(cell['pairs'] for cell in cells)
        expected = sum(cell['pairs'] * cell['expected'] for cell in cells)
        found = sum(cell['pairs'] * cell['found'] for cell in cells)
        variance = sum(cell['pairs'] * cell['expected'] * (1 - cell['expected']) for cell in cells)
        out.append((setting, n, expected / n, found / n, math.sqrt(variance) / n))
    return out


def main():
    program = sys.argv[1]
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    rows = generated(program, int(sys.argv[2]) if len(sys.argv) > 2 else 80000)
    print(f"{'bands x rows':14}{'J from':>8}{'pairs':>8}{'mean J':>9}{'theory':>9}{'found':>9}{'points':>8}")
    for row in rows:
        if row.get('pairs', 0) >= MINIMUM:
            print(f"{row['setting']:14}{row['from']:8.2f}{row['pairs']:8}{row['jaccard']:9.4f}"
                  f"{row['expected']:9.4f}{row['found']:9.4f}{100 * (row['found'] - row['expected']):+8.2f}")
    for row in rows:
        if 'estimates' in row:
            print(f"estimate, {row['setting']}: mean error {row['mean_error']:+.6f} "
                  f"(standard error {row['standard_error']:.6f}), deviation {row['deviation']:.5f}, "
                  f"by the formula {row['deviation_expected']:.5f}")
    faults = judge_bins(rows)
    real = listed(program)
    for setting, n, expected, found, error in judge_all(real):
        print(f'listed pairs, {setting}: {n} pairs, theory {expected:.4f}, found {found:.4f}, '
              f'{100 * (found - expected):+.2f} points (standard error {100 * error:.2f})')
        if abs(found - expected) > max(POINTS, 3 * error):
            faults.append(f'listed pairs, {setting}: {found - expected:+.4f}')
    measure.save('dedup-recall', {'generated': rows, 'listed': real, 'faults': faults})
    for fault in faults:
        print('not ok', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
