/* seimai-inspect: how a model reads a sentence, as one HTML page.
 * The sentence stands, as in training, behind an end-of-text token; what the model expects there, how surprised it is by
 * what comes, and where its heads look. SPDX-License-Identifier: MIT */
#include <seimai/causal_lm.h>
#include <seimai/file.h>
#include <seimai/inspect.h>
#include <seimai/json.h>
#include <seimai/kernel.h>
#include <seimai/options.h>
#include <seimai/reading_page.h>
#include <seimai/runner.h>

#include <string.h>

typedef struct config {
    const char *model, *base, *text, *run, *language;
    int64_t top;
    bool as_json;
    sm_io io;
} config;

/* The inspection in the words of the page: ids become bytes. */
static int draw(const config *cfg, const sm_causal_lm *lm, const sm_inspection *s,
                sm_buffer *html, sm_error *err)
{
    sm_arena arena = {0};
    sm_span *const tokens = sm_arena_alloc(&arena, s->n * sizeof *tokens);
    sm_reading_guess *const guesses =
        sm_arena_alloc(&arena, (size_t)s->n * s->k * sizeof *guesses);
    for (uint32_t i = 0; i < s->n; i++)
        tokens[i] = sm_tokenizer_bytes(lm->tokenizer, s->ids[i]);
    for (size_t i = 0; i < (size_t)s->n * s->k; i++) {
        const sm_expectation *const e = s->expected + i;
        guesses[i] =
            (sm_reading_guess){sm_tokenizer_bytes(lm->tokenizer, e->id), e->id, (double)e->p};
    }
    const sm_model_reading reading = {.model = cfg->model,
                                      .n = s->n,
                                      .tokens = tokens,
                                      .surprisal = s->surprisal,
                                      .entropy = s->entropy,
                                      .rank = s->rank,
                                      .k = s->k,
                                      .expected = guesses,
                                      .layers = s->layers,
                                      .heads = s->heads,
                                      .attention = s->attention,
                                      .run = cfg->run};
    const bool ja = strcmp(cfg->language, "ja") == 0;
    const int status = sm_reading_page(&reading, ja ? SM_JAPANESE : SM_ENGLISH, html, err);
    sm_arena_free(&arena);
    return status;
}

/* {"tokens": [{id, surprisal, rank, entropy, expected: [{id, p}]}], "attention": [layer][head][query][key]} */
static void put_place(const sm_inspection *s, uint32_t i, sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_uint(json, "id", s->ids[i]);
    sm_json_put_real(json, "surprisal", (double)s->surprisal[i]);
    sm_json_put_uint(json, "rank", s->rank[i]);
    sm_json_put_real(json, "entropy", (double)s->entropy[i]);
    sm_json_key(json, "expected");
    sm_json_open(json, '[');
    for (uint32_t k = 0; k < s->k; k++) {
        const sm_expectation *const e = s->expected + (size_t)i * s->k + k;
        sm_json_open(json, '{');
        sm_json_put_uint(json, "id", e->id);
        sm_json_put_real(json, "p", (double)e->p);
        sm_json_close(json, '}');
    }
    sm_json_close(json, ']');
    sm_json_close(json, '}');
}

static void put_map(const float *map, uint32_t n, sm_buffer *json)
{
    sm_json_open(json, '[');
    for (uint32_t i = 0; i < n; i++) {
        sm_json_open(json, '[');
        for (uint32_t j = 0; j < n; j++)
            sm_json_real(json, (double)map[(size_t)i * n + j]);
        sm_json_close(json, ']');
    }
    sm_json_close(json, ']');
}

static void put_json(const sm_inspection *s, sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_key(json, "tokens");
    sm_json_open(json, '[');
    for (uint32_t i = 0; i < s->n; i++)
        put_place(s, i, json);
    sm_json_close(json, ']');
    sm_json_key(json, "attention");
    sm_json_open(json, '[');
    for (uint32_t layer = 0; layer < s->layers; layer++) {
        sm_json_open(json, '[');
        for (uint32_t head = 0; head < s->heads; head++)
            put_map(sm_inspection_map(s, layer, head), s->n, json);
        sm_json_close(json, ']');
    }
    sm_json_close(json, ']');
    sm_json_close(json, '}');
    sm_buffer_putc(json, '\n');
}

static int inspect(const config *cfg, const sm_causal_lm *lm, sm_ids *ids, sm_buffer *out,
                   sm_error *err)
{
    sm_inspection *s = NULL;
    SM_TRY(sm_causal_lm_encode(lm, sm_span_of(cfg->text), ids, err));
    SM_TRY(sm_inspect(&s, &lm->config, lm->w, ids->p, (uint32_t)ids->n, (uint32_t)cfg->top,
                      (uint32_t)sm_tokenizer_size(lm->tokenizer), sm_threads(&cfg->io), err));
    int status = SM_OK;
    if (cfg->as_json)
        put_json(s, out);
    else
        status = draw(cfg, lm, s, out, err);
    if (status >= 0 && out->overflow)
        status =
            sm_error_set(err, SM_ELIMIT, "the output is larger than %zu MiB", out->max >> 20);
    sm_inspection_free(s);
    return status;
}

static int run(const config *cfg, sm_error *err)
{
    sm_kernels kernels;
    sm_causal_lm *lm = NULL;
    sm_ids ids = {0};
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_causal_lm_open(&lm, cfg->model, cfg->base, err));
    sm_buffer out = sm_buffer_make(1 << 28);
    int status = inspect(cfg, lm, &ids, &out, err);
    if (status >= 0) status = sm_file_write(cfg->io.output, sm_buffer_span(&out), err);
    sm_buffer_free(&out);
    sm_ids_free(&ids);
    sm_causal_lm_free(lm);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.language = "en", .top = 5};
    const sm_option options[] = {
        SM_OPTION_STRING('m', "model", &cfg.model, "DIR", "a model, or an adapter (needed)"),
        SM_OPTION_STRING(0, "base", &cfg.base, "DIR",
                         "of an adapter; default: the one it names"),
        SM_OPTION_STRING(0, "text", &cfg.text, "TEXT", "what it reads (needed)"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "FILE", "what is written (needed)"),
        SM_OPTION_INT(0, "top", &cfg.top, 1, 50, "next tokens shown at each place"),
        SM_OPTION_STRING(0, "run", &cfg.run, "FOLDER", "the training run: its curves too"),
        SM_OPTION_FLAG(0, "json", &cfg.as_json, "the numbers as JSON, not a page"),
        SM_OPTION_CHOICE(0, "language", &cfg.language, "en|ja", "of the page"),
        SM_OPTION_INT('j', "threads", &cfg.io.threads, 0, 1024, "threads; 0 = the cores"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_NO_OPERANDS,
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "inspect",
        .operands = "--model DIR --text TEXT -o FILE [OPTION…]",
        .about = "Show how a model reads a sentence, as an HTML page.",
        .more = "  seimai inspect --model run/model --text 公園に行きました。 -o page.html\n"
                "Surprisal in colour, the next tokens it expects, a map of attention for each "
                "head.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.model || !cfg.text || !cfg.io.output)
        return sm_usage_fail(&usage, "--model, --text and -o are needed");
    return sm_leave(&usage, run(&cfg, &err), &err);
}
