#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""seimai dedup beside its peers, in one run: same shingles, same bands, JSONL in to JSONL out, one core.

    compare.py [ROUNDS]

4,000 documents of bench/ja_text, every fifth. Rounds are A B C A B C …; what is quoted is the median of the CPU time (user and
system, all stages of a tool added up), which other work on the machine disturbs least, and the wall time beside it.
A peer that is not there is left out: Doubri by the environment variable DOUBRI (the folder of its programs),
the others by build/venv. Slow peers run once. Prints a table with ratios, and figures as JSON in the build folder."""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import measure  # noqa: E402  (the path above comes first)

DOCUMENTS, EVERY = 4000, 5
TARGETS = {('doubri', '14x8'): 20, ('doubri', '40x20'): 40, ('rensa', '14x8'): 12,
           ('datasketch', '14x8'): 50, ('datatrove', '14x8'): 30}
SETTINGS = ((14, 8), (40, 20))
PINNED = ['taskset', '-c', '0']


def corpus(work):
    path = work / 'compare.jsonl'
    if not path.exists():
        # By other processes: what this one ever held would count as the peak of those that it starts.
        packed = measure.data_folder() / 'bench' / 'ja_text.jsonl.zst'
        subprocess.run(['bash', '-c', f"zstd -qdc '{packed}' | awk 'NR % {EVERY} == 1 && n++ < {DOCUMENTS}' "
                                      f">'{path}.part' && mv '{path}.part' '{path}'"], check=True)
    return path


def python():
    found = os.environ.get('PYTHON') or HERE.parents[2] / 'build' / 'venv' / 'bin' / 'python'
    return str(found) if pathlib.Path(found).exists() else sys.executable


def has(module):
    return subprocess.run([python(), '-c', f'import {module}'], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def doubri(folder, bands, rows, source, work):
    script = (f'cd {work}/doubri && {folder}/doubri-minhash -q -n 5 -b {rows} -r {bands} o.mh <{source} && '
              f'echo o.mh | {folder}/doubri-dedup o && {folder}/doubri-apply-whole -f o.dup <{source} >out')
    (work / 'doubri').mkdir(exist_ok=True)
    return ['bash', '-c', script]


def contenders(source, work):
    """(name, setting) -> (command, file that it writes, rounds at most)."""
    found = {}
    for bands, rows in SETTINGS:
        setting = f'{bands}x{rows}'
        out = work / 'out.jsonl'
        options = ['-q', '-j', '1', '--bands', str(bands), '--rows', str(rows)]
        found['seimai', setting] = ([measure.tool('dedup'), *options, '-o', str(out), str(source)],
                                    out, 99)
        if os.environ.get('DOUBRI'):
            found['doubri', setting] = (doubri(os.environ['DOUBRI'], bands, rows, source, work),
                                        work / 'doubri' / 'out', 3)
    for name in ('rensa', 'datasketch', 'datatrove'):
        if has(name):
            kept = work / f'{name}.jsonl'
            found[name, '14x8'] = ([python(), str(HERE / 'peers.py'), name, '14', '8', str(source),
                                    str(kept), str(work / name)], kept, 3 if name == 'rensa' else 1)
    return found


def run_all(found, rounds, work):
    samples = {key: [] for key in found}
    for turn in range(rounds):
        for key, (command, _, most) in found.items():
            if turn < most:
                for left in work.glob('doubri/o.*'):
                    left.unlink()
                samples[key].append(measure.run_once(PINNED + command))
    return samples


def count_lines(path):
    with open(path, 'rb') as lines:
        return sum(1 for _ in lines)


def rows_of(found, samples, size):
    rows = []
    for (name, setting), (_, kept, _) in found.items():
        cpu = statistics.median(sample[0] for sample in samples[name, setting])
        rows.append({'name': name, 'setting': setting, 'rounds': len(samples[name, setting]),
                     'cpu_s': cpu, 'wall_s': statistics.median(s[1] for s in samples[name, setting]),
                     'mb_cpu_s': size / cpu / 1e6, 'rss_mb': max(s[2] for s in samples[name, setting]) / 1e6,
                     'kept': count_lines(kept)})
    ours = {row['setting']: row['cpu_s'] for row in rows if row['name'] == 'seimai'}
    for row in rows:
        row['ratio'] = row['cpu_s'] / ours[row['setting']]
        row['asked'] = TARGETS.get((row['name'], row['setting']))
    return rows


def main():
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    if not shutil.which('taskset'):
        print('skip: no taskset')
        return 77
    work = measure.build_folder() / 'bench' / 'dedup'
    work.mkdir(parents=True, exist_ok=True)
    source = corpus(work).resolve()
    found = contenders(source, work.resolve())
    rows = rows_of(found, run_all(found, int(sys.argv[1]) if len(sys.argv) > 1 else 5, work),
                   source.stat().st_size)
    print(f'{DOCUMENTS} documents, {source.stat().st_size / 1e6:.1f} MB, one core')
    print(f"{'':12}{'bands':>7}{'CPU s':>9}{'MB/CPU s':>10}{'wall s':>9}{'RSS MB':>8}{'kept':>7}{'seimai is':>11}{'asked':>7}")
    for row in rows:
        asked = f">= {row['asked']}" if row['asked'] else ''
        print(f"{row['name']:12}{row['setting']:>7}{row['cpu_s']:9.3f}{row['mb_cpu_s']:10.2f}{row['wall_s']:9.2f}"
              f"{row['rss_mb']:8.0f}{row['kept']:7}{row['ratio']:10.1f}x{asked:>7}")
    if not os.environ.get('DOUBRI'):
        print('(no Doubri: DOUBRI names the folder of its programs)')
    measure.save('dedup-compare', {'documents': DOCUMENTS, 'bytes': source.stat().st_size, 'rows': rows})
    return 0


if __name__ == '__main__':
    sys.exit(main())
