# SPDX-License-Identifier: MIT
"""Ours and llama.cpp's in turns: generate.py [--models 9m,124m] [--threads 1,2] [--streams 1,32] [--rounds 3] [--tokens 48]

The peers' Python is PEER_PYTHON, else build/venv-peers/bin/python; without llama_cpp ours is measured alone. The head of the
exported model must have all ids, so the tokenizer is widened with unused ones to the model's vocabulary.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["SEIMAI_BUILD"]).resolve()
ROOT = HERE.parents[2]
PEER = os.environ.get("PEER_PYTHON", str(ROOT / "build/venv-peers/bin/python"))
NUMPY = os.environ.get("TEST_PYTHON", str(ROOT / "build/venv/bin/python"))
PROMPT = 32


def widen(folder, vocabulary):
    """Unused added tokens up to the model's vocabulary."""
    path = folder / "tokenizer.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    known = max(max(data["model"]["vocab"].values()), *(t["id"] for t in data["added_tokens"]))
    data["added_tokens"] += [{"id": i, "content": f"<|unused_{i}|>", "single_word": False, "lstrip": False, "rstrip": False,
                              "normalized": False, "special": True} for i in range(known + 1, vocabulary)]
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def make(name):
    """The model's directory and its GGUF, made once."""
    folder, gguf = BUILD / f"bench-generate-{name}", BUILD / f"bench-generate-{name}.gguf"
    config = HERE / "configs" / f"llama-{name}.json"
    if not gguf.exists():
        text = "".join(json.dumps({"text": f"今日は天気がよいので散歩に行った。犬と猫の話 {i}"}, ensure_ascii=False) + "\n" for i in range(200))
        subprocess.run([BUILD / "bin/seimai-tokenizer-train", "-q", "--vocab-size", "512", "-o", folder], input=text.encode(), check=True)
        subprocess.run([NUMPY, HERE / "make_model.py", config, folder], check=True)
        widen(folder, json.loads(config.read_text())["vocab_size"])
        subprocess.run([BUILD / "bin/seimai-model-export", "--to", "gguf", "-q", folder, "-o", gguf], check=True)
    return folder, gguf


def measure(command):
    env = dict(os.environ)
    if "PEER_PATH" in env:
        env["PYTHONPATH"] = env["PEER_PATH"]
    return json.loads(subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env,
                                     check=True).stdout.splitlines()[-1])


def has_peer():
    try:
        return subprocess.run([PEER, "-c", "import llama_cpp"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def one(name, threads, streams, rounds, tokens, peer):
    folder, gguf = make(name)
    sizes = (threads, streams, PROMPT, tokens)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(measure([BUILD / "gen_bench", folder, *sizes]))
        if peer:
            theirs.append(measure([PEER, HERE / "peer.py", gguf, *sizes]))
    row = {"model": name, "threads": threads, "streams": streams}
    for key in ("step_s", "prompt_s"):
        row[key] = statistics.median(r[key] for r in ours)
        if peer:
            row["llama.cpp " + key] = statistics.median(r[key] for r in theirs)
            row["ratio " + key] = statistics.median(a[key] / b[key] for a, b in zip(ours, theirs))
    if peer:
        same = [a == b for a, b in zip(ours[0]["ids"], theirs[0]["ids"])]
        row["same ids"] = same.index(False) if False in same else len(same)
    return row


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--models", default="9m,124m")
    options.add_argument("--threads", default="1,2")
    options.add_argument("--streams", default="1,32")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--tokens", type=int, default=48)
    given = options.parse_args()
    peer, rows = has_peer(), []
    if not peer:
        print("llama_cpp is missing: ours alone", file=sys.stderr)
    print(f"{'model':6} {'threads':>7} {'streams':>7} {'tok/s':>9} {'llama.cpp':>9} {'ratio':>6} {'prompt tok/s':>12} {'llama.cpp':>9} {'ratio':>6}")
    for name in given.models.split(","):
        for threads in map(int, given.threads.split(",")):
            for streams in map(int, given.streams.split(",")):
                r = one(name, threads, streams, given.rounds, given.tokens, peer)
                rows.append(r)
                print(f"{name:6} {threads:7} {streams:7} {r['step_s']:9.1f} {r.get('llama.cpp step_s', 0):9.1f} {r.get('ratio step_s', 0):6.2f}"
                      f" {r['prompt_s']:12.1f} {r.get('llama.cpp prompt_s', 0):9.1f} {r.get('ratio prompt_s', 0):6.2f}", flush=True)
    (BUILD / "bench-generate.json").write_text(json.dumps(rows, indent=1) + "\n")


main()
