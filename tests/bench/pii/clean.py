#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `seimai pii` finds in real clean text: findings per MB by kind, and how many of them are true.

    clean.py [--names cue|all] [--business] [--peers] [--show] [SOURCE…]

SOURCE: kwdlc law-egov wikipedia aozora chat docs manuals (default: all)

--show prints each finding in its context, with its key and its verdict. Verdicts come from reading: judged.tsv beside
this script has a line "document offset kind verdict" for every finding that was looked at (true: personal or
business information of that kind; public: right kind, but of a public body, of a dead person or of a work of fiction;
false), and not one byte of the text. A finding without a verdict is counted as unjudged.
SEIMAI_BUILD and SEIMAI_DATA as in ../measure.py; the table goes to SEIMAI_BUILD/bench/pii-clean.json too.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import measure  # noqa: E402

SOURCES = {'kwdlc': ['kwdlc'], 'law-egov': ['law-egov'], 'wikipedia': ['kftt-jawiki', 'jaquad-wiki'],
           'aozora': ['aozora'], 'chat': ['real-persona-chat'], 'docs': ['rurema', 'php-doc-ja', 'cpprefjp'],
           'manuals': ['vimdoc-ja', 'railsguides-ja', 'react-ja', 'rust-book-ja']}
VERDICTS = ('true', 'public', 'false')


def extract(folder, wanted):
    """Write the documents of each source into a file of its own; give {source: (path, bytes of text)}."""
    source_of = {part: name for name in wanted for part in SOURCES[name]}
    files = {name: open(folder / f'{name}.jsonl', 'wb') for name in wanted}
    size = collections.Counter()
    archive = measure.data_folder() / 'bench' / 'ja_text.jsonl.zst'
    lines = subprocess.Popen(['zstd', '-dc', archive], stdout=subprocess.PIPE)
    for line in lines.stdout:
        doc = json.loads(line)
        name = source_of.get(doc['source'].split(':')[0])
        if name:
            files[name].write(line)
            size[name] += len(doc['text'].encode())
    if lines.wait() != 0:
        sys.exit(f'{archive}: zstd failed')
    for file in files.values():
        file.close()
    return {name: (folder / f'{name}.jsonl', size[name]) for name in wanted}


def findings(path, options):
    """Run the tool in report mode; give (document, finding) for each line of its audit."""
    audit = path.with_suffix('.audit')
    subprocess.run([measure.tool('pii'), '-q', '--policy', 'report', *options, '--audit', audit, '-o', '/dev/null',
                    path], check=True)
    hits = [json.loads(line) for line in open(audit, encoding='utf-8')]
    wanted = {hit['id'] for hit in hits}
    docs = {}
    for line in open(path, encoding='utf-8'):
        doc = json.loads(line)
        if doc['id'] in wanted:
            docs[doc['id']] = doc['text']
    return [(docs[hit['id']], hit) for hit in hits]


def key_of(hit):
    return (hit['id'], str(hit['offset']), hit['kind'])


def judgements():
    verdicts = {}
    path = HERE / 'judged.tsv'
    for number, line in enumerate(open(path, encoding='utf-8') if path.exists() else (), 1):
        if line.startswith('#'):
            continue
        fields = line.split()
        if len(fields) != 4 or fields[3] not in VERDICTS:
            sys.exit(f'{path}:{number}: not "document offset kind verdict"')
        verdicts[tuple(fields[:3])] = fields[3]
    return verdicts


def show(name, hits, verdicts):
    for text, hit in hits:
        at = hit['column']
        before = text[max(0, at - 50):at].replace('\n', '⏎')
        end = at + len(text.encode()[hit['offset']:hit['offset'] + hit['length']].decode())
        inside, after = (piece.replace('\n', '⏎') for piece in (text[at:end], text[end:end + 30]))
        print(f"{' '.join(key_of(hit))}\t{verdicts.get(key_of(hit), '?')}\t{hit['rule']}/{hit['confidence']}\t"
              f'{before}⟦{inside}⟧{after}')
    print(f'== {name}: {len(hits)} findings', file=sys.stderr)


def tabulate(name, size, hits, verdicts):
    rows = {}
    for kind in sorted({hit['kind'] for _, hit in hits}):
        keys = [key_of(hit) for _, hit in hits if hit['kind'] == kind]
        count = collections.Counter(verdicts.get(key, 'unjudged') for key in keys)
        rows[kind] = {'hits': len(keys), 'per MB': round(len(keys) / (size / 1e6), 3), **count}
    for kind, row in [*rows.items(), ('all', total(rows, size))]:
        marks = '  '.join(f'{verdict} {row.get(verdict, 0)}' for verdict in (*VERDICTS, 'unjudged'))
        print(f"{name:10} {size / 1e6:7.2f} MB  {kind:22} {row['hits']:5}  {row['per MB']:8.3f}/MB  {marks}")
    return {'bytes': size, 'kinds': rows}


def total(rows, size):
    whole = collections.Counter()
    for row in rows.values():
        whole.update(row)
    return {**whole, 'hits': whole['hits'], 'per MB': whole['hits'] / (size / 1e6)}


def of_peers(name, path, size):
    """Findings per MB of the peers that are patterns, for comparison; nobody looked at these."""
    import peers
    texts = [json.loads(line)['text'] for line in open(path, encoding='utf-8')]
    result = {}
    for peer, load in (('hojichar', peers.hojichar), ('datatrove', peers.datatrove)):
        try:
            finder = load()
        except ImportError as error:
            print(f'skip {peer}: {error}', file=sys.stderr)
            continue
        count = collections.Counter(hit[0] for text in texts for hit in finder({'text': text}))
        for kind, hits in sorted(count.items()):
            print(f'{name:10} {size / 1e6:7.2f} MB  {kind:22} {hits:5}  {hits / (size / 1e6):8.3f}/MB  {peer}')
        result[peer] = {kind: round(hits / (size / 1e6), 3) for kind, hits in count.items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--names', choices=['cue', 'all'], help='look for names too')
    parser.add_argument('--business', action='store_true')
    parser.add_argument('--peers', action='store_true', help="HojiChar's and datatrove's findings too")
    parser.add_argument('--show', action='store_true', help='print each finding in its context, no table')
    parser.add_argument('sources', nargs='*')
    arguments = parser.parse_args()
    if not measure.data_folder():
        print('skip: no real data')
        return 77
    wanted = arguments.sources or list(SOURCES)
    options = ['--names', arguments.names] if arguments.names else []
    options += ['--business'] if arguments.business else []
    verdicts, result = judgements(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, size) in extract(pathlib.Path(folder), wanted).items():
            hits = findings(path, options)
            if arguments.show:
                show(name, hits, verdicts)
            else:
                result[name] = tabulate(name, size, hits, verdicts)
                if arguments.peers:
                    result[name]['peers'] = of_peers(name, path, size)
    if result:
        measure.save('pii-clean' + (f'-names-{arguments.names}' if arguments.names else ''), result)
    return 0


if __name__ == '__main__':
    sys.exit(main())
