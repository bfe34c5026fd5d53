/* llama.cpp's vocabulary: a GGUF file without tensors.
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <seimai/gguf.h>

#include <string.h>

enum { PAIRS_MAX = 24 };

/* Pre-tokenizers by their names here and in llama.cpp, which compiles them in; a file cannot bring its own. */
static const struct pre {
    const char *ours, *theirs;
    bool emits_whole;
} pres[] = {
    {"deepseek-v3", "deepseek-v3", false},
    {"llama3", "llama-bpe", true},
    {"gpt2", "gpt-2", false},
    {"o200k", "gpt-4o", false},
    {"qwen", "qwen2", false},
};

typedef struct vocabulary {
    sm_span *strings; /* [n] */
    char *types;      /* [n] i32 */
    char *scores;     /* [n] f32 */
    sm_span *merges;
    sm_gguf_pair pairs[PAIRS_MAX];
    size_t n_pairs;
} vocabulary;

static void put(vocabulary *v, const char *key, sm_gguf_value value)
{
    v->pairs[v->n_pairs++] = (sm_gguf_pair){key, value};
}

static void put_tokens(exporter *x, vocabulary *v, uint32_t unk)
{
    const sm_tokenizer *tok = x->tok;
    v->strings = sm_arena_alloc(&x->arena, tok->n * sizeof *v->strings);
    v->types = sm_arena_alloc(&x->arena, tok->n * 4);
    v->scores = sm_arena_alloc(&x->arena, tok->n * 4);
    for (uint32_t id = 0; id < tok->n; id++) {
        const bool spelled = tok->kind == MODEL_BYTES && is_merged_token(tok, id);
        v->strings[id] =
            spelled ? export_alphabet(&x->arena, tok->tokens[id].bytes) : export_piece(x, id);
        sm_put_u32(v->types + id * 4, (uint32_t)export_type(x, id, unk));
        sm_put_u32(v->scores + id * 4, export_bits(export_score(x, id)));
    }
    put(v, "tokenizer.ggml.tokens", sm_gguf_strings(v->strings, tok->n));
    put(v, "tokenizer.ggml.token_type", sm_gguf_numbers(SM_GGUF_I32, v->types, tok->n));
}

static void put_merges(exporter *x, vocabulary *v)
{
    const sm_tokenizer *tok = x->tok;
    v->merges = sm_arena_alloc(&x->arena, tok->n_rules * sizeof *v->merges);
    for (size_t i = 0; i < tok->n_rules; i++) {
        const sm_span a = v->strings[tok->rules[i].left], b = v->strings[tok->rules[i].right];
        char *p = sm_arena_alloc(&x->arena, a.n + b.n + 1);
        memcpy(p, a.p, a.n);
        p[a.n] = ' ';
        memcpy(p + a.n + 1, b.p, b.n);
        v->merges[i] = (sm_span){p, a.n + b.n + 1};
    }
    put(v, "tokenizer.ggml.merges", sm_gguf_strings(v->merges, tok->n_rules));
}

static void put_ids(exporter *x, vocabulary *v, uint32_t unk)
{
    const sm_tokenizer *tok = x->tok;
    const struct {
        const char *key;
        uint32_t id;
    } ids[] = {
        {"tokenizer.ggml.bos_token_id", tok->eot},
        {"tokenizer.ggml.eos_token_id", tok->eot},
        {"tokenizer.ggml.eot_token_id", sm_tokenizer_find(tok, SM_SPAN("<|im_end|>"))},
        {"tokenizer.ggml.padding_token_id", sm_tokenizer_find(tok, SM_SPAN("<|pad|>"))},
        {"tokenizer.ggml.unknown_token_id", unk},
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i].id != SM_NO_TOKEN) put(v, ids[i].key, sm_gguf_u32(ids[i].id));
    put(v, "tokenizer.ggml.add_bos_token", sm_gguf_bool(false));
    put(v, "tokenizer.ggml.add_eos_token", sm_gguf_bool(false));
    if (x->chat_template.n) put(v, "tokenizer.chat_template", sm_gguf_string(x->chat_template));
}

static void put_general(vocabulary *v, const char *model, const char *pre)
{
    put(v, "general.architecture", sm_gguf_string(SM_SPAN("llama")));
    put(v, "general.type", sm_gguf_string(SM_SPAN("vocab")));
    put(v, "tokenizer.ggml.model", sm_gguf_string(sm_span_of(model)));
    put(v, "tokenizer.ggml.pre", sm_gguf_string(sm_span_of(pre)));
}

static const struct pre *find_pre(const sm_tokenizer *tok)
{
    for (size_t i = 0; i < sizeof pres / sizeof *pres && tok->pre; i++)
        if (strcmp(pres[i].ours, sm_pretokenizer_name(tok->pre)) == 0) return &pres[i];
    return NULL;
}

static int write_bytes(exporter *x)
{
    vocabulary v = {0};
    SM_TRY(rule_bytes(x));
    const struct pre *pre = find_pre(x->tok);
    if (!pre)
        return export_refuse(
            x, "llama.cpp has pre-tokenizers compiled in, and none that cuts as %s does",
            x->tok->pre ? sm_pretokenizer_name(x->tok->pre) : "this model");
    SM_TRY(rule_whole(x, pre->emits_whole));
    SM_TRY(rule_no_overlap(x));
    put_general(&v, "gpt2", pre->theirs);
    put_tokens(x, &v, SM_NO_TOKEN);
    SM_TRY(rule_unique(x, v.strings));
    put_merges(x, &v);
    put_ids(x, &v, SM_NO_TOKEN);
    return sm_gguf_write(x->path, v.pairs, v.n_pairs, NULL, 0, x->err);
}

static int write_characters(exporter *x)
{
    vocabulary v = {0};
    const uint32_t unk = export_unk(x);
    bool dummy_prefix = false;
    SM_TRY(rule_characters(x));
    SM_TRY(rule_spaces(x, &dummy_prefix));
    SM_TRY(rule_uncut(x));
    SM_TRY(rule_one_rank(x));
    SM_TRY(rule_joined(x));
    SM_TRY(rule_no_overlap(x));
    put_general(&v, "llama", "default");
    put_tokens(x, &v, unk);
    SM_TRY(rule_unique(x, v.strings));
    SM_TRY(rule_unmergeable(x, v.strings));
    put(&v, "tokenizer.ggml.scores", sm_gguf_numbers(SM_GGUF_F32, v.scores, x->tok->n));
    put(&v, "tokenizer.ggml.add_space_prefix", sm_gguf_bool(dummy_prefix));
    put_ids(x, &v, unk);
    return sm_gguf_write(x->path, v.pairs, v.n_pairs, NULL, 0, x->err);
}

int export_gguf(exporter *x)
{
    return x->tok->kind == MODEL_BYTES ? write_bytes(x) : write_characters(x);
}
