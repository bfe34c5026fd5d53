# SPDX-License-Identifier: MIT
"""Token shards measured in CPU time: see run.sh. Prints a table, writes SEIMAI_BUILD/bench/shard.json."""
import json
import os
import subprocess
import sys
import tempfile

import measure

BUILD = os.environ.get("SEIMAI_BUILD", "build/gcc")
DATA = os.environ.get("SEIMAI_DATA", "../shared/data")
ROUNDS = int(os.environ.get("ROUNDS", "3"))


def tool(name, *args):
    return [os.path.join(BUILD, "bin", f"seimai-{name}"), "-q", *args]


def end_to_end(docs, tokenizer, scratch):
    """CPU seconds of encoding to nowhere, and of `shard`, over the same documents; interleaved."""
    seconds = {"encode": [], "shard": [], "shard --compress zstd": [], "shard --seed 1": []}
    for i in range(ROUNDS):
        for name in seconds:
            words = name.split()
            where = ["-o", os.path.join(scratch, f"{'_'.join(words)}-{i}")] if words[0] == "shard" else ["--format", "u16"]
            seconds[name].append(measure.run_once(tool(words[0], "-j", "1", "--tokenizer", tokenizer, *words[1:], *where, docs))[0])
    return {name: min(rows) for name, rows in seconds.items()}


def main():
    source = os.path.join(DATA, "text", "text_dev.jsonl.zst")
    if not os.path.exists(source):
        print(f"skipped: no {source}")
        return 77
    with tempfile.TemporaryDirectory(dir=os.path.join(BUILD)) as scratch:
        docs, tokenizer, shards = (os.path.join(scratch, name) for name in ("docs.jsonl", "tok", "set"))
        with open(docs, "wb") as out:
            subprocess.run(["zstd", "-dc", source], stdout=out, check=True)
        subprocess.run(tool("tokenizer-train", "--vocab-size", "32000", "-o", tokenizer, docs), check=True)
        subprocess.run(tool("shard", "-t", tokenizer, "-o", shards, docs), check=True)
        room = json.loads(subprocess.run([os.path.join(BUILD, "bin", "shard_speed"), shards, scratch], check=True,
                                         capture_output=True).stdout)
        run = end_to_end(docs, tokenizer, scratch)
        size = os.path.getsize(docs)
    plain, packed = room["plain"], room["zstd"]
    print(f"{room['tokens']:,} tokens x {room['copies']} of {room['token_bytes']} bytes; CPU time, one thread, best of the rounds")
    print(f"{'':34}{'plain':>12}{'zstd':>12}")
    for label, key, unit in (("writing from ids, MB/s of tokens", "write_mb_s", 1), ("shard verify, MB/s of tokens", "verify_mb_s", 1),
                             ("windows of 1,024 in feed order, /s", "windows_s", 1), ("  tokens/s (millions)", "shuffled_tokens_s", 1e6),
                             ("windows in file order, tokens/s (M)", "sequential_tokens_s", 1e6), ("stored, MB", "stored_bytes", 1e6)):
        print(f"{label:36}{plain[key] / unit:10,.1f}{packed[key] / unit:12,.1f}")
    print(f"ratio of zstd                       {plain['stored_bytes'] / packed['stored_bytes']:10.3f}")
    print(f"opening 10,000 shards, s            {room['open_10000_s']:10.3f}")
    for name, seconds in run.items():
        print(f"{name:24} {size / seconds / 1e6:8.1f} MB/s of JSONL  {room['tokens'] / seconds / 1e6:7.2f} M tokens/s  "
              f"x {seconds / run['encode']:.3f} of encode")
    os.makedirs(os.path.join(BUILD, "bench"), exist_ok=True)
    with open(os.path.join(BUILD, "bench", "shard.json"), "w", encoding="utf-8") as out:
        json.dump({"room": room, "end_to_end_cpu_s": run, "jsonl_bytes": size}, out, indent=1)
    return 0


sys.exit(main())
