/* Sets of shards for tests: documents that are a function of their number, and comparisons of sets byte for byte.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_TEST_SHARD_DOCUMENTS_H
#define SEIMAI_TEST_SHARD_DOCUMENTS_H

#include "test.h"

#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/shard_edit.h>

#include <unistd.h>

enum { EOT = 3, MANY = 60, LONGEST = 300, VOCAB = 70000 };

static inline const char *scratch(void)
{
    static char path[1024];
    const char *const build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, sizeof path, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(path, NULL), NULL);
    (void)snprintf(path, sizeof path, "%s/scratch/edit-XXXXXX", build ? build : ".");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline const char *inside(const char *dir, const char *name)
{
    static char paths[8][2048];
    static size_t next;
    char *const path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

/* ---- documents: a function of their number ------------------------------------------------------ */

typedef struct document {
    char id[32];
    uint32_t ids[LONGEST];
    uint8_t targets[LONGEST / 8 + 1];
    sm_shard_part parts[2];
    sm_shard_doc doc;
} document;

static inline void make(document *d, uint64_t number, bool masks, uint32_t sources)
{
    *d = (document){0};
    const size_t n =
        number % 13 == 7 && !masks ? 0 : 2 + sm_random_below(1, number, 0, LONGEST - 2);
    (void)snprintf(d->id, sizeof d->id, "文書-%llu", (unsigned long long)number);
    for (size_t i = 0; i < n; i++)
        d->ids[i] = EOT + 1 + (uint32_t)sm_random_below(2, number, i, VOCAB - EOT - 1);
    for (size_t i = n / 2; i < n; i++)
        d->targets[i / 8] |= (uint8_t)(1U << i % 8);
    d->parts[0] = (sm_shard_part){SM_PART_PROMPT, 0};
    d->parts[1] = (sm_shard_part){SM_PART_RESPONSE, (uint32_t)(n / 2)};
    d->doc = (sm_shard_doc){.id = sm_span_of(d->id),
                            .ids = d->ids,
                            .n = n,
                            .text_bytes = 3 * n + 1,
                            .characters = n + 1,
                            .targets = masks ? d->targets : NULL,
                            .parts = masks ? d->parts : NULL,
                            .n_parts = masks ? 2 : 0,
                            .source = sources ? (uint32_t)(number % sources) : 0};
}

static const char *const two_sources[] = {"web", "books", NULL};

static inline sm_shard_options options_of(const char *dir, bool masks, int64_t shard_tokens)
{
    return (sm_shard_options){.dir = dir,
                              .kind = masks ? "chat" : "text",
                              .vocab_size = VOCAB,
                              .eot = EOT,
                              .bos = -1,
                              .pad = -1,
                              .has_tokenizer = true,
                              .tokenizer_hash = {7, 8},
                              .shard_tokens = shard_tokens,
                              .sources = two_sources};
}

/* Appends documents [0, n) that `wanted` names. */
static inline void append(sm_shard_writer *w, bool masks, uint64_t n, bool (*wanted)(uint64_t))
{
    static document d;
    sm_error err = {0};
    for (uint64_t i = 0; i < n; i++) {
        make(&d, i, masks, 2);
        if (wanted(i)) assert_ok(sm_shard_writer_append(w, &d.doc, &err), &err);
    }
}

/* Writes the documents that `wanted` names into DIR/NAME. */
static inline const char *write_set(const char *dir, const char *name, bool masks,
                                    int64_t shard_tokens, bool (*wanted)(uint64_t))
{
    const char *const path = inside(dir, name);
    const sm_shard_options o = options_of(path, masks, shard_tokens);
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    append(w, masks, MANY, wanted);
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
    return path;
}

static inline bool all(uint64_t i)
{
    return i < MANY;
}
static inline bool early(uint64_t i)
{
    return i < 23;
}
static inline bool late(uint64_t i)
{
    return i >= 23;
}

static inline bool valid(uint64_t i)
{
    static document d;
    make(&d, i, false, 2);
    return sm_split_is_validation(d.doc.id, 0.3);
}

static inline bool not_valid(uint64_t i)
{
    return !valid(i);
}

/* ---- comparing ------------------------------------------------------------------------------------ */

static inline void assert_same_file(const char *a, const char *b)
{
    sm_buffer x = sm_buffer_make(1 << 24), y = sm_buffer_make(1 << 24);
    sm_error err = {0};
    assert_ok(sm_file_read(a, &x, &err), &err);
    assert_ok(sm_file_read(b, &y, &err), &err);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.p, y.p, x.n);
    sm_buffer_free(&x);
    sm_buffer_free(&y);
}

static inline sm_shards *open_set(const char *dir)
{
    sm_shards *set = NULL;
    sm_error err = {0};
    assert_ok(sm_shards_open(&set, dir, &err), &err);
    return set;
}

static inline void assert_same_set(const char *a, const char *b)
{
    sm_shards *const x = open_set(a), *const y = open_set(b);
    assert_int_equal(sm_shards_about(x)->n_shards, sm_shards_about(y)->n_shards);
    assert_int_equal(sm_shards_about(x)->documents, sm_shards_about(y)->documents);
    const bool zstd = sm_shards_about(x)->compressed;
    for (size_t i = 0; i < sm_shards_about(x)->n_shards; i++)
        for (int k = 0; k < 3; k++) {
            const char *const endings[] = {zstd ? "bin.zst" : "bin", "idx", "meta"};
            char left[2100], right[2100];
            (void)snprintf(left, sizeof left, "%s/shard-%05zu.%s", a, i, endings[k]);
            (void)snprintf(right, sizeof right, "%s/shard-%05zu.%s", b, i, endings[k]);
            assert_same_file(left, right);
        }
    sm_shards_close(x);
    sm_shards_close(y);
}

#endif
