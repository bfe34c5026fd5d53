/* Parameters: lookup, fresh weights: see seimai/net.h.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <seimai/net.h>
#include <seimai/random.h>

enum { CHUNK = 4096 };

const sm_param *sm_params_find(const sm_params *params, sm_span name)
{
    for (size_t i = 0; i < params->n; i++)
        if (sm_span_equal(sm_span_of(params->items[i].name), name)) return params->items + i;
    return NULL;
}

static double fresh(const sm_param *p, uint64_t seed, uint64_t site, size_t i)
{
    if (p->bound > 0.0) return p->bound * (2.0 * sm_random_unit(seed, i, site) - 1.0);
    if (p->deviation > 0.0) return p->mean + p->deviation * sm_random_normal(seed, i, site);
    return p->mean;
}

static void init_chunk(const sm_param *p, uint64_t seed, uint64_t site, size_t first, float *w)
{
    const size_t end = p->n - first < CHUNK ? p->n : first + CHUNK;
    for (size_t i = first; i < end; i++)
        w[p->offset + i] = (float)fresh(p, seed, site, i);
}

static void init_from(const sm_params *params, size_t first_site, uint64_t seed, float *w,
                      unsigned threads)
{
    for (size_t site = first_site; site < params->n; site++) {
        const sm_param *const p = params->items + site;
        if (p->stored) continue; /* is read, never drawn */
#pragma omp parallel for num_threads((int)threads)
        for (size_t first = 0; first < p->n; first += CHUNK)
            init_chunk(p, seed, site, first, w);
    }
}

void sm_params_init(const sm_params *params, uint64_t seed, float *w, unsigned threads)
{
    memset(w, 0, params->total * sizeof *w);
    init_from(params, 0, seed, w, threads);
}

void sm_params_init_adapter(const sm_params *params, uint64_t seed, float *w, unsigned threads)
{
    init_from(params, params->n_model, seed, w, threads);
}
