#!/bin/bash
# SPDX-License-Identifier: MIT
# Speed of seimai dedup, from JSONL to JSONL on one core, beside the peers that the environment has.
#   tests/bench/dedup/run.sh [BUILD]      BUILD: a Release build; default SEIMAI_BUILD, else build/gcc
# The corpus is bench/ja_text (200 MB) for us, and every sixth document of it (33 MB) for all. Prints a table,
# and writes BUILD/bench/dedup.json: {name, documents, bytes, seconds (median of RUNS), mb_s,
# cpu_s (the least of RUNS: what a loaded machine leaves alone), mb_cpu_s, rss_mb, kept}.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
build=${1:-${SEIMAI_BUILD:-$source_tree/build/gcc}}
data=${SEIMAI_DATA:-$source_tree/../shared/data}
tool=${SEIMAI_DEDUP:-$build/bin/seimai-dedup}
python=${PYTHON:-$source_tree/build/venv/bin/python}
runs=${RUNS:-5}
work=$build/bench/dedup
[ -x "$tool" ] || { echo "dedup bench: no $tool: build it first" >&2; exit 1; }
mkdir -p "$work"

[ -e "$data/bench/ja_text.jsonl.zst" ] || { echo "skip: no $data/bench/ja_text.jsonl.zst"; exit 77; }
[ -e "$work/all.jsonl" ] || zstd -qdc "$data/bench/ja_text.jsonl.zst" >"$work/all.jsonl"
[ -e "$work/sixth.jsonl" ] || awk 'NR % 6 == 1' "$work/all.jsonl" >"$work/sixth.jsonl"

# measure NAME RUNS INPUT COMMAND…: the median of the elapsed seconds, pinned to one core.
measure() {
    local name=$1 times=$2 input=$3; shift 3
    cat "$input" >/dev/null
    for _ in $(seq "$times"); do
        rm -f "$work/out.jsonl"
        taskset -c 0 /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@"
        cat "$work/time"
    done | sort -n | awk -v name="$name" -v documents="$(wc -l <"$input")" \
        -v bytes="$(stat -c %s "$input")" -v kept="$work/out.jsonl" '
        { seconds[NR] = $1; cpu[NR] = $2 + $3; if ($4 > rss) rss = $4 }
        END {
            while ((getline line < kept) > 0) n++
            s = seconds[int((NR + 1) / 2)]
            printf "{\"name\":\"%s\",\"documents\":%d,\"bytes\":%d,\"seconds\":%.3f,\"mb_s\":%.2f,", name, documents, bytes, s, bytes / s / 1e6
            for (i = 1; i <= NR; i++) if (!least || cpu[i] < least) least = cpu[i]
            printf "\"cpu_s\":%.3f,\"mb_cpu_s\":%.2f,", least, bytes / least / 1e6
            printf "\"documents_s\":%.0f,\"rss_mb\":%.0f,\"kept\":%d}\n", documents / s, rss / 1024, n
        }'
}

ours() { # NAME INPUT OPTION…
    local name=$1 input=$2; shift 2
    measure "$name" "$runs" "$input" "$tool" -q -j 1 "$@" -o "$work/out.jsonl" "$input"
}

{
    ours 'seimai, 200 MB, 14x8' "$work/all.jsonl"
    ours 'seimai, 200 MB, exact only' "$work/all.jsonl" --exact-only
    ours 'seimai, 14x8' "$work/sixth.jsonl"
    ours 'seimai, 14x8, signature' "$work/sixth.jsonl" --verify signature
    ours 'seimai, 40x20' "$work/sixth.jsonl" --preset swallow
    for peer in rensa datasketch; do
        if "$python" -c "import $peer" 2>/dev/null; then
            measure "$peer, 14x8" 1 "$work/sixth.jsonl" "$python" "$here/peers.py" "$peer" "$work/sixth.jsonl" "$work/out.jsonl"
        fi
    done
} | tee "$work/lines.json" | jq -r '[.name, .documents_s, .mb_s, .mb_cpu_s, .rss_mb, .kept] | @tsv' |
    awk -F'\t' 'BEGIN { printf "%-28s %10s %8s %10s %8s %8s\n", "", "docs/s", "MB/s", "MB/CPU s", "RSS MB", "kept" }
        { printf "%-28s %10s %8s %10s %8s %8s\n", $1, $2, $3, $4, $5, $6 }'
jq -s . "$work/lines.json" >"$build/bench/dedup.json"
