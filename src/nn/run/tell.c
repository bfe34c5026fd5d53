/* What a run says of itself before the first step: see session.h.
 * SPDX-License-Identifier: MIT */
#include "run/session.h"

enum { MEGA = 1000000 };

/* Bytes of the tables that say where packed documents lie. */
static size_t table_bytes(const session *s)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->o->data.n; i++)
        if (s->packing[i])
            bytes += sm_packing_about(s->packing[i])->pieces * sizeof(sm_piece) +
                     sm_packing_about(s->packing[i])->rows * sizeof(uint32_t);
    return bytes;
}

/* The memory that the session allocates, by what it is for; files that are mapped do not count. */
static double put_memory(const session *s, sm_buffer *text)
{
    const size_t tokens = (size_t)s->o->rows * s->o->length;
    const size_t muon = s->muon ? sm_muon_floats(s->params) : 0;
    const size_t stored = s->base.values ? s->params->stored : 0;
    const double weights = (double)s->params->total * sizeof(float) +
                           (double)sm_stored_bytes(s->o->base, stored) +
                           (double)sm_stored_scales(s->o->base, stored) * sizeof(float);
    const double optimizer = (double)(2 * s->params->trainable + muon) * sizeof(float);
    const double sums = (double)sm_tree_floats(s->tree) * sizeof(float);
    /* A batch has six numbers a token, and the head keeps two. */
    const double activations =
        (double)sm_net_memory(s->net) + (double)(8 * tokens * sizeof(float));
    const double all = weights + optimizer + sums + activations + (double)table_bytes(s);
    sm_buffer_printf(text, "memory %.1f MB: weights %.1f, optimizer %.1f,\n", all / MEGA,
                     weights / MEGA, optimizer / MEGA);
    sm_buffer_printf(text, "  activations and gradient %.1f, sums of gradients %.1f\n",
                     activations / MEGA, sums / MEGA);
    return all;
}

static void put_model(const session *s, sm_buffer *text)
{
    const sm_params *const p = s->params;
    sm_buffer_printf(text, "%zu parameters", p->count);
    if (p->trained < p->count)
        sm_buffer_printf(text, ", %zu (%.3g %%) of them trained", p->trained,
                         100.0 * (double)p->trained / (double)p->count);
    sm_buffer_printf(text, "\n%llu steps of %u sequences of %u tokens",
                     (unsigned long long)s->o->steps, s->o->rows * s->o->leaves, s->o->length);
    if (s->state.step)
        sm_buffer_printf(text, "; resumed at step %llu", (unsigned long long)s->state.step);
    sm_buffer_putc(text, '\n');
}

/* What packing made of a set's documents. */
static void put_packing(const sm_packing_info *p, uint32_t length, sm_buffer *text)
{
    sm_buffer_printf(text, "  %llu rows, %.1f %% full; %llu targets\n",
                     (unsigned long long)p->rows,
                     100.0 * (double)p->tokens / ((double)p->rows * (double)length),
                     (unsigned long long)p->targets);
    if (p->cut)
        sm_buffer_printf(text, "  %llu documents longer than a row",
                         (unsigned long long)p->cut);
    if (p->lost_tokens)
        sm_buffer_printf(
            text, ": %llu tokens and %llu targets\n  cut off, %llu documents left out",
            (unsigned long long)p->lost_tokens, (unsigned long long)p->lost_targets,
            (unsigned long long)p->lost_documents);
    else if (p->cut)
        sm_buffer_puts(text, " go on in the next");
    if (p->cut) sm_buffer_putc(text, '\n');
}

/* A set: what it has, its share of the samples of the run, and how often it is read through. */
static void put_set(const session *s, uint32_t i, sm_buffer *text)
{
    const sm_train_options *const o = s->o;
    const sm_shards_info *const info = sm_shards_about(s->data[i]);
    const uint64_t samples = o->steps * o->rows * o->leaves;
    const uint64_t n = sm_samples_drawn(&s->feed.from, i, samples);
    sm_buffer_printf(text, "%s:\n  %llu tokens in %llu documents, ", o->data.items[i].dir,
                     (unsigned long long)info->tokens, (unsigned long long)info->documents);
    if (o->data.n > 1)
        sm_buffer_printf(text, "%.1f %% of the samples, ", 100.0 * (double)n / (double)samples);
    sm_buffer_printf(text, "%.2f epochs\n",
                     (double)n / (double)sm_samples_epoch_of(&s->feed.from, i));
    if (s->packing[i]) put_packing(sm_packing_about(s->packing[i]), o->length, text);
}

void session_tell(const session *s)
{
    sm_buffer text = sm_buffer_make(1 << 20);
    if (!s->hooks->plan) return;
    put_model(s, &text);
    for (uint32_t i = 0; i < s->o->data.n; i++)
        put_set(s, i, &text);
    const double memory = put_memory(s, &text);
    sm_buffer_printf(&text, "kernels %s on %s\n", s->kernels.set, s->kernels.isa);
    const sm_train_plan plan = {s->o->steps, s->state.step, memory, text.p};
    s->hooks->plan(s->hooks->state, &plan);
    sm_buffer_free(&text);
}

/* Text bytes a sample of a set. */
static double bytes_of_sample(const session *s, uint32_t i)
{
    const sm_shards_info *const info = sm_shards_about(s->data[i]);
    return (double)info->text_bytes / (double)sm_samples_epoch_of(&s->feed.from, i);
}

uint64_t session_bytes(const session *s)
{
    __extension__ typedef unsigned __int128 wide;
    const uint64_t samples = s->state.step * s->o->rows * s->o->leaves;
    if (s->o->data.n == 1 && !s->packing[0]) {
        const sm_shards_info *const info = sm_shards_about(s->data[0]);
        return (uint64_t)((wide)s->state.tokens * info->text_bytes / info->tokens);
    }
    double bytes = 0.0;
    for (uint32_t i = 0; i < s->o->data.n; i++)
        bytes += (double)sm_samples_drawn(&s->feed.from, i, samples) * bytes_of_sample(s, i);
    return (uint64_t)bytes;
}
