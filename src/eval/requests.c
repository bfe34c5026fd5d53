/* Context and continuation as ids: see seimai/eval_choice.h.
 * SPDX-License-Identifier: MIT */
#include "code_points.h"

#include <seimai/config.h>
#include <seimai/eval_choice.h>
#include <seimai/file.h>
#include <seimai/utf8.h>

#include <string.h>

/* ---- ids ------------------------------------------------------------------------------------------- */

/* The text without the white space at its end. */
static sm_span without_end_space(sm_span text)
{
    size_t kept = 0;
    const char *p = text.p, *const end = text.p + text.n;
    while (p < end)
        if (!sm_is_python_space(sm_utf8_next(&p, end))) kept = (size_t)(p - text.p);
    return (sm_span){text.p, kept};
}

static void encode(const sm_request_style *style, sm_encoder *encoder, sm_span text,
                   sm_ids *ids)
{
    if (style->begins) sm_ids_put(ids, style->first);
    sm_tokenizer_encode(style->tokenizer, encoder, text, ids);
}

/* Nothing before the continuation: the token that begins a document is its context, once. */
static bool encode_bare(const sm_request_style *style, sm_encoder *encoder, sm_span text,
                        sm_ids *ids, size_t *n_context)
{
    const size_t start = ids->n;
    sm_ids_put(ids, style->first);
    sm_tokenizer_encode(style->tokenizer, encoder, text, ids);
    *n_context = 1;
    return ids->n > start + 1;
}

bool sm_request_encode(const sm_request_style *style, sm_encoder *encoder, sm_span context,
                       sm_span continuation, sm_ids *ids, size_t *n_context)
{
    const sm_span kept = without_end_space(context);
    sm_buffer joined = sm_buffer_make(SIZE_MAX / 8);
    sm_buffer_put(&joined, context);
    sm_buffer_put(&joined, continuation);
    const sm_span all = sm_buffer_span(&joined);
    const size_t start = ids->n;
    bool good;
    if (kept.n == 0) {
        good = encode_bare(style, encoder, all, ids, n_context);
    } else {
        sm_ids whole = {0};
        encode(style, encoder, kept, ids);
        *n_context = ids->n - start;
        encode(style, encoder, all, &whole);
        for (size_t i = *n_context; i < whole.n; i++)
            sm_ids_put(ids, whole.p[i]);
        if (whole.n <= *n_context)
            sm_tokenizer_encode(style->tokenizer, encoder, continuation, ids);
        good = *n_context > 0 && ids->n > start + *n_context;
        sm_ids_free(&whole);
    }
    sm_buffer_free(&joined);
    return good && continuation.n > 0;
}

/* ---- what stands before every text --------------------------------------------------------------------- */

/* {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, …]} */
static sm_span first_of_template(const sm_value *processor)
{
    const sm_value *const single = sm_value_get(processor, "single");
    if (!single || single->kind != SM_LIST || single->n == 0) return (sm_span){0};
    const sm_value *const id =
        sm_value_get(sm_value_get(&single->items[0], "SpecialToken"), "id");
    return id && id->kind == SM_STRING ? id->as.string : (sm_span){0};
}

static sm_span first_token(const sm_value *processor)
{
    const sm_value *const list = sm_value_get(processor, "processors"); /* of a Sequence */
    sm_span found = first_of_template(processor);
    for (size_t i = 0; list && list->kind == SM_LIST && i < list->n && found.n == 0; i++)
        found = first_of_template(&list->items[i]);
    return found;
}

int sm_tokenizer_begins(const char *dir, const sm_tokenizer *tokenizer, uint32_t *token,
                        sm_error *err)
{
    sm_arena arena = {0};
    sm_config config = {0};
    const char *const path = sm_arena_printf(&arena, "%s/tokenizer.json", dir);
    int status = SM_OK;
    *token = SM_NO_TOKEN;
    if (sm_file_exists(path)) status = sm_config_read(&config, path, err);
    if (sm_file_exists(path) && status == SM_OK) {
        const sm_span first = first_token(sm_value_get(&config.root, "post_processor"));
        if (first.n > 0) *token = sm_tokenizer_find(tokenizer, first);
        sm_config_free(&config);
    }
    sm_arena_free(&arena);
    return status;
}
