/* Bins that are the same for every value and every run. See account_internal.h.
 * SPDX-License-Identifier: MIT */
#include "account_internal.h"

#include <math.h>

/* 1 … SM_BIN_HALF by size. */
static size_t bin_of_size(double size)
{
    int exponent = 0;
    const double mantissa = frexp(size, &exponent); /* [0.5, 1) */
    if (isinf(size) || exponent >= SM_BIN_HIGH) return SM_BIN_HALF;
    if (exponent < SM_BIN_LOW) return 1;
    const int part = (int)((mantissa - .5) * 2 * SM_BIN_PARTS);
    return 1 + (size_t)((exponent - SM_BIN_LOW) * SM_BIN_PARTS + part);
}

size_t sm_bin_of(double value)
{
    if (value > 0) return SM_BIN_HALF + bin_of_size(value);
    return value < 0 ? SM_BIN_HALF - bin_of_size(-value) : SM_BIN_HALF;
}

double sm_bin_edge(size_t bin)
{
    if (bin == SM_BIN_HALF) return 0;
    const size_t at = (bin > SM_BIN_HALF ? bin - SM_BIN_HALF : SM_BIN_HALF - bin) - 1;
    const double mantissa = .5 + (double)(at % SM_BIN_PARTS) / (2 * SM_BIN_PARTS);
    const double size = ldexp(mantissa, (int)(at / SM_BIN_PARTS) + SM_BIN_LOW);
    return bin > SM_BIN_HALF ? size : -size;
}
