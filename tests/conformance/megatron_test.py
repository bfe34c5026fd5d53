# SPDX-License-Identifier: MIT
"""Our shards through an independent reader of Megatron-LM's .idx and .bin, against what `tokenizers` encodes.

1. Tokens and document ends equal those of Hugging Face's tokenizers, for one shard and for many.
2. The bytes are the same for -j 1 and 2, and for one input file and three.
3. Lists of ids, imported, give the same .bin and .idx; both dtypes.
4. A killed run does not pass for a finished one, and a rerun goes on; a flipped bit is found, with its file.

Needs tokenizers and numpy. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import glob
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers, trainers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = os.path.abspath(os.environ.get("SEIMAI_BIN", os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin")))
DTYPES = {1: np.uint8, 2: np.int8, 3: np.int16, 4: np.int32, 5: np.int64, 6: np.float64, 7: np.float32, 8: np.uint16}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def tool(name, *args, **more):
    return subprocess.run([os.path.join(BIN, f"seimai-{name}"), *args], capture_output=True, text=True, **more)


def must(name, *args):
    done = tool(name, *args)
    check(done.returncode == 0, f"{name} {args}: exit {done.returncode}: {done.stderr}")
    return done


def read_megatron(prefix):
    """The sequences of PREFIX.idx and PREFIX.bin, from the published layout and nothing else."""
    with open(prefix + ".idx", "rb") as f:
        blob = f.read()
    assert blob[:9] == b"MMIDIDX\x00\x00", blob[:9]
    version, code, count, documents = struct.unpack_from("<QBQQ", blob, 9)
    assert version == 1
    lengths = np.frombuffer(blob, np.int32, count, 34)
    pointers = np.frombuffer(blob, np.int64, count, 34 + 4 * count)
    index = np.frombuffer(blob, np.int64, documents, 34 + 12 * count)
    assert len(blob) == 34 + 12 * count + 8 * documents
    assert index[0] == 0 and index[-1] == count
    data = np.fromfile(prefix + ".bin", DTYPES[code])
    size = DTYPES[code]().itemsize
    assert lengths.sum() == len(data)
    return [data[p // size:p // size + n].astype(np.int64) for p, n in zip(pointers, lengths)], code


def read_meta(path):
    """(id, text bytes, characters) of each sequence of a .meta file, from the layout in seimai/shard.h."""
    with open(path, "rb") as f:
        blob = f.read()
    assert blob[:8] == b"SMSHARD\0" and struct.unpack_from("<I", blob, 8)[0] == 1
    count, sections = struct.unpack_from("<Q", blob, 64)[0], {}
    assert struct.unpack_from("<Q", blob, 72)[0] == len(blob)
    for i in range(struct.unpack_from("<I", blob, 48)[0]):
        kind, _, offset, size, _ = struct.unpack_from("<IIqqQ", blob, 128 + 32 * i)
        assert offset % 64 == 0
        sections[kind] = blob[offset:offset + size]
    numbers = {kind: np.frombuffer(sections[kind], "<u8") for kind in (2, 3, 4)}
    assert all(len(n) == count for n in numbers.values())
    starts = np.concatenate([[0], numbers[4][:-1].astype(np.int64)])
    ids = [sections[5][a:b].decode() for a, b in zip(starts, numbers[4].astype(np.int64))]
    return list(zip(ids, numbers[2].tolist(), numbers[3].tolist()))


def read_set(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as f:
        manifest = json.load(f)
    assert manifest["complete"]
    sequences = []
    for shard in manifest["shards"]:
        here, code = read_megatron(os.path.join(folder, shard["name"]))
        assert code == {"u16": 8, "i32": 4}[manifest["dtype"]]
        check(len(here) == shard["sequences"], "the manifest counts other sequences")
        sequences += here
    return manifest, sequences


def make_documents(rng, count):
    kana = "あいうえおかきくけこさしすせそ日本語東京学校カタカナ。、「」々〇abc 123\n"
    documents = []
    for i in range(count):
        n = rng.choice([0, 1, 5, 80, 400]) if i else 3000
        text = "".join(rng.choice(kana) for _ in range(n))
        if i % 7 == 0:
            text += "<|endoftext|> は文字のまま 🍙"
        documents.append({"id": f"文書/{i}", "text": text})
    return documents


def make_tokenizer(folder, documents):
    """Byte-level BPE with GPT-2's pre-tokenizer, trained and saved by the peer."""
    tok = tokenizers.Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=800, special_tokens=["<|endoftext|>"], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tok.train_from_iterator((d["text"].replace("<|endoftext|>", "") for d in documents), trainer)
    os.makedirs(folder)
    tok.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as f:
        json.dump({"eos_token": "<|endoftext|>"}, f)
    tok.encode_special_tokens = True  # strings of specials inside a text are text
    return tok


def write_lines(path, values):
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(v, ensure_ascii=False) + "\n" for v in values)
    return path


def same_files(a, b, endings):
    names = sorted(os.path.basename(p) for e in endings for p in glob.glob(os.path.join(a, "*" + e)))
    other = sorted(os.path.basename(p) for e in endings for p in glob.glob(os.path.join(b, "*" + e)))
    check(names == other and names, f"{a} and {b} hold other files")
    for name in names:
        with open(os.path.join(a, name), "rb") as x, open(os.path.join(b, name), "rb") as y:
            check(x.read() == y.read(), f"{name} differs between {a} and {b}")


def tokens_equal_the_peers(root, docs, documents, want):
    for shard_tokens in (10**9, 700):
        out = os.path.join(root, f"set-{shard_tokens}")
        must("shard", "--tokenizer", f"{root}/tok", "-o", out, "--shard-tokens", str(shard_tokens), docs)
        manifest, sequences = read_set(out)
        stream = np.concatenate(sequences)
        check(np.array_equal(stream, np.concatenate(want)), f"tokens differ ({shard_tokens} a shard)")
        check(manifest["documents"] == len(documents), "documents are miscounted")
        check(manifest["text_bytes"] == sum(len(d["text"].encode()) for d in documents), "text bytes are miscounted")
        check(manifest["characters"] == sum(len(d["text"]) for d in documents), "characters are miscounted")
        if shard_tokens > 10**6:
            check(len(sequences) == len(want) and all(map(np.array_equal, sequences, want)), "document ends differ")
            meta = read_meta(os.path.join(out, manifest["shards"][0]["name"] + ".meta"))
            facts = [(d["id"], len(d["text"].encode()), len(d["text"])) for d in documents]
            check(meta == facts, "ids, text bytes or characters of documents differ")
        else:
            check(len(manifest["shards"]) > 3, "one shard only")
            check(all(s["tokens"] <= shard_tokens for s in manifest["shards"]), "a shard is too long")
        done = must("shard-verify", out)
        check("sound" in done.stderr, "verify does not say that the set is sound")


def bytes_do_not_depend_on_threads(root, docs, documents):
    parts = [write_lines(f"{root}/part-{i}.jsonl", documents[i * 40:(i + 1) * 40 if i < 2 else None]) for i in range(3)]
    base = ["--tokenizer", f"{root}/tok", "--shard-tokens", "700"]
    must("shard", *base, "-j", "1", "-o", f"{root}/one", docs)
    must("shard", *base, "-j", "2", "-o", f"{root}/two", docs)
    must("shard", *base, "-j", "2", "-o", f"{root}/parts", *parts)
    for other in ("two", "parts"):
        same_files(f"{root}/one", f"{root}/{other}", [".bin", ".idx", ".meta", ".json"])


def a_share_goes_to_validation(root, docs, documents):
    must("shard", "--tokenizer", f"{root}/tok", "--validation", "0.2", "-o", f"{root}/divided", docs)
    train, valid = read_set(f"{root}/divided/train")[0], read_set(f"{root}/divided/valid")[0]
    check(train["documents"] + valid["documents"] == len(documents), "documents were lost in the division")
    check(.05 < valid["documents"] / len(documents) < .4, "the share of validation is far off")


def imported_ids_give_the_same(root, documents, want):
    lists = [{"id": d["id"], "ids": w[:-1].tolist()} for d, w in zip(documents, want)]
    path = write_lines(f"{root}/ids.jsonl", lists)
    vocab = str(read_set(f"{root}/one")[0]["vocab_size"])
    must("shard-import", "--vocab", vocab, "--eot", "0", "--shard-tokens", "700", "-o", f"{root}/imported", path)
    same_files(f"{root}/one", f"{root}/imported", [".bin", ".idx"])
    must("shard-import", "--vocab", "65500", "--eot", "0", "-o", f"{root}/wide", path)
    manifest, sequences = read_set(f"{root}/wide")
    check(manifest["dtype"] == "i32" and all(map(np.array_equal, sequences, want)), "i32 tokens differ")
    np.concatenate(want).astype("<u2").tofile(f"{root}/raw.bin")
    must("shard-import", "--from", "nanogpt", "--vocab", vocab, "--eot", "0", "-o", f"{root}/raw", f"{root}/raw.bin")
    check(all(map(np.array_equal, read_set(f"{root}/raw")[1], want)), "bare tokens differ")


def a_killed_run_goes_on(root, docs):
    """What is left says that it is not finished; the same input again gives the bytes of one run."""
    out = f"{root}/killed"
    args = ["--tokenizer", f"{root}/tok", "--shard-tokens", "200000"]
    with open(docs, "rb") as f:
        data = f.read()
    data *= 8 * 2**20 // len(data)  # some blocks of the runner
    run = subprocess.Popen([os.path.join(BIN, "seimai-shard"), *args, "-o", out], stdin=subprocess.PIPE)
    run.stdin.write(data)
    run.stdin.flush()
    deadline = time.monotonic() + 30
    while not glob.glob(out + "/*.idx") and time.monotonic() < deadline:
        time.sleep(.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdin.close()
    check(glob.glob(out + "/*.idx"), "no shard was finished before the kill")
    if os.path.exists(out + "/manifest.json"):
        with open(out + "/manifest.json", encoding="utf-8") as f:
            manifest = json.load(f)
        check(not manifest["complete"] and "unfinished" in manifest, "a killed run passes for a finished one")
    check(tool("shard-verify", out).returncode == 1, "a killed run passes for a finished set")
    subprocess.run([os.path.join(BIN, "seimai-shard"), "-q", *args, "-o", out], input=data, check=True)
    subprocess.run([os.path.join(BIN, "seimai-shard"), "-q", *args, "-o", f"{root}/undisturbed"], input=data, check=True)
    must("shard-verify", out)
    same_files(out, f"{root}/undisturbed", [".bin", ".idx", ".meta", ".json"])


def a_flipped_bit_is_found(root, rng):
    for path in filter(os.path.isfile, sorted(glob.glob(f"{root}/one/*"))):
        with open(path, "r+b") as f:
            place = rng.randrange(os.path.getsize(path))
            f.seek(place)
            byte = f.read(1)[0]
            f.seek(place)
            f.write(bytes([byte ^ 1 << rng.randrange(8)]))
            f.flush()
            done = tool("shard-verify", f"{root}/one")
            check(done.returncode == 1 and os.path.basename(path) in done.stderr,
                  f"{path}: byte {place}: exit {done.returncode}: {done.stderr}")
            f.seek(place)
            f.write(bytes([byte]))
    must("shard-verify", f"{root}/one")


def main():
    if not os.path.exists(os.path.join(BIN, "seimai-shard")):
        print("skipped: seimai-shard is not built")
        sys.exit(77)
    rng = random.Random(11)
    documents = make_documents(rng, 120)
    with tempfile.TemporaryDirectory() as root:
        docs = write_lines(f"{root}/docs.jsonl", documents)
        tok = make_tokenizer(f"{root}/tok", documents)
        eot = tok.token_to_id("<|endoftext|>")
        want = [np.array(tok.encode(d["text"]).ids + [eot], np.int64) for d in documents]
        tokens_equal_the_peers(root, docs, documents, want)
        bytes_do_not_depend_on_threads(root, docs, documents)
        a_share_goes_to_validation(root, docs, documents)
        imported_ids_give_the_same(root, documents, want)
        a_killed_run_goes_on(root, docs)
        a_flipped_bit_is_found(root, rng)
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
