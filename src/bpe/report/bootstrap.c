/* The Poisson bootstrap.
 * SPDX-License-Identifier: MIT */
#include "report/bootstrap.h"

#include <seimai/random.h>

#include <math.h>
#include <stdlib.h>

bootstrap bootstrap_make(size_t columns)
{
    return (bootstrap){sm_calloc(RESAMPLES * columns, sizeof(double)), columns};
}

void bootstrap_free(bootstrap *b)
{
    sm_free(b->sums);
    *b = (bootstrap){0};
}

/* A Poisson number of mean 1 from 16 random bits: how many of the sums of 1/(e k!) they exceed. */
static unsigned poisson(unsigned bits)
{
    static const unsigned below[] = {24109, 48219, 60273, 64291, 65296, 65497, 65531, 65535};
    unsigned k = 0;
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        k += bits >= below[i];
    return k;
}

void bootstrap_add(bootstrap *b, uint64_t seed, const double *values)
{
    uint64_t bits = 0;
    for (size_t r = 0; r < RESAMPLES; r++, bits >>= 16) {
        if (r % 4 == 0) bits = sm_random_u64(seed, r / 4, 0);
        const double weight = poisson((unsigned)(bits & 0xFFFF));
        double *sums = b->sums + r * b->columns;
        if (weight > 0)
            for (size_t c = 0; c < b->columns; c++)
                sums[c] += weight * values[c];
    }
}

void bootstrap_merge(bootstrap *into, const bootstrap *from)
{
    for (size_t i = 0; i < RESAMPLES * into->columns; i++)
        into->sums[i] += from->sums[i];
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void bootstrap_interval(const bootstrap *b, const ratio *r, double interval[2])
{
    double *values = sm_malloc(RESAMPLES * sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < RESAMPLES; i++) {
        const double *sums = b->sums + i * b->columns;
        const double more = r->below_too == SIZE_MAX ? 0 : sums[r->below_too];
        const double value = r->times * sums[r->above] / (sums[r->below] + more);
        if (isfinite(value)) values[n++] = value;
    }
    qsort(values, n, sizeof *values, by_value);
    interval[0] = n ? values[n / 40] : (double)NAN;
    interval[1] = n ? values[n - 1 - n / 40] : (double)NAN;
    sm_free(values);
}
