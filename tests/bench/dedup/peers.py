#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One peer over a JSONL file: peers.py datasketch|rensa|datatrove BANDS ROWS IN OUT WORK

Character 5-grams without white space and the same bands for all, from reading JSON to writing it, as the tool is
measured. datasketch and rensa: first seen wins, in one pass; the lines that stay go to OUT as they came. datatrove: its
four stages with one task each in the folder WORK, its own words replaced by the same character 5-grams."""
import glob
import json
import os
import shutil
import sys

N = 5


def shingles(text):
    text = ''.join(text.split())
    return {text[i:i + N] for i in range(len(text) - N + 1)}


def datasketch_keeps(bands, rows):
    from datasketch import MinHash, MinHashLSH
    lsh = MinHashLSH(num_perm=bands * rows, params=(bands, rows))

    def keeps(key, text):
        minhash = MinHash(num_perm=bands * rows, seed=1)
        minhash.update_batch([s.encode() for s in shingles(text)])
        if lsh.query(minhash):
            return False
        lsh.insert(key, minhash)
        return True
    return keeps


def rensa_keeps(bands, rows):
    from rensa import RMinHash, RMinHashDeduplicator
    seen = RMinHashDeduplicator(threshold=.8, num_perm=bands * rows, use_lsh=True, num_bands=bands)

    def keeps(key, text):
        minhash = RMinHash.from_token_sets([list(shingles(text))], num_perm=bands * rows, seed=42)[0]
        return seen.add(key, minhash)
    return keeps


def stream(keeps, source, target):
    with open(source, encoding='utf-8') as lines, open(target, 'w', encoding='utf-8') as out:
        for number, line in enumerate(lines):
            if keeps(str(number), json.loads(line)['text']):
                out.write(line)


def datatrove(bands, rows, source, target, work):
    import numpy as np
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (MinhashDedupBuckets, MinhashDedupCluster,
                                          MinhashDedupFilter, MinhashDedupSignature)
    from datatrove.pipeline.dedup import minhash as stages
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    class CharacterSignature(MinhashDedupSignature):
        def get_shingles(self, text):
            values = [self._hash_func(shingle.encode()) for shingle in shingles(text)]
            return np.fromiter(values, dtype=np.uint64).reshape((-1, 1))

    stages.load_word_tokenizer = lambda language: None  # it would ask for spaCy, and is not used
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(f'{work}/in')
    sys.stderr = open(f'{work}/log.txt', 'w', encoding='utf-8')  # it has much to tell
    os.symlink(os.path.abspath(source), f'{work}/in/in.jsonl')
    config = MinhashConfig(n_grams=N, num_buckets=bands, hashes_per_bucket=rows,
                           hash_config=HashConfig(precision=64, hash_fc='xxhash'))
    reader = JsonlReader(f'{work}/in')
    writer = JsonlWriter(f'{work}/out', compression=None)
    for name, tasks, pipeline in (
            ('sign', 1, [reader, CharacterSignature(f'{work}/sig', config=config)]),
            ('buckets', bands, [MinhashDedupBuckets(f'{work}/sig', f'{work}/buckets', config=config)]),
            ('cluster', 1, [MinhashDedupCluster(f'{work}/buckets', f'{work}/remove', config=config)]),
            ('filter', 1, [reader, MinhashDedupFilter(f'{work}/remove'), writer])):
        LocalPipelineExecutor(pipeline=pipeline, tasks=tasks, workers=1,
                              logging_dir=f'{work}/log/{name}').run()
    shutil.move(glob.glob(f'{work}/out/*.jsonl')[0], target)


def main():
    name, bands, rows, source, target, work = sys.argv[1:7]
    bands, rows = int(bands), int(rows)
    if name == 'datatrove':
        datatrove(bands, rows, source, target, work)
    else:
        keeps = {'datasketch': datasketch_keeps, 'rensa': rensa_keeps}[name](bands, rows)
        stream(keeps, source, target)


if __name__ == '__main__':
    main()
