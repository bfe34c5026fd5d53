# SPDX-License-Identifier: MIT
"""llama.cpp (PyPI: llama-cpp-python) at what gen_bench does: streams in one llama_batch, greedy, keys and values in F32.

    peer.py MODEL.gguf THREADS STREAMS PROMPT TOKENS
"""
import json
import sys
import time

import llama_cpp as L
import numpy


def fill(batch, rows):
    """rows: (id, position, sequence, wants logits)"""
    batch.n_tokens = len(rows)
    for i, (token, position, sequence, wanted) in enumerate(rows):
        batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1
        batch.seq_id[i][0], batch.logits[i] = sequence, wanted


def main():
    path, threads, streams, prompt, tokens = sys.argv[1], *map(int, sys.argv[2:])
    quiet = L.llama_log_callback(lambda *_: None)
    L.llama_log_set(quiet, None)
    L.llama_backend_init()
    model = L.llama_model_load_from_file(path.encode(), L.llama_model_default_params())
    V = L.llama_vocab_n_tokens(L.llama_model_get_vocab(model))
    options = L.llama_context_default_params()
    options.n_ctx = streams * (prompt + tokens)
    options.n_batch = options.n_ubatch = max(512, streams)
    options.n_seq_max = streams
    options.n_threads = options.n_threads_batch = threads
    options.type_k = options.type_v = 0  # F32
    context = L.llama_init_from_model(model, options)
    batch = L.llama_batch_init(max(512, streams), 0, 1)

    def run(rows):
        fill(batch, rows)
        if L.llama_decode(context, batch):
            sys.exit("llama_decode failed")
        return {row[2]: int(numpy.ctypeslib.as_array(L.llama_get_logits_ith(context, i), (V,)).argmax())
                for i, row in enumerate(rows) if row[3]}

    run([(0, 0, 0, True)])  # wakes threads, touches the weights
    L.llama_memory_clear(L.llama_get_memory(context), True)
    start = time.monotonic()
    rows = [((s * 7919 + i * 104729 + 1) % V, i, s, i == prompt - 1) for s in range(streams) for i in range(prompt)]
    ids = {}
    for first in range(0, len(rows), 512):
        ids.update(run(rows[first:first + 512]))
    fed, said = time.monotonic(), [ids[0]]
    for t in range(tokens):
        ids = run([(ids[s], prompt + t, s, True) for s in range(streams)])
        said.append(ids[0])
    end = time.monotonic()
    print(json.dumps({"prompt_s": len(rows) / (fed - start), "step_s": streams * tokens / (end - fed), "ids": said[:tokens]}))


main()
