"""llm.c's CPU trainer as others run it: train_gpt2.c, with random weights in its checkpoint format and random tokens,
since only its clock is wanted. SPDX-License-Identifier: MIT
"""
import array
import os
import pathlib
import pty
import random
import re
import subprocess
import tempfile

HEADER = 256  # 32-bit words in front of weights and of tokens
STEP = re.compile(r"step \d+: .*\(took ([0-9.]+) ms\)")


def write_weights(path, model):
    """Header 20240326, version 3 (float32); then all tensors, here with the same 64 Ki values over and over."""
    T, V, L, C = model["n_positions"], model["vocab_size"], model["n_layer"], model["n_embd"]
    padded = (V + 127) // 128 * 128
    count = padded * C + T * C + L * (12 * C * C + 13 * C) + 2 * C
    draw = random.Random(1)
    values = array.array("f", (draw.gauss(0.0, 0.02) for _ in range(1 << 16)))
    head = array.array("i", [20240326, 3, T, V, L, model["n_head"], C, padded])
    with open(path, "wb") as out:
        (head + array.array("i", [0] * (HEADER - len(head)))).tofile(out)
        for _ in range(count // len(values)):
            values.tofile(out)
        values[:count % len(values)].tofile(out)


def write_tokens(path, V, n=1 << 16):
    """Header 20240520, version 1, count; then 16-bit ids."""
    head = array.array("i", [20240520, 1, n])
    draw = random.Random(2)
    with open(path, "wb") as out:
        (head + array.array("i", [0] * (HEADER - len(head)))).tofile(out)
        array.array("H", (draw.randrange(V) for _ in range(n))).tofile(out)


def rounds(program, model, B, T, threads, n):
    """n steps after the first, as [{"seconds": …}]. The program's B and T are fixed: 4 and 64."""
    assert (B, T) == (4, 64)
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_weights(folder / "gpt2_124M.bin", model)
        data = folder / "dev/data/tinyshakespeare"
        data.mkdir(parents=True)
        for part in ("train", "val"):
            write_tokens(data / f"tiny_shakespeare_{part}.bin", model["vocab_size"])
        ours, its = pty.openpty()  # to a pipe it would write only when its buffer is full
        process = subprocess.Popen([os.path.abspath(program)], cwd=folder, stdout=its,
                                   env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        os.close(its)
        with open(ours, errors="replace") as lines:
            while len(found) <= n:
                if match := STEP.match(lines.readline()):
                    found.append({"seconds": float(match[1]) / 1e3})
                elif process.poll() is not None:
                    raise SystemExit(f"{program}: ended after {len(found)} steps")
            process.terminate()
            process.wait()
    return found[1:]
