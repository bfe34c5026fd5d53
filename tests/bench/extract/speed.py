# SPDX-License-Identifier: MIT
"""Speed and memory of extract beside its peers, all in one run on the same pages.

    speed.py [--build FOLDER] [--model FILE] [--every N] [--rounds N] [--part pages|files|memory]... [--json FILE]

pages   from the bytes of a page to text, all in memory, CPU time of one thread: ours by content_speed (C), the
        peers in this process (Python calling C, Rust or lxml). Rounds are interleaved; the median counts, and of
        ratios the median of the rounds' own
files   the command line: .warc.gz to JSONL, MB of HTML a second of CPU; wall time of two threads against one
memory  peak resident size of the command line on an input, four and eight times as much
"""
import argparse
import gzip
import json
import logging
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import gold_sets
import peers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import measure  # noqa: E402

PAGE_PEERS = ['resiliparse', 'full text', 'trafilatura fast', 'rs-trafilatura']
MODES = ['main', 'precise', 'full']
OUR_ROUNDS = 9
COMPARED = [('main', 'resiliparse', 3), ('full', 'full text', 4), ('main', 'trafilatura fast', 40),
            ('main', 'rs-trafilatura', 25)]  # ours, theirs, wanted ratio


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    source = gold_sets.SOURCE
    parser.add_argument('--build', type=pathlib.Path, default=os.environ.get('SEIMAI_BUILD', source / 'build/gcc'))
    parser.add_argument('--model', default=str(source / 'dicts/extract/content.model'))
    parser.add_argument('--every', type=int, default=4, help='take every Nth page')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--part', action='append', choices=['pages', 'files', 'memory'])
    parser.add_argument('--json', type=pathlib.Path)
    return parser.parse_args()


# ---- pages in memory --------------------------------------------------------------------------------

def page_files(every):
    """Pages of English articles and of dev_html, as files."""
    files = sorted((gold_sets.unpacked('scrapinghub') / 'html').glob('*.html'))
    folder = gold_sets.WORK / 'dev_html'
    if not folder.exists():
        unpack_crawl(folder)
    return files[::every] + sorted(folder.glob('*.html'))[::every]


def unpack_crawl(folder):
    part = folder.with_suffix('.part')
    part.mkdir(parents=True, exist_ok=True)
    rows = (gold_sets.DATA / 'html/dev_html.manifest.jsonl').read_text(encoding='utf-8').splitlines()
    with open(gold_sets.DATA / 'html/dev_html.warc.gz', 'rb') as file:
        for i, row in enumerate(map(json.loads, rows)):
            file.seek(row['offset'])
            record = gzip.decompress(file.read(row['length']))
            (part / f'{i:04}.html').write_bytes(record.split(b'\r\n\r\n', 2)[2].removesuffix(b'\r\n\r\n'))
    part.rename(folder)


def our_round(args, mode, files):
    """The median of the rounds that follow a first one, which does not count. One takes some 20 ms, too short for a
    figure by itself."""
    driver = args.build / 'tests/content_speed'
    run = subprocess.run([driver, mode, args.model, str(1 + OUR_ROUNDS)], input='\n'.join(map(str, files)), text=True,
                         capture_output=True, check=False)
    if run.returncode:
        sys.exit(f'{driver}: status {run.returncode}: {run.stderr}')
    rounds = sorted(map(json.loads, run.stdout.splitlines()[1:]), key=lambda row: row['seconds'])
    return rounds[OUR_ROUNDS // 2]


def peer_round(name, pages):
    function = peers.PEERS[name][0]
    start = time.process_time()
    for page in pages:
        try:
            function(page)
        except Exception:  # a page that a peer cannot read costs it what it costs
            pass
    return time.process_time() - start


def measure_pages(args):
    logging.disable()
    files = page_files(args.every)
    pages = [file.read_bytes() for file in files]
    megabytes = sum(map(len, pages)) / 1e6
    seconds = {name: [] for name in [*MODES, *PAGE_PEERS]}
    steps = {mode: [] for mode in MODES}
    for name in PAGE_PEERS:
        peer_round(name, pages[:20])  # imports, lazy tables
    for _ in range(args.rounds):
        for mode in MODES:
            steps[mode].append(our_round(args, mode, files))
            seconds[mode].append(steps[mode][-1]['seconds'])
        for name in PAGE_PEERS:
            seconds[name].append(peer_round(name, pages))
    medians = {name: statistics.median(rounds) for name, rounds in seconds.items()}
    print(f'\n{len(pages)} pages, {megabytes:.1f} MB of HTML, median of {args.rounds} rounds\n')
    print('| one core, bytes to text | MB/s | ms a page |\n|---|---|---|')
    for name, value in medians.items():
        ours = f'seimai {name}' if name in MODES else name
        print(f'| {ours} | {megabytes / value:.1f} | {1000 * value / len(pages):.3f} |')
    for mode, peer, wanted in COMPARED:
        ratio = statistics.median(theirs / ours for ours, theirs in zip(seconds[mode], seconds[peer]))
        print(f'{mode} / {peer}: {ratio:.1f} × (wanted {wanted})')
    last = steps['main'][-1]
    shares = [f'{step} {1000 * last[step] / len(pages):.3f}' for step in ('decode', 'parse', 'select', 'write')]
    print('main, ms a page:', ', '.join(shares))
    return {'pages': len(pages), 'megabytes': megabytes, 'seconds': medians, 'steps': steps}


# ---- the command line ---------------------------------------------------------------------------------

def command(args, threads, mode, *files):
    tool = str(args.build / 'bin/seimai-extract')
    return [tool, '-q', '-j', str(threads), '--mode', mode, '--model', args.model, *map(str, files)]


def measure_files(args):
    crawl = gold_sets.DATA / 'bench/ja_html.warc.gz'
    rows = subprocess.run(['zstd', '-dc', gold_sets.DATA / 'bench/ja_html.manifest.jsonl.zst'], capture_output=True,
                          check=True).stdout.splitlines()
    megabytes = sum(json.loads(row)['bytes'] for row in rows) / 1e6
    runs = {f'{mode}, -j {threads}': {'command': command(args, threads, mode, crawl)}
            for mode in ('main', 'full') for threads in (1, 2)}
    result = measure.side_by_side(runs, args.rounds)
    print('\n| .warc.gz to JSONL | MB of HTML a second of CPU | a second of wall | MB of memory |\n|---|---|---|---|')
    for name, row in result.items():
        print(f'| {name} | {megabytes / row["cpu"]:.1f} | {megabytes / row["wall"]:.1f} | {row["peak"] / 1e6:.0f} |')
    for mode in ('main', 'full'):
        ratio = result[f'{mode}, -j 1']['wall'] / result[f'{mode}, -j 2']['wall']
        print(f'{mode}: two threads {ratio:.2f} × one (wall time: only of a machine that does nothing else)')
    return result


def measure_memory(args):
    """Peaks grow a little until every buffer has met the largest page; then no more."""
    crawl = (gold_sets.DATA / 'bench/ja_html.warc.gz').read_bytes()
    peaks = {}
    for times in (1, 4, 8):
        with tempfile.NamedTemporaryFile(dir=gold_sets.WORK, suffix='.warc.gz') as input_file:
            for _ in range(times):
                input_file.write(crawl)
            input_file.flush()
            for threads in (1, 2):
                peak = measure.run_once(command(args, threads, 'main', input_file.name))[2]
                peaks[f'-j {threads}, {times} ×'] = peak / 1e6
    print('\nPeak memory, MB:', ', '.join(f'{name} {value:.0f}' for name, value in sorted(peaks.items())))
    return peaks


def main():
    args = arguments()
    if gold_sets.unpacked('scrapinghub') is None:
        print(f'skip: no data in {gold_sets.DATA}')
        sys.exit(77)
    parts = {'pages': measure_pages, 'files': measure_files, 'memory': measure_memory}
    result = {name: parts[name](args) for name in args.part or parts}
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
