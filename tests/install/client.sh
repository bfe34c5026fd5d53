#!/usr/bin/env bash
# Installs the build into a scratch folder and compiles a client against it, as a user would: with nothing
# but pkg-config. Static and shared, as C and as C++; then the tools run from where they were installed.
# SPDX-License-Identifier: MIT
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
passed=0
failed=0

check() { # NAME COMMAND…
    local name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        passed=$((passed + 1)) && echo "ok install: $name"
        return 0
    fi
    failed=$((failed + 1)) && echo "not ok install: $name" && cat "$scratch/log"
    return 1
}

check 'cmake --install' cmake --install "$SEIMAI_BUILD" --prefix "$prefix"
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name seimai.pc)")
libraries=$(dirname "$PKG_CONFIG_PATH")

# shellcheck disable=SC2046  # pkg-config's answers are lists of words
compile() { # OUTPUT COMPILER OPTION…
    "$2" "${@:3}" $(pkg-config --cflags seimai) -o "$scratch/$1" "$here/client.c" \
        $(pkg-config --libs seimai)
}
compile_static() { # the archive by its path, and what pkg-config says it needs besides
    gcc -std=c17 $(pkg-config --cflags seimai) -o "$scratch/static" "$here/client.c" \
        "$libraries/libseimai.a" $(pkg-config --static --libs seimai | sed 's/-lseimai//')
}
run_shared() { LD_LIBRARY_PATH=$libraries "$scratch/$1"; }
says() { [ "$("${@:2}")" = "$1" ]; }
needs() { readelf -d "$scratch/$1" | grep -q "NEEDED.*\[$2\]"; }
needs_not() { ! needs "$@"; }

check 'client, shared' compile shared gcc -std=c17
check 'client, shared: runs' says 'seimai 5' run_shared shared
check 'client, shared: SONAME 0' needs shared libseimai.so.0
check 'client, static' compile_static
check 'client, static: runs' says 'seimai 5' "$scratch/static"
check 'client, static: needs no libseimai' needs_not static libseimai.so.0
check 'client, C++' compile plus g++ -std=c++17 -x c++
check 'client, C++: runs' says 'seimai 5' run_shared plus
no_blas() { ! readelf -d "$libraries/libseimai.so" | grep -E 'NEEDED.*(blas|omp)'; }
check 'libseimai.so needs no BLAS' no_blas

# Only what the public headers mark with SM_API may be seen from outside.
hidden() { ! nm -D --defined-only "$1" | awk '{ print $3 }' | grep -vE '^sm_|^$'; }
for library in "$libraries"/libseimai*.so; do
    check "$(basename "$library"): exports sm_… only" hidden "$library"
done

# Every header, the dictionaries and the tools are where they belong.
same_list() { diff <(cd "$1" && ls) <(cd "$2" && ls); }
check 'headers' same_list "$here/../../include/seimai" "$prefix/include/seimai"
check 'dictionaries' same_list "$here/../../dicts" "$prefix/share/seimai/dicts"
check 'the dispatcher' says "$("$prefix/bin/seimai" --version)" \
    env PATH="$prefix/bin:$PATH" seimai --version

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
