/* The items of benchmarks, and what was found of them.
 * SPDX-License-Identifier: MIT */
#include "against_internal.h"

#include "../dedup_internal.h"

#include <seimai/json.h>
#include <seimai/runner.h>

#include <string.h>

sm_contamination_options sm_contamination_defaults(void)
{
    return (sm_contamination_options){.chars = 50, .share = .8};
}

sm_contamination *sm_contamination_new(const sm_contamination_options *options)
{
    sm_contamination *c = sm_calloc(1, sizeof *c);
    c->set = *options;
    return c;
}

void sm_contamination_free(sm_contamination *c)
{
    if (!c) return;
    sm_free(c->items);
    sm_free(c->benchmarks);
    sm_free(c->points);
    sm_free(c->is_hit);
    sm_free(c->postings);
    sm_free(c->first);
    sm_free(c->filter);
    sm_arena_free(&c->arena);
    sm_free(c);
}

/* ---- adding --------------------------------------------------------------------------------- */

/* Items come benchmark by benchmark, so the last one is looked at first. */
static uint32_t benchmark_of(sm_contamination *c, sm_span name)
{
    for (size_t i = c->n_benchmarks; i-- > 0;)
        if (sm_span_equal(c->benchmarks[i].name, name)) return (uint32_t)i;
    c->benchmarks = sm_array_grow(c->benchmarks, c->n_benchmarks, &c->cap_benchmarks,
                                  sizeof *c->benchmarks);
    c->benchmarks[c->n_benchmarks] = (benchmark){.name = sm_arena_copy(&c->arena, name)};
    return (uint32_t)c->n_benchmarks++;
}

static uint32_t *room(sm_contamination *c, size_t n)
{
    if (c->cap_points - c->n_points < n) {
        c->cap_points =
            c->n_points + n > 2 * c->cap_points ? c->n_points + n : 2 * c->cap_points;
        c->points = sm_realloc(c->points, c->cap_points * sizeof *c->points);
    }
    return c->points + c->n_points;
}

int sm_contamination_add(sm_contamination *c, sm_span name, sm_span id, sm_span text,
                         sm_error *err)
{
    const uint32_t b = benchmark_of(c, name);
    const size_t n = sm_view_points(SM_VIEW_JA, text, room(c, text.n));
    c->benchmarks[b].items++;
    c->benchmarks[b].short_items += n < SEED;
    if (n < SEED) return 0;
    if (c->n_points + n > UINT32_MAX)
        SM_FAIL(err, SM_ELIMIT, "benchmarks of more than 2^32 characters");
    c->items = sm_array_grow(c->items, c->n_items, &c->cap_items, sizeof *c->items);
    c->items[c->n_items++] =
        (item){sm_arena_copy(&c->arena, id), b, (uint32_t)c->n_points, (uint32_t)n};
    c->n_points += n;
    return 0;
}

void sm_contamination_build(sm_contamination *c)
{
    seeds_build(c);
    c->is_hit = sm_calloc(c->n_items, sizeof *c->is_hit);
}

/* "eval/jcqa.jsonl.zst" is called "jcqa". */
static sm_span stem(const char *path)
{
    const char *name = sm_file_base(path);
    const char *dot = strchr(name + (*name == '.'), '.');
    return (sm_span){name, dot ? (size_t)(dot - name) : strlen(name)};
}

static int add_document(void *shared, sm_doc *doc, sm_error *err)
{
    return sm_contamination_add(shared, stem(doc->file), sm_doc_id(doc), sm_doc_text(doc), err);
}

/* The first thing that is wrong with the files, if anything is. */
static int check_read(const sm_stats *stats, sm_error *err)
{
    if (stats->n_bad > 0)
        SM_FAIL(err, SM_EFORMAT, "--against: %llu records are bad: %s",
                (unsigned long long)stats->bad[0].tally.documents, stats->bad[0].name);
    const char *fault = sm_stats_fault(stats);
    if (fault) SM_FAIL(err, SM_ENOENT, "%s", fault);
    return 0;
}

int sm_contamination_read(sm_contamination *c, const sm_list *files, const char *text_key,
                          sm_error *err)
{
    const sm_job job = {.shared = c, .commit = add_document, .no_output = true};
    const sm_io io = {.files = *files,
                      .threads = 1,
                      .max_document = (int64_t)64 << 20,
                      .max_bad = -1,
                      .text_key = text_key,
                      .quiet = true};
    sm_stats stats = {0};
    int rc = sm_run(&io, &job, &stats, err);
    if (rc >= 0) rc = check_read(&stats, err);
    sm_stats_free(&stats);
    return rc;
}

sm_span sm_contamination_item(const sm_contamination *c, uint32_t number)
{
    return c->items[number].id;
}

sm_span sm_contamination_benchmark(const sm_contamination *c, uint32_t number)
{
    return c->benchmarks[c->items[number].benchmark].name;
}

/* ---- what was found ------------------------------------------------------------------------- */

void sm_contamination_note(sm_contamination *c, const sm_contamination_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        benchmark *b = &c->benchmarks[c->items[hits[i].item].benchmark];
        b->items_hit += !c->is_hit[hits[i].item];
        c->is_hit[hits[i].item] = true;
        b->documents_hit += !b->in_this_document;
        b->in_this_document = true;
    }
    for (size_t i = 0; i < n; i++)
        c->benchmarks[c->items[hits[i].item].benchmark].in_this_document = false;
}

void sm_contamination_tag(const sm_contamination *c, sm_doc *doc,
                          const sm_contamination_hit *hits, size_t n)
{
    sm_buffer json = sm_buffer_make((size_t)1 << 30);
    sm_json_open(&json, '[');
    for (size_t i = 0; i < n; i++) {
        const sm_contamination_hit *h = &hits[i];
        sm_json_open(&json, '{');
        sm_json_put_string(&json, "benchmark", sm_contamination_benchmark(c, h->item));
        sm_json_put_string(&json, "item", sm_contamination_item(c, h->item));
        sm_json_put_string(&json, "kind", h->near ? SM_SPAN("near") : SM_SPAN("run"));
        sm_json_put_uint(&json, "chars", h->run);
        sm_json_put_real(&json, "share", h->share);
        sm_json_put_uint(&json, "begin", h->begin);
        sm_json_put_uint(&json, "end", h->end);
        sm_json_close(&json, '}');
    }
    sm_json_close(&json, ']');
    sm_doc_set_meta(doc, "contamination", sm_arena_copy(doc->arena, sm_buffer_span(&json)));
    sm_buffer_free(&json);
}

void sm_contamination_report(const sm_contamination *c, sm_buffer *json)
{
    sm_json_key(json, "benchmarks");
    sm_json_open(json, '{');
    for (size_t i = 0; i < c->n_benchmarks; i++) {
        const benchmark *b = &c->benchmarks[i];
        sm_json_key_span(json, b->name);
        sm_json_open(json, '{');
        sm_json_put_uint(json, "items", b->items);
        sm_json_put_uint(json, "short", b->short_items);
        sm_json_put_uint(json, "template", b->template_items);
        sm_json_put_uint(json, "items_hit", b->items_hit);
        sm_json_put_uint(json, "documents_hit", b->documents_hit);
        sm_json_close(json, '}');
    }
    sm_json_close(json, '}');
}
