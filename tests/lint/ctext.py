# SPDX-License-Identifier: MIT
"""What lint.py must know of C: which characters are code, which are comment, and where functions lie.

A small scanner, no parser. It is enough because the tree is clang-formatted: a function is a statement at
brace depth 0 that holds a parameter list and ends in a brace instead of a semicolon.
"""
import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.MULTILINE)
BRACED = re.compile(r'\b(?:struct|union|enum)\b[^()]*$')
CALL = re.compile(r'\b([A-Za-z_]\w*)\s*\(')


def blank(text):
    """The same shape in spaces: line breaks stay, so that line numbers do."""
    return re.sub(r'[^\n]', ' ', text)


def code_of(text):
    """The text with comments and the insides of literals blanked."""
    def hide(match):
        token = match.group()
        if token[0] == '/':
            return blank(token)
        return token[0] + ' ' * (len(token) - 2) + token[-1]
    return TOKEN.sub(hide, text)


def comments_of(text):
    """The text with everything but the comments blanked."""
    out, end = [], 0
    for match in TOKEN.finditer(text):
        out.append(blank(text[end:match.start()]))
        token = match.group()
        out.append(token if token[0] == '/' else blank(token))
        end = match.end()
    out.append(blank(text[end:]))
    return ''.join(out)


def comment_share(text):
    """Lines that hold comment, in percent of the lines that are not blank."""
    lines = [comment for line, comment in zip(text.split('\n'), comments_of(text).split('\n'))
             if line.strip()]
    return 100.0 * sum(1 for comment in lines if comment.strip()) / max(1, len(lines))


def line_at(text, offset):
    return text.count('\n', 0, offset) + 1


def close_of(code, opening):
    """The offset of the brace that closes the one at `opening`; -1 where there is none."""
    depth = 0
    for match in re.compile('[{}]').finditer(code, opening):
        depth += 1 if match.group() == '{' else -1
        if depth == 0:
            return match.start()
    return -1


def name_of(head):
    """The name that a function's head defines, or None where the braces hold something else."""
    head = re.sub(r'__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)', '', head)
    call = CALL.search(head)
    if not call or '=' in head[:call.start()] or BRACED.search(head):
        return None
    return call.group(1)


def functions(text):
    """Yields (name, first line, last line) of each function; the head counts. (None, line, line) marks a
    brace without its partner, which leaves the rest of the file unread."""
    code = DIRECTIVE.sub(lambda m: blank(m.group()), code_of(text))
    code = re.sub(r'extern\s*" "\s*\{', lambda m: blank(m.group()), code)
    start = 0
    for_next = re.compile('[;{]')
    while True:
        stop = for_next.search(code, start)
        if not stop:
            return
        if stop.group() == ';':
            start = stop.end()
            continue
        last = close_of(code, stop.start())
        if last < 0:
            yield None, line_at(code, stop.start()), line_at(code, stop.start())
            return
        head = code[start:stop.start()]
        stray = re.match(r'[\s}]*', head).end()
        name = name_of(head)
        if name:
            yield name, line_at(code, start + stray), line_at(code, last)
        start = last + 1
