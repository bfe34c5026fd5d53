# SPDX-License-Identifier: MIT
"""The same bytes for any number of threads, with every kind of trouble in the input."""
import os
import subprocess

import corpus
from harness import STREAMING, Skip, case, environment, expect, expect_equal


def troubled(stage):
    """Several blocks of input with bad records strewn in."""
    records = list(stage.tool.input('large').records)
    if stage.tool.kind == 'records':
        return b''.join(records)
    for number, (_, record) in enumerate(corpus.FAULTS):
        records.insert(number * 37 + 5, record + b'\n')
    return b''.join(records)


def outcome(stage, threads, *args):
    run, result = stage.result('-j', str(threads), '--rejects', 'rj', '--stats', 'st', *args)
    stats = stage.stats()
    stats.pop('run')
    return {'status': run.status, 'message': run.err, 'result': result,
            'rejects': stage.read('rj'), 'stats': stats}


@case('threads', *STREAMING, each=[('1-2-8', ['in']), ('1-2-8-two-files', ['in', 'half']),
                                   ('1-2-8-cut-input', ['cut']), ('1-2-8-missing-file', ['in', 'no-file'])])
def threads(stage, files):
    """Output, rejects, statistics and message; --max-document cuts the long ones, by the input alone."""
    data = troubled(stage)
    stage.write('in', data)
    stage.write('half', data[:data.index(b'\n', len(data) // 2) + 1])
    stage.write('cut', corpus.gz(data)[:-len(data) // 50])
    want = outcome(stage, 1, '--max-document', '8k', *files)
    expect(want['status'] in (0, 1), f'exit {want["status"]}: {want["message"]}')
    for count in (2, 8):
        expect_equal(outcome(stage, count, '--max-document', '8k', *files), want, f'-j {count} against -j 1')


@case('threads', 'documents', 'records', each=[('gz', '.gz'), ('zst', '.zst')])
def threads_compressed_output(stage, ending):
    stage.write('in', troubled(stage))
    packed = []
    for count in ('1', '2', '8'):
        stage.good('-j', count, '--rejects', 'rj', '-o', 'out' + ending, 'in')
        packed.append(stage.read('out' + ending))
    expect_equal(packed[1], packed[0], '-j 2 against -j 1')
    expect_equal(packed[2], packed[0], '-j 8 against -j 1')


@case('threads', *STREAMING)
def default_threads(stage):
    """Without -j it is the number of cores; the bytes are the same."""
    stage.write('in', stage.tool.input('large').data)
    expect_equal(stage.good('in'), stage.good('-j', '1', 'in'), 'default against -j 1')


@case('threads', *STREAMING)
def twice_the_same(stage):
    stage.write('in', stage.tool.input('large').data)
    expect_equal(stage.good('-j', '2', 'in'), stage.good('-j', '2', 'in'), 'second run')


# ---- real pipes between real tools -------------------------------------------------------------

FEEDER = 'seimai-normalize'  # the tool that stands upstream


def feed(stage, shell):
    """(run, result) of the tool behind a shell line that writes to its standard input, all with threads."""
    if not stage.tool.reads_text() or not os.path.exists(os.path.join(stage.binaries, FEEDER)):
        raise Skip(f'it does not read what {FEEDER} writes')
    upstream = subprocess.Popen(['bash', '-c', shell], cwd=stage.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, env=environment(stage.binaries))
    try:
        return stage.result('--require-end', '--stats', 'st', stdin=upstream.stdout)
    finally:
        upstream.stdout.close()
        upstream.wait()


@case('pipeline', 'documents', 'sink', each=[(f'-j-{count}', count) for count in (1, 4)])
def behind_another_tool(stage, count):
    """As a file, so by a pipe; the writer's end record proves that it finished."""
    stage.write('in', stage.tool.input('large').data)
    run, result = feed(stage, f'{FEEDER} --form none -j {count} --end-record in')
    expect(run.status == 0, f'exit {run.status}: {run.err}')
    expect_equal(result, stage.good('in'), 'behind a pipe')


@case('pipeline', 'documents', 'sink', each=[
    ('dies', f'{FEEDER} --form none --end-record in | head -c 300000'),
    ('dies-at-a-line', f'{FEEDER} --form none --end-record in | head -n 40'),
    ('writes-nothing', 'true')])
def behind_a_tool_that_dies(stage, shell):
    """A pipe whose writer died cannot pass for a finished one."""
    stage.write('in', stage.tool.input('large').data)
    run, _ = feed(stage, shell)
    expect(run.status == 1, f'exit {run.status}: {run.err}')
    stage.expect_message(run)
    expect_equal(stage.stats()['complete'], False, 'stats: complete')
