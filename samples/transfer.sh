#!/usr/bin/env bash
# How many examples of your field does it take? A small model from scratch, a pretrained one that is trained on, and LoRA,
# each on 30, 100, 300 and 1,000 examples; the score is bits a byte on pages that none of them has seen.
#
#   samples/transfer.sh              the corpus of samples/quickstart.sh (run it first); about 15 minutes on 2 cores
#   samples/transfer.sh --steps N    of the pretraining (default 300)
#
# The field is the manual of LilyPond, which engraves music; the pretraining sees all the other manuals. An example is a
# paragraph of it. Each training stops when the validation loss has risen twice, and its best checkpoint counts.
# The figure is build/transfer/transfer.html. SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

from=build/quickstart
work=build/transfer
steps=300
sizes=(30 100 300 1000)
while [ $# -gt 0 ]; do
    case $1 in
    --steps) steps=$2; shift 2 ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "transfer: unknown argument '$1' (see --help)" >&2; exit 2 ;;
    esac
done
export PATH=$PWD/build/release/bin:$PWD/build/gcc/bin:$PATH
[ -s "$from/corpus.jsonl.zst" ] || { echo "transfer: no $from/corpus.jsonl.zst: run samples/quickstart.sh" >&2; exit 1; }
mkdir -p "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
is_field='(.id // "" | contains("/lilypond/"))'

# Pages are divided, not paragraphs: a tenth for the score, a tenth for stopping, the rest for examples.
divide() {
    [ -s "$work/examples.jsonl" ] && return
    say "The field: paragraphs of pages"
    zstd -dc "$from/corpus.jsonl.zst" | jq -c "select(.text and ($is_field | not))" >"$work/old.jsonl"
    zstd -dc "$from/corpus.jsonl.zst" | jq -c "select(.text and $is_field) | .text |
        [split(\"\n\n\")[] | select(length >= 60 and length <= 600)]" |
        jq -c --slurp 'to_entries[] | .key as $page | .value | to_entries[] |
            {id: "\($page)#\(.key)", text: .value, metadata: {page: $page}}' >"$work/field.jsonl"
    jq -c 'select(.metadata.page % 10 == 0)' "$work/field.jsonl" >"$work/test.jsonl"
    jq -c 'select(.metadata.page % 10 == 1)' "$work/field.jsonl" >"$work/valid.jsonl"
    jq -c 'select(.metadata.page % 10 > 1)' "$work/field.jsonl" |
        shuf --random-source=<(yes) >"$work/examples.jsonl"
    wc -l "$work"/{old,examples,valid,test}.jsonl | sed 's/^/  /'
}

shards() { # NAME FILE [OPTION…]
    grep -qs '"complete":true' "$work/$1"/manifest.json "$work/$1"/train/manifest.json && return
    seimai shard -q --tokenizer "$work/tokenizer" -o "$work/$1" "${@:3}" "$2"
}

pretrain() {
    say "The pretrained model: all manuals but that one, $steps steps"
    [ -s "$work/tokenizer/seimai.json" ] ||
        seimai tokenizer train -q --vocab-size 8192 -o "$work/tokenizer" "$work/old.jsonl"
    shards old "$work/old.jsonl" --validation 0.02
    shards valid "$work/valid.jsonl"
    seimai train --data "$work/old" --watch "field=$work/valid" --model samples/llama-4m.json \
        --config samples/quickstart.yaml --steps "$steps" -o "$work/base"
}

tune() { # NAME EXAMPLES OPTION…
    local run=$work/$1-$2 batch=8
    [ "$2" -ge 100 ] || batch=4
    [ -s "$run/score.json" ] && return
    shards "n$2" <(head -n "$2" "$work/examples.jsonl")
    seimai train -q --data "$work/n$2" --valid "$work/valid" --valid-tokens 16384 --tokenizer "$work/tokenizer" \
        --pack documents --length 256 --batch "$batch" --leaf 4 --schedule constant --warmup 5 --steps 400 \
        --eval-every 10 --save-every 0 --keep 1 --patience 2 "${@:3}" -o "$run"
    seimai eval -q --model "$run/best" --json "$work/test.jsonl" >"$run/score.json"
}

score() { jq -r .bpb "$work/$1-$2/score.json"; }

divide
pretrain
seimai eval -q --model "$work/base/model" --json "$work/test.jsonl" >"$work/base/score.json"
say "Bits a byte on the held-out pages; the pretrained model as it is: $(jq -r .bpb "$work/base/score.json")"
printf '# Bits a byte on unseen pages of the field\nexamples\tfrom scratch\tpretrained\tLoRA\n' >"$work/transfer.tsv"
printf '%9s %13s %11s %7s\n' examples 'from scratch' pretrained LoRA
for n in "${sizes[@]}"; do
    tune scratch "$n" --model samples/llama-4m.json --lr 0.003
    tune full "$n" --init "$work/base/model" --lr 0.001
    tune lora "$n" --init "$work/base/model" --lora-rank 16 --lr 0.003
    printf '%s\t%s\t%s\t%s\n' "$n" "$(score scratch "$n")" "$(score full "$n")" "$(score lora "$n")" |
        tee -a "$work/transfer.tsv" | awk '{ printf "%9d %13.3f %11.3f %7.3f\n", $1, $2, $3, $4 }'
done
seimai report --title "How many examples does it take?" --chart "$work/transfer.tsv" -o "$work/transfer.html"
say "The figure: $work/transfer.html"
