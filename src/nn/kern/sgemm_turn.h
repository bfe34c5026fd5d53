/* sgemm_turn.h - the transpose that packers are made of, in registers; sgemm_body.h stands before it.
 * SPDX-License-Identifier: MIT */
enum { SIDE = 8 };

/* SIDE × SIDE words: row i becomes column i. Rows are stored in their order: a narrow one reaches into the next. */
INLINE void turn(float *to, size_t width, __m256 r[SIDE])
{
    __m256 s[SIDE];
    UNROLL
    for (size_t i = 0; i < SIDE; i += 2) {
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    UNROLL
    for (size_t i = 0; i < SIDE; i += 4) {
        r[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xEE);
        r[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xEE);
    }
    UNROLL
    for (size_t i = 0; i < SIDE / 2; i++)
        _mm256_storeu_ps(to + i * width, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
    UNROLL
    for (size_t i = 0; i < SIDE / 2; i++)
        _mm256_storeu_ps(to + (i + 4) * width, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
}
