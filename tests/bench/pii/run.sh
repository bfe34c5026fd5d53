#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# seimai pii, measured: precision and recall on the labelled set beside its peers, on real addresses and names, findings in
# clean text, speed.
#   tests/bench/pii/run.sh [score|peers|gold|clean|speed]...      without a name: all five
# SEIMAI_BUILD names a Release build (default build/gcc), SEIMAI_DATA the real data, PYTHON the interpreter that has hojichar,
# presidio-analyzer and datatrove (default build/venv/bin/python, where tests/run.sh made it). ROUNDS (5) and SIZE (100 MB) are
# speed's. Each prints its table, and writes SEIMAI_BUILD/bench/pii-NAME.json. The set itself: tests/pii/make.py.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
export SEIMAI_BUILD=${SEIMAI_BUILD:-$source_tree/build/gcc}
export SEIMAI_DATA=${SEIMAI_DATA:-$source_tree/../shared/data}
PYTHON=${PYTHON:-$source_tree/build/venv/bin/python}
[ -x "$PYTHON" ] || PYTHON=python3
cmake --build "$SEIMAI_BUILD" --target seimai-pii >&2
status=0
for name in "${@:-score peers gold clean speed}"; do
    for part in $name; do
        echo "== $part"
        case $part in
        score) "$PYTHON" "$here/score.py" --json pii-score -- --names cue || status=$? ;;
        peers) "$PYTHON" "$here/peers.py" -- --names cue || status=$? ;;
        gold) "$PYTHON" "$here/gold.py" || status=$? ;;
        clean) "$PYTHON" "$here/clean.py" --peers || status=$? ;;
        speed) "$PYTHON" "$here/speed.py" --rounds "${ROUNDS:-5}" --size "${SIZE:-100}" || status=$? ;;
        *) echo "run.sh: no $part" >&2; exit 2 ;;
        esac
    done
done
exit "$status"
