/* Editing sets of shards: merged or divided sets are those that the writer makes of the same documents, byte for byte.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/shard_edit.h>

#include <string.h>
#include <unistd.h>

enum { EOT = 3, MANY = 60, LONGEST = 300, VOCAB = 70000 };

static const char *scratch(void)
{
    static char path[1024];
    const char *const build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, sizeof path, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(path, NULL), NULL);
    (void)snprintf(path, sizeof path, "%s/scratch/edit-XXXXXX", build ? build : ".");
    assert_non_null(mkdtemp(path));
    return path;
}

static const char *inside(const char *dir, const char *name)
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

static void make(document *d, uint64_t number, bool masks, uint32_t sources)
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

/* Writes the documents that `wanted` names into DIR/NAME. */
static const char *write_set(const char *dir, const char *name, bool masks,
                             int64_t shard_tokens, bool (*wanted)(uint64_t))
{
    const char *const path = inside(dir, name);
    const sm_shard_options o = {.dir = path,
                                .kind = masks ? "chat" : "text",
                                .vocab_size = VOCAB,
                                .eot = EOT,
                                .bos = -1,
                                .pad = -1,
                                .has_tokenizer = true,
                                .tokenizer_hash = {7, 8},
                                .shard_tokens = shard_tokens,
                                .sources = two_sources};
    static document d;
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    for (uint64_t i = 0; i < MANY; i++) {
        make(&d, i, masks, 2);
        if (wanted(i)) assert_ok(sm_shard_writer_append(w, &d.doc, &err), &err);
    }
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
    return path;
}

static bool all(uint64_t i)
{
    return i < MANY;
}
static bool early(uint64_t i)
{
    return i < 23;
}
static bool late(uint64_t i)
{
    return i >= 23;
}

static bool valid(uint64_t i)
{
    static document d;
    make(&d, i, false, 2);
    return sm_split_is_validation(d.doc.id, 0.3);
}

static bool not_valid(uint64_t i)
{
    return !valid(i);
}

/* ---- comparing ------------------------------------------------------------------------------------ */

static void assert_same_file(const char *a, const char *b)
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

static sm_shards *open_set(const char *dir)
{
    sm_shards *set = NULL;
    sm_error err = {0};
    assert_ok(sm_shards_open(&set, dir, &err), &err);
    return set;
}

static void assert_same_set(const char *a, const char *b)
{
    sm_shards *const x = open_set(a), *const y = open_set(b);
    assert_int_equal(sm_shards_about(x)->n_shards, sm_shards_about(y)->n_shards);
    assert_int_equal(sm_shards_about(x)->documents, sm_shards_about(y)->documents);
    for (size_t i = 0; i < sm_shards_about(x)->n_shards; i++)
        for (int k = 0; k < 3; k++) {
            static const char *const endings[] = {"bin", "idx", "meta"};
            char left[2100], right[2100];
            (void)snprintf(left, sizeof left, "%s/shard-%05zu.%s", a, i, endings[k]);
            (void)snprintf(right, sizeof right, "%s/shard-%05zu.%s", b, i, endings[k]);
            assert_same_file(left, right);
        }
    sm_shards_close(x);
    sm_shards_close(y);
}

/* ---- merging and dividing -------------------------------------------------------------------------- */

static void check_merge(bool masks, int64_t before, int64_t after)
{
    const char *const dir = scratch();
    sm_shards *sets[] = {open_set(write_set(dir, "a", masks, before, early)),
                         open_set(write_set(dir, "b", masks, before, late))};
    sm_error err = {0};
    assert_ok(sm_shards_merge(inside(dir, "both"), NULL, after, sets, 2, &err), &err);
    write_set(dir, "whole", masks, after, all);
    assert_same_set(inside(dir, "both"), inside(dir, "whole"));
    sm_shards_close(sets[0]);
    sm_shards_close(sets[1]);
}

static void merged_is_written_at_once(void **state)
{
    (void)state;
    static const int64_t sizes[] = {100, 777,
                                    1 << 20}; /* 100: documents lie in several shards */
    for (int masks = 0; masks < 2; masks++)
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                check_merge(masks, sizes[i], sizes[k]);
}

static void check_split(bool masks, int64_t before, int64_t after)
{
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "whole", masks, before, all));
    const sm_shards_division half = {.validation = 0.3, .shard_tokens = after};
    sm_error err = {0};
    assert_ok(sm_shards_split(inside(dir, "split"), set, &half, &err), &err);
    write_set(dir, "t", masks, after, not_valid);
    write_set(dir, "v", masks, after, valid);
    assert_same_set(inside(dir, "split/train"), inside(dir, "t"));
    assert_same_set(inside(dir, "split/valid"), inside(dir, "v"));
    sm_shards_close(set);
}

static void split_sets_are_written_at_once(void **state)
{
    (void)state;
    for (int masks = 0; masks < 2; masks++) {
        check_split(masks, 100, 1 << 20);
        check_split(masks, 1 << 20, 100);
    }
}

/* Parts hold all documents in order: merged again they are the set. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "whole", false, 1 << 20, all));
    const sm_shards_division four = {.parts = 4, .shard_tokens = 500};
    sm_error err = {0};
    assert_ok(sm_shards_split(inside(dir, "split"), set, &four, &err), &err);
    sm_shards *parts[4];
    const uint64_t share = sm_shards_about(set)->tokens / 4;
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "split/part-%05zu", i);
        parts[i] = open_set(inside(dir, name));
        const uint64_t tokens = sm_shards_about(parts[i])->tokens;
        assert_true(tokens + LONGEST > share && tokens < share + LONGEST);
    }
    assert_ok(sm_shards_merge(inside(dir, "again"), NULL, 1 << 20, parts, 4, &err), &err);
    assert_same_set(inside(dir, "again"), inside(dir, "whole"));
    for (size_t i = 0; i < 4; i++)
        sm_shards_close(parts[i]);
    sm_shards_close(set);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void documents_come_back_whole(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const set = open_set(write_set(dir, "set", true, 100, all));
    sm_shards_whole doc = {0};
    sm_error err = {0};
    uint64_t number = 0;
    for (uint64_t i = 0; i < sm_shards_about(set)->sequences; i += doc.sequences, number++) {
        static document want;
        make(&want, number, true, 2);
        assert_ok(sm_shards_whole_at(set, i, &doc, &err), &err);
        assert_span(doc.id, want.id);
        assert_int_equal(doc.n, want.doc.n);
        assert_int_equal(doc.source, want.doc.source);
        uint32_t ids[LONGEST];
        sm_shards_read(set, doc.first, (size_t)doc.n, ids);
        assert_memory_equal(ids, want.ids, doc.n * sizeof *ids);
        for (size_t t = 0; t < doc.n; t++)
            assert_int_equal(sm_shards_is_target(set, doc.first + t), t >= doc.n / 2);
        sm_shard_part parts[4];
        assert_int_equal(sm_shards_parts_of(set, i, parts, 4), 2);
        assert_memory_equal(parts, want.parts, sizeof want.parts);
        for (uint64_t piece = 1; piece < doc.sequences; piece++) {
            sm_shards_whole later;
            assert_int_equal(sm_shards_whole_at(set, i + piece, &later, &err), SM_EUSAGE);
        }
    }
    assert_int_equal(number, MANY);
    sm_shards_close(set);
}

static void what_is_not_alike_stays_apart(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shards *const sets[] = {open_set(write_set(dir, "text", false, 100, early)),
                               open_set(write_set(dir, "chat", true, 100, late))};
    sm_error err = {0};
    assert_int_equal(sm_shards_merge(inside(dir, "both"), NULL, 100, sets, 2, &err), SM_EUSAGE);
    assert_non_null(strstr(err.text, "another kind: text, chat"));
    assert_false(sm_file_exists(inside(dir, "both/manifest.json")));
    sm_shards_close(sets[0]);
    sm_shards_close(sets[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_is_written_at_once),
        cmocka_unit_test(split_sets_are_written_at_once),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(documents_come_back_whole),
        cmocka_unit_test(what_is_not_alike_stays_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
