/* seimai-shard-cat: the documents of sets of shards, as they will be trained on.
 * A line of JSON each: the text, decoded, or with --ids the tokens, in the form that shard-import reads. With --mask
 * nothing is decoded for machines: each document is shown part by part (prompt, response …) with what counts in the loss set
 * apart, by colour on a terminal, between ⟦ and ⟧ elsewhere; with --tokens a line a token. SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/shard_edit.h>
#include <seimai/tokenizer.h>
#include <seimai/utf8.h>
#include <unistd.h>

typedef struct config {
    const char *tokenizer_path, *color;
    sm_list ids;          /* --id: only these */
    int64_t first, count; /* documents; count 0: all */
    bool as_ids, mask, by_token;
    /* the run */
    sm_tokenizer *tok;
    const sm_shards *set;
    sm_output *out;
    sm_buffer line, bytes;
    uint32_t *tokens;
    size_t cap;
    sm_shard_part *parts; /* of the document */
    size_t n_parts, cap_parts;
} config;

/* ---- one document ----------------------------------------------------------------------------- */

static int read_tokens(config *cfg, const sm_shards_whole *doc, sm_error *err)
{
    if (doc->n > cfg->cap) {
        cfg->cap = (size_t)doc->n;
        cfg->tokens = sm_realloc(cfg->tokens, cfg->cap * sizeof *cfg->tokens);
    }
    sm_shards_read(cfg->set, doc->first, (size_t)doc->n, cfg->tokens);
    SM_TRY(sm_shards_fault(cfg->set, err));
    const size_t most = cfg->tok ? sm_tokenizer_size(cfg->tok) : SIZE_MAX;
    for (size_t i = 0; i < doc->n; i++)
        if (cfg->tokens[i] >= most)
            SM_FAIL(err, SM_EFORMAT, "document '%.*s': token %zu: the tokenizer has no id %u",
                    (int)doc->id.n, doc->id.p, i, cfg->tokens[i]);
    return SM_OK;
}

/* The parts of the document that begins with sequence i. */
static void read_parts(config *cfg, uint64_t i)
{
    cfg->n_parts = sm_shards_parts_of(cfg->set, i, cfg->parts, cfg->cap_parts);
    if (cfg->n_parts <= cfg->cap_parts) return;
    cfg->cap_parts = 2 * cfg->n_parts;
    cfg->parts = sm_realloc(cfg->parts, cfg->cap_parts * sizeof *cfg->parts);
    cfg->n_parts = sm_shards_parts_of(cfg->set, i, cfg->parts, cfg->cap_parts);
}

/* The part that a token is in; NULL where there are none. */
static const sm_shard_part *part_at(const config *cfg, size_t token)
{
    const sm_shard_part *part = NULL;
    for (size_t i = 0; i < cfg->n_parts && cfg->parts[i].start <= token; i++)
        part = &cfg->parts[i];
    return part;
}

/* Bytes that are no UTF-8 (tokens that were cut inside a character) become U+FFFD. */
static sm_span decode(config *cfg, size_t from, size_t n, sm_buffer *repaired)
{
    sm_buffer_clear(&cfg->bytes);
    for (size_t i = 0; i < n; i++)
        sm_buffer_put(&cfg->bytes, sm_tokenizer_bytes(cfg->tok, cfg->tokens[from + i]));
    const sm_span bytes = sm_buffer_span(&cfg->bytes);
    if (sm_utf8_check(bytes) == bytes.n) return bytes;
    uint64_t bad = 0;
    sm_buffer_clear(repaired);
    sm_utf8_repair(bytes, repaired, &bad);
    return sm_buffer_span(repaired);
}

static void put_parts(const config *cfg, sm_buffer *line)
{
    sm_json_key(line, "parts");
    sm_json_open(line, '[');
    for (size_t i = 0; i < cfg->n_parts; i++) {
        sm_json_open(line, '{');
        sm_json_put_text(line, "kind", sm_part_name(cfg->parts[i].kind));
        sm_json_put_uint(line, "start", cfg->parts[i].start);
        sm_json_close(line, '}');
    }
    sm_json_close(line, ']');
}

static void put_json(config *cfg, const sm_shards_whole *doc, sm_buffer *repaired)
{
    sm_buffer *const line = &cfg->line;
    sm_json_open(line, '{');
    sm_json_put_string(line, "id", doc->id);
    if (!cfg->as_ids)
        sm_json_put_string(line, "text", decode(cfg, 0, (size_t)doc->n, repaired));
    if (cfg->as_ids) {
        sm_json_key(line, "ids");
        sm_json_open(line, '[');
        for (size_t i = 0; i < doc->n; i++)
            sm_json_uint(line, cfg->tokens[i]);
        sm_json_close(line, ']');
        sm_json_put_uint(line, "text_bytes", doc->text_bytes);
        sm_json_put_uint(line, "characters", doc->characters);
    }
    if (cfg->as_ids && sm_shards_about(cfg->set)->has_targets) {
        sm_json_key(line, "targets");
        sm_json_open(line, '[');
        for (size_t i = 0; i < doc->n; i++)
            sm_json_uint(line, sm_shards_is_target(cfg->set, doc->first + i));
        sm_json_close(line, ']');
    }
    if (cfg->n_parts) put_parts(cfg, line);
    sm_json_close(line, '}');
    sm_buffer_putc(line, '\n');
}

static bool is_target(const config *cfg, const sm_shards_whole *doc, size_t token)
{
    return sm_shards_is_target(cfg->set, doc->first + token);
}

/* One past the last token with the mask and the part of token `at`. */
static size_t run_end(const config *cfg, const sm_shards_whole *doc, size_t at)
{
    const bool target = is_target(cfg, doc, at);
    const sm_shard_part *const part = part_at(cfg, at);
    size_t end = at + 1;
    while (end < doc->n && is_target(cfg, doc, end) == target && part_at(cfg, end) == part)
        end++;
    return end;
}

/* Runs of tokens with the same mask, targets set apart, under the name of their part. */
static void put_mask(config *cfg, const sm_shards_whole *doc, bool color, sm_buffer *repaired)
{
    sm_buffer *const line = &cfg->line;
    const sm_shard_part *part = NULL;
    for (size_t at = 0, end = 0; at < doc->n; at = end) {
        const bool target = is_target(cfg, doc, at);
        end = run_end(cfg, doc, at);
        if (part_at(cfg, at) != part) {
            part = part_at(cfg, at);
            if (line->p[line->n - 1] != '\n') sm_buffer_putc(line, '\n');
            sm_buffer_printf(line, color ? "\033[2m-- %s\033[0m\n" : "-- %s\n",
                             sm_part_name(part->kind));
        }
        const sm_span text = decode(cfg, at, end - at, repaired);
        if (target) sm_buffer_puts(line, color ? "\033[30;42m" : "⟦");
        sm_buffer_put(line, text);
        if (target) sm_buffer_puts(line, color ? "\033[0m" : "⟧");
    }
    sm_buffer_putc(line, '\n');
}

/* A line a token: its number, id, part, whether it counts, and its text as JSON. */
static void put_tokens(config *cfg, const sm_shards_whole *doc, bool color, sm_buffer *repaired)
{
    sm_buffer *const line = &cfg->line;
    for (size_t i = 0; i < doc->n; i++) {
        const sm_shard_part *const part = part_at(cfg, i);
        const bool target = is_target(cfg, doc, i);
        sm_buffer_printf(line, "%6zu %7u %-8s %s ", i, cfg->tokens[i],
                         part ? sm_part_name(part->kind) : "text", target ? "1" : "0");
        if (target && color) sm_buffer_puts(line, "\033[30;42m");
        sm_json_quote(line, decode(cfg, i, 1, repaired));
        sm_buffer_puts(line, target && color ? "\033[0m\n" : "\n");
    }
}

static bool is_wanted(const config *cfg, sm_span id)
{
    for (size_t i = 0; i < cfg->ids.n; i++)
        if (sm_span_equal(id, sm_span_of(cfg->ids.items[i]))) return true;
    return cfg->ids.n == 0;
}

/* ---- a set ------------------------------------------------------------------------------------- */

static int show_documents(config *cfg, bool color, sm_buffer *repaired, sm_error *err)
{
    const uint64_t sequences = sm_shards_about(cfg->set)->sequences;
    int64_t seen = 0;
    sm_shards_whole doc = {0};
    for (uint64_t i = 0; i < sequences; i += doc.sequences) {
        SM_TRY(sm_shards_whole_at(cfg->set, i, &doc, err));
        if (!is_wanted(cfg, doc.id) || seen++ < cfg->first) continue;
        if (cfg->count && seen > cfg->first + cfg->count) break;
        SM_TRY(read_tokens(cfg, &doc, err));
        sm_buffer_clear(&cfg->line);
        read_parts(cfg, i);
        if (cfg->mask)
            sm_buffer_printf(&cfg->line, color ? "\033[1m== %.*s\033[0m\n" : "== %.*s\n",
                             (int)doc.id.n, doc.id.p);
        if (cfg->mask && cfg->by_token)
            put_tokens(cfg, &doc, color, repaired);
        else if (cfg->mask)
            put_mask(cfg, &doc, color, repaired);
        else
            put_json(cfg, &doc, repaired);
        SM_TRY(sm_output_write(cfg->out, sm_buffer_span(&cfg->line), err));
    }
    return SM_OK;
}

static int load_tokenizer(config *cfg, const char *dir, sm_error *err)
{
    sm_arena arena = {0};
    const char *path = cfg->tokenizer_path;
    int status = SM_OK;
    if (!path) status = sm_shards_tokenizer_path(dir, &arena, &path, err);
    if (status == SM_OK) status = sm_tokenizer_load(&cfg->tok, path, err);
    const bool is_bound = sm_shards_about(cfg->set)->has_tokenizer || !cfg->tokenizer_path;
    if (status == SM_OK && is_bound)
        status = sm_shards_expect(cfg->set, sm_tokenizer_hash(cfg->tok), err);
    sm_arena_free(&arena);
    return status;
}

static int show_set(config *cfg, const char *dir, bool color, sm_error *err)
{
    sm_shards *set = NULL;
    sm_buffer repaired = sm_buffer_make(SIZE_MAX / 8);
    SM_TRY(sm_shards_open(&set, dir, err));
    cfg->set = set;
    int status = cfg->as_ids ? SM_OK : load_tokenizer(cfg, dir, err);
    if (status == SM_OK) status = show_documents(cfg, color, &repaired, err);
    sm_buffer_free(&repaired);
    sm_tokenizer_free(cfg->tok);
    cfg->tok = NULL;
    sm_shards_close(set);
    return status;
}

static int show_sets(config *cfg, const sm_list *dirs, sm_error *err)
{
    const bool color = sm_span_equal(sm_span_of(cfg->color), SM_SPAN("auto"))
                           ? isatty(STDOUT_FILENO)
                           : sm_span_equal(sm_span_of(cfg->color), SM_SPAN("always"));
    SM_TRY(sm_output_open(&cfg->out, NULL, err));
    int status = SM_OK;
    for (size_t i = 0; i < dirs->n && status >= 0; i++)
        status = show_set(cfg, dirs->items[i], color, err);
    if (status >= 0) return sm_output_commit(cfg->out, err);
    sm_output_abort(cfg->out);
    return status;
}

int main(int argc, char **argv)
{
    config cfg = {.color = "auto"};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "ids", &cfg.as_ids,
                       "tokens instead of text, as shard-import reads them"),
        SM_OPTION_FLAG(0, "mask", &cfg.mask, "set apart what is trained on"),
        SM_OPTION_FLAG(0, "tokens", &cfg.by_token, "… a line a token, with its id and part"),
        SM_OPTION_CHOICE(0, "color", &cfg.color, "auto|always|never", "colours of --mask"),
        SM_OPTION_LIST(0, "id", &cfg.ids, "ID", "only this document; may be repeated"),
        SM_OPTION_INT(0, "first", &cfg.first, 0, INT64_MAX,
                      "documents of each set to pass over"),
        SM_OPTION_INT('n', "count", &cfg.count, 0, INT64_MAX, "documents of each set; 0: all"),
        SM_OPTION_STRING('t', "tokenizer", &cfg.tokenizer_path, "PATH",
                         "default: the one beside the shards"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-cat",
        .operands = "[OPTION…] SET…",
        .about = "Show the documents of shards, and what of them is trained on.",
        .formats = "documents 1",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n == 0) return sm_usage_fail(&usage, "a folder of shards is needed");
    if ((cfg.mask || cfg.by_token) && cfg.as_ids)
        return sm_usage_fail(&usage, "--mask shows text, not --ids");
    cfg.mask = cfg.mask || cfg.by_token;
    cfg.line = sm_buffer_make(SIZE_MAX / 8);
    cfg.bytes = sm_buffer_make(SIZE_MAX / 8);
    const int status = show_sets(&cfg, &io.files, &err);
    sm_buffer_free(&cfg.line);
    sm_buffer_free(&cfg.bytes);
    sm_free(cfg.tokens);
    sm_free(cfg.parts);
    return sm_leave(&usage, status, &err);
}
