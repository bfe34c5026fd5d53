# SPDX-License-Identifier: MIT
"""seimai normalize against Python's unicodedata, an implementation that shares nothing with ICU.

1. NFC and NFKC of every character that both know, alone and between characters that join, and of random
   texts that are rich in marks, jamo and compatibility characters.
2. The ja form of every character, worked out here from Unicode's <wide> and <narrow> and the categories.

SEIMAI_BUILD names the build folder. Exit 0, 1 on failure, 77 when skipped.
"""
import json
import os
import random
import subprocess
import sys
import unicodedata

TOOL = os.path.join(os.environ.get("SEIMAI_BUILD", "build"), "bin", "seimai-normalize")
EXCEPTIONS = {"\u2225": "\u2016", "\uff0d": "-", "\uff5e": "\u301c", "\uff9e": "\u309b", "\uff9f": "\u309c"}
INVISIBLE = [(0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E),
             (0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF), (0x1BCA0, 0x1BCA3),
             (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F)]
RICH = [(0x20, 0x7F), (0xA0, 0x180), (0x300, 0x370), (0x900, 0xA00), (0x1100, 0x1200), (0x1E00, 0x2000),
        (0x2000, 0x2200), (0x3041, 0x3100), (0x3200, 0x3400), (0xAC00, 0xAD00), (0xF900, 0xFAD9),
        (0xFB1D, 0xFDFC), (0xFF01, 0xFFEF), (0x1D157, 0x1D1C0)]
failures = 0


def known(c):
    return unicodedata.category(c) not in ("Cn", "Cs", "Co")


def normalized(form, texts):
    lines = "".join(json.dumps({"text": t}, ensure_ascii=i % 2 == 0) + "\n" for i, t in enumerate(texts))
    run = subprocess.run([TOOL, "--form", form], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line)["text"] for line in run.stdout.splitlines()]


def compare(form, texts, wanted):
    global failures
    got = normalized(form, texts)
    wrong = [(t, w, g) for t, w, g in zip(texts, wanted, got) if w != g]
    print(f"{form}: {len(texts)} texts, {len(wrong)} differ")
    for text, want, result in wrong[:5]:
        print(f"  {ascii(text)}: wanted {ascii(want)}, got {ascii(result)}")
    failures += len(wrong) + (len(got) != len(texts))


def ja(c):
    code = ord(c)
    kind = unicodedata.category(c)
    mapping = unicodedata.decomposition(c).split()
    if c in EXCEPTIONS:
        return EXCEPTIONS[c]
    if any(first <= code <= last for first, last in INVISIBLE):
        return ""
    if mapping and mapping[0] in ("<wide>", "<narrow>"):
        return chr(int(mapping[1], 16))
    if kind in ("Zl", "Zp") or c in "\r\x85":
        return "\n"
    return " " if kind == "Zs" else c


def main():
    if not os.path.exists(TOOL):
        print(f"skipped: no {TOOL}")
        return 77
    rng = random.Random(1)
    characters = [c for c in map(chr, range(0x110000)) if known(c)]
    rich = [c for first, last in RICH for c in map(chr, range(first, last)) if known(c)]
    texts = characters + ["\u304b" + c + "\u3099" for c in characters[::2]]
    texts += ["e\u0323" + c + "\u0301\u1161\u11a8" for c in characters[1::2]]
    texts += ["".join(rng.choices(rich, k=rng.randrange(24))) for _ in range(30000)]
    for form in ("nfc", "nfkc"):
        compare(form, texts, [unicodedata.normalize(form.upper(), t) for t in texts])
    compare("ja", characters, [ja(c) for c in characters])
    pairs = [chr(kana) + mark for kana in range(0xFF66, 0xFF9E) for mark in "\uff9e\uff9f"]
    loose = str.maketrans("\u3099\u309a", "\u309b\u309c")
    compare("ja", pairs, [unicodedata.normalize("NFKC", p).translate(loose) for p in pairs])
    return 1 if failures else 0


sys.exit(main())
