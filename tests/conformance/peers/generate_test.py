# SPDX-License-Identifier: MIT
"""`seimai generate` beside transformers: the same model, the same prompts, the same text.

A random Llama model with a tokenizer of ours is saved by transformers; both continue Japanese prompts greedily, with and
without a repetition penalty, by --prompt and as documents. `seimai model export` makes a GGUF file of it, and llama.cpp
itself (PyPI: llama-cpp-python), keys and values in F32, gives the same logits and goes on alike. `seimai eval` gives the bits
per byte that follow from transformers' logits, for documents of one window and of several.

Needs torch and transformers. SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BIN = os.path.join(os.path.abspath(os.environ.get("SEIMAI_BUILD", "build")), "bin")
WORDS = "今日 は 天気 が よい ので 散歩 に 行った 。 犬 と 猫 の 話 を 、 書い て いる 東京 大学 研究 者 する です ます".split()
PROMPTS = ["", "今日は", "犬と猫の話を、書いている東京", "The quick 🐕 fox"]
TOKENS = 80


def tool(name, *arguments, stdin=None):
    command = [os.path.join(BIN, f"seimai-{name}"), *map(str, arguments)]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def make_tokenizer(folder):
    random.seed(1)
    lines = ("".join(random.choices(WORDS, k=40)) for _ in range(300))
    documents = "".join(json.dumps({"text": line}, ensure_ascii=False) + "\n" for line in lines)
    tool("tokenizer-train", "--vocab-size", 512, "-o", folder, stdin=documents.encode())
    return PreTrainedTokenizerFast(tokenizer_file=os.path.join(folder, "tokenizer.json"))


def make_model(folder, tokenizer):
    torch.manual_seed(3)
    config = LlamaConfig(vocab_size=576, hidden_size=64, intermediate_size=144, num_hidden_layers=2,
                         num_attention_heads=8, num_key_value_heads=2, max_position_embeddings=256,
                         initializer_range=0.25, bos_token_id=0, eos_token_id=0)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():  # 576 ids, 512 of the tokenizer: the others would win if nobody forbade them
        model.lm_head.weight[512:] *= 3
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
    path = os.path.join(folder, "model.gguf")
    tool("model-export", folder, "-q", "-o", path)
    theirs = llama_cpp.Llama(path, n_ctx=256, logits_all=True, verbose=False, type_k=0, type_v=0)
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
            same = same and int(want.argmax()) == int(got.argmax())
            ids.append(int(want.argmax()))
            theirs.eval(ids[-1:])
        same = same and worst < 1e-3
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


def main():
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = make_tokenizer(folder)
        model = make_model(folder, tokenizer)
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
    sys.exit(1 if failed else 0)


main()
