# SPDX-License-Identifier: MIT
"""What goes wrong: cut input, missing files, a full disk, a reader who left. FORMATS, "What goes wrong"."""
import os
import re
import signal
import subprocess
import time

import corpus
from checks_records import expect_sums
from harness import STREAMING, Fault, Skip, case, environment, expect, expect_equal, lines_of

LINES = ('documents', 'sink')


def expect_prefix(stage, result, whole, least):
    """Everything before the fault was delivered: at least this share of the whole, and only that."""
    if stage.tool.kind == 'sink':
        return
    expect(whole.startswith(result), f'not the beginning of the whole: {result[-200:]!r}')
    expect(len(result) >= least * len(whole), f'{len(result)} of {len(whole)} bytes delivered')


def expect_incomplete(stage, name):
    stats = stage.stats()
    expect_equal(stats['complete'], False, 'stats: complete')
    expect([e for e in stats['errors'] if e['file'] == name and e['what']], f'errors: {stats["errors"]}')
    expect_sums(stats)
    return next(e for e in stats['errors'] if e['file'] == name)


READ_TWICE = ('dedup-passages',)  # these read their input to its end before they write anything


@case('failures', *LINES, each=[('early', 5), ('in-the-middle', 0.5), ('late', -3)])
def cut_record(stage, where):
    """A last line that does not parse is a truncation: all before it is delivered, it is named."""
    last = stage.small.records[-1]
    cut = int(len(last) * where) if isinstance(where, float) else where
    head = b''.join(stage.small.records[:-1])
    stage.write('good', head)
    want = stage.good('good')
    stage.write('cut', head + last[:cut])
    run, result = stage.bad(1, '--stats', 'st', '--rejects', 'rj', 'cut')
    expect(re.search(r'\bcut\b.*\d', run.err), f'file and place are not named: {run.err}')
    fault = expect_incomplete(stage, 'cut')
    expect(len(head) <= fault['offset'] <= len(head + last), f'offset {fault["offset"]}')
    if stage.tool.kind != 'sink':
        expect_equal(result, want, 'what stands before')


@case('failures', 'documents', 'records')
def cut_input_ends_incomplete(stage):
    """The end record of what was made from a cut input says so."""
    stage.write('cut', corpus.gz(stage.small.data)[:-20])
    _, result = stage.bad(1, '--end-record', 'cut')
    expect_equal(lines_of(result)[-1]['end']['complete'], False, 'complete')


CUTS = [(f'{name}-{label}', (pack, where))
        for name, pack in (('gz', corpus.gz), ('zst', corpus.zst), ('bz2', corpus.bz2))
        for label, where in (('in-the-last-block', 0.9), ('in-the-trailer', -3), ('in-the-header', 4))]


@case('failures', *STREAMING, each=CUTS)
def cut_compressed(stage, how):
    """exit 1, everything before delivered, file and offset named, other inputs still read."""
    pack, where = how
    source = stage.small.data
    packed = pack(source)
    cut = packed[:int(len(packed) * where) if isinstance(where, float) else where]
    stage.write('cut', cut)
    stage.write('in', source)
    whole = stage.good('in')
    run, result = stage.bad(1, '--stats', 'st', '--rejects', 'rj', 'cut')
    least = 0.0 if where == 4 or pack is corpus.bz2 else 0.5
    expect_prefix(stage, result, whole, least)
    expect('cut' in run.err, f'the file is not named: {run.err}')
    if where != 4:
        expect('offset' in run.err and re.search(r'\d', run.err), f'the offset is not named: {run.err}')
        expect_incomplete(stage, 'cut')
    stage.bad(1, '--stats', 'st', '--rejects', 'rj', 'cut', 'in')
    expect(stage.stats()['in']['documents'] >= len(stage.small.records), 'the other input was not read')


@case('failures', *STREAMING)
def missing_file(stage):
    """Named; the others are still read."""
    half = len(stage.small.records) // 2
    stage.write('a', b''.join(stage.small.records[:half]))
    stage.write('b', b''.join(stage.small.records[half:]))
    want = stage.good('a', 'b')
    run, result = stage.bad(1, '--stats', 'st', 'a', 'no-such-file', 'b')
    expect('no-such-file' in run.err, f'the file is not named: {run.err}')
    expect_incomplete(stage, 'no-such-file')
    if stage.tool.kind != 'sink':
        expect_equal(result, want, 'the others')


@case('failures', 'documents', 'sink')
def folder_as_input(stage):
    """For readers of documents a folder is a mistake; extract reads what is in it."""
    os.mkdir(stage.path('folder'))
    run, _ = stage.bad(1, 'folder')
    expect('folder' in run.err, f'it is not named: {run.err}')


# ---- outputs that fail -----------------------------------------------------------------------

@case('failures', 'documents', 'records')
def full_disk(stage):
    """/dev/full as standard output, for little and for much."""
    for size in ('small', 'large'):
        stage.write('in', stage.tool.input(size).data)
        with open('/dev/full', 'wb') as full:
            run = stage.run('in', stdout=full)
        expect(run.status == 1, f'{size}: exit {run.status}: {run.err}')
        stage.expect_message(run)


@case('failures', *STREAMING, each=[(name, '--' + name) for name in ('rejects', 'stats')])
def full_disk_beside(stage, option):
    """/dev/full behind a link, so that a tool that renames over it harms nothing."""
    os.symlink('/dev/full', stage.path('full'))
    stage.write('in', (b'' if stage.tool.kind == 'records' else b'{broken\n') + stage.small.data)
    stage.result(option, 'beside', 'in')
    if not stage.read('beside'):
        raise Skip('nothing of the sample is rejected')
    run, _ = stage.bad(1, option, 'full', 'in')
    expect('full' in run.err, f'the output is not named: {run.err}')


@case('failures', 'documents', 'records')
def full_disk_by_name(stage):
    os.symlink('/dev/full', stage.path('full'))
    stage.write('in', stage.small.data)
    run, _ = stage.bad(1, '-o', 'full', 'in')
    expect('full' in run.err, f'the output is not named: {run.err}')


@case('failures', 'documents', 'records', each=[('plain', 'out'), ('gz', 'out.gz')])
def disk_fills_up(stage, name):
    """After a failure only NAME.part is there; an older NAME is untouched."""
    stage.write('in', stage.tool.input('large').data)
    stage.write(name, b'older')
    run, _ = stage.bad(1, '-o', name, 'in', file_limit=20000)
    expect(name in run.err or 'temporary file' in run.err, f'what cannot be written is not named: {run.err}')
    expect_equal(stage.read(name), b'older', 'the older file')
    expect_equal(stage.parts(), [] if stage.tool.name in READ_TWICE else [name + '.part'], 'what is left')


@case('failures', 'sink')
def disk_fills_up_in_a_sink(stage):
    """A sink that cannot write does not leave a finished-looking result."""
    stage.write('in', stage.tool.input('large').data)
    whole = stage.good('in')
    _, result = stage.bad(1, 'in', file_limit=1000)
    finished = [name for name in result if name in whole and name.endswith(('manifest.json', 'out'))]
    expect(not finished, f'finished-looking: {finished}')


@case('failures', *STREAMING)
def output_without_folder(stage):
    stage.write('in', stage.small.data)
    run = stage.run('-o', 'in/no/out', 'in')
    expect(run.status == 1, f'exit {run.status}: {run.err}')
    stage.expect_message(run)


@case('failures', 'documents', 'records', each=[('ignored', signal.SIG_IGN), ('default', signal.SIG_DFL)])
def closed_pipe(stage, disposition):
    """The reader has left: 141, without a word, whatever SIGPIPE was set to."""
    stage.write('in', stage.tool.input('large').data)
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(stage.command('in'), cwd=stage.folder, stdout=writer,
                               stderr=subprocess.PIPE, env=environment(stage.binaries),
                               restore_signals=False,
                               preexec_fn=lambda: signal.signal(signal.SIGPIPE, disposition))
    os.close(writer)
    _, err = process.communicate(timeout=120)
    expect(process.returncode == 141, f'exit {process.returncode}: {err}')
    expect_equal(err, b'', 'message')


@case('failures', 'documents', 'records')
def closed_pipe_keeps_other_outputs_open(stage):
    """Nothing is committed: neither rejects nor stats that look whole."""
    stage.write('in', stage.tool.input('large').data)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, 'wb') as closed:
        run = stage.run('--rejects', 'rj', 'in', stdout=closed)
    expect(run.status == 141, f'exit {run.status}: {run.err}')
    expect(not stage.has('rj'), 'the rejects were committed')


def run_without(stage, descriptor, *args):
    """The tool with a standard descriptor closed."""
    shell = f'exec "$@" {descriptor}'
    try:
        return subprocess.run(['bash', '-c', shell, 'sh', *stage.command(*args)], cwd=stage.folder,
                              capture_output=True, timeout=120, check=False,
                              env=environment(stage.binaries))
    except subprocess.TimeoutExpired:
        raise Fault('still running after 120 s') from None


@case('failures', 'documents', 'records')
def closed_standard_output(stage):
    """With descriptor 1 closed, no other file may take its place."""
    stage.write('in', stage.small.data)
    run = run_without(stage, '>&-', '--rejects', 'rj', '--stats', 'st', 'in')
    expect(run.returncode == 1, f'exit {run.returncode}: {run.stderr}')
    for name in ('rj', 'rj.part'):
        kept = stage.read(name) if stage.has(name) else b''
        expect(all('rejected' in line.get('metadata', {}) for line in lines_of(kept)),
               'documents went into the rejects')


@case('failures', *STREAMING)
def closed_standard_input(stage):
    run = run_without(stage, '<&-', '-o', 'out')
    expect(run.returncode == 1, f'exit {run.returncode}: {run.stderr}')


@case('failures', 'documents', 'records')
def killed(stage):
    """Killed in the middle of its input: no file of the final name."""
    process = subprocess.Popen(stage.command('-o', 'out', '-'), cwd=stage.folder, stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=environment(stage.binaries))
    try:
        process.stdin.write(stage.tool.input('large').data)
        process.stdin.flush()
    except BrokenPipeError:
        raise Fault('it stopped reading') from None
    twice = stage.tool.name in READ_TWICE
    deadline = time.monotonic() + (1 if twice else 30)
    while not stage.has('out.part') and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    process.stdin.close()
    expect(twice or stage.has('out.part'), 'out.part never appeared')
    expect(not stage.has('out'), 'a killed run left its final name')
