#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Feeds lint.py small trees, each with one fault, and expects its rule, its place and no other rule."""
import os
import re
import subprocess
import sys
import tempfile

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lint.py')
TOP = '/* SPDX-License-Identifier: MIT */\n'

HEADER = '''/* seimai/pear.h - pears.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PEAR_H
#define SEIMAI_PEAR_H
/* sm_pear_count counts. */
SM_DECLARE int sm_pear_count(void);
#endif
'''.replace('SM_DECLARE', '#define SM_API\nSM_API')
BODY = TOP + '#include <seimai/pear.h>\n\nint sm_pear_count(void)\n{\n    return 1;\n}\n'
GOOD = {'include/seimai/pear.h': HEADER, 'src/pii/pear.c': BODY}


def lines(n):
    return '    n++;\n' * n


def function(n):
    """A function of n lines."""
    return f'static void grow(int n)\n{{\n{lines(n - 3)}}}\n'


def short_functions(n):
    return ''.join(f'static void f{i}(int n)\n{{\n}}\n' for i in range(n))


SECOND = {'include/seimai/fig.h': HEADER.replace('pear', 'fig').replace('PEAR', 'FIG'),
          'src/morph/fig.c': BODY.replace('pear', 'fig')}

# Each: the rule that must fire, the line FILE:LINE it must name, and the tree beside GOOD.
BAD = [
    ('function-length', 'src/pii/long.c:3', {
        'src/pii/long.c': TOP + '\n' + function(81) + short_functions(20)}),
    ('function-length', 'src/pii/long.c:2', {
        'src/pii/long.c': TOP + '__attribute__((target("avx2")))\n' + function(80)
                          + short_functions(20)}),
    ('function-length', 'src/pii/open.c:3', {'src/pii/open.c': TOP + 'int f(void)\n{\n'}),
    ('function-length', 'src:1', {'src/pii/middling.c': TOP + function(16) * 3}),
    ('function-length', 'src:1', {
        'src/pii/tail.c': TOP + function(46) * 3 + short_functions(20)}),
    ('file-length', 'src/pii/file.c:601', {'src/pii/file.c': TOP + '\n' * 600}),
    ('file-length', 'tools/file.c:301', {'tools/file.c': TOP + '\n' * 300}),
    ('banned-call', 'src/pii/a.c:2', {'src/pii/a.c': TOP + 'int x = atoi (s);\n'}),
    ('banned-call', 'tools/a.c:3', {'tools/a.c': TOP + '\nint x = strcpy(s, t);\n'}),
    ('banned-call', 'src/pii/a.c:2', {'src/pii/a.c': TOP + 'int x = printf("x");\n'}),
    ('banned-call', 'src/stream/a.c:2', {'src/stream/a.c': TOP + 'int x = exit(1);\n'}),
    ('thread-local', 'src/pii/a.c:2', {'src/pii/a.c': TOP + 'static _Thread_local int x;\n'}),
    ('header-room', 'include/seimai/fig.h:1', {
        'include/seimai/fig.h': SECOND['include/seimai/fig.h']}),
    ('header-room', 'include/seimai/pear.h:1', {'src/html/pear.c': BODY}),
    ('layer', 'src/morph/a.c:2', {'src/morph/a.c': TOP + '#include <seimai/pear.h>\n'}),
    ('layer', 'src/base/a.c:2', {'src/base/a.c': TOP + '#include <seimai/pear.h>\n'}),
    ('layer', 'src/pii/a.c:2', {'src/pii/a.c': TOP + '#include <seimai/plum.h>\n'}),
    ('layer', 'src/pii/a.c:2', {
        'src/pii/a.c': TOP + '#include "b.h"\n', 'src/html/b.h': TOP}),
    ('layer', 'src/pii/a.c:2', {
        'src/pii/a.c': TOP + '#include "../html/b.h"\n', 'src/html/b.h': TOP}),
    ('layer', 'src/kitchen/a.c:1', {'src/kitchen/a.c': TOP}),
    ('layer', 'tools/a.c:2', {'tools/a.c': TOP + '#include "b.h"\n', 'tools/b.h': TOP}),
    ('layer', 'include/seimai/fig.h:5', {
        'include/seimai/fig.h': SECOND['include/seimai/fig.h'].replace(
            '/* sm_fig', '#include <seimai/pear.h> /* for nothing */\n/* sm_fig'),
        'src/morph/fig.c': SECOND['src/morph/fig.c']}),
    ('owner', 'src/pii/a.c:2', {'src/pii/a.c': TOP + '#include <mecab.h>\n'}),
    ('owner', 'src/pii/a.c:2', {'src/pii/a.c': TOP + '#include <unicode/uchar.h>\n'}),
    ('owner', 'src/pii/a.c:2', {'src/pii/a.c': TOP + '#include <unheard_of.h>\n'}),
    ('owner', 'tools/a.c:2', {'tools/a.c': TOP + '#include <zlib.h>\n'}),
    ('header-alone', 'include/seimai/pear.h:7', {
        'include/seimai/pear.h': HEADER.replace('(void)', '(size_t n)')}),
    ('header-alone', 'include/seimai/pear.h:7', {
        'include/seimai/pear.h': HEADER.replace('(void)', '(int *class)')}),
    ('comment-share', 'include/seimai/pear.h:1', {
        'include/seimai/pear.h': HEADER + '#define SM_PEARS 1\n' * 9}),
    ('comment-share', 'include/seimai/pear.h:1', {
        'include/seimai/pear.h': HEADER + '/* pears */\n' * 12}),
    ('spdx', 'src/pii/a.c:1', {'src/pii/a.c': 'int x;\n'}),
    ('spdx', 'src/pii/CMakeLists.txt:1', {'src/pii/CMakeLists.txt': 'sm_room(pii)\n'}),
    ('machine-path', 'src/pii/a.c:2', {
        'src/pii/a.c': TOP + 'static const char *const p = "/' 'work/x";\n'}),
    ('machine-path', 'tests/x.sh:2', {'tests/x.sh': '# ' + TOP + 'cd /' 'root\n'}),
    ('marker', 'src/pii/a.c:2', {'src/pii/a.c': TOP + '/* TO' 'DO: more */\n'}),
    ('marker', 'tests/x.py:2', {'tests/x.py': '# ' + TOP + 'x = 1  # X' 'XX\n'}),
    ('unit-test', 'src/pii/CMakeLists.txt:1', {
        'src/pii/CMakeLists.txt': f'# {TOP}sm_unit_tests(pii pear plum)\n',
        'tests/unit/pear_test.c': TOP}),
    ('unit-test', 'tests/unit/plum_test.c:1', {'tests/unit/plum_test.c': TOP}),
    ('format', 'src/pii/a.c:2', {
        'src/pii/a.c': TOP + 'int  x;\n', '.clang-format': 'BasedOnStyle: LLVM\n'}),
]

# What looks like a fault and is none.
FINE = [
    {'src/pii/a.c': TOP + '/* atoi(x) and printf("x") */\nstatic const char x[] = "exit(1)";\n'},
    {'src/pii/a.c': TOP + 'static void f(void)\n{\n    snprintf(a, b, "{"); // }\n    p->exit(1);\n}\n'},
    {'src/base/memory.c': TOP + 'static void die(void)\n{\n    exit(1);\n}\n'},
    {'src/pii/gen/table.c': TOP + 'int main(void)\n{\n    return printf("1,");\n}\n'},
    {'src/pii/a.c': TOP + 'extern "C" {\nstatic const int table[] = {\n' + '    1,\n' * 100 + '};\n}\n'},
    {'src/pii/a.c': TOP + '#define TWICE(x) {    \\\n    (x) = 2; \\\n'
                          '\nstatic void f(void)\n{\n}\n'},
    {'src/pii/a.c': TOP + '#include <seimai/fig.h>\n', **SECOND},
    {'src/pii/a.c': TOP + '#include "b.h"\n#include <string.h>\n', 'src/pii/b.h': TOP},
    {'src/pii/gen/a.c': TOP + '#include "../b.h"\n', 'src/pii/b.h': TOP},
    {'src/pii/a.c': TOP + '#include "table.h"\n',
     'src/pii/CMakeLists.txt': '# ' + TOP + 'add_custom_command(OUTPUT table.h COMMAND make_table)\n'},
    {'src/pii/a.c': TOP + 'static const char u[] = "https://example.jp/home/";\n'},
    {'src/pii/a.c': TOP + 'static char name[] = "partXX' 'XXXX";\n'},
    {'tests/cli/pii/case/cmd': 'cat /' 'work\n', 'tests/x.py': '# ' + TOP + 'p = "/tmp/x"\n'},
]


def run_lint(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, content in {**GOOD, **tree}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
                file.write(content)
        return subprocess.run([sys.executable, LINT, '--root', root], text=True,
                              capture_output=True, check=False)


def fault_of(run, rule, place):
    """Why the run is not what was expected; '' where it is."""
    fired = set(re.findall(r'^not ok lint (\S+)$', run.stdout, re.MULTILINE))
    if run.stderr or run.returncode != (1 if rule else 0):
        return f'exit {run.returncode}\n{run.stdout}{run.stderr}'
    if rule and not re.search(rf'^{re.escape(place)}: {rule}: ', run.stdout, re.MULTILINE):
        return f'{rule} does not name {place}\n{run.stdout}'
    if fired != ({rule} if rule else set()):
        return f'fired: {sorted(fired)}\n{run.stdout}'
    return ''


def main():
    cases = [(rule, place, tree) for rule, place, tree in BAD]
    cases += [(None, None, tree) for tree in [{}] + FINE]
    failed = 0
    for number, (rule, place, tree) in enumerate(cases, 1):
        fault = fault_of(run_lint(tree), rule, place)
        failed += bool(fault)
        print('not ok' if fault else 'ok', number, rule or 'fine', place or ', '.join(tree))
        if fault:
            print(fault)
    print(f'{len(cases) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
