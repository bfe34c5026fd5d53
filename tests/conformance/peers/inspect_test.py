# SPDX-License-Identifier: MIT
"""`seimai inspect` beside transformers: the same probabilities, ranks and maps of attention.

Random models of each family with grouped heads, windows, norms of queries and keys, saved by transformers with a tokenizer of
ours; the numbers of `inspect --json` against the model's own logits and, in its eager mode, its attentions.

Needs torch and transformers. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import math
import os
import subprocess
import sys
import tempfile

try:
    import torch
    from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, Qwen3Config
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = os.path.join(os.path.abspath(os.environ.get("SEIMAI_BUILD", "build")), "bin")
TEXT = "公園に行きました。犬と🐕がいます。The fox is quick."
BASE = {"vocab_size": 576, "hidden_size": 64, "intermediate_size": 144, "num_hidden_layers": 2, "num_attention_heads": 8,
        "num_key_value_heads": 2, "max_position_embeddings": 256, "initializer_range": 0.25, "bos_token_id": 0,
        "eos_token_id": 0}
MODELS = {"llama": LlamaConfig(**BASE), "mistral": MistralConfig(**BASE, sliding_window=9),
          "qwen3": Qwen3Config(**BASE, head_dim=16, tie_word_embeddings=True),
          "gpt2": GPT2Config(vocab_size=576, n_positions=256, n_embd=64, n_layer=2, n_head=8, initializer_range=0.25,
                             bos_token_id=0, eos_token_id=0)}
TOKENIZER_IDS = 416
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def tool(name, *arguments, stdin=None):
    command = [os.path.join(BIN, f"seimai-{name}"), *map(str, arguments)]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def compare(name, folder, model):
    seen = json.loads(tool("inspect", "--json", "--top", 4, "--model", folder, "--text", TEXT, "-o", "-"))
    ids = [token["id"] for token in seen["tokens"]]
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), output_attentions=True)
    logp = torch.log_softmax(out.logits[0, :, :TOKENIZER_IDS].double(), -1)
    for i, token in enumerate(seen["tokens"]):
        best = torch.topk(logp[i], 4)
        check(all(abs(e["p"] - math.exp(p)) < 1e-4 for e, p in zip(token["expected"], best.values)), f"{name}: p at {i}")
        entropy = -(logp[i].exp() * logp[i]).sum() / math.log(2)
        check(abs(token["entropy"] - entropy) < 1e-3, f"{name}: entropy at {i}")
        if i == 0:
            continue
        bits = -logp[i - 1, ids[i]] / math.log(2)
        check(abs(token["surprisal"] - bits) < 1e-3, f"{name}: surprisal at {i}")
        check(token["rank"] == int((logp[i - 1] > logp[i - 1, ids[i]]).sum()), f"{name}: rank at {i}")
    ours = torch.tensor(seen["attention"])
    theirs = torch.cat(out.attentions)
    check(ours.shape == theirs.shape and (ours - theirs).abs().max() < 1e-4, f"{name}: attention")
    print(f"{name}: {len(ids)} tokens, largest difference of attention {(ours - theirs).abs().max():.1e}")


def main():
    with tempfile.TemporaryDirectory() as work:
        documents = json.dumps({"text": TEXT * 50 + "今日は散歩に行った。" * 50}, ensure_ascii=False) + "\n"
        tool("tokenizer-train", "--vocab-size", TOKENIZER_IDS, "-o", f"{work}/tok", stdin=documents.encode())
        for name, config in MODELS.items():
            torch.manual_seed(5)
            model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
            model.save_pretrained(f"{work}/{name}")
            for file in os.listdir(f"{work}/tok"):
                os.link(f"{work}/tok/{file}", f"{work}/{name}/{file}")
            compare(name, f"{work}/{name}", model)
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
