/* Weights, repeats and shuffling: what is written how often, and that the order depends on nothing but the seed.
 * SPDX-License-Identifier: MIT */
#include "shard_documents.h"

#include <seimai/shard_intake.h>

/* ---- weights --------------------------------------------------------------------------------------- */

static void operands_have_weights(void **state)
{
    (void)state;
    sm_arena arena = {0};
    sm_error err = {0};
    const char *items[] = {"a.jsonl", "b.jsonl=2.5", "-=.5", "x=y=3", "c=web"};
    sm_list operands = {items, 5, 5};
    sm_shard_weights w = {0};
    assert_ok(sm_shard_weights_read(&w, &operands, &arena, &err), &err);
    static const char *const paths[] = {"a.jsonl", "b.jsonl", "-", "x=y", "c=web"};
    static const double weights[] = {1, 2.5, .5, 3, 1};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(operands.items[i], paths[i]);
        assert_true(w.operands[i].weight == weights[i]);
    }
    assert_true(w.given);
    assert_string_equal(w.operands[2].shown, "(stdin)");
    static const char *const bad[][2] = {
        {"a=0", "a=1"}, {"a=-1", "a"}, {"a=1e9", "a"}, {"a=nan", "b"}, {"a=2", "a"}};
    for (size_t i = 0; i < 5; i++) {
        const char *two[] = {bad[i][0], bad[i][1]};
        sm_list list = {two, 2, 2};
        assert_int_equal(sm_shard_weights_read(&w, &list, &arena, &err), SM_EUSAGE);
    }
    sm_arena_free(&arena);
}

/* Parses a record of a file and weighs it: its copies, or 0 with the rule. */
static uint64_t weigh(const sm_shard_weights *w, const char *file, const char *record,
                      const char **rule)
{
    sm_arena arena = {0};
    const char *kind = NULL;
    size_t at = 0;
    uint64_t copies = 0;
    sm_doc doc = {.record = sm_span_of(record), .arena = &arena, .file = file};
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 1);
    const int kept = sm_shard_weigh(w, &doc, &copies);
    assert_int_equal(kept == SM_KEEP, copies > 0);
    if (rule) *rule = doc.rule;
    sm_arena_free(&arena);
    return copies;
}

static void a_weight_is_a_number_of_copies(void **state)
{
    (void)state;
    sm_shard_operand operands[] = {{"a", "a", 2.5}, {"b", "b", .1}, {"c", "c", 3}};
    sm_shard_weights w = {.seed = 5, .operands = operands, .n = 3, .given = true}, other = w;
    uint64_t sum[3] = {0}, both = 0, valid_too = 0, valid_n = 0;
    other.seed = 6;
    for (unsigned i = 0; i < 10000; i++) {
        char record[64], id[16];
        (void)snprintf(id, sizeof id, "d%u", i);
        (void)snprintf(record, sizeof record, "{\"id\":\"%s\",\"text\":\"x\"}", id);
        const uint64_t a = weigh(&w, "a", record, NULL), b = weigh(&w, "b", record, NULL);
        assert_in_range(a, 2, 3);
        assert_in_range(b, 0, 1);
        assert_int_equal(weigh(&w, "c", record, NULL), 3);
        assert_int_equal(weigh(&w, "d", record, NULL), 1);
        sum[0] += a;
        sum[1] += b;
        both += b && weigh(&other, "b", record, NULL);
        if (!sm_split_is_validation(sm_span_of(id), 0.1)) continue;
        valid_n++;
        valid_too += b;
    }
    assert_in_range(sum[0], 24800, 25200); /* four deviations of 50 */
    assert_in_range(sum[1], 880, 1120);    /* of 30 */
    assert_in_range(both, 60, 140);        /* seeds draw independently */
    assert_in_range(valid_n, 880, 1120);
    assert_in_range(valid_too, 60, 140); /* and of the split */
}

static void a_field_repeats_a_document(void **state)
{
    (void)state;
    sm_shard_operand operands[] = {{"half", "half", .5}};
    sm_shard_weights w = {.repeat_by = "metadata.dedup.size",
                          .repeat_most = 8,
                          .operands = operands,
                          .n = 1,
                          .given = true};
    static const struct {
        const char *file, *value;
        uint64_t copies;
        const char *rule;
    } cases[] = {{"a", "3", 3, NULL},
                 {"a", "1", 1, NULL},
                 {"a", "200", 8, NULL},
                 {"a", "0", 0, "weight"},
                 {"half", "4", 2, NULL},
                 {"half", "200", 4, NULL},
                 {"a", "\"3\"", 0, "repeat-by"},
                 {"a", "-1", 0, "repeat-by"},
                 {"a", "null", 0, "repeat-by"},
                 {"a", "2e0", 2, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char record[128];
        const char *rule = NULL;
        (void)snprintf(record, sizeof record,
                       "{\"id\":\"d\",\"text\":\"x\",\"metadata\":{\"dedup\":{\"size\":%s}}}",
                       cases[i].value);
        assert_int_equal(weigh(&w, cases[i].file, record, &rule), cases[i].copies);
        if (cases[i].rule) assert_string_equal(rule, cases[i].rule);
    }
    assert_int_equal(weigh(&w, "a", "{\"id\":\"d\",\"text\":\"x\"}", NULL), 1);
}

/* ---- order ------------------------------------------------------------------------------------------ */

static uint64_t copies_of(uint64_t i)
{
    return 1 + i % 3;
}

static const char *write_shuffled(const char *dir, const char *name, bool masks,
                                  const sm_shard_intake_options *how)
{
    static document d;
    const sm_shard_options o = options_of(inside(dir, name), masks, 5000);
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    sm_shard_intake *const x = sm_shard_intake_new(&w, how);
    for (uint64_t i = 0; i < MANY; i++) {
        make(&d, i, masks, 2);
        d.doc.end_is_context = masks && i % 2;
        assert_ok(sm_shard_intake_add(x, 0, &d.doc, copies_of(i), &err), &err);
    }
    assert_ok(sm_shard_intake_finish(x, &err), &err);
    sm_shard_intake_free(x);
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
    return o.dir;
}

static uint64_t number_of(sm_span id)
{
    char text[32] = {0};
    memcpy(text, id.p, id.n < sizeof text ? id.n : sizeof text - 1);
    return strtoull(strrchr(text, '-') + 1, NULL, 10);
}

/* Reads a set: the number of each document in order; each is whole, with mask, parts, source and counts. */
static size_t read_numbers(const char *path, bool masks, uint64_t *numbers)
{
    sm_shards *const set = open_set(path);
    size_t n = 0;
    sm_shards_whole doc = {0};
    sm_error err = {0};
    for (uint64_t i = 0; i < sm_shards_about(set)->sequences; i += doc.sequences, n++) {
        static document want;
        uint32_t ids[LONGEST];
        sm_shard_part parts[4];
        assert_ok(sm_shards_whole_at(set, i, &doc, &err), &err);
        numbers[n] = number_of(doc.id);
        make(&want, numbers[n], masks, 2);
        assert_span(doc.id, want.id);
        assert_int_equal(doc.n, want.doc.n);
        assert_int_equal(doc.source, want.doc.source);
        assert_int_equal(doc.text_bytes, want.doc.text_bytes);
        sm_shards_read(set, doc.first, (size_t)doc.n, ids);
        assert_memory_equal(ids, want.ids, doc.n * sizeof *ids);
        for (size_t t = 0; masks && t < doc.n; t++)
            assert_int_equal(sm_shards_is_target(set, doc.first + t), t >= doc.n / 2);
        if (masks)
            assert_int_equal(sm_shards_is_target(set, doc.first + doc.n), numbers[n] % 2 == 0);
        assert_int_equal(sm_shards_parts_of(set, i, parts, 4), masks ? 2 : 0);
        if (masks) assert_memory_equal(parts, want.parts, sizeof want.parts);
    }
    sm_shards_close(set);
    return n;
}

static void order_is_kept_without_a_seed(void **state)
{
    (void)state;
    uint64_t numbers[3 * MANY];
    const sm_shard_intake_options keep = {0};
    const size_t n = read_numbers(write_shuffled(scratch(), "set", true, &keep), true, numbers);
    size_t at = 0;
    for (uint64_t i = 0; i < MANY; i++)
        for (uint64_t k = 0; k < copies_of(i); k++)
            assert_int_equal(numbers[at++], i);
    assert_int_equal(at, n);
}

static void shuffled_sets_hold_the_same(void **state)
{
    (void)state;
    const char *const dir = scratch();
    uint64_t numbers[3 * MANY], count[MANY];
    for (int masks = 0; masks < 2; masks++) {
        const sm_shard_intake_options how = {
            .shuffle = true, .seed = 7, .memory = 1 << 24, .folder = dir, .threads = 1};
        const size_t n = read_numbers(
            write_shuffled(dir, masks ? "masks" : "text", masks, &how), masks, numbers);
        size_t in_place = 0;
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < n; i++)
            count[numbers[i]]++;
        for (size_t i = 1; i < n; i++)
            in_place += numbers[i] == numbers[i - 1] || numbers[i] == numbers[i - 1] + 1;
        for (uint64_t i = 0; i < MANY; i++)
            assert_int_equal(count[i], copies_of(i));
        assert_true(in_place < n / 6); /* copies are apart, and neighbours too */
    }
}

static void seeds_decide_and_nothing_else(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shard_intake_options how = {
        .shuffle = true, .seed = 7, .memory = 1 << 24, .folder = dir, .threads = 1};
    const char *const first = write_shuffled(dir, "first", false, &how);
    how.memory = 0; /* the least that a sorter takes */
    how.threads = 4;
    assert_same_set(write_shuffled(dir, "again", false, &how), first);
    uint64_t a[3 * MANY], b[3 * MANY];
    how.seed = 8;
    const size_t n = read_numbers(first, false, a);
    assert_int_equal(read_numbers(write_shuffled(dir, "other", false, &how), false, b), n);
    size_t same = 0;
    for (size_t i = 0; i < n; i++)
        same += a[i] == b[i];
    assert_true(same < n / 6);
}

/* Where copies of a document of one token come to stand among 8,000: sixteen ranges of places, each as often by the
 * chi-square of 15 degrees of freedom (37.7 is exceeded once in a thousand). */
static void every_place_is_as_likely(void **state)
{
    (void)state;
    enum { DOCS = 8000, RANGES = 16, MARKED = 1600 };
    const char *const dir = scratch();
    const sm_shard_options o = options_of(inside(dir, "set"), false, 1 << 20);
    const sm_shard_intake_options how = {
        .shuffle = true, .seed = 3, .memory = 1 << 20, .folder = dir, .threads = 1};
    static uint32_t tokens[2 * DOCS];
    sm_shard_writer *w = NULL;
    double found[RANGES] = {0}, chi = 0;
    assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
    sm_shard_intake *const x = sm_shard_intake_new(&w, &how);
    for (uint32_t i = 0; i < DOCS; i++) {
        const uint32_t ids[1] = {EOT + 1 + (i < MARKED)};
        const sm_shard_doc doc = {.id = SM_SPAN("d"), .ids = ids, .n = 1};
        assert_ok(sm_shard_intake_add(x, 0, &doc, 1, NULL), NULL);
    }
    assert_ok(sm_shard_intake_finish(x, NULL), NULL);
    sm_shard_intake_free(x);
    assert_ok(sm_shard_writer_commit(w, true, NULL), NULL);
    sm_shards *const set = open_set(o.dir);
    sm_shards_read(set, 0, 2 * DOCS, tokens);
    for (size_t i = 0; i < DOCS; i++)
        found[i * RANGES / DOCS] += tokens[2 * i] == EOT + 2;
    for (size_t i = 0; i < RANGES; i++) {
        const double want = (double)MARKED / RANGES;
        chi += (found[i] - want) * (found[i] - want) / want;
    }
    assert_true(chi < 37.7);
    sm_shards_close(set);
}

/* Larger than the sorter's memory: it goes in pieces. */
static void giant_documents_pass(void **state)
{
    (void)state;
    enum { GIANT = 3 << 20 };
    const char *const dir = scratch();
    uint32_t *const ids = sm_malloc(GIANT * sizeof *ids), *const got =
                                                              sm_malloc(GIANT * sizeof *ids);
    const sm_shard_options o = options_of(inside(dir, "set"), false, INT32_MAX);
    const sm_shard_intake_options how = {
        .shuffle = true, .seed = 1, .memory = 1 << 20, .folder = dir, .threads = 1};
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    for (uint32_t i = 0; i < GIANT; i++)
        ids[i] = EOT + 1 + i % 60000;
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    sm_shard_intake *const x = sm_shard_intake_new(&w, &how);
    for (size_t i = 0; i < 5; i++) {
        const sm_shard_doc doc = {.id = SM_SPAN("g"), .ids = ids, .n = i == 2 ? GIANT : 10};
        assert_ok(sm_shard_intake_add(x, 0, &doc, 1, &err), &err);
    }
    assert_ok(sm_shard_intake_finish(x, &err), &err);
    sm_shard_intake_free(x);
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
    sm_shards *const set = open_set(o.dir);
    sm_shards_doc doc = {0};
    for (uint64_t i = 0; doc.n <= 11; i++)
        assert_ok(sm_shards_document(set, i, &doc, &err), &err);
    assert_int_equal(doc.n, GIANT + 1);
    sm_shards_read(set, doc.first, GIANT, got);
    assert_memory_equal(got, ids, GIANT * sizeof *ids);
    sm_shards_close(set);
    sm_free(ids);
    sm_free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_have_weights),
        cmocka_unit_test(a_weight_is_a_number_of_copies),
        cmocka_unit_test(a_field_repeats_a_document),
        cmocka_unit_test(order_is_kept_without_a_seed),
        cmocka_unit_test(shuffled_sets_hold_the_same),
        cmocka_unit_test(seeds_decide_and_nothing_else),
        cmocka_unit_test(every_place_is_as_likely),
        cmocka_unit_test(giant_documents_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
