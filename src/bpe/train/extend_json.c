/* A tokenizer.json with new tokens: three insertions, every other byte as it was.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/config.h>
#include <seimai/document.h>
#include <seimai/json.h>
#include <seimai/utf8.h>

#include "extend_internal.h"
#include "tokenizer_internal.h"

#include <string.h>

typedef struct editor {
    const sm_extension *x;
    const sm_tokenizer *base;
    const char *path;
    intern vocabulary; /* the keys of model.vocab */
    bool pairs_as_strings;
    sm_buffer *out;
    sm_arena arena;
} editor;

/* ---- pieces ---------------------------------------------------------------------------------- */

/* As the vocabulary spells bytes: in the byte alphabet, or as text in which ▁ stands for the space. */
static sm_span piece_of(editor *e, sm_span bytes)
{
    const bool alphabet = e->base->kind == MODEL_BYTES;
    char *out = sm_arena_alloc(&e->arena, bytes.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        const uint8_t byte = (uint8_t)bytes.p[i];
        if (alphabet)
            n += sm_utf8_put(sm_character_of_byte(byte), out + n);
        else if (byte == ' ')
            n += sm_utf8_put(0x2581, out + n);
        else
            out[n++] = (char)byte;
    }
    return (sm_span){out, n};
}

static sm_span piece_of_id(editor *e, uint32_t id)
{
    const bool old = id < e->x->n_base;
    return piece_of(e, old ? e->base->tokens[id].bytes : e->x->tokens[id - e->x->n_base].bytes);
}

sm_span extend_spare(size_t i, sm_arena *arena)
{
    return sm_span_of(sm_arena_printf(arena, "<|extended_spare_%zu|>", i));
}

/* ---- the insertions --------------------------------------------------------------------------- */

static void put_entry(editor *e, sm_span piece, size_t id)
{
    sm_json_key_span(e->out, piece);
    sm_json_uint(e->out, id);
}

/* `tokenizers` gives an added token that is not in the vocabulary the next free id, which the new tokens have moved: so
 * all of them are listed. */
static void put_vocabulary(editor *e)
{
    for (uint32_t id = 0; id < e->base->n; id++) {
        const token *t = &e->base->tokens[id];
        if ((t->flags & TOKEN_RESERVED) && intern_find(&e->vocabulary, t->bytes) == INTERN_NONE)
            put_entry(e, t->bytes, id);
    }
    for (size_t i = 0; i < e->x->n; i++)
        put_entry(e, piece_of(e, e->x->tokens[i].bytes), e->x->n_base + i);
    for (size_t i = 0; i < e->x->n_spare; i++)
        put_entry(e, extend_spare(i, &e->arena), e->x->n_base + e->x->n + i);
}

static void put_merges(editor *e)
{
    for (size_t i = 0; i < e->x->n; i++) {
        const sm_new_token *t = &e->x->tokens[i];
        if (t->left == SM_NO_TOKEN) continue;
        const sm_span left = piece_of_id(e, t->left), right = piece_of_id(e, t->right);
        if (e->pairs_as_strings) {
            const char *pair = sm_arena_printf(&e->arena, "%.*s %.*s", (int)left.n, left.p,
                                               (int)right.n, right.p);
            sm_json_string(e->out, sm_span_of(pair));
            continue;
        }
        sm_json_open(e->out, '[');
        sm_json_string(e->out, left);
        sm_json_string(e->out, right);
        sm_json_close(e->out, ']');
    }
}

static void put_added(editor *e)
{
    static const char *const off[] = {"single_word", "lstrip", "rstrip", "normalized"};
    for (size_t i = 0; i < e->x->n_spare; i++) {
        sm_json_open(e->out, '{');
        sm_json_key(e->out, "id");
        sm_json_uint(e->out, e->x->n_base + e->x->n + i);
        sm_json_key(e->out, "content");
        sm_json_string(e->out, extend_spare(i, &e->arena));
        for (size_t k = 0; k < sizeof off / sizeof *off; k++) {
            sm_json_key(e->out, off[k]);
            sm_json_bool(e->out, false);
        }
        sm_json_key(e->out, "special");
        sm_json_bool(e->out, true);
        sm_json_close(e->out, '}');
    }
}

/* ---- where they go ------------------------------------------------------------------------------ */

typedef struct insertion {
    size_t at; /* the closing bracket */
    void (*put)(editor *e);
} insertion;

static int find(const editor *e, sm_doc *doc, const char *field, insertion *where,
                sm_error *err)
{
    const sm_span raw = sm_doc_field(doc, field);
    if (raw.n < 2 || (*raw.p != '{' && *raw.p != '['))
        SM_FAIL(err, SM_EFORMAT, "%s: %s is missing", e->path, field);
    where->at = (size_t)(raw.p + raw.n - 1 - doc->record.p);
    return 0;
}

static void order(insertion list[3])
{
    for (size_t i = 1; i < 3; i++)
        for (size_t k = i; k > 0 && list[k].at < list[k - 1].at; k--) {
            const insertion kept = list[k];
            list[k] = list[k - 1];
            list[k - 1] = kept;
        }
}

static size_t without_space(sm_span file, size_t end)
{
    while (end > 0 && file.p[end - 1] && strchr(" \t\r\n", file.p[end - 1]))
        end--;
    return end;
}

/* What is put goes behind the last value, before the space that precedes the bracket. */
static void splice(editor *e, sm_span file, const insertion list[3])
{
    size_t done = 0;
    for (size_t i = 0; i < 3; i++) {
        const size_t end = without_space(file, list[i].at);
        sm_buffer_put(e->out, (sm_span){file.p + done, end - done});
        list[i].put(e);
        done = end;
    }
    sm_buffer_put(e->out, (sm_span){file.p + done, file.n - done});
}

/* Keys of the vocabulary, and whether merges are written as "a b". */
static int look(editor *e, sm_span file, sm_error *err)
{
    sm_config config = {0};
    SM_TRY(sm_config_parse_json(&config, e->path, file, err));
    const sm_value *model = sm_value_get(&config.root, "model");
    const sm_value *vocab = sm_value_get(model, "vocab"),
                   *merges = sm_value_get(model, "merges");
    for (size_t i = 0; vocab && i < vocab->n; i++)
        (void)intern_add(&e->vocabulary, vocab->keys[i]);
    e->pairs_as_strings = merges && merges->n > 0 && merges->items[0].kind == SM_STRING;
    sm_config_free(&config);
    return 0;
}

/* The scanner of documents knows where the fields of an object lie; the whole file is one. */
static int edit(editor *e, sm_span file, sm_error *err)
{
    const char *kind = "";
    size_t at = 0;
    sm_doc doc = {.record = file, .arena = &e->arena, .any_content = true};
    insertion list[3] = {{0, put_vocabulary}, {0, put_merges}, {0, put_added}};
    if (sm_doc_parse(&doc, "model.vocab", &kind, &at) != 1)
        SM_FAIL(err, SM_EFORMAT, "%s: at byte %zu: %s", e->path, at, kind);
    SM_TRY(find(e, &doc, "model.vocab", &list[0], err));
    SM_TRY(find(e, &doc, "model.merges", &list[1], err));
    SM_TRY(find(e, &doc, "added_tokens", &list[2], err));
    order(list);
    splice(e, file, list);
    return 0;
}

int extend_json(const sm_extension *x, const sm_tokenizer *base, const char *path, sm_span file,
                sm_buffer *out, sm_error *err)
{
    editor e = {.x = x, .base = base, .path = path, .out = out};
    int rc = look(&e, file, err);
    if (rc == 0) rc = edit(&e, file, err);
    intern_free(&e.vocabulary);
    sm_arena_free(&e.arena);
    return rc;
}
