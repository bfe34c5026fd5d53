/* The kernels of decoding in plain C: see decode.h. fmaf is one instruction where the machine has it, and a slow call
 * elsewhere: the price of the same bits everywhere.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kern/decode_internal.h"

#define SM_DECODE_NAME  sm_decode_portable
#define SM_DECODE_LABEL "portable"
#define SM_DECODE_TARGET
#define FN static inline

enum {
    LANES = 16,
    DOT_ROWS = 1,
    DOT_COLUMNS = 1,
    FEW_COLUMNS = 1,
    MOST_COLUMNS = 4, /* sums are folded by four */
    CHAIN_ROWS = 1,
    CHAIN_VECTORS = 1
};

typedef struct lanes {
    float at[LANES];
} lanes;

FN lanes lanes_zero(void)
{
    return (lanes){{0}};
}

FN lanes lanes_all(float x)
{
    lanes y;
    for (int l = 0; l < LANES; l++)
        y.at[l] = x;
    return y;
}

FN lanes lanes_load(const float *p)
{
    lanes x;
    memcpy(x.at, p, sizeof x.at);
    return x;
}

FN lanes lanes_load_part(const float *p, size_t n)
{
    lanes x = {{0}};
    memcpy(x.at, p, n * sizeof *p);
    return x;
}

FN void lanes_store(float *p, lanes x)
{
    memcpy(p, x.at, sizeof x.at);
}

FN lanes lanes_fma(lanes a, lanes b, lanes c)
{
    for (int l = 0; l < LANES; l++)
        c.at[l] = fmaf(a.at[l], b.at[l], c.at[l]);
    return c;
}

FN float lanes_fold(lanes x)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            x.at[l] += x.at[l + half];
    return x.at[0];
}

FN void lanes_fold4(lanes x0, lanes x1, lanes x2, lanes x3, float out[4])
{
    out[0] = lanes_fold(x0);
    out[1] = lanes_fold(x1);
    out[2] = lanes_fold(x2);
    out[3] = lanes_fold(x3);
}

#include "kern/decode_body.h"
