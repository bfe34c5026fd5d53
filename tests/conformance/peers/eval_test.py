#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`seimai eval` beside its peers: the same metrics, the same log-likelihoods, the same replies.

Exact match and F1 against SQuAD's script with characters as tokens (written here from its definition), ROUGE-L against
rouge_score with characters as tokens, chrF and chrF++ against sacrebleu, a sentence and a corpus at a time: on random
texts of many scripts and on real answers and translations' like. Multiple choice against lm-evaluation-harness's own
Hugging Face backend on small random models, two-way, five-way and few-shot, with and without a first token, contexts that
end in spaces, are empty or too long. Replies against transformers' greedy generate. Intervals against numpy's bootstrap.

Needs sacrebleu, rouge_score, lm_eval, torch, transformers, numpy. SEIMAI_BUILD names the build folder.
Exit 0, 1 on failure, 77 when skipped.
"""
import collections
import json
import logging
import os
import random
import string
import subprocess
import sys
import tempfile
import unicodedata

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
logging.disable(logging.WARNING)
try:
    import numpy
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM
    from rouge_score import rouge_scorer
    from sacrebleu.metrics import CHRF
    from tokenizers.processors import TemplateProcessing
    from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = os.environ.get("SEIMAI_SOURCE", os.path.join(os.path.dirname(__file__), "..", "..", ".."))
DATA = os.environ.get("SEIMAI_DATA", os.path.join(SOURCE, "..", "shared", "data"))
BIN = os.path.join(os.path.abspath(os.environ.get("SEIMAI_BUILD", "build")), "bin")
failures = []


def check(name, good, detail=""):
    print("ok    " if good else "FAILED", name, detail)
    if not good:
        failures.append(name)


def tool(name, *arguments, stdin=None, status=0):
    command = [os.path.join(BIN, f"seimai-{name}"), *map(str, arguments)]
    run = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=False)
    assert run.returncode == status, (command, run.returncode)
    return run.stdout


def lines_of(items):
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()


def evaluate(folder, items, *arguments, status=0):
    """(the report of the only model, the items' results)."""
    out = os.path.join(folder, "out.jsonl")
    said = tool("eval", "-q", "--json", "-o", out, *arguments, stdin=lines_of(items), status=status)
    with open(out, encoding="utf-8") as file:
        return json.loads(said)["models"][0], [json.loads(line) for line in file]


# ---- metrics ------------------------------------------------------------------------------------------------

def form(text):
    """NFKC, lower case, without punctuation, white space and format characters."""
    text = unicodedata.normalize("NFKC", text)
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return "".join(c for c in lower if c not in string.punctuation and not c.isspace()
                   and unicodedata.category(c)[0] != "P" and unicodedata.category(c) != "Cf")


def squad_f1(answer, reference):
    """compute_f1 of SQuAD's evaluation script, version 2.0, tokens being characters."""
    gold, said = list(form(reference)), list(form(answer))
    common = collections.Counter(gold) & collections.Counter(said)
    same = sum(common.values())
    if not gold or not said:
        return float(gold == said)
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(gold)
    return 2 * precision * recall / (precision + recall)


class Characters:
    @staticmethod
    def tokenize(text):
        return [c for c in text if not c.isspace()]


def random_texts(generator, n):
    words = ["今日は", "天気", "。", "The cat's", " ", "\u3000", "１９２８年", "ｶﾞｷﾞ", "(hi)", "3.14,", "\n", "가나다", "😀👍🏽", "…", "é", "「東京」",
             "Ⅳ", "㈱", "x^2", "a", "B!", "ﬁne", "\t", "\u200b", "\x1c", "ŒUVRE", "・ー々〇", "don't", "--"]
    return ["".join(generator.choices(words, k=generator.randint(0, 12))) for _ in range(n)]


def score_items():
    generator = random.Random(5)
    texts = random_texts(generator, 900)
    items = []
    for i in range(400):
        output = generator.choice(texts)
        references = [generator.choice([output, output[1:], output + "。", generator.choice(texts)])
                      for _ in range(generator.randint(1, 3))]
        items.append({"id": f"r{i}", "output": output, "references": references})
    path = os.path.join(DATA, "preference", "preference_pairs.jsonl.zst")
    if os.path.exists(path):
        lines = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
        for i, line in enumerate(lines[::40]):
            pair = json.loads(line)
            items.append({"id": f"p{i}", "output": pair["chosen"], "references": [pair["rejected"], pair["prompt"]]})
    else:
        print("note: no real texts:", path, "is missing")
    return items


def metrics(folder):
    items = score_items()
    report, results = evaluate(folder, items, "--task", "score", "--metric", "em,f1,rouge-l,chrf,chrf++")
    rouge = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Characters())
    worst = collections.Counter()
    chrfs = {"chrf": CHRF(), "chrf++": CHRF(word_order=2)}
    for item, result in zip(items, results, strict=True):
        output, references = item["output"], item["references"]
        want = {"em": float(any(form(output) == form(r) for r in references)),
                "f1": max(squad_f1(output, r) for r in references),
                "rouge-l": max(rouge.score(r, output)["rougeL"].fmeasure for r in references)}
        for name, metric in chrfs.items():
            want[name] = metric.sentence_score(output, references).score
        for name, value in want.items():
            worst[name] = max(worst[name], abs(value - result["metrics"][name]))
    for name, value in worst.items():
        check(f"{name} of {len(items)} items", value < 1e-9, f"{value:.1e} apart at most")
    streams = [[(item["references"] + [None] * 3)[k] for item in items] for k in range(3)]
    for name, metric in chrfs.items():
        want, got = metric.corpus_score([item["output"] for item in items], streams).score, report["metrics"][name]["score"]
        check(f"{name} of the corpus", abs(want - got) < 1e-9, f"{want} {got}")
    values = numpy.array([result["metrics"]["f1"] for result in results])
    draws = numpy.random.default_rng(1).integers(0, len(values), (4000, len(values)))
    low, high = numpy.quantile(100 * values[draws].mean(1), [0.025, 0.975])
    got = report["metrics"]["f1"]
    check("interval", abs(got["low"] - low) < 0.4 and abs(got["high"] - high) < 0.4,
          f"{low:.2f} {high:.2f} beside {got['low']:.2f} {got['high']:.2f}")


# ---- multiple choice ----------------------------------------------------------------------------------------

BASE = {"vocab_size": 576, "hidden_size": 64, "intermediate_size": 144, "num_hidden_layers": 2, "num_attention_heads": 8,
        "num_key_value_heads": 2, "max_position_embeddings": 96, "initializer_range": 0.25, "bos_token_id": 0, "eos_token_id": 0}
MODELS = {"llama": LlamaConfig(**BASE, tie_word_embeddings=True),
          "qwen2": Qwen2Config(**BASE, use_sliding_window=True, sliding_window=29, max_window_layers=1),
          "gpt2": GPT2Config(vocab_size=576, n_positions=96, n_embd=64, n_layer=2, n_head=8, initializer_range=0.25,
                             bos_token_id=0, eos_token_id=0)}
WORDS = "今日 は 天気 が よい ので 散歩 に 行った 。 犬 と 猫 の 話 を 、 書い て いる 東京 大学 研究 者 する です ます".split()


def make_tokenizer(folder):
    generator = random.Random(1)
    documents = ({"text": "".join(generator.choices(WORDS, k=40))} for _ in range(300))
    tool("tokenizer-train", "-q", "--vocab-size", 512, "-o", folder, stdin=lines_of(documents))


def make_model(folder, config):
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    model.save_pretrained(folder)
    return model


def choice_items():
    generator = random.Random(7)
    text = lambda most: "".join(generator.choices(WORDS, k=generator.randint(1, most)))
    shots = "".join(f"質問:{text(6)}\n答え:{text(2)}\n\n" for _ in range(3))
    items = []
    for i in range(90):
        context = ["" if i % 30 == 0 else text(12), shots + text(8) + "\n答え:", text(8) + "  ", text(200)][i % 4]
        choices = list(dict.fromkeys(text(4) for _ in range(generator.choice([2, 2, 5]))))
        if len(choices) < 2:
            choices = ["犬。", "猫と東京"]
        items.append({"id": str(i), "context": context, "choices": choices, "answer": generator.randrange(len(choices))})
    return items


def begin_with_eot(folder):
    """Lets the tokenizer put its first token before every text, as Llama's do."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="<|endoftext|> $A",
                                                                    special_tokens=[("<|endoftext|>", 0)])
    tokenizer.save_pretrained(folder)


def by_harness(model, tokenizer, items):
    harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=8, device="cpu", max_length=96)
    pairs = [(item["context"], choice) for item in items for choice in item["choices"]]
    asked = [Instance("loglikelihood", {}, pair, i) for i, pair in enumerate(pairs)]
    return [value for value, _ in harness.loglikelihood(asked, disable_tqdm=True)]


def accuracies(item, logp):
    lengths = {"acc": [1] * len(logp), "acc_norm": [len(c) for c in item["choices"]],
               "acc_bytes": [len(c.encode()) for c in item["choices"]]}
    return {name: float(numpy.argmax(numpy.array(logp) / numpy.array(n)) == item["answer"]) for name, n in lengths.items()}


def choices(folder, name, model):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    items = [item for item in choice_items()
             if all(len(tokenizer.encode(item["context"].rstrip() + c)) > len(tokenizer.encode(item["context"].rstrip()))
                    for c in item["choices"])]  # the harness cannot ask for what merged with its context
    want = by_harness(model, tokenizer, items)
    report, results = evaluate(folder, items, "--task", "choice", "-m", folder)
    worst, at, same = 0.0, 0, True
    sums = collections.Counter()
    for item, result in zip(items, results, strict=True):
        theirs = want[at:at + len(item["choices"])]
        at += len(theirs)
        worst = max(worst, *(abs(a - b["logp"]) for a, b in zip(theirs, result["choices"], strict=True)))
        wanted = accuracies(item, theirs)
        same = same and wanted == result["metrics"]
        sums.update(wanted)
    same = same and all(abs(100 * total / len(items) - report["metrics"][key]["score"]) < 1e-9 for key, total in sums.items())
    check(f"{name}: {len(want)} choices", worst < 1e-4 and same,
          f"{worst:.1e} apart at most, {report['cut']} cut, accuracies {'equal' if same else 'differ'}")


# ---- replies ------------------------------------------------------------------------------------------------

def replies(folder, name, model, tokenizer):
    generator = random.Random(11)
    items = [{"id": str(i), "prompt": "".join(generator.choices(WORDS, k=generator.randint(0, 20))), "answer": "犬"} for i in range(20)]
    _, results = evaluate(folder, items, "--task", "generate", "-m", folder, "--tokens", 24, "--batch", 6)
    good = 0
    for item, result in zip(items, results, strict=True):
        ids = torch.tensor([[0, *tokenizer.encode(item["prompt"], add_special_tokens=False)]])
        out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False,
                             eos_token_id=0, pad_token_id=0, suppress_tokens=list(range(512, 576)))
        good += tokenizer.decode(out[0, ids.shape[1]:], skip_special_tokens=True).strip() == result["output"]
    check(f"{name}: replies", good == len(items), f"{good} of {len(items)} equal")


def main():
    with tempfile.TemporaryDirectory(prefix="seimai-eval-") as scratch:
        metrics(scratch)
        for name, config in MODELS.items():
            folder = os.path.join(scratch, name)
            make_tokenizer(folder)
            model = make_model(folder, config)
            choices(folder, name, model)
            replies(folder, name, model, PreTrainedTokenizerFast.from_pretrained(folder))
            begin_with_eot(folder)
            choices(folder, name + ", a first token", model)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
