#!/usr/bin/env bash
# What a step of fine-tuning costs, for models of ../train/configs: everything, LoRA with its base as floats, bf16 and
# int8, and with the lower half frozen, beside PyTorch and PEFT. Needs the heavy peers. SEIMAI_BUILD names a Release
# build; arguments are finetune.py's. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$here/../../../build/gcc}
cmake --build "$SEIMAI_BUILD" --target nn_lora_bench >&2
exec python3 "$here/finetune.py" "$@"
