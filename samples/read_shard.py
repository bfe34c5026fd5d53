"""The smallest reader of our shards: Megatron-LM's .idx and .bin, with nothing but the standard library.

    python3 read_shard.py shards/train/shard-00000     # prints each document's number of tokens and first ids

SPDX-License-Identifier: MIT
"""
import array
import struct
import sys

CODES = {1: "B", 2: "b", 3: "h", 4: "i", 5: "q", 8: "H"}  # Megatron's dtype codes, as the array module's


def read_documents(name):
    """Yield the token ids of each document."""
    index = open(name + ".idx", "rb").read()
    magic, version, code, sequences, documents = struct.unpack_from("<9sQBQQ", index)
    if magic != b"MMIDIDX\0\0" or version != 1:
        sys.exit(f"{name}.idx: not Megatron-LM's index")
    lengths = struct.unpack_from(f"<{sequences}i", index, 34)
    offsets = struct.unpack_from(f"<{sequences}q", index, 34 + 4 * sequences)
    with open(name + ".bin", "rb") as tokens:
        for length, offset in zip(lengths, offsets):
            ids = array.array(CODES[code])
            tokens.seek(offset)
            ids.frombytes(tokens.read(length * ids.itemsize))
            yield ids


if __name__ == "__main__":
    for number, ids in enumerate(read_documents(sys.argv[1])):
        print(number, len(ids), *ids[:12])
