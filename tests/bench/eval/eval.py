#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Items a second of `seimai eval --task choice` and of lm-evaluation-harness (its Hugging Face backend on CPU).

    eval.py [--items N] [--threads N] [--batch N] [--model small|medium] [--rounds N]

The items are JCommonsenseQA's two-way choices (preference/), the model is random, its tokenizer of ours is trained on
text/text_dev. Both score the same requests in turns; log-likelihoods must agree within 1e-3. What is timed: of the harness its
loglikelihood() of all requests, tokenisation included, without imports and loading; of ours the whole process. Wall clock
and CPU time (user and system, all threads) of the fastest round; on a busy machine only the CPU time says something.
"""
import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
logging.disable(logging.WARNING)
try:
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DATA = os.environ.get("SEIMAI_DATA", os.path.join(SOURCE, "..", "shared", "data"))
BUILD = os.path.abspath(os.environ.get("SEIMAI_BUILD", os.path.join(SOURCE, "build", "gcc")))
MODELS = {"small": (256, 704, 6, 8), "medium": (512, 1408, 8, 8)}  # hidden, inner, layers, heads
VOCABULARY = 16384


def unpacked(name, lines=None):
    with subprocess.Popen(["zstd", "-dc", os.path.join(DATA, name)], stdout=subprocess.PIPE) as reader:
        for i, line in enumerate(reader.stdout):
            if lines is not None and i == lines:
                reader.kill()
                return
            yield line


def make_model(folder, size):
    hidden, inner, layers, heads = MODELS[size]
    text = b"".join(unpacked("text/text_dev.jsonl.zst", 1500))
    subprocess.run([os.path.join(BUILD, "bin", "seimai-tokenizer-train"), "-q", "--vocab-size", str(VOCABULARY), "-o", folder],
                   input=text, check=True)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads,
        max_position_embeddings=1024, bos_token_id=0, eos_token_id=0)).float().eval()
    model.save_pretrained(folder)
    return model, PreTrainedTokenizerFast.from_pretrained(folder)


def measured(work):
    """(what it gives, wall seconds, CPU seconds of this process and its children)."""
    def used():
        return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    cpu, wall = used(), time.perf_counter()
    result = work()
    return result, time.perf_counter() - wall, used() - cpu


def by_harness(harness, items):
    asked = [Instance("loglikelihood", {}, (item["prompt"], item[key]), i)
             for i, item in enumerate(items) for key in ("chosen", "rejected")]
    return [value for value, _ in harness.loglikelihood(asked, disable_tqdm=True)]


def by_seimai(folder, path, threads):
    out = os.path.join(folder, "out.jsonl")
    subprocess.run([os.path.join(BUILD, "bin", "seimai-eval"), "-q", "-m", folder, "--task", "choice", "-j", str(threads),
                    "--resamples", "0", "-o", out, path], check=True, stdout=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as file:
        return [choice["logp"] for line in file for choice in json.loads(line)["choices"]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32, help="of the harness")
    parser.add_argument("--model", choices=MODELS, default="medium")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(prefix="seimai-bench-") as folder:
        model, tokenizer = make_model(folder, options.model)
        lines = [line for line in unpacked("preference/preference_pairs.jsonl.zst") if b"JCommonsenseQA" in line][:options.items]
        path = os.path.join(folder, "items.jsonl")
        with open(path, "wb") as file:
            file.writelines(lines)
        items = [json.loads(line) for line in lines]
        harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=options.batch, device="cpu", max_length=1024)
        best = {}
        for _ in range(options.rounds):
            theirs, *their_times = measured(lambda: by_harness(harness, items))
            ours, *our_times = measured(lambda: by_seimai(folder, path, options.threads))
            for name, times in (("lm-eval", their_times), ("seimai", our_times)):
                best[name] = [min(pair) for pair in zip(times, best.get(name, times))]
        apart = max(abs(a - b) for a, b in zip(theirs, ours, strict=True))
    print(f"{len(items)} items, {2 * len(items)} requests, model {options.model}, {options.threads} threads, "
          f"log-likelihoods {apart:.1e} apart at most")
    print(f"{'':10}{'wall s':>9}{'items/s':>9}{'CPU s':>9}{'items/CPU s':>13}")
    for name, (wall, cpu) in best.items():
        print(f"{name:10}{wall:9.2f}{len(items) / wall:9.1f}{cpu:9.2f}{len(items) / cpu:13.1f}")
    ratios = [a / b for a, b in zip(best["lm-eval"], best["seimai"])]
    print(f"{'ratio':10}{ratios[0]:9.2f}{'':9}{ratios[1]:9.2f}")
    with open(os.path.join(BUILD, "bench-eval.json"), "w", encoding="utf-8") as file:
        json.dump({"model": options.model, "items": len(items), "threads": options.threads, "seconds": best, "wall_ratio": ratios[0],
                   "cpu_ratio": ratios[1]}, file)
    return 1 if apart > 1e-3 else 0


if __name__ == "__main__":
    sys.exit(main())
