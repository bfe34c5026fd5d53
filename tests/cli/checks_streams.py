# SPDX-License-Identifier: MIT
"""Streams: where input comes from, where output goes, and input that is odd but legal."""
import json
import re

import corpus
from harness import STREAMING, Skip, case, expect, expect_equal, id_of, lines_of

LINES = ('documents', 'sink')  # kinds whose input is JSONL


def reference(stage, data=None):
    stage.write('in', stage.small.data if data is None else data)
    return stage.good('in')


@case('streams', *STREAMING)
def does_something(stage):
    """The reference of the other cases is no empty thing."""
    expect(reference(stage), 'the result of the sample input is empty')


@case('streams', *STREAMING)
def by_pipe(stage):
    expect_equal(stage.good(stdin=stage.small.data), reference(stage), 'pipe against file name')


@case('streams', *STREAMING)
def by_redirect(stage):
    want = reference(stage)
    with open(stage.path('in'), 'rb') as file:
        expect_equal(stage.good(stdin=file), want, 'redirect against file name')


@case('streams', *STREAMING)
def by_dash(stage):
    expect_equal(stage.good('-', stdin=stage.small.data), reference(stage), '- against file name')


@case('streams', 'documents', 'records')
def two_files_are_one_stream(stage):
    half = len(stage.small.records) // 2
    stage.write('a', b''.join(stage.small.records[:half]))
    stage.write('b', b''.join(stage.small.records[half:]))
    expect_equal(stage.good('a', 'b'), reference(stage), 'two files against one')


@case('streams', 'documents', 'records', each=[(ending or 'plain', ending) for ending in ('', '.gz', '.zst')])
def output_file(stage, ending):
    want = reference(stage)
    run = stage.run('-o', 'out' + ending, 'in')
    expect(run.status == 0 and run.out == b'' and run.err == '', f'{run}')
    expect_equal(corpus.plain_of('out' + ending, stage.read('out' + ending)), want, 'file against pipe')
    expect(not stage.parts(), f'left behind: {stage.parts()}')


@case('streams', 'documents', 'records')
def output_replaces(stage):
    want = reference(stage)
    stage.write('out', b'old\n' * 100000)
    stage.good('-o', 'out', 'in')
    expect_equal(stage.read('out'), want, 'an old file of the name')


@case('streams', 'documents')
def output_over_input(stage):
    """NAME.part makes it safe to write where one reads."""
    want = reference(stage)
    stage.good('-o', 'in', 'in')
    expect_equal(stage.read('in'), want, '-o in in')


COMPRESSORS = [('gz', corpus.gz), ('zst', corpus.zst), ('bz2', corpus.bz2),
               ('gz-one-member', lambda data: corpus.gz(data, 1)),
               ('gz-empty-member', lambda data: corpus.gz(b'') + corpus.gz(data) + corpus.gz(b'')),
               ('zst-one-frame', lambda data: corpus.zst(data, 1))]


@case('streams', *STREAMING, each=COMPRESSORS)
def compressed_by_content(stage, compress):
    """Compression is told by the content: here the name is always `in`."""
    want = reference(stage)
    packed = compress(stage.small.data)
    expect_equal(stage.good(stdin=packed), want, 'compressed pipe')
    stage.write('in', packed)
    expect_equal(stage.good('in'), want, 'compressed file')


@case('streams', *STREAMING)
def empty_input(stage):
    """Nothing in, nothing out; only a sink may remark on it."""
    run, result = stage.result('--stats', 'st', stdin=b'')
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    if stage.tool.kind != 'sink':
        expect_equal((result, run.err), (b'', ''), 'output and message')
    stats = stage.stats()
    expect_equal((stats['in'], stats['complete']), ({'documents': 0, 'bytes': 0}, True), 'stats')


@case('streams', *LINES)
def blank_lines(stage):
    want = reference(stage)
    padded = b'\n  \n' + b'\n\t\n'.join(stage.small.records) + b'\n\n'
    expect_equal(stage.good('--stats', 'st', stdin=padded), want, 'blank lines between')
    stats = stage.stats()
    expect_equal(stats['in']['documents'], len(stage.small.records), 'documents in')
    expect_equal(stats['blank'], 2 + 2 * (len(stage.small.records) - 1) + 2, 'stats: blank')


@case('streams', *LINES)
def byte_order_mark(stage):
    want = reference(stage)
    stage.write('bom', b'\xef\xbb\xbf' + stage.small.data)
    expect_equal(stage.good('--stats', 'st', 'bom'), want, 'with a byte order mark')
    expect_equal(stage.stats()['boms'], 1, 'stats: boms')


@case('streams', *LINES)
def no_final_newline(stage):
    want = reference(stage)
    expect_equal(stage.good('--stats', 'st', stdin=stage.small.data[:-1]), want, 'without the last LF')
    expect_equal(stage.stats()['no_final_newline'], 1, 'stats: no_final_newline')


@case('streams', *LINES)
def carriage_returns(stage):
    """CR before LF is white space of JSON: the same documents come out."""
    result = stage.good(stdin=stage.small.data.replace(b'\n', b'\r\n'))
    want = reference(stage)
    if stage.tool.kind == 'sink':
        expect_equal(result, want, 'CRLF against LF')
    else:
        expect_equal(lines_of(result), lines_of(want), 'CRLF against LF')


@case('streams', *LINES)
def escaped_text(stage):
    """Text as \\uXXXX only, Python's default, is the same text."""
    documents = [json.loads(record) for record in stage.small.records]
    escaped = b''.join(corpus.line_of(document, ascii_only=True) for document in documents)
    expect(escaped.isascii(), 'the test itself')
    result, want = stage.good(stdin=escaped), reference(stage)
    if stage.tool.kind == 'sink':
        expect_equal(result, want, 'escaped against plain')
    else:
        expect_equal(lines_of(result), lines_of(want), 'escaped against plain')


def all_ids(stage, result):
    return sorted(id_of(document) for document in lines_of(result) + lines_of(stage.read('rj')))


@case('streams', 'documents', each=[(name, name) for name in
                                    ('7', '12345678901234567890123', '-1', '1.50', '2e5')])
def numeric_id(stage, literal):
    """A numeric id keeps its literal."""
    record = stage.small.records[0].replace(b'"doc-00000"', literal.encode(), 1)
    result = stage.good('--rejects', 'rj', stdin=record)
    expect_equal(all_ids(stage, result), [literal], 'ids')
    expect(b'"id": ' + literal.encode() in result + stage.read('rj'), 'the literal changed')


@case('streams', 'documents')
def other_fields_keep_their_bytes(stage):
    """Unknown fields pass through byte for byte, in their place."""
    body = stage.small.records[0].split(b'"doc-00000",', 1)[1]
    head = b'{ "n" : 1.00e+2 ,\t"id":"doc-00000", "deep":[ { } , "\\u3042\\/" ],'
    result = stage.good('--rejects', 'rj', stdin=head + body)
    expect(head in result + stage.read('rj'), f'they changed: {(result + stage.read("rj"))[:200]}')


@case('streams', 'documents')
def deepest_nesting(stage):
    if not stage.tool.reads_text():
        raise Skip('its input is not text')
    result = stage.good('--rejects', 'rj', stdin=corpus.DEEPEST)
    expect_equal(all_ids(stage, result), ['deep'], '512 levels are allowed')


def messages_of(stage):
    """Every document as a dialogue of two turns."""
    made = []
    for record in stage.small.records:
        document = json.loads(record)
        text = document.pop('text')
        middle = len(text) // 2
        document['messages'] = [{'role': 'user', 'content': text[:middle]},
                                {'role': 'assistant', 'content': text[middle:]}]
        made.append(corpus.line_of(document))
    return b''.join(made)


@case('streams', 'documents')
def messages(stage):
    if not stage.tool.reads_text():
        raise Skip('its input is not text')
    run, result = stage.result('--rejects', 'rj', '--stats', 'st', stdin=messages_of(stage))
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    expect_equal(all_ids(stage, result), sorted(stage.small.ids), 'ids')
    expect_equal(stage.stats()['bad'], {}, 'bad records')
    for document in lines_of(result):
        expect([turn['role'] for turn in document.get('messages', [])] == ['user', 'assistant']
               or 'ids' in document, f'the roles are gone: {str(document)[:200]}')


@case('streams', 'documents')
def text_key(stage):
    """--text-key names another place, also inside an object; the text beside it is left alone."""
    if not stage.tool.reads_text():
        raise Skip('its input is not text')
    documents = [json.loads(record) for record in stage.small.records]
    for document in documents:
        document['body'] = {'ja': document.pop('text'), 'n': 1}
    data = b''.join(map(corpus.line_of, documents))
    result = stage.good('--text-key', 'body.ja', '--rejects', 'rj', stdin=data)
    expect_equal(all_ids(stage, result), sorted(stage.small.ids), 'ids')
    stage.good('--rejects', 'rj', '--stats', 'st', stdin=data)
    expect_equal(list(stage.stats()['bad']), ['no-text'], 'without the option')


@case('streams', 'documents')
def text_key_of_plain_text(stage):
    """Under another name the text is judged and written as it is under its own."""
    if not stage.tool.reads_text():
        raise Skip('its input is not text')
    renamed = stage.small.data.replace(b'"text":', b'"body":')
    result = stage.good('--text-key', 'body', stdin=renamed)
    expect_equal(result.replace(b'"body":', b'"text":'), reference(stage), '--text-key body')


# ---- the end record --------------------------------------------------------------------------

@case('streams', 'documents', 'records')
def end_record(stage):
    """--end-record adds one line, which counts what stands before it."""
    want = reference(stage)
    result = stage.good('--end-record', 'in')
    expect_equal(result[:len(want)], want, 'what stands before the end record')
    end = lines_of(result)[-1].get('end')
    expect(end and result.count(b'\n') == want.count(b'\n') + 1, f'no end record: {result[-200:]}')
    expect_equal((end['documents'], end['complete']), (str(want.count(b'\n')), True), 'end record')
    expect_equal(end['xxh3'], hash_of(want), 'xxh3 of all before it')


def hash_of(data):
    value = corpus.xxh3(data)
    if not value:
        raise Skip('there is no libxxhash to compare with')
    return value


def with_end_record(stage):
    """The sample input with an end record of our own making."""
    data = stage.small.data
    return data + (f'{{"end":{{"documents":{len(stage.small.records)},"xxh3":"{hash_of(data)}",'
                   '"complete":true}}\n').encode()


@case('streams', *LINES)
def end_record_is_read(stage):
    """A reader checks the end record, and does not take it for a document."""
    data = with_end_record(stage)
    want = reference(stage)
    expect_equal(stage.good('--require-end', '--stats', 'st', stdin=data), want, '--require-end')
    expect_equal(stage.stats()['in']['documents'], len(stage.small.records), 'documents in')
    expect_equal(stage.good(stdin=data), want, 'unasked')
    stage.write('packed', corpus.zst(data))
    expect_equal(stage.good('--require-end', 'packed'), want, 'compressed')


SPOILERS = [('missing', lambda data: data[:data.rindex(b'{"end"')]),
            ('count', lambda data: data.replace(b'"documents":12', b'"documents":13')),
            ('hash', lambda data: data[:data.index(b'"xxh3":"') + 8] + b'0123456789abcdef' * 2
             + data[data.index(b'"xxh3":"') + 40:]),
            ('incomplete', lambda data: data.replace(b'"complete":true', b'"complete":false')),
            ('document-lost', lambda data: data[data.index(b'\n') + 1:]),
            ('byte-changed', lambda data: re.sub(rb'("id":\s*"?)(\w)', lambda m: m[1] + bytes([m[2][0] ^ 1]), data, count=1))]


@case('streams', *LINES, each=SPOILERS)
def require_end_refuses(stage, spoil):
    """exit 1, after everything was delivered; the file is named."""
    data = with_end_record(stage)
    spoilt = spoil(data)
    expect(spoilt != data, 'the test itself')
    stage.write('spoilt', spoilt)
    run, _ = stage.bad(1, '--require-end', '--stats', 'st', 'spoilt')
    expect('spoilt' in run.err, f'the file is not named: {run.err}')
    expect_equal(stage.stats()['complete'], False, 'stats: complete')
