#!/usr/bin/env bash
# Training and encoding speed of our tokenizers beside `tokenizers` and SentencePiece, on the same Japanese text, one
# run each: training.py, bpe.py. Prints tables; figures as JSON in the build folder. SEIMAI_BUILD names a Release build;
# TRAIN_MB is the size of the text to train on (default 100), MB that behind the encoders (default 20). How few
# tokens there are, and how well they keep to words: efficiency.py. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
python=${PYTHON:-$source_tree/build/venv/bin/python}
[ -x "$python" ] || python=python3
cmake --build "$SEIMAI_BUILD" --target seimai-tokenizer-count seimai-tokenizer-train seimai-encode bpe_bench >&2
"$python" "$here/training.py" --megabytes "${TRAIN_MB:-100}"
"$python" "$here/encoding.py" --megabytes "${ENCODE_MB:-50}"
exec "$python" "$here/bpe.py" "${MB:-20}"
