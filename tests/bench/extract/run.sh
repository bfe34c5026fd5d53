#!/bin/bash
# SPDX-License-Identifier: MIT
# Quality and speed of seimai extract beside its peers, as Markdown tables.
#   tests/bench/extract/run.sh [BUILD]      BUILD: a Release build; default build/gcc
# Needs the real data (SEIMAI_DATA, default ../shared/data) and an environment with the peers (SEIMAI_PEERS,
# default build/venv). Figures as JSON: BUILD/bench/extract-quality.json, BUILD/bench/extract-speed.json. The first run
# takes half an hour, of which the peers' texts are kept in build/bench/extract; ours are made anew each time.
# Single parts: score.py --help, speed.py --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
build=$(realpath "${1:-${SEIMAI_BUILD:-$source_tree/build/gcc}}")
python=${SEIMAI_PEERS:-$source_tree/build/venv}/bin/python
[ -x "$python" ] || { echo "skip: no $python"; exit 77; }
[ -e "${SEIMAI_DATA:-$source_tree/../shared/data}/html/ja-gold-dev.tar.zst" ] || { echo "skip: no data"; exit 77; }

ninja -C "$build" seimai-extract content_speed
mkdir -p "$build/bench"
"$python" "$here/score.py" --tool "$build/bin/seimai-extract" --json "$build/bench/extract-quality.json"
"$python" "$here/speed.py" --build "$build" --json "$build/bench/extract-speed.json"
