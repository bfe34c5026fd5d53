# SPDX-License-Identifier: MIT
"""A checkpoint of `seimai train`, loaded by transformers: the same logits.

1. Tiny models of each family (grouped query heads; tied and untied heads; a head_dim of its own; Llama 3's scaling of rotary
   positions; windows; GPT-2) are trained for a few
   steps on shards of ours, loaded with AutoModelForCausalLM, and asked for the logits of 100 positions. Then the way
   back: transformers saves the model, sharded, and we read it.
2. A model of transformers is trained for a dozen steps by us and by PyTorch: the same windows in the same order
   (written here once more, from seimai/order.h), documents masked from each other, clipping, schedule,
   AdamW. The losses, the norms of the gradients and the weights at the end agree. So they do with --optimizer muon beside
   torch.optim.Muon, whose Newton-Schulz steps are told to compute in float32 as ours do.

Needs torch and transformers. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import inspect
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config)
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BUILD = os.path.abspath(os.environ.get("SEIMAI_BUILD", "build"))
POSITIONS, VOCAB = 100, 320
BASE = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCAB, "hidden_size": 48,
        "intermediate_size": 112, "num_hidden_layers": 3, "num_attention_heads": 6, "num_key_value_heads": 2,
        "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
        "initializer_range": 0.08, "bos_token_id": 0, "eos_token_id": 0}
MODELS = {"untied": {"tie_word_embeddings": False}, "tied": {"tie_word_embeddings": True},
          "wide-heads": {"tie_word_embeddings": False, "head_dim": 16, "rope_theta": 500000.0},
          "llama3": {"tie_word_embeddings": True, "attention_bias": True, "mlp_bias": True, "rope_scaling": {
              "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 32}},
          "linear": {"tie_word_embeddings": False, "rope_scaling": {"rope_type": "linear", "factor": 3.0}},
          "mistral": {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "sliding_window": 21},
          "qwen2": {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "use_sliding_window": True,
                    "sliding_window": 30, "max_window_layers": 1},
          "qwen3": {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 10},
          "gpt2": {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 48, "n_layer": 3, "n_head": 6,
                   "n_positions": 256}}
SMALL = {k: v for k, v in BASE.items() if k not in ("architectures", "model_type", "rope_theta")}
TRAINED = {"llama": LlamaConfig(**{**BASE, "tie_word_embeddings": True}),
           "mistral": MistralConfig(**SMALL, sliding_window=13, tie_word_embeddings=False),
           "qwen2": Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=11, max_window_layers=2),
           "qwen3": Qwen3Config(**SMALL, head_dim=10, tie_word_embeddings=True),
           "gpt2": GPT2Config(vocab_size=VOCAB, n_embd=48, n_layer=3, n_head=6, n_positions=256, initializer_range=0.08,
                              resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0)}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def run(*command):
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[:2]}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def tool(name, *args):
    return run(os.path.join(BUILD, "bin", f"seimai-{name}"), *args)


def make_shards(folder, rng):
    path = os.path.join(folder, "ids.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        for i in range(200):
            ids = [1 + (i * 7 + k * rng.randrange(1, 5)) % (VOCAB - 1) for k in range(rng.randrange(5, 90))]
            f.write(json.dumps({"id": str(i), "ids": ids}) + "\n")
    tool("shard-import", "--vocab", str(VOCAB), "--eot", "0", "-o", f"{folder}/shards", path)


def our_logits(model, ids):
    out = run(os.path.join(BUILD, "tests", "model_logits"), model, str(len(ids)), *map(str, ids))
    return np.frombuffer(out, np.float32).reshape(len(ids), VOCAB)


def their_logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].double().numpy()


def compare(got, want, what):
    error = np.abs(got - want) / np.maximum(1, np.abs(want))
    check(np.isfinite(got).all() and error.max() <= 1e-4, f"{what}: logits differ by {error.max():.2e}")
    print(f"{what}: {len(got)} positions, largest relative difference {error.max():.2e}, "
          f"logits up to {np.abs(want).max():.1f}")


def one_model(folder, name, changes, ids):
    with open(f"{folder}/{name}.json", "w", encoding="utf-8") as f:
        json.dump({**BASE, **changes}, f)
    tool("train", "--data", f"{folder}/shards", "--model", f"{folder}/{name}.json", "--steps", "12", "--length", "64",
         "--batch", "8", "--leaf", "4", "--warmup", "2", "--lr", "1e-2", "-o", f"{folder}/{name}", "-q")
    directory = f"{folder}/{name}/model"
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    compare(our_logits(directory, ids), their_logits(model, ids), name)
    again = f"{folder}/{name}-again"
    model.save_pretrained(again, max_shard_size="100KB")
    files = [f for f in os.listdir(again) if f.endswith(".safetensors")]
    check(len(files) > 1, f"{name}: transformers saved {files}, not several files")
    check(np.array_equal(our_logits(again, ids), our_logits(directory, ids)), f"{name}: the way back changes logits")


# ---- training, once more -------------------------------------------------------------------------

STEPS, LENGTH, ROWS, SEED = 12, 48, 8, 5
RATE, RATE_MIN, WARMUP, BETAS, DECAY, CLIP = 5e-3, 5e-4, 3, (.9, .95), .1, .8
MASK = 0xFFFFFFFF


def philox(counter, key):
    """Philox4x32-10."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & MASK, a >> 32 ^ c[3] ^ k[1], a & MASK]
        k = [k[0] + 0x9E3779B9 & MASK, k[1] + 0xBB67AE85 & MASK]
    return c


def order(epoch, n, i):
    """Element i of the permutation of an epoch: six Feistel rounds, cycle walking."""
    half = 1
    while n - 1 >> 2 * half:
        half += 1
    low = (1 << half) - 1
    while True:
        left, right = i >> half, i & low
        for number in range(6):
            left, right = right, left ^ philox([right, number, epoch, 0], [SEED, 0])[0] & low
        i = left << half | right
        if i < n:
            return i


def phase(epoch):
    word = philox([epoch, 0, 0, 1000], [SEED, 0])
    return (word[1] << 32 | word[0]) * LENGTH >> 64


def batches(tokens):
    """(inputs, targets, weights) of each step, (ROWS, LENGTH)."""
    n = len(tokens)
    windows = -(-n // LENGTH)
    for step in range(STEPS):
        samples = [divmod(step * ROWS + row, windows) for row in range(ROWS)]
        k = np.array([order(e, windows, i) * LENGTH + np.arange(LENGTH) for e, i in samples])
        at = (k + np.array([[phase(e)] for e, _ in samples])) % n
        yield tokens[at - 1], tokens[at], k < n


def masks(ids, window):
    """Positions and additive masks: an input that is the EOT opens a document."""
    documents = np.cumsum(ids == 0, axis=1)
    t = np.arange(ids.shape[1])
    starts = np.maximum.accumulate(np.where(ids == 0, t, 0), axis=1)
    sees = (documents[:, :, None] == documents[:, None, :]) & (t[None, :, None] >= t[None, None, :])
    near = t[:, None] - t[None, :] < (window or len(t))
    additive = [torch.where(torch.tensor(m)[:, None], 0., torch.finfo(torch.float32).min) for m in (sees, sees & near)]
    return torch.tensor(t[None] - starts), additive


def rate(step):
    if step < WARMUP:
        return RATE * (step + 1) / WARMUP
    part = (step - WARMUP) / (STEPS - 1 - WARMUP)
    return RATE_MIN + .5 * (RATE - RATE_MIN) * (1 + np.cos(np.pi * part))


def optimizers(model, muon):
    hidden = [p for name, p in model.named_parameters() if muon and p.dim() > 1 and "layers." in name]
    matrices = [p for p in model.parameters() if p.dim() > 1 and not any(p is h for h in hidden)]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    adamw = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0}],
                              betas=BETAS, eps=1e-8)
    if not muon:
        return [adamw]
    theirs = torch.optim._muon  # pylint: disable=protected-access
    source = inspect.getsource(theirs._zeropower_via_newtonschulz)  # pylint: disable=protected-access
    exec(source.replace("torch.bfloat16", "torch.float32"), theirs.__dict__)  # pylint: disable=exec-used
    return [adamw, torch.optim.Muon(hidden, weight_decay=DECAY, momentum=.95, adjust_lr_fn="match_rms_adamw")]


def train_with_torch(model, tokens, muon):
    both = optimizers(model, muon)
    window = getattr(model.config, "sliding_window", None)
    losses, norms = [], []
    for step, (ids, targets, weights) in enumerate(batches(tokens)):
        positions, (full, near) = masks(ids, window)
        mask = {"full_attention": full, "sliding_attention": near} if hasattr(model.config, "layer_types") else near
        logits = model(torch.tensor(ids), attention_mask=mask, position_ids=positions).logits
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten(), reduction="none")
        loss = (each * torch.tensor(weights).flatten()).sum() / weights.sum()
        model.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        for optimizer in both:
            for group in optimizer.param_groups:
                group["lr"] = rate(step)
            optimizer.step()
        losses.append(float(loss.detach()))
    return np.array(losses), np.array(norms)


def same_training(folder, name, config, muon=False):
    tokens = np.fromfile(f"{folder}/shards/shard-00000.bin", np.uint16).astype(np.int64)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().train()
    start, same = f"{folder}/start-{name}", f"{folder}/same-{name}"
    model.save_pretrained(start)
    tool("train", "--data", f"{folder}/shards", "--model", f"{start}/config.json", "--init", start,
         "--steps", str(STEPS), "--length", str(LENGTH), "--batch", str(ROWS), "--leaf", "2", "--seed", str(SEED),
         "--lr", str(RATE), "--lr-min", str(RATE_MIN), "--warmup", str(WARMUP), "--clip", str(CLIP), "--decay", str(DECAY),
         "--beta1", str(BETAS[0]), "--beta2", str(BETAS[1]), "-o", same, "-q", "--optimizer", "muon" if muon else "adamw")
    with open(f"{same}/metrics.jsonl", encoding="utf-8") as f:
        ours = [json.loads(line) for line in f]
    losses, norms = train_with_torch(model, tokens, muon)
    apart = np.abs(losses - [m["loss"] for m in ours]).max()
    check(apart < 1e-5, f"{name}: losses differ by {apart:.1e}")
    spread = np.abs(norms / [m["grad_norm"] for m in ours] - 1).max()
    check(spread < 1e-4, f"{name}: norms of gradients differ by {spread:.1e}")
    check(np.allclose([m["lr"] for m in ours], [rate(s) for s in range(STEPS)], rtol=1e-12), "learning rates differ")
    check(norms.max() > CLIP > norms.min() or muon or name == "qwen3", "the norms do not lie on both sides of the clip")
    again = AutoModelForCausalLM.from_pretrained(f"{same}/model", dtype=torch.float32)
    weights = max(float((a - b).detach().abs().max()) for (n, a), b in zip(model.named_parameters(), again.parameters())
                  if not n.endswith("c_attn.bias"))  # a bias of keys has no gradient but rounding, which Adam blows up
    check(weights < 3e-4, f"{name}: weights differ by {weights:.1e}")
    print(f"{name}: {STEPS} steps: losses {losses[0]:.4f} … {losses[-1]:.4f}, largest difference {apart:.1e}; norms {spread:.1e}; "
          f"weights {weights:.1e}")


def main():
    if not os.path.exists(os.path.join(BUILD, "tests", "model_logits")):
        print("skipped: model_logits is not built")
        sys.exit(77)
    rng = random.Random(5)
    ids = [0] + [rng.randrange(1, VOCAB) for _ in range(POSITIONS - 1)]
    with tempfile.TemporaryDirectory() as folder:
        make_shards(folder, rng)
        for name, changes in MODELS.items():
            one_model(folder, name, changes, ids)
        for name, config in TRAINED.items():
            same_training(folder, name, config)
        same_training(folder, "muon", TRAINED["llama"], muon=True)
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
