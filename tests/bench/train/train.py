"""Runs step.c and peer.py in turn, on one thread and on two, and prints the medians. SPDX-License-Identifier: MIT"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("SEIMAI_BUILD", SOURCE / "build"))
PEER = SOURCE / "build/venv-peers/bin/python"
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def rounds_of(command):
    out = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def main():
    figures = {}
    print(f"{'8.9 M, B 8, T 256':20} {'threads':>7} {'tok/s':>8} {'GF/s':>7} {'of sgemm 4096':>14}")
    for threads in (1, 2):
        ours = rounds_of([BUILD / "nn_step_bench", threads, ROUNDS])
        rate = median(ours, "rate")
        figures[f"seimai-{threads}"] = ours
        print(f"{'seimai':20} {threads:7} {median(ours, 'tok_s'):8.0f} {median(ours, 'gflops'):7.1f} {rate:14.3f}")
        if not PEER.exists():
            continue
        peer = rounds_of([PEER, HERE / "peer.py", threads, ROUNDS])
        figures[f"pytorch-{threads}"] = peer
        share = median(peer, "gflops") / median(ours, "peak")
        print(f"{'PyTorch':20} {threads:7} {median(peer, 'tok_s'):8.0f} {median(peer, 'gflops'):7.1f} {share:14.3f}")
    (BUILD / "bench-train.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {BUILD / 'bench-train.json'}")


main()
