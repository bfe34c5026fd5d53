/* Models on the same items: see seimai/eval_session.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval_session.h>
#include <seimai/json.h>
#include <seimai/lineage.h>

/* ---- one model ---------------------------------------------------------------------------------------- */

static int ask_choices(const sm_eval_session *s, const sm_causal_lm *lm, sm_eval_run *run,
                       sm_error *err)
{
    sm_reader_options options = s->reader;
    sm_request_style style;
    sm_reader *reader = NULL;
    if (options.length == 0) options.length = lm->config.max_position_embeddings;
    SM_TRY(sm_request_style_of(&style, lm, s->bos, err));
    int status = sm_reader_new(&reader, &lm->config, lm->w, &options, err);
    if (status == SM_OK)
        status = sm_eval_run_choices(run, &s->metrics, s->items, reader, &style, err);
    sm_reader_free(reader);
    return status;
}

/* `dir` NULL: the outputs that the items bring along. */
static int answer(const sm_eval_session *s, const char *dir, sm_eval_run *run, sm_error *err)
{
    run->name = dir ? dir : "(outputs)";
    if (!dir)
        return sm_eval_run_replies(run, &s->metrics, s->items, NULL, s->phrases,
                                   s->bootstrap.threads, err);
    sm_causal_lm *lm = NULL;
    SM_TRY(sm_causal_lm_open_with(&lm, dir, NULL, s->tokenizer, err));
    const int status =
        s->items->task == SM_EVAL_CHOICE
            ? ask_choices(s, lm, run, err)
            : sm_eval_run_generated(run, &s->metrics, s->items, lm, &s->reply, s->phrases, err);
    sm_causal_lm_free(lm);
    return status;
}

/* ---- beside the base ------------------------------------------------------------------------------------ */

static bool is_folder(const char *path)
{
    sm_arena arena = {0};
    const bool found = sm_file_exists(sm_arena_printf(&arena, "%s/.", path));
    sm_arena_free(&arena);
    return found;
}

static int open_base(const sm_eval_session *s, sm_eval_run *base, sm_error *err)
{
    if (is_folder(s->baseline)) return answer(s, s->baseline, base, err);
    return sm_eval_run_read(base, s->baseline, &s->metrics, err);
}

/* A model knows what it scored. */
static int record(const sm_eval_report *r, const char *name, sm_error *err)
{
    sm_lineage_score scores[SM_EVAL_METRICS];
    sm_arena arena = {0};
    const size_t n = r->run->metrics.n;
    for (size_t i = 0; i < n; i++)
        scores[i] =
            (sm_lineage_score){sm_arena_printf(&arena, "%s.%s", name, r->rows[i].metric->name),
                               r->rows[i].score.value};
    const int status = sm_lineage_record(r->run->name, scores, n, err);
    sm_arena_free(&arena);
    return status;
}

static int report(const sm_eval_session *s, const sm_eval_run *run, const sm_eval_run *base,
                  sm_buffer *said, bool *failed, sm_error *err)
{
    sm_eval_report r = {0};
    int status = sm_eval_report_make(&r, run, base, &s->bootstrap, &s->gate, err);
    if (status == SM_OK) {
        if (said->n > 0) sm_buffer_putc(said, '\n');
        sm_eval_report_text(&r, s->shown, said);
        sm_json_open(&s->items->reports, '{');
        sm_eval_report_json(&r, &s->items->reports);
        sm_json_close(&s->items->reports, '}');
    }
    if (status == SM_OK && s->record) status = record(&r, s->record, err);
    *failed = *failed || r.failed;
    sm_eval_report_free(&r);
    return status;
}

int sm_eval_session_run(const sm_eval_session *s, sm_buffer *said, sm_output *out, bool *failed,
                        sm_error *err)
{
    sm_eval_run base = {0};
    const size_t n = s->items->task == SM_EVAL_SCORE ? 1 : s->models.n;
    *failed = false;
    if (s->items->n == 0) SM_FAIL(err, SM_EFORMAT, "there is not one item");
    int status = s->baseline ? open_base(s, &base, err) : SM_OK;
    for (size_t i = 0; i < n && status == SM_OK; i++) {
        sm_eval_run run = {0};
        status = answer(s, s->models.n > 0 ? s->models.items[i] : NULL, &run, err);
        if (status == SM_OK)
            status = report(s, &run, s->baseline ? &base : NULL, said, failed, err);
        if (status == SM_OK && out) status = sm_eval_run_write(&run, s->items, out, err);
        sm_eval_run_free(&run);
    }
    sm_eval_run_free(&base);
    return status;
}
