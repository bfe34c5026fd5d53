"""The step of lora.c in PyTorch, with PEFT. A line on standard input starts a round, which answers with a line of JSON.
    peer.py DIR B T THREADS full|lora
    peer.py --make CONFIG.json DIR         random weights of a model of ../train/configs
SPDX-License-Identifier: MIT
"""
import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

FAMILIES = {"llama": (LlamaConfig, LlamaForCausalLM), "gpt2": (GPT2Config, GPT2LMHeadModel)}


def make(path, folder):
    config = json.load(open(path))
    del config["batches"]
    Config, Model = FAMILIES[config.pop("model_type")]
    torch.manual_seed(1)
    Model(Config(**config)).save_pretrained(folder)


def peak_bytes():
    """The most bytes resident at once, since forget_peak."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return 0


def forget_peak():
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")


def rounds(folder, B, T, threads, mode):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.config.use_cache = False
    if mode == "lora":
        model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    i = torch.arange(B * T)
    V = model.config.vocab_size
    ids, target = (i * 7919 % V).reshape(B, T), (i * 104729 + 1) % V

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(input_ids=ids).logits.flatten(0, 1), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return float(loss.detach())

    forget_peak()
    step()
    for _ in sys.stdin:
        start = time.monotonic()
        loss = step()
        seconds = time.monotonic() - start
        print(json.dumps({"seconds": seconds, "tok_s": B * T / seconds, "loss": loss, "memory": peak_bytes(),
                          "trained": sum(p.numel() for p in trained),
                          "parameters": sum(p.numel() for p in model.parameters())}), flush=True)


if sys.argv[1] == "--make":
    make(sys.argv[2], sys.argv[3])
else:
    rounds(sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5])
