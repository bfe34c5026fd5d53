#!/usr/bin/env bash
# Multiple choice beside lm-evaluation-harness on CPU: JCommonsenseQA as two-way choices, one model, the same threads.
# Prints a table; figures as JSON in the build folder. SEIMAI_BUILD names a Release build; arguments are eval.py's; PEERS
# names a Python with lm_eval, torch and transformers. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
export SEIMAI_BUILD=${SEIMAI_BUILD:-$root/build/gcc}
cmake --build "$SEIMAI_BUILD" --target seimai-eval seimai-tokenizer-train >&2
exec "${PEERS:-$root/build/venv-peers/bin/python}" "$here/eval.py" "$@"
