#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# seimai dedup, measured: speed beside its peers, recall beside the theory, growth and memory.
#   tests/bench/dedup/run.sh [compare|recall|scale]...      without a name: all three
# SEIMAI_BUILD names a Release build (default build/gcc), DOUBRI the folder of Doubri's programs (cmake, TBB), PYTHON the
# interpreter that has the other peers; ROUNDS (5), PAIRS (80000) and DOCUMENTS (100000; in full 1000000) say how much.
# Each prints its table, and writes SEIMAI_BUILD/bench/dedup-NAME.json.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build/gcc}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
cmake --build "$SEIMAI_BUILD" --target seimai-dedup seimai-dedup-sign seimai-dedup-match seimai-dedup-apply dedup_recall >&2
status=0
for name in "${@:-compare recall scale}"; do
    for part in $name; do
        echo "== $part"
        case $part in
        compare) python3 "$here/compare.py" "${ROUNDS:-5}" || status=$? ;;
        recall) python3 "$here/recall.py" "$SEIMAI_BUILD/bin/dedup_recall" "${PAIRS:-80000}" || status=$? ;;
        scale) python3 "$here/scale.py" "${DOCUMENTS:-100000}" || status=$? ;;
        *) echo "run.sh: no $part" >&2; exit 2 ;;
        esac
    done
done
exit "$status"
