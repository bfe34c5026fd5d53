/* vec_body.h - the loops of vec.h, written once. Included by vec_portable.c, vec_avx2.c and vec_avx512.c, which
 * define SM_VEC_NAME (the table), SM_VEC_LABEL and SM_VEC_TARGET (an attribute).
 * SPDX-License-Identifier: MIT
 *
 * The compiler turns these loops into vector code: every inner loop is LANES wide and free of branches and of
 * dependences. LANES is fixed, so that the order of sums is. */
#include "kern/vec.h"

#include <math.h>
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
    float lane[LANES] = {0};
    for (size_t i = 0; i < n; i++)
        x[i] = exp_of(scale * x[i] - shift);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + (size_t)l];
    for (; i < n; i++)
        lane[i % LANES] += x[i];
    return fold(lane);
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

FN void vec_product_sum(float *restrict sum, const float *restrict x, const float *restrict y,
                        float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += a * x[i] * y[i];
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

FN void vec_softmax_back(float *restrict dp, const float *restrict p, float d, float scale,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        dp[i] = p[i] * (dp[i] - d) * scale;
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
    .exp_sum = vec_exp_sum,
    .scale = vec_scale,
    .add = vec_add,
    .axpy = vec_axpy,
    .rmsnorm = vec_rmsnorm,
    .rmsnorm_back = vec_rmsnorm_back,
    .product_sum = vec_product_sum,
    .swiglu = vec_swiglu,
    .swiglu_back = vec_swiglu_back,
    .softmax_back = vec_softmax_back,
    .adamw = vec_adamw,
};
