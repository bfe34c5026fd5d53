/* seimai-shard-info: what sets of shards hold, from their manifests and headers; no token is read.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/options.h>
#include <seimai/shard.h>

typedef struct config {
    bool json;
} config;

static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static void put_text(const sm_shards *set, sm_buffer *out)
{
    const sm_shards_info *i = sm_shards_about(set);
    char hash[SM_HASH_HEX + 1] = "none";
    if (i->has_tokenizer) sm_hash128_hex(i->tokenizer_hash, hash);
    sm_buffer_printf(out, "%s\n", i->dir);
    sm_buffer_printf(out, "  kind        %s%s\n", i->kind,
                     i->complete     ? ""
                     : i->unfinished ? "   NOT FINISHED: the same command again goes on"
                                     : "   NOT COMPLETE: an input was cut");
    sm_buffer_printf(out, "  tokenizer   %s%s%s\n", i->tokenizer_name ? i->tokenizer_name : "",
                     i->tokenizer_name ? " " : "", hash);
    sm_buffer_printf(out, "  vocabulary  %u   (u%u%s)\n", i->vocab_size, 8 * i->token_bytes,
                     i->compressed ? ", zstd" : "");
    sm_buffer_printf(out, "  shards      %zu\n", i->n_shards);
    sm_buffer_printf(out, "  documents   %llu\n", (unsigned long long)i->documents);
    sm_buffer_printf(out, "  tokens      %llu\n", (unsigned long long)i->tokens);
    sm_buffer_printf(out, "  text bytes  %llu   (%.3f a token)\n",
                     (unsigned long long)i->text_bytes, ratio(i->text_bytes, i->tokens));
    sm_buffer_printf(out, "  characters  %llu   (%.3f a token)\n",
                     (unsigned long long)i->characters, ratio(i->characters, i->tokens));
}

static void put_number(sm_buffer *out, const char *key, int64_t value)
{
    sm_json_key(out, key);
    if (value < 0)
        sm_json_null(out);
    else
        sm_json_int(out, value);
}

static void put_json(const sm_shards *set, sm_buffer *out)
{
    const sm_shards_info *i = sm_shards_about(set);
    char hash[SM_HASH_HEX + 1];
    sm_hash128_hex(i->tokenizer_hash, hash);
    sm_json_open(out, '{');
    sm_json_put_text(out, "dir", i->dir);
    sm_json_put_text(out, "kind", i->kind);
    sm_json_put_bool(out, "complete", i->complete);
    sm_json_put_bool(out, "unfinished", i->unfinished);
    sm_json_put_bool(out, "compressed", i->compressed);
    sm_json_key(out, "tokenizer");
    if (i->has_tokenizer)
        sm_json_string(out, sm_span_of(hash));
    else
        sm_json_null(out);
    put_number(out, "vocab_size", i->vocab_size);
    put_number(out, "eot", i->eot);
    put_number(out, "shards", (int64_t)i->n_shards);
    put_number(out, "documents", (int64_t)i->documents);
    put_number(out, "tokens", (int64_t)i->tokens);
    put_number(out, "text_bytes", (int64_t)i->text_bytes);
    put_number(out, "characters", (int64_t)i->characters);
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

static int describe(const config *cfg, const char *dir, sm_buffer *out, sm_error *err)
{
    sm_shards *set = NULL;
    SM_TRY(sm_shards_open(&set, dir, err));
    if (cfg->json)
        put_json(set, out);
    else
        put_text(set, out);
    sm_shards_close(set);
    return SM_OK;
}

int main(int argc, char **argv)
{
    config cfg = {0};
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "json", &cfg.json, "one JSON object a set"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "shard-info",
        .operands = "[OPTION…] DIR…",
        .about = "Tell what sets of shards hold.",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n == 0) return sm_usage_fail(&usage, "a folder of shards is needed");
    sm_buffer out = sm_buffer_make(1 << 26);
    int status = SM_OK;
    for (size_t i = 0; i < io.files.n && status == SM_OK; i++)
        status = describe(&cfg, io.files.items[i], &out, &err);
    if (out.n && sm_file_write(NULL, sm_buffer_span(&out), status < 0 ? NULL : &err) < 0 &&
        status == SM_OK)
        status = err.code;
    sm_buffer_free(&out);
    return sm_leave(&usage, status, &err);
}
