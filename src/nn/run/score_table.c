/* Sums of scores by source: see seimai/score.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/score.h>

#include <math.h>

enum { MAX_SOURCES = 4096, SHOWN = 30, NAME_WIDTH = 18 };

static const double LN2 = 0.69314718055994530942;

typedef struct row {
    sm_span name;
    sm_score sum;
} row;

struct sm_score_table {
    row *rows; /* the first is all */
    size_t n, cap;
    sm_arena arena;
};

double sm_score_bpb(const sm_score *s)
{
    return s->bytes ? s->nats / LN2 / (double)s->bytes : (double)NAN;
}

static row *add_row(sm_score_table *t, sm_span name)
{
    t->rows = sm_array_grow(t->rows, t->n, &t->cap, sizeof *t->rows);
    t->rows[t->n] = (row){.name = sm_arena_copy(&t->arena, name)};
    return &t->rows[t->n++];
}

sm_score_table *sm_score_table_new(void)
{
    sm_score_table *const t = sm_calloc(1, sizeof *t);
    (void)add_row(t, SM_SPAN("all"));
    return t;
}

void sm_score_table_free(sm_score_table *t)
{
    if (!t) return;
    sm_free(t->rows);
    sm_arena_free(&t->arena);
    sm_free(t);
}

static row *row_of(sm_score_table *t, sm_span name)
{
    for (size_t i = 1; i < t->n; i++)
        if (sm_span_equal(t->rows[i].name, name)) return &t->rows[i];
    if (t->n == MAX_SOURCES) return &t->rows[t->n - 1];
    return add_row(t, t->n + 1 == MAX_SOURCES ? SM_SPAN("(others)") : name);
}

static void add_to(row *r, const sm_score *s)
{
    r->sum.documents++;
    r->sum.targets += s->targets;
    r->sum.bytes += s->bytes;
    r->sum.characters += s->characters;
    r->sum.nats += s->nats;
}

void sm_score_table_add(sm_score_table *t, sm_span source, const sm_score *score)
{
    add_to(&t->rows[0], score);
    if (source.n) add_to(row_of(t, source), score);
}

static double loss_of(const sm_score *s)
{
    return s->targets ? s->nats / (double)s->targets : (double)NAN;
}

static double bpc_of(const sm_score *s)
{
    return s->characters ? s->nats / LN2 / (double)s->characters : (double)NAN;
}

static void put_members(const sm_score *s, sm_buffer *json)
{
    sm_json_put_uint(json, "documents", s->documents);
    sm_json_put_uint(json, "targets", s->targets);
    sm_json_put_uint(json, "bytes", s->bytes);
    sm_json_put_real(json, "loss", loss_of(s));
    sm_json_put_real(json, "perplexity", exp(loss_of(s)));
    sm_json_put_real(json, "bpb", sm_score_bpb(s));
    sm_json_put_real(json, "bpc", bpc_of(s));
}

void sm_score_table_json(const sm_score_table *t, sm_buffer *json)
{
    put_members(&t->rows[0].sum, json);
    sm_json_key(json, "sources");
    sm_json_open(json, '{');
    for (size_t i = 1; i < t->n; i++) {
        sm_json_key_span(json, t->rows[i].name);
        sm_json_open(json, '{');
        put_members(&t->rows[i].sum, json);
        sm_json_close(json, '}');
    }
    sm_json_close(json, '}');
}

/* As much of a name as the column has room for, whole characters. */
static sm_span shown(sm_span name)
{
    if (name.n <= NAME_WIDTH) return name;
    name.n = NAME_WIDTH;
    while (name.n > 0 && ((unsigned char)name.p[name.n] & 0xC0) == 0x80)
        name.n--;
    return name;
}

void sm_score_table_text(const sm_score_table *t, sm_buffer *out)
{
    sm_buffer_printf(out, "%-*s %9s %10s %8s %10s %9s %9s\n", NAME_WIDTH, "source", "documents",
                     "targets", "loss", "perplexity", "bits/byte", "bits/char");
    for (size_t i = 0; i < t->n && i <= SHOWN; i++) {
        const sm_score *const s = &t->rows[i].sum;
        const sm_span name = shown(t->rows[i].name);
        sm_buffer_printf(out, "%-*.*s %9llu %10llu %8.4f %10.2f %9.4f %9.4f\n", NAME_WIDTH,
                         (int)name.n, name.p, (unsigned long long)s->documents,
                         (unsigned long long)s->targets, loss_of(s), exp(loss_of(s)),
                         sm_score_bpb(s), bpc_of(s));
    }
    if (t->n > SHOWN + 1) sm_buffer_printf(out, "… and %zu sources more\n", t->n - SHOWN - 1);
}
