/* seimai-generate: a model goes on with a text, or talks.
 * --prompt TEXT writes the continuation as it comes; --prompts FILE reads documents (JSONL) with text or messages, many
 * streams at once, and puts what follows into metadata.generate, or, of several models or several answers, into `answers`;
 * --chat talks in the terminal. Every text starts, as in training, behind a document's token.
 * The same seed, model and prompt give the same text for any -j and --streams. SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <seimai/answers.h>
#include <seimai/conversation.h>
#include <seimai/file.h>
#include <seimai/kernel.h>
#include <seimai/runner.h>

enum { MAX_TEXT = 256 << 20 };

typedef struct config {
    sm_answers_options set; /* what has a room's own type is set in place */
    sm_list models, stops;
    const char *prompt, *prompts, *system, *log, *votes;
    sm_io io;
    int64_t tokens, length, top_k, seed, answers, streams;
    bool chat;
} config;

typedef struct writer {
    const config *cfg;
    sm_answers *set;
    sm_output *out;
} writer;

static const sm_usage usage = {
    .name = "generate",
    .operands = "--model DIR [OPTION…]",
    .about = "Go on with a text by a model, or talk with it.",
    .more =
        "Of logits are taken, in this order: the repetition penalty, --temperature, --top-k, "
        "--top-p, --min-p.\nSeveral --model, or --answers above 1, give {id, prompt or "
        "messages, answers: [{id, text, model}]}.\nIn --chat: /help /reset /undo /again /good "
        "/bad /save FILE /quit; ^C stops an answer.\n",
    .formats = "documents 1, answers 1, judgements 1"};

/* stops: room for the stop strings. */
static void finish_options(config *cfg, sm_span *stops)
{
    sm_completer_options *const completer = &cfg->set.completer;
    const bool single = !cfg->prompts && cfg->answers < cfg->streams;
    for (size_t i = 0; i < cfg->stops.n; i++)
        stops[i] = sm_span_of(cfg->stops.items[i]);
    completer->streams = (uint32_t)(single ? cfg->answers : cfg->streams);
    completer->length = (uint32_t)cfg->length;
    completer->threads = sm_threads(&cfg->io);
    completer->sampler.top_k = (uint32_t)cfg->top_k;
    completer->sampler.seed = (uint64_t)cfg->seed;
    completer->stops = stops;
    completer->n_stops = cfg->stops.n;
    cfg->set.tokens = (uint32_t)cfg->tokens;
    cfg->set.answers = (uint32_t)cfg->answers;
}

/* ---- one text --------------------------------------------------------------------------------- */

static int show(void *state, sm_span text, sm_error *err)
{
    const writer *const g = state;
    return sm_output_write(g->out, text, err);
}

static int follow(writer *g, const sm_asked *asked, sm_error *err)
{
    SM_TRY(show(g, sm_span_of(g->cfg->prompt), err));
    SM_TRY(sm_completer_follow(sm_answers_completer(g->set, 0), sm_answers_of(asked, 0), show,
                               NULL, g, err));
    return show(g, SM_SPAN("\n"), err);
}

static int write_answers(writer *g, const sm_asked *asked, sm_error *err)
{
    sm_buffer json = sm_buffer_make(MAX_TEXT);
    int status = sm_answers_wait(g->set, asked, err);
    if (status >= 0) {
        sm_answers_put_prompt(g->set, asked, sm_span_of(g->cfg->prompt), &json);
        status = show(g, sm_buffer_span(&json), err);
    }
    sm_buffer_free(&json);
    return status;
}

static int run_prompt(writer *g, sm_error *err)
{
    sm_asked *asked = NULL;
    sm_too_long too_long;
    const sm_span prompt = sm_span_of(g->cfg->prompt);
    SM_TRY(sm_answers_ask_text(g->set, prompt, 0, &asked, &too_long, err));
    const int status =
        sm_answers_count(g->set) > 1 ? write_answers(g, asked, err) : follow(g, asked, err);
    sm_answers_drop(g->set, asked);
    return status;
}

/* ---- documents -------------------------------------------------------------------------------- */

static int run_documents(writer *g)
{
    const sm_job job = {
        .shared = g->set, .map = sm_answers_ask_document, .order = sm_answers_put_document};
    sm_stats stats = {0};
    sm_error err = {0};
    sm_io io = g->cfg->io;
    io.threads = 1; /* of the stream, so that documents come in order; the nets have them all */
    io.files = (sm_list){.items = (const char *[]){g->cfg->prompts}, .n = 1};
    return sm_finish(&io, &job, sm_run(&io, &job, &stats, &err), &stats, &err);
}

/* ---- a talk ----------------------------------------------------------------------------------- */

static volatile sig_atomic_t
    interrupts; /* what ^C has counted: a signal has no other way to tell */

static void on_interrupt(int signal)
{
    (void)signal;
    interrupts = 1;
}

static bool interrupted(void *state)
{
    (void)state;
    const bool was = interrupts != 0;
    interrupts = 0;
    return was;
}

static int tell(void *state, const char *text, sm_error *err)
{
    (void)state, (void)err;
    (void)fputs(text, stderr);
    return SM_OK;
}

/* Line by line to the end of input or /quit; ^C while nothing is said gives a fresh line. */
static int talk(sm_conversation *c, sm_error *err)
{
    const bool terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    char *line = NULL;
    size_t cap = 0;
    int going = 1;
    while (going > 0) {
        interrupts = 0;
        if (terminal) (void)fputs("> ", stderr);
        ssize_t n = getline(&line, &cap, stdin);
        if (n < 0 && interrupts) {
            clearerr(stdin);
            if (terminal) (void)fputs("\n(/quit ends)\n", stderr);
            continue;
        }
        if (n < 0) break;
        if (n > 0 && line[n - 1] == '\n') n--;
        going = sm_conversation_line(c, (sm_span){line, (size_t)n}, err);
    }
    free(line);
    return going < 0 ? going : sm_conversation_end(c, err);
}

static int run_chat(writer *g, const sm_causal_lm *lm, sm_error *err)
{
    const struct sigaction action = {.sa_handler = on_interrupt}; /* ends getline as well */
    sm_conversation *c = NULL;
    const sm_conversation_options options = {.completer = g->cfg->set.completer,
                                             .tokens = g->cfg->set.tokens,
                                             .chat = g->cfg->set.chat,
                                             .system = g->cfg->system,
                                             .log = g->cfg->log,
                                             .votes = g->cfg->votes,
                                             .show = show,
                                             .tell = tell,
                                             .interrupted = interrupted,
                                             .state = g};
    (void)sigaction(SIGINT, &action, NULL);
    SM_TRY(sm_conversation_new(&c, lm, &options, err));
    const int status = talk(c, err);
    sm_conversation_free(c);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static int run_text(writer *g, sm_error *err)
{
    const config *const cfg = g->cfg;
    sm_causal_lm *lm = NULL;
    int status = sm_output_open(&g->out, cfg->io.output, err);
    if (status >= 0 && cfg->chat) {
        status = sm_causal_lm_open(&lm, cfg->models.items[0], cfg->set.base, err);
        if (status >= 0) status = run_chat(g, lm, err);
        sm_causal_lm_free(lm);
    } else if (status >= 0) {
        status = run_prompt(g, err);
    }
    if (status >= 0) return sm_output_commit(g->out, err);
    sm_output_abort(g->out);
    return status;
}

static int run(writer *g)
{
    const config *const cfg = g->cfg;
    sm_kernels kernels;
    sm_error err = {0};
    int status = sm_kernels_open(&kernels, &err);
    if (status >= 0 && !cfg->chat)
        status = sm_answers_open(&g->set, cfg->models.items, cfg->models.n, &cfg->set, &err);
    if (status >= 0 && cfg->prompts)
        status = run_documents(g);
    else
        status = sm_leave(&usage, status < 0 ? status : run_text(g, &err), &err);
    sm_answers_free(g->set);
    return status;
}

static int check(const config *cfg)
{
    if (cfg->models.n == 0) return sm_usage_fail(&usage, "--model is required");
    if (cfg->chat && (cfg->prompts || cfg->models.n > 1 || cfg->answers > 1))
        return sm_usage_fail(&usage,
                             "--chat is with one model, without --prompts and --answers");
    if (!cfg->chat && (cfg->system || cfg->log || cfg->votes))
        return sm_usage_fail(&usage, "--system, --log and --votes belong to --chat");
    return 0;
}

int main(int argc, char **argv)
{
    config cfg = {.prompt = "", .tokens = 128, .answers = 1, .streams = 8};
    sm_sampler *const sampler = &cfg.set.completer.sampler;
    *sampler = (sm_sampler){.temperature = 0.8, .top_p = 0.95, .repetition_penalty = 1.0};
    const sm_option options[] = {
        SM_OPTION_LIST('m', "model", &cfg.models, "DIR",
                       "Hugging Face directory with model and tokenizer, or a PEFT adapter; "
                       "several answer side by side"),
        SM_OPTION_STRING(0, "base", &cfg.set.base, "DIR",
                         "the model that an adapter belongs to"),
        SM_OPTION_STRING('p', "prompt", &cfg.prompt, "TEXT", "what to go on with"),
        SM_OPTION_STRING(0, "prompts", &cfg.prompts, "FILE",
                         "documents with text or messages to go on with (JSONL, - for "
                         "standard input) instead"),
        SM_OPTION_STRING(0, "text-key", &cfg.io.text_key, "KEY",
                         "where the prompt stands in a document, dotted"),
        SM_OPTION_FLAG(0, "chat", &cfg.chat, "talk: a line is a turn"),
        SM_OPTION_CHOICE(0, "template", &cfg.set.chat, SM_CHAT_CHOICES,
                         "how messages become text; the default is what the model says"),
        SM_OPTION_STRING(0, "system", &cfg.system, "TEXT", "the system message of a talk"),
        SM_OPTION_STRING(0, "log", &cfg.log, "FILE",
                         "append talks as documents with messages, for training"),
        SM_OPTION_STRING(0, "votes", &cfg.votes, "FILE", "append good and bad as judgements"),
        SM_OPTION_INT('n', "tokens", &cfg.tokens, 1, 1 << 20, "at most so many tokens a text"),
        SM_OPTION_INT(0, "answers", &cfg.answers, 1, 1 << 16, "to each prompt, of each model"),
        SM_OPTION_LIST(0, "stop", &cfg.stops, "TEXT", "a string that ends an answer"),
        SM_OPTION_INT(0, "length", &cfg.length, 0, 1 << 24,
                      "prompt and continuation in tokens; 0 means the model's, at most 4096"),
        SM_OPTION_FLAG(0, "truncate-prompt", &cfg.set.truncate,
                       "a prompt that is too long loses its beginning"),
        SM_OPTION_INT(0, "streams", &cfg.streams, 1, 4096, "prompts side by side"),
        SM_OPTION_REAL('t', "temperature", &sampler->temperature, 0, 100,
                       "0 always takes the likeliest token"),
        SM_OPTION_INT(0, "top-k", &cfg.top_k, 0, 1 << 30,
                      "of the K likeliest only; 0 means all"),
        SM_OPTION_REAL(0, "top-p", &sampler->top_p, 0, 1,
                       "of the likeliest that together reach P; 1 means all"),
        SM_OPTION_REAL(0, "min-p", &sampler->min_p, 0, 1,
                       "of those with P of the likeliest one's probability; 0 means all"),
        SM_OPTION_REAL(0, "repetition-penalty", &sampler->repetition_penalty, 0.1, 10,
                       "above 1 avoids tokens that occurred"),
        SM_OPTION_FLAG(0, "temperature-last", &sampler->temperature_last,
                       "after the other filters, as llama.cpp has it"),
        SM_OPTION_FLAG(0, "ignore-eot", &cfg.set.ignore_eot, "go on past the end of the text"),
        SM_OPTION_INT('s', "seed", &cfg.seed, 0, INT64_MAX >> 10, "another seed, another text"),
        SM_OPTION_INT('j', "threads", &cfg.io.threads, 0, 4096, "0 means the cores"),
        SM_OPTION_STRING('o', "output", &cfg.io.output, "FILE", "write here"),
        SM_OPTION_STRING(0, "rejects", &cfg.io.rejects, "FILE",
                         "of --prompts: what is dropped"),
        SM_OPTION_STRING(0, "stats", &cfg.io.stats, "FILE", "of --prompts: counts as JSON"),
        SM_OPTIONS_COMMON(&cfg.io),
        SM_NO_OPERANDS,
        SM_OPTIONS_END,
    };
    sm_options_parse(&usage, options, argc, argv);
    int status = check(&cfg);
    if (status > 0) return status;
    sm_span *const stops = sm_calloc(cfg.stops.n + 1, sizeof *stops);
    finish_options(&cfg, stops);
    writer g = {.cfg = &cfg};
    status = run(&g);
    sm_free(stops);
    return status;
}
