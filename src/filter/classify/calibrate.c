/* Calibration: what probability a score stands for.
 *
 * Platt: a logistic function of the score, fitted to targets that are smoothed as J. Platt has it ("Probabilistic outputs
 * for support vector machines", 1999) by Newton's method (H.-T. Lin et al., 2007). Isotonic: the best function that never falls
 * (pool adjacent violators), each step smoothed towards one half by one document, then thinned to KNOTS points
 * with straight lines between them. SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <math.h>
#include <stdlib.h>

static const char *const names[] = {"none", "platt", "isotonic"};

const char *classify_calibration_name(calibration_kind kind)
{
    return names[kind];
}

bool classify_calibration_kind_of(sm_span name, calibration_kind *kind)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!sm_span_equal(name, sm_span_of(names[i]))) continue;
        *kind = (calibration_kind)i;
        return true;
    }
    return false;
}

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double interpolate(const calibration *c, double score)
{
    size_t low = 0, high = c->n - 1;
    if (score <= c->score[0]) return c->probability[0];
    if (score >= c->score[high]) return c->probability[high];
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (c->score[middle] <= score)
            low = middle;
        else
            high = middle;
    }
    const double share = (score - c->score[low]) / (c->score[high] - c->score[low]);
    return c->probability[low] + share * (c->probability[high] - c->probability[low]);
}

double classify_calibrate(const calibration *c, double score)
{
    if (c->kind == CALIBRATE_ISOTONIC) return interpolate(c, score);
    return c->kind == CALIBRATE_PLATT ? sigmoid(c->a * score + c->b) : sigmoid(score);
}

/* ---- Platt ------------------------------------------------------------------------------------------- */

typedef struct platt_sums {
    double loss, ga, gb, haa, hab, hbb; /* value, gradient, Hessian in (a, b) */
} platt_sums;

static platt_sums platt_at(const judged *items, size_t n, const double target[2], double a,
                           double b)
{
    platt_sums s = {.haa = 1e-12, .hbb = 1e-12};
    for (size_t i = 0; i < n; i++) {
        const double x = items[i].score, z = a * x + b, p = sigmoid(z),
                     t = target[items[i].truth];
        s.loss += (z > 0 ? z + log1p(exp(-z)) : log1p(exp(z))) - t * z;
        s.ga += (p - t) * x;
        s.gb += p - t;
        s.haa += p * (1 - p) * x * x;
        s.hab += p * (1 - p) * x;
        s.hbb += p * (1 - p);
    }
    return s;
}

static void fit_platt(calibration *c, const judged *items, size_t n)
{
    enum { STEPS = 100, HALVINGS = 30 };
    double positives = 0;
    for (size_t i = 0; i < n; i++)
        positives += items[i].truth;
    const double negatives = (double)n - positives;
    const double target[2] = {1 / (negatives + 2), (positives + 1) / (positives + 2)};
    c->a = 1;
    c->b = 0;
    platt_sums s = platt_at(items, n, target, c->a, c->b);
    for (unsigned i = 0; i < STEPS && fabs(s.ga) + fabs(s.gb) > 1e-9 * (double)n; i++) {
        const double det = s.haa * s.hbb - s.hab * s.hab;
        const double da = -(s.hbb * s.ga - s.hab * s.gb) / det;
        const double db = -(s.haa * s.gb - s.hab * s.ga) / det;
        double step = 1;
        platt_sums next = s;
        for (unsigned h = 0; h < HALVINGS; h++, step /= 2) {
            next = platt_at(items, n, target, c->a + step * da, c->b + step * db);
            if (next.loss <= s.loss) break;
        }
        if (!(next.loss < s.loss)) break;
        c->a += step * da;
        c->b += step * db;
        s = next;
    }
}

/* ---- isotonic ------------------------------------------------------------------------------------------ */

typedef struct step {
    double sum, score; /* of the truths, of the scores */
    double n;
} step;

static int order_scores(const void *a, const void *b)
{
    const judged *const x = a, *const y = b;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    return (x->truth > y->truth) - (x->truth < y->truth);
}

/* Steps whose means rise; equal scores always share one. */
static size_t pool(const judged *sorted, size_t n, step *steps)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const step one = {sorted[i].truth, sorted[i].score, 1};
        const bool tie = i > 0 && sorted[i].score == sorted[i - 1].score;
        if (!tie) steps[used++] = one;
        if (tie) {
            steps[used - 1].sum += one.sum;
            steps[used - 1].score += one.score;
            steps[used - 1].n++;
        }
        const bool ends = i + 1 == n || sorted[i + 1].score != sorted[i].score;
        while (ends && used > 1 &&
               steps[used - 2].sum * steps[used - 1].n >=
                   steps[used - 1].sum * steps[used - 2].n) {
            steps[used - 2].sum += steps[used - 1].sum;
            steps[used - 2].score += steps[used - 1].score;
            steps[used - 2].n += steps[used - 1].n;
            used--;
        }
    }
    return used;
}

static void fit_isotonic(calibration *c, const judged *items, size_t n)
{
    judged *const sorted = sm_malloc((n + 1) * sizeof *sorted);
    step *const steps = sm_malloc((n + 1) * sizeof *steps);
    for (size_t i = 0; i < n; i++)
        sorted[i] = items[i];
    qsort(sorted, n, sizeof *sorted, order_scores);
    const size_t used = pool(sorted, n, steps);
    c->n = used < KNOTS ? used : KNOTS;
    for (size_t k = 0; k < c->n; k++) {
        const step *const s = &steps[c->n > 1 ? k * (used - 1) / (c->n - 1) : 0];
        const double p = (s->sum + .5) / (s->n + 1);
        c->score[k] = s->score / s->n;
        c->probability[k] = k > 0 && p < c->probability[k - 1] ? c->probability[k - 1] : p;
    }
    sm_free(steps);
    sm_free(sorted);
}

void classify_calibration_fit(calibration *c, calibration_kind kind, const judged *items,
                              size_t n)
{
    *c = (calibration){.kind = n == 0 ? CALIBRATE_NONE : kind, .a = 1};
    if (c->kind == CALIBRATE_PLATT) fit_platt(c, items, n);
    if (c->kind == CALIBRATE_ISOTONIC) fit_isotonic(c, items, n);
}

calibration classify_calibration_mirror(const calibration *c)
{
    calibration m = *c;
    m.b = -c->b;
    for (size_t k = 0; k < c->n; k++) {
        m.score[k] = -c->score[c->n - 1 - k];
        m.probability[k] = 1 - c->probability[c->n - 1 - k];
    }
    return m;
}
