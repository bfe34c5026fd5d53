/* Judging a label on documents that training did not see.
 *
 * What is chosen from documents (a calibration, a threshold) is measured on others: the judged documents fall into two
 * halves by their id, each half is judged by what the other chose. What the model then carries is chosen from all of
 * them. Intervals: Wilson's for shares (E. B. Wilson, 1927), Hanley and McNeil's for AUC (1982); F1 = 2J / (1 + J) with
 * J = TP / (TP + FP + FN), whose interval is a share's. SPDX-License-Identifier: MIT */
#include "classify_internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct outcome {
    double probability;
    bool truth;
} outcome;

static interval wilson(double hits, double n)
{
    const double z = 1.959964, p = n > 0 ? hits / n : 0;
    if (n == 0) return (interval){(double)NAN, 0, 1};
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return (interval){p, fmax(0, centre - half), fmin(1, centre + half)};
}

static double f1_of_share(double j)
{
    return 2 * j / (1 + j);
}

/* ---- AUC --------------------------------------------------------------------------------------------- */

static int order_outcomes(const void *a, const void *b)
{
    const outcome *const x = a, *const y = b;
    return (x->probability > y->probability) - (x->probability < y->probability);
}

/* The share of pairs (with the label, without it) that stand in the right order; ties count half. */
static double area(const outcome *sorted, size_t n, double *positives)
{
    double below = 0, sum = 0; /* negatives with a smaller probability */
    *positives = 0;
    for (size_t i = 0; i < n;) {
        double with = 0, without = 0;
        const double p = sorted[i].probability;
        for (; i < n && sorted[i].probability == p; i++)
            *(sorted[i].truth ? &with : &without) += 1;
        sum += with * (below + without / 2);
        below += without;
        *positives += with;
    }
    return *positives > 0 && below > 0 ? sum / (*positives * below) : (double)NAN;
}

static interval area_interval(const outcome *sorted, size_t n)
{
    double p = 0;
    const double a = area(sorted, n, &p), q = (double)n - p;
    if (isnan(a)) return (interval){(double)NAN, 0, 1};
    const double q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
    const double variance =
        (a * (1 - a) + (p - 1) * (q1 - a * a) + (q - 1) * (q2 - a * a)) / (p * q);
    const double half = 1.959964 * sqrt(fmax(0, variance));
    return (interval){a, fmax(0, a - half), fmin(1, a + half)};
}

/* ---- thresholds ------------------------------------------------------------------------------------------ */

/* The smallest probability from which on at least `precision` of the documents have the label; 2: none. */
static double threshold_for(outcome *outcomes, size_t n, double precision)
{
    double threshold = 2, hits = 0, all = 0;
    qsort(outcomes, n, sizeof *outcomes, order_outcomes);
    for (size_t i = n; i-- > 0;) {
        hits += outcomes[i].truth;
        all++;
        const bool tied = i > 0 && outcomes[i - 1].probability == outcomes[i].probability;
        if (!tied && hits >= precision * all) threshold = outcomes[i].probability;
    }
    return threshold;
}

/* ---- halves ------------------------------------------------------------------------------------------------ */

static size_t take_half(const judged *items, size_t n, unsigned half, judged *into)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if ((items[i].id & 1) == half) into[used++] = items[i];
    return used;
}

static void outcomes_of(const calibration *c, const judged *items, size_t n, outcome *into)
{
    for (size_t i = 0; i < n; i++)
        into[i] = (outcome){classify_calibrate(c, items[i].score), items[i].truth};
}

/* What the judgement of both halves adds up to. */
typedef struct crossed {
    outcome *outcomes; /* [n] each calibrated by the other half */
    size_t n;
    double tp, fp; /* at the threshold that the other half chose */
} crossed;

static void judge_half(const judged *items, size_t n, unsigned half, calibration_kind kind,
                       double precision, crossed *x)
{
    judged *const other = sm_malloc((n + 1) * sizeof *other);
    outcome *const scratch = sm_malloc((n + 1) * sizeof *scratch);
    const size_t n_other = take_half(items, n, !half, other);
    calibration c;
    classify_calibration_fit(&c, kind, other, n_other);
    outcomes_of(&c, other, n_other, scratch);
    const double threshold = threshold_for(scratch, n_other, precision);
    const size_t n_here = take_half(items, n, half, other);
    outcomes_of(&c, other, n_here, x->outcomes + x->n);
    for (size_t i = x->n; i < x->n + n_here; i++)
        if (x->outcomes[i].probability >= threshold)
            *(x->outcomes[i].truth ? &x->tp : &x->fp) += 1;
    x->n += n_here;
    sm_free(scratch);
    sm_free(other);
}

static void judge_crosswise(const judged *items, size_t n, calibration_kind kind,
                            double precision, crossed *x)
{
    x->n = 0;
    x->tp = x->fp = 0;
    judge_half(items, n, 0, kind, precision, x);
    judge_half(items, n, 1, kind, precision, x);
}

static double mean_log_loss(const crossed *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->n; i++) {
        const double p =
            x->outcomes[i].truth ? x->outcomes[i].probability : 1 - x->outcomes[i].probability;
        sum -= log(fmax(p, 1e-15));
    }
    return x->n ? sum / (double)x->n : 0;
}

/* ---- the report ------------------------------------------------------------------------------------------- */

static void measure_bins(const crossed *x, label_report *r)
{
    for (size_t i = 0; i < x->n; i++) {
        const double p = x->outcomes[i].probability;
        const size_t bin = p < 1 ? (size_t)(p * RELIABILITY_BINS) : RELIABILITY_BINS - 1;
        r->bins[bin].n++;
        r->bins[bin].mean += p;
        r->bins[bin].share += x->outcomes[i].truth;
        r->brier += (p - x->outcomes[i].truth) * (p - x->outcomes[i].truth) / (double)x->n;
    }
    for (size_t b = 0; b < RELIABILITY_BINS; b++) {
        const double n = (double)r->bins[b].n;
        if (n == 0) continue;
        r->ece += fabs(r->bins[b].mean - r->bins[b].share) / (double)x->n;
        r->bins[b].mean /= n;
        r->bins[b].share /= n;
    }
}

static void measure(crossed *x, label_report *r)
{
    double tp = 0, fp = 0, positives = 0;
    for (size_t i = 0; i < x->n; i++) {
        const bool said = x->outcomes[i].probability >= .5;
        tp += said && x->outcomes[i].truth;
        fp += said && !x->outcomes[i].truth;
        positives += x->outcomes[i].truth;
    }
    const interval j = wilson(tp, positives + fp);
    r->documents = x->n;
    r->positives = (uint64_t)positives;
    r->precision = wilson(tp, tp + fp);
    r->recall = wilson(tp, positives);
    r->f1 = (interval){f1_of_share(j.value), f1_of_share(j.low), f1_of_share(j.high)};
    r->at_precision = wilson(x->tp, x->tp + x->fp);
    r->at_recall = wilson(x->tp, positives);
    r->log_loss = mean_log_loss(x);
    measure_bins(x, r);
}

void classify_judge_label(judged *items, size_t n, const calibration_choice *choice,
                          double precision, calibration *c, label_report *r)
{
    outcome *const outcomes = sm_malloc((n + 1) * sizeof *outcomes);
    crossed x = {.outcomes = outcomes};
    calibration_kind best = choice->first;
    double least = (double)INFINITY;
    for (calibration_kind kind = choice->first; kind <= choice->last; kind++) {
        judge_crosswise(items, n, kind, precision, &x);
        const double loss = mean_log_loss(&x);
        if (loss < least) best = kind;
        least = fmin(least, loss);
    }
    *r = (label_report){0};
    judge_crosswise(items, n, best, precision, &x);
    measure(&x, r);
    if (choice->settled)
        *c = *choice->settled;
    else
        classify_calibration_fit(c, best, items, n);
    outcomes_of(c, items, n, outcomes);
    r->threshold = threshold_for(outcomes, n, precision);
    for (size_t i = 0; i < n; i++) /* of the scores: an isotonic calibration makes ties */
        outcomes[i] = (outcome){items[i].score, items[i].truth};
    qsort(outcomes, n, sizeof *outcomes, order_outcomes);
    r->auc = area_interval(outcomes, n);
    sm_free(outcomes);
}

/* ---- exclusive labels ----------------------------------------------------------------------------------- */

static double softmax_loss(const double *raw, const uint8_t *truth, size_t n, size_t columns,
                           double inverse)
{
    double loss = 0;
    for (size_t i = 0; i < n; i++) {
        const double *const row = raw + i * columns;
        double most = row[0], sum = 0;
        for (size_t k = 1; k < columns; k++)
            most = fmax(most, row[k]);
        for (size_t k = 0; k < columns; k++)
            sum += exp((row[k] - most) * inverse);
        loss += log(sum) - (row[truth[i]] - most) * inverse;
    }
    return loss;
}

/* The loss is convex in 1 / T: thirds of an interval close in on its minimum. */
double classify_judge_temperature(const double *raw, const uint8_t *truth, size_t n,
                                  size_t columns)
{
    double low = .01, high = 100;
    for (int i = 0; i < 60; i++) {
        const double a = low + (high - low) / 3, b = high - (high - low) / 3;
        const bool left =
            softmax_loss(raw, truth, n, columns, a) < softmax_loss(raw, truth, n, columns, b);
        *(left ? &high : &low) = left ? b : a;
    }
    return 2 / (low + high);
}
