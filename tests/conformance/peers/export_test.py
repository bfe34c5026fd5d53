# SPDX-License-Identifier: MIT
"""Exported tokenizers in transformers and in llama.cpp itself (PyPI: llama-cpp-python, which builds it).

Trains byte-level tokenizers with each pre-tokenizer that llama.cpp has, and a SentencePiece model over characters; exports
them; compares ids on lines of Japanese, wikitext and English, and on characters of every kind. AutoTokenizer loads the
folder, and its chat template gives the ids and the mask that it should; llama.cpp renders the same text from the GGUF
file. Skips (77) without the data; a missing package is said.
"""
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("SEIMAI_SOURCE", os.path.join(os.path.dirname(__file__), "../../.."))
DATA = os.environ.get("SEIMAI_DATA", os.path.join(SOURCE, "../shared/data"))
BIN = os.path.join(os.environ.get("SEIMAI_BUILD", "build/gcc"), "bin")
TEXT = os.path.join(DATA, "text/text_dev.jsonl.zst")
WIKI = os.path.join(DATA, "wiki/jawiki-country-pages-articles.xml.bz2")
ENGLISH = os.path.join(DATA, "english/tinyshakespeare.txt")
LINES = 12000
CHAT = [{"role": "system", "content": "短く。"}, {"role": "user", "content": "猫は?"},
        {"role": "assistant", "content": "にゃあ。<|im_end|>"}, {"role": "user", "content": "犬は?"}]
RENDERED = ("<|im_start|>system\n短く。<|im_end|>\n<|im_start|>user\n猫は?<|im_end|>\n<|im_start|>assistant\n"
            "にゃあ。<|im_end|><|im_end|>\n<|im_start|>user\n犬は?<|im_end|>\n<|im_start|>assistant\n")
failures = 0


def check(ok, what):
    global failures
    failures += not ok
    print("ok" if ok else "FAILED", what, flush=True)


def tool(name, *arguments, stdin=None):
    run = subprocess.run([os.path.join(BIN, "seimai-" + name), *arguments], input=stdin, capture_output=True, check=False)
    if run.returncode:
        print("FAILED", name, *arguments, run.stderr.decode())
        sys.exit(1)
    return run.stdout


def jsonl(texts):
    return b"".join(json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in texts)


def content(command, path):
    return subprocess.run([command, "-dc", path], capture_output=True, check=True).stdout


def real_lines(documents):
    japanese = [line for text in documents[1::7] for line in text.split("\n") if line]
    wiki = content("bzip2", WIKI).decode().splitlines()
    with open(ENGLISH, encoding="utf-8") as file:
        english = file.read().splitlines()
    chance = random.Random(5)
    return [line for kind in (japanese, wiki, english) for line in chance.sample(kind, LINES // 3)]


def odd_texts(number, marks):
    """llama.cpp's gpt-4o does not know marks."""
    chance = random.Random(7)
    pieces = [*"aZ'sSdtſllRE 09①Ⅳ〇々ー・゛゠ぁカ漢龥龦\r\n\t\u3000é。！!?_-.\u200b\u00ad\u0085\ue000😀ก½\u2028\ufeff",
              *("\u3099\u0301ั" if marks else ""),
              "[電話]", "<|endoftext|>", "<extra_id_0>", "'ll", "'S", "  ", "\n\n", "123"]
    return ["".join(chance.choice(pieces) for _ in range(chance.randrange(1, 60))) for _ in range(number)]


def ours(tokenizer, texts):
    return [json.loads(line)["ids"] for line in tool("encode", "--tokenizer", tokenizer, stdin=jsonl(texts)).splitlines()]


def compare(what, texts, want, encode):
    differ = [(text, ids, got) for text, ids in zip(texts, want) if (got := list(encode(text))) != ids]
    check(not differ, f"{what}: {len(texts)} texts, {sum(map(len, want))} tokens, {len(differ)} differ "
          + (repr(differ[0])[:300] if differ else ""))


# ---- llama.cpp ---------------------------------------------------------------------------------------

class Llama:
    """A vocabulary in llama.cpp."""

    def __init__(self, path):
        asked = llama_cpp.llama_model_default_params()
        asked.vocab_only = True
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), asked)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)

    def encode(self, text):
        data = text.encode()
        room = (llama_cpp.llama_token * (len(data) + 2))()
        n = llama_cpp.llama_tokenize(self.vocab, data, len(data), room, len(room), False, False)
        return room[:n]

    def text_of(self, ids):
        out = b""
        for i in ids:
            room = ctypes.create_string_buffer(256)
            n = llama_cpp.llama_token_to_piece(self.vocab, i, room, len(room), 0, True)
            out += room.raw[:n]
        return out

    def chat(self, messages):
        template = llama_cpp.llama_model_chat_template(self.model, None)
        list_of = (llama_cpp.llama_chat_message * len(messages))(
            *[llama_cpp.llama_chat_message(m["role"].encode(), m["content"].encode()) for m in messages])
        room = ctypes.create_string_buffer(4096)
        n = llama_cpp.llama_chat_apply_template(template, list_of, len(messages), True, room, len(room))
        return room.raw[:n].decode()

    def close(self):
        llama_cpp.llama_model_free(self.model)


def in_llama(name, tokenizer, path, texts):
    engine = Llama(path)
    for kind, some in texts:
        want = ours(tokenizer, some)
        compare(f"{name} in llama.cpp, {kind}", some, want, engine.encode)
        check(all(engine.text_of(ids) == text.encode() for text, ids in zip(some[:2000], want)),
              f"{name} in llama.cpp, {kind}: ids give the text back")
    if name == "deepseek-v3":
        check(engine.chat(CHAT) == RENDERED, "llama.cpp renders the chat")
        check(llama_cpp.llama_vocab_is_eog(engine.vocab, 3) and llama_cpp.llama_vocab_is_eog(engine.vocab, 0),
              "llama.cpp ends at <|im_end|> and <|endoftext|>")
    engine.close()


# ---- transformers --------------------------------------------------------------------------------------

def in_transformers(name, tokenizer, folder, lines):
    engine = AutoTokenizer.from_pretrained(folder)
    compare(f"{name} in transformers", lines, ours(tokenizer, lines),
            lambda text: engine.encode(text, add_special_tokens=False))
    check(engine.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True) ==
          "<|endoftext|>" + RENDERED,
          f"{name}: transformers renders the chat")
    turn = CHAT[:2] + [{"role": "assistant", "content": "にゃあ。"}]
    out = engine.apply_chat_template(turn, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    said = engine.decode([i for i, on in zip(out["input_ids"], out["assistant_masks"]) if on])
    check(said == "にゃあ。<|im_end|>", f"{name}: the mask marks what the assistant says: {said!r}")
    check([i for i in out["input_ids"] if i in (2, 3)] == [2, 3] * 3, f"{name}: <|im_start|> is 2, <|im_end|> 3")
    check((engine.eos_token_id, engine.pad_token_id) == (0, 1), f"{name}: eos 0, pad 1")


# ---- the tests -------------------------------------------------------------------------------------------

def byte_level(folder, training, lines):
    for pretoken in ("deepseek-v3", "llama3", "gpt2", "o200k", "qwen"):
        tokenizer, vocab, hf = (os.path.join(folder, pretoken + end) for end in ("", ".gguf", ".hf"))
        tool("tokenizer-train", "-q", "--vocab-size", "8000", "--pretoken", pretoken, "--reserve", "[電話]", "-o", tokenizer,
             stdin=jsonl(training))
        tool("tokenizer-export", "--to", "gguf", tokenizer, "-o", vocab)
        if llama_cpp:
            in_llama(pretoken, tokenizer, vocab, [("real", lines), ("odd", odd_texts(4000, pretoken != "o200k"))])
        if pretoken in ("deepseek-v3", "o200k"):
            tool("tokenizer-export", "--to", "hf", tokenizer, "-o", hf)
            in_transformers(pretoken, tokenizer, hf, lines)


def characters(folder, training, lines):
    text, model, vocab = (os.path.join(folder, name) for name in ("training.txt", "theirs.model", "theirs.gguf"))
    with open(text, "w", encoding="utf-8") as file:
        file.write("\n".join(line for document in training for line in document.split("\n") if 0 < len(line) < 400))
    for prefix in (True, False):
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=model[:-6], model_type="bpe", vocab_size=6000, byte_fallback=True, minloglevel=2,
            normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=prefix)
        tool("tokenizer-export", "--to", "gguf", model, "-o", vocab)
        engine = Llama(vocab)
        compare(f".model in llama.cpp, dummy prefix {prefix}", lines, ours(model, lines), engine.encode)
        engine.close()


if not os.path.exists(TEXT):
    print(f"skipped: {TEXT} is missing")
    sys.exit(77)
from transformers import AutoTokenizer
try:
    import llama_cpp
    import sentencepiece
    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
except ImportError as error:
    llama_cpp = None
    print("skip llama.cpp:", error)
with tempfile.TemporaryDirectory() as scratch:
    real = [json.loads(line)["text"] for line in content("zstd", TEXT).splitlines()]
    held_out = real_lines(real)
    byte_level(scratch, real[::25], held_out)
    if llama_cpp:
        characters(scratch, real[::25], held_out)
print(f"{failures} failures")
sys.exit(failures > 0)
