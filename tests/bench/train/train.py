"""What a training step costs, ours and others', model by model on one thread and on two: rounds in turn, medians.

    train.py [--rounds N] [--threads 1,2] [--precision f32] [--llmc PROGRAM] [MODEL…]

llm.c runs gpt2-124m where --llmc (or LLMC=) names its compiled train_gpt2.c. SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import llmc

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("SEIMAI_BUILD", SOURCE / "build"))
PEER = SOURCE / "build/venv-peers/bin/python"
MODELS = ("char6", "llama-9m", "llama-124m", "gpt2-124m")


class Runner:
    """A process that answers each line with a line of JSON; gone where it cannot."""

    def __init__(self, name, command, threads):
        env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.name, self.rounds = name, []
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(word) for word in command], env=env, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)

    def round(self):
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            self.rounds.append(json.loads(line))
        return bool(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.seek(0)
        return (self.log.read().strip().splitlines() or ["no answer"])[-1]


def runners_of(path, B, T, threads, precision):
    """All who run this model. The first is ours, whose rounds measure the yardstick too."""
    name = "" if precision == "f32" else f" {precision}"
    yield Runner(f"seimai{name}", [BUILD / "nn_step_bench", path, B, T, threads, 4096, precision], threads)
    for mode in ("eager", "compiled") if PEER.exists() else ():
        command = [PEER, HERE / "peer.py", path, B, T, threads, mode, precision]
        yield Runner(f"PyTorch {mode}{name}", command, threads)


def measure(path, B, T, threads, options):
    """Rounds in turn: {name: [round…]}."""
    found, rounds, program = {}, options.rounds, options.llmc
    running = [runner for precision in options.precision.split(",")
               for runner in runners_of(path, B, T, threads, precision)]
    for runner in running:  # one that is not counted; the others wait meanwhile
        if not runner.round():
            print(f"  {runner.name}: left out: {runner.close()}", file=sys.stderr)
    running = [runner for runner in running if runner.rounds]
    for runner in running:
        runner.rounds.clear()
    for _ in range(rounds):
        for runner in running:
            runner.round()
    for runner in running:
        runner.close()
        found[runner.name] = runner.rounds
    if program and path.stem == "gpt2-124m":
        found["llm.c"] = llmc.rounds(program, json.loads(path.read_text()), B, T, threads, rounds)
    return found


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def table(name, B, T, threads, found):
    """Prints a block of the table and returns its figures."""
    ours = next(iter(found.values()))
    work = median(ours, "gflops") * median(ours, "seconds")
    peak = median(ours, "peak")
    rows = []
    for who, rounds in found.items():
        seconds, memory = median(rounds, "seconds"), max(row.get("memory", 0) for row in rounds)
        rows.append({"model": name, "B": B, "T": T, "threads": threads, "who": who, "seconds": seconds,
                     "tok_s": B * T / seconds, "gflops": work / seconds, "rate": work / seconds / peak,
                     "sgemm_4096": peak, "memory": memory})
        print(f"{name:11} {B:2} x {T:<5} {threads:7} {who:21} {B * T / seconds:9.0f} {work / seconds:7.1f} "
              f"{work / seconds / peak:9.3f} {memory / 1e6:9.0f} {seconds / median(ours, 'seconds'):8.2f}", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--precision", default="f32", help="f32, bf16, or bf16,f32: both in turn")
    parser.add_argument("--llmc", default=os.environ.get("LLMC"))
    options = parser.parse_args()
    figures = []
    if not options.llmc:
        print("llm.c: left out: no --llmc", file=sys.stderr)
    print(f"{'model':11} {'batch':10} {'threads':>7} {'who':21} {'tokens/s':>9} {'GF/s':>7} {'of sgemm':>9} "
          f"{'peak MB':>9} {'/ ours':>8}")
    for name in options.models:
        path = HERE / "configs" / f"{name}.json"
        for B, T in json.loads(path.read_text())["batches"]:
            for threads in map(int, options.threads.split(",")):
                found = measure(path, B, T, threads, options)
                figures += table(name, B, T, threads, found)
    (BUILD / "bench-train.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {BUILD / 'bench-train.json'}")


main()
