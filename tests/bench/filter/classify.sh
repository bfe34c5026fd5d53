#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# seimai classify, measured: accuracy on sources that training never saw, and speed, beside fastText and scikit-learn.
#   tests/bench/filter/classify.sh
# SEIMAI_BUILD names a Release build (default build/gcc), PYTHON the interpreter that has fasttext and scikit-learn (default
# build/venv/bin/python), ROUNDS (3) says how often speed is measured. Writes SEIMAI_BUILD/bench/filter-classify.json.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build/gcc}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
[ -x "$SEIMAI_BUILD/bin/seimai-classify-apply" ] ||
    cmake --build "$SEIMAI_BUILD" --target seimai-classify-train seimai-classify-apply >&2
exec "${PYTHON:-$source_tree/build/venv/bin/python}" "$here/classify.py" "${ROUNDS:-3}"
