# SPDX-License-Identifier: MIT
"""Our safetensors reader and writer against the format's own library, both ways.

1. Files written by the library pass through ours (read, write) and come back equal, in every dtype.
2. Broken files: what the library refuses, ours refuses; what it accepts, ours accepts.

Needs safetensors and numpy. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from safetensors import SafetensorError, TensorSpec, deserialize, serialize
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

COPY = os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "tests", "safetensors_copy")
DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8, "int64": 8, "int32": 4, "int16": 2,
          "int8": 1, "uint64": 8, "uint32": 4, "uint16": 2, "uint8": 1, "bool": 1}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def run(*args):
    return subprocess.run([COPY, *args], capture_output=True, text=True)


def random_tensors(rng):
    tensors = {}
    for i, (dtype, size) in enumerate(DTYPES.items()):
        shape = [rng.choice([0, 1, 2, 3, 7]) for _ in range(rng.randrange(4))]
        data = rng.randbytes(size * int(np.prod(shape, dtype=int)))
        if dtype == "bool":
            data = bytes(b & 1 for b in data)
        tensors[f"層.{i}.{dtype}"] = {"dtype": dtype, "shape": shape, "data": data}
    return tensors


def pack(tensors, metadata):
    """The library's own file of these tensors."""
    alive = {name: np.frombuffer(t["data"] or b"\0", np.uint8) for name, t in tensors.items()}
    specs = {name: TensorSpec(dtype=t["dtype"], shape=t["shape"], data_ptr=alive[name].ctypes.data,
                              data_len=len(t["data"])) for name, t in tensors.items()}
    return bytes(serialize(specs, metadata))


def content(blob):
    return {name: (t["dtype"], list(t["shape"]), bytes(t["data"])) for name, t in deserialize(blob)}


def round_trips(folder, rng):
    theirs, ours = os.path.join(folder, "theirs.safetensors"), os.path.join(folder, "ours.safetensors")
    for _ in range(20):
        blob = pack(random_tensors(rng), {"format": "pt"})
        with open(theirs, "wb") as f:
            f.write(blob)
        done = run(theirs, ours)
        check(done.returncode == 0, f"copy: {done.stderr}")
        with open(ours, "rb") as f:
            copied = f.read()
        check(content(copied) == content(blob), "a copy differs from its original")
        header = struct.unpack("<Q", copied[:8])[0]
        check(header % 8 == 0, "the header is not padded to 8")
        check(json.loads(copied[8:8 + header])["__metadata__"] == {"format": "pt"}, "no format: pt")


def accepted_by_peer(blob):
    try:
        deserialize(blob)
        return True
    except SafetensorError:
        return False


def mutate(blob, rng):
    """One small damage to the header or the length of the data."""
    size = struct.unpack("<Q", blob[:8])[0]
    header, data = bytearray(blob[8:8 + size]), blob[8 + size:]
    kind = rng.randrange(4)
    if kind == 0:  # another digit: shapes and offsets
        places = [i for i, c in enumerate(header) if chr(c).isdigit()]
        header[rng.choice(places)] = ord(str(rng.randrange(10)))
    if kind == 1:  # another byte
        header[rng.randrange(len(header))] = rng.randrange(32, 127)
    if kind == 2:
        data = data[:rng.randrange(len(data))] if data and rng.random() < .5 else data + b"x"
    if kind == 3:  # a tensor twice, or taken away
        entries = json.loads(header)
        names = [n for n in entries if n != "__metadata__"]
        victim = rng.choice(names)
        if rng.random() < .5:
            del entries[victim]
            header = bytearray(json.dumps(entries).encode())
        else:
            again = json.dumps({victim: entries[victim]})[1:-1]
            header = bytearray(header.rstrip()[:-1] + b"," + again.encode() + b"}")
    return struct.pack("<Q", len(header)) + bytes(header) + data


def broken_files(folder, rng):
    path = os.path.join(folder, "broken.safetensors")
    accepted = refused = 0
    for _ in range(300):
        tensors = random_tensors(rng)
        some = {name: tensors[name] for name in rng.sample(sorted(tensors), 3)}
        blob = mutate(pack(some, None), rng)
        if b"\\" in blob[8:] or b'"F8' in blob or b'"F4' in blob:
            continue
        with open(path, "wb") as f:
            f.write(blob)
        theirs, done = accepted_by_peer(blob), run(path)
        check(theirs == (done.returncode == 0),
              f"peer {'accepts' if theirs else 'refuses'}, we do not agree: {done.stderr}{blob[:400]!r}")
        accepted += theirs
        refused += not theirs
    check(accepted > 10 and refused > 50, f"a poor sample: {accepted} accepted, {refused} refused")
    print(f"broken files: {accepted} accepted by both, {refused} refused by both")


def main():
    if not os.path.exists(COPY):
        print(f"skipped: {COPY} is not built")
        sys.exit(77)
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        round_trips(folder, rng)
        broken_files(folder, rng)
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
