"""What a step of fine-tuning costs, ours and PEFT's, in rounds by turns: tokens a second, peak memory, trained share.

    finetune.py [--rounds N] [--threads 1,2] [MODEL…]          models of ../train/configs

Prints a table and writes bench-finetune.json into the build folder. SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("SEIMAI_BUILD", SOURCE / "build"))
PEER = SOURCE / "build/venv-peers/bin/python"
BATCHES = {"llama-9m": (8, 256), "llama-124m": (4, 256)}
OURS = {"full": ["full"], "lora": ["lora", "f32"], "lora, base bf16": ["lora", "bf16"], "lora, base int8": ["lora", "int8"],
        "lower half frozen": ["*.layers.[0-{half}].*"]}
THEIRS = {"PyTorch full": ["full"], "PEFT lora": ["lora"]}


class Runner:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command, threads):
        env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.rounds = []
        self.process = subprocess.Popen([str(word) for word in command], env=env, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def round(self):
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        line = self.process.stdout.readline()
        if line:
            self.rounds.append(json.loads(line))
        return bool(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def commands(folder, B, T, threads, half):
    for name, words in OURS.items():
        yield name, [BUILD / "nn_lora_bench", folder, B, T, threads, *(w.format(half=half) for w in words)]
    for name, words in THEIRS.items():
        yield name, [PEER, HERE / "peer.py", folder, B, T, threads, *words]


def measure(folder, B, T, threads, options, half):
    runners = {name: Runner(command, threads) for name, command in commands(folder, B, T, threads, half)}
    for name, runner in list(runners.items()):
        if not runner.round():  # one that is not counted
            print(f"  {name}: left out", file=sys.stderr)
            del runners[name]
            continue
        runner.rounds.clear()
    for _ in range(options.rounds):
        for runner in runners.values():
            runner.round()
    for runner in runners.values():
        runner.close()
    return {name: runner.rounds for name, runner in runners.items()}


def table(model, threads, found):
    rows = []
    peer = found.get("PEFT lora")
    for name, rounds in found.items():
        speed, last = statistics.median(r["tok_s"] for r in rounds), rounds[-1]
        row = {"model": model, "threads": threads, "who": name, "tok_s": speed, "loss": last["loss"],
               "memory": max(r["memory"] for r in rounds), "trained": last["trained"], "parameters": last["parameters"]}
        if peer:  # round by round, since neighbours disturb both alike
            row["of_peft"] = statistics.median(a["tok_s"] / b["tok_s"] for a, b in zip(rounds, peer))
            row["memory_of_peft"] = row["memory"] / max(r["memory"] for r in peer)
        print(f"{model:11} {threads:7} {name:18} {100 * row['trained'] / row['parameters']:9.3f} {speed:9.0f} "
              f"{row['memory'] / 1e6:8.0f} {row.get('of_peft', 0):9.2f} {row.get('memory_of_peft', 0):9.2f} "
              f"{row['loss']:9.5f}", flush=True)
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=list(BATCHES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", default="1,2")
    options = parser.parse_args()
    figures = []
    print(f"{'model':11} {'threads':>7} {'who':18} {'% trained':>9} {'tokens/s':>9} {'peak MB':>8} {'x PEFT':>9} "
          f"{'x memory':>9} {'loss':>9}")
    for model in options.models:
        B, T = BATCHES[model]
        config = HERE.parent / "train/configs" / f"{model}.json"
        half = json.loads(config.read_text())["num_hidden_layers"] // 2 - 1
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([PEER, HERE / "peer.py", "--make", config, folder], check=True, stderr=subprocess.DEVNULL)
            for threads in map(int, options.threads.split(",")):
                figures += table(model, threads, measure(folder, B, T, threads, options, half))
    (BUILD / "bench-finetune.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {BUILD / 'bench-finetune.json'}")


main()
