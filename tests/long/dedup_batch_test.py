# SPDX-License-Identifier: MIT
"""The batch stages of dedup, killed at random moments with kill -9: the same commands again end with the bytes of a run
that nobody disturbed, and nothing that bears a final name is unfinished meanwhile.

ROUNDS (default 12) kills each stage; the moments are drawn from a fixed seed over the length of an undisturbed run.
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get('SEIMAI_BUILD', 'build')).resolve() / 'bin'
ROUNDS = int(os.environ.get('ROUNDS', '12'))
FILES, DOCUMENTS = 4, 3000
PARTS = [f'part{i}.jsonl' for i in range(FILES)]
STAGES = {'dedup-sign': ['-o', 'sig', *PARTS],
          'dedup-match': ['--keep', 'longest', '-o', 'matches', 'sig'],
          'dedup-apply': ['--matches', 'matches', '--audit', 'audit', '--rejects', 'rejects', '-o', 'out/', *PARTS]}
MADE = {'dedup-sign': ['sig'], 'dedup-match': ['matches'], 'dedup-apply': ['out', 'audit', 'rejects']}
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(('ok ' if holds else 'not ok ') + name)


def make_inputs(draw):
    """Families of texts with a few different characters each."""
    families = [[chr(draw.randrange(0x3041, 0x3096)) for _ in range(200)] for _ in range(DOCUMENTS // 4)]
    for part in PARTS:
        with open(part, 'w', encoding='utf-8') as out:
            for i in range(DOCUMENTS):
                text = list(draw.choice(families))
                for _ in range(draw.randrange(8)):
                    text[draw.randrange(len(text))] = chr(draw.randrange(0x4E00, 0x5000))
                line = {'id': f'{part}-{i}', 'text': ''.join(text[:draw.randrange(190, 201)])}
                out.write(json.dumps(line, ensure_ascii=False) + '\n')


def start(stage):
    return subprocess.Popen([BIN / f'seimai-{stage}', '-q', '-j', '2', *STAGES[stage]])


def finish(stage):
    before = time.monotonic()
    child = start(stage)
    return child.wait() == 0, time.monotonic() - before


def kill_after(stage, seconds):
    """True if it was still running then."""
    child = start(stage)
    try:
        child.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return True


def content(folders):
    """What bears a final name."""
    return {str(path): path.read_bytes() for folder in folders for path in sorted(pathlib.Path(folder).rglob('*'))
            if path.is_file() and not path.name.endswith('.part')}


def disturb(stage, whole, length, draw):
    killed = early = 0
    equal = True
    for _ in range(ROUNDS):
        for folder in MADE[stage]:
            shutil.rmtree(folder, ignore_errors=True)
        for _ in range(3):
            killed += kill_after(stage, draw.random() * length)
            early += any(whole.get(path) != data for path, data in content(MADE[stage]).items())
        done, _ = finish(stage)
        equal = equal and done and content(MADE[stage]) == whole
    check(f'{stage}: {killed} kills, no unfinished file under a final name', killed > 0 and early == 0)
    check(f'{stage}: run again, it ends with the bytes of an undisturbed run', equal)


def main():
    draw = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_inputs(draw)
        for stage in STAGES:
            done, length = finish(stage)
            check(f'{stage}: undisturbed', done)
            disturb(stage, content(MADE[stage]), length, draw)
        os.chdir('/')
    print(f'{checks - failures} passed, {failures} failed')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
