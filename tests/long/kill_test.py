# SPDX-License-Identifier: MIT
"""Killed at random moments, with kill -9: nothing that looks finished is left unless it is, and a rerun (train: a
resume) ends with the bytes of a run that nobody disturbed.

ROUNDS (default 12) kills a tool; the moments are drawn from a fixed seed over the length of an undisturbed run.
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure.
"""
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

BIN = os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin")
ROUNDS = int(os.environ.get("ROUNDS", "12"))
WORDS = "精米 玄米 ぬか 水 田 稲 の は を に と が です ます した する 白い 古い 研ぐ 炊く 、 。".split()
MODEL = {"model_type": "llama", "vocab_size": 512, "hidden_size": 32, "intermediate_size": 64,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
         "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
         "initializer_range": 0.02, "tie_word_embeddings": True}
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(("ok " if holds else "not ok ") + name)


def tool(name, *arguments):
    return [os.path.join(BIN, "seimai-" + name), "-q", *arguments]


def run(command):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def run_killed(command, seconds):
    """Starts the command and kills it after so many seconds; true if it had not ended by then."""
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        child.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return True


def duration(command):
    start = time.monotonic()
    run(command)
    return time.monotonic() - start


def digest(folder, names=None):
    """Hashes of the files under a folder (or a file), by relative name."""
    if os.path.isfile(folder):
        return hashlib.sha256(open(folder, "rb").read()).hexdigest()
    found = {}
    for where, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(where, name)
            if names is None or name in names:
                found[os.path.relpath(path, folder)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return found


def write_corpus(path, documents):
    source = random.Random(7)
    with open(path, "w") as out:
        for i in range(documents):
            text = "".join(source.choice(WORDS) for _ in range(source.randrange(20, 400)))
            out.write(json.dumps({"id": f"d{i}", "text": text}, ensure_ascii=False) + "\n")


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    if os.path.exists(path):
        os.unlink(path)


def kill_and_rerun(name, command, output, finished):
    """`finished` is the path whose presence says that the output is whole."""
    remove(output)
    whole = duration(command)
    want = digest(output)
    moments = random.Random(11)
    killed = looks_finished = differs = 0
    for _ in range(ROUNDS):
        remove(output)
        if run_killed(command, whole * moments.random()):
            killed += 1
            looks_finished += os.path.exists(finished) and digest(output) != want
        if os.path.exists(finished):
            remove(output)
        run(command)  # over what the killed run left
        differs += digest(output) != want
    print(f"{name}: {killed} of {ROUNDS} killed before the end")
    check(f"{name}: some runs were killed", killed > 0)
    check(f"{name}: nothing looks finished that is not", looks_finished == 0)
    check(f"{name}: a rerun gives the same bytes", differs == 0)


def metrics(run_folder):
    """metrics.jsonl without what depends on the clock."""
    rows = [json.loads(line) for line in open(os.path.join(run_folder, "metrics.jsonl"))]
    return [{k: v for k, v in row.items() if k not in ("tok_s", "gflops", "wall")} for row in rows]


def kill_and_resume(folder, shards):
    with open(os.path.join(folder, "model.json"), "w") as out:
        json.dump(MODEL, out)

    def train(output, *more):
        return tool("train", "--data", shards, "--model", os.path.join(folder, "model.json"), "--steps", "300",
                    "--length", "32", "--batch", "4", "--leaf", "2", "--warmup", "10", "--save-every", "20",
                    "--eval-every", "100", "-o", output, *more)

    whole = duration(train(os.path.join(folder, "whole"), "-j", "1"))
    want = digest(os.path.join(folder, "whole", "checkpoints", "step-300"), ("model.safetensors", "optimizer.safetensors"))
    moments = random.Random(13)
    output = os.path.join(folder, "killed")
    kills = 0
    for i in range(ROUNDS):
        kills += run_killed(train(output, "-j", str(1 + i % 2)), whole * 0.3 * moments.random())
    run(train(output))
    print(f"train: killed {kills} times")
    check("train: some runs were killed", kills > 0)
    check("train: weights and optimizer are those of the undisturbed run",
          digest(os.path.join(output, "checkpoints", "step-300"), ("model.safetensors", "optimizer.safetensors")) == want)
    check("train: the log too", metrics(output) == metrics(os.path.join(folder, "whole")))


def main():
    with tempfile.TemporaryDirectory() as folder:
        corpus, tokenizer = os.path.join(folder, "corpus.jsonl"), os.path.join(folder, "tok")
        write_corpus(corpus, 30000)
        run(tool("tokenizer-train", "--vocab-size", "512", "-o", tokenizer, corpus))
        unique, shards = os.path.join(folder, "unique.jsonl.zst"), os.path.join(folder, "shards")
        kill_and_rerun("dedup", tool("dedup", "-o", unique, corpus), unique, unique)
        kill_and_rerun("tokenizer-train", tool("tokenizer-train", "--vocab-size", "600", "-o", os.path.join(folder, "t2"), corpus),
                       os.path.join(folder, "t2"), os.path.join(folder, "t2", "seimai.json"))
        run(tool("shard", "--tokenizer", tokenizer, "--shard-tokens", "200000", "-o", shards, corpus))
        kill_and_resume(folder, shards)
    print(f"{checks - failures} passed, {failures} failed")
    return failures > 0


sys.exit(main())
