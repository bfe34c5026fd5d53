# SPDX-License-Identifier: MIT
"""Others read what our tools write: gzip, zstd and jq the streams, xxhsum's algorithm the end record.

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin", "seimai-normalize")
DOCUMENTS = [
    {"id": f"文書{i}", "text": "精米は「玄米」からぬかを取り除くこと。\n\t\\ \" \u0001 \U00020bb7" * (i % 90), "n": 0.1 * i,
     "metadata": {"url": "http://example.jp/", "nested": {"a": [1, None, True, "\u2028"]}}}
    for i in range(3000)
]
failures = []


def check(name, holds):
    print(("ok " if holds else "not ok ") + name)
    if not holds:
        failures.append(name)


def output_of(*command, stdin=None):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def main():
    missing = [peer for peer in ("gzip", "zstd", "jq") if not shutil.which(peer)]
    if missing:
        print("skip streams:", ", ".join(missing), "not installed")
        return 77
    lines = "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in DOCUMENTS).encode()
    with tempfile.TemporaryDirectory() as folder:
        for ending, peer in ((".jsonl", ["cat"]), (".jsonl.gz", ["gzip", "-dc"]), (".jsonl.zst", ["zstd", "-qdc"])):
            for threads in ("1", "3"):
                path = os.path.join(folder, "out" + ending)
                output_of(TOOL, "--form", "none", "-j", threads, "-o", path, stdin=lines)
                check(f"{peer[0]} reads {ending} of {threads} thread(s)", output_of(*peer, path) == lines)
        back = output_of("jq", "-c", ".", os.path.join(folder, "out.jsonl"))
        check("jq reads every document", [json.loads(l) for l in back.splitlines()] == DOCUMENTS)
        changed = output_of(TOOL, "--form", "nfkc", stdin=lines)
        check("jq reads changed documents", len(output_of("jq", "-c", ".text", stdin=changed).splitlines()) == 3000)
        ended = output_of(TOOL, "--form", "none", "--end-record", stdin=lines)
        end = json.loads(output_of("jq", "-c", "select(.end).end", stdin=ended))
        check("jq finds the end record", end["documents"] == 3000 and end["complete"] is True)
        check("the end record stands behind the documents", ended.startswith(lines) and ended.count(b"\n") == 3001)
    print(f"{10 - len(failures)} passed, {len(failures)} failed")
    return bool(failures)


sys.exit(main())
