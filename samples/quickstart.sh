#!/usr/bin/env bash
# From Japanese HTML to a tokenizer, token shards, a small trained model and a report, on a fresh Debian 12.
#
#   samples/quickstart.sh                     Japanese manuals that Debian ships
#   samples/quickstart.sh --input FILES…      your own HTML, WARC, text or JSONL files
#   samples/quickstart.sh --steps N           train longer or shorter (default 400, about two minutes on 2 cores)
#
# What is made lies under build/quickstart; a second run reuses what is there. SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

work=build/quickstart
steps=400
inputs=()

# Real Japanese HTML in several templates and encodings (UTF-8, and Shift_JIS in the last).
manuals=(debian-reference-ja developers-reference-ja debian-faq-ja debian-policy-ja aptitude-doc-ja
    maint-guide-ja libreoffice-help-ja installation-guide-amd64 debian-handbook lilypond-doc-html-ja
    mecab libjlha-java-doc-ja)

needs=(gcc cmake ninja-build pkg-config libicu-dev libmecab-dev mecab-ipadic-utf8 libxxhash-dev libzstd-dev
    zlib1g-dev libbz2-dev libpcre2-dev libopenblas-openmp-dev libjansson-dev libyaml-dev
    libisal-dev libbrotli-dev libzip-dev libexpat1-dev poppler-utils poppler-data jq zstd)

while [ $# -gt 0 ]; do
    case $1 in
    --steps) steps=$2; shift 2 ;;
    --input) shift; while [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; do inputs+=("$(realpath "$1")"); shift; done ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "quickstart: unknown argument '$1' (see --help)" >&2; exit 2 ;;
    esac
done

# Own files have a folder of their own, so that a second run finds what was made of just these.
[ ${#inputs[@]} = 0 ] || work=$work-$(printf '%s\n' "${inputs[@]}" | cksum | cut -d ' ' -f 1)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Shows a command, in lines of at most 80 columns, then runs it.
run() {
    fold -s -w 72 <<<"$*" | sed 's/ *$//; 1s/^/  $ /; 2,$s/^/      /; $!s/$/ \\/' | sed $'s/^/\033[36m/; s/$/\033[0m/'
    "$@"
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
    local missing=()
    for package in "${needs[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    say "Installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build() {
    say "Building"
    cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DSM_TESTS=OFF >"$work/cmake.log" ||
        { cat "$work/cmake.log" >&2; exit 1; }
    cmake --build build/release >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
    tail -n 1 "$work/build.log"
}

# The pages of the manuals, unpacked without being installed: a slim image drops documentation on installation,
# and the office suite's help would bring the office suite along.
fetch_manuals() {
    local pages=$work/pages.list
    [ -s "$pages" ] && return
    say "Fetching Japanese manuals"
    fold -s -w 76 <<<"${manuals[*]}" | sed 's/^/  /; s/ *$//'
    mkdir -p "$work/debs" "$work/manuals"
    [ -n "$(apt-cache show "${manuals[0]}" 2>/dev/null)" ] || as_root apt-get update -qq
    for package in "${manuals[@]}"; do
        if ! (cd "$work/debs" && apt-get -o APT::Sandbox::User=root download -qq "$package"); then
            echo "  $package is not to be had, going on without it"
            continue
        fi
        dpkg-deb -x "$work"/debs/"$package"_*.deb "$work/manuals"
    done
    find "$work/manuals" -type f \( -name '*.html' -o -name '*.htm' -o -name '*.html.gz' \) |
        grep -E '/ja(-JP)?/|[._]ja\.|/debian-reference/|/lilypond/|/mecab/|/libjlha|/maint-guide' |
        LC_ALL=C sort >"$pages.part"
    mv "$pages.part" "$pages"
}

# The table of stages, from the --stats of the tools: a row each, and below it why documents were dropped.
# MB/CPU s: in a pipe all stages last alike, so the rate is that of a stage's own processor time.
stage_rows() {
    printf '%-10s %9s %9s %9s %9s %9s\n' stage 'docs in' 'docs out' 'MB in' 'MB out' 'MB/CPU s'
    for stats in "$@"; do
        jq -r '[.tool, .in.documents, .kept.documents, .in.bytes / 1e6, .out.bytes / 1e6,
                (.in.bytes / 1e6 / .run.cpu_seconds)] | @tsv' "$stats" |
            awk -F '\t' '{ printf "%-10s %9d %9d %9.1f %9.1f %9.1f\n", $1, $2, $3, $4, $5, $6 }'
        jq -r '[.dropped, .bad | to_entries | sort_by(-.value.documents)[] |
                "\(.key) \(.value.documents)"] | join(", ")' "$stats" | fold -s -w 66 | sed '/./s/^/             /;/^$/d'
    done
}

make_corpus() {
    [ -s "$work/corpus.jsonl.zst" ] && return
    say "The chain: extract | filter | dedup | pii"
    local list=("${inputs[@]}")
    [ ${#list[@]} -gt 0 ] || mapfile -t list <"$work/pages.list"
    echo "  ${#list[@]} input files, $(cat "${list[@]}" | wc -c | awk '{ printf "%.1f MB", $1 / 1e6 }')"
    cat <<END
  $ seimai extract --end-record PAGES… |
      seimai filter --require-end --end-record \\
        --rejects rejects-filter.jsonl.zst |
      seimai dedup --require-end --end-record \\
        --rejects rejects-dedup.jsonl.zst |
      seimai pii --require-end --end-record -o corpus.jsonl.zst
END
    seimai extract --end-record --stats "$work/1-extract.json" "${list[@]}" |
        seimai filter --require-end --end-record --stats "$work/2-filter.json" \
            --rejects "$work/rejects-filter.jsonl.zst" |
        seimai dedup --require-end --end-record --stats "$work/3-dedup.json" \
            --rejects "$work/rejects-dedup.jsonl.zst" |
        seimai pii --require-end --end-record --stats "$work/4-pii.json" -o "$work/corpus.jsonl.zst"
}

make_tokenizer() {
    [ -s "$work/tokenizer/seimai.json" ] && return
    say "A MeCab-aware BPE tokenizer of 8,192 tokens"
    run seimai tokenizer train --vocab-size 8192 -o "$work/tokenizer" "$work/corpus.jsonl.zst"
    run seimai tokenizer report --json "$work/tokenizer-report.json" "$work/tokenizer" <"$work/corpus.jsonl.zst"
}

make_shards() {
    grep -q '"complete":true' "$work/shards/train/manifest.json" 2>/dev/null && return
    say "Token shards in Megatron-LM's layout"
    run seimai shard --tokenizer "$work/tokenizer" --validation 0.02 --require-end \
        --stats "$work/5-shard.json" -o "$work/shards" "$work/corpus.jsonl.zst"
    run seimai shard verify "$work/shards/train" "$work/shards/valid"
}

train_model() {
    say "A decoder of a few million parameters, $steps steps"
    run seimai train --data "$work/shards" --model samples/llama-4m.json --config samples/quickstart.yaml \
        --steps "$steps" -o "$work/run"
}

generate_text() {
    say "What it writes"
    printf '%s\n' '{"id":"1","text":"このコマンドは、"}' '{"id":"2","text":"ファイルを開くには"}' \
        '{"id":"3","text":"Debian では"}' |
        seimai generate --model "$work/run/model" -n 60 --temperature 0.7 --seed 1 --prompts - -o "$work/samples.jsonl"
    jq -r '"  " + .text + "\u001b[36m" + .metadata.generate.text + "\u001b[0m"' "$work/samples.jsonl"
}

report() {
    seimai report --title "seimai quickstart" --run "$work/run" --samples "$work/samples.jsonl" \
        --tokenizer "$work/tokenizer-report.json" -o "$work/report.html" "$work"/[1-5]-*.json
    say "The stages"
    stage_rows "$work"/[1-5]-*.json
    say "The report: $work/report.html"
}

mkdir -p "$work"
install_packages
build
PATH=$PWD/build/release/bin:$PATH
[ ${#inputs[@]} -gt 0 ] || fetch_manuals
make_corpus
make_tokenizer
make_shards
train_model
generate_text
report
