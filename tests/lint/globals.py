#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No global mutable state: looks into the built libraries of the rooms for writable variables.

Reads the symbol tables of SEIMAI_BUILD/src/*/lib*.a, because a grep cannot tell a const table of pointers
(in .data.rel.ro) from a variable. The one variable the house allows is the out-of-memory handler.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

HANDLER = ('libsm_base.a', 'oom')
WRITABLE = re.compile(r' O (\.(?:data|bss|tdata|tbss)(?!\.rel\.ro)\S*|\*COM\*)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$')


def variables_of(library):
    """Yields (object file, symbol, section)."""
    member = ''
    table = subprocess.run(['objdump', '-t', library], text=True, capture_output=True, check=True)
    for line in table.stdout.split('\n'):
        found = re.match(r'(\S+\.o):\s+file format', line)
        member = found.group(1) if found else member
        symbol = WRITABLE.search(line)
        if symbol:
            yield member, symbol.group(2), symbol.group(1)


def main():
    libraries = sorted(glob.glob(os.path.join(os.environ['SEIMAI_BUILD'], 'src', '*', 'lib*.a')))
    if not libraries or not shutil.which('objdump'):
        print('not ok lint globals: no library, or no objdump, to look into')
        return 1
    failed = 0
    for library in libraries:
        name = os.path.basename(library)
        found = [v for v in variables_of(library) if (name, v[1]) != HANDLER]
        for member, symbol, section in found:
            print(f'{name}({member}): {symbol} is writable ({section})')
        failed += bool(found)
        print('not ok' if found else 'ok', 'lint globals', name)
    print(f'{len(libraries) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
