# SPDX-License-Identifier: MIT
"""What the generic test stands on: the list of tools, a scratch folder for each case, and counted cases."""
import collections
import json
import os
import resource
import shlex
import signal
import subprocess
import tempfile
import traceback

import corpus

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, '..', '..')
SANITIZED = bool(os.environ.get('SEIMAI_SANITIZE'))
SHIM = os.environ.get('SEIMAI_FAULT')  # the library of tests/fault/fault.c
TIMEOUT = 300 if SANITIZED else 90  # seconds for one run of a tool

STREAMING = ('documents', 'records', 'sink')
KINDS = STREAMING + ('none',)

Run = collections.namedtuple('Run', 'status out err')
Case = collections.namedtuple('Case', 'group name kinds check')
CASES = []


class Fault(Exception):
    """A case that does not hold."""


class Skip(Exception):
    """A case that cannot be tried here."""


def expect(condition, text):
    if not condition:
        raise Fault(text)


def show(data, most=400):
    data = data if isinstance(data, bytes) else str(data).encode()
    return repr(data[:most].decode('utf-8', 'backslashreplace')) + ('…' if len(data) > most else '')


def expect_equal(got, want, what):
    if got == want:
        return
    if isinstance(got, dict) and isinstance(want, dict):
        keys = [key for key in sorted({**got, **want}, key=str) if got.get(key) != want.get(key)]
        raise Fault(f'{what}: differs at {keys[:5]}: got {show(got.get(keys[0]))}, '
                    f'want {show(want.get(keys[0]))}')
    if isinstance(got, bytes) and isinstance(want, bytes):
        same = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
        near = max(0, same - 60)
        raise Fault(f'{what}: {len(got)} bytes, want {len(want)}; first difference at {same}: '
                    f'got {show(got[near:], 160)}, want {show(want[near:], 160)}')
    raise Fault(f'{what}: got {show(got)}, want {show(want)}')


def case(group, *kinds, each=None):
    """Registers a check of tools of these kinds. With `each`, a case for every (name, parameter)."""
    def register(check):
        name = check.__name__.replace('_', '-')
        if each is None:
            CASES.append(Case(group, name, kinds, check))
        for label, parameter in each or ():
            CASES.append(Case(group, f'{name} {label}', kinds,
                              lambda stage, parameter=parameter: check(stage, parameter)))
        return check
    return register


# ---- tools.list ----------------------------------------------------------------------------------

class Tool:
    """A line of tools.list: name | kind | input | arguments | setup."""

    def __init__(self, line):
        fields = [field.strip() for field in line.split('|')] + [''] * 4
        self.name, self.kind, self.maker = fields[:3]
        self.arguments, self.setup_script = shlex.split(fields[3]), fields[4]
        if self.kind not in KINDS:
            raise SystemExit(f'tools.list: {self.name}: no such kind: {self.kind}')
        if self.kind != 'none' and self.maker not in corpus.MAKERS:
            raise SystemExit(f'tools.list: {self.name}: no such input: {self.maker}')
        self.title = ' '.join([self.name] + self.arguments)
        self.setup = None  # the folder that the setup made
        self.inputs = {}

    def input(self, size='small'):
        if size not in self.inputs:
            self.inputs[size] = corpus.MAKERS[self.maker](size)
        return self.inputs[size]

    def reads_text(self):
        return self.maker == 'documents'

    def prepare(self, folder, binaries):
        """Runs the setup script, once, with documents in docs.jsonl."""
        self.setup = folder
        if not self.setup_script:
            return
        with open(os.path.join(folder, 'docs.jsonl'), 'wb') as file:
            file.write(b''.join(corpus.documents('large').records[:300]))
        run = subprocess.run(['bash', '-euc', self.setup_script], cwd=folder, check=False,
                             env=environment(binaries), capture_output=True, timeout=600)
        expect(run.returncode == 0, f'{self.title}: setup exit {run.returncode}: {show(run.stderr)}')


def read_list():
    with open(os.path.join(HERE, 'tools.list'), encoding='utf-8') as file:
        lines = [line for line in file.read().split('\n') if line and line[0] not in '# ']
    return [Tool(line) for line in lines]


# ---- running -------------------------------------------------------------------------------------

def environment(binaries, extra=None):
    keep = {name: value for name, value in os.environ.items() if name.startswith('SEIMAI_')}
    sanitizers = {name + '_OPTIONS': os.environ.get(name + '_OPTIONS', 'exitcode=99')
                  for name in ('ASAN', 'UBSAN', 'TSAN')}
    return {**keep, **sanitizers, 'PATH': binaries + os.pathsep + os.environ['PATH'],
            'LC_ALL': 'C.UTF-8', **(extra or {})}


class Stage:
    """A scratch folder with the tool in it. Every helper fails the case when something is wrong."""

    def __init__(self, tool, binaries, folder):
        self.tool, self.binaries, self.folder = tool, binaries, folder
        self.small = tool.input() if tool.kind != 'none' else None

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), 'wb') as file:
            file.write(data)
        return name

    def read(self, name):
        try:
            with open(self.path(name), 'rb') as file:
                return file.read()
        except FileNotFoundError:
            raise Fault(f'there is no file {name}') from None

    def has(self, name):
        return os.path.exists(self.path(name))

    def tree(self, name):
        """{path: content} of a file or of a folder's files."""
        root = self.path(name)
        if os.path.isfile(root):
            return {name: self.read(name)}
        found = {}
        for folder, _, names in os.walk(root):
            for file in names:
                at = os.path.relpath(os.path.join(folder, file), self.folder)
                found[at] = self.read(at)
        return found

    def parts(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.folder)
                      for folder, _, names in os.walk(self.folder)
                      for name in names if name.endswith('.part'))

    def command(self, *args):
        own = [argument.replace('{setup}', self.tool.setup) for argument in self.tool.arguments]
        return [os.path.join(self.binaries, 'seimai-' + self.tool.name), *own, *args]

    def run(self, *args, stdin=b'', env=None, file_limit=None, stdout=subprocess.PIPE):
        """Runs the tool with the list's arguments and these. stdin is bytes (a pipe) or an open file."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
        feed = {'input': stdin} if isinstance(stdin, bytes) else {'stdin': stdin}
        try:
            run = subprocess.run(self.command(*args), cwd=self.folder, check=False, stdout=stdout,
                                 env=environment(self.binaries, env), stderr=subprocess.PIPE,
                                 timeout=TIMEOUT, restore_signals=False, preexec_fn=limit, **feed)
        except subprocess.TimeoutExpired:
            raise Fault(f'still running after {TIMEOUT} s: {args}') from None
        err = run.stderr.decode('utf-8', 'replace')
        expect(0 <= run.returncode != 99, f'{args}: died ({run.returncode}): {err[-1500:]}')
        return Run(run.returncode, run.stdout, err)

    # What the tool makes of an input: (run, result). The result is standard output, or what a sink wrote.
    def result(self, *args, **more):
        if self.tool.kind != 'sink':
            run = self.run(*args, **more)
            return run, run.out
        clean(self.path('out'))
        run = self.run('-o', 'out', *args, **more)
        return run, self.tree('out')

    def good(self, *args, **more):
        """The result of a run that must succeed without a word."""
        run, result = self.result(*args, **more)
        expect(run.status == 0, f'{args}: exit {run.status}: {run.err}')
        expect(run.err == '', f'{args}: unexpected message: {run.err}')
        return result

    def bad(self, status, *args, **more):
        """(run, result) of a run that must end with this status and a message."""
        run, result = self.result(*args, **more)
        expect(run.status == status, f'{args}: exit {run.status}, not {status}: {run.err}')
        self.expect_message(run)
        return run, result

    def expect_message(self, run):
        lines = run.err.rstrip('\n').split('\n')
        expect(run.err.strip(), f'exit {run.status} without a message')
        expect(lines[0].startswith(f'seimai-{self.tool.name}: '), f'message lacks the name: {run.err}')

    def stats(self, name='st'):
        data = self.read(name)
        try:
            return json.loads(data)
        except ValueError as why:
            raise Fault(f'{name}: {why}: {show(data)}') from None


def clean(path):
    if os.path.isdir(path):
        subprocess.run(['rm', '-rf', path], check=True)
    elif os.path.lexists(path):
        os.remove(path)


def lines_of(data):
    """The records of JSONL, parsed; integers and fractions as they are written."""
    expect(data == b'' or data.endswith(b'\n'), f'the last line has no LF: {show(data[-80:])}')
    try:
        return [json.loads(line, parse_int=str, parse_float=str) for line in data.split(b'\n')[:-1]]
    except ValueError as why:
        raise Fault(f'output is no JSONL: {why}') from None


def id_of(document):
    """An id as the input knows it: extract may write a record id with its frame and an item number."""
    name = str(document.get('id'))
    return name.split('#')[0].removeprefix('<').removesuffix('>').removeprefix('urn:uuid:')


def run_cases(tool, binaries, groups, names):
    """Runs and prints every case of a tool; gives the counts {ok, not ok, skip}."""
    counts = collections.Counter()
    with tempfile.TemporaryDirectory(prefix='seimai-setup-') as setup:
        try:
            tool.prepare(setup, binaries)
        except Fault as fault:
            print(f'not ok {tool.title}: setup\n{fault}')
            return collections.Counter({'not ok': 1})
        if tool.kind in STREAMING and not SHIM and (not groups or 'faults' in groups):
            print(f'skip {tool.title}: faults: SEIMAI_FAULT names no shim (sanitizer builds have none)')
            counts['skip'] += 1
        for each in CASES:
            if tool.kind not in each.kinds or (groups and each.group not in groups):
                continue
            if each.group == 'faults' and not SHIM:
                continue
            if names and not any(name in each.name for name in names):
                continue
            counts[run_case(tool, binaries, each)] += 1
    return counts


def run_case(tool, binaries, each):
    title = f'{tool.title}: {each.name}'
    with tempfile.TemporaryDirectory(prefix='seimai-generic-') as folder:
        try:
            each.check(Stage(tool, binaries, folder))
        except Skip as why:
            print(f'skip {title}: {why}')
            return 'skip'
        except Fault as fault:
            print(f'not ok {title}\n    {str(fault)[:1500]}')
            return 'not ok'
        except Exception:  # the output was not even of the shape that the case looks into
            print(f'not ok {title}\n{traceback.format_exc(limit=-3)}')
            return 'not ok'
    print(f'ok {title}')
    return 'ok'
