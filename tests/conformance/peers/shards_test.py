# SPDX-License-Identifier: MIT
"""What `shard` and `shard export` write, through the readers of those who train with it: Megatron-LM's IndexedDataset
(megatron-core), datatrove's DatatroveFileDataset, MosaicML Streaming's LocalDataset (where it is installed). A million
tokens, equal one by one. Exit 0, 1 on failure, 77 when none of them is there.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.simplefilter("ignore")
BIN = os.path.abspath(os.environ.get("SEIMAI_BIN", os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin")))
EOT = 2
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def must(name, *args):
    done = subprocess.run([os.path.join(BIN, f"seimai-{name}"), *args], capture_output=True, text=True)
    check(done.returncode == 0, f"{name} {args}: exit {done.returncode}: {done.stderr}")


def by_megatron(folder, want):
    from megatron.core.datasets.indexed_dataset import IndexedDataset
    data = IndexedDataset(f"{folder}/x")
    check(len(data) == len(want), "megatron-core: documents")
    check(all(data[i].tolist() == w for i, w in enumerate(want)), "megatron-core: tokens")


def by_datatrove(folder, want):
    from datatrove.utils.dataset import DatatroveFileDataset
    tokens, length = [t for d in want for t in d], 127
    data = DatatroveFileDataset(f"{folder}/x.ds", seq_len=length, token_size=2 if VOCAB <= 65536 else 4)
    for i in range(len(data)):  # windows of length + 1 tokens
        if data[i]["input_ids"].tolist() != tokens[i * (length + 1):(i + 1) * (length + 1)]:
            check(False, f"datatrove: window {i}")
            break
    check(len(data) == len(tokens) // (length + 1), f"datatrove: {len(data)} windows")


def by_streaming(folder, want):
    from streaming import LocalDataset
    data = LocalDataset(local=folder)
    check(len(data) == len(want), "streaming: samples")
    check(all(data[i]["tokens"].tolist() == w and data[i]["id"] == f"文書/{i}" for i, w in enumerate(want)),
          "streaming: samples' columns")


VOCAB = 0


def main():
    global VOCAB
    compared = 0
    with tempfile.TemporaryDirectory(prefix="seimai-") as scratch:
        for VOCAB in (65499, 65536, 65537):
            chance = random.Random(VOCAB)
            docs = [[chance.randrange(3, VOCAB) for _ in range(chance.choice([0, 3, 200, 5000]))] for _ in range(260)]
            source, shards = f"{scratch}/{VOCAB}.jsonl", f"{scratch}/{VOCAB}"
            with open(source, "w", encoding="utf-8") as f:
                f.writelines(json.dumps({"id": f"文書/{i}", "ids": d}) + "\n" for i, d in enumerate(docs))
            must("shard-import", "--vocab", str(VOCAB), "--eot", str(EOT), "--shard-tokens", "100000", "-o", shards, source)
            want = [d + [EOT] for d in docs]
            for form, reader in (("megatron", by_megatron), ("datatrove", by_datatrove), ("mds", by_streaming)):
                must("shard-export", "--to", form, "--name", "x", "-o", f"{shards}-{form}", shards)
                try:
                    reader(f"{shards}-{form}", want)
                    compared += 1
                except ImportError as missing:
                    print(f"{form}: not compared: {missing}")
    print(f"shards: {compared} sets compared, {failures} failures")
    return 1 if failures else 0 if compared else 77


sys.exit(main())
