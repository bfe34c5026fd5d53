/* seimai-train: token shards and a model's config.json to a trained model.
 * The run lives in the folder -o: metrics.jsonl, tb/, checkpoints/, `model` (the newest) and `best`, each a
 * directory that transformers loads. SIGTERM and ^C end it after the step, with a checkpoint; the same
 * command goes on from there, and the result is the same to the last bit, whatever -j says.
 * SPDX-License-Identifier: MIT */
#include <seimai/completion.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/kernel.h>
#include <seimai/report.h>
#include <seimai/tokenizer.h>
#include <seimai/train_settings.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- signals ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_asked; /* a handler can reach nothing but a global */

static void ask_stop(int signal)
{
    (void)signal;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_stop, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

/* ---- what the user sees --------------------------------------------------------------------------- */

typedef struct display {
    const sm_usage *usage;
    sm_train_settings *settings;
    sm_tokenizer *tokenizer; /* for samples; NULL: there is none */
    sm_train_plan plan;
    double peak; /* GF/s of the machine's matrix products; 0: not measured */
    bool terminal, drawn;
} display;

static void end_line(display *d)
{
    if (d->drawn) (void)fputc('\n', stderr);
    d->drawn = false;
}

/* Each line of a text as a note of its own. */
static void note_lines(display *d, const char *text)
{
    end_line(d);
    while (*text) {
        const size_t n = strcspn(text, "\n");
        sm_note(d->usage, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void show_text(void *state, const char *text)
{
    display *d = state;
    if (!d->settings->io.quiet) note_lines(d, text);
}

static const char *samples_path(const display *d)
{
    return sm_arena_printf(&d->settings->arena, "%s/samples.jsonl", d->settings->io.output);
}

static void show_plan(void *state, const sm_train_plan *plan)
{
    display *d = state;
    enum { SIDE = 2048 }; /* of the matrices that tell the machine's rate */
    sm_error err = {0};
    d->plan = *plan;
    show_text(state, plan->text);
    if (sm_train_log_cut(samples_path(d), plan->step, &err) < 0) show_text(state, err.text);
    if (d->terminal && !d->settings->io.quiet)
        d->peak = sm_kernels_peak(d->settings->run.threads, SIDE);
}

static void draw(display *d, const sm_metrics *m)
{
    const double done = (double)(m->step - d->plan.step);
    const double left = (double)(d->plan.steps - m->step) * m->wall / done;
    char rate[32];
    (void)snprintf(rate, sizeof rate, "%.0f GF/s", m->gflops);
    if (d->peak > 0.0)
        (void)snprintf(rate, sizeof rate, "%.0f %% of sgemm", 100.0 * m->gflops / d->peak);
    (void)fprintf(stderr, "\r%llu/%llu  loss %.4f  %.0f tokens/s  %s  %.0f:%02.0f left   ",
                  (unsigned long long)m->step, (unsigned long long)d->plan.steps, m->loss,
                  m->tok_s, rate, floor(left / 60), floor(fmod(left, 60)));
    (void)fflush(stderr);
    d->drawn = true;
}

static void show_step(void *state, const sm_metrics *m)
{
    display *d = state;
    if (d->settings->io.quiet) return;
    if (d->terminal && isfinite(m->loss)) draw(d, m);
    if (!isfinite(m->val_loss)) return;
    end_line(d);
    sm_note(d->usage, "step %llu/%llu: validation loss %.4f%s", (unsigned long long)m->step,
            (unsigned long long)d->plan.steps, m->val_loss,
            isfinite(m->val_bpb)
                ? sm_arena_printf(&d->settings->arena, ", %.4f bits a byte", m->val_bpb)
                : "");
}

/* ---- samples -------------------------------------------------------------------------------------- */

enum { SAMPLE_TOKENS = 48, SAMPLE_LENGTH = 512 };

static void put_sample(sm_buffer *out, uint64_t step, const char *prompt, sm_span text)
{
    sm_json_open(out, '{');
    sm_json_put_uint(out, "step", step);
    sm_json_put_text(out, "prompt", prompt);
    sm_json_put_string(out, "text", text);
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

/* Goes on with each --sample; appends a line of samples.jsonl for each. */
static int write_samples(const display *d, const sm_causal_lm *lm, sm_completer *completer,
                         uint64_t step, sm_buffer *out, sm_error *err)
{
    const sm_list *const prompts = &d->settings->samples;
    sm_ids ids = {0};
    int status = SM_OK;
    for (size_t i = 0; i < prompts->n && status >= 0; i++) {
        sm_completion *text = NULL;
        status = sm_causal_lm_encode(lm, sm_span_of(prompts->items[i]), &ids, err);
        const sm_ask ask = {.ids = ids.p,
                            .n = ids.n,
                            .tokens = SAMPLE_TOKENS,
                            .number = i,
                            .stop = lm->eot == SM_NO_TOKEN ? SM_NO_STOP : lm->eot,
                            .goes_on = true};
        if (status >= 0) status = sm_completer_ask(completer, &ask, &text, err);
        if (status >= 0) status = sm_completer_wait(completer, text, err);
        if (status >= 0)
            put_sample(out, step, prompts->items[i], sm_completion_answer(text, 0)->text);
        if (text) sm_completer_drop(completer, text);
    }
    sm_ids_free(&ids);
    return status;
}

static int append(const char *path, sm_span lines, sm_error *err)
{
    FILE *const file = fopen(path, "a");
    const bool written = file && fwrite(lines.p, 1, lines.n, file) == lines.n;
    const bool closed = file && fclose(file) == 0;
    if (written && closed) return SM_OK;
    SM_FAIL(err, SM_EIO, "%s: cannot be written", path);
}

static int take_samples(void *state, const sm_train_view *view, sm_error *err)
{
    const display *const d = state;
    const uint32_t most = view->config->max_position_embeddings;
    const sm_completer_options options = {
        .streams = 1,
        .length = most < SAMPLE_LENGTH ? most : SAMPLE_LENGTH,
        .threads = d->settings->run.threads,
        .sampler = {.temperature = .8, .top_p = .95, .stop = SM_NO_STOP}};
    sm_causal_lm *const lm =
        sm_causal_lm_of(d->settings->io.output, view->config, view->w, d->tokenizer);
    sm_completer *completer = NULL;
    sm_buffer lines = sm_buffer_make(1 << 28);
    int status = sm_completer_new(&completer, lm, &options, err);
    if (status >= 0) status = write_samples(d, lm, completer, view->step, &lines, err);
    if (status >= 0) status = append(samples_path(d), sm_buffer_span(&lines), err);
    sm_completer_free(completer);
    sm_causal_lm_free(lm);
    sm_buffer_free(&lines);
    return status;
}

/* ---- the run ------------------------------------------------------------------------------------- */

/* The tokenizer whose files go into the checkpoints must be the one of the shards, and fit the model. */
static int open_tokenizer(display *d, sm_error *err)
{
    const sm_train_options *const o = &d->settings->run;
    sm_shards *set = NULL;
    if (!o->data.tokenizer && d->settings->samples.n)
        SM_FAIL(err, SM_EUSAGE, "--sample needs a --tokenizer");
    if (!o->data.tokenizer) return SM_OK;
    SM_TRY(sm_tokenizer_load(&d->tokenizer, o->data.tokenizer, err));
    if (sm_tokenizer_size(d->tokenizer) > o->model.vocab_size)
        SM_FAIL(err, SM_EUSAGE, "%s: %zu ids, the model has %u", o->data.tokenizer,
                sm_tokenizer_size(d->tokenizer), o->model.vocab_size);
    int status = sm_shards_open(&set, o->data.items[0].dir, err);
    if (status >= 0) status = sm_shards_expect(set, sm_tokenizer_hash(d->tokenizer), err);
    sm_shards_close(set);
    return status;
}

/* RUN/report.html: the curves of metrics.jsonl and the samples; and the table of what was watched. */
static int write_report(display *d, sm_error *err)
{
    sm_train_settings *const s = d->settings;
    sm_buffer text = sm_buffer_make(1 << 28);
    sm_page page = sm_page_open(&text, "Training run", s->io.output);
    int status = sm_report_run(&page, s->io.output, err);
    if (status >= 0) status = sm_page_close(&page, err);
    if (status >= 0)
        status = sm_file_write(sm_arena_printf(&s->arena, "%s/report.html", s->io.output),
                               sm_buffer_span(&text), err);
    sm_buffer_clear(&text);
    if (status >= 0 && !s->io.quiet) status = sm_train_watched(s->io.output, &text, err);
    sm_buffer_putc(&text, '\0');
    if (status >= 0) note_lines(d, text.p);
    sm_buffer_free(&text);
    return status;
}

static int verify(display *d, sm_error *err)
{
    const sm_train_options *const o = &d->settings->run;
    sm_buffer report = sm_buffer_make(1 << 20);
    const uint64_t n = o->stop_after ? o->stop_after : 3;
    const int status = sm_train_verify(
        o, sm_arena_printf(&d->settings->arena, "%s.verify", o->output), n, &report, err);
    sm_buffer_putc(&report, '\0');
    note_lines(d, report.p);
    sm_buffer_free(&report);
    return status == SM_EGATE ? SM_EFORMAT : status;
}

static int run(display *d, sm_error *err)
{
    sm_train_settings *const s = d->settings;
    const sm_train_hooks hooks = {.state = d,
                                  .plan = show_plan,
                                  .step = show_step,
                                  .warn = show_text,
                                  .sample = s->samples.n ? take_samples : NULL};
    s->run.stop = &stop_asked;
    SM_TRY(open_tokenizer(d, err));
    if (s->verify_resume) return verify(d, err);
    const int status = sm_train(&s->run, &hooks, err);
    end_line(d);
    return status >= 0 ? write_report(d, err) : status;
}

int main(int argc, char **argv)
{
    static sm_train_settings settings;
    const sm_usage usage = {
        .name = "train",
        .operands = "--data DIR --model FILE --steps N -o DIR [OPTION…]",
        .about = "Train a language model on token shards.",
        .more = "A folder -o with a run in it is resumed, with its own settings. Of several\n"
                "--data, WEIGHT is a share of the samples; without any, tokens decide.\n",
        .formats = "checkpoints 1, metrics 1",
    };
    display d = {
        .usage = &usage, .settings = &settings, .terminal = isatty(STDERR_FILENO) == 1};
    sm_error err = {0};

    sm_train_settings_init(&settings);
    sm_train_settings_parse(&settings, &usage, argc, argv);
    catch_signals();
    int status = sm_train_settings_apply(&settings, &err);
    if (status >= 0) status = run(&d, &err);
    sm_tokenizer_free(d.tokenizer);
    sm_train_settings_free(&settings);
    return sm_leave(&usage, status, &err);
}
