/* What a run says of itself before the first step: see session.h.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

/* Floats of the tree of leaves: a sum a level, and the leaf that is being computed. */
static size_t tree_floats(const session *s)
{
    size_t vectors = 1;
    for (uint32_t leaves = s->o->leaves; leaves > 1; leaves /= 2)
        vectors++;
    return vectors * s->params->total;
}

/* The memory that the session allocates, by what it is for; files that are mapped do not count. */
static void put_memory(const session *s, sm_buffer *text)
{
    const size_t tokens = (size_t)s->o->rows * s->o->length;
    const size_t muon = s->muon ? sm_muon_floats(s->params) : 0;
    const double MB = 1e6 / sizeof(float);
    const double weights = (double)s->params->total / MB;
    const double optimizer = (double)(2 * s->params->total + muon) / MB;
    const double gradients = (double)tree_floats(s) / MB;
    /* A batch has six numbers a token, and the head keeps two. */
    const double activations = (double)sm_net_memory(s->net) / 1e6 + (double)(8 * tokens) / MB;
    sm_buffer_printf(text,
                     "memory %.1f MB (weights %.1f, optimizer %.1f, gradients %.1f, "
                     "activations %.1f)",
                     weights + optimizer + gradients + activations, weights, optimizer,
                     gradients, activations);
}

/* Each set's share of the samples of the run, and how often it is read through. */
static void put_data(const session *s, sm_buffer *text)
{
    const sm_train_options *const o = s->o;
    const uint64_t samples = o->steps * o->rows * o->leaves;
    for (uint32_t i = 0; o->data.n > 1 && i < o->data.n; i++) {
        const uint64_t n = sm_mixture_count(&s->feed.mixture, i, samples);
        const sm_windows w = {sm_shards_about(s->data[i])->tokens, o->length, 0};
        sm_buffer_printf(text, "; %s: %.1f %% of the samples, %.2f epochs",
                         o->data.items[i].dir, 100.0 * (double)n / (double)samples,
                         (double)n / (double)sm_windows_count(&w));
    }
}

void session_tell(const session *s)
{
    uint64_t tokens = 0;
    sm_buffer text = sm_buffer_make(1 << 16);
    if (!s->hooks->plan) return;
    for (uint32_t i = 0; i < s->o->data.n; i++)
        tokens += sm_shards_about(s->data[i])->tokens;
    sm_buffer_printf(
        &text, "%zu parameters; %llu tokens in %llu windows of %u; %u sequences a step; ",
        s->params->count, (unsigned long long)tokens,
        (unsigned long long)sm_feed_windows(&s->feed), s->o->length, s->o->rows * s->o->leaves);
    put_memory(s, &text);
    sm_buffer_printf(&text, "; %s", s->kernels.set);
    put_data(s, &text);
    if (s->state.step)
        sm_buffer_printf(&text, "; resumed at step %llu", (unsigned long long)s->state.step);
    s->hooks->plan(s->hooks->state, text.p);
    sm_buffer_free(&text);
}

uint64_t session_bytes(const session *s)
{
    __extension__ typedef unsigned __int128 wide;
    const uint64_t samples = s->state.step * s->o->rows * s->o->leaves;
    if (s->o->data.n == 1) {
        const sm_shards_info *const info = sm_shards_about(s->data[0]);
        return (uint64_t)((wide)s->state.tokens * info->text_bytes / info->tokens);
    }
    double a_token = 0.0;
    for (uint32_t i = 0; i < s->o->data.n && samples > 0; i++) {
        const sm_shards_info *const info = sm_shards_about(s->data[i]);
        const double share =
            (double)sm_mixture_count(&s->feed.mixture, i, samples) / (double)samples;
        a_token += share * (double)info->text_bytes / (double)info->tokens;
    }
    return (uint64_t)((double)s->state.tokens * a_token);
}
