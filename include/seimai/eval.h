/* seimai/eval.h - evaluation: items, what a model makes of them, and two runs side by side.
 * SPDX-License-Identifier: MIT
 *
 * An item is a line of JSON. Which fields it has says what is asked:
 *
 *   multiple choice   {"context": "…", "choices": ["…", "…"], "answer": 0}     the answer's number, from 0, or its text
 *                     {"prompt": "…", "chosen": "…", "rejected": "…"}          a preference pair, read as two choices
 *   generation        {"prompt": "…", "references": ["…"]}                     the prompt is gone on with
 *                     {"messages": […], "references": ["…"]}                   the assistant's next turn; without references
 *                                                                             a last message of the assistant is the one
 *                     {"passage": "…", "question": "…", "references": […]}     the user's turn 文章：…⏎⏎質問：…
 *   scoring           {"output": "…", "references": ["…"]}                     written by somebody else
 *
 * `answer` may stand for `references` with one string, and `reference` too. `id` is an XXH3-128 where there is none.
 *
 * Nouns
 *   item      a question with what is right
 *   metric    a number that a reply gets beside its references (seimai/metric.h), or a choice beside the answer
 *   run       what one model did with all items: replies, and for each metric a few sums an item
 *   base      the run that another is compared with, on the items that both have
 *
 * Ownership: items and runs own all that they hold. Threads: one at a time; a filled run is read-only. */
#ifndef SEIMAI_EVAL_H
#define SEIMAI_EVAL_H

#include <seimai/chat.h>
#include <seimai/eval_choice.h>
#include <seimai/eval_interval.h>
#include <seimai/file.h>
#include <seimai/metric.h>
#include <seimai/runner.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tasks and metrics ------------------------------------------------------------------------ */

typedef enum sm_eval_task { SM_EVAL_CHOICE, SM_EVAL_GENERATE, SM_EVAL_SCORE } sm_eval_task;

/*   acc          the choice with the highest log-likelihood is right; of equal ones the first counts
 *   acc_norm     … with the highest log-likelihood a character, as lm-evaluation-harness has it
 *   acc_bytes    … a byte
 *   em f1        exact match and F1 of characters; the best reference counts
 *   rouge-l      ROUGE-L on characters, its F; the best reference counts
 *   chrf chrf++  of the corpus: n-grams are summed over items before the score is taken
 *   abstention   the reply says that the question cannot be answered                                          */
typedef enum sm_eval_kind {
    SM_EVAL_ACC,
    SM_EVAL_ACC_NORM,
    SM_EVAL_ACC_BYTES,
    SM_EVAL_EM,
    SM_EVAL_F1,
    SM_EVAL_ROUGE_L,
    SM_EVAL_CHRF,
    SM_EVAL_CHRF_WORDS,
    SM_EVAL_ABSTENTION,
    SM_EVAL_METRICS /* how many */
} sm_eval_kind;

typedef struct sm_eval_metric {
    sm_eval_kind kind; /* its place in the table, too */
    const char *name, *about;
    bool of_choices;
    unsigned width;      /* numbers an item: their sums over items give the score */
    sm_eval_score score; /* 0 … 100 */
} sm_eval_metric;

SM_API extern const sm_eval_metric sm_eval_metrics[SM_EVAL_METRICS];

/* A choice of metrics; offset[i] is where the numbers of metric i begin in an item's row. */
typedef struct sm_eval_choice {
    const sm_eval_metric *items[SM_EVAL_METRICS];
    size_t offset[SM_EVAL_METRICS], n, width;
} sm_eval_choice;

/* sm_eval_choose reads names with commas between them; NULL: acc, acc_norm and acc_bytes, or em and f1. SM_EUSAGE for a name
 * that there is not, that stands twice, or that goes with another task. */
SM_API int sm_eval_choose(sm_eval_choice *metrics, const char *names, sm_eval_task task,
                          sm_error *err) SM_MUST_USE;

/* ---- items ------------------------------------------------------------------------------------- */

typedef struct sm_eval_item {
    sm_span id;
    sm_hash128
        hash; /* of all that is asked and right: the same item in another run has the same */
    sm_span prompt;                  /* or context */
    const sm_chat_message *messages; /* in place of a prompt; NULL for none */
    size_t n_messages;
    const sm_span *choices;
    size_t n_choices, answer;
    const sm_span *references;
    size_t n_references;
    sm_span output;            /* of scoring */
    sm_span passage, question; /* where the item has them */
} sm_eval_item;

typedef struct sm_eval_items {
    sm_eval_task task;
    const char *
        where; /* KEY=TEXT, or KEY~TEXT: only items whose field is, or holds, that text; NULL: all */
    const char *join; /* put between context and choice */
    uint64_t limit;   /* the first so many; 0: all */
    bool mismatch;    /* see sm_eval_items_mismatch */
    sm_eval_item *items;
    size_t n, cap;
    sm_buffer
        reports; /* for --stats: a list of what sm_eval_report_json says, without its brackets */
    struct sm_eval_ids *ids;
    sm_arena arena;
} sm_eval_items;

/* sm_eval_items_job is a job of the runner (seimai/runner.h) that fills `items`, whose first fields the caller has set.
 * Lines that are no item are dropped by a rule: no-context, no-choices, empty-choice, same-choices, bad-answer, no-prompt,
 * no-references, no-output, no-passage, duplicate-id; where and limit drop what is not wanted. */
SM_API sm_job sm_eval_items_job(sm_eval_items *items);
SM_API void sm_eval_items_free(sm_eval_items *items);
/* sm_eval_items_mismatch gives each passage the question of another one, half the set away, and takes its references: a
 * model should say that there is no answer. Items whose passage stands alone in the set stay out. SM_EUSAGE where there are
 * no two passages. A message of the form 文章：…⏎⏎質問：… is such an item too. */
SM_API int sm_eval_items_mismatch(sm_eval_items *items, sm_error *err) SM_MUST_USE;

/* ---- runs --------------------------------------------------------------------------------------- */

typedef struct sm_eval_run {
    const char *name; /* of the model, or of the file */
    sm_eval_choice metrics;
    size_t n;
    sm_span *ids;       /* (n) */
    sm_hash128 *hashes; /* (n) */
    double *values;     /* (n, metrics.width) */
    sm_span *outputs;   /* (n) replies; NULL for choices */
    double *logp;       /* log-likelihoods of all choices, item after item; NULL otherwise */
    size_t *first, *picked; /* (n) an item's first in logp; the choice of the highest one */
    bool answerable; /* to abstain is then neither good nor bad: it is told, and no gate */
    uint64_t cut;    /* requests that lost their left end, prompts that did not fit */
    double seconds;
    struct sm_eval_ids *by_id; /* of a run that was read */
    sm_arena arena;
} sm_eval_run;

SM_API void sm_eval_run_free(sm_eval_run *run); /* {0} is allowed */

/* sm_eval_run_choices asks a reader for all choices of all items. */
SM_API int sm_eval_run_choices(sm_eval_run *run, const sm_eval_choice *metrics,
                               const sm_eval_items *items, sm_reader *reader,
                               const sm_request_style *style, sm_error *err) SM_MUST_USE;
/* sm_eval_run_replies scores replies, one an item; NULL: the items' outputs. `phrases` is needed for abstention. */
SM_API int sm_eval_run_replies(sm_eval_run *run, const sm_eval_choice *metrics,
                               const sm_eval_items *items, const sm_span *replies,
                               const sm_phrases *phrases, unsigned threads,
                               sm_error *err) SM_MUST_USE;

/* A run as lines of JSON, an item each:
 *   {"id": "…", "item": "HASH", "model": "…", "metrics": {"em": 1, "chrf": 71.3},
 *    "choices": [{"logp": −3.2}, …], "answer": 0, "picked": 1  |  "output": "…",  "counts": {"chrf": [18 numbers]}} */
SM_API int sm_eval_run_write(const sm_eval_run *run, const sm_eval_items *items, sm_output *out,
                             sm_error *err) SM_MUST_USE;
/* sm_eval_run_read reads such a file again, of the metrics that are asked for. SM_EFORMAT with FILE:LINE for a line that is
 * no such item or lacks one of the metrics. */
SM_API int sm_eval_run_read(sm_eval_run *run, const char *path, const sm_eval_choice *metrics,
                            sm_error *err) SM_MUST_USE;

/* ---- what is told ---------------------------------------------------------------------------------- */

/* A metric of a run, and beside a base. */
typedef struct sm_eval_row {
    const sm_eval_metric *metric;
    sm_eval_interval score;
    sm_eval_interval base, difference; /* on the items that both have; NaN without a base */
    bool failed;                       /* the gate */
} sm_eval_row;

typedef struct sm_eval_report {
    const sm_eval_run *run, *base; /* base may be NULL */
    sm_eval_row rows[SM_EVAL_METRICS];
    size_t n, shared; /* items of the run; of both */
    size_t changed;   /* left out: the same id, another item */
    size_t *worse;    /* items of the run that got worse in some metric, */
    size_t n_worse;   /* in the order of the run */
    bool failed;
} sm_eval_report;

/* The gate of a comparison. Without a margin it fails where a metric got worse beyond doubt: the whole interval of the
 * difference lies below 0. With one it fails where a loss of more than `margin` points (of 100) cannot be ruled out: the
 * lower end of the interval is below −margin; few items then fail too. */
typedef struct sm_eval_gate {
    bool has_margin;
    double margin;
} sm_eval_gate;

/* sm_eval_report_make scores a run and, with a base, compares. SM_EFORMAT where they have no item in common. */
SM_API int sm_eval_report_make(sm_eval_report *report, const sm_eval_run *run,
                               const sm_eval_run *base, const sm_bootstrap *how,
                               const sm_eval_gate *gate, sm_error *err) SM_MUST_USE;
SM_API void sm_eval_report_free(sm_eval_report *report);
/* For a terminal: a line a metric, then up to `shown` items that got worse. */
SM_API void sm_eval_report_text(const sm_eval_report *report, size_t shown, sm_buffer *out);
/* Members of a JSON object: model, items, metrics {NAME: {score, low, high, …}}, worse [ids], gate. */
SM_API void sm_eval_report_json(const sm_eval_report *report, sm_buffer *json);

#ifdef __cplusplus
}
#endif
#endif
