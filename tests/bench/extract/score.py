# SPDX-License-Identifier: MIT
"""Scores seimai-extract on gold sets, its peers beside it: F1, and differences with a paired bootstrap.

    score.py [--tool FILE] [--mode MODE] [--model FILE] [--sets NAME,...] [--no-peers] [--sample N]
             [--texts NAME=FILE]... [--option WORD]... [--worst N] [--json FILE]

`--texts` scores texts made elsewhere (JSON lines of {set, page, text}) as one more tool on the sets that it has in
full: those of learn/cross_validate.py, since the model of the tool has seen most of these pages. Differences are
then of the first such texts where they are, else of the tool. `--worst` lists the pages on which the tool loses
most. Tables are Markdown. Definitions: metrics.py; the sets: gold_sets.py; peers: peers.py.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

import gold_sets
import metrics
import peers

BATCH = 200  # files of one command line


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    build = os.environ.get('SEIMAI_BUILD', gold_sets.SOURCE / 'build/gcc')
    parser.add_argument('--tool', default=pathlib.Path(build) / 'bin/seimai-extract', type=pathlib.Path)
    parser.add_argument('--mode', default='main')
    parser.add_argument('--model', help='a model file of one\'s own')
    parser.add_argument('--option', action='append', default=[], help='one more word of the command line')
    parser.add_argument('--sets', default=','.join(gold_sets.SETS))
    parser.add_argument('--no-peers', action='store_true')
    parser.add_argument('--sample', type=int)
    parser.add_argument('--texts', action='append', default=[], metavar='NAME=FILE')
    parser.add_argument('--worst', type=int, default=0)
    parser.add_argument('--json', type=pathlib.Path, help='the figures')
    parser.add_argument('--threads', type=int, default=1, help='processes of a peer, threads of the tool')
    return parser.parse_args()


def seimai(args, files):
    """The tool's text of each file, in order; '' for a file without a document."""
    texts = dict.fromkeys(map(str, files), '')
    for first in range(0, len(files), BATCH):
        batch = [str(file) for file in files[first:first + BATCH]]
        model = ['--model', args.model] if args.model else []
        command = [args.tool, '-q', '-j', str(args.threads), '--mode', args.mode, *model, *args.option, *batch]
        run = subprocess.run(command, capture_output=True, check=False)
        if run.returncode:
            sys.exit(f'{args.tool}: exit status {run.returncode}\n{run.stderr.decode()[-2000:]}')
        for line in run.stdout.splitlines():
            document = json.loads(line)
            texts[document['id']] = document['text']
    return list(texts.values())


def given_texts(spec):
    """--texts NAME=FILE as (NAME, {(set, page): text})."""
    name, _, path = spec.partition('=')
    with open(path, encoding='utf-8') as file:
        rows = map(json.loads, file)
        return name, {(row['set'], row['page']): row['text'] for row in rows}


def texts_of_all(args, name, pages, cache):
    """{tool: texts of the pages}; the first is ours."""
    files = [page.file for page in pages]
    texts = {'seimai': seimai(args, files)}
    for tool, given in map(given_texts, args.texts):
        if all((name, page.name) in given for page in pages):
            texts[tool] = [given[name, page.name] for page in pages]
    for peer in [] if args.no_peers else peers.PEERS:
        texts[peer] = cache.texts(peer, files, args.threads)
    return texts


def parts(name, pages, groups):
    """Rows of the table: the whole set, if it is one measure, and its groups, as (label, indices)."""
    members = collections.defaultdict(list)
    for i, page in enumerate(pages):
        members[page.group].append(i)
    if name != 'ja-gold-dev':  # two kinds of pages that nobody averages
        yield name, list(range(len(pages)))
    for group in groups:
        if members[group]:
            yield f'{name}, {group}', members[group]


def score_set(args, name, cache):
    """Figures of a set: {label: {pages, metric, base, tools: {tool: {score, interval, …}}}}."""
    loaded = gold_sets.load(name, args.sample)
    if loaded is None:
        print(f'skip: no {name} in {gold_sets.DATA}')
        return {}
    pages, metric, groups = loaded
    texts = texts_of_all(args, name, pages, cache)
    golds = [page.gold for page in pages]
    rows = {tool: metrics.page_rows(metric, made, golds) for tool, made in texts.items()}
    list_worst(args, pages, rows['seimai'])
    base = next((tool for tool in (spec.partition('=')[0] for spec in args.texts) if tool in rows), 'seimai')
    return {label: {'pages': len(members), 'metric': metric, 'base': base,
                    'tools': compare(metric, base, {tool: (row[members], [texts[tool][i] for i in members])
                                                    for tool, row in rows.items()})}
            for label, members in parts(name, pages, groups)}


def compare(metric, base, tools):
    """tools: {name: (rows, texts)}; differences are of `base` from the others."""
    ours = tools[base][0]
    bootstrap = metrics.Bootstrap(len(ours))
    figures = {}
    for tool, (rows, texts) in tools.items():
        figures[tool] = {'score': metrics.score(metric, rows), 'interval': list(bootstrap.interval(metric, rows)),
                         'empty': sum(not text.strip() for text in texts), 'mean_row': list(rows.mean(axis=0)),
                         'difference': bootstrap.difference(metric, ours, rows)}
    return figures


def list_worst(args, pages, rows):
    loss = rows[:, 1] + rows[:, 2] if rows.shape[1] == 4 else 1 - rows.mean(axis=1)
    for i in sorted(range(len(pages)), key=lambda i: -loss[i])[:args.worst]:
        print(f'{loss[i]:7.3f} {pages[i].group:14} {pages[i].file}')


def print_tables(figures):
    tools = list(dict.fromkeys(tool for row in figures.values() for tool in row['tools']))
    print('\n| F1 | pages |', ' | '.join(tools), '|\n|---|---|' + '---|' * len(tools))
    for label, row in figures.items():
        cells = [f'{row["tools"][t]["score"]:.4f}' if t in row['tools'] else '–' for t in tools]
        print(f'| {label} | {row["pages"]} |', ' | '.join(cells), '|')
    if len(tools) > 1:
        print('\n| difference [95 %] | of | less', ' | '.join(tools[1:]), '|\n|---|---|' + '---|' * len(tools[1:]))
        for label, row in figures.items():
            cells = [difference_cell(row['tools'].get(t)) if t != row['base'] else '' for t in tools[1:]]
            print(f'| {label} | {row["base"]} |', ' | '.join(cells), '|')
    print('\nEmpty texts:', '; '.join(f'{label}: ' + ', '.join(
        f'{tool} {figure["empty"]}' for tool, figure in row['tools'].items() if figure['empty'])
        for label, row in figures.items() if ', ' not in label or label.startswith('ja-gold')))


def difference_cell(figure):
    if figure is None:
        return '–'
    value, low, high = figure['difference']
    return f'{value:+.3f} [{low:+.3f}, {high:+.3f}]'


def main():
    args = arguments()
    gold_sets.WORK.mkdir(parents=True, exist_ok=True)
    cache = peers.Cache(gold_sets.WORK / 'peers.sqlite')
    figures = {}
    for name in args.sets.split(','):
        figures.update(score_set(args, name, cache))
    if not figures:
        sys.exit(77)
    print_tables(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
