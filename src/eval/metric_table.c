/* The table of metrics: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval.h>

#include <string.h>

static double percent(const double *sums, size_t n)
{
    return 100 * sums[0] / (double)n;
}

/* The sums are sm_chrf's counts, order by order: answer, reference, both. */
static double chrf_of(const double *sums, unsigned words)
{
    sm_chrf c = {0};
    for (size_t i = 0; i < SM_CHRF_CHARACTERS + (size_t)words; i++) {
        c.answer[i] = (uint64_t)sums[3 * i];
        c.reference[i] = (uint64_t)sums[3 * i + 1];
        c.both[i] = (uint64_t)sums[3 * i + 2];
    }
    return sm_chrf_score(&c, words);
}

static double chrf(const double *sums, size_t n)
{
    (void)n;
    return chrf_of(sums, 0);
}

static double chrf_words(const double *sums, size_t n)
{
    (void)n;
    return chrf_of(sums, SM_CHRF_WORDS);
}

const sm_eval_metric sm_eval_metrics[SM_EVAL_METRICS] = {
    {SM_EVAL_ACC, "acc", "the likeliest choice is right", true, 1, percent},
    {SM_EVAL_ACC_NORM, "acc_norm", "the likeliest one a character", true, 1, percent},
    {SM_EVAL_ACC_BYTES, "acc_bytes", "the likeliest one a byte", true, 1, percent},
    {SM_EVAL_EM, "em", "exact match", false, 1, percent},
    {SM_EVAL_F1, "f1", "F1 of characters", false, 1, percent},
    {SM_EVAL_ROUGE_L, "rouge-l", "ROUGE-L on characters", false, 1, percent},
    {SM_EVAL_CHRF, "chrf", "chrF of the corpus", false, 3 * SM_CHRF_CHARACTERS, chrf},
    {SM_EVAL_CHRF_WORDS, "chrf++", "chrF++ of the corpus", false, 3 * SM_CHRF_ORDERS,
     chrf_words},
    {SM_EVAL_ABSTENTION, "abstention", "replies that abstain", false, 1, percent}};

static const sm_eval_metric *find(sm_span name)
{
    for (size_t i = 0; i < SM_EVAL_METRICS; i++)
        if (sm_span_equal(name, sm_span_of(sm_eval_metrics[i].name)))
            return &sm_eval_metrics[i];
    return NULL;
}

static bool is_chosen(const sm_eval_choice *chosen, const sm_eval_metric *metric)
{
    for (size_t i = 0; i < chosen->n; i++)
        if (chosen->items[i] == metric) return true;
    return false;
}

static int choose(sm_eval_choice *chosen, sm_span name, sm_eval_task task, sm_error *err)
{
    const sm_eval_metric *const metric = find(name);
    if (!metric) SM_FAIL(err, SM_EUSAGE, "metric '%.*s': there is none", (int)name.n, name.p);
    if (metric->of_choices != (task == SM_EVAL_CHOICE))
        SM_FAIL(err, SM_EUSAGE, "metric '%s': it judges %s", metric->name,
                metric->of_choices ? "choices" : "texts");
    if (is_chosen(chosen, metric))
        SM_FAIL(err, SM_EUSAGE, "metric '%s' stands twice", metric->name);
    chosen->offset[chosen->n] = chosen->width;
    chosen->items[chosen->n++] = metric;
    chosen->width += metric->width;
    return SM_OK;
}

int sm_eval_choose(sm_eval_choice *metrics, const char *names, sm_eval_task task, sm_error *err)
{
    *metrics = (sm_eval_choice){0};
    if (!names) names = task == SM_EVAL_CHOICE ? "acc,acc_norm,acc_bytes" : "em,f1";
    for (;; names++) {
        const size_t n = strcspn(names, ",");
        SM_TRY(choose(metrics, (sm_span){names, n}, task, err));
        names += n;
        if (*names == '\0') return SM_OK;
    }
}
