#!/usr/bin/env bash
# Real vocabularies and ours on the same held-out Japanese text: a Markdown table with intervals, and the pages. Needs
# build/venv with splintr-rs, tokenizers, tiktoken, sentencepiece and numpy. SEIMAI_BUILD names a Release build; arguments
# go to report.py. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
python=${PYTHON:-$source_tree/build/venv/bin/python}
[ -x "$python" ] || python=python3
cmake --build "$SEIMAI_BUILD" --target seimai-tokenizer-train seimai-tokenizer-report >&2
folder=$source_tree/build/bench/bpe/vocabularies
[ -s "$folder/index.json" ] || "$python" "$here/vocabularies.py" -o "$folder" >&2
exec "$python" "$here/report.py" --vocabularies "$folder" "$@"
