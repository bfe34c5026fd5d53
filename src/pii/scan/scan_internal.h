/* The kernels of the scan: 64 bytes of text at a time, a bit a byte.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_SCAN_INTERNAL_H
#define SEIMAI_PII_SCAN_INTERNAL_H

#include "../pii_internal.h"

enum {
    SM_SCAN_BYTES = 64, /* of a block */
    SM_SCAN_BEHIND = 3  /* bytes behind a block that a kernel reads */
};

/* What the bytes of a block of folded text are. */
typedef struct sm_scan_block {
    uint64_t digits; /* 0-9 */
    uint64_t tokens; /* A-Z a-z 0-9 - _ */
    uint64_t
        marks; /* @ : = * and what opens (at), ★ and its like, -----BEGIN, P<JPN (a superset) */
    uint64_t words; /* a word of the set may begin here (a superset) */
} sm_scan_block;

/* A path of the machine. All three read SM_SCAN_BYTES + SM_SCAN_BEHIND bytes at p. */
struct sm_scan_path {
    const char *name;
    void (*classify)(const unsigned char *p, const sm_words *words, sm_scan_block *block);
    uint64_t (*words)(const unsigned char *p, const sm_words *words);
    uint64_t (*foldable)(
        const unsigned char *p); /* characters that folding may change (a superset) */
};

/* sm_scan_path_at gives the portable path for 0, then those of this machine, NULL past the last;
 * sm_scan_path_best the fastest. */
const sm_scan_path *sm_scan_path_at(size_t i);
const sm_scan_path *sm_scan_path_best(void);

extern const sm_scan_path sm_scan_portable;
#if defined(__x86_64__)
extern const sm_scan_path sm_scan_avx2, sm_scan_avx512;
#endif

/* ---- groups of digits ----------------------------------------------------------------------- */

enum {
    SM_CHAIN_GROUPS = 64,
    SM_CHAIN_REACH = 8, /* groups that one finding may have */
    SM_MIN_DIGITS = 6   /* of a number that any rule looks at */
};

typedef struct sm_group {
    size_t start, end;
    char
        separator; /* what stands alone between it and the next group; 0: several, or the last group */
} sm_group;

/* Groups of digits with at most three separators (- . ( ) and blanks) between them. init {0} */
typedef struct sm_chain {
    sm_group groups[SM_CHAIN_GROUPS];
    size_t n, i;
    bool is_cut; /* there may be more groups */
} sm_chain;

/* sm_chain_find gives the place in the chain of the group that begins at byte `at`; it reads a chain where it must.
 * Bytes must come in ascending order. */
size_t sm_chain_find(sm_chain *chain, sm_span text, size_t at);
/* From group i: bit n is set where the first few groups have n digits (up to 31); whether four groups have single
 * dots between them; whether it is the year of a date; whether it is the class of a number plate. */
uint32_t sm_chain_sums(const sm_chain *chain, size_t i);
uint32_t sm_chain_lengths(const sm_chain *chain, size_t i); /* of sm_site */
bool sm_chain_is_dotted(const sm_chain *chain, size_t i);
bool sm_chain_is_date(const sm_chain *chain, sm_span text, size_t i);
bool sm_chain_is_plate(const sm_chain *chain, sm_span text, size_t i);

static inline bool sm_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool sm_is_ascii_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* The bytes at `at` of a text for a kernel: its own, or a copy with zeros behind where it ends too soon. */
typedef struct sm_scan_pad {
    unsigned char bytes[SM_SCAN_BYTES + SM_SCAN_BEHIND];
} sm_scan_pad;

const unsigned char *sm_scan_bytes(sm_span text, size_t at, sm_scan_pad *pad);

#endif
