/* seimai-generate: a model goes on with a text.
 * --prompt TEXT writes the continuation as it comes; --prompts FILE reads documents (JSONL) and puts the
 * continuation of each text into metadata.generate. Every text starts, as in training, behind an
 * end-of-text token, so that without a prompt the model begins a document of its own.
 * The same seed, model and prompt give the same text for any -j. SPDX-License-Identifier: MIT */
#include <seimai/checkpoint.h>
#include <seimai/file.h>
#include <seimai/generate.h>
#include <seimai/json.h>
#include <seimai/kernel.h>
#include <seimai/runner.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

enum { MAX_TEXT = 64 << 20, LONGEST = 4096 };

typedef struct config {
    const char *model, *prompt, *prompts;
    sm_io io;
    int64_t tokens, length, top_k, seed;
    double temperature, top_p, repetition;
    bool ignore_eot;
} config;

typedef struct writer {
    const config *cfg;
    sm_model_config model;
    sm_tokenizer *tok;
    sm_encoder *encoder;
    sm_generator *gen;
    float *w;
    sm_sampler sampler;
    sm_ids ids;
    sm_buffer text, json;
    uint32_t eot;
    uint64_t number; /* of the document */
} writer;

/* ---- the model ------------------------------------------------------------------------------ */

static int open_tokenizer(writer *g, sm_error *err)
{
    SM_TRY(sm_tokenizer_load(&g->tok, g->cfg->model, err));
    g->encoder = sm_encoder_new();
    g->eot = sm_tokenizer_eot(g->tok);
    if (g->eot == SM_NO_TOKEN && g->model.eos_token_id >= 0)
        g->eot = (uint32_t)g->model.eos_token_id;
    if (sm_tokenizer_size(g->tok) > g->model.vocab_size)
        SM_FAIL(err, SM_EFORMAT, "%s: the tokenizer has %zu ids, the model %u", g->cfg->model,
                sm_tokenizer_size(g->tok), g->model.vocab_size);
    return SM_OK;
}

static void set_sampler(writer *g)
{
    const config *const cfg = g->cfg;
    g->sampler = (sm_sampler){.temperature = cfg->temperature,
                              .top_k = (uint32_t)cfg->top_k,
                              .top_p = cfg->top_p,
                              .repetition_penalty = cfg->repetition,
                              .seed = (uint64_t)cfg->seed,
                              .vocabulary = (uint32_t)sm_tokenizer_size(g->tok),
                              .stop = cfg->ignore_eot ? SM_NO_STOP : g->eot};
}

static uint32_t length_of(const writer *g)
{
    const uint32_t most = g->model.max_position_embeddings;
    if (g->cfg->length == 0) return most < LONGEST ? most : LONGEST;
    return (uint32_t)g->cfg->length;
}

static int open_model(writer *g, sm_error *err)
{
    sm_kernels kernels;
    SM_TRY(sm_model_open(&g->model, g->cfg->model, err));
    SM_TRY(open_tokenizer(g, err));
    SM_TRY(sm_kernels_open(&kernels, err));
    SM_TRY(sm_generator_new(&g->gen, &g->model,
                            &(sm_generator_options){.sequences = 1,
                                                    .length = length_of(g),
                                                    .threads = sm_threads(&g->cfg->io)},
                            err));
    const sm_params *const params = sm_generator_params(g->gen);
    g->w = sm_vector_new(params->total);
    SM_TRY(sm_model_read(params, g->w, g->cfg->model, err));
    sm_generator_use(g->gen, g->w);
    set_sampler(g);
    return SM_OK;
}

static void close_model(writer *g)
{
    sm_generator_free(g->gen);
    sm_encoder_free(g->encoder);
    sm_tokenizer_free(g->tok);
    sm_vector_free(g->w);
    sm_ids_free(&g->ids);
    sm_buffer_free(&g->text);
    sm_buffer_free(&g->json);
}

/* ---- one text --------------------------------------------------------------------------------- */

/* The ids of a prompt, behind the end-of-text token. */
static int encode(writer *g, sm_span prompt, sm_error *err)
{
    g->ids.n = 0;
    if (g->eot != SM_NO_TOKEN) {
        g->ids.p = sm_array_grow(g->ids.p, g->ids.n, &g->ids.cap, sizeof *g->ids.p);
        g->ids.p[g->ids.n++] = g->eot;
    }
    sm_tokenizer_encode(g->tok, g->encoder, prompt, &g->ids);
    if (g->ids.n == 0)
        SM_FAIL(err, SM_EUSAGE, "--prompt: this model cannot begin with nothing");
    return SM_OK;
}

static int start(writer *g, sm_error *err)
{
    return sm_generator_start(g->gen, 0, g->ids.p, g->ids.n, (uint32_t)g->cfg->tokens,
                              g->number, err);
}

/* The continuation so far, as bytes that may end inside a character. */
static int decode(writer *g, sm_error *err)
{
    size_t n;
    const uint32_t *const ids = sm_generator_ids(g->gen, 0, &n);
    sm_buffer_clear(&g->text);
    return sm_tokenizer_decode(g->tok, ids + g->ids.n, n - g->ids.n, false, &g->text, err);
}

/* The bytes at the end that may be the beginning of a character. */
static size_t unfinished(sm_span s)
{
    for (size_t n = 1; n <= 3 && n <= s.n; n++) {
        const unsigned char c = (unsigned char)s.p[s.n - n];
        const size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        if (length > n) return n;
        if (length > 1 || c < 0x80) return 0;
    }
    return 0;
}

/* Writes what has come since *written, but keeps back a character that is not whole yet; U+FFFD stands for bytes
 * that are no characters at all. */
static int show(writer *g, sm_output *out, size_t *written, bool at_end, sm_error *err)
{
    uint64_t bad = 0;
    SM_TRY(decode(g, err));
    sm_span fresh = {g->text.p + *written, g->text.n - *written};
    if (!at_end) fresh.n -= unfinished(fresh);
    *written += fresh.n;
    sm_buffer_clear(&g->json);
    sm_utf8_repair(fresh, &g->json, &bad);
    return g->json.n > 0 ? sm_output_write(out, sm_buffer_span(&g->json), err) : SM_OK;
}

static int run_prompt(writer *g, sm_output *out, sm_error *err)
{
    const sm_span prompt = sm_span_of(g->cfg->prompt);
    size_t written = 0;
    int going;
    SM_TRY(encode(g, prompt, err));
    SM_TRY(start(g, err));
    if (prompt.n > 0) SM_TRY(sm_output_write(out, prompt, err));
    do {
        going = sm_generator_step(g->gen, &g->sampler, err);
        SM_TRY(going);
        SM_TRY(show(g, out, &written, going == 0, err));
    } while (going > 0);
    return sm_output_write(out, SM_SPAN("\n"), err);
}

/* ---- documents -------------------------------------------------------------------------------- */

/* metadata.generate: {"text": …, "tokens": N, "end": "stop"} */
static sm_span describe(writer *g, sm_arena *arena)
{
    size_t n;
    uint64_t bad = 0;
    sm_buffer repaired = sm_buffer_make(3 * (size_t)MAX_TEXT);
    (void)sm_generator_ids(g->gen, 0, &n);
    sm_utf8_repair(sm_buffer_span(&g->text), &repaired, &bad);
    sm_buffer_clear(&g->json);
    sm_json_open(&g->json, '{');
    sm_json_put_string(&g->json, "text", sm_buffer_span(&repaired));
    sm_json_put_uint(&g->json, "tokens", n - g->ids.n);
    sm_json_put_text(&g->json, "end", sm_generation_end_name(sm_generator_end(g->gen, 0)));
    sm_json_close(&g->json, '}');
    sm_buffer_free(&repaired);
    return sm_arena_copy(arena, sm_buffer_span(&g->json));
}

static int map(void *shared, sm_doc *doc, sm_error *err)
{
    (void)shared, (void)doc, (void)err;
    return SM_KEEP;
}

/* In the order of the input, one at a time: the net has threads of its own. */
static int generate(void *shared, sm_doc *doc, sm_error *err)
{
    writer *const g = shared;
    int going;
    SM_TRY(encode(g, sm_doc_text(doc), err));
    g->number++;
    if (g->ids.n > length_of(g))
        return sm_doc_drop(doc, "too-long", (double)g->ids.n, (double)length_of(g));
    SM_TRY(start(g, err));
    do {
        going = sm_generator_step(g->gen, &g->sampler, err);
        SM_TRY(going);
    } while (going > 0);
    SM_TRY(decode(g, err));
    sm_doc_set_meta(doc, "generate", describe(g, doc->arena));
    return SM_KEEP;
}

static int run_documents(const config *cfg, writer *g)
{
    const sm_job job = {.shared = g, .map = map, .order = generate};
    sm_stats stats = {0};
    sm_error err = {0};
    sm_io io = cfg->io;
    io.threads = 1; /* of the stream; the net has them all */
    io.files = (sm_list){.items = (const char *[]){cfg->prompts}, .n = 1};
    return sm_finish(&io, &job, sm_run(&io, &job, &stats, &err), &stats, &err);
}

static int run_text(writer *g, sm_error *err)
{
    sm_output *out = NULL;
    SM_TRY(sm_output_open(&out, g->cfg->io.output, err));
    const int status = run_prompt(g, out, err);
    if (status == SM_OK) return sm_output_commit(out, err);
    sm_output_abort(out);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {
        .prompt = "", .tokens = 128, .temperature = 0.8, .top_p = 0.95, .repetition = 1.0};
    const sm_option options[] = {
        SM_OPTION_STRING('m', "model", &cfg.model, "DIR",
                         "Hugging Face directory with model and tokenizer; required"),
        SM_OPTION_STRING('p', "prompt", &cfg.prompt, "TEXT", "what to go on with"),
        SM_OPTION_STRING(0, "prompts", &cfg.prompts, "FILE",
                         "documents to go on with (JSONL, - for standard input) instead"),
        SM_OPTION_STRING(0, "text-key", &cfg.io.text_key, "KEY",
                         "where the prompt stands in a document, dotted"),
        SM_OPTION_INT('n', "tokens", &cfg.tokens, 1, 1 << 20, "at most so many tokens a text"),
        SM_OPTION_INT(0, "length", &cfg.length, 0, 1 << 24,
                      "prompt and continuation in tokens; 0 means the model's, at most 4096"),
        SM_OPTION_REAL('t', "temperature", &cfg.temperature, 0, 100,
                       "0 always takes the likeliest token"),
        SM_OPTION_INT(0, "top-k", &cfg.top_k, 0, 1 << 30,
                      "of the K likeliest only; 0 means all"),
        SM_OPTION_REAL(0, "top-p", &cfg.top_p, 0, 1,
                       "of the likeliest that together reach P; 1 means all"),
        SM_OPTION_REAL(0, "repetition-penalty", &cfg.repetition, 0.1, 10,
                       "above 1 avoids tokens that occurred"),
        SM_OPTION_FLAG(0, "ignore-eot", &cfg.ignore_eot, "go on past the end of the text"),
        SM_OPTION_INT('s', "seed", &cfg.seed, 0, INT64_MAX >> 10, "another seed, another text"),
        SM_OPTION_INT('j', "threads", &cfg.io.threads, 0, 4096, "0 means the cores"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "FILE", "write here"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_NO_OPERANDS,
        SM_OPTIONS_END,
    };
    const sm_usage usage = {.name = "generate",
                            .operands = "--model DIR [OPTION…]",
                            .about = "Go on with a text by a model.",
                            .formats = "documents 1"};
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (!cfg.model) return sm_usage_fail(&usage, "--model is required");
    writer g = {.cfg = &cfg,
                .text = sm_buffer_make(MAX_TEXT),
                .json = sm_buffer_make(4 * (size_t)MAX_TEXT)};
    int status = open_model(&g, &err);
    if (status < 0)
        status = sm_leave(&usage, status, &err);
    else if (cfg.prompts)
        status = run_documents(&cfg, &g);
    else
        status = sm_leave(&usage, run_text(&g, &err), &err);
    close_model(&g);
    return status;
}
