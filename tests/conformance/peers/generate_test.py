# SPDX-License-Identifier: MIT
"""`seimai generate` beside transformers: the same models, the same prompts, the same text.

A random model of each family with a tokenizer of ours is saved by transformers; both continue Japanese prompts greedily, with and
without a repetition penalty, by --prompt and as documents. `seimai model export` makes a GGUF file of it, and llama.cpp
itself (PyPI: llama-cpp-python), keys and values in F32, gives the same logits and goes on alike. `seimai eval` gives the bits
per byte that follow from transformers' logits, for documents of one window and of several. `seimai model export --to llmc`
writes GPT-2 as llm.c reads it: a reader written here from llm.c's layout gives transformers the same weights back. An adapter
of peft on the first model answers as peft does. How often each id is drawn under top-k, top-p, min-p and the temperature follows
from transformers' own logits processors.

Needs torch and transformers. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import torch
    import numpy
    from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, PreTrainedTokenizerFast,
                              Qwen2Config, Qwen3Config)
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = os.path.join(os.path.abspath(os.environ.get("SEIMAI_BUILD", "build")), "bin")
WORDS = "今日 は 天気 が よい ので 散歩 に 行った 。 犬 と 猫 の 話 を 、 書い て いる 東京 大学 研究 者 する です ます".split()
PROMPTS = ["", "今日は", "犬と猫の話を、書いている東京", "The quick 🐕 fox"]
TOKENS = 200
BASE = {"vocab_size": 576, "hidden_size": 64, "intermediate_size": 144, "num_hidden_layers": 2, "num_attention_heads": 8,
        "num_key_value_heads": 2, "max_position_embeddings": 320, "initializer_range": 0.25, "bos_token_id": 0,
        "eos_token_id": 0}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
MODELS = {"llama": LlamaConfig(**BASE),
          "llama3": LlamaConfig(**BASE, rope_parameters=LLAMA3, attention_bias=True, tie_word_embeddings=True),
          "linear": LlamaConfig(**BASE, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
          "mistral": MistralConfig(**BASE, head_dim=12, sliding_window=None),
          "mistral-window": MistralConfig(**BASE, sliding_window=33),
          "qwen2": Qwen2Config(**BASE),
          "qwen2-window": Qwen2Config(**BASE, use_sliding_window=True, sliding_window=29, max_window_layers=1),
          "qwen3": Qwen3Config(**BASE, head_dim=16, tie_word_embeddings=True),
          "gpt2": GPT2Config(vocab_size=576, n_positions=320, n_embd=64, n_layer=2, n_head=8, initializer_range=0.25,
                             bos_token_id=0, eos_token_id=0)}


def tool(name, *arguments, stdin=None):
    command = [os.path.join(BIN, f"seimai-{name}"), *map(str, arguments)]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def make_tokenizer(folder):
    random.seed(1)
    lines = ("".join(random.choices(WORDS, k=40)) for _ in range(300))
    documents = "".join(json.dumps({"text": line}, ensure_ascii=False) + "\n" for line in lines)
    tool("tokenizer-train", "--vocab-size", 512, "-o", folder, stdin=documents.encode())


def make_model(folder, config):
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith("bias"):
                p.normal_(0, 0.2)
        model.lm_head.weight[512:] *= 3  # 576 ids, 512 of the tokenizer: the others would win if nobody forbade them
    model.save_pretrained(folder)
    return model


def peer(model, tokenizer, prompt, penalty):
    ids = torch.tensor([[0, *tokenizer.encode(prompt, add_special_tokens=False)]])
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=TOKENS, do_sample=False,
                         repetition_penalty=penalty, eos_token_id=0, pad_token_id=0,
                         suppress_tokens=list(range(512, 576)))
    return tokenizer.decode(out[0, ids.shape[1]:], skip_special_tokens=True)


def by_llama_cpp(folder, tokenizer, model):
    """How many prompts llama.cpp continues otherwise than transformers, or logits that differ by more than 1e-3."""
    try:
        import llama_cpp
    except ImportError as missing:
        print(f"skipped: llama.cpp: {missing}")
        return 0
    if getattr(model.config, "sliding_window", None):
        return 0  # its architectures have no window
    tolerance = 1e-2 if model.config.model_type == "gpt2" else 1e-3  # ggml looks GELU up in a table of half precision
    path = os.path.join(folder, "model.gguf")
    tool("model-export", folder, "-q", "-o", path)
    theirs = llama_cpp.Llama(path, n_ctx=320, logits_all=True, verbose=False, type_k=0, type_v=0)
    failed = 0
    for prompt in PROMPTS:
        ids = [0, *tokenizer.encode(prompt, add_special_tokens=False)]
        same, worst = ids[1:] == theirs.tokenize(prompt.encode(), add_bos=False, special=False), 0.0
        theirs.reset()
        theirs.eval(ids)
        for _ in range(TOKENS):
            with torch.no_grad():
                want = model(torch.tensor([ids])).logits[0, -1, :512]
            got = torch.tensor(theirs.scores[theirs.n_tokens - 1][:512])
            worst = max(worst, float((want - got).abs().max()))
            behind = float(want.max() - want[got.argmax()])  # of GPT-2 a tie may fall either way
            same = same and behind <= (tolerance if tolerance > 1e-3 else 0.0)
            ids.append(int(want.argmax()))
            theirs.eval(ids[-1:])
        same = same and worst < tolerance
        failed += not same
        print("ok    " if same else "FAILED", "llama.cpp", repr(prompt), f"logits differ by {worst:.1e} at most")
    return failed


def bits_per_byte(model, ids, length):
    """The definition: windows of `length` targets from EOT on, each but the first with `length - length // 2` before it."""
    tokens, done, nats = [0, *ids, 0], 0, 0.0
    while done < len(tokens) - 1:
        context = length - length // 2 if done else 0
        n = min(len(tokens) - 1 - done, length - context)
        first = done - context
        with torch.no_grad():
            logits = model(torch.tensor([tokens[first:done + n]])).logits[0, context:].double()
        wanted = torch.tensor(tokens[done + 1:done + n + 1])
        nats -= float(torch.log_softmax(logits, -1).gather(1, wanted[:, None]).sum())
        done += n
    return nats / 0.6931471805599453


def by_eval(folder, tokenizer, model):
    texts = ["", "猫", "".join(WORDS), "".join(WORDS) * 9, "The quick 🐕 fox" * 30]
    documents = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    lines = tool("eval", "--model", folder, "-q", "--length", 64, "--annotate", stdin=documents.encode()).decode().splitlines()
    failed = 0
    for text, line in zip(texts, lines, strict=True):
        got = json.loads(line)["metadata"]["bpb"]
        size = len(text.encode())
        want = bits_per_byte(model, tokenizer.encode(text, add_special_tokens=False), 64) / size if size else None
        same = got == want if want is None else abs(got - want) < 1e-5 * want
        failed += not same
        print("ok    " if same else "FAILED", "eval", repr(text[:12]), got, want)
    return failed


def read_llmc(path, config):
    """llm.c's checkpoint as a state dict: the layout is that of train_gpt2.c (ParameterTensors)."""
    header = numpy.fromfile(path, "<i4", 256)
    weights = numpy.fromfile(path, "<f4", offset=1024)
    magic, version, positions, V, L, heads, C, padded = header[:8].tolist()
    assert (magic, version, padded) == (20240326, 3, -(-V // 128) * 128) and not header[8:].any()
    assert (positions, V, L, heads, C) == (config.n_positions, config.vocab_size, config.n_layer, config.n_head, config.n_embd)
    shapes = {"wte.weight": (padded, C), "wpe.weight": (positions, C), "ln_1.weight": (L, C), "ln_1.bias": (L, C),
              "attn.c_attn.weight": (L, 3 * C, C), "attn.c_attn.bias": (L, 3 * C), "attn.c_proj.weight": (L, C, C),
              "attn.c_proj.bias": (L, C), "ln_2.weight": (L, C), "ln_2.bias": (L, C), "mlp.c_fc.weight": (L, 4 * C, C),
              "mlp.c_fc.bias": (L, 4 * C), "mlp.c_proj.weight": (L, C, 4 * C), "mlp.c_proj.bias": (L, C),
              "ln_f.weight": (C,), "ln_f.bias": (C,)}
    state, at = {}, 0
    for name, shape in shapes.items():
        n = int(numpy.prod(shape))
        value = torch.tensor(weights[at:at + n].reshape(shape))
        at += n
        if name == "wte.weight":
            assert not value[V:].any()
            value = value[:V]
        if name[:2] in ("wt", "wp") or name.startswith("ln_f"):
            state["transformer." + name] = value
            continue
        for layer in range(L):
            one = value[layer]
            state[f"transformer.h.{layer}.{name}"] = one.T if one.dim() == 2 else one  # theirs is (out, in)
    assert at == len(weights)
    return state


def by_llmc(folder, model):
    path = os.path.join(folder, "model.bin")
    if model.config.model_type != "gpt2":
        return 0
    tool("model-export", "--to", "llmc", folder, "-q", "-o", path)
    got, want = read_llmc(path, model.config), model.state_dict()
    same = all(torch.equal(value, want[name]) for name, value in got.items())
    same = same and set(want) - set(got) == {"lm_head.weight"}
    print("ok    " if same else "FAILED", f"llm.c: {len(got)} tensors")
    return int(not same)


def by_adapter(folder, tokenizer, model):
    """A fresh adapter with weights that matter, saved by peft; its base by name and by --base."""
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as missing:
        print(f"skipped: peft: {missing}")
        return 0
    targets = ["c_attn", "c_proj"] if model.config.model_type == "gpt2" else ["q_proj", "v_proj", "down_proj"]
    failed = 0
    with tempfile.TemporaryDirectory() as adapter:
        torch.manual_seed(5)
        tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=12, target_modules=targets, init_lora_weights=False,
                                                 fan_in_fan_out=model.config.model_type == "gpt2")).eval()
        tuned.peft_config["default"].base_model_name_or_path = folder
        tuned.save_pretrained(adapter)
        for prompt in PROMPTS[1:]:
            want = prompt + peer(tuned, tokenizer, prompt, 1.0) + "\n"
            for base in ([], ["--base", folder]):
                got = tool("generate", "--model", adapter, *base, "-t", 0, "-n", TOKENS, "-q", "--prompt", prompt).decode()
                failed += got != want
                print("ok    " if got == want else "FAILED", "adapter", *base[:1], repr(prompt))
        tuned.unload()
    return failed


SAMPLERS = [{"top_k": 7}, {"top_p": 0.8}, {"min_p": 0.1}, {"top_k": 20, "top_p": 0.9, "min_p": 0.05}]
DRAWS = 4000


def by_sampler(folder, tokenizer, model):
    """The first token of many answers against the distribution that transformers' processors leave: none outside it, χ²."""
    from transformers import LogitsProcessorList, MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
    ids = torch.tensor([[0, *tokenizer.encode(PROMPTS[2], add_special_tokens=False)]])
    with torch.no_grad():
        logits = model(ids).logits[:, -1, :512].double()
    words = [tokenizer.decode([i], skip_special_tokens=True) for i in range(512)]
    failed = 0
    for s in SAMPLERS:
        chain = LogitsProcessorList([TemperatureLogitsWarper(3.0)])
        chain += [TopKLogitsWarper(s["top_k"])] if "top_k" in s else []
        chain += [TopPLogitsWarper(s["top_p"])] if "top_p" in s else []
        chain += [MinPLogitsWarper(s["min_p"])] if "min_p" in s else []
        p = torch.softmax(chain(ids, logits.clone()), -1)[0]
        want, seen = {}, {}
        for i in range(512):
            if p[i] > 0:
                want[words[i]] = want.get(words[i], 0.0) + float(p[i])
        options = [x for key, value in {"top_k": 0, "top_p": 1, "min_p": 0, **s}.items() for x in ("--" + key.replace("_", "-"), value)]
        line = tool("generate", "--model", folder, "-t", 3, *options, "-n", 1, "--answers", DRAWS, "--streams", 32, "--ignore-eot",
                    "-q", "--prompt", PROMPTS[2])
        for answer in json.loads(line)["answers"]:
            seen[answer["text"]] = seen.get(answer["text"], 0) + 1
        chi = sum((seen.get(word, 0) - DRAWS * q) ** 2 / (DRAWS * q) for word, q in want.items())
        freedom = len(want) - 1
        same = not set(seen) - set(want) and chi < freedom + 5 * (2 * freedom) ** 0.5 + 5
        failed += not same
        print("ok    " if same else "FAILED", "sampler", s, f"{len(want)} words, chi-square {chi:.0f}")
    return failed


def one_model(name, config, tokenizer_folder):
    print(f"---- {name}")
    with tempfile.TemporaryDirectory() as folder:
        for file in os.listdir(tokenizer_folder):
            shutil.copy(os.path.join(tokenizer_folder, file), folder)
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=os.path.join(folder, "tokenizer.json"))
        model = make_model(folder, config)
        failed = 0
        for penalty in (1.0, 1.3):
            common = ["--model", folder, "-t", 0, "-n", TOKENS, "--repetition-penalty", penalty, "-q"]
            documents = "".join(json.dumps({"text": p}, ensure_ascii=False) + "\n" for p in PROMPTS)
            answers = tool("generate", *common, "--prompts", "-", stdin=documents.encode()).decode().splitlines()
            for prompt, line in zip(PROMPTS, answers, strict=True):
                want = peer(model, tokenizer, prompt, penalty)
                got = json.loads(line)["metadata"]["generate"]["text"]
                shown = tool("generate", *common, "--prompt", prompt).decode()
                same = got == want and shown == prompt + want + "\n"
                failed += not same
                print("ok    " if same else "FAILED", penalty, repr(prompt), "" if same else f"{got!r} != {want!r}")
        failed += by_eval(folder, tokenizer, model)
        failed += by_llama_cpp(folder, tokenizer, model)
        failed += by_llmc(folder, model)
        if name in ("llama", "gpt2"):
            failed += by_sampler(folder, tokenizer, model)
            failed += by_adapter(folder, tokenizer, model)
    return failed


def main():
    with tempfile.TemporaryDirectory() as folder:
        make_tokenizer(folder)
        wanted = sys.argv[1:] or MODELS
        failed = sum(one_model(name, MODELS[name], folder) for name in wanted)
    print(f"{failed} failures")
    sys.exit(1 if failed else 0)


main()
