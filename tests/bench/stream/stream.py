"""The cost of the document stream, in seconds of CPU a GB. SPDX-License-Identifier: MIT"""
import json
import pathlib
import shutil
import subprocess
import sys

import measure

TARGET_BYTES = 400_000_000
DOCUMENT_BYTES = 4000
COPY = "import json,sys\nfor l in sys.stdin: sys.stdout.write(json.dumps(json.loads(l),ensure_ascii=False)+'\\n')"


def texts():
    """Pieces of about 4 kB of real Japanese text."""
    data = measure.data_folder()
    if data is None:
        sys.exit("skipped: the real data is missing (SEIMAI_DATA)")
    packed = data / "bench" / "ja_text.jsonl.zst"
    for line in subprocess.Popen(["zstd", "-dc", packed], stdout=subprocess.PIPE).stdout:
        text = json.loads(line)["text"]
        for at in range(0, len(text), DOCUMENT_BYTES // 3):
            yield text[at : at + DOCUMENT_BYTES // 3]


def write_inputs(folder):
    """plain.jsonl as our tools write it, and escaped.jsonl as Python writes it by default."""
    plain, escaped = folder / "plain.jsonl", folder / "escaped.jsonl"
    if plain.exists() and escaped.exists():
        return plain, escaped
    folder.mkdir(parents=True, exist_ok=True)
    size = n = 0
    with open(plain, "w") as a, open(escaped, "w") as b:
        for text in texts():
            document = {"id": str(n), "text": text, "metadata": {"source": "bench"}}
            line = json.dumps(document, ensure_ascii=False) + "\n"
            a.write(line)
            b.write(json.dumps(document) + "\n")
            size += len(line.encode())
            n += 1
            if size > TARGET_BYTES:
                break
    return plain, escaped


def main():
    plain, escaped = write_inputs(measure.build_folder() / "bench" / "stream")
    copy = [measure.tool("filter"), "--rules", "none", "-j", "1", "-q"]
    commands = {
        "seimai, file → /dev/null": {"command": copy + [str(plain)], "input": plain},
        "seimai, pipe → pipe": {"command": [["cat", str(plain)], copy, ["cat"]], "input": plain},
        "seimai, \\uXXXX text": {"command": copy + [str(escaped)], "input": escaped},
        "seimai, two threads": {"command": copy[:4] + ["2", "-q", str(plain)], "input": plain},
        "cat, pipe → pipe (no tool)": {"command": [["cat", str(plain)], ["cat"], ["cat"]], "input": plain},
        "Python json": {"command": [sys.executable, "-c", COPY], "stdin": str(plain), "input": plain},
    }
    if shutil.which("jq"):
        commands["jq -c ."] = {"command": ["jq", "-c", ".", str(plain)], "input": plain}
    result = measure.side_by_side(commands, rounds=5)
    print(f"{'':28} {'CPU s/GB':>9} {'MB/s':>9} {'ratio':>7}")
    first = None
    for name, row in result.items():
        size = pathlib.Path(commands[name]["input"]).stat().st_size
        row["cpu_per_gb"] = row["cpu"] / size * 1e9
        row["mb_per_s"] = size / row["wall"] / 1e6
        first = first or row["cpu_per_gb"]
        print(f"{name:28} {row['cpu_per_gb']:9.2f} {row['mb_per_s']:9.0f} {row['cpu_per_gb'] / first:7.1f}")
    measure.save("stream", result)


main()
