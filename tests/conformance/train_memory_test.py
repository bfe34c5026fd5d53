# SPDX-License-Identifier: MIT
"""The memory that `seimai train` announces, beside what the process takes: within 5 %.

Models of a few million parameters, with and without recomputation and Muon, with one leaf and with several, are trained for
some steps; /proc tells the anonymous memory of the process again and again (files that are mapped do not count), and the
largest is compared with the line that was printed before the first step. Skips (77) where there is no /proc.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

BIN = os.path.join(os.path.abspath(os.environ.get("SEIMAI_BUILD", "build")), "bin")
LLAMA = {"model_type": "llama", "vocab_size": 4096, "hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 6,
         "num_attention_heads": 3, "num_key_value_heads": 3, "max_position_embeddings": 256, "tie_word_embeddings": True}
GPT2 = {"model_type": "gpt2", "vocab_size": 4096, "n_embd": 192, "n_layer": 6, "n_head": 3, "n_positions": 256}
RUNS = {"llama": (LLAMA, ["--leaf", "4", "-j", "1"]), "one leaf": (LLAMA, ["--leaf", "8", "-j", "2"]),
        "recomputed, Muon": (LLAMA, ["--leaf", "2", "-j", "2", "--recompute", "--optimizer", "muon"]),
        "gpt2": (GPT2, ["--leaf", "4", "-j", "2"]),
        "adapter": (LLAMA, ["--leaf", "4", "-j", "2", "--init", "{}/llama/model", "--lora-rank", "8"]),
        "adapter, int8": (LLAMA, ["--leaf", "4", "-j", "2", "--init", "{}/llama/model", "--lora-rank", "8", "--base", "int8"])}
failures = 0


def make_shards(folder):
    path = os.path.join(folder, "ids.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for i in range(100):
            file.write(json.dumps({"id": str(i), "ids": [1 + (i * 7919 + k * 31) % 4095 for k in range(400)]}) + "\n")
    subprocess.run([f"{BIN}/seimai-shard-import", "--vocab", "4096", "--eot", "0", "-o", f"{folder}/shards", path], check=True)


def anonymous(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])
    except (OSError, TypeError):
        return 0  # it has ended


def measure(folder, name, model, options):
    global failures
    config = f"{folder}/{name}.json"
    with open(config, "w", encoding="utf-8") as file:
        json.dump(model, file)
    command = [f"{BIN}/seimai-train", "--data", f"{folder}/shards", "--model", config, "-o", f"{folder}/{name}", "--steps", "3",
               "--length", "256", "--batch", "8", *[option.format(folder) for option in options]]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        peak = 0
        while run.poll() is None:
            peak = max(peak, anonymous(run.pid))
            time.sleep(.002)
        said = run.stderr.read()
    plan = 1e6 * float(re.search(r"memory ([\d.]+) MB", said)[1])
    good = run.returncode == 0 and abs(peak / plan - 1) <= .05
    failures += not good
    print("ok" if good else "FAILED", f"{name}: {plan / 1e6:.1f} MB planned, {peak / 1e6:.1f} taken")


if not os.path.exists("/proc/self/status"):
    print("skipped: no /proc")
    sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    make_shards(scratch)
    for what, (shape, extra) in RUNS.items():
        measure(scratch, what, shape, extra)
print(f"{failures} failures")
sys.exit(failures > 0)
