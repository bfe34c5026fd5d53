#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the cases in a JUnit file that ctest wrote, and shows the output of the tests that failed.

    count.py NAME JUNIT RESULTS

Cases are counted by what a test says itself: cmocka's summary lines, or the `N passed, N failed[, N skipped]`
that our Python runners end with; a test that says neither is one case. A test that failed counts at
least one failure, so that a crash is never lost. Appends lines to RESULTS: `passed N`, `failed N`,
`skip NAME: why`. Exits with 1 when something failed.
"""
import re
import sys
import xml.etree.ElementTree

TAIL = 60  # lines of a failed test that are shown


def cases_of(output):
    """(passed, failed, skipped) as the test counts itself, or None."""
    found = None
    for pattern, which in ((r'^\[  PASSED  \] (\d+) test', 0), (r'^\[  FAILED  \] (\d+) test', 1),
                           (r'^\[  SKIPPED \] (\d+) test', 2)):
        for number in re.findall(pattern, output, re.MULTILINE):
            found = found or [0, 0, 0]
            found[which] += int(number)
    for groups in re.findall(r'^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$', output,
                             re.MULTILINE):
        found = found or [0, 0, 0]
        for which, number in enumerate(groups):
            found[which] += int(number or 0)
    return found


def skips_of(name, output):
    """Lines about cases that did not run: our runners' `skip WHAT: why`, cmocka's names."""
    for what in re.findall(r'^skip (.*)$', output, re.MULTILINE):
        yield f'{name}: {what}'
    for what in re.findall(r'^\[  SKIPPED \] (?!\d+ test)(.*)$', output, re.MULTILINE):
        yield f'{name}: {what}'


def what_failed(output):
    """The cases that did not hold, each with the indented lines that say why; without any, the last lines."""
    lines = output.rstrip().split('\n')
    shown, inside = [], False
    for line in lines:
        inside = line.startswith('not ok') or (inside and line.startswith(('    ', '---', '+', '-', '@@', ' ')))
        if inside:
            shown.append(line)
    return shown[:4 * TAIL] or lines[-TAIL:]


def read(path):
    """Yields (test, state, output); state is passed, failed or skipped."""
    for case in xml.etree.ElementTree.parse(path).getroot().iter('testcase'):
        failed = case.get('status') == 'fail' or case.find('failure') is not None
        skipped = case.find('skipped') is not None
        state = 'failed' if failed else 'skipped' if skipped else 'passed'
        yield case.get('name'), state, case.findtext('system-out') or ''


def main():
    step, path, results = sys.argv[1:]
    total, lines = [0, 0], []
    for name, state, output in read(path):
        passed, failed, skipped = cases_of(output) or (state == 'passed', state == 'failed', 0)
        if state == 'failed':
            failed = max(1, failed)
            print(f'--- {step}: {name} failed')
            print('\n'.join(what_failed(output)))
        total[0] += passed
        total[1] += failed
        skips = list(skips_of(f'{step}: {name}', output))
        if not skips and (skipped or state == 'skipped'):
            skips = [f'{step}: {name}']
        lines += ['skip ' + skip for skip in skips]
    if sum(total) == 0:
        print(f'--- {step}: no case ran')
        total[1] = 1
    print(f'{step}: {total[0]} passed, {total[1]} failed')
    with open(results, 'a', encoding='utf-8') as file:
        file.write('\n'.join([f'passed {total[0]}', f'failed {total[1]}'] + lines) + '\n')
    return 1 if total[1] else 0


if __name__ == '__main__':
    sys.exit(main())
