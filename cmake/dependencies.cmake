# The external libraries, each with its one owner among the rooms (tests/lint checks the includes).
# SPDX-License-Identifier: MIT
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)   # base
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)    # base
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)      # base
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc)         # text
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)   # text
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)       # stream
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)          # stream
find_package(BZip2 REQUIRED)                                   # stream
pkg_check_modules(isal IMPORTED_TARGET libisal)                # stream, optional: gzip twice as fast
pkg_check_modules(brotli IMPORTED_TARGET libbrotlidec)         # stream, optional: `br` in HTTP
pkg_check_modules(zip IMPORTED_TARGET libzip)                  # source, optional: EPUB
pkg_check_modules(expat IMPORTED_TARGET expat)                 # source, optional: EPUB
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)  # nn
find_package(OpenMP REQUIRED COMPONENTS C)                     # nn

# MeCab (morph) has no .pc file. Its own answer for the dictionaries' folder may name a folder that
# Debian leaves empty, so we take the first place that holds IPADIC in UTF-8.
find_path(MECAB_INCLUDE mecab.h REQUIRED)
find_library(MECAB_LIBRARY mecab REQUIRED)
execute_process(COMMAND mecab-config --dicdir OUTPUT_VARIABLE mecab_dicdir
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
find_path(MECAB_DICTIONARY sys.dic REQUIRED
    PATHS ${mecab_dicdir}/ipadic-utf8 /var/lib/mecab/dic/ipadic-utf8
    ${mecab_dicdir}/ipadic NO_DEFAULT_PATH)

if(SM_TESTS)
    pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
    pkg_check_modules(divsufsort REQUIRED IMPORTED_TARGET libdivsufsort) # the oracle of repeats
endif()
