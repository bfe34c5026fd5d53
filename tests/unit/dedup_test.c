/* Which documents go, and why: short texts, the greedy rule against a slow oracle, bounds, real pairs.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <seimai/config.h>
#include <seimai/dedup.h>
#include <seimai/document.h>
#include <seimai/file.h>
#include <seimai/lsh.h>
#include <seimai/random.h>

/* ---- one text at a time -------------------------------------------------------------------- */

typedef struct stream {
    sm_dedup *dedup;
    sm_dedup_signer *signer;
    sm_arena arena;
} stream;

static stream stream_open(const sm_dedup_options *options)
{
    stream s = {0};
    sm_error err = {0};
    assert_ok(sm_dedup_new(&s.dedup, options, &err), &err);
    s.signer = sm_dedup_signer_new(s.dedup);
    return s;
}

static void stream_close(stream *s)
{
    sm_dedup_signer_free(s->signer);
    sm_dedup_free(s->dedup);
    sm_arena_free(&s->arena);
}

static sm_match feed(stream *s, sm_span text, const char *id)
{
    sm_dedup_item item;
    sm_match match;
    sm_error err = {0};
    sm_dedup_sign(s->signer, text, &s->arena, &item);
    assert_ok(sm_dedup_decide(s->dedup, &item, sm_span_of(id), &match, &err), &err);
    return match;
}

static void assert_fed(stream *s, const char *text, const char *id, sm_match_kind kind,
                       const char *kept)
{
    const sm_match match = feed(s, sm_span_of(text), id);
    assert_int_equal(match.kind, kind);
    assert_span(match.kept, kept);
}

static void short_texts_go_only_when_they_are_equal(void **state)
{
    (void)state;
    const sm_dedup_options o = sm_dedup_defaults();
    stream s = stream_open(&o);
    assert_fed(&s, "はい", "a", SM_MATCH_NONE, "");
    assert_fed(&s, "いいえ", "b", SM_MATCH_NONE, "");
    assert_fed(&s, "はい", "c", SM_MATCH_EXACT, "a");
    assert_fed(&s, "は い", "d", SM_MATCH_NONE, ""); /* equal as a view, not as a text */
    assert_fed(&s, "", "e", SM_MATCH_NONE, "");
    assert_fed(&s, "", "f", SM_MATCH_EXACT, "e");
    assert_fed(&s, "            ", "g", SM_MATCH_NONE, ""); /* long, but no shingle */
    assert_fed(&s, "いいえ", "h", SM_MATCH_EXACT, "b");
    const sm_dedup_counts counts = sm_dedup_count(s.dedup);
    assert_int_equal(counts.documents, 8);
    assert_int_equal(counts.short_texts, 8);
    assert_int_equal(counts.kept, 5);
    assert_int_equal(counts.exact, 3);
    assert_int_equal(counts.near, 0);
    stream_close(&s);
}

static void nul_is_a_character_like_others(void **state)
{
    (void)state;
    const sm_dedup_options o = sm_dedup_defaults();
    stream s = stream_open(&o);
    assert_int_equal(feed(&s, SM_SPAN("abcdefgh\0ijklmnop"), "a").kind, SM_MATCH_NONE);
    assert_int_equal(feed(&s, SM_SPAN("abcdefgh\0qrstuvwx"), "b").kind, SM_MATCH_NONE);
    assert_int_equal(feed(&s, SM_SPAN("abcdefgh\0ijklmnop"), "c").kind, SM_MATCH_EXACT);
    stream_close(&s);
}

static void the_view_decides_what_is_near(void **state)
{
    (void)state;
    const sm_dedup_options o = sm_dedup_defaults();
    stream s = stream_open(&o);
    assert_fed(&s, "ガラスのコップ１２３を買う", "a", SM_MATCH_NONE, "");
    assert_fed(&s, "ｶﾞﾗｽ の ｺｯﾌﾟ 123を 買う", "b", SM_MATCH_NEAR, "a");
    assert_fed(&s, "カラスのコッフ１２３を買う", "c", SM_MATCH_NONE, "");
    stream_close(&s);
}

static void a_document_is_compared_with_kept_ones_only(void **state)
{
    (void)state;
    const char *a = "abcdefghijklmnopqrstuvwxyz0123456789";
    const char *b = "cdefghijklmnopqrstuvwxyz0123456789AB";
    const char *c = "efghijklmnopqrstuvwxyz0123456789ABCD";
    const char *d = "ghijklmnopqrstuvwxyz0123456789ABCDEF";
    sm_dedup_options o = sm_dedup_defaults();
    o.bands = 100; /* every similar pair is a candidate */
    o.rows = 2;
    stream s = stream_open(&o); /* neighbours share 30 of 34 shingles, J .88; second ones .78 */
    assert_fed(&s, a, "a", SM_MATCH_NONE, "");
    assert_fed(&s, b, "b", SM_MATCH_NEAR, "a");
    assert_fed(&s, c, "c", SM_MATCH_NONE, "");
    assert_fed(&s, d, "d", SM_MATCH_NEAR, "c");
    assert_true(fabs(feed(&s, sm_span_of(d), "e").similarity - 30.0 / 34) < 1e-15);
    stream_close(&s);
}

static void exact_only_removes_nothing_else(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    o.exact_only = true;
    stream s = stream_open(&o);
    assert_fed(&s, "吾輩は猫である。名前はまだ無い。", "a", SM_MATCH_NONE, "");
    assert_fed(&s, "吾輩は猫である。名前はまだ無い。 ", "b", SM_MATCH_NONE, "");
    assert_fed(&s, "吾輩は猫である。名前はまだ無い。", "c", SM_MATCH_EXACT, "a");
    assert_int_equal(sm_dedup_count(s.dedup).short_texts, 0);
    stream_close(&s);
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void without_a_folder_the_memory_is_a_bound_that_fails(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    o.memory = 1 << 20;
    stream s = stream_open(&o);
    sm_error err = {0};
    int status = SM_OK;
    for (int i = 0; i < 2000 && status == SM_OK; i++) {
        char text[400];
        for (size_t c = 0; c + 1 < sizeof text; c++)
            text[c] = (char)('0' + sm_random_below(8, (uint64_t)i, c, 64));
        sm_dedup_item item;
        sm_match match;
        sm_dedup_sign(s.signer, (sm_span){text, sizeof text - 1}, &s.arena, &item);
        status = sm_dedup_decide(s.dedup, &item, SM_SPAN("x"), &match, &err);
    }
    assert_int_equal(status, SM_ELIMIT);
    assert_contains(err.text, "memory of 1 MiB");
    assert_in_range(sm_dedup_count(s.dedup).bytes, 1 << 20, 2 << 20);
    stream_close(&s);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    sm_dedup *dedup = NULL;
    for (int wrong = 0; wrong < 5; wrong++) {
        static const char *const words[] = {"threshold", "shingle", "cap", "both", "more than"};
        sm_dedup_options o = sm_dedup_defaults();
        sm_error err = {0};
        if (wrong == 0) o.threshold = 0;
        if (wrong == 1) o.shingle = 65;
        if (wrong == 2) o.bucket_cap = 0;
        if (wrong == 3) o.bands = 3;
        if (wrong == 4) o.bands = o.rows = 1000;
        assert_int_equal(sm_dedup_new(&dedup, &o, &err), SM_EUSAGE);
        assert_contains(err.text, words[wrong]);
    }
}

/* ---- the greedy rule against a slow oracle ------------------------------------------------- */

enum { DOCUMENTS = 600, LENGTH = 160 };

/* Families of texts: a base, and copies of it with more and more characters replaced. */
static size_t make_text(size_t number, char *text)
{
    const uint64_t family = sm_random_below(21, number, 0, 60);
    const uint64_t edits = sm_random_below(21, number, 1, 12);
    for (size_t c = 0; c < LENGTH; c++)
        text[c] = (char)('!' + sm_random_below(22, family, c, 90));
    for (uint64_t e = 0; e < edits; e++)
        text[sm_random_below(23, number, 2 * e, LENGTH)] =
            (char)('!' + sm_random_below(23, number, 2 * e + 1, 90));
    return LENGTH;
}

typedef struct decision {
    sm_match_kind kind;
    size_t kept;
} decision;

/* All pairs: the earliest kept document that is equal, or shares a band and reaches the threshold. */
static void decide_slowly(const sm_dedup_options *o, const sm_dedup_item *items, decision *d)
{
    for (size_t i = 0; i < DOCUMENTS; i++) {
        d[i] = (decision){SM_MATCH_NONE, i};
        for (size_t k = 0; k < i; k++)
            if (d[k].kind == SM_MATCH_NONE && sm_hash128_equal(items[k].text, items[i].text))
                d[i] = (decision){SM_MATCH_EXACT, k};
        for (size_t k = 0; k < i && d[i].kind == SM_MATCH_NONE; k++) {
            bool meets = false;
            for (size_t b = 0; b < o->bands; b++)
                meets = meets || items[k].keys[b] == items[i].keys[b];
            if (d[k].kind != SM_MATCH_NONE || !meets) continue;
            if (sm_jaccard(items[k].set, items[k].n_set, items[i].set, items[i].n_set) >=
                o->threshold)
                d[i] = (decision){SM_MATCH_NEAR, k};
        }
    }
}

static void sign_all(stream *s, sm_dedup_item *items)
{
    for (size_t i = 0; i < DOCUMENTS; i++) {
        char text[LENGTH];
        sm_dedup_sign(s->signer, (sm_span){text, make_text(i, text)}, &s->arena, &items[i]);
    }
}

/* Looks up to `ahead` documents ahead of what is decided; gives the counts. */
static sm_dedup_counts decide_and_compare(const sm_dedup_options *o, size_t ahead)
{
    static sm_dedup_item items[DOCUMENTS];
    static decision want[DOCUMENTS];
    stream s = stream_open(o);
    sm_error err = {0};
    size_t looked_up = 0;
    sign_all(&s, items);
    decide_slowly(sm_dedup_settled(s.dedup), items, want);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        for (; ahead > 0 && looked_up < DOCUMENTS && looked_up < i + ahead; looked_up++) {
            sm_dedup_lookup(s.dedup, &items[looked_up]);
            if (looked_up % 3 == 0) continue;
            assert_ok(sm_dedup_compare(s.signer, &items[looked_up], &err), &err);
        }
        char id[24], kept[24];
        (void)snprintf(id, sizeof id, "%zu", i);
        (void)snprintf(kept, sizeof kept, "%zu", want[i].kept);
        sm_match match;
        assert_ok(sm_dedup_decide(s.dedup, &items[i], sm_span_of(id), &match, &err), &err);
        assert_int_equal(match.kind, want[i].kind);
        if (match.kind != SM_MATCH_NONE) assert_span(match.kept, kept);
    }
    const sm_dedup_counts counts = sm_dedup_count(s.dedup);
    assert_true(counts.near > 50 && counts.exact > 10);
    assert_true(counts.near + counts.exact < DOCUMENTS - 50);
    stream_close(&s);
    return counts;
}

static void decisions_are_the_oracles_whatever_was_looked_up_before(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    o.bucket_cap = DOCUMENTS;
    for (size_t ahead = 0; ahead <= 200; ahead += 40)
        assert_int_equal(decide_and_compare(&o, ahead).flushes, 0);
}

static void decisions_are_the_oracles_for_any_memory(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    o.bucket_cap = DOCUMENTS;
    const sm_dedup_counts all = decide_and_compare(&o, 0);
    o.folder = ".";
    for (o.memory = 0; o.memory <= 400000; o.memory = 3 * o.memory + 20000) {
        for (size_t ahead = 0; ahead <= 120; ahead += 40) {
            const sm_dedup_counts counts = decide_and_compare(&o, ahead);
            assert_true(counts.flushes > (o.memory > 0 ? 0 : 100));
            assert_true(counts.merges > 0 || o.memory > 0);
            assert_int_equal(counts.candidates, all.candidates);
            assert_int_equal(counts.verified, all.verified);
            assert_int_equal(counts.kept, all.kept);
        }
    }
}

/* Texts that share most shingles, but not enough. */
static sm_dedup_counts feed_templates(const sm_dedup_options *o)
{
    stream s = stream_open(o);
    for (size_t i = 0; i < 100; i++) {
        char text[LENGTH];
        (void)make_text(0, text);
        (void)snprintf(text, 8, "%07zu", i);
        text[7] = 'x';
        assert_int_equal(feed(&s, (sm_span){text, LENGTH}, "x").kind, SM_MATCH_NONE);
    }
    const sm_dedup_counts counts = sm_dedup_count(s.dedup);
    stream_close(&s);
    return counts;
}

static void a_full_bucket_is_counted_and_bounds_the_work(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    o.threshold = 1; /* alike, but never duplicates */
    o.bands = 50;
    o.rows = 1;
    o.bucket_cap = 2;
    const sm_dedup_counts counts = feed_templates(&o);
    assert_in_range(counts.capped, 1000, 100 * 50);
    assert_in_range(counts.candidates, 100, 100 * 50 * 2);
    o.folder = ".";
    for (o.memory = 0; o.memory < 100000; o.memory += 30000) {
        const sm_dedup_counts spilled = feed_templates(&o);
        assert_true(spilled.flushes > 0);
        assert_int_equal(spilled.capped, counts.capped);
        assert_int_equal(spilled.candidates, counts.candidates);
    }
}

/* ---- real pairs ---------------------------------------------------------------------------- */

enum { SET_MAX = 2453, TEXT_MAX = 240000 };

typedef struct real_set {
    sm_buffer file;
    sm_arena arena;
    sm_doc docs[SET_MAX];
    size_t n;
} real_set;

static real_set *real_set_read(const char *folder)
{
    real_set *r = sm_calloc(1, sizeof *r);
    sm_error err = {0};
    char path[1100];
    (void)snprintf(path, sizeof path, "%s/dedup/dedup_docs.jsonl.zst", folder);
    r->file = sm_buffer_make((size_t)1 << 30);
    assert_ok(sm_file_read(path, &r->file, &err), &err);
    const char *p = r->file.p, *const end = p + r->file.n;
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        sm_doc *doc = &r->docs[r->n++];
        const char *kind = NULL;
        size_t at = 0;
        *doc = (sm_doc){.record = {p, (size_t)(lf - p)}, .arena = &r->arena};
        assert_int_equal(sm_doc_parse(doc, "text", &kind, &at), 1);
        p = lf + 1;
    }
    return r;
}

static void real_set_free(real_set *r)
{
    sm_buffer_free(&r->file);
    sm_arena_free(&r->arena);
    sm_free(r);
}

static sm_span real_set_text(real_set *r, const sm_value *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (sm_span_equal(sm_doc_id(&r->docs[i]), id->as.string))
            return sm_doc_text(&r->docs[i]);
    fail_msg("no document %.*s", (int)id->as.string.n, id->as.string.p);
    return (sm_span){0};
}

/* What is summed up over the listed pairs. */
typedef struct pair_sums {
    size_t pairs, alike, found;
    double bias, variance;                   /* of the estimate, and as the theory has it */
    double recall_expected, recall_variance; /* of the curve, over the pairs that are alike */
} pair_sums;

static double estimate(const sm_dedup_options *o, const sm_dedup_item *a,
                       const sm_dedup_item *b)
{
    const unsigned k = o->bands * o->rows;
    uint32_t *signature = sm_malloc(2 * k * sizeof *signature);
    sm_minhash *m = sm_minhash_new(k, o->seed);
    sm_minhash_sign(m, a->set, a->n_set, signature);
    sm_minhash_sign(m, b->set, b->n_set, signature + k);
    const double similarity = sm_minhash_similarity(signature, signature + k, k);
    sm_minhash_free(m);
    sm_free(signature);
    return similarity;
}

static void judge_pair(stream *s, sm_span a, sm_span b, double listed, pair_sums *sums)
{
    const sm_dedup_options *o = sm_dedup_settled(s->dedup);
    sm_dedup_item item_a, item_b;
    sm_arena_reset(&s->arena);
    sm_dedup_sign(s->signer, a, &s->arena, &item_a);
    sm_dedup_sign(s->signer, b, &s->arena, &item_b);
    const double j = sm_jaccard(item_a.set, item_a.n_set, item_b.set, item_b.n_set);
    assert_true(fabs(j - listed) < 5.1e-5); /* listed with four digits */
    const unsigned k = o->bands * o->rows;
    sums->bias += estimate(o, &item_a, &item_b) - j;
    sums->variance += j * (1 - j) / k;
    sums->pairs++;
    if (j < o->threshold) return;

    bool meets = false;
    for (size_t i = 0; i < o->bands; i++)
        meets = meets || item_a.keys[i] == item_b.keys[i];
    const double p = sm_lsh_recall(o->bands, o->rows, j);
    sums->recall_expected += p;
    sums->recall_variance += p * (1 - p);
    sums->alike++;
    sums->found += meets;
}

static void listed_pairs_have_their_jaccard_and_are_found(void **state)
{
    (void)state;
    const char *folder = test_data();
    if (!folder) skip();
    real_set *r = real_set_read(folder);
    sm_dedup_options o = sm_dedup_defaults();
    o.view = SM_VIEW_SPACES; /* as the list was made */
    stream s = stream_open(&o);
    pair_sums sums = {0};
    sm_buffer list = sm_buffer_make(1 << 20);
    sm_error err = {0};
    char path[1100];
    (void)snprintf(path, sizeof path, "%s/dedup/dedup_pairs.jsonl.zst", folder);
    assert_ok(sm_file_read(path, &list, &err), &err);
    for (char *p = list.p, *end = p + list.n, *lf; p < end; p = lf + 1) {
        lf = memchr(p, '\n', (size_t)(end - p));
        sm_config pair = {0};
        assert_ok(sm_config_parse_json(&pair, "pairs", (sm_span){p, (size_t)(lf - p)}, &err),
                  &err);
        const sm_span a = real_set_text(r, sm_value_get(&pair.root, "a"));
        const sm_span b = real_set_text(r, sm_value_get(&pair.root, "b"));
        double listed = 0;
        assert_ok(sm_value_read_real(sm_value_get(&pair.root, "jaccard"), "jaccard", 0, 1,
                                     &listed, &err),
                  &err);
        if (a.n + b.n < TEXT_MAX) judge_pair(&s, a, b, listed, &sums);
        sm_config_free(&pair);
    }
    assert_true(sums.pairs > 700 && sums.alike > 300);
    assert_true(fabs(sums.bias) < 4 * sqrt(sums.variance));
    assert_true(fabs((double)sums.found - sums.recall_expected) <
                4 * sqrt(sums.recall_variance));
    sm_buffer_free(&list);
    stream_close(&s);
    real_set_free(r);
}

static int order(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Each removed document is a duplicate by an independent count of its shared shingles. */
static void nothing_is_removed_that_is_no_duplicate(void **state)
{
    (void)state;
    const char *folder = test_data();
    if (!folder) skip();
    real_set *r = real_set_read(folder);
    const sm_dedup_options o = sm_dedup_defaults();
    stream s = stream_open(&o);
    sm_shingler *shingler = sm_shingler_new(o.view, o.shingle);
    size_t removed = 0;
    for (size_t i = 0; i < r->n; i++) {
        const sm_span text = sm_doc_text(&r->docs[i]);
        char id[24];
        (void)snprintf(id, sizeof id, "%zu", i);
        if (text.n > TEXT_MAX / 2) continue;
        const sm_match match = feed(&s, text, id);
        if (match.kind == SM_MATCH_NONE) continue;
        int64_t kept = 0;
        assert_true(sm_span_to_i64(match.kept, &kept));
        const uint64_t *set = NULL;
        const size_t n_a = sm_shingle_set(shingler, sm_doc_text(&r->docs[kept]), &set);
        uint64_t *a = sm_malloc(n_a * sizeof *a);
        memcpy(a, set, n_a * sizeof *a);
        const size_t n_b = sm_shingle_set(shingler, text, &set);
        size_t both = 0;
        for (size_t k = 0; k < n_a; k++)
            both += bsearch(&a[k], set, n_b, sizeof *set, order) != NULL;
        const double j = (double)both / (double)(n_a + n_b - both);
        assert_true(j >= o.threshold);
        assert_true(fabs(j - match.similarity) < 1e-12);
        sm_free(a);
        removed++;
    }
    assert_true(removed > 100);
    sm_shingler_free(shingler);
    stream_close(&s);
    real_set_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts_go_only_when_they_are_equal),
        cmocka_unit_test(nul_is_a_character_like_others),
        cmocka_unit_test(the_view_decides_what_is_near),
        cmocka_unit_test(a_document_is_compared_with_kept_ones_only),
        cmocka_unit_test(exact_only_removes_nothing_else),
        cmocka_unit_test(without_a_folder_the_memory_is_a_bound_that_fails),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(decisions_are_the_oracles_whatever_was_looked_up_before),
        cmocka_unit_test(decisions_are_the_oracles_for_any_memory),
        cmocka_unit_test(a_full_bucket_is_counted_and_bounds_the_work),
        cmocka_unit_test(listed_pairs_have_their_jaccard_and_are_found),
        cmocka_unit_test(nothing_is_removed_that_is_no_duplicate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
