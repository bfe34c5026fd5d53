# SPDX-License-Identifier: MIT
"""Writes chats.jsonl: prompts that count nothing, and answers that follow from them."""
import json
import random

rng = random.Random(4)
with open("chats.jsonl", "w", encoding="ascii") as out:
    for number in range(160):
        prompt = [rng.randrange(1, 30) for _ in range(rng.choice([2, 9, 25, 60]))]
        answer = [60 - token for token in prompt[:rng.choice([1, 7, 20])]]
        out.write(json.dumps({"id": f"chat-{number}", "ids": prompt + answer, "targets": [0] * len(prompt) + [1] * len(answer),
                              "text_bytes": 2 * len(prompt + answer), "characters": len(prompt + answer)}) + "\n")
