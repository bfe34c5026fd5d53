/* What the text of a page is made of, many bytes at a time: two loops on which the speed of a page depends.
 * SPDX-License-Identifier: MIT
 *
 * Both have a path for AVX-512BW and one for AVX2, which the machine decides; without either, the callers' own loops
 * over characters do it all, and they are the oracle of the tests. */
#ifndef SEIMAI_HTML_TEXT_SCAN_H
#define SEIMAI_HTML_TEXT_SCAN_H

#include <seimai/base.h>

/* A run of ASCII text that is set as it stands: bytes from ' ' to '~', each blank between two others. */
typedef struct ascii_run {
    uint32_t bytes; /* 0: it begins with something else */
    uint32_t blanks, letters /* and digits */, full_stops, commas;
} ascii_run;

/* What at most TEXT_SCAN_BYTES bytes are; sets have a bit a byte. */
typedef struct text_bits {
    uint32_t spaces; /* how many are blank, LF or tab */
    uint32_t inner;  /* how many are continuation bytes of UTF-8 */
    uint64_t digits; /* ASCII */
    uint64_t marks;  /* ASCII marks that may count: | . ! ? @ , ; : */
    uint64_t
        leads; /* first bytes of a character that may count: C2, E2, EF, and E3 before 80 */
} text_bits;

enum { TEXT_SCAN_BYTES = 64 };

typedef struct text_scan {
    /* The run at p, of at most 64 and at most n bytes, which are all there are; first: no blank may begin it. A blank
     * at its end is left for the next one. */
    ascii_run (*run)(const unsigned char *p, size_t n, bool first);
    /* The bits of the n bytes at p, of which at most TEXT_SCAN_BYTES count. The last byte's lead bit is set for E3
     * whatever comes next. */
    text_bits (*bits)(const unsigned char *p, size_t n);
} text_scan;

extern const text_scan sm_text_scan_avx2, sm_text_scan_avx512;
/* sm_text_scan_best gives the fastest path of this machine; NULL where there is none. */
const text_scan *sm_text_scan_best(void);

#endif
