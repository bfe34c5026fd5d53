/* code_points.h - a text as an array of code points. SPDX-License-Identifier: MIT */
#ifndef SEIMAI_EVAL_CODE_POINTS_H
#define SEIMAI_EVAL_CODE_POINTS_H

#include <seimai/base.h>

typedef struct sm_characters {
    uint32_t *p;
    size_t n;
} sm_characters;

/* What Python's str.split and str.isspace take for white space. */
bool sm_is_python_space(uint32_t c);
/* The characters of valid text, white space left out; in the arena. */
sm_characters sm_characters_of(sm_span text, sm_arena *arena);
/* Punctuation of ASCII as Python's string.punctuation has it. */
bool sm_is_ascii_punctuation(uint32_t c);
int sm_order_u32(const void *a, const void *b); /* for qsort */

#endif
