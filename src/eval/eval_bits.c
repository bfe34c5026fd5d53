/* Bits per byte of documents and shards: see seimai/eval_bits.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/eval_bits.h>
#include <seimai/json.h>
#include <seimai/train.h>
#include <seimai/utf8.h>

#include <math.h>

enum { LONGEST = 1024 };

typedef struct worker {
    const sm_eval_bits *bits;
    sm_encoder *encoder;
    sm_scorer *scorer;
    sm_ids ids;
    sm_buffer json;
} worker;

/* ---- documents --------------------------------------------------------------------------------- */

static void worker_free(void *state)
{
    worker *const w = state;
    sm_encoder_free(w->encoder);
    sm_scorer_free(w->scorer);
    sm_ids_free(&w->ids);
    sm_buffer_free(&w->json);
    sm_free(w);
}

static void *worker_new(void *shared, sm_error *err)
{
    const sm_eval_bits *const bits = shared;
    worker *const w = sm_calloc(1, sizeof *w);
    w->bits = bits;
    w->encoder = sm_encoder_new();
    w->json = sm_buffer_make(64);
    if (sm_scorer_new(&w->scorer, &bits->lm->config, bits->lm->w, bits->length, bits->eot,
                      err) == SM_OK)
        return w;
    worker_free(w);
    return NULL;
}

static int score_one(void *state, sm_doc *doc, sm_error *err)
{
    worker *const w = state;
    const sm_span text = sm_doc_text(doc);
    sm_score *const s = sm_arena_zalloc(doc->arena, 1, sizeof *s); /* for commit */
    w->ids.n = 0;
    sm_tokenizer_encode(w->bits->lm->tokenizer, w->encoder, text, &w->ids);
    *s =
        (sm_score){.targets = w->ids.n + 1, .bytes = text.n, .characters = sm_utf8_count(text)};
    doc->user = s;
    if (sm_scorer_score(w->scorer, w->ids.p, w->ids.n, &s->nats, err) < 0) {
        sm_error_prefix(err, "%s:%lld", doc->file, (long long)doc->line);
        return err->code;
    }
    if (!w->bits->annotate) return SM_KEEP;
    sm_buffer_clear(&w->json);
    sm_json_real(&w->json, sm_score_bpb(s));
    sm_doc_set_meta(doc, "bpb", sm_arena_copy(doc->arena, sm_buffer_span(&w->json)));
    return SM_KEEP;
}

static int count(void *shared, sm_doc *doc, sm_error *err)
{
    (void)err;
    const sm_eval_bits *const bits = shared;
    sm_span source = {0};
    if (!sm_doc_field_string(doc, "metadata.source", &source))
        (void)sm_doc_field_string(doc, "source", &source);
    sm_score_table_add(bits->table, source, doc->user);
    return SM_KEEP;
}

static void report(void *shared, sm_buffer *json)
{
    const sm_eval_bits *const bits = shared;
    sm_score_table_json(bits->table, json);
}

static uint32_t length_of(const sm_model_config *config, uint32_t length)
{
    const uint32_t most = config->max_position_embeddings;
    if (length > 0) return length;
    return most < LONGEST ? most : LONGEST;
}

int sm_eval_bits_job(sm_eval_bits *bits, sm_job *job, sm_error *err)
{
    bits->length = length_of(&bits->lm->config, bits->length);
    bits->eot = bits->lm->eot;
    if (bits->eot == SM_NO_TOKEN)
        SM_FAIL(err, SM_EFORMAT, "%s: no token that ends a document", bits->lm->name);
    *job = (sm_job){.shared = bits,
                    .worker_new = worker_new,
                    .worker_free = worker_free,
                    .map = score_one,
                    .commit = count,
                    .no_output = !bits->annotate,
                    .report = report};
    return SM_OK;
}

/* ---- shards ------------------------------------------------------------------------------------ */

static void put_json(const sm_validation *v, sm_buffer *out)
{
    sm_json_open(out, '{');
    sm_json_put_real(out, "loss", v->loss);
    sm_json_put_real(out, "perplexity", exp(v->loss));
    sm_json_put_real(out, "bpb", v->bpb);
    sm_json_put_real(out, "bpc", v->bpc);
    sm_json_put_uint(out, "documents", v->documents);
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

static void put_text(const char *data, const sm_validation *v, sm_buffer *out)
{
    sm_buffer_printf(out, "%s\n  loss        %.4f   (windows as trained; perplexity %.2f)\n",
                     data, v->loss, exp(v->loss));
    sm_buffer_printf(out, "  bits/byte   %.4f\n  bits/char   %.4f\n", v->bpb, v->bpc);
}

static int validate(const sm_model_config *config, const float *w,
                    const sm_net_options *options, const char *data, sm_validation *v,
                    sm_error *err)
{
    sm_shards *set = NULL;
    sm_net *net = NULL;
    int status = sm_shards_open(&set, data, err);
    if (status == SM_OK) status = sm_net_build(&net, config, options, err);
    sm_batch *const batch = sm_batch_new(options->B, options->T);
    if (status == SM_OK) status = sm_validate(net, w, set, batch, 0, v, err);
    if (status == SM_OK) status = sm_shards_fault(set, err);
    sm_batch_free(batch);
    sm_net_free(net);
    sm_shards_close(set);
    return status;
}

int sm_eval_bits_shards(const char *model, const char *data, uint32_t length, unsigned threads,
                        bool json, sm_buffer *out, sm_error *err)
{
    sm_model_config config;
    sm_validation v = {0};
    float *w = NULL;
    SM_TRY(sm_model_weights(model, &config, &w, err));
    const sm_net_options options = {
        .plan = SM_PLAN_EVAL, .B = 8, .T = length_of(&config, length), .threads = threads};
    const int status = validate(&config, w, &options, data, &v, err);
    sm_vector_free(w);
    if (status < 0) return status;
    if (json)
        put_json(&v, out);
    else
        put_text(data, &v, out);
    return SM_OK;
}
