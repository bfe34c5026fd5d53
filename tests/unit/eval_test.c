/* Items, requests, the reader and reports: lines that are no item, shared contexts against whole requests, gates.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/eval.h>
#include <seimai/random.h>

#include <math.h>
#include <unistd.h>

/* ---- items -------------------------------------------------------------------------------------- */

/* Items from lines in a file, by the runner. */
static void read_items(sm_eval_items *items, const char *lines, sm_stats *stats)
{
    static const sm_usage usage = {.name = "eval"};
    char path[] = "items-XXXXXX";
    const int fd = mkstemp(path);
    assert_int_equal(write(fd, lines, strlen(lines)), (ssize_t)strlen(lines));
    (void)close(fd);
    const char *const files[] = {path};
    const sm_io io = {.files = {(const char **)(uintptr_t)files, 1, 1},
                      .threads = 2,
                      .memory = 1 << 30,
                      .max_document = 1 << 26,
                      .max_bad = -1,
                      .text_key = "text",
                      .quiet = true,
                      .usage = &usage};
    const sm_job job = sm_eval_items_job(items);
    sm_error err = {0};
    assert_ok(sm_run(&io, &job, stats, &err), &err);
    (void)unlink(path);
}

static uint64_t dropped(const sm_stats *stats, const char *rule)
{
    for (size_t i = 0; i < stats->n_dropped; i++)
        if (strcmp(stats->dropped[i].name, rule) == 0) return stats->dropped[i].tally.documents;
    return 0;
}

static void choices_are_read(void **state)
{
    (void)state;
    sm_eval_items items = {.task = SM_EVAL_CHOICE};
    sm_stats stats = {0};
    read_items(
        &items,
        "{\"id\":\"a\",\"context\":\"空は\",\"choices\":[\"青い\",\"甘い\"],\"answer\":1}\n"
        "{\"id\":\"b\",\"context\":\"空は\",\"choices\":[\"青い\",\"甘い\"],\"answer\":"
        "\"甘い\"}\n"
        "{\"prompt\":\"空は\",\"chosen\":\"青い\",\"rejected\":\"甘い\"}\n"
        "{\"id\":\"a\",\"context\":\"x\",\"choices\":[\"y\",\"z\"],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[\"y\"],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",3],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"\"],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"y\"],\"answer\":0}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"z\"],\"answer\":2}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"z\"],\"answer\":-1}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"z\"],\"answer\":\"w\"}\n"
        "{\"context\":\"x\",\"choices\":[\"y\",\"z\"]}\n"
        "{\"choices\":[\"y\",\"z\"],\"answer\":0}\n"
        "{\"context\":\"\xFF\",\"choices\":[\"y\",\"z\"],\"answer\":0}\n",
        &stats);
    assert_int_equal(items.n, 3);
    assert_int_equal(items.items[0].answer, 1);
    assert_int_equal(items.items[1].answer, 1);
    assert_span(items.items[2].choices[items.items[2].answer], "青い");
    assert_true(sm_hash128_equal(items.items[0].hash, items.items[1].hash));
    assert_false(
        sm_hash128_equal(items.items[0].hash, items.items[2].hash)); /* another answer */
    assert_int_equal(items.items[2].id.n, SM_HASH_HEX);
    assert_int_equal(dropped(&stats, "duplicate-id"), 1);
    assert_int_equal(dropped(&stats, "no-choices"), 3);
    assert_int_equal(dropped(&stats, "empty-choice"), 1);
    assert_int_equal(dropped(&stats, "same-choices"), 1);
    assert_int_equal(dropped(&stats, "bad-answer"), 4);
    assert_int_equal(dropped(&stats, "no-context"), 1);
    assert_int_equal(stats.n_bad, 1); /* invalid UTF-8 */
    sm_eval_items_free(&items);
    sm_stats_free(&stats);
}

#define TALK(passage, question, reply)                                                         \
    "{\"messages\":[{\"role\":\"user\",\"content\":\"文章：" passage "\\n\\n質問：" question   \
    "\"},{\"role\":\"assistant\",\"content\":\"" reply "\"}],\"source\":\"JaQuAD (CC)\"}\n"

static void questions_are_read(void **state)
{
    (void)state;
    sm_eval_items items = {.task = SM_EVAL_GENERATE};
    sm_stats stats = {0};
    read_items(&items,
               TALK("京都は古い。", "どこが古い？",
                    "京都") "{\"passage\":\"京都は古い。\",\"question\":\"どこが古い？\","
                            "\"answer\":\"京都\"}\n"
                            "{\"prompt\":\"続き\",\"references\":[\"一\",\"二\"],\"id\":7}\n"
                            "{\"prompt\":\"続き\"}\n{\"references\":[\"一\"]}\n",
               &stats);
    assert_int_equal(items.n, 3);
    assert_int_equal(items.items[0].n_messages, 1);
    assert_span(items.items[0].passage, "京都は古い。");
    assert_span(items.items[0].references[0], "京都");
    assert_true(sm_hash128_equal(items.items[0].hash, items.items[1].hash));
    assert_span(items.items[2].id, "7");
    assert_int_equal(items.items[2].n_references, 2);
    assert_int_equal(dropped(&stats, "no-references"), 1);
    assert_int_equal(dropped(&stats, "no-prompt"), 1);
    sm_eval_items_free(&items);
    sm_stats_free(&stats);
}

static void where_and_limit(void **state)
{
    (void)state;
    const char *const lines = TALK("a", "b", "c") TALK("d", "e", "f") TALK("g", "h", "i");
    static const struct {
        const char *where;
        uint64_t limit;
        size_t n;
    } cases[] = {{"source~JaQuAD", 0, 3},
                 {"source=JaQuAD", 0, 0},
                 {"source=JaQuAD (CC)", 2, 2},
                 {"other~x", 0, 0},
                 {NULL, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_eval_items items = {
            .task = SM_EVAL_GENERATE, .where = cases[i].where, .limit = cases[i].limit};
        sm_stats stats = {0};
        read_items(&items, lines, &stats);
        assert_int_equal(items.n, cases[i].n);
        sm_eval_items_free(&items);
        sm_stats_free(&stats);
    }
}

static void questions_change_places(void **state)
{
    (void)state;
    sm_eval_items items = {.task = SM_EVAL_GENERATE, .mismatch = true};
    sm_stats stats = {0};
    sm_error err = {0};
    read_items(&items,
               TALK("A", "a1", "x") TALK("A", "a2", "x") TALK("B", "b", "x")
                   TALK("C", "c", "x"),
               &stats);
    assert_ok(sm_eval_items_mismatch(&items, &err), &err);
    for (size_t i = 0; i < items.n; i++) {
        const sm_eval_item *const item = &items.items[i];
        assert_true(item->passage.p[0] != item->question.p[0] - 'a' + 'A');
        assert_int_equal(item->n_references, 0);
    }
    assert_span(items.items[0].messages[0].content, "文章：A\n\n質問：b");
    sm_eval_items_free(&items);
    sm_stats_free(&stats);
    items = (sm_eval_items){.task = SM_EVAL_GENERATE, .mismatch = true};
    read_items(&items, TALK("A", "a1", "x") TALK("A", "a2", "x"), &stats);
    assert_int_equal(sm_eval_items_mismatch(&items, &err), SM_EUSAGE);
    sm_eval_items_free(&items);
    sm_stats_free(&stats);
}

/* ---- the reader ------------------------------------------------------------------------------------ */

enum { LENGTH = 48, REQUESTS = 60 };

static const sm_model_config tiny = {.vocab_size = 100,
                                     .hidden_size = 32,
                                     .intermediate_size = 48,
                                     .num_hidden_layers = 2,
                                     .num_attention_heads = 4,
                                     .num_key_value_heads = 2,
                                     .head_dim = 8,
                                     .max_position_embeddings = LENGTH,
                                     .rms_norm_eps = 1e-5,
                                     .rope_theta = 10000,
                                     .initializer_range = 0.3};

static float *weights_of(const sm_model_config *config)
{
    sm_net *net = NULL;
    sm_error err = {0};
    const sm_net_options options = {.plan = SM_PLAN_EVAL, .B = 1, .T = 8, .threads = 1};
    assert_ok(sm_net_build(&net, config, &options, &err), &err);
    const sm_params *const params = sm_net_params(net);
    float *const w = sm_vector_new(params->total);
    sm_params_init(params, 5, w, 1);
    sm_net_free(net);
    return w;
}

/* Requests of `each` continuations a context, all contexts behind `trunk` common ids; every seventh is too long. */
static void make_requests(sm_request *requests, uint32_t ids[REQUESTS][2 * LENGTH], size_t each,
                          size_t trunk)
{
    for (size_t i = 0; i < REQUESTS; i++) {
        const size_t group = i / each;
        const size_t context =
            group % 7 == 6 ? LENGTH + 20 : trunk + 1 + (size_t)sm_random_below(1, group, 0, 15);
        const size_t tail = 1 + (size_t)sm_random_below(2, i, 0, 5);
        for (size_t k = 0; k < context + tail; k++)
            ids[i][k] = (uint32_t)(k < trunk     ? sm_random_below(3, 0, k, 100)
                                   : k < context ? sm_random_below(4, group, k, 100)
                                                 : sm_random_below(5, i, k, 100));
        requests[i] = (sm_request){.ids = ids[i], .n = context + tail, .context = context};
    }
}

/* Pairs, many choices and few-shot prompts give what each request gives by itself; windows too; for any threads. */
static void shared_equals_whole(void **state)
{
    (void)state;
    static const struct {
        size_t each, trunk;
        uint32_t window;
    } cases[] = {{1, 0, 0}, {2, 0, 0}, {2, 0, 9}, {5, 0, 0}, {2, 20, 0}, {5, 20, 9}};
    static uint32_t ids[REQUESTS][2 * LENGTH];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        sm_model_config config = tiny;
        config.family = cases[c].window ? SM_MODEL_MISTRAL : SM_MODEL_LLAMA;
        config.sliding_window = cases[c].window;
        float *const w = weights_of(&config);
        sm_request requests[REQUESTS], again[REQUESTS];
        sm_error err = {0};
        uint64_t cut = 0, wanted = 0;
        for (unsigned threads = 1; threads <= 2; threads++) {
            sm_reader *reader = NULL;
            const sm_reader_options options = {LENGTH, 1 << 22, threads};
            assert_ok(sm_reader_new(&reader, &config, w, &options, &err), &err);
            make_requests(requests, ids, cases[c].each, cases[c].trunk);
            assert_ok(sm_reader_read(reader, requests, REQUESTS, &cut, &err), &err);
            if (threads == 2) assert_memory_equal(requests, again, sizeof again);
            memcpy(again, requests, sizeof again);
            wanted = 0;
            for (size_t i = 0; i < REQUESTS; i++) {
                sm_request whole = requests[i];
                bool was_cut;
                assert_ok(sm_reader_read_one(reader, &whole, &was_cut, &err), &err);
                wanted += was_cut;
                assert_true(fabs(whole.logp - requests[i].logp) < 1e-4);
                assert_int_equal(whole.greedy, requests[i].greedy);
            }
            sm_reader_free(reader);
        }
        assert_int_equal(cut, wanted);
        assert_true(cut > 0);
        sm_vector_free(w);
    }
}

static void bad_requests(void **state)
{
    (void)state;
    float *const w = weights_of(&tiny);
    sm_reader *reader = NULL;
    sm_error err = {0};
    uint64_t cut;
    uint32_t ids[LENGTH + 2] = {1, 2, 3};
    const sm_reader_options options = {LENGTH, 0, 1}, longer = {LENGTH + 1, 0, 1};
    assert_int_equal(sm_reader_new(&reader, &tiny, w, &longer, &err), SM_EUSAGE);
    assert_ok(sm_reader_new(&reader, &tiny, w, &options, &err), &err);
    sm_request q = {.ids = ids, .n = 2, .context = 2};
    assert_int_equal(sm_reader_read(reader, &q, 1, &cut, &err), SM_EUSAGE);
    q = (sm_request){.ids = ids, .n = LENGTH + 2, .context = 1};
    assert_int_equal(sm_reader_read(reader, &q, 1, &cut, &err), SM_ELIMIT);
    ids[1] = 100;
    q = (sm_request){.ids = ids, .n = 3, .context = 1};
    assert_int_equal(sm_reader_read(reader, &q, 1, &cut, &err), SM_EUSAGE);
    assert_ok(sm_reader_read(reader, &q, 0, &cut, &err), &err);
    sm_reader_free(reader);
    sm_vector_free(w);
}

/* ---- reports --------------------------------------------------------------------------------------- */

/* A run of n items with em given by a function of the item. */
static sm_eval_run run_of(size_t n, double (*em)(size_t))
{
    sm_eval_run run = {.name = "run", .n = n, .answerable = true};
    sm_error err = {0};
    assert_ok(sm_eval_choose(&run.metrics, "em", SM_EVAL_SCORE, &err), &err);
    run.ids = sm_arena_zalloc(&run.arena, n, sizeof *run.ids);
    run.hashes = sm_arena_zalloc(&run.arena, n, sizeof *run.hashes);
    run.values = sm_calloc(n, sizeof *run.values);
    for (size_t i = 0; i < n; i++) {
        run.ids[i] = sm_span_of(sm_arena_printf(&run.arena, "i%zu", i));
        run.values[i] = em(i);
    }
    return run;
}

static double half(size_t i)
{
    return (double)(i % 2);
}

static double less(size_t i)
{
    return i % 10 == 1 ? 0 : half(i); /* ten points */
}

static double hardly_less(size_t i)
{
    return i == 1 ? 0 : half(i);
}

static bool gate(double (*base)(size_t), double (*run)(size_t), double margin, size_t *worse)
{
    const sm_bootstrap how = {.resamples = 500, .confidence = 0.95, .threads = 1};
    const sm_eval_gate rule = {margin >= 0, margin};
    sm_eval_run a = run_of(300, run), b = run_of(300, base);
    sm_eval_report report;
    sm_error err = {0};
    assert_ok(sm_eval_report_make(&report, &a, &b, &how, &rule, &err), &err);
    assert_int_equal(report.shared, 300);
    *worse = report.n_worse;
    const bool failed = report.failed;
    sm_eval_report_free(&report);
    sm_eval_run_free(&a);
    sm_eval_run_free(&b);
    return failed;
}

static void gates(void **state)
{
    (void)state;
    size_t worse;
    assert_false(gate(half, half, -1, &worse));
    assert_int_equal(worse, 0);
    assert_true(gate(half, less, -1, &worse)); /* beyond doubt */
    assert_int_equal(worse, 30);
    assert_false(gate(less, half, -1, &worse));
    assert_false(gate(half, hardly_less, -1, &worse)); /* one item is no proof … */
    assert_int_equal(worse, 1);
    assert_true(
        gate(half, hardly_less, 0.1, &worse)); /* … but no proof of the contrary either */
    assert_false(gate(half, less, 20, &worse));
}

static void other_items_stay_out(void **state)
{
    (void)state;
    const sm_bootstrap how = {.resamples = 10, .confidence = 0.95, .threads = 1};
    const sm_eval_gate rule = {0};
    sm_eval_run a = run_of(10, half), b = run_of(6, half);
    sm_eval_report report;
    sm_error err = {0};
    b.hashes[2].lo = 1;
    assert_ok(sm_eval_report_make(&report, &a, &b, &how, &rule, &err), &err);
    assert_int_equal(report.shared, 5);
    assert_int_equal(report.changed, 1);
    sm_eval_report_free(&report);
    for (size_t i = 0; i < b.n; i++)
        b.hashes[i].lo = 1;
    assert_int_equal(sm_eval_report_make(&report, &a, &b, &how, &rule, &err), SM_EFORMAT);
    sm_eval_report_free(&report);
    sm_eval_run_free(&a);
    sm_eval_run_free(&b);
}

static void metrics_are_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *names, *says;
        sm_eval_task task;
    } cases[] = {{"em,f2", "'f2': there is none", SM_EVAL_SCORE},
                 {"em,em", "'em' stands twice", SM_EVAL_SCORE},
                 {"", "'': there is none", SM_EVAL_SCORE},
                 {"em,", "'': there is none", SM_EVAL_SCORE},
                 {"acc", "it judges choices", SM_EVAL_SCORE},
                 {"em", "it judges texts", SM_EVAL_CHOICE}};
    sm_eval_choice chosen;
    sm_error err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_error_clear(&err);
        assert_int_equal(sm_eval_choose(&chosen, cases[i].names, cases[i].task, &err),
                         SM_EUSAGE);
        assert_contains(err.text, cases[i].says);
    }
    sm_error_clear(&err);
    assert_ok(sm_eval_choose(&chosen, "chrf++,f1", SM_EVAL_GENERATE, &err), &err);
    assert_int_equal(chosen.offset[1], 24);
    assert_int_equal(chosen.width, 25);
    for (size_t i = 0; i < SM_EVAL_METRICS; i++)
        assert_int_equal((size_t)sm_eval_metrics[i].kind, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(choices_are_read),
                                       cmocka_unit_test(questions_are_read),
                                       cmocka_unit_test(where_and_limit),
                                       cmocka_unit_test(questions_change_places),
                                       cmocka_unit_test(shared_equals_whole),
                                       cmocka_unit_test(bad_requests),
                                       cmocka_unit_test(gates),
                                       cmocka_unit_test(other_items_stay_out),
                                       cmocka_unit_test(metrics_are_chosen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
