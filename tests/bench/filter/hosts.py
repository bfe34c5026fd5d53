#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Five million hosts: what loading them takes, how much memory they are, and what a question costs.

    hosts.py [--build DIR] [--hosts N]

All through `seimai filter`, in CPU time: a million short documents with a URL each, with the list and without it; the
difference, less what loading takes (a run over no documents), is a million questions, parsing of the URLs included.
"""
import argparse
import json
import os
import random
import resource
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DOCUMENTS = 1000000
PRESET = 'format: seimai-filter 1\n%srules:\n  - {rule: characters, min: 1}\n%s'
LIST = ('lists:\n  - {list: blocked, kind: url}\n', '  - {rule: url-blocked, max: 0}\n')


def cpu(*args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(args, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default=os.path.join(ROOT, 'build', 'gcc'))
    parser.add_argument('--hosts', type=int, default=5000000)
    args = parser.parse_args()
    tool, source = os.path.join(args.build, 'bin', 'seimai-filter'), random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        hosts, documents = f'{folder}/hosts', f'{folder}/documents'
        with open(hosts, 'w') as file:
            file.writelines(f'host{2 * i}.example{i % 1000}.co.jp\n' for i in range(args.hosts))
        with open(documents, 'w') as file:
            file.writelines('{"id":"%d","text":"x","metadata":{"url":"https://www.host%d.example%d.co.jp/path/%d"}}\n'
                            % (i, source.randrange(2 * args.hosts), source.randrange(1000), i)
                            for i in range(DOCUMENTS))
        for name, parts in (('with', LIST), ('without', ('', ''))):
            with open(f'{folder}/{name}.yaml', 'w') as file:
                file.write(PRESET % parts)
        listed = [tool, '-j', '1', '--rules', f'{folder}/with.yaml', '--list', f'blocked={hosts}', '-o', '/dev/null']
        plain = [tool, '-j', '1', '--rules', f'{folder}/without.yaml', '-o', '/dev/null']
        load = cpu(*listed, '--stats', f'{folder}/stats', '/dev/null')
        with open(f'{folder}/stats') as file:
            memory = json.load(file)['run']['peak_rss']
        question = min(cpu(*listed, documents) for _ in range(3)) - load - min(cpu(*plain, documents) for _ in range(3))
        print(f'{args.hosts} hosts of {os.path.getsize(hosts) / 1e6:.0f} MB: loaded in {load:.2f} s of CPU, '
              f'{memory / 1e6:.0f} MB of memory, {1e9 * question / DOCUMENTS:.0f} ns a question')


if __name__ == '__main__':
    main()
