/* What the tests of src/nn/run share: scratch folders, small sets of shards, a small model.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_RUN_FIXTURE_H
#define SEIMAI_RUN_FIXTURE_H

#include "test.h"

#include <seimai/file.h>
#include <seimai/model.h>
#include <seimai/shard.h>

enum { FIXTURE_VOCAB = 512, FIXTURE_EOT = 0 };

/* A folder that did not exist before, made in `path`. */
static inline const char *fresh_folder(char path[1024])
{
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, 1024, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(path, NULL), NULL);
    (void)snprintf(path, 1024, "%s/scratch/run-XXXXXX", build ? build : ".");
    assert_non_null(mkdtemp(path));
    return path;
}

/* A set of documents of the given lengths (EOT not counted). Token i of the set is 1 + i % period; with a period of
 * at least the tokens every token tells its place. text_bytes is 3 a token, characters 1. */
static inline void make_shards(const char *dir, const size_t *lengths, size_t n,
                               uint32_t period, int64_t eot, int64_t shard_tokens)
{
    const sm_shard_options o = {.dir = dir,
                                .vocab_size = FIXTURE_VOCAB,
                                .eot = eot,
                                .bos = -1,
                                .pad = -1,
                                .shard_tokens = shard_tokens};
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    uint32_t ids[2048], next = 0;
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    for (size_t d = 0; d < n; d++) {
        assert_true(lengths[d] <= 2048);
        for (size_t i = 0; i < lengths[d]; i++)
            ids[i] = 1 + next++ % period;
        const sm_shard_doc doc = {.id = SM_SPAN("d"),
                                  .ids = ids,
                                  .n = lengths[d],
                                  .text_bytes = 3 * lengths[d],
                                  .characters = lengths[d]};
        assert_ok(sm_shard_writer_append(w, &doc, &err), &err);
    }
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
}

/* A set with targets: a document is a prompt and an answer, whose tokens (and the EOT) count. Tokens of one document follow
 * from each other by steps of 1, so that there is something to learn. */
static inline void make_dialogues(const char *dir, const size_t *lengths, const size_t *prompts,
                                  size_t n)
{
    const sm_shard_options o = {.dir = dir,
                                .kind = "chat",
                                .vocab_size = FIXTURE_VOCAB,
                                .eot = FIXTURE_EOT,
                                .bos = -1,
                                .pad = -1,
                                .shard_tokens = 1000};
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    uint32_t ids[512];
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    for (size_t d = 0; d < n; d++) {
        uint8_t targets[64] = {0};
        assert_true(lengths[d] <= 512);
        for (size_t i = 0; i < lengths[d]; i++) {
            ids[i] = (uint32_t)(1 + (d * 7 + i) % 40);
            if (i >= prompts[d]) targets[i / 8] |= (uint8_t)(1U << i % 8);
        }
        const sm_shard_doc doc = {.id = SM_SPAN("d"),
                                  .ids = ids,
                                  .n = lengths[d],
                                  .text_bytes = 3 * lengths[d],
                                  .characters = lengths[d],
                                  .targets = targets};
        assert_ok(sm_shard_writer_append(w, &doc, &err), &err);
    }
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
}

static inline sm_shards *open_shards(const char *dir)
{
    sm_shards *set = NULL;
    sm_error err = {0};
    assert_ok(sm_shards_open(&set, dir, &err), &err);
    return set;
}

static inline sm_model_config small_model(void)
{
    return (sm_model_config){.vocab_size = FIXTURE_VOCAB,
                             .hidden_size = 16,
                             .intermediate_size = 32,
                             .num_hidden_layers = 2,
                             .num_attention_heads = 2,
                             .num_key_value_heads = 1,
                             .head_dim = 8,
                             .max_position_embeddings = 64,
                             .rms_norm_eps = 1e-5,
                             .rope_theta = 10000,
                             .initializer_range = .05,
                             .tie_word_embeddings = true,
                             .bos_token_id = 0,
                             .eos_token_id = 0,
                             .pad_token_id = -1};
}

#endif
