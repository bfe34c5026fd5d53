#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How dedup grows: memory, disk and time at 10^4, 10^5, … documents, in one pass and in the three batch stages; and
what a second thread gives.

    scale.py [DOCUMENTS]      up to DOCUMENTS (100000; the figures of the README: 1000000)

The documents are generate.py's, about 1 kB each, half of them copies. Both run at 14 x 8 and 40 x 20 with --memory 256M,
and must give the same bytes within it, by peak resident size; the exit status is 1 where they do not. Threads are
measured by the wall, so they mean something on an idle machine only. Figures as JSON in the build folder."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import measure  # noqa: E402  (the path above comes first)

MEMORY = 256 << 20
SETTINGS = ((14, 8), (40, 20))
ROUNDS = 3


def generate(kind, count, work):
    path = work / f'{kind}-{count}.jsonl'
    if not path.exists():
        with open(f'{path}.part', 'wb') as out:
            subprocess.run([sys.executable, HERE / 'generate.py', kind, str(count)], check=True, stdout=out)
        os.rename(f'{path}.part', path)
    return path


def unnamed_bytes(pid):
    """What a process holds in files that have no name: spilled runs and records."""
    total = 0
    try:
        for name in os.listdir(f'/proc/{pid}/fd'):
            path = f'/proc/{pid}/fd/{name}'
            if os.readlink(path).endswith(' (deleted)'):
                total += os.stat(path).st_size
    except OSError:  # it has ended, or closed the file
        pass
    return total


def run(command):
    """(CPU seconds, wall seconds, peak resident bytes, most bytes in unnamed files)."""
    before, disk = time.monotonic(), 0
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        disk = max(disk, unnamed_bytes(child.pid))
        time.sleep(.02)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {child.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - before, usage.ru_maxrss * 1024, disk


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def same(one, other):
    return subprocess.run(['cmp', '-s', one, other], check=False).returncode == 0


def stream(source, bands, rows, work):
    cpu, wall, peak, disk = run(
        [measure.tool('dedup'), '-q', '-j', '1', '--memory', '256M', '--bands', str(bands), '--rows', str(rows),
         '--tmp', str(work), '--stats', str(work / 'stats.json'), '-o', str(work / 'stream.jsonl'), str(source)])
    stats = json.loads((work / 'stats.json').read_text())
    return {'how': 'one pass', 'cpu_s': cpu, 'wall_s': wall, 'peak': peak,
            'disk': disk, 'kept': stats['kept']['documents']}


def batch(source, bands, rows, work):
    sig, matches = work / 'sig', work / 'matches'
    shutil.rmtree(sig, ignore_errors=True)
    shutil.rmtree(matches, ignore_errors=True)
    common = ['-q', '-j', '1', '--memory', '256M']
    stages = [
        [measure.tool('dedup-sign'), *common, '--bands', str(bands), '--rows', str(rows), str(source), '-o', str(sig)],
        [measure.tool('dedup-match'), *common, str(sig), '-o', str(matches)],
        [measure.tool('dedup-apply'), *common, '--matches', str(matches), str(source), '-o', str(work / 'batch.jsonl')]]
    runs = [run(stage) for stage in stages]
    return {'how': 'batch', 'cpu_s': sum(r[0] for r in runs), 'wall_s': sum(r[1] for r in runs),
            'stages_cpu_s': [r[0] for r in runs], 'peak': max(r[2] for r in runs),
            'disk': bytes_in(sig) + bytes_in(matches) + max(r[3] for r in runs)}


def grow(count, work):
    rows_out, faults = [], []
    source = generate('corpus', count, work)
    for bands, rows in SETTINGS:
        pair = [stream(source, bands, rows, work), batch(source, bands, rows, work)]
        if not same(work / 'stream.jsonl', work / 'batch.jsonl'):
            faults.append(f'{count} documents at {bands} x {rows}: batch gives other bytes than one pass')
        for row in pair:
            row |= {'documents': count, 'bands': bands, 'rows': rows}
            if row['peak'] > MEMORY:
                faults.append(f"{count} documents at {bands} x {rows}, {row['how']}: {row['peak'] >> 20} MiB")
            print(f"{count:9}{bands:5} x {rows:2}  {row['how']:10}{row['cpu_s']:9.2f}{row['cpu_s'] / count * 1e6:9.1f}"
                  f"{row['peak'] / (1 << 20):9.0f}{row['disk'] / count:10.0f}", flush=True)
        rows_out += pair
    return rows_out, faults


def threads(kind, count, work):
    """Wall seconds with one thread and with two; the least of the rounds."""
    source, walls = generate(kind, count, work), {}
    for _ in range(ROUNDS):
        for number in (1, 2):
            command = [measure.tool('dedup'), '-q', '-j', str(number), '--tmp', str(work), '-o',
                       str(work / f'threads-{number}.jsonl'), str(source)]
            walls.setdefault(number, []).append(measure.run_once(command)[1])
    one, two = min(walls[1]), min(walls[2])
    faults = [] if same(work / 'threads-1.jsonl', work / 'threads-2.jsonl') else [f'{kind}: -j 2 gives other bytes']
    print(f'{kind:8} {count} documents: one thread {one:.2f} s, two {two:.2f} s of the wall: {one / two:.2f} x '
          '(asked: >= 1.8)')
    return {'kind': kind, 'documents': count, 'one_s': one, 'two_s': two, 'ratio': one / two}, faults


def main():
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    work = (measure.build_folder() / 'bench' / 'dedup').resolve()
    work.mkdir(parents=True, exist_ok=True)
    print(f"{'documents':>9}{'bands':>10}  {'':10}{'CPU s':>9}{'us/doc':>9}{'RSS MiB':>9}{'disk B/doc':>10}")
    grown, faults, count = [], [], 10000
    while count <= most:
        rows, wrong = grow(count, work)
        grown, faults, count = grown + rows, faults + wrong, count * 10
    scaled = []
    for kind in ('corpus', 'pages'):
        row, wrong = threads(kind, min(most, 100000), work)
        scaled.append(row)
        faults += wrong
    for fault in faults:
        print('not ok', fault)
    measure.save('dedup-scale', {'memory': MEMORY, 'grown': grown, 'threads': scaled, 'faults': faults})
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
