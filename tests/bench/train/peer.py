"""The model of step.c in PyTorch: one line of JSON a round.   peer.py THREADS ROUNDS
SPDX-License-Identifier: MIT
"""
import json
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

B, T, V, C, F, L = 8, 256, 8192, 256, 768, 8
threads, rounds = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
model = LlamaForCausalLM(LlamaConfig(
    vocab_size=V, hidden_size=C, intermediate_size=F, num_hidden_layers=L, num_attention_heads=4,
    num_key_value_heads=4, max_position_embeddings=T, tie_word_embeddings=True, use_cache=False))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
ids = torch.randint(0, V, (B, T))
target = torch.randint(0, V, (B, T))
flops = (6 * (L * (4 * C * C + 3 * C * F) + V * C) + 6 * L * C * T) * B * T
for round_ in range(-1, rounds):
    start = time.monotonic()
    optimizer.zero_grad(set_to_none=True)
    logits = model(input_ids=ids).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    seconds = time.monotonic() - start
    if round_ >= 0:
        print(json.dumps({"threads": threads, "seconds": round(seconds, 4), "tok_s": round(B * T / seconds),
                          "gflops": round(flops / seconds / 1e9, 1)}), flush=True)
