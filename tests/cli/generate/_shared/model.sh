# A model m/ (and n/, of other weights) with a tokenizer of 400 ids. SPDX-License-Identifier: MIT
for i in $(seq 40); do
    printf '{"text":"今日は天気がよいので散歩に行った。犬と猫の話を、書いている東京大学の研究者です。%d"}\n' "$i"
done | seimai-tokenizer-train -q --vocab-size 400 -o m
cp -r m n
python3 "$SHARED/model.py" m 416
python3 "$SHARED/model.py" n 416 2
