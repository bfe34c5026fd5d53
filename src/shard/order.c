/* The order of training: see seimai/order.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/order.h>
#include <seimai/random.h>

enum { ROUNDS = 6 };

/* The keys of two kinds of draws from one seed; a round's key has its number here. */
enum { DRAW_PHASE = 1000 };

typedef struct network {
    uint64_t seed, epoch;
    unsigned half; /* bits of each half, 1 … 31 */
} network;

static network network_of(uint64_t seed, uint64_t epoch, uint64_t n)
{
    unsigned half = 1;
    while ((n - 1) >> 2 * half)
        half++;
    return (network){seed, epoch, half};
}

static uint64_t round_of(const network *f, unsigned round, uint64_t half)
{
    const uint32_t counter[4] = {(uint32_t)half, round, (uint32_t)f->epoch,
                                 (uint32_t)(f->epoch >> 32)};
    const uint32_t key[2] = {(uint32_t)f->seed, (uint32_t)(f->seed >> 32)};
    uint32_t out[4];
    sm_philox(counter, key, out);
    return out[0] & ((1U << f->half) - 1);
}

/* One pass: (l, r) → (r, l ^ F(r)) six times; backwards in the inverse. */
static uint64_t scramble(const network *f, uint64_t x)
{
    uint64_t l = x >> f->half, r = x & ((1U << f->half) - 1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint64_t next = l ^ round_of(f, round, r);
        l = r;
        r = next;
    }
    return l << f->half | r;
}

static uint64_t unscramble(const network *f, uint64_t x)
{
    uint64_t l = x >> f->half, r = x & ((1U << f->half) - 1);
    for (unsigned round = ROUNDS; round-- > 0;) {
        const uint64_t before = r ^ round_of(f, round, l);
        r = l;
        l = before;
    }
    return l << f->half | r;
}

uint64_t sm_order_at(uint64_t seed, uint64_t epoch, uint64_t n, uint64_t i)
{
    const network f = network_of(seed, epoch, n);
    do {
        i = scramble(&f, i);
    } while (i >= n);
    return i;
}

uint64_t sm_order_place(uint64_t seed, uint64_t epoch, uint64_t n, uint64_t x)
{
    const network f = network_of(seed, epoch, n);
    do {
        x = unscramble(&f, x);
    } while (x >= n);
    return x;
}

uint64_t sm_order_phase(uint64_t seed, uint64_t epoch, uint64_t length)
{
    return sm_random_below(seed, epoch, (uint64_t)DRAW_PHASE << 32, length);
}

uint64_t sm_windows_count(const sm_windows *w)
{
    return w->tokens / w->length + (w->tokens % w->length != 0);
}

uint64_t sm_windows_target(const sm_windows *w, uint64_t s, uint64_t t)
{
    const uint64_t k = s * w->length + t;
    return k < w->tokens ? (k + w->phase) % w->tokens : UINT64_MAX;
}

uint64_t sm_windows_find(const sm_windows *w, uint64_t token)
{
    const uint64_t phase = w->phase % w->tokens;
    const uint64_t k = token >= phase ? token - phase : token + (w->tokens - phase);
    return k / w->length;
}

/* ---- samples ------------------------------------------------------------------------------------ */

uint64_t sm_sampling_window(const sm_sampling *s, uint64_t sample, uint64_t *epoch,
                            sm_windows *windows)
{
    *windows = (sm_windows){s->tokens, s->length, 0};
    const uint64_t n = sm_windows_count(windows);
    *epoch = sample / n;
    windows->phase = sm_order_phase(s->seed, *epoch, s->length);
    return sm_order_at(s->seed, *epoch, n, sample % n);
}

uint64_t sm_sampling_sample(const sm_sampling *s, uint64_t epoch, uint64_t token)
{
    const sm_windows windows = {s->tokens, s->length,
                                sm_order_phase(s->seed, epoch, s->length)};
    const uint64_t n = sm_windows_count(&windows);
    return epoch * n + sm_order_place(s->seed, epoch, n, sm_windows_find(&windows, token));
}
