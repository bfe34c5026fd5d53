/* Writing the manifest of an index. See manifest.h.
 * SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <seimai/file.h>
#include <seimai/json.h>

static void put_pair(sm_buffer *b, uint64_t first, uint64_t second)
{
    sm_json_open(b, '[');
    sm_json_uint(b, first);
    sm_json_uint(b, second);
    sm_json_close(b, ']');
}

static void put_options(sm_buffer *b, const sm_dedup_options *o)
{
    static const char *const views[] = {"text", "spaces", "ja"};
    static const char *const verifies[] = {"exact", "signature", "none"};
    sm_json_key(b, "options");
    sm_json_open(b, '{');
    sm_json_put_real(b, "threshold", o->threshold);
    sm_json_put_uint(b, "bands", o->bands);
    sm_json_put_uint(b, "rows", o->rows);
    sm_json_put_uint(b, "shingle", o->shingle);
    sm_json_put_uint(b, "words", o->words);
    sm_json_put_text(b, "view", views[o->view]);
    sm_json_put_uint(b, "bucket_cap", o->bucket_cap);
    sm_json_put_uint(b, "seed", o->seed);
    sm_json_put_text(b, "verify", verifies[o->verify]);
    sm_json_put_text(b, "exact", o->normalized ? "normalized" : "raw");
    sm_json_put_bool(b, "exact_only", o->exact_only);
    sm_json_put_bool(b, "url", o->url);
    sm_json_close(b, '}');
}

static void put_runs(sm_buffer *b, const char *key, const index_runs *runs)
{
    sm_json_key(b, key);
    sm_json_open(b, '[');
    for (size_t i = 0; i < runs->n; i++) {
        sm_json_open(b, '[');
        sm_json_string(b, sm_span_of(runs->items[i].name));
        sm_json_uint(b, runs->items[i].level);
        sm_json_close(b, ']');
    }
    sm_json_close(b, ']');
}

static void put_state(sm_buffer *b, const char *key, const index_state *s)
{
    sm_json_key(b, key);
    sm_json_open(b, '{');
    sm_json_put_uint(b, "documents", s->documents);
    sm_json_put_uint(b, "pages", s->pages);
    sm_json_put_uint(b, "record_bytes", (uint64_t)s->record_bytes);
    sm_json_key(b, "extents");
    sm_json_open(b, '[');
    for (size_t i = 0; i < s->n_extents; i++)
        put_pair(b, s->extents[i].document, s->extents[i].page);
    sm_json_close(b, ']');
    put_runs(b, "bands", &s->bands);
    put_runs(b, "texts", &s->texts);
    sm_json_key(b, "removed");
    sm_json_open(b, '[');
    for (size_t i = 0; i < s->removed.n; i++)
        put_pair(b, s->removed.items[i].first, s->removed.items[i].end);
    sm_json_close(b, ']');
    sm_json_close(b, '}');
}

static void put_generation(sm_buffer *b, const index_generation *g)
{
    sm_json_open(b, '{');
    sm_json_put_uint(b, "generation", g->number);
    sm_json_put_uint(b, "first", g->first);
    sm_json_put_uint(b, "end", g->end);
    sm_json_put_uint(b, "documents", g->documents);
    sm_json_put_string(b, "output", g->output);
    sm_json_put_uint(b, "output_bytes", g->output_bytes);
    sm_json_put_hash(b, "output_xxh3", g->output_hash);
    sm_json_put_hash(b, "input_xxh3", g->input_hash);
    sm_json_close(b, '}');
}

void manifest_put_json(const index_manifest *m, sm_buffer *b)
{
    sm_json_open(b, '{');
    sm_json_put_uint(b, "generation", m->generation);
    sm_json_put_uint(b, "next_file", m->next_file);
    put_options(b, &m->options);
    sm_json_put_text(b, "documents_file", m->documents_file);
    sm_json_put_text(b, "records_file", m->records_file);
    put_state(b, "now", &m->now);
    if (m->has_before) {
        put_state(b, "before", &m->before);
    } else {
        sm_json_key(b, "before");
        sm_json_null(b);
    }
    sm_json_key(b, "generations");
    sm_json_open(b, '[');
    for (size_t i = 0; i < m->n_generations; i++)
        put_generation(b, &m->generations[i]);
    sm_json_close(b, ']');
    sm_json_close(b, '}');
}

int index_manifest_write(const index_manifest *m, const char *path, sm_error *err)
{
    char hex[SM_HASH_HEX + 1];
    sm_buffer json = sm_buffer_make((size_t)1 << 28), text = sm_buffer_make((size_t)1 << 29);
    manifest_put_json(m, &json);
    sm_buffer_putc(&json, '\n');
    sm_hash128_hex(sm_hash128_of(sm_buffer_span(&json)), hex);
    sm_buffer_printf(&text, "seimai-dedup-index 1 %s\n", hex);
    sm_buffer_put(&text, sm_buffer_span(&json));
    const bool too_large = json.overflow || text.overflow;
    int status = SM_OK;
    if (too_large)
        status = sm_error_set(err, SM_ELIMIT, "%s: more than 256 MiB", path);
    else
        status = sm_file_write(path, sm_buffer_span(&text), err);
    sm_buffer_free(&json);
    sm_buffer_free(&text);
    return status;
}
