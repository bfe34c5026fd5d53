# SPDX-License-Identifier: MIT
"""A model directory of random weights: make_model.py CONFIG DIR (numpy and safetensors of the test environment)."""
import json
import os
import sys

import numpy
from safetensors.numpy import save_file


def shapes(c):
    C, F, V = c["hidden_size"], c["intermediate_size"], c["vocab_size"]
    Q, KV = c["num_attention_heads"] * c["head_dim"], c["num_key_value_heads"] * c["head_dim"]
    yield "model.embed_tokens.weight", (V, C)
    for i in range(c["num_hidden_layers"]):
        layer = f"model.layers.{i}."
        for name, shape in (("self_attn.q_proj", (Q, C)), ("self_attn.k_proj", (KV, C)), ("self_attn.v_proj", (KV, C)),
                            ("self_attn.o_proj", (C, Q)), ("mlp.gate_proj", (F, C)), ("mlp.up_proj", (F, C)),
                            ("mlp.down_proj", (C, F)), ("input_layernorm", (C,)), ("post_attention_layernorm", (C,))):
            yield f"{layer}{name}.weight", shape
    yield "model.norm.weight", (C,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (V, C)


def main():
    path, folder = sys.argv[1:]
    with open(path) as file:
        config = json.load(file)
    random = numpy.random.default_rng(1)
    tensors = {name: numpy.ones(shape, "f4") if len(shape) == 1 else random.standard_normal(shape, "f4") * numpy.float32(0.05)
               for name, shape in shapes(config)}
    os.makedirs(folder, exist_ok=True)
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({"architectures": ["LlamaForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, **config}, file)


main()
