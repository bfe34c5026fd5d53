/* The vector kernels of UTF-8 validation, chosen and driven by utf8.c.
 * SPDX-License-Identifier: MIT
 *
 * A kernel looks at whole blocks. It reads SM_UTF8_BEFORE bytes in front of them too, which decide
 * whether the first block begins inside a character; a character that the last block leaves open is the
 * next call's matter. */
#ifndef SEIMAI_UTF8_INTERNAL_H
#define SEIMAI_UTF8_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

enum { SM_UTF8_BLOCK = 64, SM_UTF8_BEFORE = 3 }; /* bytes */

/* A kernel gives the number of leading blocks, of n at p, without a fault. */
typedef size_t sm_utf8_kernel(const uint8_t *p, size_t n);

#if defined(__x86_64__)
sm_utf8_kernel sm_utf8_blocks_avx2, sm_utf8_blocks_avx512;

/* The method of Keiser and Lemire ("Validating UTF-8 in less than one instruction per byte", 2021):
 * every fault that two neighbouring bytes can show is a bit; three tables, looked up by the first byte's
 * high half, its low half and the second byte's high half, each say which faults that half permits;
 * a fault is real where all three agree. What two bytes cannot show is whether a continuation byte is
 * due: a second continuation byte in a row (TAIL_TAIL) is right exactly two places after E0…EF and two
 * or three places after F0…FF. */
enum {
    LEAD_ALONE = 1 << 0, /* a lead byte, then no continuation byte */
    TAIL_ALONE = 1 << 1, /* a continuation byte after ASCII */
    OVERLONG_2 = 1 << 2, /* C0, C1 */
    OVERLONG_3 = 1 << 3, /* E0 80…9F */
    SURROGATE = 1 << 4,  /* ED A0…BF */
    TOO_LARGE = 1 << 5,  /* F4 90…BF, F5…FF 90…BF */
    FOUR_LOW = 1 << 6,   /* F0 80…8F (overlong), F5…FF 80…8F (too large) */
    TAIL_TAIL = 1 << 7   /* two continuation bytes in a row: a fault unless they are due */
};

#define SM_TIMES_4(x) x, x, x, x
#define SM_TIMES_8(x) SM_TIMES_4(x), SM_TIMES_4(x)

static const uint8_t sm_utf8_first_high[16] = {
    SM_TIMES_8(TAIL_ALONE),              /* 0… to 7… */
    SM_TIMES_4(TAIL_TAIL),               /* 8… to B… */
    LEAD_ALONE | OVERLONG_2,             /* C… */
    LEAD_ALONE,                          /* D… */
    LEAD_ALONE | OVERLONG_3 | SURROGATE, /* E… */
    LEAD_ALONE | TOO_LARGE | FOUR_LOW,   /* F… */
};

/* Every low half permits what the two high halves decide by themselves. */
#define SM_ANY   (LEAD_ALONE | TAIL_ALONE | TAIL_TAIL)
#define SM_ABOVE (SM_ANY | TOO_LARGE | FOUR_LOW) /* F5…FF */
static const uint8_t sm_utf8_first_low[16] = {
    SM_ANY | OVERLONG_2 | OVERLONG_3 | FOUR_LOW, /* C0, E0, F0 */
    SM_ANY | OVERLONG_2,                         /* C1 */
    SM_ANY,
    SM_ANY,
    SM_ANY | TOO_LARGE, /* F4 */
    SM_TIMES_8(SM_ABOVE),
    SM_ABOVE | SURROGATE, /* ED */
    SM_ABOVE,
    SM_ABOVE,
};

#define SM_TAIL (TAIL_ALONE | OVERLONG_2 | TAIL_TAIL) /* faults of any continuation byte */
static const uint8_t sm_utf8_second_high[16] = {
    SM_TIMES_8(LEAD_ALONE),           /* 0… to 7… */
    SM_TAIL | OVERLONG_3 | FOUR_LOW,  /* 80…8F */
    SM_TAIL | OVERLONG_3 | TOO_LARGE, /* 90…9F */
    SM_TAIL | SURROGATE | TOO_LARGE,  /* A0…AF */
    SM_TAIL | SURROGATE | TOO_LARGE,  /* B0…BF */
    SM_TIMES_4(LEAD_ALONE),           /* C… to F… */
};
#endif

#endif
