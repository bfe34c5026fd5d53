# SPDX-License-Identifier: MIT
"""System calls that fail, one after the other: the driver of fault.c (libsm_fault.so).

For every n the n-th call of a kind fails. A run may end with exit 1 and a message, or, where the fault did
not matter (closing a file that was read), with exit 0 and everything in its place. Never in between.
"""
import errno
import os

from harness import SHIM, STREAMING, case, clean, expect, expect_equal, id_of, lines_of

MOST = 60  # faults tried for a kind; tools need far fewer calls for the small input
OUTPUTS = ('out', 'rj', 'st')

# (name, (calls counted, error, numbers of threads))
KINDS = [('read-EIO', ('read', errno.EIO, (1,))), ('write-ENOSPC', ('write', errno.ENOSPC, (1, 2))),
         ('close-EIO', ('close', errno.EIO, (1,))), ('sync-EIO', ('sync', errno.EIO, (1,))),
         ('rename-EIO', ('rename', errno.EIO, (1,)))]


def shim(call, nth, error, mark):
    return {'LD_PRELOAD': SHIM, 'FAULT_CALL': call, 'FAULT_NTH': str(nth), 'FAULT_ERRNO': str(error),
            'FAULT_MARK': mark}


def fresh_run(stage, threads, env=None):
    """(run, what it left): every output is asked for, every old one is gone."""
    for name in OUTPUTS:
        clean(stage.path(name))
        clean(stage.path(name + '.part'))
    run = stage.run('-j', str(threads), '-o', 'out', '--rejects', 'rj', '--stats', 'st', 'in', 'more', env=env)
    left = {name: stage.tree(name) for name in OUTPUTS if stage.has(name)}
    if 'st' in left:
        stats = stage.stats()
        stats.pop('run')
        left['st'] = stats
    return run, left


def expect_honest(stage, run, left, whole, call):
    """Exit 0 only with everything; otherwise a message, and no final name over less than the whole."""
    if run.status == 0:
        expect_equal(left, whole, 'exit 0, so every output')
        return
    expect(run.status == 1, f'exit {run.status}: {run.err}')
    stage.expect_message(run)
    if call == 'read':
        expect_partly_read(stage, left)
        return
    for name, content in left.items():
        if name == 'out' and stage.tool.kind == 'sink':
            expect_not_finished(content, whole['out'])
        elif name != 'st':
            expect_equal(content, whole[name], f'exit 1, but {name} bears its final name')


def expect_partly_read(stage, left):
    """An input that could not be read is a cut one: the rest was delivered, and the statistics say so."""
    if 'st' in left:
        expect(not left['st']['complete'], 'the statistics say complete after a failed read')
    if stage.tool.kind == 'sink':
        return
    names = [id_of(document) for document in lines_of(left.get('out', {}).get('out', b''))]
    order = [name for name in stage.small.ids if name in names]
    expect_equal(sorted(set(names), key=names.index), order, 'ids of what was delivered')


def expect_not_finished(left, whole):
    """A folder is finished when its manifest, written last, is there; a file when it bears its name."""
    marks = [name for name in whole if name == 'out' or name.endswith('manifest.json')]
    for mark in marks:
        if mark in left:
            expect_equal(left, whole, f'exit 1, but {mark} is there')


@case('faults', *STREAMING, each=KINDS)
def failing(stage, kind):
    call, error, counts_of_threads = kind
    half = len(stage.small.records) // 2
    stage.write('in', b''.join(stage.small.records[:half]))
    stage.write('more', b''.join(stage.small.records[half:]))
    run, whole = fresh_run(stage, 1)
    expect(run.status == 0, f'without a fault: exit {run.status}: {run.err}')

    struck = 0
    for threads in counts_of_threads:
        for nth in range(1, MOST + 1):
            mark = stage.path('mark')
            clean(mark)
            run, left = fresh_run(stage, threads, shim(call, nth, error, mark))
            if not os.path.exists(mark):
                break
            struck += 1
            try:
                expect_honest(stage, run, left, whole, call)
            except Exception as fault:
                fault.args = (f'{call} {nth} with {threads} threads: {fault.args[0]}',)
                raise
    expect(struck >= 2, f'the fault struck {struck} times: the shim does not see these calls')


@case('faults', *STREAMING, each=[('reads-EINTR', 'read'), ('writes-EINTR', 'write')])
def interrupted(stage, call):
    """An interrupted call is repeated."""
    stage.write('in', stage.small.data)
    stage.write('more', stage.small.data[:stage.small.data.index(b'\n') + 1])
    if stage.tool.kind == 'records':
        stage.write('more', stage.small.records[0])
    _, whole = fresh_run(stage, 1)
    for nth in range(1, MOST + 1):
        mark = stage.path('mark')
        clean(mark)
        run, left = fresh_run(stage, 1, shim(call, nth, errno.EINTR, mark))
        if not os.path.exists(mark):
            break
        expect(run.status == 0 and run.err == '', f'{call} {nth}: exit {run.status}: {run.err}')
        expect_equal(left, whole, f'{call} {nth}: every output')


@case('faults', *STREAMING, each=[('1-byte', 1), ('7-bytes', 7), ('4097-bytes', 4097)])
def short_transfers(stage, most):
    """Reads and writes that move less than was asked for change nothing."""
    stage.write('in', stage.small.records[0] + stage.small.records[1])
    stage.write('more', stage.small.records[2])
    _, whole = fresh_run(stage, 1)
    run, left = fresh_run(stage, 1, shim('short', most, 0, stage.path('mark')))
    expect(run.status == 0 and run.err == '', f'exit {run.status}: {run.err}')
    expect_equal(left, whole, 'every output')
