# SPDX-License-Identifier: MIT
"""Tells whether the losses of RUN/metrics.jsonl begin at ln 64 and fall, and which steps were validated."""
import json
import math
import sys

with open(f"{sys.argv[1]}/metrics.jsonl", encoding="utf-8") as lines:
    metrics = [json.loads(line) for line in lines]
train = [m["loss"] for m in metrics if m["loss"] is not None]
valid = [m for m in metrics if m["val_loss"] is not None]
print("begins at ln 64:", abs(train[0] - math.log(64)) < .1)
print("training loss falls:", train[-1] < train[0] - .5)
print("validation loss falls:", valid[-1]["val_loss"] < valid[0]["val_loss"] - .5)
print("bits a byte fall:", valid[-1]["val_bpb"] < valid[0]["val_bpb"] - .3)
print("validated at", *[m["step"] for m in valid])
