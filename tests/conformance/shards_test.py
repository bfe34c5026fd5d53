# SPDX-License-Identifier: MIT
"""What `shard export` writes, through independent readers of each form; and back by `shard import` and `shard cat`.

Readers written here from the published layouts: Megatron-LM, datatrove, nanoGPT, llm.c, MosaicML Streaming (its own
reader is in peers/), and NumPy's. Sets of 300, 65,499, 65,500, 65,536 and 65,537 ids, with the largest id in use, in
several shards with documents that lie in two of them, and a set with a mask. Sets in zstd frames: `zstd -dc` and, where
pyzstd is there, its reader of zstd's seekable format give the bytes of a plain set. And `shard order`: over whole epochs every
token is a target once, and what it says of a document is what it says of the steps.
SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    import pyzstd
except ImportError:
    pyzstd = None
try:
    import xxhash
except ImportError:
    xxhash = None

BIN = os.path.abspath(os.environ.get("SEIMAI_BIN", os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin")))
EOT = 2
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def tool(name, *args):
    return subprocess.run([os.path.join(BIN, f"seimai-{name}"), *args], capture_output=True, text=True)


def must(name, *args):
    done = tool(name, *args)
    check(done.returncode == 0, f"{name} {args}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def documents(vocab, masks):
    chance = random.Random(vocab)
    for i in range(200):
        n = chance.choice([0, 1, 5, 40, 300]) if not masks else chance.choice([2, 5, 40, 300])
        ids = [chance.randrange(3, vocab) for _ in range(n)]
        if ids and i % 3 == 0:
            ids[-1] = vocab - 1
        doc = {"id": f"文書/{i}", "ids": ids, "text_bytes": 3 * n, "characters": n}
        if masks:
            doc["targets"] = [0] + [chance.randrange(2) for _ in ids[2:]] + [1]
        yield doc


# ---- readers: the documents with their EOT ------------------------------------------------------------

def cut(tokens, ends):
    return [tokens[a:b].tolist() for a, b in zip([0, *ends], ends)]


def read_megatron(folder):
    with open(f"{folder}/x.idx", "rb") as f:
        blob = f.read()
    version, code, count, documents = struct.unpack_from("<QBQQ", blob, 9)
    check(blob[:9] == b"MMIDIDX\0\0" and version == 1 and documents == count + 1, "megatron: header")
    dtype = {4: np.int32, 8: np.uint16}[code]
    lengths = np.frombuffer(blob, np.int32, count, 34)
    offsets = np.frombuffer(blob, np.int64, count, 34 + 4 * count)
    check(np.frombuffer(blob, np.int64, count + 1, 34 + 12 * count).tolist() == list(range(count + 1)), "megatron: documents")
    tokens = np.fromfile(f"{folder}/x.bin", dtype)
    return [tokens[o // dtype().itemsize:][:n].tolist() for o, n in zip(offsets, lengths)]


def read_datatrove(folder):
    with open(f"{folder}/x.ds.metadata", encoding="utf-8") as f:
        lines = f.read().split("\n")
    size = int(lines[0].rsplit("|", 1)[1])
    tokens = np.fromfile(f"{folder}/x.ds", np.uint16 if size == 2 else np.uint32)
    check(int(lines[1]) == len(tokens), "datatrove: metadata")
    return cut(tokens, np.fromfile(f"{folder}/x.ds.index", np.uint64).tolist())


def read_llmc(folder):
    tokens = []
    for name in sorted(os.listdir(folder)):
        head = np.fromfile(f"{folder}/{name}", np.int32, 256)
        here = np.fromfile(f"{folder}/{name}", np.uint16, offset=1024)
        check(head[:3].tolist() == [20240520, 1, len(here)] and not head[3:].any(), f"llmc: {name}: header")
        check(len(here) <= 500, f"llmc: {name}: {len(here)} tokens")
        tokens.append(here)
    return by_eot(np.concatenate(tokens))


def by_eot(tokens):
    return cut(tokens, (np.flatnonzero(tokens == EOT) + 1).tolist())


def read_numpy(folder):
    return cut(np.load(f"{folder}/x.npy"), np.load(f"{folder}/x.ends.npy").tolist())


def read_mds(folder):
    with open(f"{folder}/index.json", encoding="utf-8") as f:
        index = json.load(f)
    check(index["version"] == 2, "mds: version")
    documents = []
    for shard in index["shards"]:
        with open(f"{folder}/{shard['raw_data']['basename']}", "rb") as f:
            blob = f.read()
        check(len(blob) == shard["raw_data"]["bytes"], "mds: bytes")
        count, = struct.unpack_from("<I", blob)
        check(count == shard["samples"], "mds: samples")
        offsets = struct.unpack_from(f"<{count + 1}I", blob, 4)
        config = json.loads(blob[8 + 4 * count:offsets[0]])
        check(config["column_names"] == ["id", "tokens"] and config["format"] == "mds", "mds: config")
        for a, b in zip(offsets, offsets[1:]):
            id_size, size = struct.unpack_from("<II", blob, a)
            check(a + 8 + id_size + size == b, "mds: sizes")
            check(blob[a + 8:a + 8 + id_size].decode() == f"文書/{len(documents)}", "mds: id")
            at = a + 8 + id_size
            kind = blob[at] % 4
            check(blob[at] >> 2 == 1, "mds: one axis")
            n = int.from_bytes(blob[at + 1:at + 1 + (1 << kind)], "little")
            documents.append(np.frombuffer(blob, np.uint32, n, at + 1 + (1 << kind)).tolist())
    return documents


READERS = {"megatron": read_megatron, "datatrove": read_datatrove, "llmc": read_llmc, "numpy": read_numpy, "mds": read_mds,
           "nanogpt": lambda folder: by_eot(np.fromfile(f"{folder}/x.bin", np.uint16))}


# ---- the checks ----------------------------------------------------------------------------------------

def check_vocabulary(scratch, vocab):
    docs = list(documents(vocab, False))
    want = [d["ids"] + [EOT] for d in docs]
    source, shards = f"{scratch}/{vocab}.jsonl", f"{scratch}/{vocab}"
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(d) + "\n" for d in docs)
    must("shard-import", "--vocab", str(vocab), "--eot", str(EOT), "--shard-tokens", "250", "-o", shards, source)
    back = [json.loads(line) for line in must("shard-cat", "--ids", shards).splitlines()]
    check(back == docs, f"{vocab}: cat --ids gives what import was given")
    for form, reader in READERS.items():
        folder = f"{scratch}/{vocab}-{form}"
        done = tool("shard-export", "--to", form, "--name", "x", "--file-tokens", "500", "-o", folder, shards)
        if form in ("nanogpt", "llmc") and vocab > 65536:
            check(done.returncode == 2 and "16 bits" in done.stderr, f"{vocab}: {form} refuses: {done.stderr}")
            continue
        check(done.returncode == 0, f"{vocab}: {form}: {done.stderr}")
        check(reader(folder) == want, f"{vocab}: {form}: documents")
        if form in ("datatrove", "megatron", "llmc", "nanogpt"):
            check_back(folder, form, vocab, want)
        again = tool("shard-export", "--to", form, "--name", "x", "-o", folder, shards)
        check(again.returncode == 2 and "exists" in again.stderr, f"{form}: nothing is overwritten: {again.stderr}")


def check_back(folder, form, vocab, want):
    """Import reads what export wrote; of llm.c's files in their order."""
    files = {"datatrove": ["x.ds"], "megatron": ["x.bin"], "nanogpt": ["x.bin"]}.get(form) or sorted(os.listdir(folder))
    must("shard-import", "--from", form, "--vocab", str(vocab), "--eot", str(EOT), "-o", f"{folder}/back",
         *(f"{folder}/{name}" for name in files))
    got = [json.loads(line)["ids"] + [EOT] for line in must("shard-cat", "--ids", f"{folder}/back").splitlines()]
    if form == "llmc":  # a document longer than a file is cut there
        check(sum(got, []).count(EOT) >= len(want) and [t for d in got for t in d if t != EOT] == [
            t for d in want for t in d if t != EOT], f"{vocab}: {form}: import")
    else:
        check(got == want, f"{vocab}: {form}: import")


def check_mask(scratch):
    docs = list(documents(300, True))
    source, shards = f"{scratch}/mask.jsonl", f"{scratch}/mask"
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(d) + "\n" for d in docs)
    must("shard-import", "--kind", "chat", "--vocab", "300", "--eot", str(EOT), "--shard-tokens", "250", "-o", shards, source)
    back = [json.loads(line) for line in must("shard-cat", "--ids", shards).splitlines()]
    check(back == docs, "mask: cat --ids gives what import was given")
    must("shard-export", "--to", "datatrove", "--name", "x", "-o", f"{scratch}/mask-ds", shards)
    loss = np.fromfile(f"{scratch}/mask-ds/x.ds.loss", np.uint8)
    check(loss.tolist() == [bit for d in docs for bit in d["targets"] + d["targets"][-1:]], "mask: datatrove's .loss")
    must("shard-import", "--from", "datatrove", "--kind", "chat", "--vocab", "300", "--eot", str(EOT), "-o", f"{scratch}/mask-back",
         f"{scratch}/mask-ds/x.ds")
    back = [json.loads(line)["targets"] for line in must("shard-cat", "--ids", f"{scratch}/mask-back").splitlines()]
    check(back == [d["targets"] for d in docs], "mask: import from datatrove")
    done = tool("shard-export", "--to", "numpy", "--name", "x", "-o", f"{scratch}/mask-np", shards)
    check(done.returncode == 2 and "mask" in done.stderr, f"mask: numpy refuses: {done.stderr}")
    must("shard-export", "--to", "numpy", "--drop-mask", "--name", "x", "-o", f"{scratch}/mask-np", shards)
    check(read_numpy(f"{scratch}/mask-np") == [d["ids"] + [EOT] for d in docs], "mask: numpy without it")


def check_zstd(scratch):
    """A set of several frames, and of an empty shard's none: the plain bytes, by programs that are not ours."""
    chance = random.Random(4)
    source = f"{scratch}/long.bin"
    np.array([chance.randrange(3, 900) if i % 5000 else EOT for i in range(1_300_000)], np.uint16).tofile(source)
    how = ("--from", "u16", "--vocab", "1000", "--eot", str(EOT), "--shard-tokens", "1200000")
    must("shard-import", *how, "-o", f"{scratch}/plain", source)
    must("shard-import", *how, "--compress", "zstd", "-o", f"{scratch}/packed", source)
    check(sorted(os.listdir(f"{scratch}/packed")) == ["manifest.json"] + [f"shard-0000{i}.{e}" for i in (0, 1)
                                                                          for e in ("bin.zst", "idx", "meta")], "zstd: files")
    for name in ("shard-00000", "shard-00001"):
        path = f"{scratch}/packed/{name}.bin.zst"
        with open(f"{scratch}/plain/{name}.bin", "rb") as f:
            want = f.read()
        check_seek_table(path, want)
        if shutil.which("zstd"):
            done = subprocess.run(["zstd", "-dc", path], capture_output=True)
            check(done.returncode == 0 and done.stdout == want, f"zstd -dc: {done.stderr}")
        if pyzstd:
            with pyzstd.SeekableZstdFile(path) as f:
                for at in (0, 1, 1048575, 1048576, len(want) - 9):
                    f.seek(at)
                    check(f.read(9) == want[at:at + 9], f"pyzstd: byte {at}")
    check(must("shard-cat", "--ids", f"{scratch}/packed") == must("shard-cat", "--ids", f"{scratch}/plain"), "zstd: cat")
    how = ("--length", "100", "--batch", "4", "--seed", "3", "--step", "5", "-n", "3")
    check(must("shard-order", *how, f"{scratch}/packed") == must("shard-order", *how, f"{scratch}/plain"), "zstd: order")
    for form in READERS:
        for name in ("plain", "packed"):
            must("shard-export", "--to", form, "--name", "x", "-o", f"{scratch}/{name}-{form}", f"{scratch}/{name}")
        for name in os.listdir(f"{scratch}/plain-{form}"):
            with open(f"{scratch}/plain-{form}/{name}", "rb") as a, open(f"{scratch}/packed-{form}/{name}", "rb") as b:
                check(a.read() == b.read(), f"zstd: {form}: {name}")


def check_seek_table(path, plain):
    """zstd's seekable format, from its description: sizes that add up, and checksums of the frames."""
    with open(path, "rb") as f:
        blob = f.read()
    count, flags, magic = struct.unpack("<IBI", blob[-9:])
    check(magic == 0x8F92EAB1 and flags == 0x80, "zstd: footer")
    start = len(blob) - 9 - 12 * count - 8
    check(struct.unpack_from("<II", blob, start) == (0x184D2A5E, 12 * count + 9), "zstd: head of the table")
    entries = list(struct.iter_unpack("<III", blob[start + 8:-9]))
    check(sum(e[0] for e in entries) == start and [e[1] for e in entries[:-1]] == [1 << 20] * (count - 1), "zstd: sizes")
    check(sum(e[1] for e in entries) == len(plain), "zstd: plain size")
    if xxhash:
        sums = [xxhash.xxh64(plain[i << 20:i + 1 << 20]).intdigest() & 0xFFFFFFFF for i in range(count)]
        check([e[2] for e in entries] == sums, "zstd: checksums")


def check_order(scratch):
    docs = list(documents(300, False))
    source, shards = f"{scratch}/order.jsonl", f"{scratch}/order"
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(d) + "\n" for d in docs)
    must("shard-import", "--vocab", "300", "--eot", str(EOT), "--shard-tokens", "1000", "-o", shards, source)
    tokens = sum(len(d["ids"]) + 1 for d in docs)
    length, batch = 37, 6
    windows = -(-tokens // length)
    steps = 2 * windows // batch + 1  # two epochs and more
    how = ("--length", str(length), "--batch", str(batch), "--seed", "9")
    lines = [json.loads(line) for line in must("shard-order", "--step", "1", "-n", str(steps), *how, shards).splitlines()]
    check([line["sample"] for line in lines] == list(range(steps * batch)), "order: samples")
    check(all(line["epoch"] == line["sample"] // windows and line["step"] == line["sample"] // batch + 1 for line in lines),
          "order: epochs and steps")
    for epoch in (0, 1):
        seen = [(d["id"], t) for line in lines if line["epoch"] == epoch for d in line["documents"]
                for t in range(d["from"], d["from"] + d["tokens"])]
        # a document that lies in two shards counts from its pieces: only the number is compared there
        check(len(seen) == tokens, f"order: epoch {epoch}: {len(seen)} of {tokens} targets")
    for doc in docs[:40]:
        told = [json.loads(line) for line in
                must("shard-order", "--document", doc["id"], "--steps", str(steps), *how, shards).splitlines()]
        want = ((line["sample"], d["tokens"]) for line in lines for d in line["documents"] if d["id"] == doc["id"])
        got = ((line["sample"], line["tokens"]) for line in told)
        check(dict_of(got) == dict_of(want), f"order: document {doc['id']}")


def dict_of(pairs):
    """Targets by sample: a document may lie in a window twice, at the ends of the ring or in pieces."""
    out = {}
    for key, n in pairs:
        out[key] = out.get(key, 0) + n
    return out


def main():
    with tempfile.TemporaryDirectory(prefix="seimai-") as scratch:
        for vocab in (300, 65499, 65500, 65536, 65537):
            check_vocabulary(scratch, vocab)
        check_mask(scratch)
        check_zstd(scratch)
        check_order(scratch)
    print("shards: ok" if failures == 0 else f"shards: {failures} failures")
    return failures != 0


sys.exit(main())
