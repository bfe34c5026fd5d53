/* The batch stages: files that are damaged, decisions that equal those of one pass, clusters beside their definition.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/dedup_batch.h>
#include <seimai/file.h>
#include <seimai/lsh.h>
#include <seimai/random.h>

#include <math.h>
#include <unistd.h>

/* Files are named as they stand in messages: all happens in a folder of its own. */
static int enter_folder(void **state)
{
    (void)state;
    const char *build = getenv("SEIMAI_BUILD");
    return chdir(build ? build : ".");
}

enum { DOCUMENTS = 600, MEMORY = 64 << 20 };

typedef struct corpus {
    char folder[64];
    sm_dedup *signer_of; /* its options */
    sm_dedup_signer *signer;
    sm_arena arena;
    sm_signed *docs;
    size_t n;
} corpus;

/* ---- a corpus of families ------------------------------------------------------------------- */

static uint64_t draw(uint64_t i, uint64_t k)
{
    return sm_random_u64(11, i, k);
}

/* Hiragana of a family, with some characters replaced: members of one family are alike to all degrees. */
static sm_span make_text(sm_arena *arena, uint64_t i)
{
    const uint64_t family = draw(i, 0) % 60, length = 150 + draw(family, 7) % 60;
    const uint64_t edits = draw(i, 1) % 14;
    char *p = sm_arena_alloc(arena, 3 * length);
    for (uint64_t k = 0; k < length; k++) {
        uint64_t c = draw(1000 + family, k) % 80;
        for (uint64_t e = 0; e < edits; e++) {
            if (draw(i, 10 + e) % length == k) c = draw(i, 100 + e) % 80;
        }
        p[3 * k] = (char)0xE3;
        p[3 * k + 1] = (char)(0x81 + c / 64);
        p[3 * k + 2] = (char)(0x80 + c % 64);
    }
    const uint64_t cut =
        draw(i, 3) % 20 == 0 ? 1 + draw(i, 4) % 3 : length; /* some are short */
    return (sm_span){p, 3 * cut};
}

static void corpus_make(corpus *c, const sm_dedup_options *options)
{
    sm_error err = {0};
    *c = (corpus){.folder = "batch-XXXXXX"};
    assert_non_null(mkdtemp(c->folder));
    assert_ok(sm_dedup_new(&c->signer_of, options, &err), &err);
    c->signer = sm_dedup_signer_new(c->signer_of);
    c->docs = sm_calloc(DOCUMENTS, sizeof *c->docs);
    for (c->n = 0; c->n < DOCUMENTS; c->n++) {
        sm_signed *d = &c->docs[c->n];
        const sm_span text = make_text(&c->arena, c->n);
        d->id = sm_span_of(sm_arena_printf(&c->arena, "d%zu", c->n));
        d->text_bytes = text.n;
        d->preference = (double)(draw(c->n, 5) % 50);
        sm_dedup_sign(c->signer, text, &c->arena, &d->item);
        sm_signed_pack(d, sm_dedup_settled(c->signer_of), &c->arena);
    }
}

static void corpus_free(corpus *c)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", c->folder);
    assert_int_equal(system(command), 0);
    sm_dedup_signer_free(c->signer);
    sm_dedup_free(c->signer_of);
    sm_arena_free(&c->arena);
    sm_free(c->docs);
}

static char *in_folder(corpus *c, const char *name)
{
    return sm_arena_printf(&c->arena, "%s/%s", c->folder, name);
}

static void write_part(corpus *c, const char *path, size_t from, size_t to)
{
    const sm_preference best = {SM_PREFER_BEST, SM_SPAN("score")};
    const sm_hash128 fingerprint = {from, to};
    sm_signatures *s = NULL;
    sm_error err = {0};
    assert_ok(sm_signatures_create(&s, path, sm_dedup_settled(c->signer_of), &best, fingerprint,
                                   3, &err),
              &err);
    for (size_t i = from; i < to; i++)
        assert_ok(sm_signatures_add(s, &c->docs[i], &err), &err);
    assert_ok(sm_signatures_commit(s, &err), &err);
}

/* ---- what was decided ----------------------------------------------------------------------- */

typedef struct verdict {
    sm_match_kind kind;
    double similarity;
    size_t kept, by;
    uint64_t size;
} verdict;

static size_t number_of(sm_span id)
{
    int64_t number = 0;
    assert_true(sm_span_to_i64((sm_span){id.p + 1, id.n - 1}, &number));
    return (size_t)number;
}

static void read_verdicts(corpus *c, const char *path, size_t from, size_t to,
                          verdict *verdicts)
{
    sm_decisions *d = NULL;
    sm_decision now;
    sm_error err = {0};
    int status = 0;
    assert_ok(sm_decisions_open(&d, path, &err), &err);
    assert_int_equal(sm_decisions_about(d)->documents, to - from);
    assert_int_equal(sm_decisions_about(d)->fingerprint.lo, from);
    while ((status = sm_decisions_next(d, &now, &err)) == 1) {
        const size_t i = from + now.document;
        verdicts[i] = (verdict){now.kind, now.similarity, number_of(now.kept),
                                number_of(now.by), now.size};
        const bool dropped = now.kind != SM_MATCH_NONE;
        assert_true(!dropped || sm_hash128_equal(now.text, c->docs[i].item.text));
        assert_true(dropped || verdicts[i].kept == i);
    }
    assert_ok(status, &err);
    sm_decisions_close(d);
}

/* Signs in `parts` files, matches, and gives what was decided about each document. */
static sm_match_counts match(corpus *c, size_t parts, const sm_match_options *options,
                             verdict *verdicts)
{
    const char *paths[8];
    char *folder = in_folder(c, "matches");
    sm_match_job *job = NULL;
    sm_match_counts counts;
    sm_error err = {0};
    bool done = false;
    for (size_t i = 0; i < parts; i++) {
        paths[i] = sm_arena_printf(&c->arena, "%s/part%zu.sig", c->folder, i);
        write_part(c, paths[i], c->n * i / parts, c->n * (i + 1) / parts);
    }
    assert_ok(sm_match_open(&job, paths, parts, folder, options, &err), &err);
    for (int band = (int)sm_match_bands(job) - 1; band >= -2; band--)
        assert_ok(sm_match_band(job, band, &done, &err), &err);
    assert_ok(sm_match_decide(job, &counts, &err), &err);
    sm_match_close(job);
    for (size_t i = 0; i < c->n; i++)
        verdicts[i] = (verdict){.kind = SM_MATCH_NONE, .kept = i, .by = i, .size = 1};
    for (size_t i = 0; i < parts; i++)
        read_verdicts(c, sm_arena_printf(&c->arena, "%s/part%zu.match", folder, i),
                      c->n * i / parts, c->n * (i + 1) / parts, verdicts);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    return counts;
}

static sm_match_options match_defaults(void)
{
    return (sm_match_options){.memory = MEMORY, .threads = 1};
}

/* ---- oracles -------------------------------------------------------------------------------- */

/* One pass over the documents in an order, as seimai/dedup.h decides. */
static void decide_streaming(const corpus *c, const size_t *order, verdict *verdicts)
{
    sm_dedup *dedup = NULL;
    sm_error err = {0};
    assert_ok(sm_dedup_new(&dedup, sm_dedup_settled(c->signer_of), &err), &err);
    for (size_t k = 0; k < c->n; k++) {
        const size_t i = order ? order[k] : k;
        sm_match m;
        verdicts[i] = (verdict){.kind = SM_MATCH_NONE, .kept = i, .by = i, .size = 1};
        assert_ok(sm_dedup_decide(dedup, &c->docs[i].item, c->docs[i].id, &m, &err), &err);
        if (m.kind == SM_MATCH_NONE) continue;
        const size_t kept = number_of(m.kept);
        verdicts[i] = (verdict){m.kind, m.similarity, kept, kept, 0};
        verdicts[kept].size++;
    }
    sm_dedup_free(dedup);
}

static void assert_same(const verdict *a, const verdict *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a[i].kind, b[i].kind);
        assert_int_equal(a[i].kept, b[i].kept);
        assert_int_equal(a[i].by, b[i].by);
        assert_int_equal(a[i].size, b[i].size);
        assert_true(fabs(a[i].similarity - b[i].similarity) < 1e-12);
    }
}

static double jaccard(const corpus *c, size_t i, size_t k)
{
    const sm_dedup_item *a = &c->docs[i].item, *b = &c->docs[k].item;
    return sm_jaccard(a->set, a->n_set, b->set, b->n_set);
}

static bool same_text(const corpus *c, size_t i, size_t k)
{
    return sm_hash128_equal(c->docs[i].item.text, c->docs[k].item.text);
}

/* The definition of clusters.h: representatives of a bucket are the first `cap` different texts in it. */
static bool is_compared(const corpus *c, size_t later, size_t earlier, const bool *repeated)
{
    const sm_dedup_options *o = sm_dedup_settled(c->signer_of);
    const sm_dedup_item *a = &c->docs[later].item, *b = &c->docs[earlier].item;
    if (a->n_set == 0 || b->n_set == 0 || repeated[later] || repeated[earlier]) return false;
    for (unsigned band = 0; band < o->bands; band++) {
        if (a->keys[band] != b->keys[band]) continue;
        unsigned before = 0;
        for (size_t i = 0; i < earlier; i++) {
            const sm_dedup_item *other = &c->docs[i].item;
            before += other->n_set > 0 && !repeated[i] && other->keys[band] == a->keys[band];
        }
        if (before < o->bucket_cap) return true;
    }
    return false;
}

/* Clusters by relabelling, squares of the documents: which is the first of each one's. */
static void cluster_naively(const corpus *c, size_t *first)
{
    bool repeated[DOCUMENTS] = {false};
    const double threshold = sm_dedup_settled(c->signer_of)->threshold;
    for (size_t i = 0; i < c->n; i++) {
        first[i] = i;
        for (size_t k = 0; k < i; k++) {
            if (same_text(c, i, k)) repeated[i] = true;
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < i; k++) {
            const bool linked = same_text(c, i, k) || (is_compared(c, i, k, repeated) &&
                                                       jaccard(c, i, k) >= threshold);
            const size_t from = first[i] > first[k] ? first[i] : first[k];
            const size_t to = first[i] > first[k] ? first[k] : first[i];
            for (size_t m = 0; linked && m < c->n; m++)
                first[m] = first[m] == from ? to : first[m];
        }
    }
}

/* ---- tests: decisions ----------------------------------------------------------------------- */

static void test_batch_is_streaming(void **state)
{
    (void)state;
    static const struct {
        sm_verify verify;
        unsigned cap;
        bool exact_only;
    } kinds[] = {{SM_VERIFY_EXACT, 32, false},
                 {SM_VERIFY_EXACT, 1, false},
                 {SM_VERIFY_SIGNATURE, 32, false},
                 {SM_VERIFY_NONE, 2, false},
                 {SM_VERIFY_EXACT, 32, true}};
    static verdict batch[DOCUMENTS], streamed[DOCUMENTS];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        corpus c;
        sm_dedup_options o = sm_dedup_defaults();
        o.verify = kinds[i].verify;
        o.bucket_cap = kinds[i].cap;
        o.exact_only = kinds[i].exact_only;
        corpus_make(&c, &o);
        decide_streaming(&c, NULL, streamed);
        for (size_t parts = 1; parts <= 4; parts += 3) {
            sm_match_options m = match_defaults();
            if (parts == 4) m.memory = 1 << 20; /* everything spills */
            const sm_match_counts counts = match(&c, parts, &m, batch);
            assert_same(batch, streamed, c.n);
            assert_int_equal(counts.documents, c.n);
            assert_int_equal(counts.kept + counts.exact + counts.near, c.n);
            assert_true(counts.exact > 0 && counts.any_band >= counts.exact + counts.near);
            assert_true(counts.near > 0 || o.exact_only);
            assert_true(counts.flagged < counts.documents && counts.clusters > 0);
        }
        corpus_free(&c);
    }
}

static const corpus *compared; /* for qsort, which passes nothing on */

static double longest(size_t i)
{
    return (double)compared->docs[i].text_bytes;
}

static double best(size_t i)
{
    return compared->docs[i].preference;
}

static int compare(double (*value)(size_t), const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (value(x) > value(y)) return -1;
    if (value(x) < value(y)) return 1;
    return (x > y) - (x < y);
}

static int by_longest(const void *a, const void *b)
{
    return compare(longest, a, b);
}

static int by_best(const void *a, const void *b)
{
    return compare(best, a, b);
}

static void test_greedy_keeps_the_preferred(void **state)
{
    (void)state;
    static verdict batch[DOCUMENTS], streamed[DOCUMENTS];
    static size_t order[DOCUMENTS];
    corpus c;
    const sm_dedup_options o = sm_dedup_defaults();
    corpus_make(&c, &o);
    compared = &c;
    for (int kind = 0; kind < 2; kind++) {
        sm_match_options m = match_defaults();
        m.preference = kind == 0 ? (sm_preference){.by = SM_PREFER_LONGEST}
                                 : (sm_preference){SM_PREFER_BEST, SM_SPAN("score")};
        for (size_t i = 0; i < c.n; i++)
            order[i] = i;
        qsort(order, c.n, sizeof *order, kind == 0 ? by_longest : by_best);
        decide_streaming(&c, order, streamed);
        (void)match(&c, 3, &m, batch);
        assert_same(batch, streamed, c.n);
    }
    corpus_free(&c);
}

/* One document of each cluster stays, the preferred; every other names a document that it was compared with, and so on
 * up to the one that stays. */
static void check_clusters(const corpus *c, const size_t *first, const verdict *v,
                           double (*value)(size_t))
{
    for (size_t i = 0; i < c->n; i++) {
        const size_t kept = v[i].kept;
        assert_int_equal(first[kept], first[i]);
        assert_int_equal(v[kept].kind, SM_MATCH_NONE);
        assert_true(value(kept) > value(i) || (value(kept) >= value(i) && kept <= i));
        if (v[i].kind == SM_MATCH_NONE) continue;
        const bool exact = same_text(c, i, v[i].by);
        assert_int_equal(v[i].kind, exact ? SM_MATCH_EXACT : SM_MATCH_NEAR);
        assert_true(fabs(v[i].similarity - (exact ? 1 : jaccard(c, i, v[i].by))) < 1e-12);
        assert_true(v[i].similarity >= sm_dedup_settled(c->signer_of)->threshold);
        size_t at = i, steps = 0;
        while (v[at].kind != SM_MATCH_NONE && steps++ < c->n)
            at = v[at].by;
        assert_int_equal(at, kept);
    }
}

static double none(size_t i)
{
    (void)i;
    return 0;
}

static void test_transitive_clusters(void **state)
{
    (void)state;
    static const unsigned caps[] = {1, 4, 32};
    static verdict v[DOCUMENTS], again[DOCUMENTS];
    static size_t first[DOCUMENTS];
    for (size_t i = 0; i < 3; i++) {
        corpus c;
        sm_dedup_options o = sm_dedup_defaults();
        o.bucket_cap = caps[i];
        corpus_make(&c, &o);
        compared = &c;
        cluster_naively(&c, first);
        sm_match_options m = match_defaults();
        m.cluster = SM_CLUSTER_TRANSITIVE;
        const sm_match_counts counts = match(&c, 3, &m, v);
        check_clusters(&c, first, v, none);
        uint64_t clusters = 0;
        for (size_t k = 0; k < c.n; k++)
            clusters += v[k].kind == SM_MATCH_NONE && v[k].size > 1;
        assert_int_equal(counts.clusters, clusters);
        m.memory = 2 << 20;
        (void)match(&c, 1, &m, again);
        assert_same(v, again, c.n);
        m = match_defaults();
        m.cluster = SM_CLUSTER_TRANSITIVE;
        m.preference = (sm_preference){.by = SM_PREFER_LONGEST};
        (void)match(&c, 2, &m, v);
        check_clusters(&c, first, v, longest);
        corpus_free(&c);
    }
}

/* ---- tests: files --------------------------------------------------------------------------- */

static sm_buffer slurp(const char *path)
{
    sm_error err = {0};
    sm_buffer b = sm_buffer_make(1 << 26);
    sm_map map = {0};
    assert_ok(sm_map_open(&map, path, &err), &err);
    sm_buffer_put(&b, map.bytes);
    sm_map_close(&map);
    return b;
}

/* Every cut and every changed byte must be noticed, by name. */
static void refuse_damage(const char *path, int (*verify)(const char *path, sm_error *err),
                          size_t step)
{
    sm_buffer whole = slurp(path);
    for (size_t i = 0; i < whole.n; i += step) {
        sm_error cut = {0}, changed = {0}, write = {0};
        assert_ok(sm_file_write(path, (sm_span){whole.p, i}, &write), &write);
        assert_true(verify(path, &cut) < 0);
        assert_contains(cut.text, path);
        whole.p[i] ^= 0x10;
        assert_ok(sm_file_write(path, sm_buffer_span(&whole), &write), &write);
        whole.p[i] ^= 0x10;
        assert_true(verify(path, &changed) < 0);
        assert_contains(changed.text, path);
    }
    sm_error err = {0};
    assert_ok(sm_file_write(path, sm_buffer_span(&whole), &err), &err);
    assert_ok(verify(path, &err), &err);
    sm_buffer_free(&whole);
}

static int read_decisions(const char *path, sm_error *err)
{
    sm_decisions *d = NULL;
    sm_decision now;
    int status = 0;
    SM_TRY(sm_decisions_open(&d, path, err));
    while ((status = sm_decisions_next(d, &now, err)) == 1) {
    }
    sm_decisions_close(d);
    return status;
}

static void test_damaged_files(void **state)
{
    (void)state;
    corpus c;
    sm_dedup_options o = sm_dedup_defaults();
    o.verify = SM_VERIFY_SIGNATURE;
    corpus_make(&c, &o);
    char *path = in_folder(&c, "small.sig");
    write_part(&c, path, 0, 5);
    refuse_damage(path, sm_signatures_verify, 7);
    corpus_free(&c);

    o.verify = SM_VERIFY_EXACT;
    corpus_make(&c, &o);
    path = in_folder(&c, "small.sig");
    write_part(&c, path, 0, 5);
    refuse_damage(path, sm_signatures_verify, 7);
    sm_match_options m = match_defaults();
    sm_match_job *job = NULL;
    sm_match_counts counts;
    sm_error err = {0};
    bool done = false;
    write_part(&c, path, 0, 60);
    const char *paths[] = {path};
    char *folder = in_folder(&c, "m");
    assert_ok(sm_match_open(&job, paths, 1, folder, &m, &err), &err);
    for (int band = -2; band < (int)sm_match_bands(job); band++)
        assert_ok(sm_match_band(job, band, &done, &err), &err);
    assert_ok(sm_match_decide(job, &counts, &err), &err);
    assert_true(counts.near > 0);
    refuse_damage(in_folder(&c, "m/small.match"), read_decisions, 1);

    assert_ok(sm_match_band(job, 3, &done, &err), &err);
    assert_true(done);
    sm_buffer band = slurp(in_folder(&c, "m/band-03"));
    band.p[5000] ^= 1;
    assert_ok(sm_file_write(in_folder(&c, "m/band-03"), sm_buffer_span(&band), &err), &err);
    assert_int_equal(sm_match_decide(job, &counts, &err), SM_EHASH);
    assert_contains(err.text, "band-03");
    sm_buffer_free(&band);
    sm_match_close(job);
    corpus_free(&c);
}

static void expect_refusal(const char *const *paths, size_t n, const char *folder,
                           const sm_match_options *options, int code, const char *why)
{
    sm_match_job *job = NULL;
    sm_error err = {0};
    assert_int_equal(sm_match_open(&job, paths, n, folder, options, &err), code);
    assert_null(job);
    assert_contains(err.text, why);
}

static void test_what_does_not_fit_together(void **state)
{
    (void)state;
    corpus c;
    sm_error err = {0};
    sm_dedup_options o = sm_dedup_defaults();
    corpus_make(&c, &o);
    char *folder = in_folder(&c, "m");
    const char *paths[] = {in_folder(&c, "a.sig"), in_folder(&c, "b.sig")};
    write_part(&c, paths[0], 0, 10);
    write_part(&c, paths[1], 10, 20);
    sm_match_options m = match_defaults();
    const char *const twice[] = {paths[0], paths[0]};
    expect_refusal(twice, 2, folder, &m, SM_EUSAGE, "two inputs of one name");
    const char *const missing[] = {in_folder(&c, "c.sig")};
    expect_refusal(missing, 1, folder, &m, SM_ENOENT, "c.sig");
    expect_refusal(paths, 0, folder, &m, SM_EUSAGE, "no signatures");
    m.preference = (sm_preference){SM_PREFER_NEWEST, SM_SPAN("metadata.date")};
    expect_refusal(paths, 2, folder, &m, SM_EUSAGE, "was not signed with this --keep");

    m = match_defaults();
    sm_match_job *job = NULL;
    bool done = false;
    sm_match_counts counts;
    assert_ok(sm_match_open(&job, paths, 2, folder, &m, &err), &err);
    assert_int_equal(sm_match_decide(job, &counts, &err), SM_EUSAGE);
    assert_contains(err.text, "not matched yet");
    err = (sm_error){0};
    assert_ok(sm_match_band(job, 0, &done, &err), &err);
    sm_match_close(job);
    const char *const other_order[] = {paths[1], paths[0]};
    assert_ok(sm_match_open(&job, other_order, 2, folder, &m, &err), &err);
    assert_int_equal(sm_match_band(job, 0, &done, &err), SM_EUSAGE);
    assert_contains(err.text, "made of other signatures");
    sm_match_close(job);

    corpus d;
    o.shingle = 4;
    corpus_make(&d, &o);
    write_part(&d, paths[1], 10, 20);
    expect_refusal(paths, 2, folder, &m, SM_EUSAGE, "different options");
    corpus_free(&d);
    corpus_free(&c);
}

static void test_fingerprints(void **state)
{
    (void)state;
    char path[] = "finger-XXXXXX";
    sm_error err = {0};
    sm_hash128 a, b;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *bytes = sm_calloc(sizes[i] + 1, 1);
        assert_ok(sm_file_write(path, (sm_span){bytes, sizes[i]}, &err), &err);
        assert_ok(sm_file_fingerprint(path, &a, &err), &err);
        assert_ok(sm_file_fingerprint(path, &b, &err), &err);
        assert_true(sm_hash128_equal(a, b));
        assert_ok(sm_file_write(path, (sm_span){bytes, sizes[i] + 1}, &err), &err);
        assert_ok(sm_file_fingerprint(path, &b, &err), &err);
        assert_false(sm_hash128_equal(a, b)); /* another size */
        if (sizes[i] > 0) bytes[sizes[i] - 1] = 1;
        assert_ok(sm_file_write(path, (sm_span){bytes, sizes[i]}, &err), &err);
        assert_ok(sm_file_fingerprint(path, &b, &err), &err);
        assert_int_equal(sm_hash128_equal(a, b), sizes[i] == 0); /* another last byte */
        sm_free(bytes);
    }
    assert_int_equal(sm_file_fingerprint(".", &a, &err), SM_EUSAGE);
    err = (sm_error){0};
    assert_int_equal(sm_file_fingerprint("no-such-file", &a, &err), SM_ENOENT);
    (void)unlink(path);
}

/* ---- tests: preference ---------------------------------------------------------------------- */

static void test_dates(void **state)
{
    (void)state;
    static const struct { /* the seconds are those of GNU date */
        const char *date;
        double seconds;
    } good[] = {{"1970-01-01", 0},
                {"2024-02-29", 1709164800},
                {"2000-03-01T00:00:00Z", 951868800},
                {"2023-12-31T23:59:59+09:00", 1704034799},
                {"20231231", 1703980800},
                {"20231231T235959-0130", 1704072599},
                {"2023-12-31 12:34:56.5", 1704026096.5},
                {"2023-12", 1701388800},
                {"2023", 1672531200},
                {"1969-12-31T23:59:59Z", -1},
                {"2023-12-31T12:34Z", 1704026040}};
    static const char *const bad[] = {"",
                                      "12",
                                      "2023-13-01",
                                      "2023-00-10",
                                      "2023-12-32",
                                      "yesterday",
                                      "2023-12-31T25:00",
                                      "2023-12-31x",
                                      "2023-12-31T12:34:56+25:00"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double seconds = 0;
        if (!sm_date_read(sm_span_of(good[i].date), &seconds)) fail_msg("%s", good[i].date);
        if (fabs(seconds - good[i].seconds) > 1e-3)
            fail_msg("%s: %.1f, not %.1f", good[i].date, seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double seconds = 0;
        if (sm_date_read(sm_span_of(bad[i]), &seconds)) fail_msg("'%s' was read", bad[i]);
    }
}

static double value_of(const char *keep, const char *record)
{
    sm_preference p;
    sm_arena arena = {0};
    sm_error err = {0};
    const char *kind = NULL;
    size_t at = 0;
    sm_doc doc = {.record = sm_span_of(record), .arena = &arena};
    assert_ok(sm_preference_parse(keep, &p, &err), &err);
    assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 1);
    const double value = sm_preference_value(&p, &doc);
    sm_arena_free(&arena);
    return value;
}

static void test_preferences(void **state)
{
    (void)state;
    const char *record =
        "{\"id\":\"a\",\"text\":\"あい\",\"score\":\"2.5\",\"metadata\":"
        "{\"date\":\"2023-12-31\",\"epoch\":1703980800,\"q\":0.25,\"no\":null}}";
    assert_true(fabs(value_of("first", record)) < 1e-9);
    assert_true(fabs(value_of("longest", record) - 6) < 1e-9);
    assert_true(fabs(value_of("best=metadata.q", record) - .25) < 1e-9);
    assert_true(fabs(value_of("best=score", record) - 2.5) < 1e-9);
    assert_true(fabs(value_of("newest=metadata.date", record) - 1703980800) < 1e-9);
    assert_true(fabs(value_of("newest=metadata.epoch", record) - 1703980800) < 1e-9);
    assert_true(isinf(value_of("best=metadata.no", record)));
    assert_true(value_of("best=metadata.missing", record) < -1e300);
    static const char *const bad[] = {
        "", "last", "newest", "newest=", "first=x", "best==", "longest=metadata.x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sm_preference p;
        sm_error err = {0};
        const int status = sm_preference_parse(bad[i], &p, &err);
        if (strcmp(bad[i], "best==") == 0) continue; /* a field may have any name */
        assert_int_equal(status, SM_EUSAGE);
        assert_contains(err.text, "--keep");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_is_streaming),
        cmocka_unit_test(test_greedy_keeps_the_preferred),
        cmocka_unit_test(test_transitive_clusters),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_what_does_not_fit_together),
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_preferences),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
