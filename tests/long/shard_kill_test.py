# SPDX-License-Identifier: MIT
"""shard, killed with kill -9 at random moments, again and again over what the runs before left.

Plain, in zstd frames, divided into train/ and valid/, and shuffled with repeats. Between the runs the shards that a manifest
lists are whole and stay as they are, and no set passes for a finished one; when a run comes through at last, all bytes are
those of an undisturbed run. ROUNDS (default 12) series a kind, drawn from a fixed seed. SEIMAI_BUILD names the build folder.
Exit 0, 1 on failure.
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
WORDS = "精米 玄米 ぬか 水 田 稲 の は を に と が です ます した する 白い 古い 研ぐ 炊く 、 。 rice".split()
failures = 0


def check(name, holds):
    global failures
    failures += not holds
    print(("ok " if holds else "not ok ") + name)


def tool(name, *args):
    return [os.path.join(BIN, f"seimai-{name}"), "-q", *args]


def write_corpus(path, documents):
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as out:
        for i in range(documents):
            text = "".join(chance.choice(WORDS) for _ in range(chance.randrange(20, 400)))
            size = {"dedup": {"size": chance.randrange(1, 4)}}
            out.write(json.dumps({"id": f"d{i}", "text": text, "metadata": size}, ensure_ascii=False) + "\n")


def files_of(folder):
    """Hashes of all finished files, by relative name."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            if not name.endswith(".part"):
                path = os.path.join(where, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def listed(folder):
    """The files of the shards that manifests list, and how many manifests say that their set is finished."""
    names, finished, sets = [], 0, 0
    for where, _, here in os.walk(folder):
        sets += any(name.endswith(".idx") for name in here)
        if "manifest.json" not in here:
            continue
        with open(os.path.join(where, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        finished += manifest["complete"]
        ending = "bin.zst" if "storage" in manifest else "bin"
        names += [os.path.relpath(os.path.join(where, f"{shard['name']}.{end}"), folder)
                  for shard in manifest["shards"] for end in (ending, "idx", "meta")]
    return names, finished, sets


def count_shards(folder):
    return sum(name.endswith(".idx") for _, _, names in os.walk(folder) for name in names)


def run_killed(command, output, shards, delay):
    """Kills a run some time after there are so many shards; False where it ended before."""
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while child.poll() is None and count_shards(output) < shards:
        time.sleep(.001)
    time.sleep(delay)
    if child.poll() is not None:
        return False
    child.kill()
    child.wait()
    return True


def check_kind(name, command, folder):
    whole, output = os.path.join(folder, "whole"), os.path.join(folder, "out")
    shutil.rmtree(whole, ignore_errors=True)
    subprocess.run(command(whole), check=True)
    want, total = files_of(whole), count_shards(whole)
    kills = gone_on = damaged = too_early = differs = 0
    moments = random.Random(5)
    for _ in range(ROUNDS):
        shutil.rmtree(output, ignore_errors=True)
        for _ in range(4):
            after = moments.randrange(count_shards(output), total + 1)
            if not run_killed(command(output), output, after, moments.random() * .02):
                break
            kills += 1
            found = files_of(output)
            names, finished, sets = listed(output)
            gone_on += bool(names)
            damaged += any(found.get(file) != want[file] for file in names)
            too_early += sets > 0 and finished == sets and found != want
        if files_of(output) != want:  # else it was all done when it was killed
            subprocess.run(command(output), check=True)
        differs += files_of(output) != want
        refused = subprocess.run(command(output), capture_output=True, check=False)
        differs += refused.returncode != 2 or b"finished set" not in refused.stderr
    print(f"{name}: {total} shards, {kills} kills, {gone_on} of them with finished shards")
    check(f"{name}: some runs were killed, and some with finished shards", kills > ROUNDS / 2 and gone_on > 0)
    check(f"{name}: shards that a manifest lists are whole", damaged == 0)
    check(f"{name}: nothing looks finished that is not", too_early == 0)
    check(f"{name}: the bytes are those of an undisturbed run", differs == 0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        corpus, tokenizer = os.path.join(folder, "corpus.jsonl"), os.path.join(folder, "tok")
        write_corpus(corpus, 20000)
        subprocess.run(tool("tokenizer-train", "--vocab-size", "512", "-o", tokenizer, corpus), check=True)
        for name, more in {"plain": [], "zstd": ["--compress", "zstd"], "divided": ["--validation", "0.3", "-j", "2"],
                           "shuffled": ["--seed", "3", "--repeat-by", "metadata.dedup.size", "--memory", "1M"]}.items():
            check_kind(name, lambda out, more=more: tool("shard", "-t", tokenizer, "--shard-tokens", "200000", *more, "-o", out,
                                                         corpus), folder)
    print(f"{failures} failed")
    return failures > 0


sys.exit(main())
