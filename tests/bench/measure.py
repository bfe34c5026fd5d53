"""Time whole commands side by side: rounds of A B C A B C …, so that a drifting machine hits all alike.

A command is a list of words, or a list of such lists: a pipe. CPU is user + system time of all its processes,
as the kernel accounts them; the quoted figure is the median of the rounds.
SPDX-License-Identifier: MIT
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time


def run_once(command, stdin=None, stdout=None):
    """Run a command or a pipe; give (cpu seconds, wall seconds, peak resident bytes of the largest
    process; the size of this one, about 15 MB, is the least that can be seen)."""
    pipe = command if isinstance(command[0], list) else [command]
    before = time.monotonic()
    source = open(stdin, "rb") if stdin else subprocess.DEVNULL
    sink = open(stdout or os.devnull, "wb")
    children = []
    for i, words in enumerate(pipe):
        last = i == len(pipe) - 1
        child = subprocess.Popen(words, stdin=source, stdout=sink if last else subprocess.PIPE)
        if source is not subprocess.DEVNULL:
            source.close()
        source = child.stdout
        children.append(child)
    cpu, peak = 0.0, 0
    for child, words in zip(children, pipe):
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{' '.join(words)}: exit status {child.returncode}")
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss * 1024)
    sink.close()
    return cpu, time.monotonic() - before, peak


def side_by_side(commands, rounds=5):
    """commands: {name: {"command": …, "stdin": path or None}}. Give {name: {"cpu", "wall", "peak"}} of medians."""
    samples = {name: [] for name in commands}
    for spec in commands.values():  # one round that is not counted: page cache, clocks
        run_once(spec["command"], spec.get("stdin"))
    for _ in range(rounds):
        for name, spec in commands.items():
            samples[name].append(run_once(spec["command"], spec.get("stdin")))
    return {
        name: {
            "cpu": statistics.median(s[0] for s in rows),
            "wall": statistics.median(s[1] for s in rows),
            "wall_range": [min(s[1] for s in rows), max(s[1] for s in rows)],
            "peak": max(s[2] for s in rows),
        }
        for name, rows in samples.items()
    }


def build_folder():
    return pathlib.Path(os.environ.get("SEIMAI_BUILD", "build/gcc"))


def tool(name):
    return str(build_folder() / "bin" / f"seimai-{name}")


def data_folder():
    """The real data, or None."""
    source = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(os.environ.get("SEIMAI_DATA", source / ".." / "shared" / "data"))
    return folder if (folder / "README.md").exists() else None


def save(name, result):
    folder = build_folder() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    print(f"\n(figures as JSON: {path})")
