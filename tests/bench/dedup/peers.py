#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One peer over a JSONL file, first seen wins: peers.py datasketch|rensa IN OUT

Character 5-grams without white space, 14 bands of 8, threshold 0.8; from reading JSON to writing it, as the
tool is measured. The lines that stay go to OUT as they came."""
import json
import sys

BANDS, ROWS, N = 14, 8, 5


def shingles(text):
    text = ''.join(text.split())
    return {text[i:i + N] for i in range(len(text) - N + 1)}


def datasketch_keeps():
    from datasketch import MinHash, MinHashLSH
    lsh = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))

    def keeps(key, text):
        minhash = MinHash(num_perm=BANDS * ROWS, seed=1)
        minhash.update_batch([s.encode() for s in shingles(text)])
        if lsh.query(minhash):
            return False
        lsh.insert(key, minhash)
        return True
    return keeps


def rensa_keeps():
    from rensa import RMinHash, RMinHashDeduplicator
    seen = RMinHashDeduplicator(threshold=.8, num_perm=BANDS * ROWS, use_lsh=True, num_bands=BANDS)

    def keeps(key, text):
        minhash = RMinHash.from_token_sets([list(shingles(text))], num_perm=BANDS * ROWS, seed=42)[0]
        return seen.add(key, minhash)
    return keeps


def main():
    name, source, target = sys.argv[1:4]
    keeps = {'datasketch': datasketch_keeps, 'rensa': rensa_keeps}[name]()
    with open(source, encoding='utf-8') as lines, open(target, 'w', encoding='utf-8') as out:
        for number, line in enumerate(lines):
            if keeps(str(number), json.loads(line)['text']):
                out.write(line)


if __name__ == '__main__':
    main()
