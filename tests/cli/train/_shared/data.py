# SPDX-License-Identifier: MIT
"""Writes train.jsonl and valid.jsonl: sequences in which the next token mostly follows from the last one."""
import json
import random

rng = random.Random(3)


def document(length):
    token, ids = rng.randrange(1, 60), []
    for _ in range(length):
        ids.append(token)
        token = (3 * token + 1) % 59 + 1 if rng.random() < .9 else rng.randrange(1, 60)
    return ids


for name, count in (("train", 300), ("valid", 12)):
    with open(f"{name}.jsonl", "w", encoding="ascii") as out:
        for number in range(count):
            ids = document(rng.choice([2, 20, 60, 150]))
            out.write(json.dumps({"id": f"{name}-{number}", "ids": ids, "text_bytes": 2 * len(ids),
                                  "characters": len(ids)}) + "\n")
