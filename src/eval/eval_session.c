/* Models on the same items: see seimai/eval_session.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/eval_session.h>
#include <seimai/json.h>

/* ---- one model ---------------------------------------------------------------------------------------- */

static int ask_choices(const sm_eval_session *s, const sm_eval_model *model, sm_eval_run *run,
                       sm_error *err)
{
    sm_reader_options options = s->reader;
    sm_reader *reader = NULL;
    if (options.length == 0) options.length = model->config.max_position_embeddings;
    int status = sm_reader_new(&reader, &model->config, model->w, &options, err);
    if (status == SM_OK)
        status = sm_eval_run_choices(run, &s->metrics, s->items, reader, &model->style, err);
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
    sm_eval_model model = {0};
    SM_TRY(sm_eval_model_open(&model, dir, s->tokenizer, s->bos, false, err));
    const int status = s->items->task == SM_EVAL_CHOICE
                           ? ask_choices(s, &model, run, err)
                           : sm_eval_run_generated(run, &s->metrics, s->items, &model,
                                                   &s->reply, s->phrases, err);
    sm_eval_model_close(&model);
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

static int report(const sm_eval_session *s, const sm_eval_run *run, const sm_eval_run *base,
                  sm_buffer *said, bool *failed, sm_error *err)
{
    sm_eval_report r = {0};
    const int status = sm_eval_report_make(&r, run, base, &s->bootstrap, &s->gate, err);
    if (status == SM_OK) {
        if (said->n > 0) sm_buffer_putc(said, '\n');
        sm_eval_report_text(&r, s->shown, said);
        sm_json_open(&s->items->reports, '{');
        sm_eval_report_json(&r, &s->items->reports);
        sm_json_close(&s->items->reports, '}');
    }
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
