#!/bin/bash
# SPDX-License-Identifier: MIT
# Speed and memory of seimai dedup passages over bench/ja_text (200 MB): passages of 100 characters in three amounts of
# memory, and lines. Prints a table, and writes BUILD/bench/passages.json: {name, mb_cpu_s, rss_mb, cut_mb}.
#   tests/bench/dedup/passages.sh [BUILD]      BUILD: a Release build; default SEIMAI_BUILD, else build/gcc
set -euo pipefail
source_tree=$(cd "$(dirname "$0")/../../.." && pwd)
build=${1:-${SEIMAI_BUILD:-$source_tree/build/gcc}}
data=${SEIMAI_DATA:-$source_tree/../shared/data}
work=$build/bench/dedup
tool=$build/bin/seimai-dedup-passages
[ -e "$data/bench/ja_text.jsonl.zst" ] || { echo "skip: no $data/bench/ja_text.jsonl.zst"; exit 77; }
mkdir -p "$work"
[ -e "$work/all.jsonl" ] || zstd -qdc "$data/bench/ja_text.jsonl.zst" >"$work/all.jsonl"
bytes=$(stat -c %s "$work/all.jsonl")

row() { # NAME OPTION…
    local name=$1; shift
    for _ in 1 2 3; do
        /usr/bin/time -f '%U %S %M' -o "$work/time" "$tool" -q "$@" --stats "$work/stats" -o "$work/out.jsonl" "$work/all.jsonl"
        awk '{ print $1 + $2, $3 }' "$work/time"
    done | sort -n >"$work/times"
    awk -v name="$name" -v bytes="$bytes" -v cut="$(jq '."dedup-passages".bytes_cut' "$work/stats")" '
        NR == 2 { cpu = $1 }
        { if ($2 > rss) rss = $2 }
        END {
            printf "{\"name\":\"%s\",\"mb_cpu_s\":%.1f,\"rss_mb\":%.0f,\"cut_mb\":%.2f}\n", name, bytes / cpu / 1e6, rss / 1024, cut / 1e6
        }' "$work/times"
}

{
    row 'passages of 100, 1G' -j 1 --memory 1G
    row 'passages of 100, 256M' -j 1 --memory 256M
    row 'passages of 100, 64M' -j 1 --memory 64M
    row 'passages of 100, 1G, 2 threads' -j 2 --memory 1G
    row 'lines' -j 1 --unit line
} | tee "$work/passages.json" | jq -r '[.name, .mb_cpu_s, .rss_mb, .cut_mb] | @tsv' |
    awk -F'\t' 'BEGIN { printf "%-32s %10s %8s %8s\n", "", "MB/CPU s", "RSS MB", "cut MB" }
        { printf "%-32s %10s %8s %8s\n", $1, $2, $3, $4 }'
