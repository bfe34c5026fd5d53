# SPDX-License-Identifier: MIT
"""Prints the lines of RUN/metrics.jsonl without the times, which alone may differ between equal runs."""
import json
import sys

with open(f"{sys.argv[1]}/metrics.jsonl", encoding="utf-8") as lines:
    for line in lines:
        metrics = json.loads(line)
        for key in ("tok_s", "gflops", "wall"):
            del metrics[key]
        print(json.dumps(metrics))
