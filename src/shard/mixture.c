/* Which set a sample comes from: see seimai/order.h.
 * SPDX-License-Identifier: MIT
 *
 * Set k stands at fork k: of the samples that come there, it takes its share of all sets from k on, evenly spread, and
 * the others go on to fork k + 1. Of the first x samples at a fork the set takes floor((x·w + h) / W), with w its weight,
 * W that of all from here on, and h = W/2; so both directions are divisions of whole numbers. */
#include <seimai/order.h>

#include <math.h>

__extension__ typedef unsigned __int128 wide;

typedef struct fork {
    uint64_t own, all, half; /* w, W, h */
} fork;

static fork fork_of(const sm_mixture *m, uint32_t source)
{
    fork f = {.own = m->weight[source]};
    for (uint32_t i = source; i < m->n; i++)
        f.all += m->weight[i];
    f.half = f.all / 2;
    return f;
}

/* How many of the first x samples at a fork its set takes. */
static uint64_t taken(fork f, uint64_t x)
{
    return (uint64_t)(((wide)x * f.own + f.half) / f.all);
}

/* The sample at a fork that is number j of those that its set takes … */
static uint64_t place_of_own(fork f, uint64_t j)
{
    const wide least = (wide)(j + 1) * f.all - f.half;
    return (uint64_t)((least + f.own - 1) / f.own) - 1;
}

/* … and the one that is number j of those that go on. */
static uint64_t place_of_other(fork f, uint64_t j)
{
    const uint64_t others = f.all - f.own;
    return (uint64_t)(((wide)j * f.all + f.half) / others);
}

int sm_mixture_make(sm_mixture *m, const double weight[], uint32_t n, sm_error *err)
{
    double sum = 0.0;
    if (n == 0 || n > SM_MIXTURE_MOST)
        SM_FAIL(err, SM_EUSAGE, "mixture: %u sets: 1 … %d are possible", n, SM_MIXTURE_MOST);
    for (uint32_t i = 0; i < n; i++) {
        if (!(weight[i] > 0.0) || !isfinite(weight[i]))
            SM_FAIL(err, SM_EUSAGE, "mixture: set %u: its weight is not above 0", i + 1);
        sum += weight[i];
    }
    *m = (sm_mixture){.n = n};
    for (uint32_t i = 0; i < n; i++) {
        const double units = weight[i] / sum * 0x1p32;
        if (!(units >= 1.0))
            SM_FAIL(err, SM_EUSAGE, "mixture: set %u: its weight is %g of %g", i + 1, weight[i],
                    sum);
        m->weight[i] = (uint64_t)llround(units);
    }
    return SM_OK;
}

uint32_t sm_mixture_source(const sm_mixture *m, uint64_t sample, uint64_t *number)
{
    uint32_t source = 0;
    *number = sample;
    for (; source + 1 < m->n; source++) {
        const fork f = fork_of(m, source);
        const uint64_t before = taken(f, *number);
        if (taken(f, *number + 1) > before) {
            *number = before;
            return source;
        }
        *number -= before;
    }
    return source;
}

uint64_t sm_mixture_sample(const sm_mixture *m, uint32_t source, uint64_t number)
{
    uint64_t place = source + 1 < m->n ? place_of_own(fork_of(m, source), number) : number;
    while (source-- > 0)
        place = place_of_other(fork_of(m, source), place);
    return place;
}

uint64_t sm_mixture_count(const sm_mixture *m, uint32_t source, uint64_t samples)
{
    for (uint32_t i = 0; i < source; i++)
        samples -= taken(fork_of(m, i), samples);
    return source + 1 < m->n ? taken(fork_of(m, source), samples) : samples;
}
