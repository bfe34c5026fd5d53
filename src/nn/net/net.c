/* A net from its configuration, and the table of its memory: see seimai/net.h.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "kern/blas.h"
#include "model/models.h"
#include "net/net_internal.h"

#define MAX_BYTES ((size_t)1 << 40)

static int check_options(const sm_model_config *c, const sm_net_options *o, sm_error *err)
{
    SM_TRY(sm_model_config_check(c, err));
    if (o->B == 0 || o->T == 0 || o->threads == 0)
        SM_FAIL(err, SM_EUSAGE, "net: a batch of %u x %u on %u threads", o->B, o->T,
                o->threads);
    if ((uint64_t)o->B * o->T > INT32_MAX)
        SM_FAIL(err, SM_EUSAGE, "net: a batch of %u x %u tokens is too large", o->B, o->T);
    if (o->base != SM_STORED_F32 && !o->lora)
        SM_FAIL(err, SM_EUSAGE, "net: a base of %s is for LoRA", sm_storage_name(o->base));
    const uint32_t longest = o->plan == SM_PLAN_DECODE ? o->cache : o->T;
    if (o->plan == SM_PLAN_DECODE && o->T != 1)
        SM_FAIL(err, SM_EUSAGE, "net: a row of a decode plan is one token, not %u", o->T);
    if (longest < o->T)
        SM_FAIL(err, SM_EUSAGE, "net: a cache of %u keys is shorter than T = %u", longest,
                o->T);
    if (longest > c->max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "net: length %u is above the model's %u positions", longest,
                c->max_position_embeddings);
    return SM_OK;
}

static sm_params params_of(const sm_tape *tape)
{
    sm_params params = {.items = tape->params,
                        .n = tape->n_params,
                        .n_model = tape->n_model_params,
                        .total = (tape->n_floats + 15) / 16 * 16,
                        .trainable = tape->trainable,
                        .stored = tape->n_stored,
                        .trained = tape->trained};
    for (size_t i = 0; i < tape->n_params; i++)
        params.count += tape->params[i].n;
    return params;
}

int sm_net_plan(sm_net *net, sm_error *err)
{
    sm_tape *const tape = &net->tape;
    const size_t rows = (size_t)tape->options.B * tape->options.T;
    if (tape->n_model_params == 0) tape->n_model_params = tape->n_params;
    SM_TRY(sm_tape_freeze(tape, err));
    sm_tape_trace(tape);
    sm_tape_store(tape);
    net->params = params_of(tape);
    sm_tape_schedule(tape);
    net->n_pieces = sm_arena_pieces(tape, &net->pieces);
    net->arena_floats = sm_arena_plan(net->pieces, net->n_pieces);
    if (tape->options.own_gradient && net->arena_floats < tape->trainable)
        net->arena_floats = tape->trainable;
    if (sm_net_memory(net) > MAX_BYTES)
        SM_FAIL(err, SM_ELIMIT, "net: an arena of %zu bytes", sm_net_memory(net));
    net->arena = sm_vector_new(net->arena_floats);
    if (tape->cache_floats > 0) net->cache = sm_vector_new(tape->cache_floats);
    net->active = sm_calloc(rows, sizeof *net->active);
    net->nll = sm_calloc(rows, sizeof *net->nll);
    return SM_OK;
}

static void build_model(sm_tape *tape, const sm_model_config *config)
{
    const sm_net_options *const o = &tape->options;
    tape->positions = o->plan == SM_PLAN_DECODE ? o->cache : o->T;
    if (config->family == SM_MODEL_GPT2) {
        sm_gpt2_build(tape, config);
        return;
    }
    sm_llama_build(tape, config);
    sm_tape_rotary(tape, config, tape->positions);
}

int sm_net_build(sm_net **out, const sm_model_config *config, const sm_net_options *options,
                 sm_error *err)
{
    *out = NULL;
    SM_TRY(check_options(config, options, err));
    sm_blas_single_thread();
    sm_net *const net = sm_calloc(1, sizeof *net);
    net->config = *config;
    net->tape =
        (sm_tape){.options = *options, .scope = "", .deviation = config->initializer_range};
    if (options->sequences == 0) net->tape.options.sequences = options->B;
    build_model(&net->tape, config);
    int status = sm_lora_attach(&net->tape, err);
    if (status >= 0) status = sm_net_plan(net, err);
    if (status < 0)
        sm_net_free(net);
    else
        *out = net;
    return status;
}

void sm_net_free(sm_net *net)
{
    if (!net) return;
    sm_vector_free(net->arena);
    sm_vector_free(net->cache);
    sm_vector_free(net->tape.rope);
    sm_free(net->active);
    sm_free(net->nll);
    sm_free(net->pieces);
    sm_free(net->tape.tensors);
    sm_free(net->tape.nodes);
    sm_free(net->tape.steps);
    sm_free(net->tape.params);
    sm_arena_free(&net->tape.names);
    sm_free(net);
}

const sm_params *sm_net_params(const sm_net *net)
{
    return &net->params;
}

const sm_model_config *sm_net_config(const sm_net *net)
{
    return &net->config;
}

size_t sm_net_memory(const sm_net *net)
{
    return (net->arena_floats + net->tape.cache_floats) * sizeof(float);
}

void sm_net_plan_write(const sm_net *net, sm_buffer *out)
{
    const sm_net_options *const o = &net->tape.options;
    size_t sum = 0;
    sm_buffer_printf(out, "%-52s %-9s %15s %12s %21s %14s\n", "tensor", "what", "shape",
                     "bytes", "steps", "at");
    for (size_t i = 0; i < net->n_pieces; i++) {
        const sm_piece *const p = net->pieces + i;
        char shape[40] = "", steps[64];
        if (p->width > 0)
            (void)snprintf(shape, sizeof shape, "%zu x %u", (size_t)o->B * o->T, p->width);
        int n = snprintf(steps, sizeof steps, "%zu-%zu", p->life[0].birth, p->life[0].death);
        if (p->life[1].birth != SM_NOWHERE)
            n += snprintf(steps + n, sizeof steps - (size_t)n, ", %zu-%zu", p->life[1].birth,
                          p->life[1].death);
        sm_buffer_printf(out, "%-52s %-9s %15s %12zu %21.*s %14zu\n", p->name, p->what, shape,
                         p->floats * sizeof(float), n, steps, *p->at * sizeof(float));
        sum += p->floats * sizeof(float);
    }
    sm_buffer_printf(out, "arena %zu bytes (without sharing %zu), cache %zu, weights %zu\n",
                     net->arena_floats * sizeof(float), sum,
                     net->tape.cache_floats * sizeof(float), net->params.total * sizeof(float));
}
