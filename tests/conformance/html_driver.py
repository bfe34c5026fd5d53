# SPDX-License-Identifier: MIT
"""What the conformance tests of src/html share: the driver and the data."""
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SEIMAI_SOURCE', os.path.join(os.path.dirname(__file__), '../..'))
DATA = os.environ.get('SEIMAI_DATA', os.path.join(SOURCE, '../shared/data'))
DRIVER = os.path.join(os.environ.get('SEIMAI_BUILD', 'build'), 'tests', 'html_driver')


def drive(verb, cases):
    """Runs cases, tuples of str and, last, bytes; gives the driver's answers."""
    lines = ''.join('\t'.join([*case[:-1], case[-1].hex()]) + '\n' for case in cases)
    done = subprocess.run([DRIVER, verb], input=lines, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f'html_driver {verb}: status {done.returncode}\n{done.stderr[-3000:]}')
    answers = [json.loads(line) for line in done.stdout.split('\n')[:-1]]
    assert len(answers) == len(cases)
    return answers


class Archive:
    """A .tar.zst of the data, unpacked for a while; the test is skipped where it is missing."""

    def __init__(self, name):
        self.path = os.path.join(DATA, name)
        if not os.path.exists(self.path):
            print('skip: no', self.path)
            sys.exit(77)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        subprocess.run(['tar', '--zstd', '-xf', self.path, '-C', self.folder.name], check=True)
        name = os.path.basename(self.path).removesuffix('.tar.zst')
        return os.path.join(self.folder.name, name)

    def __exit__(self, *_):
        self.folder.cleanup()
