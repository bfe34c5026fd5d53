# SPDX-License-Identifier: MIT
"""html5lib's tokenizer tests against our tokenizer.

A case cannot apply where its input holds lone surrogates, since the tokenizer reads UTF-8; xmlViolation.test
expects the coercion of names to XML's, which is no part of HTML. Exit 0 if all others pass.
"""
import glob
import json
import os
import re
import sys

from html_driver import Archive, drive

STATES = ['Data', 'RCDATA', 'RAWTEXT', 'Script data', 'PLAINTEXT', 'CDATA section']


def unescape(value):
    """One more round of \\uHHHH, for the cases that say doubleEscaped."""
    if isinstance(value, str):
        text = re.sub(r'\\u([0-9A-Fa-f]{4})', lambda m: chr(int(m[1], 16)), value)
        return text.encode('utf-16', 'surrogatepass').decode('utf-16', 'surrogatepass')
    if isinstance(value, list):
        return [unescape(v) for v in value]
    if isinstance(value, dict):
        return {unescape(k): unescape(v) for k, v in value.items()}
    return value


def is_unicode(text):
    return not re.search('[\ud800-\udfff]', text)


def merged(tokens):
    """Adjacent text as one token."""
    out = []
    for token in tokens:
        if out and token[0] == 'Character' and out[-1][0] == 'Character':
            out[-1] = ['Character', out[-1][1] + token[1]]
        else:
            out.append(token)
    return out


def cases(folder):
    for path in sorted(glob.glob(folder + '/*.test')):
        with open(path, encoding='utf-8') as file:
            tests = json.load(file)
        for case in tests.get('tests', []):
            if case.get('doubleEscaped'):
                case = {**case, 'input': unescape(case['input']), 'output': unescape(case['output'])}
            for state in case.get('initialStates', ['Data state']):
                yield os.path.basename(path), state.removesuffix(' state'), case


def main():
    with Archive('conformance/html5lib-tests.tar.zst') as folder:
        everything = list(cases(folder + '/tokenizer'))
    todo = [case for case in everything if is_unicode(case[2]['input'])]
    answers = drive('tokens', [(str(STATES.index(state)), case.get('lastStartTag', ''),
                                case['input'].encode()) for _, state, case in todo])
    failed = 0
    for (name, state, case), answer in zip(todo, answers):
        got, want = merged(answer), merged(case['output'])
        if got != want:
            failed += 1
            print(f'{name} [{state}] {case["input"]!r}\n  got  {got}\n  want {want}')
    print(f'html5lib tokenizer: {len(todo) - failed} of {len(todo)} pass, '
          f'{len(everything) - len(todo)} cannot apply (lone surrogates)')
    sys.exit(failed > 0 or len(todo) < 7000)


main()
