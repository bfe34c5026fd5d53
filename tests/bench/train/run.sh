#!/usr/bin/env bash
# What a training step costs, for the models of configs/: tokens a second, the rate beside OpenBLAS's own product, peak
# memory; beside PyTorch (eager and compiled) where the heavy peers are installed, and llm.c's CPU trainer where LLMC=
# names its program (cc -Ofast -march=native -fopenmp train_gpt2.c -lm). Prints a table; figures as JSON in the build
# folder. SEIMAI_BUILD names a Release build; arguments are train.py's. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$here/../../../build/gcc}
cmake --build "$SEIMAI_BUILD" --target nn_step_bench >&2
exec python3 "$here/train.py" "$@"
