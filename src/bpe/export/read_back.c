/* The files that sm_tokenizer_load does not read, or that it reads with the code that wrote them.
 * SPDX-License-Identifier: MIT */
#include <seimai/config.h>
#include <seimai/file.h>
#include <seimai/gguf.h>
#include <seimai/utf8.h>

#include "export/token_file.h"

#include <string.h>

enum { NORMAL = 1, USER_DEFINED = 4, BYTE = 6 };
enum { MAX_IDS = 1 << 24, MAX_STRING = 1 << 16 };

/* ---- GGUF ------------------------------------------------------------------------------- */

/* llama.cpp's names of pre-tokenizers. */
static const struct known_pre {
    const char *theirs, *ours;
    bool emits_whole;
} known_pres[] = {
    {"deepseek-v3", "deepseek-v3", false},
    {"llama-bpe", "llama3", true},
    {"llama3", "llama3", true},
    {"gpt-2", "gpt2", false},
    {"gpt-4o", "o200k", false},
    {"qwen2", "qwen", false},
};

typedef struct gguf_vocab {
    const char *path;
    const sm_gguf *file;
    const sm_gguf_value *tokens, *types, *scores, *merges;
    sm_error *err;
} gguf_vocab;

static bool is_array(const sm_gguf_value *v, sm_gguf_type type)
{
    return v && v->is_array && v->type == type;
}

static int find_arrays(gguf_vocab *g)
{
    g->tokens = sm_gguf_find(g->file, "tokenizer.ggml.tokens");
    g->types = sm_gguf_find(g->file, "tokenizer.ggml.token_type");
    g->scores = sm_gguf_find(g->file, "tokenizer.ggml.scores");
    g->merges = sm_gguf_find(g->file, "tokenizer.ggml.merges");
    if (!is_array(g->tokens, SM_GGUF_STRING) || g->tokens->n > MAX_IDS)
        SM_FAIL(g->err, SM_EFORMAT,
                "%s: tokenizer.ggml.tokens is missing or no array of strings", g->path);
    if (!is_array(g->types, SM_GGUF_I32) || g->types->n != g->tokens->n)
        SM_FAIL(g->err, SM_EFORMAT, "%s: tokenizer.ggml.token_type does not fit the tokens",
                g->path);
    return 0;
}

static int add_string(sm_token_file *f, const gguf_vocab *g, sm_span s, uint32_t id)
{
    const double score = g->scores ? sm_gguf_real(g->scores, id) : 0;
    if (token_file_add(f, s, id, score)) return 0;
    SM_FAIL(g->err, SM_EFORMAT, "%s: token %u is there twice", g->path, id);
}

static int add_gpt2_token(sm_token_file *f, const gguf_vocab *g, uint32_t id)
{
    sm_span bytes = {0};
    const sm_span s = sm_gguf_text(g->tokens, id);
    const uint64_t type = sm_gguf_integer(g->types, id);
    if (type == USER_DEFINED && s.n) reserved_add(&f->matched, sm_arena_copy(&f->arena, s), id);
    if (type != NORMAL) return 0;
    if (!token_file_bytes(&f->arena, s, &bytes) || bytes.n == 0)
        SM_FAIL(g->err, SM_EFORMAT, "%s: token %u is not spelled in the byte alphabet", g->path,
                id);
    if (bytes.n == 1) f->byte_ids[(uint8_t)bytes.p[0]] = id;
    return add_string(f, g, bytes, id);
}

static int read_pair(sm_token_file *f, const gguf_vocab *g, uint64_t i, merge_rule *rule)
{
    const sm_span s = sm_gguf_text(g->merges, i);
    const char *blank = s.n > 1 ? memchr(s.p + 1, ' ', s.n - 1) : NULL;
    sm_span a = {0}, b = {0};
    const bool spelled =
        blank && token_file_bytes(&f->arena, (sm_span){s.p, (size_t)(blank - s.p)}, &a) &&
        token_file_bytes(&f->arena, (sm_span){blank + 1, s.n - (size_t)(blank + 1 - s.p)}, &b);
    if (!spelled)
        SM_FAIL(g->err, SM_EFORMAT, "%s: merge %llu is no pair", g->path,
                (unsigned long long)i);
    char *joined = sm_arena_alloc(&f->arena, a.n + b.n + 1);
    memcpy(joined, a.p, a.n);
    memcpy(joined + a.n, b.p, b.n);
    rule->rank = (uint32_t)i + 1;
    if (token_file_find(f, a, &rule->left, NULL) && token_file_find(f, b, &rule->right, NULL) &&
        token_file_find(f, (sm_span){joined, a.n + b.n}, &rule->made, NULL))
        return 0;
    SM_FAIL(g->err, SM_EFORMAT, "%s: merge %llu is of something that is no token", g->path,
            (unsigned long long)i);
}

static int read_pairs(sm_token_file *f, const gguf_vocab *g)
{
    if (!is_array(g->merges, SM_GGUF_STRING) || g->merges->n > MAX_IDS * 4ULL)
        SM_FAIL(g->err, SM_EFORMAT,
                "%s: tokenizer.ggml.merges is missing or no array of strings", g->path);
    merge_rule *rules = sm_calloc((size_t)g->merges->n, sizeof *rules);
    int status = 0;
    for (uint64_t i = 0; i < g->merges->n && status == 0; i++)
        status = read_pair(f, g, i, &rules[i]);
    if (status == 0) rules_init(&f->pairs, rules, (size_t)g->merges->n);
    f->has_pairs = status == 0;
    sm_free(rules);
    return status;
}

static int set_pre(sm_token_file *f, const gguf_vocab *g)
{
    const sm_span name = sm_gguf_text(sm_gguf_find(g->file, "tokenizer.ggml.pre"), 0);
    for (size_t i = 0; i < sizeof known_pres / sizeof *known_pres; i++) {
        if (!sm_span_equal(sm_span_of(known_pres[i].theirs), name)) continue;
        f->emits_whole = known_pres[i].emits_whole;
        f->about = sm_arena_printf(&f->arena, "gguf gpt2, %s", known_pres[i].theirs);
        return sm_pretokenizer_new(&f->pre, known_pres[i].ours, g->err);
    }
    SM_FAIL(g->err, SM_ENOSUP, "%s: pre-tokenizer '%.*s'", g->path,
            (int)(name.n < 100 ? name.n : 100), name.p);
}

static int load_gpt2(sm_token_file *f, const gguf_vocab *g)
{
    f->kind = MERGE_PAIRS;
    SM_TRY(set_pre(f, g));
    for (uint32_t id = 0; id < g->tokens->n; id++)
        SM_TRY(add_gpt2_token(f, g, id));
    for (unsigned b = 0; b < 256; b++)
        if (!token_file_find(f, (sm_span){(const char[]){(char)b}, 1}, &f->byte_ids[b], NULL))
            SM_FAIL(g->err, SM_EFORMAT, "%s: byte %02X has no token", g->path, b);
    return read_pairs(f, g);
}

/* <0xE3>, or -1. */
static int byte_of(sm_span s)
{
    static const char digits[] = "0123456789ABCDEF";
    if (s.n != 6 || memcmp(s.p, "<0x", 3) != 0 || s.p[5] != '>') return -1;
    const char *high = memchr(digits, s.p[3], 16), *low = memchr(digits, s.p[4], 16);
    return high && low ? (int)((high - digits) * 16 + (low - digits)) : -1;
}

static int load_llama(sm_token_file *f, const gguf_vocab *g)
{
    const sm_gguf_value *prefix = sm_gguf_find(g->file, "tokenizer.ggml.add_space_prefix");
    f->about = "gguf llama";
    f->kind = MERGE_JOINED;
    f->characters = f->marks = true;
    f->prefix = !prefix || sm_gguf_integer(prefix, 0);
    if (!is_array(g->scores, SM_GGUF_F32) || g->scores->n != g->tokens->n)
        SM_FAIL(g->err, SM_EFORMAT, "%s: tokenizer.ggml.scores does not fit the tokens",
                g->path);
    memset(f->byte_ids, 0xFF, sizeof f->byte_ids);
    for (uint32_t id = 0; id < g->tokens->n; id++) {
        const sm_span s = sm_gguf_text(g->tokens, id);
        const uint64_t type = sm_gguf_integer(g->types, id);
        const int byte = type == BYTE ? byte_of(s) : -1;
        if (byte >= 0) f->byte_ids[byte] = id;
        if (type == USER_DEFINED && s.n)
            reserved_add(&f->matched, sm_arena_copy(&f->arena, s), id);
        SM_TRY(add_string(f, g, s, id)); /* the engine merges to whatever has the string */
    }
    return 0;
}

int load_gguf(sm_token_file *f, const char *path, sm_error *err)
{
    sm_gguf *file = NULL;
    SM_TRY(sm_gguf_open(&file, path, err));
    gguf_vocab g = {.path = path, .file = file, .err = err};
    const sm_span model = sm_gguf_text(sm_gguf_find(file, "tokenizer.ggml.model"), 0);
    int status = find_arrays(&g);
    if (status == 0 && sm_span_equal(model, SM_SPAN("gpt2")))
        status = load_gpt2(f, &g);
    else if (status == 0 && sm_span_equal(model, SM_SPAN("llama")))
        status = load_llama(f, &g);
    else if (status == 0)
        status = sm_error_set(err, SM_ENOSUP,
                              "%s: tokenizer.ggml.model is neither gpt2 nor llama", path);
    sm_gguf_close(file);
    return status;
}

/* ---- tiktoken --------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

static bool from_base64(sm_arena *arena, sm_span s, sm_span *bytes)
{
    char *out = sm_arena_alloc(arena, s.n + 1);
    size_t n = 0, digits = 0;
    uint32_t bits = 0;
    while (s.n > 0 && s.p[s.n - 1] == '=')
        s.n--;
    for (; digits < s.n; digits++) {
        const int d = digit_of(s.p[digits]);
        if (d < 0) return false;
        bits = bits << 6 | (uint32_t)d;
        if (digits % 4 > 0) out[n++] = (char)(bits >> (6 - 2 * (digits % 4)));
    }
    *bytes = (sm_span){out, n};
    return n > 0 && digits % 4 != 1;
}

static int read_rank(sm_token_file *f, const char *path, size_t line, sm_span s, sm_error *err)
{
    const char *blank = memchr(s.p, ' ', s.n);
    sm_span bytes = {0};
    int64_t rank = -1;
    const bool fine =
        blank && from_base64(&f->arena, (sm_span){s.p, (size_t)(blank - s.p)}, &bytes) &&
        sm_span_to_i64((sm_span){blank + 1, s.n - (size_t)(blank + 1 - s.p)}, &rank) &&
        rank >= 0 && rank < MAX_IDS;
    if (!fine) SM_FAIL(err, SM_EFORMAT, "%s:%zu: not base64, a space and a rank", path, line);
    if (bytes.n == 1) f->byte_ids[(uint8_t)*bytes.p] = (uint32_t)rank;
    if (!token_file_add(f, bytes, (uint32_t)rank, -(double)rank))
        SM_FAIL(err, SM_EFORMAT, "%s:%zu: a token is listed twice", path, line);
    return 0;
}

static int read_ranks(sm_token_file *f, const char *path, sm_span content, sm_error *err)
{
    memset(f->byte_ids, 0xFF, sizeof f->byte_ids);
    for (size_t line = 1; content.n > 0; line++) {
        const char *end = memchr(content.p, '\n', content.n);
        if (!end) SM_FAIL(err, SM_ETRUNC, "%s:%zu: the last line is cut", path, line);
        const sm_span s = {content.p, (size_t)(end - content.p)};
        SM_TRY(read_rank(f, path, line, s, err));
        content = (sm_span){end + 1, content.n - s.n - 1};
    }
    for (unsigned b = 0; b < 256; b++)
        if (f->byte_ids[b] == SM_NO_TOKEN)
            SM_FAIL(err, SM_EFORMAT, "%s: byte %02X has no rank", path, b);
    return 0;
}

/* What stands beside: by name, as patterns of this kind have no reader here but the scanners. */
static int read_beside(sm_token_file *f, const sm_value *root, sm_error *err)
{
    const sm_value *special = sm_value_get(root, "special_tokens"),
                   *in_text = sm_value_get(root, "matched_in_text");
    const sm_value *pretoken = sm_value_get(root, "pretoken");
    if (!pretoken || pretoken->kind != SM_STRING)
        return sm_value_fail(root, err, "no pretoken");
    for (size_t i = 0; in_text && i < in_text->n && in_text->kind == SM_LIST; i++) {
        const sm_span s =
            in_text->items[i].kind == SM_STRING ? in_text->items[i].as.string : (sm_span){0};
        const sm_value *id = s.n ? sm_value_get(special, s.p) : NULL;
        if (!id || id->kind != SM_INT)
            return sm_value_fail(&in_text->items[i], err,
                                 "a string of matched_in_text is no special token");
        reserved_add(&f->matched, sm_arena_copy(&f->arena, s), (uint32_t)id->as.integer);
    }
    return sm_pretokenizer_new(&f->pre, pretoken->as.string.p, err);
}

int load_ranks(sm_token_file *f, const char *path, sm_error *err)
{
    sm_config beside = {0};
    sm_buffer content = sm_buffer_make((size_t)1 << 30);
    f->about = "tiktoken";
    f->kind = MERGE_JOINED;
    f->emits_whole = true;
    SM_TRY(sm_config_read(&beside, sm_arena_printf(&f->arena, "%s.json", path), err));
    int status = read_beside(f, &beside.root, err);
    if (status == 0) status = sm_file_read(path, &content, err);
    if (status == 0) status = read_ranks(f, path, sm_buffer_span(&content), err);
    sm_config_free(&beside);
    sm_buffer_free(&content);
    return status;
}

/* ---- llama2.c --------------------------------------------------------------------------- */

static int read_rows(sm_token_file *f, const char *path, sm_span s, sm_error *err)
{
    enum { LLAMA2C_FIRST_BYTE = 3 };
    if (s.n < 4) SM_FAIL(err, SM_ETRUNC, "%s: cut before the first token", path);
    const uint32_t longest = sm_get_u32(s.p);
    uint32_t id = 0;
    for (size_t at = 4; at < s.n; id++) {
        float score = 0;
        if (s.n - at < 8)
            SM_FAIL(err, SM_ETRUNC, "%s: offset %zu: cut inside token %u", path, at, id);
        const uint32_t bits = sm_get_u32(s.p + at), n = sm_get_u32(s.p + at + 4);
        memcpy(&score, &bits, sizeof score);
        at += 8;
        if (n > longest || n > MAX_STRING)
            SM_FAIL(err, SM_EFORMAT, "%s: offset %zu: token %u is longer than the longest",
                    path, at, id);
        if (n > s.n - at)
            SM_FAIL(err, SM_ETRUNC, "%s: offset %zu: cut inside token %u", path, at, id);
        (void)token_file_add(f, (sm_span){s.p + at, n}, id, (double)score);
        at += n;
    }
    for (uint32_t b = 0; b < 256; b++)
        f->byte_ids[b] = b + LLAMA2C_FIRST_BYTE;
    if (id < 256 + LLAMA2C_FIRST_BYTE)
        SM_FAIL(err, SM_EFORMAT, "%s: %u tokens are too few for the bytes", path, id);
    return 0;
}

int load_llama2c(sm_token_file *f, const char *path, sm_error *err)
{
    sm_buffer content = sm_buffer_make((size_t)1 << 30);
    f->about = "llama2.c";
    f->kind = MERGE_JOINED;
    f->characters = f->leads = true;
    int status = sm_file_read(path, &content, err);
    if (status == 0) status = read_rows(f, path, sm_buffer_span(&content), err);
    sm_buffer_free(&content);
    return status;
}
