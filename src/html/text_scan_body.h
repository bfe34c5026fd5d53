/* The steps of text_scan.h, to be included once a path: see byte_bits.h for what the including file defines.
 * SPDX-License-Identifier: MIT */
#include "byte_bits.h"
#include "text_scan.h"

TARGET static inline uint32_t count_bits(uint64_t bits)
{
    return (uint32_t)__builtin_popcountll(bits);
}

TARGET static ascii_run run(const unsigned char *p, size_t n, bool first)
{
    const byte_block b = load_bytes(p, n);
    const uint64_t text = bytes_within(&b, ' ', '~'), blanks = bytes_are(&b, ' ');
    const uint64_t good = text & ~(blanks & ~((text & ~blanks) >> 1)) & ~(blanks & first);
    const size_t length = ~good ? (size_t)__builtin_ctzll(~good) : 64;
    ascii_run r = {.bytes = (uint32_t)length};
    if (!length) return r;
    const uint64_t in_run = ~(uint64_t)0 >> (64 - length);
    r.blanks = count_bits(blanks & in_run);
    r.letters = count_bits(
        (bytes_within(&b, 'a', 'z') | bytes_within(&b, 'A', 'Z') | bytes_within(&b, '0', '9')) &
        in_run);
    r.full_stops =
        count_bits((bytes_are(&b, '.') | bytes_are(&b, '!') | bytes_are(&b, '?')) & in_run);
    r.commas = count_bits(bytes_are(&b, ',') & in_run);
    return r;
}

TARGET static text_bits bits(const unsigned char *p, size_t n)
{
    const byte_block b = load_bytes(p, n);
    const uint64_t last = (uint64_t)1 << (n < 64 ? n - 1 : 63);
    text_bits t = {
        .spaces = count_bits(bytes_are(&b, ' ') | bytes_are(&b, '\n') | bytes_are(&b, '\t')),
        .inner = count_bits(bytes_within(&b, 0x80, 0xBF)),
        .digits = bytes_within(&b, '0', '9')};
    t.marks = bytes_are(&b, '|') | bytes_are(&b, '.') | bytes_are(&b, '!') |
              bytes_within(&b, '?', '@') | bytes_are(&b, ',') | bytes_within(&b, ':', ';');
    t.leads = bytes_are(&b, 0xC2) | bytes_are(&b, 0xE2) | bytes_are(&b, 0xEF) |
              (bytes_are(&b, 0xE3) & (bytes_are(&b, 0x80) >> 1 | last));
    return t;
}
