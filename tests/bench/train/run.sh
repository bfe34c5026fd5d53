#!/usr/bin/env bash
# What a training step costs: an 8.9 M model beside OpenBLAS's own product and, where the heavy peers are
# installed, PyTorch. Prints a table; figures as JSON in the build folder. SEIMAI_BUILD names a Release
# build; the argument is the number of rounds. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$here/../../../build/gcc}
cmake --build "$SEIMAI_BUILD" --target nn_step_bench >&2
exec python3 "$here/train.py" "$@"
