/* From logits to one id: see seimai/generate.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/generate.h>
#include <seimai/random.h>

/* The larger logit first; of equal ones the lower id. */
static bool is_before(sm_candidate a, sm_candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

enum { SEEN = 1 << 30 }; /* marks an id in the list of candidates; vocabularies are smaller */

/* Divides or multiplies the logit of each id of the past once, however often it occurred. */
static void penalise(sm_candidate *c, uint32_t n, const uint32_t *past, size_t n_past,
                     double penalty)
{
    for (size_t i = 0; i < n_past; i++) {
        if (past[i] >= n || c[past[i]].id & SEEN) continue;
        sm_candidate *const p = c + past[i];
        const double logit = (double)p->logit;
        p->logit = (float)(logit > 0.0 ? logit / penalty : logit * penalty);
        p->id |= SEEN;
    }
    for (uint32_t i = 0; i < n; i++)
        c[i].id = i;
}

/* ---- a heap with the first candidate on top: top-k and top-p take a few of many -------------- */

static void sift(sm_candidate *heap, size_t n, size_t i)
{
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && is_before(heap[child + 1], heap[child])) child++;
        if (!is_before(heap[child], heap[i])) return;
        const sm_candidate c = heap[i];
        heap[i] = heap[child];
        heap[child] = c;
        i = child;
    }
}

static void make_heap(sm_candidate *heap, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(heap, n, i);
}

/* Moves the first candidate behind the heap, which becomes one shorter. */
static sm_candidate pop(sm_candidate *heap, size_t *n)
{
    const sm_candidate first = heap[0];
    heap[0] = heap[--*n];
    heap[*n] = first;
    sift(heap, *n, 0);
    return first;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static double weight_of(sm_candidate c, float max, double temperature)
{
    return exp(((double)c.logit - (double)max) / temperature);
}

static uint32_t greedy(const sm_candidate *c, uint32_t n)
{
    sm_candidate best = c[0];
    for (uint32_t i = 1; i < n; i++)
        if (is_before(c[i], best)) best = c[i];
    return best.id;
}

/* The candidate at which the running sum of weights passes u·total, in the order given. */
static uint32_t draw(const sm_candidate *c, size_t n, float max, double temperature, double u)
{
    double total = 0.0, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        total += weight_of(c[i], max, temperature);
    for (size_t i = 0; i < n; i++) {
        sum += weight_of(c[i], max, temperature);
        if (sum > u * total) return c[i].id;
    }
    return c[n - 1].id;
}

/* Keeps the k first (0: all) and of these the fewest that reach the share p, sorted, at the array's end. */
static sm_candidate *keep(sm_candidate *c, size_t n, size_t k, double p, double temperature,
                          size_t *kept)
{
    double total = 0.0, sum = 0.0;
    size_t left = n;
    make_heap(c, n);
    const float max = c[0].logit;
    if (k == 0 || k > n) k = n;
    for (size_t i = 0; k == n && i < n; i++)
        total += weight_of(c[i], max, temperature);
    while (n - left < k) {
        const double weight = weight_of(pop(c, &left), max, temperature);
        sum += weight;
        if (k == n && sum >= p * total) break;
    }
    *kept = n - left;
    if (k == n) return c + left;
    for (total = sum, sum = 0.0, *kept = 0; *kept < k && sum < p * total;) /* p of the k */
        sum += weight_of(c[n - ++*kept], max, temperature);
    return c + n - *kept;
}

uint32_t sm_sampler_pick(const sm_sampler *s, const float *logits, uint32_t n,
                         const uint32_t *past, size_t n_past, uint64_t number,
                         sm_candidate *scratch)
{
    if (s->vocabulary > 0 && s->vocabulary < n) n = s->vocabulary;
    for (uint32_t i = 0; i < n; i++)
        scratch[i] = (sm_candidate){logits[i], i};
    if (s->repetition_penalty > 0.0 && s->repetition_penalty != 1.0)
        penalise(scratch, n, past, n_past, s->repetition_penalty);
    const uint32_t best = greedy(scratch, n);
    if (s->temperature <= 0.0) return best;
    const float max = scratch[best].logit;
    const double u = sm_random_unit(s->seed, number, n_past);
    const double p = s->top_p > 0.0 && s->top_p < 1.0 ? s->top_p : 1.0;
    if (s->top_k == 0 && p == 1.0) return draw(scratch, n, max, s->temperature, u);
    size_t kept = 0;
    const sm_candidate *const few = keep(scratch, n, s->top_k, p, s->temperature, &kept);
    return draw(few, kept, max, s->temperature, u);
}
