#!/usr/bin/env bash
# A lesson of a minute: from text to tokens to a model that predicts the next one, on one page.
#
#   samples/lesson.sh                    a small language of six words for places and what one does there
#   samples/lesson.sh SENTENCE           another sentence for the page
#   samples/lesson.sh --language en|ja   of the page (default ja)
#
# The text is made here: 4,000 sentences of who went where and what they did there. After 公園に the model knows that
# 行きました follows, and after 本を that it is 読みました: nobody told it, it counted. The page is
# build/lesson/lesson.html. Needs the tools: samples/quickstart.sh builds them. SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

work=build/lesson
sentence=昨日、花子さんは図書館で本を読みました。
language=ja
while [ $# -gt 0 ]; do
    case $1 in
    --language) language=$2; shift 2 ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) sentence=$1; shift ;;
    esac
done
export PATH=$PWD/build/release/bin:$PWD/build/gcc/bin:$PATH
command -v seimai >/dev/null || { echo "lesson: no seimai yet: samples/quickstart.sh builds it" >&2; exit 1; }
rm -rf "$work"
mkdir -p "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "1  A text of our own"
awk 'BEGIN {
    srand(1)
    who = split("太郎さん 花子さん 先生 弟 妹 私 友だち 田中さん", Who, " ")
    when = split("昨日 今朝 先週 日曜日 夕方", When, " ")
    places = split("公園 図書館 海 台所 駅 学校", Place, " ")
    split("花を見ました 本を読みました 魚を釣りました 夕飯を作りました 電車を待ちました 歌を歌いました", Deed, " ")
    for (i = 0; i < 4000; i++) {
        p = 1 + int(rand() * places)
        w = Who[1 + int(rand() * who)]
        t = When[1 + int(rand() * when)]
        if (rand() < .3) line = t "、" w "は" Place[p] "に行きました。"
        else if (rand() < .8) line = t "、" w "は" Place[p] "で" Deed[p] "。"
        else line = w "は" Place[p] "に行って、" Deed[p] "。"
        printf "{\"text\": \"%s\"}\n", line
    }
}' >"$work/text.jsonl"
head -n 3 "$work/text.jsonl"
echo "  … $(wc -l <"$work/text.jsonl") sentences, each twice or more"

say "2  A tokenizer, learnt from it"
seimai tokenizer train -q --align words --vocab-size 512 -o "$work/tokenizer" "$work/text.jsonl"
printf '{"text": "%s"}\n' "$sentence" | seimai encode -q --tokenizer "$work/tokenizer" | jq -c .ids

say "3  Token shards; one sentence in twenty is kept for the exam"
seimai shard -q --tokenizer "$work/tokenizer" --validation .05 --split-key id -o "$work/shards" "$work/text.jsonl"

say "4  A model of two layers predicts the next token, and corrects itself"
cat >"$work/model.json" <<'END'
{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 512, "hidden_size": 96,
 "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4,
 "hidden_act": "silu", "max_position_embeddings": 128, "initializer_range": 0.02, "rms_norm_eps": 1e-5,
 "rope_theta": 10000.0, "tie_word_embeddings": true}
END
seimai train --data "$work/shards" --model "$work/model.json" --steps 200 --length 64 --batch 16 --leaf 16 \
    --lr 0.003 --warmup 20 --eval-every 50 --save-every 200 -o "$work/run"

say "5  It goes on with what we begin"
for begin in 昨日、私は公園に 先生は図書館で 妹は海に行って、; do
    seimai generate --model "$work/run/model" --prompt "$begin" --tokens 24 --temperature 0
done

say "6  How it reads a sentence"
seimai inspect --model "$work/run/model" --text "$sentence" --run "$work/run" --language "$language" \
    -o "$work/lesson.html"
echo "  $work/lesson.html: its surprise at each token, what it expected next,"
echo "  where its heads look, how it learnt"
