"""The model of step.c in PyTorch. A line on standard input starts a round, which answers with a line of JSON.
    peer.py CONFIG.json B T THREADS eager|compiled [f32|bf16]    (bf16: autocast, as its users do it)
SPDX-License-Identifier: MIT
"""
import json
import resource
import sys
import time

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

FAMILIES = {"llama": (LlamaConfig, LlamaForCausalLM), "gpt2": (GPT2Config, GPT2LMHeadModel)}

path, B, T, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)
config = json.load(open(path))
del config["batches"]
Config, Model = FAMILIES[config.pop("model_type")]
model = Model(Config(**config, use_cache=False))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
ids = torch.randint(0, config["vocab_size"], (B, T))
target = torch.randint(0, config["vocab_size"], (B, T))


def loss_of(ids, target):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=sys.argv[6:] == ["bf16"]):
        logits = model(input_ids=ids).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())


if sys.argv[5] == "compiled":
    loss_of = torch.compile(loss_of)


def step():
    optimizer.zero_grad(set_to_none=True)
    loss_of(ids, target).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


step()
for _ in sys.stdin:
    start = time.monotonic()
    step()
    seconds = time.monotonic() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "tok_s": B * T / seconds, "memory": memory}), flush=True)
