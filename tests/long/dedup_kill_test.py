# SPDX-License-Identifier: MIT
"""dedup --index, killed with kill -9 at random moments, and with every system call that can fail failing once.

Three days are deduplicated against one index. At any moment there is the old generation and no output, or the new one and
the output; a rerun gives what an undisturbed run gives, and so do the days after it. ROUNDS (default 50) kills in all,
drawn from a fixed seed over the length of an undisturbed run. SEIMAI_BUILD names the build folder, SEIMAI_FAULT the
library of tests/fault/fault.c (missing: that half is skipped). Exit 0, 1 on failure.
"""
import errno
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("SEIMAI_BUILD", "build")
DEDUP = os.path.join(BUILD, "bin", "seimai-dedup")
INDEX = os.path.join(BUILD, "bin", "seimai-dedup-index")
SHIM = os.environ.get("SEIMAI_FAULT")
ROUNDS = int(os.environ.get("ROUNDS", "50"))
WORDS = "精米 玄米 ぬか 水 田 稲 の は を に と が です ます した する 白い 古い 研ぐ 炊く 、 。".split()
FAULTS = [("write", errno.ENOSPC), ("sync", errno.EIO), ("rename", errno.EIO), ("read", errno.EIO)]
failures = 0
checks = 0


def check(name, holds):
    global failures, checks
    checks += 1
    failures += not holds
    print(("ok " if holds else "not ok ") + name)


def write_day(path, seed, documents):
    """A third of the documents are copies of earlier ones of any day, some with an edit."""
    source = random.Random(seed)
    with open(path, "w") as out:
        for i in range(documents):
            number = source.randrange(3000)
            text = random.Random(number)
            words = [text.choice(WORDS) for _ in range(text.randrange(20, 200))]
            if source.random() < 0.3:
                words[source.randrange(len(words))] = "変"
            out.write(json.dumps({"id": f"{seed}-{i}", "text": "".join(words)}, ensure_ascii=False) + "\n")


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Index:
    """A folder of days, an index, and what the undisturbed runs gave."""

    def __init__(self, folder, days, memory):
        self.folder, self.days, self.memory = folder, days, memory
        self.want = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, day, index="seen", threads=1):
        return [DEDUP, "-q", "-j", str(threads), "--memory", self.memory, "--index", self.path(index), "--audit",
                self.path(f"audit.{day}"), "--rejects", self.path(f"rejects.{day}"), "-o", self.path(f"out.{day}"), self.days[day]]

    def outputs(self, day):
        return [read(self.path(f"{kind}.{day}")) for kind in ("out", "audit", "rejects")]

    def kept(self, index="seen"):
        info = subprocess.run([INDEX, "info", "--check", self.path(index)], capture_output=True, check=False)
        return json.loads(info.stdout)["manifest"] if info.returncode == 0 else None

    def clean(self):
        for day in range(len(self.days)):
            for kind in ("out", "audit", "rejects"):
                for end in ("", ".part"):
                    if os.path.exists(self.path(f"{kind}.{day}{end}")):
                        os.unlink(self.path(f"{kind}.{day}{end}"))

    def undisturbed(self):
        start = time.monotonic()
        for day in range(len(self.days)):
            subprocess.run(self.command(day, "whole"), check=True)
            self.want.append(self.outputs(day))
        self.clean()
        return (time.monotonic() - start) / len(self.days)

    def is_whole(self, day):
        """The old generation and no output, or the output (its generation may be on its way)."""
        output = self.path(f"out.{day}")
        manifest = self.kept() if os.path.exists(self.path("seen/MANIFEST")) else None
        if os.path.exists(self.path("seen/MANIFEST")) and not manifest:
            return False
        generation = manifest["generation"] if manifest else 0
        if os.path.exists(output):
            return read(output) == self.want[day][0] and generation >= day
        return generation == day

    def restart(self):
        shutil.rmtree(self.path("seen"), ignore_errors=True)
        self.clean()


def kill_at_random(index):
    length = index.undisturbed()
    moments = random.Random(11)
    kills = broken = differs = rounds = 0
    while rounds < ROUNDS:
        index.restart()
        for day in range(len(index.days)):
            for _ in range(3):  # a day may be killed more than once before it comes through
                rounds += 1
                child = subprocess.Popen(index.command(day, threads=1 + rounds % 2), stderr=subprocess.DEVNULL)
                try:
                    child.wait(length * (moments.random() if rounds % 3 else 0.7 + 0.5 * moments.random()))
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                    kills += 1
                broken += not index.is_whole(day)
            subprocess.run(index.command(day), check=True)
            differs += index.outputs(day) != index.want[day]
    print(f"{kills} of {rounds} runs killed before the end")
    check("some runs were killed", kills > rounds / 4)
    check("old generation and no output, or new generation and output", broken == 0)
    check("a rerun gives the same bytes", differs == 0)
    whole, seen = index.kept("whole"), index.kept()
    check("the index holds the same documents", whole["now"]["documents"] == seen["now"]["documents"])
    check("and the same generations", [g["input_xxh3"] for g in whole["generations"]] == [g["input_xxh3"] for g in seen["generations"]])


def fail_every_call(index, call, error):
    """The n-th call fails, for every n: an error and nothing changed, or success with all of it."""
    mark = index.path("mark")
    struck = broken = silent = differs = 0
    index.restart()
    subprocess.run(index.command(0), check=True)
    before = index.path("before")
    shutil.copytree(index.path("seen"), before)
    n = 1
    while True:
        shutil.rmtree(index.path("seen"))
        shutil.copytree(before, index.path("seen"))
        for kind in ("out", "audit", "rejects"):
            if os.path.exists(index.path(f"{kind}.1")):
                os.unlink(index.path(f"{kind}.1"))
        if os.path.exists(mark):
            os.unlink(mark)
        environment = dict(os.environ, LD_PRELOAD=SHIM, FAULT_CALL=call, FAULT_NTH=str(n), FAULT_ERRNO=str(error), FAULT_MARK=mark)
        run = subprocess.run(index.command(1), env=environment, capture_output=True, check=False)
        if not os.path.exists(mark):
            break
        struck += 1
        if run.returncode == 0:
            silent += index.outputs(1) != index.want[1]
        else:
            silent += run.returncode != 1 or b"seimai-dedup: " not in run.stderr
            broken += not index.is_whole(1)
        subprocess.run(index.command(1), check=True)
        differs += index.outputs(1) != index.want[1]
        n += 1 + n // 12  # every call at first, then ever fewer
    shutil.rmtree(before)
    print(f"{call}: struck {struck} times")
    check(f"{call}: the fault struck", struck >= 2)
    check(f"{call}: a failure says so, success means all of it", silent == 0)
    check(f"{call}: nothing in between", broken == 0)
    check(f"{call}: a rerun gives the same bytes", differs == 0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        days = [os.path.join(folder, f"day.{i}") for i in range(3)]
        for i, day in enumerate(days):
            write_day(day, i, 6000)
        index = Index(folder, days, "2M")
        kill_at_random(index)
        if SHIM:
            for i, day in enumerate(days):
                write_day(day, i, 900)
            index = Index(folder, days, "1M")
            shutil.rmtree(os.path.join(folder, "whole"))
            index.restart()
            index.undisturbed()
            for call, error in FAULTS:
                fail_every_call(index, call, error)
        else:
            print("skip: SEIMAI_FAULT names no library")
    print(f"{checks - failures} passed, {failures} failed")
    return failures > 0


sys.exit(main())
