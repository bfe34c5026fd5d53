/* From logits to one id: see seimai/generate.h.
 * SPDX-License-Identifier: MIT
 *
 * top-k, top-p and min-p each keep some of the first in the order of logits, so what is left is the shortest of the three.
 * Of a large vocabulary only that beginning is ever sorted: it is taken band by band from the top. */
#include <math.h>

#include <seimai/generate.h>
#include <seimai/random.h>

enum { PIECE = 1024 }; /* logits whose weights are summed at a time */

#define BAND 8.0 /* e^-8: most of a distribution lies in the first band */

/* ---- penalty and greedy ------------------------------------------------------------------------ */

/* Divides or multiplies the logit of each id of the past once, however often it occurred. */
static void penalise(float *logits, uint32_t n, const uint32_t *past, size_t n_past,
                     double penalty)
{
    uint8_t *const seen = sm_calloc(n / 8 + 1, 1);
    for (size_t i = 0; i < n_past; i++) {
        const uint32_t id = past[i];
        if (id >= n || seen[id / 8] >> id % 8 & 1) continue;
        const double logit = (double)logits[id];
        logits[id] = (float)(logit > 0.0 ? logit / penalty : logit * penalty);
        seen[id / 8] |= (uint8_t)(1 << id % 8);
    }
    sm_free(seen);
}

static uint32_t greedy(const float *logits, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

/* ---- a heap with the first candidate on top ----------------------------------------------------- */

/* The larger logit first; of equal ones the lower id. */
static bool is_before(sm_candidate a, sm_candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

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

static sm_candidate pop(sm_candidate *heap, size_t *n)
{
    const sm_candidate first = heap[0];
    heap[0] = heap[--*n];
    sift(heap, *n, 0);
    return first;
}

/* ---- the first candidates, in order -------------------------------------------------------------- */

/* Candidates come out one by one: the heap stands at the beginning of the scratch, what came out at its end, the
 * first one last. */
typedef struct order {
    const float *logits;
    uint32_t n;
    sm_candidate *scratch;
    size_t in_heap, out;
    float low; /* what is below it was not looked at yet */
    double max, width;
} order;

/* The logits in [low, high) go into the heap. */
static void next_band(order *o)
{
    const float high = o->low;
    o->low = (float)(o->max - o->width);
    o->width *= 2.0;
    for (uint32_t i = 0; i < o->n; i++)
        if (o->logits[i] >= o->low && o->logits[i] < high)
            o->scratch[o->in_heap++] = (sm_candidate){o->logits[i], i};
    make_heap(o->scratch, o->in_heap);
}

/* The i-th of those that came out. */
static double out_of(const order *o, size_t i)
{
    return (double)o->scratch[o->n - 1 - i].logit;
}

static bool next(order *o)
{
    while (o->in_heap == 0 && o->out < o->n)
        next_band(o);
    if (o->in_heap == 0) return false;
    const sm_candidate c = pop(o->scratch, &o->in_heap);
    o->scratch[o->n - ++o->out] = c;
    return true;
}

/* ---- choosing ------------------------------------------------------------------------------------ */

static double weight_of(double logit, double max, double temperature)
{
    return exp((logit - max) / temperature);
}

/* How many of the first candidates the filters leave; they stand at the end of the scratch. */
static size_t keep(const sm_sampler *s, const float *logits, uint32_t n, double max,
                   sm_candidate *scratch)
{
    const double t = s->temperature_last ? 1.0 : s->temperature;
    const size_t k = s->top_k > 0 && s->top_k < n ? s->top_k : n;
    const double p = s->top_p > 0.0 && s->top_p < 1.0 ? s->top_p : 1.0;
    const double least = s->min_p > 0.0 ? max + t * log(s->min_p) : (double)-INFINITY;
    double total = k == n && p < 1.0 ? sm_logits_sum(logits, n, max, t) : (double)INFINITY,
           sum = 0.0;
    order o = {.logits = logits,
               .n = n,
               .scratch = scratch,
               .low = INFINITY,
               .max = max,
               .width = BAND * t};
    while (o.out < k && sum < p * total && next(&o)) {
        sum += weight_of(out_of(&o, o.out - 1), max, t);
        if (p == 1.0 && out_of(&o, o.out - 1) < least) break;
    }
    size_t kept = o.out;
    if (k < n && p < 1.0)
        for (total = sum, sum = 0.0, kept = 0; kept < o.out && sum < p * total; kept++)
            sum += weight_of(out_of(&o, kept), max, t); /* p of the k */
    while (kept > 1 && out_of(&o, kept - 1) < least)
        kept--;
    return kept;
}

/* The candidate at which the running sum of weights passes u·total. */
static uint32_t draw(const sm_candidate *c, size_t n, double max, double temperature, double u)
{
    double total = 0.0, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        total += weight_of((double)c[i].logit, max, temperature);
    for (size_t i = 0; i < n; i++) {
        sum += weight_of((double)c[i].logit, max, temperature);
        if (sum > u * total) return c[i].id;
    }
    return c[n - 1].id;
}

/* The same of all logits in the order of ids: first the piece, then the place in it. */
static uint32_t draw_of_all(const float *logits, uint32_t n, double max, double temperature,
                            double u)
{
    const double wanted = u * sm_logits_sum(logits, n, max, temperature);
    double sum = 0.0;
    uint32_t first = 0;
    for (; first + PIECE < n; first += PIECE) {
        const double piece = sm_logits_sum(logits + first, PIECE, max, temperature);
        if (sum + piece > wanted) break;
        sum += piece;
    }
    const uint32_t end = n - first < PIECE ? n : first + PIECE;
    for (uint32_t i = first; i < end; i++) {
        sum += weight_of((double)logits[i], max, temperature);
        if (sum > wanted) return i;
    }
    return end - 1;
}

uint32_t sm_sampler_pick(const sm_sampler *s, float *logits, uint32_t n, const uint32_t *past,
                         size_t n_past, uint64_t number, sm_candidate *scratch)
{
    if (s->vocabulary > 0 && s->vocabulary < n) n = s->vocabulary;
    if (s->repetition_penalty > 0.0 && s->repetition_penalty != 1.0)
        penalise(logits, n, past, n_past, s->repetition_penalty);
    const uint32_t best = greedy(logits, n);
    if (s->temperature <= 0.0) return best;
    const double max = (double)logits[best];
    const double u = sm_random_unit(s->seed, number, n_past);
    if (s->top_k == 0 && s->min_p <= 0.0 && (s->top_p <= 0.0 || s->top_p >= 1.0))
        return draw_of_all(logits, n, max, s->temperature, u);
    const size_t kept = keep(s, logits, n, max, scratch);
    return draw(scratch + n - kept, kept, max, s->temperature, u);
}
