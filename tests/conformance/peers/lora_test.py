# SPDX-License-Identifier: MIT
"""Adapters of PEFT here, and ours there: logits, gradients, ten steps of AdamW, merged weights.

For random small models of three families (Llama with grouped query heads, Qwen 3, GPT-2 with its transposed matrices) and
several kinds of adapter (all linear maps; some, by rsLoRA, in one block; ranks and alphas of their own; a head trained whole):
1. PEFT makes the adapter and saves it; we read it, and give the same logits and gradients, documents packed;
2. ten steps of AdamW: the same losses, the same adapter at the end, written by us, loaded by PEFT, with the same logits;
3. `model merge` gives the weights of merge_and_unload; two adapters added up are the sum of their parts.
Then what PEFT can and we cannot is refused with the name of its key.

Needs torch, transformers and peft. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen3Config
    from transformers.utils import logging
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.filterwarnings("ignore")
logging.disable_progress_bar()
BUILD = os.path.abspath(os.environ.get("SEIMAI_BUILD", "build"))
B, T, VOCAB, STEPS, RATE = 3, 40, 131, 10, 3e-3
SIZES = {"vocab_size": VOCAB, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 6,
         "num_key_value_heads": 2, "max_position_embeddings": 64, "initializer_range": .1, "bos_token_id": 0,
         "eos_token_id": 0}
BASES = {"llama": LlamaConfig(**SIZES, tie_word_embeddings=False),
         "qwen3": Qwen3Config(**SIZES, head_dim=10, tie_word_embeddings=True),
         "gpt2": GPT2Config(vocab_size=VOCAB, n_embd=48, n_layer=3, n_head=6, n_positions=64, initializer_range=.1,
                            resid_pdrop=0., embd_pdrop=0., attn_pdrop=0., bos_token_id=0, eos_token_id=0)}
LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = [
    ("llama", {"r": 4, "lora_alpha": 6, "target_modules": LLAMA}),
    ("llama", {"r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"], "use_rslora": True, "layers_to_transform": [1]}),
    ("llama", {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", "rank_pattern": {"q_proj": 7, "mlp.up_proj": 2},
               "alpha_pattern": {"k_proj": 3, "model.layers.1.mlp.down_proj": 9}, "modules_to_save": ["lm_head"]}),
    ("qwen3", {"r": 4, "lora_alpha": 8, "target_modules": r".*\.(?:q_proj|up_proj|down_proj)"}),
    ("gpt2", {"r": 5, "lora_alpha": 10, "target_modules": ["c_attn", "c_proj", "c_fc"]}),
    ("gpt2", {"r": 3, "lora_alpha": 3, "target_modules": ["attn.c_proj"], "use_rslora": True}),
]
REFUSED = {"use_dora": True, "bias": "all", "init_lora_weights": "pissa", "lora_bias": True}
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print(f"FAILED: {what}")


def run(*command, text=None, fails=False):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if bool(done.returncode) != fails:
        sys.exit(f"{command[:2]}: exit {done.returncode}: {done.stderr}")
    return done.stderr if fails else done.stdout


def merge(*args, **how):
    return run(os.path.join(BUILD, "bin", "seimai-model-merge"), *args, **how)


def client(adapter, out, batch, **how):
    numbers = " ".join(str(int(x)) for part in batch for x in part.flatten())
    program = os.path.join(BUILD, "tests", "lora_client")
    lines = run(program, adapter, out, str(STEPS), str(RATE), text=f"{B} {T} {numbers}", **how)
    return lines if how else np.array([float(x) for x in lines.split()])


def make_batch():
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(1, VOCAB, (B, T), generator=generator)
    ids[:, 0] = ids[1, 17] = ids[2, 9] = ids[2, 30] = 0  # documents
    targets = torch.randint(1, VOCAB, (B, T), generator=generator)
    return ids, targets, (torch.rand(B, T, generator=generator) < .8).long()


def logits_of(model, ids):
    """Documents, which open with 0, do not see each other."""
    documents, t = torch.cumsum(ids == 0, 1), torch.arange(T)
    sees = (documents[:, :, None] == documents[:, None, :]) & (t[None, :, None] >= t[None, None, :])
    starts = torch.cummax(torch.where(ids == 0, t, 0), 1).values
    mask = torch.where(sees[:, None], 0., torch.finfo(torch.float32).min)
    mask = {"full_attention": mask} if hasattr(model.config, "layer_types") else mask
    return model(ids, attention_mask=mask, position_ids=t[None] - starts).logits


def loss_of(model, batch):
    ids, targets, weights = batch
    each = torch.nn.functional.cross_entropy(logits_of(model, ids).flatten(0, 1), targets.flatten(), reduction="none")
    return (each * weights.flatten()).sum() / weights.sum()


def off(got, want):
    got, want = (torch.as_tensor(np.array(x)).double() for x in (got, want))
    return float((got - want).norm() / want.norm())


def load_base(folder, family):
    return AutoModelForCausalLM.from_pretrained(f"{folder}/{family}", dtype=torch.float32, attn_implementation="eager")


def make_adapter(folder, name, family, how):
    """An adapter whose B is not 0, on disk, and as PEFT has it, to be trained on."""
    model = get_peft_model(load_base(folder, family), LoraConfig(task_type="CAUSAL_LM", **how))
    torch.manual_seed(len(name))
    for key, p in model.named_parameters():
        if "lora_B" in key or "modules_to_save" in key:
            torch.nn.init.normal_(p, std=.1)
    model.save_pretrained(f"{folder}/{name}")
    return PeftModel.from_pretrained(load_base(folder, family), f"{folder}/{name}", is_trainable=True)


def named(model):
    """Parameters that are trained, under the names of adapter files."""
    return {k.replace(".default", "").replace(".modules_to_save", ""): p for k, p in model.named_parameters()
            if p.requires_grad}


def compare_tensors(folder, want, what, most):
    got = load_file(f"{folder}/adapter_model.safetensors")
    check(got.keys() == want.keys(), f"{what}: other tensors: {sorted(got.keys() ^ want.keys())[:4]}")
    worst = max(off(got[k], want[k]) for k in want)
    check(worst < most, f"{what} differ by {worst:.1e}")
    return worst


def train(model, batch):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, betas=(.9, .95), eps=1e-8,
                                  weight_decay=.1)
    losses = []
    for _ in range(STEPS):
        loss = loss_of(model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return np.array(losses)


def one_adapter(folder, name, family, how, batch):
    model, out = make_adapter(folder, name, family, how).train(), f"{folder}/{name}-out"
    logits = logits_of(model, batch[0]).detach()
    loss_of(model, batch).backward()
    gradients = {k: p.grad.clone() for k, p in named(model).items()}
    losses = client(f"{folder}/{name}", out, batch)
    ours = np.fromfile(f"{out}/logits.f32", np.float32).reshape(B, T, VOCAB)
    apart = [off(ours, logits)]
    check(apart[0] < 1e-5, f"{name}: logits differ by {apart[0]:.1e}")
    apart.append(compare_tensors(f"{out}/gradients", gradients, f"{name}: gradients", 1e-4))
    model.zero_grad()
    theirs = train(model, batch)
    check(np.abs(losses - theirs).max() < 1e-5, f"{name}: losses differ by {np.abs(losses - theirs).max():.1e}")
    start = load_file(f"{folder}/{name}/adapter_model.safetensors")
    moved = {k: p.detach() - start[k] for k, p in named(model).items()}
    got = {k: v - start[k] for k, v in load_file(f"{out}/trained/adapter_model.safetensors").items()}
    steps = off(torch.cat([got[k].flatten() for k in moved]), torch.cat([v.flatten() for v in moved.values()]))
    check(steps < 1e-3, f"{name}: the way of {STEPS} steps differs by {steps:.1e}")
    back = PeftModel.from_pretrained(load_base(folder, family), f"{out}/trained")
    with torch.no_grad():
        round_trip = off(logits_of(back, batch[0]), logits_of(model, batch[0]))
    check(round_trip < 1e-4, f"{name}: our adapter, loaded by PEFT, differs by {round_trip:.1e}")
    merge(f"{folder}/{name}", "-o", f"{out}/merged")
    merged = load_file(f"{out}/merged/model.safetensors")
    want = PeftModel.from_pretrained(load_base(folder, family), f"{folder}/{name}").merge_and_unload().state_dict()
    weights = max(off(merged[k], v) for k, v in want.items() if k in merged)
    check(weights < 1e-6 and len(merged) >= len(want) - 1, f"{name}: merged weights differ by {weights:.1e}")
    print(f"{name}: logits {apart[0]:.1e}, gradients {apart[1]:.1e}, losses {theirs[0]:.4f} … {theirs[-1]:.4f} within "
          f"{np.abs(losses - theirs).max():.1e}, way {steps:.1e}, back {round_trip:.1e}, merged {weights:.1e}")


def two_merged(folder):
    """The sum of two adapters is what PEFT's own addition gives."""
    merge(f"{folder}/llama", f"{folder}/0-llama", f"{folder}/1-llama", "-o", f"{folder}/two")
    model = PeftModel.from_pretrained(load_base(folder, "llama"), f"{folder}/0-llama").merge_and_unload()
    want = PeftModel.from_pretrained(model, f"{folder}/1-llama").merge_and_unload().state_dict()
    got = load_file(f"{folder}/two/model.safetensors")
    worst = max(off(got[k], v) for k, v in want.items())
    check(worst < 1e-6, f"two adapters merged differ by {worst:.1e}")
    print(f"two adapters merged: within {worst:.1e}")


def refusals(folder, batch):
    path = f"{folder}/0-llama/adapter_config.json"
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    for key, value in REFUSED.items():
        with open(path, "w", encoding="utf-8") as f:
            json.dump({**config, key: value}, f)
        said = client(f"{folder}/0-llama", f"{folder}/no", batch, fails=True)
        check(key in said, f"{key} = {value}: refused with '{said}'")
    print(f"refused by name: {', '.join(REFUSED)}")


def main():
    if not os.path.exists(os.path.join(BUILD, "tests", "lora_client")):
        print("skipped: lora_client is not built")
        sys.exit(77)
    batch = make_batch()
    with tempfile.TemporaryDirectory() as folder:
        for family, config in BASES.items():
            torch.manual_seed(1)
            AutoModelForCausalLM.from_config(config).save_pretrained(f"{folder}/{family}")
        for i, (family, how) in enumerate(ADAPTERS):
            one_adapter(folder, f"{i}-{family}", family, how, batch)
        two_merged(folder)
        refusals(folder, batch)
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
