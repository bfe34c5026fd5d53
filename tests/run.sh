#!/usr/bin/env bash
# Installs what the project needs, builds it with every compiler, and proves it.
# SPDX-License-Identifier: MIT
#
#   tests/run.sh            everything that every change must pass (about 15 minutes on 2 cores)
#   tests/run.sh --quick    the inner loop: one Release build, unit tests, tools' cases, the generic test of one tool, lint
#   tests/run.sh --full     also the long tests and clang-tidy
#   tests/run.sh --fuzz [S] the fuzzers of tests/fuzz, S seconds each (60)
#   tests/run.sh --peers    also tests/conformance/peers, against living PyTorch and transformers
#
# Build folders: build/{gcc,clang,asan,tsan,fuzz}; logs: build/log. The last line is `N passed, N failed`,
# where N counts cases; what was skipped stands above it. Exit status: 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

packages=(gcc g++ libc6-dev clang libclang-rt-dev libomp-dev clang-format clang-tidy cmake ninja-build pkg-config
    python3 python3-venv jq gzip zstd bzip2 libxxhash-dev libjansson-dev libyaml-dev libicu-dev libpcre2-dev
    libzstd-dev zlib1g-dev libbz2-dev libmecab-dev mecab mecab-utils mecab-ipadic-utf8
    libopenblas-openmp-dev libisal-dev libbrotli-dev libzip-dev libexpat1-dev poppler-utils poppler-data
    libcmocka-dev libdivsufsort-dev)
light_peers=(numpy safetensors sentencepiece tokenizers tiktoken gguf hojichar emoji fugashi unidic-lite datatrove
    scikit-learn ada-url html5lib selectolax lxml mwparserfromhell markdown-it-py jinja2 pyzstd)
heavy_peers=(numpy safetensors torch transformers sentencepiece megatron-core datatrove peft lm_eval sacrebleu rouge_score)

log=build/log
results=$log/results
cores=$(nproc)
mode=default
peers=no
fuzz_seconds=60

usage() {
    sed -n '5,12s/^# \{0,1\}//p' "$0"
    exit "$1"
}

while [ $# -gt 0 ]; do
    case $1 in
        --quick) mode=quick ;;
        --full) mode=full ;;
        --peers) peers=yes ;;
        --fuzz)
            mode=fuzz
            case ${2-} in [0-9]*) fuzz_seconds=$2 && shift ;; esac
            ;;
        -h | --help) usage 0 ;;
        *) usage 2 >&2 ;;
    esac
    shift
done

# ---- how a step is run and counted ---------------------------------------------------------

section() { printf '\n== %s  [%d:%02d]\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# step NAME COMMAND…: one case. Its output goes to a log, which is shown when it fails. Status 77: it was skipped.
step() {
    local name=$1 start=$SECONDS status
    shift
    "$@" >"$log/$name.log" 2>&1
    status=$?
    [ $status -eq 77 ] && skip "$name: $(tail -n 1 "$log/$name.log")" && return 0
    if [ $status -eq 0 ]; then
        echo 'passed 1' >>"$results"
        echo "ok $name ($((SECONDS - start)) s)"
        return 0
    fi
    echo 'failed 1' >>"$results"
    echo "not ok $name ($((SECONDS - start)) s): $*"
    grep -E 'error:|warning:|Error|undefined reference' "$log/$name.log" | head -30
    echo '    …'
    tail -10 "$log/$name.log"
    return 1
}

skip() {
    echo "skip $1" | tee -a "$results"
}

# build NAME [CMAKE ARGUMENT…]: configures and compiles build/NAME, warnings as errors.
build() {
    local name=$1
    shift
    step "configure-$name" cmake -S . -B "build/$name" -G Ninja -DSM_WERROR=ON "$@" &&
        step "build-$name" ninja -k 0 -C "build/$name" -j "$cores" "${targets[@]}"
}
targets=()

# run_tests NAME [CTEST ARGUMENT…]: the tests of build/NAME, counted by case.
run_tests() {
    local name=$1 xml=$PWD/$log/tests-$1.xml
    shift
    rm -f "$xml"
    ctest --test-dir "build/$name" -j "$cores" --no-tests=error --timeout 900 --output-junit "$xml" \
        --test-output-size-passed 8388608 --test-output-size-failed 8388608 "$@" \
        >"$log/tests-$name.log" 2>&1
    if [ ! -s "$xml" ]; then
        echo "not ok tests-$name: ctest could not run"
        tail -15 "$log/tests-$name.log"
        echo 'failed 1' >>"$results"
        return 1
    fi
    python3 tests/count.py "$name" "$xml" "$results"
}

# ---- what the machine must have --------------------------------------------------------------

install_packages() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: the configure step names what is missing
    local missing=() package as_root=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "installing: ${missing[*]}"
    "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# can_import FOLDER PACKAGE: by the package's name, which is not always the module's.
can_import() {
    local module=${2//-/_}
    case $2 in
        scikit-learn) module=sklearn ;;
        megatron-core) module=megatron.core ;;
        markdown-it-py) module=markdown_it ;;
    esac
    "$1/bin/python" -c "import $module" 2>/dev/null
}

# make_venv FOLDER PACKAGE…: a virtual environment in which the packages can be imported. What cannot be had is named
# on the last line, and the status is 1; the others are there.
make_venv() {
    local folder=$1 package missing=()
    shift
    [ -x "$folder/bin/python" ] || python3 -m venv "$folder" || { echo "$*" && return 1; }
    for package in "$@"; do
        can_import "$folder" "$package" ||
            "$folder/bin/python" -m pip install -q --disable-pip-version-check --retries 1 "$package"
        can_import "$folder" "$package" || missing+=("$package")
    done
    echo "${missing[*]}"
    [ ${#missing[@]} -eq 0 ]
}

# llama.cpp is built from its sources, about 10 minutes on 2 cores, without what only some machines have.
make_llama() {
    can_import "$1" llama_cpp ||
        CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_CURL=OFF -DGGML_OPENMP=OFF" \
            "$1/bin/python" -m pip install -q --disable-pip-version-check llama-cpp-python
    can_import "$1" llama_cpp
}

# ---- the parts ---------------------------------------------------------------------------------

prepare() {
    section 'Packages'
    mkdir -p "$log"
    : >"$results"
    step packages install_packages || finish
    make_venv build/venv "${light_peers[@]}" >"$log/venv.log" 2>&1 ||
        skip "peers: not to be had from PyPI: $(tail -n 1 "$log/venv.log")"
}

test_gcc() {
    section 'gcc, Release'
    build gcc -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release && run_tests gcc "$@"
}

test_clang() {
    section 'clang, Release: compiles without a warning'
    build clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
}

test_asan() {
    section 'gcc, AddressSanitizer and UndefinedBehaviorSanitizer'
    build asan -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g' \
        -DSM_SANITIZE=address,undefined &&
        ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 \
            run_tests asan -L 'unit|cli|generic' "$@"
}

test_tsan() {
    section 'gcc, ThreadSanitizer: the runner'
    local targets=(sm_tsan)
    build tsan -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g' \
        -DSM_SANITIZE=thread &&
        TSAN_OPTIONS=exitcode=99 run_tests tsan -L tsan
}

test_tidy() {
    section 'clang-tidy'
    cmake -S . -B build/clang -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
    find src tools -name '*.c' -not -path '*/gen/*' -print0 >"$log/tidy.files"
    step clang-tidy xargs -0 -a "$log/tidy.files" -P "$cores" -n 4 \
        clang-tidy -p build/clang --quiet --warnings-as-errors='*'
}

fuzz_one() {
    local name=$1 corpus=build/fuzz/corpus/$1
    mkdir -p "$corpus" "build/fuzz/found"
    local seeds=()
    [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
    "build/fuzz/bin/$name" -max_total_time="$fuzz_seconds" -rss_limit_mb=2048 -timeout=10 \
        -artifact_prefix="build/fuzz/found/$name-" "$corpus" "${seeds[@]}"
}

test_fuzz() {
    section "Fuzzers, $fuzz_seconds s each"
    local targets=(sm_fuzz) target
    build fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG='-O1 -g' \
        -DSM_FUZZ=ON -DSM_SANITIZE=address,undefined || return 1
    for target in tests/fuzz/*_fuzz.c; do
        [ -e "$target" ] || { skip 'fuzz: there is no tests/fuzz/*_fuzz.c' && return 0; }
        step "$(basename "$target" .c)" fuzz_one "$(basename "$target" .c)"
    done
}

test_peers() {
    section 'Heavy peers'
    local script name
    step venv-peers make_venv build/venv-peers "${heavy_peers[@]}" || return 1
    make_llama build/venv-peers >"$log/llama.log" 2>&1 ||
        skip "llama.cpp: llama-cpp-python cannot be built, see $log/llama.log"
    for script in tests/conformance/peers/*.py; do
        [ -e "$script" ] || { skip 'peers: there is no tests/conformance/peers/*.py' && return 0; }
        name=peer-$(basename "$script" .py)
        step "$name" env SEIMAI_SOURCE="$PWD" SEIMAI_BUILD="$PWD/build/gcc" build/venv-peers/bin/python "$script"
        sed -n "s/^skip /skip $name: /p" "$log/$name.log" | tee -a "$results"
    done
}

finish() {
    section 'Result'
    grep '^skip ' "$results" | sort | sed 's/^skip /skipped: /'
    awk '{ n[$1] += $2 } END { printf "%d passed, %d failed\n", n["passed"], n["failed"]
        exit n["failed"] > 0 || n["passed"] == 0 }' "$results"
    exit $?
}

prepare
case $mode in
    quick) test_gcc -L 'unit|cli|inner|lint' -LE long ;;
    fuzz) test_fuzz ;;
    full)
        export SEIMAI_FULL=1
        test_gcc
        test_clang
        test_asan
        test_tsan
        test_tidy
        ;;
    default)
        test_gcc -LE long
        test_clang
        test_asan -LE long
        test_tsan
        ;;
esac
[ "$peers" = yes ] && test_peers
finish
