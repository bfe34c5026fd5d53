#!/bin/bash
# SPDX-License-Identifier: MIT
# Quality and speed of seimai extract.
#   tests/bench/extract/run.sh [BUILD]      BUILD: a Release build; default build
# Quality on the gold sets of SEIMAI_DATA (default ../shared/data), beside the peers' figures of its README, which
# were measured the same way: Japanese pages (ja-gold-dev: character 4-grams), articles (scrapinghub: word
# 4-grams) and, with WCXB=1, seven types of pages (wcxb-dev: words). Speed on bench/ja_html.warc.gz: MB of HTML a
# second, one thread, from the page cache to /dev/null. Writes BUILD/bench/extract.json.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../../.." && pwd)
build=${1:-${SEIMAI_BUILD:-$source_tree/build/gcc}}
data=${SEIMAI_DATA:-$source_tree/../shared/data}
tool=${SEIMAI_EXTRACT:-$build/bin/seimai-extract}
work=$build/bench/extract
runs=${RUNS:-3}
mkdir -p "$work"
[ -e "$data/html/ja-gold-dev.tar.zst" ] || { echo "skip: no $data/html/ja-gold-dev.tar.zst"; exit 77; }

sets="ja-gold-dev scrapinghub"
[ -z "${WCXB:-}" ] || sets="$sets wcxb-dev"
for set in $sets; do
    [ -e "$work/$set" ] || tar --zstd -xf "$data/html/$set.tar.zst" -C "$work"
done
python3 "$here/score.py" "$tool" "$work" "$work/quality.json" $sets

input=$data/bench/ja_html.warc.gz
cat "$input" >/dev/null
for _ in $(seq "$runs"); do
    /usr/bin/time -f '%e %U %M' -o "$work/time" taskset -c 0 \
        "$tool" -j 1 -q --stats "$work/stats.json" "$input" >/dev/null
    cat "$work/time"
done | sort -n >"$work/times"
python3 "$here/speed.py" "$work/times" "$work/stats.json" "$work/quality.json" "$build/bench/extract.json"
