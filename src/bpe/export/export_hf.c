/* A Hugging Face directory. What came from tokenizer.json goes back as it was; what came from another file is written
 * as Hugging Face's own converters would: lists of merges, all splits of a token, normalizer and decoder.
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <seimai/file.h>
#include <seimai/json.h>

#include <string.h>

#define MARK "▁" /* U+2581 */

/* ---- members ---------------------------------------------------------------------------- */

static void put_text(sm_buffer *b, const char *key, const char *value)
{
    sm_json_key(b, key);
    if (value)
        sm_json_string(b, sm_span_of(value));
    else
        sm_json_null(b);
}

static void put_bool(sm_buffer *b, const char *key, bool value)
{
    sm_json_key(b, key);
    sm_json_bool(b, value);
}

static void put_json(sm_buffer *b, const char *key, const char *json)
{
    sm_json_key(b, key);
    sm_json_raw(b, sm_span_of(json));
}

/* ---- tokenizer.json --------------------------------------------------------------------- */

static sm_span piece_of(exporter *x, uint32_t id)
{
    const bool spelled = x->tok->kind == MODEL_BYTES && is_merged_token(x->tok, id);
    return spelled ? export_alphabet(&x->arena, x->tok->tokens[id].bytes) : export_piece(x, id);
}

static void put_added(exporter *x, sm_buffer *b)
{
    sm_json_key(b, "added_tokens");
    sm_json_open(b, '[');
    for (uint32_t id = 0; id < x->tok->n; id++) {
        const token *t = &x->tok->tokens[id];
        if (!(t->flags & TOKEN_RESERVED)) continue;
        sm_json_open(b, '{');
        sm_json_key(b, "id");
        sm_json_uint(b, id);
        sm_json_key(b, "content");
        sm_json_string(b, export_piece(x, id));
        put_bool(b, "single_word", false);
        put_bool(b, "lstrip", false);
        put_bool(b, "rstrip", false);
        put_bool(b, "normalized", false);
        put_bool(b, "special", is_special_token(x->tok, id));
        sm_json_close(b, '}');
    }
    sm_json_close(b, ']');
}

#define BYTE_LEVEL                                                                             \
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":"  \
    "false}"

static void put_byte_level(const exporter *x, sm_buffer *b)
{
    put_json(b, "normalizer", "null");
    sm_json_key(b, "pre_tokenizer");
    sm_json_open(b, '{');
    put_text(b, "type", "Sequence");
    sm_json_key(b, "pretokenizers");
    sm_json_open(b, '[');
    for (size_t i = 0; sm_pretokenizer_pattern(x->tok->pre, i); i++) {
        sm_json_open(b, '{');
        put_text(b, "type", "Split");
        sm_json_key(b, "pattern");
        sm_json_open(b, '{');
        put_text(b, "Regex", sm_pretokenizer_pattern(x->tok->pre, i));
        sm_json_close(b, '}');
        put_text(b, "behavior", "Isolated");
        put_bool(b, "invert", false);
        sm_json_close(b, '}');
    }
    sm_json_raw(b, SM_SPAN(BYTE_LEVEL));
    sm_json_close(b, ']');
    sm_json_close(b, '}');
    put_json(b, "post_processor", "null");
    put_json(b, "decoder", BYTE_LEVEL);
}

#define SPACE_TO_MARK                                                                          \
    "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"" MARK "\"}"
#define MARK_TO_SPACE                                                                          \
    "{\"type\":\"Replace\",\"pattern\":{\"String\":\"" MARK "\"},\"content\":\" \"}"

static void put_marks(sm_buffer *b, bool dummy_prefix)
{
    put_json(b, "normalizer",
             dummy_prefix ? "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\","
                            "\"prepend\":\"" MARK "\"}," SPACE_TO_MARK "]}"
                          : SPACE_TO_MARK);
    put_json(b, "pre_tokenizer", "null");
    put_json(b, "post_processor", "null");
    put_json(b, "decoder",
             dummy_prefix ? "{\"type\":\"Sequence\",\"decoders\":[" MARK_TO_SPACE
                            ",{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":"
                            "\"Strip\",\"content\":\" "
                            "\",\"start\":1,\"stop\":0}]}"
                          : "{\"type\":\"Sequence\",\"decoders\":[" MARK_TO_SPACE
                            ",{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}]}");
}

static void put_merges(const exporter *x, const sm_span pieces[], sm_buffer *b)
{
    sm_json_key(b, "merges");
    sm_json_open(b, '[');
    for (size_t i = 0; i < x->tok->n_rules; i++) {
        sm_json_open(b, '[');
        sm_json_string(b, pieces[x->tok->rules[i].left]);
        sm_json_string(b, pieces[x->tok->rules[i].right]);
        sm_json_close(b, ']');
    }
    sm_json_close(b, ']');
}

static void put_model(exporter *x, const sm_span pieces[], sm_buffer *b)
{
    const sm_tokenizer *tok = x->tok;
    const uint32_t unk = tok->kind == MODEL_BYTES ? SM_NO_TOKEN : export_unk(x);
    sm_json_key(b, "model");
    sm_json_open(b, '{');
    put_text(b, "type", "BPE");
    put_json(b, "dropout", "null");
    sm_json_key(b, "unk_token");
    if (unk == SM_NO_TOKEN)
        sm_json_null(b);
    else
        sm_json_string(b, pieces[unk]);
    put_json(b, "continuing_subword_prefix", "null");
    put_json(b, "end_of_word_suffix", "null");
    put_bool(b, "fuse_unk", false);
    put_bool(b, "byte_fallback", tok->kind != MODEL_BYTES);
    put_bool(b, "ignore_merges", tok->whole_first);
    sm_json_key(b, "vocab");
    sm_json_open(b, '{');
    for (uint32_t id = 0; id < tok->n; id++) {
        sm_json_key_span(b, pieces[id]);
        sm_json_uint(b, id);
    }
    sm_json_close(b, '}');
    put_merges(x, pieces, b);
    sm_json_close(b, '}');
}

/* What is refused is refused before the folder is made. */
static int check_tokenizer(exporter *x)
{
    bool dummy_prefix = false;
    if (x->tok->kind != MODEL_BYTES) {
        SM_TRY(rule_characters(x));
        SM_TRY(rule_spaces(x, &dummy_prefix));
        return rule_uncut(x);
    }
    SM_TRY(rule_bytes(x));
    return x->tok->pre ? 0 : export_refuse(x, "its pre-tokenizer has no patterns");
}

static void put_tokenizer(exporter *x, const sm_span pieces[], sm_buffer *b)
{
    bool dummy_prefix = false;
    sm_json_open(b, '{');
    put_text(b, "version", "1.0");
    put_json(b, "truncation", "null");
    put_json(b, "padding", "null");
    put_added(x, b);
    if (x->tok->kind == MODEL_BYTES)
        put_byte_level(x, b);
    else if (rule_spaces(x, &dummy_prefix) == 0)
        put_marks(b, dummy_prefix);
    put_model(x, pieces, b);
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

static int write_tokenizer(exporter *x, const char *path)
{
    sm_span *pieces = sm_arena_alloc(&x->arena, x->tok->n * sizeof *pieces);
    for (uint32_t id = 0; id < x->tok->n; id++)
        pieces[id] = piece_of(x, id);
    SM_TRY(rule_unique(x, pieces));
    sm_buffer b = sm_buffer_make(EXPORT_MAX);
    put_tokenizer(x, pieces, &b);
    const int status = export_write(x, path, &b);
    sm_buffer_free(&b);
    return status;
}

/* ---- the small files -------------------------------------------------------------------- */

static void put_special_names(const exporter *x, sm_buffer *b)
{
    const sm_tokenizer *tok = x->tok;
    const uint32_t pad = sm_tokenizer_find(tok, SM_SPAN("<|pad|>"));
    const struct {
        const char *key;
        uint32_t id;
    } names[] = {{"bos_token", tok->eot}, {"eos_token", tok->eot}, {"pad_token", pad}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].id == SM_NO_TOKEN) continue;
        sm_json_key(b, names[i].key);
        sm_json_string(b, tok->tokens[names[i].id].bytes);
    }
}

static void put_config(exporter *x, sm_buffer *b)
{
    sm_json_open(b, '{');
    put_text(b, "tokenizer_class", "PreTrainedTokenizerFast");
    put_special_names(x, b);
    put_bool(b, "add_bos_token", false);
    put_bool(b, "add_eos_token", false);
    put_bool(b, "clean_up_tokenization_spaces", false);
    sm_json_key(b, "model_max_length");
    sm_json_uint(b, UINT64_C(1000000000000000019)); /* Hugging Face's "no limit" */
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

/* Somebody's configuration stays as it is. */
static int write_config(exporter *x, const char *from, const char *to)
{
    if (from && sm_file_exists(from)) return export_copy(x, from, to);
    sm_buffer b = sm_buffer_make(EXPORT_MAX);
    put_config(x, &b);
    const int status = export_write(x, to, &b);
    sm_buffer_free(&b);
    return status;
}

static int write_special_map(exporter *x, const char *from, const char *to)
{
    if (from && sm_file_exists(from)) return export_copy(x, from, to);
    sm_buffer b = sm_buffer_make(EXPORT_MAX);
    sm_json_open(&b, '{');
    put_special_names(x, &b);
    sm_json_close(&b, '}');
    sm_buffer_putc(&b, '\n');
    const int status = export_write(x, to, &b);
    sm_buffer_free(&b);
    return status;
}

/* ---- the folder ------------------------------------------------------------------------- */

static const char *in_folder(exporter *x, const char *folder, const char *name)
{
    return folder ? sm_arena_printf(&x->arena, "%s/%s", folder, name) : NULL;
}

int export_hf(exporter *x)
{
    static const char json[] = "tokenizer.json", config[] = "tokenizer_config.json",
                      map[] = "special_tokens_map.json", notes[] = "seimai.json";
    const char *same = export_source_file(x, json);
    const char *from = same && same != x->source ? x->source : NULL; /* a folder */
    if (!same) SM_TRY(check_tokenizer(x));
    SM_TRY(sm_directory_make(x->path, x->err));
    const char *to = in_folder(x, x->path, json);
    if (same)
        SM_TRY(export_copy(x, same, to));
    else
        SM_TRY(write_tokenizer(x, to));
    SM_TRY(write_config(x, in_folder(x, from, config), in_folder(x, x->path, config)));
    SM_TRY(write_special_map(x, in_folder(x, from, map), in_folder(x, x->path, map)));
    const char *ours = in_folder(x, from, notes);
    return ours && sm_file_exists(ours) ? export_copy(x, ours, in_folder(x, x->path, notes))
                                        : 0;
}
