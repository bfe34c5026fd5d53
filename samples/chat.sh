#!/usr/bin/env bash
# Pretrain, instruct, talk: a model of four million parameters that answers questions about the manuals it has read.
#
#   samples/chat.sh            the corpus and the model of samples/quickstart.sh (run it first); about 3 minutes
#   samples/chat.sh --talk     the conversation alone, once the model is there
#
# The dialogues are made from the pages: a question about the title, and the first sentences of the page as the answer.
# A model of this size knows manuals by heart here and there and makes up the rest: what is real is the way, which is the
# same for a model of your own. On a terminal you talk to it; on a pipe each line is a turn. SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

from=build/quickstart
work=build/chat
export PATH=$PWD/build/release/bin:$PWD/build/gcc/bin:$PATH
case ${1-} in
'' | --talk) ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] || [ "$1" = -h ] || exit 2; exit 0 ;;
esac
[ -e "$from/run/model/config.json" ] || { echo "chat: no $from/run/model: run samples/quickstart.sh" >&2; exit 1; }
mkdir -p "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# Three ways to ask; a sentence of the page that ends with 。 is an answer.
make_dialogues() {
    zstd -dc "$from/corpus.jsonl.zst" | jq -c '
        select(.text and .metadata.title) | .metadata.title as $title |
        [.text | split("\n")[] | select(test("^[^ ].{15,160}。$") and test("[ぁ-ん]"))][0] as $answer |
        select($answer and ($title | length) < 40) |
        ["\($title)について教えてください。", "\($title)とは何ですか?", "\($title)の説明をお願いします。"] | to_entries[] |
        {id: "\($title)-\(.key)", messages: [{role: "user", content: .value}, {role: "assistant", content: $answer}]}'
    for i in $(seq 40); do
        jq -nc --arg i "$i" '["こんにちは。", "はじめまして。"] | to_entries[] | {id: "greeting-\($i)-\(.key)",
            messages: [{role: "user", content: .value}, {role: "assistant", content: "こんにちは。何についてお調べですか。"}]}'
    done
}

instruct() {
    say "Dialogues from the pages"
    make_dialogues >"$work/dialogues.jsonl"
    head -n 2 "$work/dialogues.jsonl" | cut -c 1-200
    echo "  … $(wc -l <"$work/dialogues.jsonl") of them"
    say "Shards with the loss on the answers alone"
    rm -rf "$work/shards" "$work/run"
    seimai shard -q --messages --template chatml --tokenizer "$from/tokenizer" --validation 0.03 \
        -o "$work/shards" "$work/dialogues.jsonl"
    seimai shard cat --mask -n 1 "$work/shards/train"
    say "The pretrained model learns to answer"
    seimai train --init "$from/run/model" --data "$work/shards" --length 256 --batch 8 --leaf 8 --epochs 3 \
        --lr 0.001 --warmup 10 --eval-every 50 --save-every 100 -o "$work/run"
}

[ "${1-}" = --talk ] && [ -e "$work/run/best" ] || instruct
if [ -t 0 ]; then
    say "Talk to it: /help lists the commands, /quit ends it"
    seimai generate --chat --model "$work/run/best" -n 60 --temperature 0 --log "$work/log.jsonl"
else
    say "Some questions"
    printf '%s\n' "こんにちは。" "三角関数について教えてください。" "Log Function とは何ですか?" |
        seimai generate --chat --model "$work/run/best" -n 60 --temperature 0 --log "$work/log.jsonl"
fi
