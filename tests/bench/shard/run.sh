#!/usr/bin/env bash
# Token shards: writing from ids, verifying, windows in the order of training, opening 10,000 shards, zstd frames beside plain
# files; and `seimai shard` end to end beside the encoder alone. CPU time, one thread. Prints a table; figures as JSON in
# the build folder. SEIMAI_BUILD names a Release build (default build/gcc), ROUNDS (3) the rounds of the tools.
# SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build/gcc}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
cmake --build "$SEIMAI_BUILD" --target shard_speed seimai-shard seimai-encode seimai-tokenizer-train >&2
PYTHONPATH="$here/.." exec python3 "$here/shard.py" "$@"
