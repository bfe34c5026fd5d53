/* vec_body.h - the loops of vec.h, written once. Included by vec_portable.c, vec_avx2.c and vec_avx512.c, which
 * define SM_VEC_NAME (the table), SM_VEC_LABEL and SM_VEC_TARGET (an attribute).
 * SPDX-License-Identifier: MIT
 *
 * The compiler turns these loops into vector code: every inner loop is LANES wide and free of branches and of
 * dependences. LANES is fixed, so that the order of sums is. */
#include "kern/vec.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FN static SM_VEC_TARGET

enum { LANES = 32 };

/* Halves are added to halves: 32 lanes to 16, … to 1. */
FN float fold(float lane[LANES])
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

FN float vec_dot(const float *restrict x, const float *restrict y, size_t n)
{
    float lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + (size_t)l] * y[i + (size_t)l];
    for (; i < n; i++)
        lane[i % LANES] += x[i] * y[i];
    return fold(lane);
}

FN float vec_max(const float *restrict x, size_t n)
{
    float lane[LANES];
    for (int l = 0; l < LANES; l++)
        lane[l] = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] = x[i + (size_t)l] > lane[l] ? x[i + (size_t)l] : lane[l];
    for (; i < n; i++)
        lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    for (int l = 1; l < LANES; l++)
        lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    return lane[0];
}

FN double vec_square_sum(const float *restrict x, size_t n)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (double)x[i + (size_t)l] * (double)x[i + (size_t)l];
    for (; i < n; i++)
        lane[i % LANES] += (double)x[i] * (double)x[i];
    double sum = 0.0;
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

FN float vec_sum(const float *restrict x, size_t n)
{
    float lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + (size_t)l];
    for (; i < n; i++)
        lane[i % LANES] += x[i];
    return fold(lane);
}

FN float vec_deviation(const float *restrict x, float mean, size_t n)
{
    float lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (x[i + (size_t)l] - mean) * (x[i + (size_t)l] - mean);
    for (; i < n; i++)
        lane[i % LANES] += (x[i] - mean) * (x[i] - mean);
    return fold(lane);
}

/* exp by 2^k·e^r with r in ±½·ln 2: the polynomial is e^r's Taylor series to degree 7 (error 1e-8 at the
 * ends). Adding 1.5·2^23 rounds to the nearest integer k and leaves it in the low bits, from where it goes into
 * the exponent. A NaN stays one. */
FN inline float exp_of(float x)
{
    x = x > 88.0F ? 88.0F : x;
    x = x < -87.0F ? -87.0F : x;
    const float shifter = 12582912.0F;
    const float shifted = x * 1.44269504F + shifter;
    const float k = shifted - shifter;
    float r = x - k * 0.693145751953125F; /* ln 2 in two parts; the first has 16 bits */
    r -= k * 1.42860677e-6F;
    float p = 1.98412698e-4F;
    p = p * r + 1.38888889e-3F;
    p = p * r + 8.33333333e-3F;
    p = p * r + 4.16666667e-2F;
    p = p * r + 1.66666667e-1F;
    p = p * r + 0.5F;
    p = p * r + 1.0F;
    p = p * r + 1.0F;
    uint32_t bits;
    float power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127U) << 23; /* the shifter's own low bits are 0 */
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

FN float vec_exp_sum(float *restrict x, size_t n, float scale, float shift)
{
    for (size_t i = 0; i < n; i++)
        x[i] = exp_of(scale * x[i] - shift);
    return vec_sum(x, n);
}

FN void vec_scale(float *restrict y, float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] *= a;
}

FN void vec_add(float *z, const float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] + y[i];
}

FN void vec_axpy(float *restrict y, float a, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

FN void vec_rmsnorm(float *restrict y, const float *restrict x, const float *restrict w,
                    float rstd, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * rstd * w[i];
}

/* dx = rstd·(dy·w − x·rstd²·mean(dy·w·x)) */
FN void vec_rmsnorm_back(float *restrict dx, const float *restrict dy, const float *restrict x,
                         const float *restrict w, float rstd, size_t n, int keep)
{
    float lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const size_t j = i + (size_t)l;
            lane[l] += dy[j] * w[j] * x[j];
        }
    for (; i < n; i++)
        lane[i % LANES] += dy[i] * w[i] * x[i];
    const float mean = rstd * rstd * (fold(lane) / (float)n);
    if (keep)
        for (size_t j = 0; j < n; j++)
            dx[j] += rstd * (dy[j] * w[j] - x[j] * mean);
    else
        for (size_t j = 0; j < n; j++)
            dx[j] = rstd * (dy[j] * w[j] - x[j] * mean);
}

FN void vec_layernorm(float *restrict y, const float *restrict x, const float *restrict w,
                      const float *restrict b, float mean, float rstd, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * rstd * w[i] + b[i];
}

/* dx = rstd·(dy·w − mean(dy·w) − x̂·mean(dy·w·x̂)) */
FN void vec_layernorm_back(float *restrict dx, const float *restrict dy,
                           const float *restrict x, const float *restrict w, float mean,
                           float rstd, size_t n, int keep)
{
    float plain[LANES] = {0}, product[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const size_t j = i + (size_t)l;
            plain[l] += dy[j] * w[j];
            product[l] += dy[j] * w[j] * ((x[j] - mean) * rstd);
        }
    for (; i < n; i++) {
        plain[i % LANES] += dy[i] * w[i];
        product[i % LANES] += dy[i] * w[i] * ((x[i] - mean) * rstd);
    }
    const float a = fold(plain) / (float)n, b = fold(product) / (float)n;
    if (keep)
        for (size_t j = 0; j < n; j++)
            dx[j] += rstd * (dy[j] * w[j] - a - (x[j] - mean) * rstd * b);
    else
        for (size_t j = 0; j < n; j++)
            dx[j] = rstd * (dy[j] * w[j] - a - (x[j] - mean) * rstd * b);
}

FN void vec_product_sum(float *restrict sum, const float *restrict x, const float *restrict y,
                        float shift, float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += a * x[i] * (y[i] - shift);
}

/* gelu(x) = x·σ(2u), u = √(2/π)·(x + .044715·x³) */
#define GELU_ROOT  0.7978845608F
#define GELU_CUBIC 0.044715F

FN void vec_gelu(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float u = GELU_ROOT * x[i] * (1.0F + GELU_CUBIC * x[i] * x[i]);
        y[i] = x[i] / (1.0F + exp_of(-2.0F * u));
    }
}

/* With s = σ(2u): s + x·s·(1 − s)·2u'. */
FN void vec_gelu_back(float *restrict dx, const float *restrict dy, const float *restrict x,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float square = x[i] * x[i];
        const float u = GELU_ROOT * x[i] * (1.0F + GELU_CUBIC * square);
        const float s = 1.0F / (1.0F + exp_of(-2.0F * u));
        const float slope = 2.0F * GELU_ROOT * (1.0F + 3.0F * GELU_CUBIC * square);
        dx[i] = dy[i] * (s + x[i] * s * (1.0F - s) * slope);
    }
}

/* One round of Philox4x32 on all lanes: words 0 and 2 are multiplied, 1 and 3 mixed in. */
FN inline void philox_round(uint32_t word[4][LANES], uint32_t key0, uint32_t key1)
{
    for (int l = 0; l < LANES; l++) {
        const uint64_t a = (uint64_t)word[0][l] * 0xD2511F53U;
        const uint64_t b = (uint64_t)word[2][l] * 0xCD9E8D57U;
        word[0][l] = (uint32_t)(b >> 32) ^ word[1][l] ^ key0;
        word[2][l] = (uint32_t)(a >> 32) ^ word[3][l] ^ key1;
        word[1][l] = (uint32_t)b;
        word[3][l] = (uint32_t)a;
    }
}

/* The blocks first, first + 1 … first + LANES - 1 of one place. */
FN void philox_blocks(uint32_t word[4][LANES], size_t first, const uint32_t key[2],
                      const uint32_t place[3])
{
    for (int l = 0; l < LANES; l++) {
        word[0][l] = (uint32_t)first + (uint32_t)l;
        word[1][l] = place[0];
        word[2][l] = place[1];
        word[3][l] = place[2];
    }
    for (uint32_t round = 0; round < 10; round++)
        philox_round(word, key[0] + round * 0x9E3779B9U, key[1] + round * 0xBB67AE85U);
}

FN void vec_dropout(float *x, const uint32_t key[2], const uint32_t place[3], uint32_t limit,
                    float factor, size_t n)
{
    uint32_t word[4][LANES];
    for (size_t i = 0; i < n; i += 4 * LANES) {
        const size_t end = n - i < 4 * LANES ? n - i : 4 * LANES;
        philox_blocks(word, i / 4, key, place);
        for (size_t j = 0; j < end; j++)
            x[i + j] = word[j % 4][j / 4] < limit ? 0.0F : x[i + j] * factor;
    }
}

FN void vec_swiglu(float *restrict y, const float *restrict gate, const float *restrict up,
                   size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = gate[i] / (1.0F + exp_of(-gate[i])) * up[i];
}

/* With s = σ(gate): d(gate·s)/d(gate) = s·(1 + gate·(1 − s)). */
FN void vec_swiglu_back(float *restrict dgate, float *restrict dup, const float *restrict dy,
                        const float *restrict gate, const float *restrict up, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float s = 1.0F / (1.0F + exp_of(-gate[i]));
        dgate[i] = dy[i] * up[i] * s * (1.0F + gate[i] * (1.0F - s));
        dup[i] = dy[i] * gate[i] * s;
    }
}

/* ---- attention: columns of scores, QUERIES at a time -------------------------------------------- */

enum { QUERIES = 8 };

static inline uint32_t is_seen(const sm_score_panel *p, size_t query, int32_t key)
{
    return (uint32_t)(key >= p->first[query]) & (uint32_t)(key < p->end[query]);
}

FN void softmax_columns(float *restrict s, const sm_score_panel *p, size_t q, float *max,
                        float *sum)
{
    float most[QUERIES], total[QUERIES] = {0};
    for (int l = 0; l < QUERIES; l++)
        most[l] = -INFINITY;
    for (size_t k = 0; k < p->keys; k++)
        for (int l = 0; l < QUERIES; l++) {
            const float x = s[k * p->width + (size_t)l];
            const bool larger = is_seen(p, q + (size_t)l, (int32_t)k) & (x > most[l]);
            most[l] = larger ? x : most[l];
        }
    for (int l = 0; l < QUERIES; l++)
        most[l] *= p->scale;
    for (size_t k = 0; k < p->keys; k++)
        for (int l = 0; l < QUERIES; l++) {
            float *const x = s + k * p->width + (size_t)l;
            const float y = exp_of(p->scale * *x - most[l]);
            *x = is_seen(p, q + (size_t)l, (int32_t)k) ? y : 0.0F;
            total[l] += *x;
        }
    memcpy(max, most, sizeof most);
    memcpy(sum, total, sizeof total);
}

FN void vec_softmax(float *s, const sm_score_panel *p, float *max, float *sum)
{
    for (size_t q = 0; q < p->width; q += QUERIES)
        softmax_columns(s + q, p, q, max + q, sum + q);
}

FN void vec_softmax_again(float *restrict s, const sm_score_panel *p, const float *restrict lse)
{
    for (size_t q = 0; q < p->width; q += QUERIES)
        for (size_t k = 0; k < p->keys; k++)
            for (size_t l = q; l < q + QUERIES; l++) {
                const float y = exp_of(p->scale * s[k * p->width + l] - lse[l]);
                s[k * p->width + l] = is_seen(p, l, (int32_t)k) ? y : 0.0F;
            }
}

FN void vec_softmax_back(float *restrict ds, const float *restrict s, const sm_score_panel *p,
                         const float *restrict d)
{
    for (size_t q = 0; q < p->width; q += QUERIES)
        for (size_t k = 0; k < p->keys; k++)
            for (size_t l = q; l < q + QUERIES; l++) {
                const size_t i = k * p->width + l;
                const float y = s[i] * (ds[i] - d[l]) * p->scale;
                ds[i] = is_seen(p, l, (int32_t)k) ? y : 0.0F;
            }
}

FN void vec_rotate(float *restrict x, const float *restrict angle, size_t half, float sign)
{
    float *const y = x + half;
    for (size_t j = 0; j < half; j++) {
        const float a = x[j], b = y[j];
        const float cosine = angle[j], sine = sign * angle[half + j];
        x[j] = a * cosine - b * sine;
        y[j] = b * cosine + a * sine;
    }
}

FN void vec_adamw(const sm_adamw_factors *f, float *restrict w, const float *restrict g,
                  float *restrict m, float *restrict v, size_t n)
{
    const sm_adamw_factors a = *f;
    for (size_t i = 0; i < n; i++) {
        const float gradient = a.scale * g[i];
        m[i] = a.beta1 * m[i] + a.rest1 * gradient;
        v[i] = a.beta2 * v[i] + a.rest2 * gradient * gradient;
        w[i] = a.keep * w[i] - a.rate * m[i] / (sqrtf(v[i]) * a.root + a.epsilon);
    }
}

const sm_vec SM_VEC_NAME = {
    .name = SM_VEC_LABEL,
    .dot = vec_dot,
    .max = vec_max,
    .square_sum = vec_square_sum,
    .sum = vec_sum,
    .deviation = vec_deviation,
    .exp_sum = vec_exp_sum,
    .scale = vec_scale,
    .add = vec_add,
    .axpy = vec_axpy,
    .rmsnorm = vec_rmsnorm,
    .rmsnorm_back = vec_rmsnorm_back,
    .layernorm = vec_layernorm,
    .layernorm_back = vec_layernorm_back,
    .product_sum = vec_product_sum,
    .gelu = vec_gelu,
    .gelu_back = vec_gelu_back,
    .dropout = vec_dropout,
    .swiglu = vec_swiglu,
    .swiglu_back = vec_swiglu_back,
    .softmax = vec_softmax,
    .softmax_again = vec_softmax_again,
    .softmax_back = vec_softmax_back,
    .rotate = vec_rotate,
    .adamw = vec_adamw,
};
