#!/usr/bin/env bash
# A toxicity classifier from few labels: 437 sentences, 29 of them toxic by majority.
#
#   samples/classify-toxicity.sh [FOLDER OF THE DATA]       default ../shared/data
#
# Word lists label lines of a forum (weakly: what they hit is called toxic), and the labelled sentences join them, ten times
# each. Every sentence is judged by a model that did not learn from it (ten parts by a hash of its text). Printed: the word lists
# alone, the weak labels alone, both; precision and recall with the counts and 95 % intervals. The threshold that is
# shown beside .5 is the one at which as many sentences are flagged as the lists flag.
# What is made lies under build/classify-toxicity. SEIMAI_BIN names the folder of the tools (default build/release/bin).
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-${SEIMAI_DATA:-../shared/data}}
PATH=$(realpath -m "${SEIMAI_BIN:-build/release/bin}"):$PATH
work=build/classify-toxicity
mkdir -p "$work"
for archive in japanese-toxic ng-lists; do
    [ -e "$data/ng/$archive.tar.zst" ] || { echo "classify-toxicity: $data/ng/$archive.tar.zst is missing" >&2; exit 1; }
    tar --zstd -xf "$data/ng/$archive.tar.zst" -C "$work"
done
zstd -dcqf "$data/preference/preference_pairs.jsonl.zst" >"$work/pairs.jsonl"

# ---- the documents: gold.jsonl has the 437 sentences, weak.jsonl the forum's lines

python3 - "$work" <<'END'
import csv, json, pathlib, sys, zlib

work = pathlib.Path(sys.argv[1])


def words(*names):
    found = set()
    for name in names:
        found |= {line.strip().lower() for line in (work / 'ng-lists' / name).open(encoding='utf-8')}
    return {word for word in found if len(word) > 1}


lists = words('inappropriate-words-ja/Sexual.txt', 'inappropriate-words-ja/Offensive.txt')
forum = lists | words('open2ch/ng_words.txt')


def hit(text, wanted):
    return any(word in text.lower() for word in wanted)


with open(work / 'gold.jsonl', 'w', encoding='utf-8') as file:
    for row in csv.DictReader(open(work / 'japanese-toxic/data/subset.csv', encoding='utf-8')):
        votes = int(row['Toxic']) + int(row['Very Toxic'])
        label = 'toxic' if 2 * votes > int(row['annotation_num']) else 'harmless'
        part = zlib.crc32(row['text'].encode()) % 10
        file.write(json.dumps({'id': row['id'], 'text': row['text'], 'label': label, 'part': part,
                               'listed': hit(row['text'], lists)}, ensure_ascii=False) + '\n')
lines = {}
for line in open(work / 'pairs.jsonl', encoding='utf-8'):
    pair = json.loads(line)
    if pair['id'].startswith('open2ch'):
        for field in ('prompt', 'chosen', 'rejected'):
            lines.update(dict.fromkeys(s for s in pair[field].replace('__BR__', '\n').split('\n') if len(s) > 3))
with open(work / 'weak.jsonl', 'w', encoding='utf-8') as file:
    for number, text in enumerate(lines):
        file.write(json.dumps({'id': f'weak-{number}', 'text': text.strip(),
                               'label': 'toxic' if hit(text, forum) else 'harmless'}, ensure_ascii=False) + '\n')
END

# ---- training and judging

options=(-q --label label --ngrams 2-3 --min-documents 2)
seimai-classify-train "${options[@]}" -o "$work/weak.model" "$work/weak.jsonl"
seimai-classify-apply -q -m "$work/weak.model" "$work/gold.jsonl" >"$work/by-weak.jsonl"
: >"$work/by-both.jsonl"
for part in 0 1 2 3 4 5 6 7 8 9; do
    {
        cat "$work/weak.jsonl"
        for copy in 0 1 2 3 4 5 6 7 8 9; do
            jq -c "select(.part != $part) | .id = \"\(.id)-$copy\"" "$work/gold.jsonl"
        done
    } >"$work/learn.jsonl"
    seimai-classify-train "${options[@]}" -o "$work/both.model" "$work/learn.jsonl"
    jq -c "select(.part == $part)" "$work/gold.jsonl" | seimai-classify-apply -q -m "$work/both.model" >>"$work/by-both.jsonl"
done

python3 - "$work" <<'END'
import json, pathlib, sys

work = pathlib.Path(sys.argv[1])


def wilson(hits, n):
    if n == 0:
        return '-'
    z, p = 1.96, hits / n
    centre, half = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * (p * (1 - p) / n + z * z / 4 / n / n)**.5
    return f'{p:.2f} [{centre - half:.2f}, {centre + half:.2f}] ({hits} of {n})'


def show(name, flagged):
    hits = sum(row['label'] == 'toxic' for row in flagged)
    print(f'{name:34} P {wilson(hits, len(flagged)):32} R {wilson(hits, toxic)}')


def auc(rows):
    p = lambda row: row['metadata']['classify']['toxic']
    bad, good = ([p(row) for row in rows if (row['label'] == 'toxic') == truth] for truth in (True, False))
    return sum((b > g) + (b == g) / 2 for b in bad for g in good) / len(bad) / len(good)


gold = [json.loads(line) for line in open(work / 'gold.jsonl', encoding='utf-8')]
toxic = sum(row['label'] == 'toxic' for row in gold)
listed = [row for row in gold if row['listed']]
print(f'{len(gold)} sentences, {toxic} toxic by majority')
show('word lists alone', listed)
for name, file in (('weak labels', 'by-weak.jsonl'), ('weak labels and other sentences', 'by-both.jsonl')):
    rows = [json.loads(line) for line in open(work / file, encoding='utf-8')]
    rows.sort(key=lambda row: -row['metadata']['classify']['toxic'])
    show(name + ', p >= .5', [row for row in rows if row['metadata']['classify']['toxic'] >= .5])
    show(f'  the {len(listed)} most probable', rows[:len(listed)])
    show('  these or the lists', [row for row in rows if row['listed'] or row['metadata']['classify']['toxic'] >= .5])
    print(f'  AUC {auc(rows):.3f}')
END
