# SPDX-License-Identifier: MIT
"""Nothing is lost silently: every record is kept, dropped with its reason, or counted bad."""
import base64
import json

import corpus
from harness import STREAMING, Skip, case, expect, expect_equal, id_of, lines_of

LINES = ('documents', 'sink')
FAULT_CASES = [(f'{kind}-{number}', (kind, record))
               for number, (kind, record) in enumerate(corpus.FAULTS, 1)]
OF_TEXT = ('no-text', 'bad-text', 'bad-messages')  # kinds that only a tool that reads text can tell


def total(tallies):
    return {unit: sum(tally[unit] for tally in tallies) for unit in ('documents', 'bytes')}


def expect_sums(stats):
    """in = kept + dropped + bad, in documents and in bytes."""
    parts = total([stats['kept'], *stats['dropped'].values(), *stats['bad'].values()])
    expect_equal(parts, total([stats['in']]), 'kept + dropped + bad against in')


def raw_of(reject):
    return base64.b64decode(reject['raw_base64'], validate=True)


@case('records', *LINES, each=FAULT_CASES)
def bad_record(stage, fault):
    """Counted by its kind, kept whole in the rejects with its place; its neighbours are not harmed."""
    kind, record = fault
    if kind in OF_TEXT and not stage.tool.reads_text():
        raise Skip('its input is not text')
    first, second = stage.small.records[:2]
    stage.write('in', first + record + b'\n' + second)
    stage.write('good', first + second)

    run, result = stage.result('--rejects', 'rj', '--stats', 'st', 'in')
    expect(run.status == 0 and run.err == '', f'with --rejects: exit {run.status}: {run.err}')
    rejects = [r for r in lines_of(stage.read('rj')) if 'raw_base64' in r]
    expect(len(rejects) == 1, f'{len(rejects)} bad records in the rejects')
    expect_equal(raw_of(rejects[0]), record, 'raw_base64')
    why = rejects[0]['metadata']['rejected']
    expect_equal((why['rule'], why['file'], why['line'], why['tool']),
                 ('bad-record', 'in', '2', stage.tool.name), 'metadata.rejected')
    expect(why['why'] and len(first) <= int(why['offset']) <= len(first) + len(record),
           f'why and offset: {why}')

    stats = stage.stats()
    expect_equal(stats['bad'], {kind: {'documents': 1, 'bytes': len(record) + 1}}, 'stats: bad')
    expect_sums(stats)
    expect_equal(result, stage.good('--rejects', 'rj', 'good'), 'the neighbours')


@case('records', *LINES)
def bad_record_without_rejects(stage):
    """exit 1 at the end, with the place of the first one; all the others were delivered."""
    first, second = stage.small.records[:2]
    stage.write('in', first + b'{broken\n' + second)
    stage.write('good', first + second)
    run, result = stage.bad(1, 'in')
    expect('in:2' in run.err, f'the place in:2 is not named: {run.err}')
    expect_equal(result, stage.good('good'), 'the neighbours')


@case('records', *LINES)
def too_many_bad_records(stage):
    """--max-bad N allows N, and stops at the next."""
    data = stage.small.records[0] + b'{broken\n' * 3 + b''.join(stage.small.records[1:])
    stage.write('in', data)
    run, _ = stage.result('--max-bad', '3', '--rejects', 'rj', 'in')
    expect(run.status == 0, f'3 of 3: exit {run.status}: {run.err}')
    run, _ = stage.bad(1, '--max-bad', '2', '--rejects', 'rj', 'in')
    expect('max-bad' in run.err, f'--max-bad is not named: {run.err}')
    run, _ = stage.bad(1, '--max-bad', '0', '--rejects', 'rj', 'in')


@case('records', *LINES, each=[('in-the-middle', 1), ('at-the-end', 2)])
def giant_line(stage, position):
    """A record over --max-document goes to the rejects, whole; memory is not its size."""
    giant = b'{"id":"giant","text":"' + 'あ'.encode() * 700000 + b'"}\n'
    records = list(stage.small.records[:2])
    stage.write('good', b''.join(records))
    records.insert(position, giant)
    stage.write('in', b''.join(records))
    args = ('--max-document', '64k', '--rejects', 'rj', '--stats', 'st')
    run, result = stage.result(*args, 'in')
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    rejects = [r for r in lines_of(stage.read('rj')) if 'raw_base64' in r]
    expect(b''.join(map(raw_of, rejects)) == giant[:-1], 'the rejects do not hold the record')
    stats = stage.stats()
    expect_equal(stats['bad'], {'too-long': {'documents': 1, 'bytes': len(giant)}}, 'stats: bad')
    expect_sums(stats)
    expect_equal(result, stage.good('--max-document', '64k', 'good'), 'the neighbours')


@case('records', *LINES)
def giant_line_without_end(stage):
    """A stream that never breaks its line is bounded too, and kept."""
    endless = b'x' * 3000000
    stage.write('in', stage.small.records[0] + endless)
    run, _ = stage.result('--max-document', '64k', '--rejects', 'rj', '--stats', 'st', 'in')
    expect(run.status in (0, 1), f'exit {run.status}: {run.err}')
    expect_sums(stage.stats())
    expect_equal(b''.join(raw_of(r) for r in lines_of(stage.read('rj')) if 'raw_base64' in r), endless, 'rejects')


@case('records', *STREAMING, each=[('lines', b'\n'), ('gzip', b'\x1f\x8b\x08'), ('zstd', b'\x28\xb5\x2f\xfd'),
                                   ('bzip2', b'BZh9'), ('zeros', b'\0' * 4096)])
def garbage(stage, head):
    """Random bytes, also behind the mark of a compressed file: exit 1, no document, no crash."""
    chance = corpus.random.Random(corpus.SEED)
    stage.write('in', head + chance.randbytes(300000) + b'\n')
    run, _ = stage.result('--stats', 'st', 'in')
    if stage.tool.kind != 'records' or head != b'\n':
        expect(run.status == 1, f'exit {run.status}: {run.err}')
        stage.expect_message(run)
    stats = stage.stats()
    expect_equal(stats['kept']['documents'], 0, 'documents kept')
    expect_sums(stats)


@case('records', *LINES)
def rejected_garbage_is_whole(stage):
    """The rejects' raw bytes, joined by LF, are the input again."""
    chance = corpus.random.Random(corpus.SEED + 1)
    data = chance.randbytes(200000).replace(b'{', b'x') + b'\n'
    records = [record for record in data.split(b'\n') if record.strip(b' \t\r')]
    stage.write('in', b'x' + data)
    run, _ = stage.result('--rejects', 'rj', 'in')
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    records[0] = b'x' + records[0]
    expect_equal([raw_of(reject) for reject in lines_of(stage.read('rj'))], records, 'raw records')


def mixed(stage):
    """Good records, bad ones, and records that most rules would drop."""
    records = list(stage.tool.input('large').records[:200])
    if stage.tool.kind != 'records':
        for number, (kind, record) in enumerate(corpus.FAULTS):
            if kind not in OF_TEXT or stage.tool.reads_text():
                records.insert(number * 4 + 3, record + b'\n')
    return b''.join(records)


@case('records', *STREAMING)
def statistics_add_up(stage):
    data = mixed(stage)
    stage.write('in', data)
    run, result = stage.result('--rejects', 'rj', '--stats', 'st', 'in')
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    stats = stage.stats()
    expect_sums(stats)
    expect_equal((stats['tool'], stats['complete'], stats['errors']), (stage.tool.name, True, []), 'stats')
    expect(stats['version'] and {'seconds', 'threads', 'peak_rss'} <= set(stats['run']), f'run: {stats}')
    if stage.tool.kind != 'records':
        expect_equal(stats['in'], {'documents': data.count(b'\n'), 'bytes': len(data)}, 'in')
        bad = len(corpus.FAULTS) if stage.tool.reads_text() else None
        expect(bad is None or total(stats['bad'].values())['documents'] == bad, f'bad: {stats["bad"]}')
    if stage.tool.kind != 'sink':
        expect_equal(stats['out'], {'documents': result.count(b'\n'), 'bytes': len(result)}, 'out')
    rejected = stats['in']['documents'] - stats['kept']['documents']
    expect_equal(stage.read('rj').count(b'\n'), rejected, 'lines of the rejects')


@case('records', 'documents')
def dropped_reasons_are_those_of_the_rejects(stage):
    stage.write('in', stage.tool.input('large').data)
    stage.good('--rejects', 'rj', '--stats', 'st', 'in')
    counted = {}
    for reject in lines_of(stage.read('rj')):
        why = reject['metadata']['rejected']
        expect(set(why) == {'tool', 'rule', 'value', 'threshold'}, f'metadata.rejected: {why}')
        expect_equal(why['tool'], stage.tool.name, 'metadata.rejected.tool')
        counted[why['rule']] = counted.get(why['rule'], 0) + 1
    dropped = {rule: tally['documents'] for rule, tally in stage.stats()['dropped'].items()}
    expect_equal(counted, dropped, 'rules in the rejects against stats.dropped')


@case('records', 'documents', 'records')
def every_id_comes_out(stage):
    """The ids of rejects and output together are the ids of the input."""
    source = stage.tool.input('large')
    stage.write('in', source.data)
    result = stage.good('--rejects', 'rj', 'in')
    kept = [id_of(document) for document in lines_of(result)]
    rejected = [id_of(document) for document in lines_of(stage.read('rj'))]
    if stage.tool.kind == 'records':  # one record may give several documents
        kept, rejected = sorted(set(kept)), sorted(set(rejected))
    expect_equal(sorted(kept + rejected), sorted(source.ids), 'ids')
    order = {name: number for number, name in enumerate(source.ids)}
    expect([order[name] for name in kept] == sorted(order[name] for name in kept), 'the order changed')


@case('records', 'documents')
def rejects_are_documents(stage):
    """A rejected document is the input's, whole, with the reason added: it can be read again."""
    source = stage.tool.input('large')
    stage.write('in', source.data)
    stage.good('--rejects', 'rj', 'in')
    before = {document['id']: document for document in map(json.loads, source.records)}
    for reject in lines_of(stage.read('rj')):
        was = before[reject['id']]
        expect(set(was) <= set(reject), f'{reject["id"]} lost {set(was) - set(reject)}')
        expect(set(was.get('metadata', {})) <= set(reject['metadata']), f'{reject["id"]} lost metadata')
        expect(reject.get('text') == was.get('text') or stage.tool.name in ('normalize', 'pii'),
               f'{reject["id"]} has another text')
