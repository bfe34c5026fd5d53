# SPDX-License-Identifier: MIT
"""Shards past 4 GiB and documents past 2^31 tokens, on disks that are smaller: sparse files and zstd frames.

1. 1.2 · 10^9 tokens of 4 bytes become one shard in zstd frames; the last documents, whose bytes lie past 4 GiB, are read back,
   and a bit that is flipped there is found.
2. The same set with a plain .bin (sparse, its index and .meta being those of the first): read back, verified.
3. Forms that cannot hold such documents refuse them by name, and write nothing: MDS (4 GiB a file), Megatron-LM (2^31).
SEIMAI_BUILD names the build folder. Needs xxhash and a disk that has sparse files. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

try:
    import xxhash
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BUILD = os.environ.get("SEIMAI_BUILD", "build")
EOT, LAST = 1, [[5, 6, 7], [69999], [0] * 1000 + [8]]
LONG = 1_200_000_000  # tokens of document 0
failures = 0


def check(condition, what):
    global failures
    failures += not condition
    print(("ok " if condition else "not ok ") + what)


def tool(name, *args):
    return subprocess.run([os.path.join(BUILD, "bin", f"seimai-{name}"), *args], capture_output=True, text=True, check=False)


def sparse_tokens(path, long, size, last):
    """A file of `long` zeros as tokens, an EOT, and the documents of `last`, each with its EOT."""
    with open(path, "wb") as out:
        out.seek(long * size)
        for doc in [[], *last]:
            out.write(b"".join(token.to_bytes(size, "little") for token in [*doc, EOT]))


def reads_its_end(folder, what):
    done = tool("shard-cat", "--ids", "--first", "1", folder)
    got = [json.loads(line)["ids"] for line in done.stdout.splitlines()]
    check(got == LAST, f"{what}: the documents past 4 GiB are read: {done.stderr}")
    done = tool("shard-verify", "-j", "1", folder)
    check(done.returncode == 0, f"{what}: verify: {done.stderr.strip()}")


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def make_plain(packed, plain, raw):
    """The plain twin: .bin is the sparse input, and the manifest says so."""
    os.mkdir(plain)
    for end in ("idx", "meta"):
        shutil.copy(f"{packed}/shard-00000.{end}", plain)
    os.rename(raw, f"{plain}/shard-00000.bin")
    with open(f"{packed}/manifest.json", encoding="utf-8") as file:
        manifest = json.load(file)
    del manifest["xxh3"], manifest["storage"]
    manifest["shards"][0]["bin"]["bytes"] = os.path.getsize(f"{plain}/shard-00000.bin")
    head = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"))[:-1].encode()
    with open(f"{plain}/manifest.json", "wb") as out:
        out.write(head + f',"xxh3":"{xxhash.xxh3_128_hexdigest(head)}"}}\n'.encode())


def past_4_gib(folder):
    raw, packed, plain = (os.path.join(folder, name) for name in ("raw", "packed", "plain"))
    sparse_tokens(raw, LONG, 4, LAST)
    check(os.path.getsize(raw) > 1 << 32, "the input is larger than 4 GiB")
    done = tool("shard-import", "--from", "u32", "--vocab", "70000", "--eot", str(EOT), "--compress", "zstd", "--shard-tokens",
                str(2**31 - 1), "-o", packed, raw)
    check(done.returncode == 0, f"import: {done.stderr}")
    with open(f"{packed}/shard-00000.idx", "rb") as file:
        blob = file.read()
    offsets = struct.unpack_from("<4q", blob, 34 + 4 * 4)
    check(offsets[1:] == tuple(4 * (LONG + 1 + n) for n in (0, 4, 6)), "offsets of .idx are past 4 GiB")
    reads_its_end(packed, "zstd")
    make_plain(packed, plain, raw)
    reads_its_end(plain, "plain")
    flip(f"{plain}/shard-00000.bin", -4000)
    done = tool("shard-verify", "-q", plain)
    check(done.returncode == 1 and "bytes 47" in done.stderr, f"a flipped bit past 4 GiB is found: {done.stderr.strip()}")
    done = tool("shard-export", "--to", "mds", "-o", f"{folder}/mds", packed)
    check(done.returncode == 2 and "document '0': 1200000001 tokens" in done.stderr, f"MDS refuses: {done.stderr.strip()}")
    check(not os.path.exists(f"{folder}/mds"), "… and nothing is written")


def past_2_31_tokens(folder):
    raw, packed = os.path.join(folder, "raw"), os.path.join(folder, "long")
    tokens = 2_200_000_000
    sparse_tokens(raw, tokens, 2, [])
    done = tool("shard-import", "--from", "u16", "--vocab", "1000", "--eot", str(EOT), "--compress", "zstd", "-o", packed, raw)
    check(done.returncode == 0, f"import: {done.stderr}")
    done = tool("shard-export", "--to", "megatron", "-o", f"{folder}/megatron", packed)
    check(done.returncode == 2 and f"document '0': {tokens + 1} tokens" in done.stderr, f"Megatron refuses: {done.stderr.strip()}")
    check(not os.path.exists(f"{folder}/megatron"), "… and nothing is written")


def main():
    with tempfile.TemporaryDirectory() as folder:
        past_4_gib(folder)
        past_2_31_tokens(folder)
    print(f"{failures} failed")
    return failures > 0


sys.exit(main())
