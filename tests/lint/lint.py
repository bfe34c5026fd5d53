#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The house rules, checked by a machine: layers, owners of libraries, sizes, banned calls, headers.

    lint.py [--root DIR] [RULE...]

Prints FILE:LINE: rule: text for each violation, one line `ok RULE` or `not ok RULE` for each rule, a summary,
and exits with 1 when there is any violation. There is no list of exceptions; a rule that does not fit is
changed here, for everybody. The rules and their reasons are in DESIGN ("The house", "Style").
"""
import argparse
import concurrent.futures
import fnmatch
import os
import re
import shutil
import subprocess
import sys

import ctext

# ---- the house ----------------------------------------------------------------------------------

BELOW = ['base', 'text', 'stream', 'format']  # L0 and L1, which every L2 room may include
LOW_ROOMS = {'base': [], 'text': ['base'], 'stream': ['base', 'text'],
             'format': ['base', 'stream']}
TIES = {'source': ['html'], 'filter': ['morph'], 'pii': ['morph'], 'dedup': ['morph'],
        'bpe': ['morph'], 'chat': ['bpe'], 'shard': ['bpe', 'chat'], 'nn': ['shard'],
        'gen': ['nn', 'chat', 'bpe'], 'eval': ['gen', 'nn', 'chat', 'shard', 'bpe'], 'align': ['nn', 'gen', 'bpe'], 'plan': ['nn']}
L2_ROOMS = ['html', 'source', 'filter', 'dedup', 'pii', 'morph', 'bpe', 'shard', 'chat', 'nn',
            'gen', 'eval', 'align', 'rank', 'recipe', 'plan', 'report']

OWNERS = {  # header (a pattern) -> the one room that may include it
    'xxhash.h': 'base', 'jansson.h': 'base', 'yaml.h': 'base',
    'unicode/*': 'text', 'pcre2.h': 'text',
    'zstd*.h': 'stream', 'zlib.h': 'stream', 'bzlib.h': 'stream', 'libdeflate.h': 'stream',
    'isa-l.h': 'stream', 'isa-l/*': 'stream', 'brotli/*': 'stream', 'pthread.h': 'stream',
    'zip.h': 'source', 'expat.h': 'source', 'mecab.h': 'morph',
    'cblas.h': 'nn', 'openblas_config.h': 'nn', 'omp.h': 'nn', 'mpi.h': 'nn',
    'microhttpd.h': 'rank', 'divsufsort*.h': 'tests', 'cmocka.h': 'tests'}
SYSTEM = set('''assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time uchar
    wchar wctype cpuid immintrin dirent dlfcn fcntl fnmatch ftw glob grp iconv langinfo libgen netdb
    poll pwd regex sched semaphore spawn strings sys/ioctl sys/mman sys/resource sys/select sys/socket
    sys/stat sys/statvfs sys/time sys/types sys/uio sys/un sys/utsname sys/wait syslog termios
    unistd utime netinet/in arpa/inet'''.split())

# ---- sizes and words ----------------------------------------------------------------------------

FUNCTION_MAX, P50_MAX, P90_MAX = 80, 15, 45
FILE_MAX = {'src': 600, 'tools': 300}
COMMENT_SHARE = (35, 65)

BANNED = ['sprintf', 'vsprintf', 'strcpy', 'stpcpy', 'strcat', 'strncat', 'atoi', 'atol', 'atof',
          'gets', 'rand', 'srand', 'strtok', 'getenv', 'setenv', 'putenv']
PRINTING = ['exit', '_exit', '_Exit', 'quick_exit', 'printf', 'vprintf', 'fprintf', 'vfprintf',
            'dprintf', 'puts', 'fputs', 'putchar', 'putc', 'fputc', 'perror']
PRINTERS = ['src/base/memory.c', 'src/stream/options.c', 'src/stream/help.c', 'src/stream/progress.c',
            'src/stream/finish.c',  # the code of the library whose purpose is to speak, and
            'src/*/gen/*.c']        # the programs that write a room's tables when it is built
MARKERS = re.compile(r'\b(' + '|'.join(['TO' 'DO', 'FIX' 'ME', 'X' 'XX', 'HA' 'CK']) + r')\b')
MACHINE = re.compile(r'(?<![\w.~\-/}<])/(work|home|root|tmp)\b(?!\.)')
SPDX = 'SPDX-License-Identifier: MIT'
SPDX_FILES = ['*.c', '*.h', '*.py', '*.sh', '*.cmake', '*/CMakeLists.txt', 'CMakeLists.txt',
              '*.yaml', '*.yml', '.clang-tidy', '.ci/run']
SKIPPED = {'build', 'third_party', '__pycache__', '.git'}


def call_pattern(names):
    return re.compile(r'(?<![\w.>])(' + '|'.join(names) + r')\s*\(')


class Tree:
    """The files of the project and what is known of them, read once."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(self.walk())
        self.cache = {}

    def walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED]
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if not is_fixture(path):
                    yield path

    def text(self, path):
        if path not in self.cache:
            with open(os.path.join(self.root, path), encoding='utf-8', errors='replace') as file:
                self.cache[path] = file.read()
        return self.cache[path]

    def matching(self, *patterns):
        return [path for path in self.files
                if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)]

    def sources(self):
        return self.matching('*.c', '*.h')

    def headers(self):
        return self.matching('include/seimai/*.h')


def is_fixture(path):
    """The cases of tests/cli hold inputs and outputs of tools, which keep no rules."""
    return fnmatch.fnmatchcase(path, 'tests/cli/*/*') or fnmatch.fnmatchcase(path, '*/fixtures/*')


def room_of(path):
    parts = path.split(os.sep)
    return parts[1] if parts[0] == 'src' and len(parts) > 2 else None


# ---- the rules: each yields (file, line, text) --------------------------------------------------

def rule_function_length(tree):
    """No function above 80 lines, head and braces included; half at most 15, nine of ten at most 45."""
    for path in tree.sources():
        for name, first, last in ctext.functions(tree.text(path)):
            if name is None:
                yield path, first, 'a brace without its partner: the functions below are not measured'
            elif last - first + 1 > FUNCTION_MAX:
                yield path, first, f'{name} has {last - first + 1} lines, more than {FUNCTION_MAX}'
    p50, p90, _ = function_figures(tree)
    if p50 > P50_MAX:
        yield 'src', 1, f'half of all functions have more than {P50_MAX} lines (p50 {p50})'
    if p90 > P90_MAX:
        yield 'src', 1, f'a tenth of all functions has more than {P90_MAX} lines (p90 {p90})'


def function_figures(tree):
    lengths = sorted(last - first + 1 for path in tree.matching('src/*.c', 'tools/*.c')
                     for name, first, last in ctext.functions(tree.text(path)) if name)
    if not lengths:
        return 0, 0, 0
    return lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10], lengths[-1]


def rule_file_length(tree):
    """Files under src at most 600 lines, under tools 300."""
    for path in tree.sources():
        limit = FILE_MAX.get(path.split(os.sep)[0])
        lines = tree.text(path).count('\n')
        if limit and lines > limit:
            yield path, lines, f'{lines} lines, more than {limit}'


def rule_banned_call(tree):
    """Calls that overflow, hide errors or depend on the environment; printing belongs to few files."""
    banned, printing = call_pattern(BANNED), call_pattern(PRINTING)
    for path in tree.matching('src/*.[ch]', 'tools/*.[ch]', 'include/*.h'):
        code = ctext.code_of(tree.text(path))
        for match in banned.finditer(code):
            yield path, ctext.line_at(code, match.start()), f'{match.group(1)} is banned'
        if not path.startswith('src') or any(fnmatch.fnmatchcase(path, p) for p in PRINTERS):
            continue
        for match in printing.finditer(code):
            yield (path, ctext.line_at(code, match.start()),
                   f'{match.group(1)}: the library neither prints nor exits')


def rule_thread_local(tree):
    """State belongs to a caller's object, so that two runs can live in one process."""
    word = re.compile(r'\b(_Thread_local|thread_local|__thread)\b')
    for path in tree.matching('src/*.[ch]', 'tools/*.[ch]', 'include/*.h'):
        code = ctext.code_of(tree.text(path))
        for match in word.finditer(code):
            yield path, ctext.line_at(code, match.start()), f'{match.group(1)}: no thread-locals'


def includes(tree, path):
    """(line, kind, header) of each #include; kind is '<' or '"'."""
    for number, line in enumerate(tree.text(path).split('\n'), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def rooms_of_headers(tree):
    """Public header -> rooms: where the functions that it declares have their bodies."""
    declared = {}
    for header in tree.headers():
        code = ctext.code_of(tree.text(header))
        for match in re.finditer(r'SM_API\b[^;{(]*?\b(sm_\w+)\s*\(', code):
            declared[match.group(1)] = header
    rooms = {header: set() for header in tree.headers()}
    for path in tree.matching('src/*.c'):
        for name, _, _ in ctext.functions(tree.text(path)):
            if name in declared and room_of(path):
                rooms[declared[name]].add(room_of(path))
    return rooms


def rule_header_room(tree):
    """A public header is the manual of one room: its functions have their bodies there, and only there."""
    for header, rooms in sorted(rooms_of_headers(tree).items()):
        if len(rooms) > 1:
            yield header, 1, 'its functions have their bodies in more than one room: ' + ', '.join(
                sorted(rooms))
        if not rooms and 'SM_API' in ctext.code_of(tree.text(header)):
            yield header, 1, 'no room under src/ defines what it declares'


def allowed_rooms(room):
    if room in LOW_ROOMS:
        return [room] + LOW_ROOMS[room]
    return [room] + BELOW + TIES.get(room, [])


def rule_layer(tree):
    """A room includes the rooms below it, itself and the drawn ties; a tool includes public headers."""
    rooms = {header: next(iter(found)) for header, found in rooms_of_headers(tree).items()
             if len(found) == 1}
    for path in tree.matching('src/*.[ch]'):
        if room_of(path) not in L2_ROOMS and room_of(path) not in LOW_ROOMS:
            yield path, 1, f'{room_of(path)} is no room of the house'
    for path in tree.sources():
        room = room_of(path) or rooms.get(path)
        for line, kind, header in includes(tree, path):
            fault = layer_fault(tree, rooms, path, room, kind, header)
            if fault:
                yield path, line, fault


def layer_fault(tree, rooms, path, room, kind, header):
    if kind == '"' and path.startswith('tools'):
        return f'"{header}": a tool includes public headers only'
    if kind == '"' and path.startswith('include'):
        return f'"{header}": a public header includes <seimai/…> and the standard library'
    if kind == '"' and path.startswith('src'):
        own = {os.path.normpath(os.path.join(folder, header))
               for folder in (os.path.dirname(path), os.path.join('src', room))}
        if not any(p in tree.files and room_of(p) == room for p in own) and not is_written_by_build(
                tree, room, header):
            return f'"{header}" is no private header of src/{room}'
    if kind == '<' and header.startswith('seimai/') and room:
        target = rooms.get('include/' + header)
        if 'include/' + header not in tree.files:
            return f'<{header}> does not exist'
        if target and target not in allowed_rooms(room):
            return f'{room} may not include <{header}> of {target}'
    return None


def is_written_by_build(tree, room, header):
    """A table that the room's CMakeLists.txt has a generator write."""
    rules = f'src/{room}/CMakeLists.txt'
    return rules in tree.files and re.search(rf'\b{re.escape(header)}\b', tree.text(rules))


def owner_of(header):
    return next((owner for pattern, owner in OWNERS.items()
                 if fnmatch.fnmatchcase(header, pattern)), None)


def rule_owner(tree):
    """An external library has one owner; a header that nobody owns is not used."""
    for path in tree.sources():
        if path.split(os.sep)[0] in ('tests', 'samples'):
            continue
        for line, kind, header in includes(tree, path):
            known = header.startswith('seimai/') or header[:-2] in SYSTEM
            if kind != '<' or known:
                continue
            owner = owner_of(header)
            if owner is None:
                yield path, line, f'<{header}> has no owner among the rooms'
            elif owner != room_of(path):
                yield path, line, f'<{header}> belongs to {owner}'


def compile_alone(tree, header):
    """The first complaint of C17 or C++17 about a file that holds nothing but this include."""
    name = os.path.relpath(header, 'include')
    for compiler, language, standard in (('gcc', 'c', 'c17'), ('g++', 'c++', 'c++17')):
        command = [compiler, '-x', language, '-std=' + standard, '-D_POSIX_C_SOURCE=200809L', '-Wall',
                   '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', '-I',
                   os.path.join(tree.root, 'include'), '-']
        run = subprocess.run(command, input=f'#include <{name}>\ntypedef int not_empty;\n', text=True,
                             capture_output=True, check=False)
        if run.returncode:
            why = re.search(r':(\d+):\d+: (?:fatal )?error: (.*)', run.stderr)
            line = int(why.group(1)) if why else 1
            return header, line, f'as {standard}: {why.group(2) if why else run.stderr.strip()}'
    return None


def rule_header_alone(tree):
    """Each public header compiles by itself, as C17 and as C++17."""
    for compiler in ('gcc', 'g++'):
        if tree.headers() and not shutil.which(compiler):
            yield 'tests/lint/lint.py', 1, f'{compiler} is missing: the headers were not compiled'
            return
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(lambda header: compile_alone(tree, header), tree.headers()))


def rule_comment_share(tree):
    """A public header is a manual: 35 to 65 percent of its lines hold comment."""
    low, high = COMMENT_SHARE
    for header in tree.headers():
        share = ctext.comment_share(tree.text(header))
        if not low <= round(share) <= high:
            yield header, 1, f'{share:.0f} % of its lines hold comment, not {low} to {high} %'


def rule_spdx(tree):
    """Each file names its licence in its first lines."""
    for path in tree.matching(*SPDX_FILES):
        if SPDX not in '\n'.join(tree.text(path).split('\n')[:12]):
            yield path, 1, f'no line "{SPDX}" at the top'


def rule_machine_path(tree):
    """No path of somebody's machine; tests may use the system's folder for temporary files."""
    for path in tree.matching('*.c', '*.h', '*.py', '*.sh', '*.cmake', '*CMakeLists.txt', '*.yaml',
                              '*.md', '.ci/run'):
        for number, line in enumerate(tree.text(path).split('\n'), 1):
            for match in MACHINE.finditer(line):
                if path.startswith('tests') and match.group(1) in ('tmp', 'home'):
                    continue
                yield path, number, f'/{match.group(1)}: an absolute path of one machine'


def rule_marker(tree):
    """What is not done is not in the tree."""
    for path in tree.matching('*.c', '*.h', '*.py', '*.sh', '*.cmake', '*CMakeLists.txt', '*.yaml'):
        is_c = path.endswith(('.c', '.h'))
        text = ctext.comments_of(tree.text(path)) if is_c else tree.text(path)
        for match in MARKERS.finditer(text):
            yield path, ctext.line_at(text, match.start()), f'{match.group(1)}: do it, or leave it out'


def rule_unit_test(tree):
    """The unit tests that a room names exist, and every unit test is named by a room."""
    named = {}
    for path in tree.matching('src/*/CMakeLists.txt'):
        for match in re.finditer(r'sm_unit_tests\(\s*\w+([^)]*)\)', tree.text(path)):
            for module in match.group(1).split():
                named[f'tests/unit/{module}_test.c'] = path
    for test in sorted(set(named) - set(tree.files)):
        yield named[test], 1, f'{test} does not exist'
    for test in tree.matching('tests/unit/*_test.c'):
        if test not in named:
            yield test, 1, 'no room names it in sm_unit_tests(): it never runs'


def rule_format(tree):
    """clang-format leaves every file unchanged. Without clang-format this rule says nothing."""
    style = os.path.join(tree.root, '.clang-format')
    if not shutil.which('clang-format') or not tree.sources() or not os.path.exists(style):
        return
    run = subprocess.run(['clang-format', '--dry-run', '--ferror-limit=1'] + tree.sources(),
                         cwd=tree.root, text=True, capture_output=True, check=False)
    for match in re.finditer(r'^(\S+?):(\d+):\d+: (?:warning|error): (.*?) \[', run.stderr,
                             re.MULTILINE):
        yield match.group(1), int(match.group(2)), match.group(3)


RULES = {name[5:].replace('_', '-'): rule for name, rule in sorted(globals().items())
         if name.startswith('rule_')}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description='check the rules of the house')
    parser.add_argument('--root', default=os.path.join(here, '..', '..'))
    parser.add_argument('rules', nargs='*', metavar='RULE', help=', '.join(RULES))
    arguments = parser.parse_args()
    unknown = set(arguments.rules) - set(RULES)
    if unknown:
        parser.error('no such rule: ' + ', '.join(sorted(unknown)))

    tree = Tree(os.path.abspath(arguments.root))
    found = {}
    for name in arguments.rules or RULES:
        found[name] = sorted(set(RULES[name](tree)))
        for path, line, text in found[name]:
            print(f'{path}:{line}: {name}: {text}')
    for name, violations in found.items():
        print('not ok' if violations else 'ok', 'lint', name)
    report(tree, found)
    return 1 if any(found.values()) else 0


def report(tree, found):
    p50, p90, longest = function_figures(tree)
    failed = sum(1 for violations in found.values() if violations)
    print(f'lint: {len(tree.files)} files, functions p50 {p50} / p90 {p90} / max {longest} lines, '
          f'{sum(map(len, found.values()))} violations')
    print(f'{len(found) - failed} passed, {failed} failed')


if __name__ == '__main__':
    sys.exit(main())
