/* Writing a tokenizer directory in Hugging Face's files.
 * SPDX-License-Identifier: MIT */
#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/pretoken.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>

#include <string.h>

enum { FIXED = 4, SENTINELS = 64, ROUND = 64, BYTES = 256 };
static const char *const fixed_names[FIXED] = {"<|endoftext|>", "<|pad|>", "<|im_start|>",
                                               "<|im_end|>"};

typedef struct writer {
    const sm_merges *merges;
    const sm_vocabulary_options *options;
    sm_pretokenizer *pre;
    size_t reserved; /* ids before the first byte */
    sm_arena arena;
} writer;

size_t sm_vocabulary_reserved(size_t n_reserve)
{
    return (FIXED + SENTINELS + n_reserve + ROUND - 1) / ROUND * ROUND;
}

/* The string of reserved id i, and whether text may become it. */
static sm_span reserved_name(writer *w, size_t i, bool *special)
{
    *special = true;
    if (i < FIXED) return sm_span_of(fixed_names[i]);
    i -= FIXED;
    if (i < SENTINELS) return sm_span_of(sm_arena_printf(&w->arena, "<extra_id_%zu>", i));
    i -= SENTINELS;
    *special = i >= w->options->n_reserve;
    if (!*special) return w->options->reserve[i];
    return sm_span_of(sm_arena_printf(&w->arena, "<|spare_%zu|>", i - w->options->n_reserve));
}

/* A byte is "<0xE3>" where characters are not of bytes. */
static const char *byte_name(sm_arena *arena, uint32_t byte)
{
    return sm_arena_printf(arena, "<0x%02X>", (unsigned)byte);
}

size_t sm_vocabulary_names(const sm_span *reserve, size_t n_reserve, sm_alphabet alphabet,
                           sm_arena *arena, sm_span **names)
{
    const sm_vocabulary_options options = {.reserve = reserve, .n_reserve = n_reserve};
    writer w = {.options = &options};
    const size_t reserved = sm_vocabulary_reserved(n_reserve);
    const size_t bytes = alphabet == SM_ALPHABET_CHARACTERS ? BYTES : 0;
    bool special = false;
    *names = sm_arena_zalloc(arena, reserved + bytes, sizeof **names);
    for (size_t i = 0; i < reserved; i++)
        (*names)[i] = sm_arena_copy(arena, reserved_name(&w, i, &special));
    for (uint32_t i = 0; i < bytes; i++)
        (*names)[reserved + i] = sm_span_of(byte_name(arena, i));
    sm_arena_free(&w.arena);
    return reserved + bytes;
}

static int check_reserve(writer *w, sm_error *err)
{
    const size_t first = FIXED + SENTINELS, end = first + w->options->n_reserve;
    bool special = false;
    for (size_t i = first; i < end; i++) {
        const sm_span s = reserved_name(w, i, &special);
        if (s.n == 0) SM_FAIL(err, SM_EUSAGE, "a reserved string is empty");
        for (size_t k = 0; k < i; k++)
            if (sm_span_equal(reserved_name(w, k, &special), s))
                SM_FAIL(err, SM_EUSAGE, "'%.*s' is reserved twice", (int)s.n, s.p);
    }
    return 0;
}

/* ---- tokenizer.json ------------------------------------------------------------------------ */

static void key_string(sm_buffer *b, const char *key, const char *value)
{
    sm_json_key(b, key);
    sm_json_string(b, sm_span_of(value));
}

static void key_bool(sm_buffer *b, const char *key, bool value)
{
    sm_json_key(b, key);
    sm_json_bool(b, value);
}

static void key_null(sm_buffer *b, const char *key)
{
    sm_json_key(b, key);
    sm_json_null(b);
}

static void put_added(writer *w, sm_buffer *b)
{
    sm_json_key(b, "added_tokens");
    sm_json_open(b, '[');
    for (size_t i = 0; i < w->reserved; i++) {
        bool special = false;
        const sm_span name = reserved_name(w, i, &special);
        sm_json_open(b, '{');
        sm_json_key(b, "id");
        sm_json_uint(b, i);
        sm_json_key(b, "content");
        sm_json_string(b, name);
        key_bool(b, "single_word", false);
        key_bool(b, "lstrip", false);
        key_bool(b, "rstrip", false);
        key_bool(b, "normalized", false);
        key_bool(b, "special", special);
        sm_json_close(b, '}');
    }
    sm_json_close(b, ']');
}

static void put_byte_level(sm_buffer *b, bool use_regex)
{
    sm_json_open(b, '{');
    key_string(b, "type", "ByteLevel");
    key_bool(b, "add_prefix_space", false);
    key_bool(b, "trim_offsets", true);
    key_bool(b, "use_regex", use_regex);
    sm_json_close(b, '}');
}

static void put_split(sm_buffer *b, const char *pattern)
{
    sm_json_open(b, '{');
    key_string(b, "type", "Split");
    sm_json_key(b, "pattern");
    sm_json_open(b, '{');
    key_string(b, "Regex", pattern);
    sm_json_close(b, '}');
    key_string(b, "behavior", "Isolated");
    key_bool(b, "invert", false);
    sm_json_close(b, '}');
}

static bool of_characters(const writer *w)
{
    return w->merges->alphabet == SM_ALPHABET_CHARACTERS;
}

static void put_pretokenizer(writer *w, sm_buffer *b)
{
    sm_json_key(b, "pre_tokenizer");
    sm_json_open(b, '{');
    key_string(b, "type", "Sequence");
    sm_json_key(b, "pretokenizers");
    sm_json_open(b, '[');
    for (size_t i = 0; sm_pretokenizer_pattern(w->pre, i); i++)
        put_split(b, sm_pretokenizer_pattern(w->pre, i));
    if (!of_characters(w)) put_byte_level(b, false);
    sm_json_close(b, ']');
    sm_json_close(b, '}');
}

/* A symbol as the model's vocabulary writes it: in the byte alphabet, or as it is. */
static sm_span piece(writer *w, sm_buffer *bytes, uint32_t symbol)
{
    sm_buffer_clear(bytes);
    if (of_characters(w) && symbol < BYTES) /* in the order of their values */
        return sm_span_of(byte_name(&w->arena, symbol));
    sm_merges_spell(w->merges, symbol, bytes);
    if (of_characters(w)) return sm_arena_copy(&w->arena, sm_buffer_span(bytes));
    char *out = sm_arena_alloc(&w->arena, bytes->n * 2);
    size_t n = 0;
    for (size_t i = 0; i < bytes->n; i++) {
        char encoded[4];
        const size_t k = sm_utf8_put(sm_character_of_byte((uint8_t)bytes->p[i]), encoded);
        memcpy(out + n, encoded, k);
        n += k;
    }
    return (sm_span){out, n};
}

static void put_vocabulary(writer *w, sm_buffer *b, const sm_span *pieces, size_t n)
{
    sm_json_key(b, "vocab");
    sm_json_open(b, '{');
    for (size_t i = 0; i < w->reserved; i++) {
        bool special = false;
        sm_json_key_span(b, reserved_name(w, i, &special));
        sm_json_uint(b, i);
    }
    for (size_t i = 0; i < n; i++) {
        sm_json_key_span(b, pieces[i]);
        sm_json_uint(b, w->reserved + i);
    }
    sm_json_close(b, '}');
}

static size_t symbols(const writer *w)
{
    return BYTES + w->merges->n_chars + w->merges->n;
}

static void put_model(writer *w, sm_buffer *b)
{
    const size_t n = symbols(w);
    sm_span *pieces = sm_malloc(n * sizeof *pieces);
    sm_buffer bytes = sm_buffer_make(UINT32_MAX);
    for (uint32_t i = 0; i < n; i++)
        pieces[i] = piece(w, &bytes, i);
    sm_json_key(b, "model");
    sm_json_open(b, '{');
    key_string(b, "type", "BPE");
    key_null(b, "dropout");
    key_null(b, "unk_token");
    key_null(b, "continuing_subword_prefix");
    key_null(b, "end_of_word_suffix");
    key_bool(b, "fuse_unk", of_characters(w));
    key_bool(b, "byte_fallback", of_characters(w));
    key_bool(b, "ignore_merges", false);
    put_vocabulary(w, b, pieces, n);
    sm_json_key(b, "merges");
    sm_json_open(b, '[');
    for (size_t i = 0; i < w->merges->n; i++) {
        sm_json_open(b, '[');
        sm_json_string(b, pieces[w->merges->p[i].left]);
        sm_json_string(b, pieces[w->merges->p[i].right]);
        sm_json_close(b, ']');
    }
    sm_json_close(b, ']');
    sm_json_close(b, '}');
    sm_buffer_free(&bytes);
    sm_free(pieces);
}

static void put_type(sm_buffer *b, const char *type)
{
    sm_json_open(b, '{');
    key_string(b, "type", type);
    sm_json_close(b, '}');
}

static void put_decoder(writer *w, sm_buffer *b)
{
    sm_json_key(b, "decoder");
    if (!of_characters(w)) {
        put_byte_level(b, false);
        return;
    }
    sm_json_open(b, '{');
    key_string(b, "type", "Sequence");
    sm_json_key(b, "decoders");
    sm_json_open(b, '[');
    put_type(b, "ByteFallback");
    put_type(b, "Fuse");
    sm_json_close(b, ']');
    sm_json_close(b, '}');
}

static void put_tokenizer(writer *w, sm_buffer *b)
{
    sm_json_open(b, '{');
    key_string(b, "version", "1.0");
    key_null(b, "truncation");
    key_null(b, "padding");
    put_added(w, b);
    key_null(b, "normalizer");
    put_pretokenizer(w, b);
    key_null(b, "post_processor");
    put_decoder(w, b);
    put_model(w, b);
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

/* ---- the small files ----------------------------------------------------------------------- */

static void put_special_names(sm_buffer *b)
{
    key_string(b, "bos_token", fixed_names[SM_TOKEN_EOT]);
    key_string(b, "eos_token", fixed_names[SM_TOKEN_EOT]);
    key_string(b, "pad_token", fixed_names[SM_TOKEN_PAD]);
}

static void put_config(writer *w, sm_buffer *b)
{
    (void)w;
    sm_json_open(b, '{');
    key_string(b, "tokenizer_class", "PreTrainedTokenizerFast");
    put_special_names(b);
    key_bool(b, "add_bos_token", false);
    key_bool(b, "add_eos_token", false);
    key_bool(b, "clean_up_tokenization_spaces", false);
    sm_json_key(b, "model_max_length");
    sm_json_uint(b, UINT64_C(1000000000000000019)); /* Hugging Face's "no limit" */
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

static void put_special_map(writer *w, sm_buffer *b)
{
    (void)w;
    sm_json_open(b, '{');
    put_special_names(b);
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

static void put_notes(writer *w, sm_buffer *b)
{
    sm_json_open(b, '{');
    key_string(b, "format", "seimai-tokenizer 1");
    sm_json_key(b, "vocab_size");
    sm_json_uint(b, w->reserved + symbols(w));
    sm_json_key(b, "reserved");
    sm_json_uint(b, w->reserved);
    key_string(b, "alphabet", sm_alphabet_name(w->merges->alphabet));
    sm_json_key(b, "characters");
    sm_json_uint(b, w->merges->n_chars);
    sm_json_key(b, "merges");
    sm_json_uint(b, w->merges->n);
    sm_json_key(b, "merges_aligned");
    sm_json_uint(b, w->merges->n_aligned);
    key_string(b, "pretoken", w->options->pretoken);
    if (w->options->notes.n) {
        sm_buffer_putc(b, ',');
        sm_buffer_put(b, w->options->notes);
    }
    sm_json_close(b, '}');
    sm_buffer_putc(b, '\n');
}

/* ---- the folder ------------------------------------------------------------------------------ */

typedef struct part {
    const char *name;
    void (*put)(writer *w, sm_buffer *b);
} part;

static const part parts[] = {
    {"tokenizer.json", put_tokenizer},
    {"tokenizer_config.json", put_config},
    {"special_tokens_map.json", put_special_map},
    {"seimai.json", put_notes}, /* last: it says that the folder is finished */
};

static int write_part(writer *w, const char *folder, const part *p, sm_error *err)
{
    sm_buffer b = sm_buffer_make((size_t)1 << 31);
    p->put(w, &b);
    const int rc =
        b.overflow ? sm_error_set(err, SM_ELIMIT, "%s/%s: larger than 2 GiB", folder, p->name)
                   : sm_file_write(sm_arena_printf(&w->arena, "%s/%s", folder, p->name),
                                   sm_buffer_span(&b), err);
    sm_buffer_free(&b);
    return rc;
}

int sm_tokenizer_write(const char *folder, const sm_merges *merges,
                       const sm_vocabulary_options *options, sm_error *err)
{
    writer w = {merges, options, NULL, sm_vocabulary_reserved(options->n_reserve), {0}};
    SM_TRY(sm_pretokenizer_new(&w.pre, options->pretoken, err));
    int rc = check_reserve(&w, err);
    if (rc == 0) rc = sm_directory_make(folder, err);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && rc == 0; i++)
        rc = write_part(&w, folder, &parts[i], err);
    sm_pretokenizer_free(w.pre);
    sm_arena_free(&w.arena);
    return rc;
}
