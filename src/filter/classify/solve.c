/* L-BFGS: the minimum of a smooth convex function from its values and gradients.
 *
 * J. Nocedal, "Updating quasi-Newton matrices with limited storage" (1980): the last PAIRS steps s and changes of the
 * gradient y stand for the curvature. The step length is halved until the function falls enough (Armijo).
 * SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <math.h>
#include <string.h>

enum { PAIRS = 10, HALVINGS = 40 };

typedef struct search {
    size_t n;
    double *w, *g, *direction; /* [n] */
    double *next, *next_g;     /* [n] the point that is tried */
    double *s[PAIRS], *y[PAIRS], sy[PAIRS];
    unsigned pairs, oldest;
    double f;
} search;

static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_scaled(double *to, double factor, const double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += factor * a[i];
}

static double largest(const double *a, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(a[i]) > most ? fabs(a[i]) : most;
    return most;
}

/* direction = −H·g by the two loops of the method. */
static void find_direction(search *k)
{
    double alpha[PAIRS];
    for (size_t i = 0; i < k->n; i++)
        k->direction[i] = -k->g[i];
    for (unsigned j = k->pairs; j-- > 0;) {
        const unsigned p = (k->oldest + j) % PAIRS;
        alpha[p] = dot(k->s[p], k->direction, k->n) / k->sy[p];
        add_scaled(k->direction, -alpha[p], k->y[p], k->n);
    }
    if (k->pairs) {
        const unsigned last = (k->oldest + k->pairs - 1) % PAIRS;
        const double scale = k->sy[last] / dot(k->y[last], k->y[last], k->n);
        for (size_t i = 0; i < k->n; i++)
            k->direction[i] *= scale;
    }
    for (unsigned j = 0; j < k->pairs; j++) {
        const unsigned p = (k->oldest + j) % PAIRS;
        const double beta = dot(k->y[p], k->direction, k->n) / k->sy[p];
        add_scaled(k->direction, alpha[p] - beta, k->s[p], k->n);
    }
}

/* Remembers the step from w to next, unless the curvature along it is lost in rounding. */
static void remember(search *k)
{
    const unsigned p = (k->oldest + k->pairs) % PAIRS;
    for (size_t i = 0; i < k->n; i++) {
        k->s[p][i] = k->next[i] - k->w[i];
        k->y[p][i] = k->next_g[i] - k->g[i];
    }
    k->sy[p] = dot(k->s[p], k->y[p], k->n);
    if (k->sy[p] <= 1e-16 * dot(k->y[p], k->y[p], k->n)) return;
    if (k->pairs < PAIRS)
        k->pairs++;
    else
        k->oldest = (k->oldest + 1) % PAIRS;
}

/* One step along the direction. *moved is false where no step makes the function smaller: rounding is reached. */
static int advance(const problem *p, search *k, bool *moved, sm_error *err)
{
    const double slope = dot(k->g, k->direction, k->n);
    double step = k->pairs ? 1 : 1 / fmax(1, sqrt(dot(k->g, k->g, k->n)));
    *moved = false;
    for (unsigned i = 0; i < HALVINGS && slope < 0; i++, step /= 2) {
        double f = 0;
        memcpy(k->next, k->w, k->n * sizeof *k->w);
        add_scaled(k->next, step, k->direction, k->n);
        SM_TRY(p->value(p->context, k->next, &f, k->next_g, err));
        if (!(f <= k->f + 1e-4 * step * slope)) continue;
        remember(k);
        memcpy(k->w, k->next, k->n * sizeof *k->w);
        memcpy(k->g, k->next_g, k->n * sizeof *k->g);
        *moved = f < k->f;
        k->f = f;
        return SM_OK;
    }
    return SM_OK;
}

static int descend(const problem *p, search *k, double tolerance, unsigned most,
                   unsigned *steps, sm_error *err)
{
    bool moved = true;
    SM_TRY(p->value(p->context, k->w, &k->f, k->g, err));
    for (*steps = 0; moved && *steps < most && largest(k->g, k->n) > tolerance; ++*steps) {
        find_direction(k);
        SM_TRY(advance(p, k, &moved, err));
    }
    if (!isfinite(k->f)) SM_FAIL(err, SM_ENUMERIC, "the loss is no number");
    return SM_OK;
}

int classify_solve(const problem *p, double *w, double tolerance, unsigned most,
                   unsigned *steps, sm_error *err)
{
    enum { VECTORS = 4 + 2 * PAIRS };
    double *const memory = sm_calloc(VECTORS * p->n, sizeof *memory);
    search k = {.n = p->n,
                .w = w,
                .g = memory,
                .direction = memory + p->n,
                .next = memory + 2 * p->n,
                .next_g = memory + 3 * p->n};
    for (size_t i = 0; i < PAIRS; i++) {
        k.s[i] = memory + (4 + 2 * i) * p->n;
        k.y[i] = memory + (5 + 2 * i) * p->n;
    }
    const int status = descend(p, &k, tolerance, most, steps, err);
    sm_free(memory);
    return status;
}
