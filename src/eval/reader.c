/* Log-likelihoods of continuations, shared contexts once: see seimai/eval_choice.h.
 * SPDX-License-Identifier: MIT
 *
 * Pairs of continuations to contexts that have little in common go through passes without a cache (reader_pairs.c). Else groups
 * are read in the order of their contexts' ids, so that equal beginnings stand together, a batch of groups at a time: the trunk goes through the net in a sequence of its own and is forked, the rests of all contexts follow in one
 * pass, each is forked for its continuations, and all of these go through in one pass more. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SEQUENCES = 129, LEAST_TRUNK = 8 /* ids that are worth a pass of their own */ };
static const size_t DEFAULT_MEMORY = (size_t)1 << 30;

typedef sm_request_group group;

struct sm_reader {
    sm_model_config config;
    const float *w;
    sm_reader_options options;
    sm_generator *gen; /* made at the first call that needs it, for the length that it needs */
    uint32_t gen_length, sequences;
    sm_net *net; /* of whole requests, likewise */
    uint32_t net_length;
};

int sm_reader_new(sm_reader **out, const sm_model_config *config, const float *w,
                  const sm_reader_options *options, sm_error *err)
{
    *out = NULL;
    if (options->length == 0 || options->length > config->max_position_embeddings)
        SM_FAIL(err, SM_EUSAGE, "a length of %u tokens: this model has 1 … %u", options->length,
                config->max_position_embeddings);
    sm_reader *const r = sm_calloc(1, sizeof *r);
    *r = (sm_reader){.config = *config, .w = w, .options = *options};
    if (r->options.memory == 0) r->options.memory = DEFAULT_MEMORY;
    *out = r;
    return SM_OK;
}

void sm_reader_free(sm_reader *r)
{
    if (!r) return;
    sm_generator_free(r->gen);
    sm_net_free(r->net);
    sm_free(r);
}

static int check_request(const sm_reader *r, const sm_request *q, sm_error *err)
{
    if (q->context == 0 || q->context >= q->n)
        SM_FAIL(err, SM_EUSAGE, "request: %zu of %zu ids are context", q->context, q->n);
    if (q->n - q->context > r->options.length)
        SM_FAIL(err, SM_ELIMIT, "a continuation of %zu tokens, there is room for %u",
                q->n - q->context, r->options.length);
    for (size_t i = 0; i < q->n; i++)
        if (q->ids[i] >= r->config.vocab_size)
            SM_FAIL(err, SM_EUSAGE, "id %u: the model has %u", q->ids[i], r->config.vocab_size);
    return SM_OK;
}

/* ---- one by itself ------------------------------------------------------------------------------------ */

static int make_net(sm_reader *r, uint32_t length, sm_error *err)
{
    if (r->net && r->net_length >= length) return SM_OK;
    sm_net_free(r->net);
    r->net = NULL;
    r->net_length = length;
    return sm_net_build(
        &r->net, &r->config,
        &(sm_net_options){
            .plan = SM_PLAN_EVAL, .B = 1, .T = length, .threads = r->options.threads},
        err);
}

/* The inputs are all ids but the last; the last `wanted` of them predict the continuation. */
static int predict_whole(sm_reader *r, sm_request *q, const uint32_t *ids, uint32_t inputs,
                         uint32_t wanted, sm_error *err)
{
    sm_batch *const batch = sm_batch_new(1, inputs);
    uint32_t *const rows = sm_calloc(wanted, sizeof *rows);
    sm_prediction *const each = sm_calloc(wanted, sizeof *each);
    memcpy(batch->ids, ids, inputs * sizeof *ids);
    for (uint32_t i = 0; i < wanted; i++)
        rows[i] = inputs - wanted + i;
    const int status = sm_net_forward(r->net, r->w, batch, err);
    if (status == SM_OK)
        sm_net_predict(r->net, r->w, rows, ids + inputs - wanted + 1, wanted, each);
    q->logp = 0;
    q->greedy = true;
    for (uint32_t i = 0; status == SM_OK && i < wanted; i++) {
        q->logp += (double)each[i].logp;
        q->greedy = q->greedy && each[i].greedy;
    }
    sm_batch_free(batch);
    sm_free(rows);
    sm_free(each);
    return status;
}

int sm_reader_read_one(sm_reader *r, sm_request *q, bool *cut, sm_error *err)
{
    SM_TRY(check_request(r, q, err));
    const size_t most = (size_t)r->options.length + 1;
    const size_t dropped = q->n > most ? q->n - most : 0;
    const uint32_t inputs = (uint32_t)(q->n - dropped - 1);
    *cut = dropped > 0;
    SM_TRY(make_net(r, inputs, err));
    return predict_whole(r, q, q->ids + dropped, inputs, (uint32_t)(q->n - q->context), err);
}

/* ---- many ------------------------------------------------------------------------------------------------ */

/* As many sequences as the memory has room for; at least the trunk's and one more. */
static uint32_t sequences_for(const sm_reader *r, uint32_t length, size_t wanted)
{
    const sm_model_config *const c = &r->config;
    const size_t kv = 2 * (size_t)c->num_key_value_heads * c->head_dim * c->num_hidden_layers;
    const size_t token = (kv + 16 * (size_t)c->hidden_size + 4 * (size_t)c->intermediate_size);
    const size_t most = r->options.memory / (token * sizeof(float) * length + 1);
    const size_t n = wanted < MOST_SEQUENCES ? wanted : MOST_SEQUENCES;
    return (uint32_t)(most < 2 ? 2 : n < most ? n : most);
}

static int make_generator(sm_reader *r, uint32_t length, size_t wanted, sm_error *err)
{
    const uint32_t sequences = sequences_for(r, length, wanted + 1);
    if (r->gen && r->gen_length >= length && r->sequences >= sequences) return SM_OK;
    sm_generator_free(r->gen);
    r->gen = NULL;
    r->gen_length = length;
    r->sequences = sequences;
    SM_TRY(sm_generator_new(&r->gen, &r->config,
                            &(sm_generator_options){.sequences = sequences,
                                                    .length = length,
                                                    .threads = r->options.threads},
                            err));
    sm_generator_use(r->gen, r->w);
    return SM_OK;
}

static int start(sm_reader *r, uint32_t sequence, const uint32_t *ids, size_t n, sm_error *err)
{
    return sm_generator_start(r->gen, sequence, ids, n, 1, 0, err);
}

static size_t common(const sm_request *a, const sm_request *b)
{
    const size_t most = a->context < b->context ? a->context : b->context;
    size_t n = 0;
    while (n < most && a->ids[n] == b->ids[n])
        n++;
    return n;
}

/* What all contexts begin with goes first, once: groups are sorted, so the first and the last say what it is. */
static int feed_trunk(sm_reader *r, const group *groups, size_t n, sm_error *err)
{
    const uint32_t trunk = r->sequences - 1;
    const size_t length = common(groups[0].requests, groups[n - 1].requests);
    if (n == 1 || length < LEAST_TRUNK) return SM_OK;
    SM_TRY(start(r, trunk, groups[0].requests->ids, length, err));
    SM_TRY(sm_generator_feed(r->gen, err));
    for (uint32_t i = 0; i < n; i++)
        sm_generator_fork(r->gen, trunk, i);
    sm_generator_stop(r->gen, trunk);
    return SM_OK;
}

/* The contexts of n groups into sequences 0 … n - 1. */
static int feed_contexts(sm_reader *r, const group *groups, size_t n, sm_error *err)
{
    SM_TRY(feed_trunk(r, groups, n, err));
    for (uint32_t i = 0; i < n; i++)
        SM_TRY(start(r, i, groups[i].requests->ids, groups[i].requests->context, err));
    return sm_generator_feed(r->gen, err);
}

/* One continuation of each request: the reading of sequence `which`. */
static sm_reading reading_of(const sm_request *q, uint32_t which)
{
    return (sm_reading){.sequence = which, .ids = q->ids + q->context, .n = q->n - q->context};
}

/* A batch whose requests all find a sequence: the forks of group i stand behind the groups' own. */
static int read_batch(sm_reader *r, const group *groups, size_t n, sm_error *err)
{
    sm_reading readings[MOST_SEQUENCES];
    sm_request *asked[MOST_SEQUENCES];
    uint32_t used = 0;
    uint32_t fork = (uint32_t)n;
    SM_TRY(feed_contexts(r, groups, n, err));
    for (uint32_t i = 0; i < n; i++)
        for (size_t k = 0; k < groups[i].n; k++) {
            const uint32_t which = k == 0 ? i : fork++;
            if (k > 0) sm_generator_fork(r->gen, i, which);
            asked[used] = &groups[i].requests[k];
            readings[used] = reading_of(asked[used], which);
            used++;
        }
    SM_TRY(sm_generator_read(r->gen, readings, used, err));
    for (uint32_t i = 0; i < used; i++) {
        asked[i]->logp = readings[i].logp;
        asked[i]->greedy = readings[i].greedy;
        sm_generator_stop(r->gen, readings[i].sequence);
    }
    return SM_OK;
}

/* Groups one after the other while their requests find a sequence; one that has more than all is read in parts. */
static int read_groups(sm_reader *r, group *groups, size_t n, sm_error *err)
{
    const size_t room = r->sequences - 1;
    for (size_t first = 0; first < n;) {
        size_t end = first, requests = 0;
        while (end < n && requests + groups[end].n <= room)
            requests += groups[end++].n;
        if (end > first) {
            SM_TRY(read_batch(r, groups + first, end - first, err));
            first = end;
            continue;
        }
        const group part = {groups[first].requests, room};
        SM_TRY(read_batch(r, &part, 1, err));
        groups[first].requests += room;
        groups[first].n -= room;
    }
    return SM_OK;
}

static int order_groups(const void *a, const void *b)
{
    const sm_request *const x = ((const group *)a)->requests, *const y =
                                                                  ((const group *)b)->requests;
    const size_t same = common(x, y);
    if (same < x->context && same < y->context) return x->ids[same] < y->ids[same] ? -1 : 1;
    if (x->context != y->context) return x->context < y->context ? -1 : 1;
    return (x > y) - (x < y);
}

/* Two choices at most, and contexts that share less than half of what they are. */
static bool are_pairs(const group *groups, size_t n)
{
    size_t shared = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        if (groups[i].n > 2) return false;
        if (i > 0) shared += common(groups[i - 1].requests, groups[i].requests);
        all += groups[i].requests->context;
    }
    return 2 * shared < all;
}

/* Fills all positions: the sequences have no room for its last id. */
static bool is_full(const sm_reader *r, const sm_request *q)
{
    return q->n > r->options.length;
}

static size_t group_up(const sm_reader *r, sm_request *requests, size_t n, group *groups)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_full(r, &requests[i])) continue;
        group *const last = found > 0 ? &groups[found - 1] : NULL;
        const sm_request *const before = last ? last->requests : NULL;
        if (before && &last->requests[last->n] == &requests[i] &&
            before->context == requests[i].context &&
            common(before, &requests[i]) == before->context)
            last->n++;
        else
            groups[found++] = (group){&requests[i], 1};
    }
    qsort(groups, found, sizeof *groups, order_groups);
    return found;
}

static int read_shared(sm_reader *r, group *groups, size_t n, uint32_t longest, sm_error *err)
{
    size_t requests = 0;
    for (size_t i = 0; i < n; i++)
        requests += groups[i].n;
    SM_TRY(make_generator(r, longest, requests, err));
    return read_groups(r, groups, n, err);
}

static int read_full(sm_reader *r, sm_request *requests, size_t n, uint64_t *cut, sm_error *err)
{
    for (size_t i = 0; i < n; i++) {
        bool was_cut;
        if (!is_full(r, &requests[i])) continue;
        SM_TRY(sm_reader_read_one(r, &requests[i], &was_cut, err));
        *cut += was_cut;
    }
    return SM_OK;
}

int sm_reader_read(sm_reader *r, sm_request *requests, size_t n, uint64_t *cut, sm_error *err)
{
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        SM_TRY(check_request(r, &requests[i], err));
        if (!is_full(r, &requests[i]) && requests[i].n > longest) longest = requests[i].n;
    }
    *cut = 0;
    SM_TRY(read_full(r, requests, n, cut, err));
    if (longest == 0) return SM_OK;
    group *const groups = sm_calloc(n, sizeof *groups);
    const size_t found = group_up(r, requests, n, groups);
    const int status =
        are_pairs(groups, found)
            ? sm_reader_pack(&r->config, r->w, r->options.threads, groups, found, err)
            : read_shared(r, groups, found, (uint32_t)longest, err);
    sm_free(groups);
    return status;
}
