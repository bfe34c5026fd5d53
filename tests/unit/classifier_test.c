/* Classifiers: the fast paths against the slow ones, training on texts whose answer is known, calibration, model files
 * that were damaged. The weights themselves are compared with another implementation in
 * tests/conformance/classify_test.py. SPDX-License-Identifier: MIT */
#include "test.h"

#include "classify/classify_internal.h"

#include <seimai/file.h>
#include <seimai/random.h>

#include <math.h>
#include <unistd.h>

/* ---- made-up documents ---------------------------------------------------------------------------- */

static const char *const words[2][6] = {
    {"です。", "ます。", "研究は", "歴史の", "とても", "京都で"},
    {"クリック", "してください。", "パラメーター", "とても", "<br/>", "値 123"}};

static uint64_t pick(uint64_t a, uint64_t b, uint64_t n)
{
    return sm_random_below(7, a, b, n);
}

/* Document d: ten words, mostly of its own kind. */
static sm_span make_text(size_t d, size_t kind, sm_arena *arena)
{
    sm_buffer b = sm_buffer_make(4096);
    for (size_t i = 0; i < 10; i++) {
        const size_t from = pick(d, 2 * i, 10) < 7 ? kind : 1 - kind;
        sm_buffer_puts(&b, words[from][pick(d, 2 * i + 1, 6)]);
    }
    const sm_span text = sm_arena_copy(arena, sm_buffer_span(&b));
    sm_buffer_free(&b);
    return text;
}

enum { DOCUMENTS = 600 };

static sm_classifier_options small_options(void)
{
    sm_classifier_options o = sm_classifier_defaults();
    o.features = 500;
    o.folder = "/tmp";
    return o;
}

static int train_made_up(const sm_classifier_options *o, sm_classifier **model, sm_error *err)
{
    sm_classifier_trainer *t = NULL;
    sm_arena arena = {0};
    int status = sm_classifier_trainer_new(&t, o, err);
    for (size_t d = 0; status == SM_OK && d < DOCUMENTS; d++) {
        const size_t kind = pick(d, 99, 2);
        const sm_span id = sm_span_of(sm_arena_printf(&arena, "doc-%zu", d));
        const sm_span label = kind ? SM_SPAN("spam") : SM_SPAN("good");
        status = sm_classifier_trainer_add(t, id, make_text(d, kind, &arena), &label, 1, err);
    }
    if (status == SM_OK) status = sm_classifier_train(t, model, err);
    sm_classifier_trainer_free(t);
    sm_arena_free(&arena);
    return status;
}

static sm_classifier *made_up(void)
{
    const sm_classifier_options o = small_options();
    sm_classifier *m = NULL;
    sm_error err = {0};
    assert_ok(train_made_up(&o, &m, &err), &err);
    return m;
}

/* ---- n-grams ------------------------------------------------------------------------------------------ */

typedef struct gathered {
    uint32_t hashes[4096];
    size_t n;
} gathered;

static void gather(void *to, const ngram_run *run)
{
    gathered *const g = to;
    for (size_t i = 0; i < run->n && g->n < 4096; i++)
        g->hashes[g->n++] = run->hashes[i];
}

static gathered ngrams_of(const char *text, unsigned shortest, unsigned longest, uint64_t most)
{
    gathered g = {.n = 0};
    sm_classifier_options o = small_options();
    o.shortest = shortest;
    o.longest = longest;
    o.characters = most;
    ngram_reader *const r = classify_ngram_reader_new(&o);
    assert_int_equal(classify_ngram_walk(r, sm_span_of(text), gather, &g, NULL), SM_OK);
    classify_ngram_reader_free(r);
    return g;
}

static void assert_same(gathered a, gathered b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.hashes, b.hashes, a.n * sizeof *a.hashes);
}

static void folding_makes_one_form(void **state)
{
    (void)state;
    assert_same(ngrams_of("Ab 12\n\n\tc", 1, 3, 0), ngrams_of("ab 98 c", 1, 3, 0));
    assert_same(ngrams_of("  日本　語 ", 1, 5, 0), ngrams_of("日本 語", 1, 5, 0));
    assert_int_not_equal(ngrams_of("日", 1, 1, 0).hashes[1],
                         ngrams_of("月", 1, 1, 0).hashes[1]);
    assert_int_equal(ngrams_of("日本語", 2, 3, 0).n,
                     4 + 3); /* with a space before and behind */
    assert_int_equal(ngrams_of("", 2, 3, 0).n, 0);
    assert_int_equal(ngrams_of("日本語です", 1, 1, 4).n,
                     4); /* the first four, a space among them */
}

/* The hash of an n-gram does not depend on where blocks end: a long text against its pieces. */
static void blocks_join(void **state)
{
    (void)state;
    static char text[3 * 1100 + 1];
    for (size_t i = 0; i < 1100; i++)
        memcpy(text + 3 * i, i % 7 == 0 ? "日" : i % 3 == 0 ? "本" : "語", 3);
    const gathered all = ngrams_of(text, 3, 3, 0);
    assert_int_equal(all.n, 1100);
    for (size_t i = 1000; i < 1050; i++) { /* around the end of the first block */
        char three[10] = {0};
        memcpy(three, text + 3 * i, 9);
        assert_int_equal(all.hashes[i + 1], ngrams_of(three, 3, 3, 0).hashes[1]);
    }
}

static void kernels_agree(void **state)
{
    (void)state;
    uint32_t points[300], want[300], got[300];
    for (size_t i = 0; i < 300; i++)
        points[i] = (uint32_t)pick(i, 5, 0x110000);
    for (size_t path = 0; classify_ngram_kernel_at(path); path++)
        for (unsigned order = 1; order <= SM_CLASSIFIER_ORDER; order++) {
            classify_ngram_hash_portable(order, points + 4, 296, want);
            classify_ngram_kernel_at(path)(order, points + 4, 296, got);
            assert_memory_equal(got, want, 296 * sizeof *want);
            for (size_t i = 0; i < 296; i++)
                assert_true(got[i] < HASHES);
        }
}

static void distinct_is_each_once(void **state)
{
    (void)state;
    const sm_classifier_options o = small_options();
    distinct_set *const set = classify_distinct_new(&o);
    const uint32_t *hashes = NULL;
    size_t n = 0;
    for (int twice = 0; twice < 2; twice++) { /* the bits are clear again */
        assert_int_equal(
            classify_distinct_hashes(set, SM_SPAN("あいあいあい"), &hashes, &n, NULL), 0);
        assert_int_equal(n, 3 + 4 + 4); /* ' ' あ い, ' あ' あい いあ 'い ', … */
    }
    classify_distinct_free(set);
}

/* ---- selection ---------------------------------------------------------------------------------------- */

static void surprise_is_g2(void **state)
{
    (void)state;
    const uint64_t of_label[2] = {40, 60};
    const uint32_t same[2] = {20, 30}, differ[2] = {30, 10};
    assert_true(fabs(classify_matrix_surprise(same, of_label, 2, 50, 100)) < 1e-12);
    /* 2 Σ O ln(O / E) over 30 10 / 10 50 with margins 40 60 / 40 60 */
    const double want =
        2 * (30 * log(30 / 16.) + 10 * log(10 / 24.) + 10 * log(10 / 24.) + 50 * log(50 / 36.));
    assert_true(fabs(classify_matrix_surprise(differ, of_label, 2, 40, 100) - want) < 1e-9);
}

/* ---- solver ---------------------------------------------------------------------------------------------- */

/* A quadratic whose minimum is known: Σ c_i (w_i − i)². */
static int quadratic(void *context, const double *w, double *f, double *g, sm_error *err)
{
    (void)context, (void)err;
    *f = 0;
    for (size_t i = 0; i < 20; i++) {
        const double c = pow(1.5, (double)i), d = w[i] - (double)i;
        *f += c * d * d;
        g[i] = 2 * c * d;
    }
    return SM_OK;
}

static int broken(void *context, const double *w, double *f, double *g, sm_error *err)
{
    (void)context, (void)w, (void)err;
    *f = (double)NAN;
    g[0] = 1;
    return SM_OK;
}

static void solver_finds_minimum(void **state)
{
    (void)state;
    double w[20] = {0};
    unsigned steps = 0;
    sm_error err = {0};
    const problem p = {20, quadratic, NULL}, nan = {1, broken, NULL};
    assert_ok(classify_solve(&p, w, 1e-9, 500, &steps, &err), &err);
    for (size_t i = 0; i < 20; i++)
        assert_true(fabs(w[i] - (double)i) < 1e-8);
    assert_true(steps > 20 && steps < 400); /* L-BFGS-B of SciPy: 355 */
    assert_int_equal(classify_solve(&nan, w, 1e-9, 5, &steps, &err), SM_ENUMERIC);
}

/* ---- calibration and judgement ------------------------------------------------------------------------------ */

enum { JUDGED = 20000 };

/* Documents whose true probability is sigmoid(a·score + b). */
static void draw(judged *items, double a, double b)
{
    for (size_t i = 0; i < JUDGED; i++) {
        const double score = 2 * sm_random_normal(3, i, 0);
        const double p = 1 / (1 + exp(-(a * score + b)));
        items[i] = (judged){score, (uint32_t)pick(i, 4, 1U << 31), sm_random_unit(3, i, 9) < p};
    }
}

static void calibration_finds_truth(void **state)
{
    (void)state;
    static judged items[JUDGED];
    calibration c;
    draw(items, .7, -1.2);
    classify_calibration_fit(&c, CALIBRATE_PLATT, items, JUDGED);
    assert_true(fabs(c.a - .7) < .05 && fabs(c.b + 1.2) < .05);
    classify_calibration_fit(&c, CALIBRATE_ISOTONIC, items, JUDGED);
    double before = 0;
    for (double s = -3; s <= 3; s += .25) {
        const double p = classify_calibrate(&c, s);
        assert_true(fabs(p - 1 / (1 + exp(-(.7 * s - 1.2)))) < .07);
        assert_true(p >= before);
        before = p;
    }
}

/* What has not the label has the rest of the probability. */
static void mirror_gives_the_rest(void **state)
{
    (void)state;
    static judged items[JUDGED];
    draw(items, .7, -1.2);
    for (calibration_kind kind = CALIBRATE_NONE; kind <= CALIBRATE_ISOTONIC; kind++) {
        calibration c;
        classify_calibration_fit(&c, kind, items, JUDGED);
        const calibration m = classify_calibration_mirror(&c);
        for (double s = -4; s <= 4; s += .37)
            assert_true(fabs(classify_calibrate(&c, s) + classify_calibrate(&m, -s) - 1) <
                        1e-12);
    }
}

static void judgement_is_calibrated(void **state)
{
    (void)state;
    static judged items[JUDGED];
    const calibration_choice choice = {CALIBRATE_NONE, CALIBRATE_ISOTONIC, NULL};
    calibration c;
    label_report r;
    draw(items, 3, 1);
    classify_judge_label(items, JUDGED, &choice, .9, &c, &r);
    assert_int_equal(r.documents, JUDGED);
    assert_int_equal(c.kind, CALIBRATE_PLATT); /* that is how they were drawn */
    assert_true(r.ece < .02 && r.auc.value > .95 && r.auc.low < r.auc.value);
    assert_true(r.at_precision.value > .88 && r.at_precision.value < .92);
    assert_true(r.threshold > .1 && r.threshold < .9 && r.at_recall.value > .9);
    draw(items, 0, -2); /* scores that say nothing: half the documents never have the label */
    classify_judge_label(items, JUDGED, &choice, .99, &c, &r);
    assert_true(fabs(r.auc.value - .5) < .02 && r.ece < .02);
}

static void auc_counts_ties_half(void **state)
{
    (void)state;
    judged items[] = {{1, 0, true}, {1, 1, false}, {2, 2, true}, {0, 3, false}};
    const calibration_choice choice = {CALIBRATE_NONE, CALIBRATE_NONE, NULL};
    calibration c;
    label_report r;
    classify_judge_label(items, 4, &choice, .5, &c, &r);
    assert_true(fabs(r.auc.value - 3.5 / 4) < 1e-12);
}

static void temperature_is_found(void **state)
{
    (void)state;
    enum { N = 4000 };
    static double raw[3 * N];
    static uint8_t truth[N];
    for (size_t i = 0; i < N; i++) { /* drawn from softmax(raw / 2.5) */
        double p[3], sum = 0, u = sm_random_unit(11, i, 8);
        for (size_t k = 0; k < 3; k++) {
            raw[3 * i + k] = 4 * sm_random_normal(11, i, k);
            sum += p[k] = exp(raw[3 * i + k] / 2.5);
        }
        for (truth[i] = 0; truth[i] < 2 && u > p[truth[i]] / sum; truth[i]++)
            u -= p[truth[i]] / sum;
    }
    assert_true(fabs(classify_judge_temperature(raw, truth, N, 3) - 2.5) < .2);
}

/* ---- models ---------------------------------------------------------------------------------------------------- */

static void scorer_equals_oracle(void **state)
{
    (void)state;
    sm_classifier *const m = made_up();
    sm_classifier_scorer *const s = sm_classifier_scorer_new(m, NULL);
    sm_arena arena = {0};
    sm_error err = {0};
    double fast, slow, p[2];
    size_t n_fast, n_slow;
    for (size_t d = 0; d < 200; d++) {
        const sm_span text = d == 0 ? SM_SPAN("") : make_text(1000 + d, d & 1, &arena);
        assert_ok(sm_classifier_raw(s, text, &fast, &n_fast, &err), &err);
        assert_ok(sm_classifier_raw_slowly(s, text, &slow, &n_slow, &err), &err);
        assert_int_equal(n_fast, n_slow);
        assert_true(fabs(fast - slow) < 1e-5 * (1 + fabs(slow)));
        assert_ok(sm_classifier_score(s, text, p, &err), &err);
        assert_true(fabs(p[0] + p[1] - 1) < 1e-12 && p[0] >= 0 && p[1] >= 0);
    }
    sm_classifier_scorer_free(s);
    sm_classifier_free(m);
    sm_arena_free(&arena);
}

static void learns_what_was_made_up(void **state)
{
    (void)state;
    sm_classifier *const m = made_up();
    sm_classifier_scorer *const s = sm_classifier_scorer_new(m, NULL);
    sm_error err = {0};
    sm_buffer text = sm_buffer_make(1 << 20);
    double p[2];
    assert_int_equal(sm_classifier_labels(m), 2);
    assert_span(sm_classifier_label(m, 0), "good");
    assert_int_equal(sm_classifier_find(m, SM_SPAN("spam")), 1);
    assert_int_equal(sm_classifier_find(m, SM_SPAN("ham")), SM_CLASSIFIER_LABELS);
    assert_ok(sm_classifier_score(s, SM_SPAN("<br/>クリックしてください。<br/>"), p, &err),
              &err);
    assert_true(p[1] > .9);
    assert_ok(sm_classifier_score(s, SM_SPAN("京都で研究はです。歴史のます。"), p, &err), &err);
    assert_true(p[0] > .9);
    assert_ok(sm_classifier_explain(m, 20, &text, &err), &err);
    sm_buffer_putc(&text, '\0');
    assert_contains(text.p, "クリ"); /* features are shown as they are written */
    assert_contains(text.p, "京都");
    sm_buffer_free(&text);
    sm_classifier_scorer_free(s);
    sm_classifier_free(m);
}

static sm_span bytes_of(const sm_classifier *m, sm_buffer *b, const char *path)
{
    sm_error err = {0};
    sm_buffer_clear(b);
    assert_ok(sm_classifier_write(m, path, &err), &err);
    assert_ok(sm_file_read(path, b, &err), &err);
    return sm_buffer_span(b);
}

/* Threads and memory change nothing: even a memory that holds no text at all. */
static void threads_and_memory_change_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/seimai-classifier-XXXXXX";
    sm_error err = {0};
    sm_buffer want = sm_buffer_make(1 << 24), got = sm_buffer_make(1 << 24);
    assert_true(close(mkstemp(path)) == 0);
    sm_classifier *m = made_up();
    (void)bytes_of(m, &want, path);
    sm_classifier_free(m);
    for (unsigned threads = 2; threads <= 8; threads *= 2) {
        sm_classifier_options o = small_options();
        o.threads = threads;
        o.memory = threads == 4 ? 0 : 1 << 20;
        assert_ok(train_made_up(&o, &m, &err), &err);
        assert_true(sm_span_equal(bytes_of(m, &got, path), sm_buffer_span(&want)));
        sm_classifier_free(m);
    }
    sm_buffer_free(&want);
    sm_buffer_free(&got);
    (void)unlink(path);
}

static void assert_refused(const char *path, sm_span bytes, int status)
{
    sm_classifier *m = NULL;
    sm_error err = {0};
    assert_ok(sm_file_write(path, bytes, &err), &err);
    assert_int_equal(sm_classifier_read(&m, path, &err), status);
    assert_null(m);
    assert_contains(err.text, path);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/seimai-classifier-XXXXXX";
    sm_buffer file = sm_buffer_make(1 << 24);
    sm_error err = {0};
    assert_true(close(mkstemp(path)) == 0);
    sm_classifier *m = made_up(), *again = NULL;
    const sm_span whole = bytes_of(m, &file, path);
    assert_ok(sm_classifier_read(&again, path, &err), &err);
    assert_true(sm_span_equal(sm_classifier_describe(m), sm_classifier_describe(again)));
    assert_true(sm_classifier_threshold(m, 0) == sm_classifier_threshold(again, 0));
    sm_classifier_free(again);
    sm_classifier_free(m);
    assert_refused(path, (sm_span){whole.p, 0}, SM_ETRUNC);
    assert_refused(path, (sm_span){whole.p, 20}, SM_ETRUNC);
    assert_refused(path, (sm_span){whole.p, whole.n - 1}, SM_EHASH);
    assert_refused(path, SM_SPAN("{\"id\":\"a\",\"text\":\"a document\"}\n"), SM_EFORMAT);
    for (size_t at = 16; at < whole.n; at += whole.n / 20) {
        file.p[at] ^= 4;
        assert_refused(path, sm_buffer_span(&file), SM_EHASH);
        file.p[at] ^= 4;
    }
    sm_buffer_free(&file);
    (void)unlink(path);
}

/* A right checksum does not make a wrong header right. */
static void wrong_headers_are_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "[]", "{\"format\":\"seimai-classifier 2\"}", "{\"format\":\"seimai-classifier 1\"}",
        "{\"format\":\"seimai-classifier 1\",\"labels\":[\"a\",\"b\"],\"report\":[{},{}],"
        "\"calibration\":[{\"kind\":\"magic\"},{\"kind\":\"none\"}]}",
        "{\"format\":\"seimai-classifier 1\",\"labels\":[\"a\",\"b\"],\"report\":[{},{}],"
        "\"calibration\":[{\"kind\":\"none\"},{\"kind\":\"none\"}],\"ngrams\":[1,9]}"};
    char path[] = "/tmp/seimai-classifier-XXXXXX";
    assert_true(close(mkstemp(path)) == 0);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        sm_buffer b = sm_buffer_make(4096);
        char number[8];
        sm_put_u64(number, strlen(headers[i]));
        sm_buffer_puts(&b, "SMCLASS1");
        sm_buffer_put(&b, (sm_span){number, 8});
        sm_buffer_puts(&b, headers[i]);
        const sm_hash128 h = sm_hash128_of(sm_buffer_span(&b));
        sm_put_u64(number, h.lo);
        sm_buffer_put(&b, (sm_span){number, 8});
        sm_put_u64(number, h.hi);
        sm_buffer_put(&b, (sm_span){number, 8});
        assert_refused(path, sm_buffer_span(&b), SM_EFORMAT);
        sm_buffer_free(&b);
    }
    (void)unlink(path);
}

/* ---- options ------------------------------------------------------------------------------------------------------ */

static void options_out_of_range(void **state)
{
    (void)state;
    sm_classifier_trainer *t = NULL;
    sm_classifier_options o = small_options();
    o.longest = 6;
    assert_int_equal(sm_classifier_trainer_new(&t, &o, NULL), SM_EUSAGE);
    o = small_options();
    o.held_out = 0;
    assert_int_equal(sm_classifier_trainer_new(&t, &o, NULL), SM_EUSAGE);
    o = small_options();
    o.folder = "/no/such/folder";
    assert_int_equal(sm_classifier_trainer_new(&t, &o, NULL), SM_EIO);
    sm_classifier_trainer_free(t);
}

static void too_little_to_learn_from(void **state)
{
    (void)state;
    const sm_classifier_options o = small_options();
    sm_classifier_trainer *t = NULL;
    sm_classifier *m = NULL;
    sm_error err = {0};
    const sm_span label = SM_SPAN("only");
    assert_ok(sm_classifier_trainer_new(&t, &o, &err), &err);
    assert_ok(sm_classifier_trainer_add(t, SM_SPAN("1"), SM_SPAN("a"), &label, 1, &err), &err);
    assert_int_equal(sm_classifier_train(t, &m, &err), SM_EUSAGE);
    assert_contains(err.text, "1 labels in 1 documents");
    sm_classifier_trainer_free(t);
}

/* Three labels, exclusive and independent, judged by folds. */
static void three_labels(void **state)
{
    (void)state;
    static const char *const texts[] = {"りんごとみかん", "電車とバスの駅", "雨のち晴れ、風"};
    const sm_span names[3] = {SM_SPAN("a"), SM_SPAN("b"), SM_SPAN("c")};
    for (int independent = 0; independent < 2; independent++) {
        sm_classifier_options o = small_options();
        sm_classifier_trainer *t = NULL;
        sm_classifier *m = NULL;
        sm_arena arena = {0};
        sm_error err = {0};
        o.folds = 3;
        o.independent = independent;
        assert_ok(sm_classifier_trainer_new(&t, &o, &err), &err);
        for (size_t d = 0; d < 90; d++) {
            const sm_span id = sm_span_of(sm_arena_printf(&arena, "%zu", d));
            const sm_span text =
                sm_span_of(sm_arena_printf(&arena, "%s%zu", texts[d % 3], pick(d, 1, 1000)));
            assert_ok(sm_classifier_trainer_add(t, id, text, &names[d % 3], 1, &err), &err);
        }
        assert_ok(sm_classifier_train(t, &m, &err), &err);
        sm_classifier_scorer *const s = sm_classifier_scorer_new(m, NULL);
        double p[3];
        assert_ok(sm_classifier_score(s, SM_SPAN("次の電車の駅"), p, &err), &err);
        assert_true(p[1] > .6 && p[0] < .4 && p[2] < .4);
        if (!independent) assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-12);
        sm_classifier_scorer_free(s);
        sm_classifier_free(m);
        sm_classifier_trainer_free(t);
        sm_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_makes_one_form),
        cmocka_unit_test(blocks_join),
        cmocka_unit_test(kernels_agree),
        cmocka_unit_test(distinct_is_each_once),
        cmocka_unit_test(surprise_is_g2),
        cmocka_unit_test(solver_finds_minimum),
        cmocka_unit_test(calibration_finds_truth),
        cmocka_unit_test(mirror_gives_the_rest),
        cmocka_unit_test(judgement_is_calibrated),
        cmocka_unit_test(auc_counts_ties_half),
        cmocka_unit_test(temperature_is_found),
        cmocka_unit_test(scorer_equals_oracle),
        cmocka_unit_test(learns_what_was_made_up),
        cmocka_unit_test(threads_and_memory_change_nothing),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(wrong_headers_are_refused),
        cmocka_unit_test(options_out_of_range),
        cmocka_unit_test(too_little_to_learn_from),
        cmocka_unit_test(three_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
