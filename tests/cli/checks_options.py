# SPDX-License-Identifier: MIT
"""Options: one table gives the parser, --help and --help=json, so the three must agree."""
import json
import re

from harness import KINDS, STREAMING, Fault, case, expect, expect_equal, show

COMMON = ['output', 'threads', 'memory', 'max-document', 'max-bad', 'text-key', 'rejects', 'stats',
          'end-record', 'require-end', 'progress', 'quiet', 'verbose']


def table_of(stage):
    run = stage.run('--help=json')
    expect(run.status == 0 and run.err == '', f'--help=json: exit {run.status}: {run.err}')
    try:
        return json.loads(run.out)
    except ValueError as why:
        raise Fault(f'--help=json: {why}: {show(run.out)}') from None


@case('options', *KINDS)
def help_is_whole(stage):
    """--help states every option of --help=json, short and long, and its explanation."""
    run = stage.run('--help')
    expect(run.status == 0 and run.err == '', f'exit {run.status}: {run.err}')
    text = run.out.decode()
    table = table_of(stage)
    expect(f'seimai-{stage.tool.name}' in text or stage.tool.name in text, 'it lacks the name')
    expect(table['about'] in re.sub(r'\s+', ' ', text), 'it lacks what the tool is about')
    for option in table['options']:
        name = option['name']
        expect(re.search(rf'--(no-|\[no-\])?{re.escape(name)}\b', text), f'--{name} is not in --help')
        if option.get('letter'):
            expect(re.search(rf'(?<!\S)-{re.escape(option["letter"])}\b', text),
                   f'-{option["letter"]} is not in --help')
        first = option.get('help', '').split(' ')[0]
        expect(first and first in text, f'--{name} has no explanation')
    expect(max(map(len, text.split('\n'))) <= 110, 'a line of --help is wider than 110 characters')


@case('options', *KINDS)
def short_help(stage):
    expect_equal(stage.run('-h').out, stage.run('--help').out, '-h against --help')


@case('options', *STREAMING)
def common_block(stage):
    names = {option['name'] for option in table_of(stage)['options']}
    missing = [name for name in COMMON if name not in names and 'no-' + name not in names]
    expect(not missing, f'--help=json lacks {missing}')


@case('options', *KINDS, each=[(name, '--' + name) for name in ('help', 'help=json', 'version')])
def answer_to_a_full_disk(stage, option):
    with open('/dev/full', 'wb') as full:
        run = stage.run(option, stdout=full)
    expect(run.status == 1, f'exit {run.status}: {run.err}')


@case('options', *KINDS)
def version(stage):
    run = stage.run('--version')
    expect(run.status == 0 and run.err == '', f'exit {run.status}: {run.err}')
    expect(re.match(rb'seimai-' + stage.tool.name.encode() + rb' \d+\.\d+\.\d+', run.out), show(run.out))


@case('options', *KINDS, each=[
    ('long', ['--no-such-option']), ('with-value', ['--no-such-option=1']), ('short', ['-Z']),
    ('bare-equals', ['--=x'])])
def unknown_option(stage, args):
    run = stage.run(*args)
    expect(run.status == 2, f'exit {run.status}, not 2: {run.err}')
    stage.expect_message(run)
    expect(run.out == b'', f'prints {show(run.out)}')


@case('options', *STREAMING, each=[
    ('no-number', ['-j', 'x']), ('trailing-text', ['-j', '2x']), ('negative', ['-j', '-1']),
    ('too-large', ['-j', '99999999999999999999']), ('no-size', ['--max-document', '5X']),
    ('empty-size', ['--max-document=']), ('value-missing', ['-o']), ('flag-with-value', ['-q=1']),
    ('long-flag-with-value', ['--end-record=yes'])])
def wrong_value(stage, args):
    stage.write('in', stage.small.data)
    run = stage.run('in', *args)
    expect(run.status == 2, f'exit {run.status}, not 2: {run.err}')
    stage.expect_message(run)
    expect(run.out == b'', f'prints {show(run.out)}')


@case('options', 'documents', 'records', each=[
    ('attached', ['-j2', 'in']), ('equals', ['--threads=2', 'in']), ('abbreviated', ['--max-doc', '64M', 'in']),
    ('after-operand', ['in', '-j', '2']), ('double-dash', ['-j', '2', '--', 'in'])])
def option_forms(stage, args):
    stage.write('in', stage.small.data)
    expect_equal(stage.good(*args), stage.good('-j', '1', 'in'), str(args))


@case('options', 'documents', 'records')
def double_dash_protects(stage):
    stage.write('-j', stage.small.data)
    stage.write('in', stage.small.data)
    expect_equal(stage.good('--', '-j'), stage.good('in'), 'a file called -j')


@case('options', *STREAMING)
def verbose_tells(stage):
    """-v ends with what was done; -q with nothing; neither changes the result."""
    stage.write('in', stage.small.data)
    loud, with_v = stage.result('-v', 'in')
    expect(loud.status == 0 and loud.err.strip(), f'-v: exit {loud.status}, says {loud.err!r}')
    expect_equal(stage.good('-q', 'in'), with_v, '-q against -v')
