/* Encoding as another engine defines it: see seimai/tokenizer_verify.h.
 * SPDX-License-Identifier: MIT */
#include "export/token_file.h"

#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include <string.h>

#include "export/merge_queue.h"

#define MARK "▁" /* U+2581 */

struct sm_token_scratch {
    sm_encoder *encoder;
    merge_queue queue;
    sm_buffer text;
};

sm_token_scratch *sm_token_scratch_new(void)
{
    sm_token_scratch *s = sm_calloc(1, sizeof *s);
    s->encoder = sm_encoder_new();
    s->text = sm_buffer_make(SIZE_MAX / 8);
    return s;
}

void sm_token_scratch_free(sm_token_scratch *s)
{
    if (!s) return;
    sm_encoder_free(s->encoder);
    merge_queue_free(&s->queue);
    sm_buffer_free(&s->text);
    sm_free(s);
}

/* ---- the vocabulary --------------------------------------------------------------------- */

bool token_file_add(sm_token_file *f, sm_span string, uint32_t id, double score)
{
    const size_t known = f->strings.n, i = intern_add(&f->strings, string);
    if (i < known) return false;
    f->ids = sm_array_grow(f->ids, i, &f->ids_cap, sizeof *f->ids);
    f->scores = sm_array_grow(f->scores, i, &f->scores_cap, sizeof *f->scores);
    f->ids[i] = id;
    f->scores[i] = score;
    return true;
}

bool token_file_find(const sm_token_file *f, sm_span string, uint32_t *id, double *score)
{
    const size_t i = intern_find(&f->strings, string);
    if (i == INTERN_NONE) return false;
    *id = f->ids[i];
    if (score) *score = f->scores[i];
    return true;
}

bool token_file_bytes(sm_arena *arena, sm_span piece, sm_span *bytes)
{
    if (sm_utf8_check(piece) != piece.n) return false;
    char *out = sm_arena_alloc(arena, piece.n + 1);
    size_t n = 0;
    for (const char *p = piece.p, *end = p + piece.n; p < end;) {
        const int byte = sm_byte_of_character(sm_utf8_next(&p, end));
        if (byte < 0) return false;
        out[n++] = (char)byte;
    }
    *bytes = (sm_span){out, n};
    return true;
}

/* ---- merging ---------------------------------------------------------------------------- */

static bool join_pair(const void *model, sm_span text, const symbol *a, const symbol *b,
                      double *priority, uint32_t *made)
{
    (void)text;
    const sm_token_file *f = model;
    const struct rule_slot *rule = rules_find(&f->pairs, a->id, b->id);
    if (!rule) return false;
    *priority = -(double)rule->rank;
    *made = rule->made;
    return true;
}

static bool join_string(const void *model, sm_span text, const symbol *a, const symbol *b,
                        double *priority, uint32_t *made)
{
    return token_file_find(model, (sm_span){text.p + a->at, a->n + b->n}, made, priority);
}

static void put_bytes(const sm_token_file *f, sm_span s, sm_ids *ids)
{
    for (size_t i = 0; i < s.n; i++)
        sm_ids_put(ids, f->byte_ids[(uint8_t)s.p[i]]);
}

/* One pre-token. */
static void merge(const sm_token_file *f, merge_queue *q, sm_span s, sm_ids *ids)
{
    uint32_t id = SM_NO_TOKEN;
    if (f->emits_whole && token_file_find(f, s, &id, NULL)) {
        sm_ids_put(ids, id);
        return;
    }
    merge_queue_clear(q);
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        const char *from = p;
        if (f->characters)
            (void)sm_utf8_next(&p, end);
        else
            p++;
        id = f->characters ? SM_NO_TOKEN : f->byte_ids[(uint8_t)*from];
        merge_queue_add(q, (size_t)(from - s.p), (size_t)(p - from), id);
    }
    merge_queue_run(q, s, f->kind == MERGE_PAIRS ? join_pair : join_string, f);
    for (size_t i = 0; i < q->n_symbols; i++) {
        const sm_span left = {s.p + q->symbols[i].at, q->symbols[i].n};
        if (left.n == 0) continue;
        if (token_file_find(f, left, &id, NULL))
            sm_ids_put(ids, id);
        else
            put_bytes(f, left, ids);
    }
}

/* ---- texts ------------------------------------------------------------------------------ */

static sm_span with_marks(sm_token_scratch *s, bool prefix, sm_span text)
{
    sm_buffer_clear(&s->text);
    if (prefix) sm_buffer_puts(&s->text, MARK);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ')
            sm_buffer_puts(&s->text, MARK);
        else
            sm_buffer_putc(&s->text, text.p[i]);
    }
    return sm_buffer_span(&s->text);
}

static sm_span with_space(sm_token_scratch *s, sm_span text)
{
    sm_buffer_clear(&s->text);
    sm_buffer_putc(&s->text, ' ');
    sm_buffer_put(&s->text, text);
    return sm_buffer_span(&s->text);
}

static void encode_stretch(const sm_token_file *f, sm_token_scratch *s, sm_span text,
                           sm_ids *ids)
{
    if (text.n == 0) return;
    if (f->marks) text = with_marks(s, f->prefix, text);
    if (f->leads) text = with_space(s, text);
    for (size_t at = 0; at < text.n;) {
        const size_t end = f->pre ? sm_pretoken_end(f->pre, text, at) : text.n;
        merge(f, &s->queue, (sm_span){text.p + at, end - at}, ids);
        at = end;
    }
}

void sm_token_file_encode(const sm_token_file *f, sm_token_scratch *s, sm_span text,
                          sm_ids *ids)
{
    if (f->tok) {
        sm_tokenizer_encode(f->tok, s->encoder, text, ids);
        return;
    }
    for (size_t at = 0; at < text.n;) {
        const reserved_string *found = NULL;
        const size_t stop = reserved_find(&f->matched, text, at, &found);
        encode_stretch(f, s, (sm_span){text.p + at, stop - at}, ids);
        at = stop;
        if (!found) continue;
        sm_ids_put(ids, found->id);
        at += found->string.n;
    }
}

/* ---- files ------------------------------------------------------------------------------ */

static int open_any(sm_token_file *f, const char *path, sm_error *err)
{
    static const struct {
        sm_span ending;
        int (*load)(sm_token_file *f, const char *path, sm_error *err);
    } formats[] = {
        {{".gguf", 5}, load_gguf}, {{".tiktoken", 9}, load_ranks}, {{".bin", 4}, load_llama2c}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (sm_span_ends(sm_span_of(path), formats[i].ending))
            return formats[i].load(f, path, err);
    f->about = sm_span_ends(sm_span_of(path), SM_SPAN(".model")) ? "model" : "hf";
    return sm_tokenizer_load(&f->tok, path, err);
}

int sm_token_file_open(sm_token_file **file, const char *path, sm_error *err)
{
    sm_token_file *f = sm_calloc(1, sizeof *f);
    const int status = open_any(f, path, err);
    *file = status < 0 ? NULL : f;
    if (status < 0) sm_token_file_close(f);
    return status;
}

void sm_token_file_close(sm_token_file *f)
{
    if (!f) return;
    sm_tokenizer_free(f->tok);
    sm_pretokenizer_free(f->pre);
    intern_free(&f->strings);
    sm_free(f->ids);
    sm_free(f->scores);
    if (f->has_pairs) rules_fini(&f->pairs);
    reserved_free(&f->matched);
    sm_arena_free(&f->arena);
    sm_free(f);
}

const char *sm_token_file_about(const sm_token_file *f)
{
    return f->about;
}

bool puts_space_first(const sm_tokenizer *tok)
{
    bool puts = tok->front && tok->front->dummy_prefix;
    for (size_t i = 0; tok->front && i < tok->front->n_steps; i++)
        puts |= tok->front->steps[i].kind == FRONT_PREPEND;
    return puts;
}

bool sm_token_file_leads(const sm_token_file *f, const sm_tokenizer *tok)
{
    return f->leads && !puts_space_first(tok);
}
