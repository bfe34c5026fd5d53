/* One document through a preset. See seimai/filter_document.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/filter_document.h>

#include <math.h>
#include <seimai/json.h>
#include <string.h>

struct sm_filter_worker {
    const sm_filter_plan *plan;
    const sm_filter *filter;
    sm_filter_judge *judge;
    sm_ng_scanner *scanner; /* where hits are acted on; NULL: nowhere */
    sm_filter_account *account;
    double *values; /* one a rule */
    sm_buffer json; /* scratch of the metadata */
};

/* ---- making --------------------------------------------------------------------------------------- */

int sm_filter_plan_action(sm_filter_plan *plan, const char *assignment, sm_error *err)
{
    const struct sm_ng *const ng = sm_filter_ng(plan->filter);
    const char *const equals = strchr(assignment, '=');
    const size_t n = equals ? (size_t)(equals - assignment) : 0;
    sm_ng_action action;
    if (!equals || !sm_ng_action_of(equals + 1, &action))
        SM_FAIL(err, SM_EUSAGE,
                "--ng-action %s: expected LIST=tag, LIST=mask or LIST=drop-line", assignment);
    for (size_t i = 0; ng && i < sm_ng_lists(ng); i++) {
        if (!sm_span_equal(sm_span_of(sm_ng_list_name(ng, i)), (sm_span){assignment, n}))
            continue;
        plan->actions[i] = action;
        return SM_OK;
    }
    SM_FAIL(err, SM_EUSAGE, "--ng-action %s: the preset has no list of words \"%.*s\"",
            assignment, (int)n, assignment);
}

static bool acts_on_words(const sm_filter_plan *plan)
{
    const struct sm_ng *const ng = sm_filter_ng(plan->filter);
    for (size_t i = 0; ng && i < sm_ng_lists(ng); i++)
        if (plan->actions[i] != SM_NG_TAG) return true;
    return false;
}

sm_filter_worker *sm_filter_worker_new(const sm_filter_plan *plan)
{
    enum { JSON_MAX = 1 << 20 };
    sm_filter_worker *const w = sm_calloc(1, sizeof *w);
    w->plan = plan;
    w->filter = plan->filter;
    w->judge = sm_filter_judge_new(plan->filter);
    w->account = sm_filter_account_new(plan->filter, plan->samples);
    w->values = sm_calloc(sm_filter_rules(plan->filter) + 1, sizeof *w->values);
    w->json = sm_buffer_make(JSON_MAX);
    if (acts_on_words(plan))
        w->scanner = sm_ng_scanner_new(sm_filter_ng(plan->filter), plan->morph);
    return w;
}

void sm_filter_worker_free(sm_filter_worker *worker)
{
    if (!worker) return;
    sm_filter_judge_free(worker->judge);
    sm_ng_scanner_free(worker->scanner);
    sm_filter_account_free(worker->account);
    sm_free(worker->values);
    sm_buffer_free(&worker->json);
    sm_free(worker);
}

const sm_filter_account *sm_filter_worker_account(const sm_filter_worker *worker)
{
    return worker->account;
}

/* ---- drafts: what becomes of a text before the verdict ---------------------------------------------- */

/* The text, or the contents of the messages. */
typedef struct draft {
    sm_span *parts;
    size_t n;
    sm_span url;
} draft;

static draft draft_of(sm_doc *doc)
{
    const sm_message *messages = NULL;
    const size_t n = sm_doc_messages(doc, &messages);
    draft d = {.n = messages ? n : 1};
    d.parts = sm_arena_alloc(doc->arena, (d.n + 1) * sizeof *d.parts);
    for (size_t i = 0; i < d.n; i++)
        d.parts[i] = messages ? messages[i].content : sm_doc_text(doc);
    if (!sm_doc_field_string(doc, "metadata.url", &d.url)) d.url = (sm_span){0};
    return d;
}

static sm_subject subject_of(const draft *d, sm_arena *arena)
{
    if (d->n == 1) return (sm_subject){d->parts[0], d->url};
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += d->parts[i].n + 1;
    char *const text = sm_arena_alloc(arena, n + 1);
    n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (i > 0) text[n++] = '\n';
        if (d->parts[i].n > 0) memcpy(text + n, d->parts[i].p, d->parts[i].n);
        n += d->parts[i].n;
    }
    return (sm_subject){{text, n}, d->url};
}

static void write_draft(const draft *d, sm_doc *doc)
{
    const sm_message *messages = NULL;
    if (sm_doc_messages(doc, &messages) == 0 && d->n == 1) sm_doc_set_text(doc, d->parts[0]);
    for (size_t i = 0; messages && i < d->n; i++)
        sm_doc_set_message(doc, i, d->parts[i]);
}

/* SM_DROP where a part that said something says nothing now. */
static int rewrite(sm_filter_worker *w, sm_filter_when when, draft *d, sm_arena *arena,
                   sm_error *err)
{
    sm_filter_edits edits = {{0}, {0}, {0}};
    if (!sm_filter_rewrites(w->filter, when)) return SM_KEEP;
    for (size_t i = 0; i < d->n; i++) {
        const sm_subject part = {d->parts[i], d->url};
        const int status =
            sm_filter_rewrite(w->judge, when, &part, arena, &d->parts[i], &edits, err);
        if (status != SM_KEEP) return status;
    }
    sm_filter_account_edit(w->account, &edits);
    return SM_KEEP;
}

/* ---- words of lists ----------------------------------------------------------------------------------- */

/* metadata.ng, of the subject that was judged last. */
static int tag_words(sm_filter_worker *w, sm_doc *doc, bool *any, sm_error *err)
{
    const struct sm_ng *const ng = sm_filter_ng(w->filter);
    const struct sm_ng_counts *counts = NULL;
    *any = false;
    if (!ng) return SM_OK;
    SM_TRY(sm_filter_judge_ng(w->judge, &counts, err));
    sm_buffer_clear(&w->json);
    sm_json_open(&w->json, '{');
    for (size_t i = 0; counts && i < sm_ng_lists(ng); i++) {
        if (counts[i].hits == 0) continue;
        *any = true;
        sm_json_key(&w->json, sm_ng_list_name(ng, i));
        sm_json_open(&w->json, '{');
        sm_json_put_uint(&w->json, "hits", counts[i].hits);
        sm_json_put_uint(&w->json, "types", counts[i].types);
        sm_json_put_uint(&w->json, "letters", counts[i].letters);
        sm_json_put_real(&w->json, "score", counts[i].score);
        sm_json_close(&w->json, '}');
    }
    sm_json_close(&w->json, '}');
    if (*any) sm_doc_set_meta(doc, "ng", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    return SM_OK;
}

/* Masks words, or cuts their lines, in each part by itself. SM_DROP where nothing is left of one. */
static int act_on_words(sm_filter_worker *w, draft *d, sm_arena *arena, sm_error *err)
{
    const sm_ng_counts *counts = NULL;
    for (size_t i = 0; i < d->n; i++) {
        size_t n = 0;
        SM_TRY(sm_ng_scan(w->scanner, d->parts[i], &counts, err));
        const sm_ng_hit *const hits = sm_ng_hits(w->scanner, &n);
        if (n == 0) continue;
        sm_ng_apply(d->parts[i], hits, n, w->plan->actions, arena, &d->parts[i], NULL);
        if (d->parts[i].n == 0) return SM_DROP;
    }
    return SM_KEEP;
}

/* ---- verdicts ------------------------------------------------------------------------------------------ */

static const sm_verdict emptied = {
    .rule = SM_FILTER_EMPTIED, .at = SIZE_MAX, .value = 0, .threshold = 1};

static void put_quality(sm_filter_worker *w, sm_doc *doc)
{
    sm_buffer_clear(&w->json);
    sm_filter_write_values(w->filter, w->values, &w->json);
    sm_doc_set_meta(doc, "quality", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
}

/* Notes a document in the account; the spans that only a sample needs are asked for only then. */
static void note(sm_filter_worker *w, sm_doc *doc, const sm_verdict *verdict, bool measured)
{
    sm_filter_case one = {
        .values = measured ? w->values : NULL, .verdict = verdict, .bytes = doc->record.n + 1};
    if (verdict && w->plan->samples > 0) {
        one.id = sm_doc_id(doc);
        one.text = sm_doc_text(doc);
        (void)sm_doc_field_string(doc, "metadata.url", &one.url);
    }
    sm_filter_account_add(w->account, &one);
}

static int drop(sm_filter_worker *w, sm_doc *doc, const sm_verdict *v, bool measured)
{
    note(w, doc, v, measured);
    if (measured && w->plan->explain) put_quality(w, doc);
    return sm_doc_drop(doc, v->rule, v->value, v->threshold);
}

/* ---- the modes ------------------------------------------------------------------------------------------- */

static int judge(sm_filter_worker *w, const sm_subject *subject, sm_verdict *v, sm_error *err)
{
    if (!w->plan->measure) return sm_filter_judge_subject(w->judge, subject, v, err);
    SM_TRY(sm_filter_judge_measure(w->judge, subject, w->values, err));
    return sm_filter_decide(w->filter, w->values, v);
}

static int filter(sm_filter_worker *w, sm_doc *doc, sm_error *err)
{
    sm_verdict v = {0};
    bool has_words = false;
    draft d = draft_of(doc);
    int status = rewrite(w, SM_FILTER_BEFORE, &d, doc->arena, err);
    if (status == SM_DROP) return drop(w, doc, &emptied, false);
    if (status < 0) return status;
    const sm_subject subject = subject_of(&d, doc->arena);
    status = judge(w, &subject, &v, err);
    if (status == SM_DROP) return drop(w, doc, &v, w->plan->measure);
    if (status < 0) return status;
    SM_TRY(tag_words(w, doc, &has_words, err));
    if (has_words && w->scanner) status = act_on_words(w, &d, doc->arena, err);
    if (status == SM_KEEP) status = rewrite(w, SM_FILTER_AFTER, &d, doc->arena, err);
    if (status == SM_DROP) return drop(w, doc, &emptied, w->plan->measure);
    if (status < 0) return status;
    write_draft(&d, doc);
    note(w, doc, NULL, w->plan->measure);
    return SM_KEEP;
}

/* What rewriting would leave empty has values too, all of an empty text, and says so. */
static int annotate(sm_filter_worker *w, sm_doc *doc, sm_error *err)
{
    sm_verdict v = {0};
    bool has_words = false;
    draft d = draft_of(doc);
    const int status = rewrite(w, SM_FILTER_BEFORE, &d, doc->arena, err);
    if (status < 0) return status;
    const sm_subject subject = subject_of(&d, doc->arena);
    SM_TRY(sm_filter_judge_measure(w->judge, &subject, w->values, err));
    SM_TRY(tag_words(w, doc, &has_words, err));
    put_quality(w, doc);
    if (status == SM_DROP) {
        sm_doc_set_meta(doc, "quality", SM_SPAN("{\"" SM_FILTER_EMPTIED "\":true}"));
        v = emptied;
    }
    const bool refused =
        status == SM_DROP || sm_filter_decide(w->filter, w->values, &v) == SM_DROP;
    note(w, doc, refused ? &v : NULL, true);
    return SM_KEEP;
}

static int from_metadata(sm_filter_worker *w, sm_doc *doc, sm_error *err)
{
    sm_verdict v = {0};
    const sm_span quality = sm_doc_field(doc, "metadata.quality");
    if (sm_doc_field(doc, "metadata.quality." SM_FILTER_EMPTIED).n > 0)
        return drop(w, doc, &emptied, false);
    if (sm_filter_read_values(w->filter, quality, w->values, err) < 0) {
        sm_error_prefix(err, "%s:%lld: metadata.quality", doc->file, (long long)doc->line);
        return err ? err->code : SM_EFORMAT;
    }
    if (sm_filter_decide(w->filter, w->values, &v) == SM_DROP) return drop(w, doc, &v, true);
    note(w, doc, NULL, true);
    return SM_KEEP;
}

int sm_filter_document(sm_filter_worker *worker, sm_doc *doc, sm_error *err)
{
    switch (worker->plan->mode) {
    case SM_FILTER_ANNOTATE: return annotate(worker, doc, err);
    case SM_FILTER_FROM_METADATA: return from_metadata(worker, doc, err);
    case SM_FILTER_DROP: break;
    }
    return filter(worker, doc, err);
}
