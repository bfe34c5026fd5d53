/* sgemm_pack.h - packers of floats in vectors, written once; sgemm_body.h stands before it.
 * SPDX-License-Identifier: MIT */
#include "kern/sgemm_turn.h"

/* Rows [first, first + SIDE) of the source, or as many as there are, at k: SIDE of each. */
INLINE void turn_some(float *to, size_t width, const sm_gemm_source *s, size_t first, size_t k)
{
    __m256 row[SIDE];
    UNROLL
    for (size_t i = 0; i < SIDE; i++)
        row[i] = first + i < s->n ? _mm256_loadu_ps(s->p + (first + i) * s->ld + k)
                                  : _mm256_setzero_ps();
    turn(to + k * width + first, width, row);
}

/* Rows along k, a cache line of each at a time. A store of SIDE columns may reach over the panel's edge into the row
 * behind it, so the last columns go first. */
FN void pack_along(float *to, size_t width, const sm_gemm_source *s)
{
    const size_t groups = (width + SIDE - 1) / SIDE;
    size_t k = 0;
    for (; k + 2 * SIDE <= s->k; k += 2 * SIDE)
        for (size_t g = groups; g-- > 0;) {
            turn_some(to, width, s, g * SIDE, k);
            turn_some(to, width, s, g * SIDE, k + SIDE);
        }
    for (; k < s->k; k++)
        for (size_t i = 0; i < width; i++)
            to[k * width + i] = i < s->n ? s->p[i * s->ld + k] : 0.0F;
}

/* Rows across k: `width` floats from each, the last of which may stand at the end of its memory. A store of LANES columns
 * may reach into the row behind, which comes next. */
FN void pack_across(float *to, size_t width, const sm_gemm_source *s)
{
    const size_t whole = s->n / LANES * LANES;
    for (size_t k = 0; k < s->k; k++, to += width) {
        const float *const from = s->p + k * s->ld;
        for (size_t i = 0; i < whole; i += LANES)
            store(to + i, load(from + i));
        if (whole < width) store(to + whole, load_first(from + whole, s->n - whole));
        for (size_t i = whole + LANES; i < width; i += LANES)
            store(to + i, all(0.0F));
    }
}

FN void pack(float *to, size_t width, const sm_gemm_source *s)
{
    if (s->is_along)
        pack_along(to, width, s);
    else
        pack_across(to, width, s);
}
