# SPDX-License-Identifier: MIT
"""model.py DIR VOCABULARY [SEED]: a Llama of random weights, small enough for a test; the tokenizer is there already."""
import array
import json
import os
import random
import struct
import sys

C, F, LAYERS, HEADS, KV, HD = 32, 80, 2, 4, 2, 8
folder, V, seed = sys.argv[1], int(sys.argv[2]), int((sys.argv + ["1"])[3])
random.seed(seed)
shapes = {"model.embed_tokens.weight": (V, C), "model.norm.weight": (C,), "lm_head.weight": (V, C)}
for i in range(LAYERS):
    for name, shape in (("self_attn.q_proj", (HEADS * HD, C)), ("self_attn.k_proj", (KV * HD, C)),
                        ("self_attn.v_proj", (KV * HD, C)), ("self_attn.o_proj", (C, HEADS * HD)), ("mlp.gate_proj", (F, C)),
                        ("mlp.up_proj", (F, C)), ("mlp.down_proj", (C, F)), ("input_layernorm", (C,)),
                        ("post_attention_layernorm", (C,))):
        shapes[f"model.layers.{i}.{name}.weight"] = shape
header, data = {}, b""
for name, shape in shapes.items():
    n = shape[0] * (shape[1] if len(shape) > 1 else 1)
    values = array.array("f", [1.0] * n if len(shape) == 1 else [random.gauss(0, 0.4) for _ in range(n)])
    if sys.byteorder == "big":
        values.byteswap()
    header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + 4 * n]}
    data += values.tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump({"model_type": "llama", "vocab_size": V, "hidden_size": C, "intermediate_size": F, "num_hidden_layers": LAYERS,
               "num_attention_heads": HEADS, "num_key_value_heads": KV, "head_dim": HD, "max_position_embeddings": 200,
               "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False, "bos_token_id": 0,
               "eos_token_id": 0}, file)
