#!/usr/bin/env bash
# A quality classifier: text that people wrote against machine-translated documentation.
#
#   samples/classify-quality.sh [FOLDER OF THE DATA]        default ../shared/data
#
# Learns from Wikipedia (Kyoto) and the Ruby manual against the C++ documentation, and is then judged on sources that it
# never saw: other manuals and Wikipedia pages against the PowerShell documentation. Held-out documents of the same sites
# would flatter any classifier: they share templates. What is made lies under build/classify-quality.
# SEIMAI_BIN names the folder of the tools (default build/release/bin). SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-${SEIMAI_DATA:-../shared/data}}/bench/ja_text.jsonl.zst
PATH=${SEIMAI_BIN:-build/release/bin}:$PATH
work=build/classify-quality
mkdir -p "$work"
[ -e "$data" ] || { echo "classify-quality: $data is missing" >&2; exit 1; }

from() { zstd -dcq "$data" | jq -c --arg sources "$1" 'select(.source | split(":")[0] | IN($sources | split(" ")[]))'; }
from 'kftt-jawiki rurema' >"$work/human.jsonl"
from 'ms-cpp-docs' >"$work/translated.jsonl"

seimai-classify-train --class human="$work/human.jsonl" --class translated="$work/translated.jsonl" --features 12 \
    -o "$work/quality.model"

echo
echo "sources that training never saw: documents, of them called translated (probability >= 0.5), share"
for source in jaquad-wiki php-doc-ja rust-book-ja railsguides-ja cpprefjp react-ja ms-powershell; do
    from "$source" | seimai-classify-apply -q -m "$work/quality.model" >"$work/$source.jsonl"
    jq -s -r --arg source "$source" '[$source, length, (map(select(.metadata.classify.translated >= 0.5)) | length)]
        | "  \(.[0]) \(.[1]) \(.[2]) \(.[2] / .[1] * 1000 | round / 1000)"' "$work/$source.jsonl" | column -t
done

# All of them together: precision and recall of "translated", with the counts. Manuals in Markdown are nearer to the
# translated ones than anything that training saw, so that .5 is no place to cut there: the order is right, the
# probability is that of the mix which was learnt. A higher threshold, or a few manuals among the good, mend it.
tag() { jq -c --argjson truth "$2" '{truth: $truth, p: .metadata.classify.translated}' "$work/$1.jsonl"; }
{
    for source in jaquad-wiki php-doc-ja rust-book-ja railsguides-ja cpprefjp react-ja; do tag "$source" false; done
    tag ms-powershell true
} | jq -s -r '. as $all | (map(select(.truth)) | length) as $bad | 0.5, 0.9 | . as $least
    | ($all | map(select(.p >= $least))) as $said | ($said | map(select(.truth)) | length) as $tp
    | "translated, probability >= \($least): P \($tp / ($said | length) * 1000 | round / 1000) (\($tp) of \($said | length)), " +
      "R \($tp / $bad * 1000 | round / 1000) (\($tp) of \($bad))"'
