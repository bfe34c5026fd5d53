#!/usr/bin/env bash
# Tokens a second of generation, for the models of configs/ with random weights: one stream and 32, one thread and two,
# beside llama.cpp (PyPI: llama-cpp-python, built for this machine: PEER_PATH= names another folder of it) on the same F32
# weights. Prints a table; figures as JSON in the build folder. SEIMAI_BUILD names a Release build; arguments are
# generate.py's. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$here/../../../build/gcc}
cmake --build "$SEIMAI_BUILD" --target gen_bench seimai-tokenizer-train seimai-model-export >&2
exec python3 "$here/generate.py" "$@"
