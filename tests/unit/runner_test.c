/* The runner as a library: steps, counts, rejects, end records, over-long lines; any number of threads.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <seimai/file.h>
#include <seimai/runner.h>
#include <unistd.h>

static char folder[200];
static const sm_usage usage = {.name = "test", .operands = "", .about = ""};

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/seimai-runner-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[300];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static sm_io make_io(const char *file, int64_t threads)
{
    static const char *files[1];
    files[0] = file;
    return (sm_io){.files = {files, 1, 0},
                   .output = "out",
                   .threads = threads,
                   .max_document = 64 << 20,
                   .max_bad = -1,
                   .text_key = "text",
                   .rejects = "rejects",
                   .quiet = true,
                   .usage = &usage};
}

static sm_buffer slurp(const char *name)
{
    sm_buffer b = sm_buffer_make(256 << 20);
    sm_error err = {0};
    assert_ok(sm_file_read(name, &b, &err), &err);
    return b;
}

static void assert_same_file(const char *name, sm_span want)
{
    sm_buffer got = slurp(name);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
    sm_buffer_free(&got);
}

/* n documents; every 10th is to be dropped, every 17th is bad. */
static void write_input(const char *name, int n)
{
    sm_buffer b = sm_buffer_make(64 << 20);
    sm_error err = {0};
    for (int i = 0; i < n; i++) {
        sm_buffer_printf(&b, "{\"id\":\"%d\",\"text\":\"文書 %d ", i, i);
        for (int k = 0; k < i % 300; k++)
            sm_buffer_puts(&b, "精米");
        sm_buffer_puts(&b, i % 17 == 0 ? "\n" : i % 10 == 0 ? " drop\"}\n" : "\"}\n");
    }
    assert_ok(sm_file_write(name, sm_buffer_span(&b), &err), &err);
    sm_buffer_free(&b);
}

static int drop_marked(void *worker, sm_doc *doc, sm_error *err)
{
    (void)worker;
    (void)err;
    const sm_span text = sm_doc_text(doc);
    return sm_span_ends(text, SM_SPAN("drop")) ? sm_doc_drop(doc, "marked", 1, 0.5) : SM_KEEP;
}

/* A commit that sees the order: it drops what comes out of it, and numbers the rest. */
static int number(void *shared, sm_doc *doc, sm_error *err)
{
    int64_t *last = shared;
    int64_t id = 0;
    (void)err;
    assert_true(sm_span_to_i64(sm_doc_id(doc), &id));
    assert_true(id > *last);
    *last = id;
    sm_doc_set_meta(doc, "n", sm_arena_copy(doc->arena, sm_doc_id(doc)));
    return SM_KEEP;
}

static uint64_t documents_of(const sm_count *counts, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(counts[i].name, name)) return counts[i].tally.documents;
    return 0;
}

static void threads_do_not_change_the_bytes(void **state)
{
    (void)state;
    sm_buffer first_out = {0}, first_rejects = {0};
    write_input("in", 6000);
    for (int64_t threads = 1; threads <= 8; threads *= 2) {
        int64_t last = -1;
        const sm_io io = make_io("in", threads);
        const sm_job job = {.shared = &last, .map = drop_marked, .commit = number};
        sm_stats stats;
        sm_error err = {0};
        assert_ok(sm_run(&io, &job, &stats, &err), &err);
        assert_int_equal(stats.in.documents, 6000);
        assert_int_equal(stats.n_bad, 1);
        assert_int_equal(stats.kept.documents +
                             documents_of(stats.dropped, stats.n_dropped, "marked") +
                             documents_of(stats.bad, stats.n_bad, "bad-json"),
                         6000);
        assert_int_equal(documents_of(stats.bad, stats.n_bad, "bad-json"), 353);
        assert_int_equal(stats.in.bytes, stats.kept.bytes + stats.dropped[0].tally.bytes +
                                             stats.bad[0].tally.bytes);
        assert_int_equal(sm_finish(&io, &job, 0, &stats, &err), 0);
        if (threads == 1) {
            first_out = slurp("out");
            first_rejects = slurp("rejects");
        }
        assert_same_file("out", sm_buffer_span(&first_out));
        assert_same_file("rejects", sm_buffer_span(&first_rejects));
    }
    sm_buffer_free(&first_out);
    sm_buffer_free(&first_rejects);
}

static int fail_at_4000(void *worker, sm_doc *doc, sm_error *err)
{
    (void)worker;
    if (sm_span_equal(sm_doc_id(doc), SM_SPAN("4000")) ||
        sm_span_equal(sm_doc_id(doc), SM_SPAN("5000")))
        SM_FAIL(err, SM_ENUMERIC, "stopped at %.*s", (int)sm_doc_id(doc).n, sm_doc_id(doc).p);
    return SM_KEEP;
}

static void the_earliest_failure_is_reported_and_nothing_renamed(void **state)
{
    (void)state;
    write_input("in", 6000);
    for (int64_t threads = 1; threads <= 8; threads++) {
        const sm_io io = make_io("in", threads);
        const sm_job job = {.map = fail_at_4000};
        sm_stats stats;
        sm_error err = {0};
        (void)remove("out");
        assert_int_equal(sm_run(&io, &job, &stats, &err), SM_ENUMERIC);
        assert_string_equal(err.text, "stopped at 4000");
        assert_int_equal(stats.in.documents, 4000);
        assert_false(sm_file_exists("out"));
        assert_true(sm_file_exists("out.part"));
        assert_int_equal(sm_finish(&io, &job, SM_ENUMERIC, &stats, &err), 1);
    }
}

static int fail_before(void *shared, sm_doc *doc, sm_error *err)
{
    (void)shared;
    if (sm_span_equal(sm_doc_id(doc), SM_SPAN("3998"))) SM_FAIL(err, SM_EHASH, "before");
    return SM_KEEP;
}

/* A later step fails at an earlier document of the same block. */
static void the_earliest_document_counts_not_the_earliest_step(void **state)
{
    (void)state;
    write_input("in", 6000);
    for (int64_t threads = 1; threads <= 4; threads += 3) {
        const sm_io io = make_io("in", threads);
        const sm_job job = {.map = fail_at_4000, .order = fail_before};
        sm_stats stats;
        sm_error err = {0};
        assert_int_equal(sm_run(&io, &job, &stats, &err), SM_EHASH);
        assert_string_equal(err.text, "before");
        assert_int_equal(stats.in.documents, 3998);
        assert_int_equal(sm_finish(&io, &job, SM_EHASH, &stats, &err), 1);
    }
}

static int keep(void *worker, sm_doc *doc, sm_error *err)
{
    (void)worker;
    (void)doc;
    (void)err;
    return SM_KEEP;
}

static const sm_job copy_job = {.map = keep};

static void run_copy(const sm_io *io, int want_exit, sm_stats *numbers)
{
    sm_stats stats;
    sm_error err = {0};
    const int rc = sm_run(io, &copy_job, &stats, &err);
    *numbers = stats;
    assert_int_equal(sm_finish(io, &copy_job, rc, &stats, &err), want_exit);
}

static void an_end_record_is_written_and_checked(void **state)
{
    (void)state;
    sm_stats stats;
    sm_error err = {0};
    assert_ok(sm_file_write("in", SM_SPAN("{\"text\":\"a\"}\n{\"text\":\"b\"}\n"), &err), &err);
    sm_io io = make_io("in", 1);
    io.end_record = true;
    run_copy(&io, 0, &stats);
    sm_buffer out = slurp("out");
    sm_buffer_putc(&out, '\0');
    assert_contains(out.p, "{\"end\":{\"documents\":2,\"xxh3\":\"");
    assert_ok(sm_file_write("ended", (sm_span){out.p, out.n - 1}, &err), &err);
    io = make_io("ended", 1);
    io.require_end = true;
    run_copy(&io, 0, &stats);
    assert_int_equal(stats.in.documents, 2); /* the end record is none */
    assert_same_file("out", SM_SPAN("{\"text\":\"a\"}\n{\"text\":\"b\"}\n"));
    out.p[9] = 'x'; /* one flipped byte */
    assert_ok(sm_file_write("flipped", (sm_span){out.p, out.n - 1}, &err), &err);
    io = make_io("flipped", 1);
    run_copy(&io, 1, &stats);
    assert_false(stats.complete);
    io = make_io("in", 1);
    io.require_end = true;
    run_copy(&io, 1, &stats);
    sm_buffer_free(&out);
}

static void an_over_long_line_goes_to_the_rejects(void **state)
{
    (void)state;
    sm_buffer in = sm_buffer_make(64 << 20);
    sm_error err = {0};
    sm_stats stats;
    sm_buffer_puts(&in, "{\"id\":\"a\",\"text\":\"a\"}\n{\"id\":\"long\",\"text\":\"");
    for (int i = 0; i < 5000000; i++)
        sm_buffer_putc(&in, 'x');
    sm_buffer_puts(&in, "\"}\n{\"id\":\"b\",\"text\":\"b\"}\n");
    assert_ok(sm_file_write("in", sm_buffer_span(&in), &err), &err);
    for (int64_t threads = 1; threads <= 4; threads += 3) {
        sm_io io = make_io("in", threads);
        io.max_document = 1000000;
        run_copy(&io, 0, &stats);
        assert_int_equal(stats.in.documents, 3);
        assert_int_equal(stats.in.bytes, in.n);
        assert_int_equal(stats.kept.documents, 2);
        assert_same_file(
            "out", SM_SPAN("{\"id\":\"a\",\"text\":\"a\"}\n{\"id\":\"b\",\"text\":\"b\"}\n"));
        assert_int_equal(
            system(
                "python3 -c \"import json,base64; r=[json.loads(l) for l in open('rejects')];"
                "assert len(r)==1; d=json.loads(base64.b64decode(r[0]['raw_base64']));"
                "assert d['id']=='long' and len(d['text'])==5000000;"
                "assert r[0]['metadata']['rejected']['why']=='too-long';"
                "assert r[0]['metadata']['rejected']['line']==2\""),
            0);
    }
    sm_buffer_free(&in);
}

static void oddities_of_files_are_counted(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_stats stats;
    assert_ok(sm_file_write("in",
                            SM_SPAN("\xEF\xBB\xBF{\"text\":\"a\"}\r\n\n  \n{\"text\":\"b\"}"),
                            &err),
              &err);
    sm_io io = make_io("in", 1);
    run_copy(&io, 0, &stats);
    assert_int_equal(stats.boms, 1);
    assert_int_equal(stats.blank, 2);
    assert_int_equal(stats.no_final_newline, 1);
    assert_same_file("out", SM_SPAN("{\"text\":\"a\"}\r\n{\"text\":\"b\"}\n"));
    assert_ok(sm_file_write("in", SM_SPAN("{\"text\":\"a\"}\n{\"text\":\"b"), &err), &err);
    run_copy(&io, 1, &stats);
    assert_false(stats.complete);
    assert_int_equal(stats.kept.documents, 1);
    assert_same_file("out", SM_SPAN("{\"text\":\"a\"}\n"));
}

/* Runs the copy with standard error in a file; gives what was said. */
static sm_buffer what_is_said(const sm_io *io, const sm_job *job, int want_exit)
{
    sm_stats stats;
    sm_error err = {0};
    const int kept = dup(STDERR_FILENO),
              file = open("said", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    (void)dup2(file, STDERR_FILENO);
    const int rc = sm_run(io, job, &stats, &err);
    const int status = sm_finish(io, job, rc, &stats, &err);
    (void)dup2(kept, STDERR_FILENO);
    assert_int_equal(close(kept) + close(file), 0);
    assert_int_equal(status, want_exit);
    sm_buffer said = slurp("said");
    sm_buffer_putc(&said, '\0');
    return said;
}

static void assert_said(const sm_io *io, const sm_job *job, int want_exit, const char *words)
{
    sm_buffer said = what_is_said(io, job, want_exit);
    assert_contains(said.p, words);
    sm_buffer_free(&said);
}

static void write_long_line(const char *end)
{
    sm_buffer in = sm_buffer_make(4 << 20);
    sm_error err = {0};
    sm_buffer_puts(&in, "{\"text\":\"a\"}\n{\"text\":\"");
    for (int i = 0; i < 2000000; i++)
        sm_buffer_putc(&in, 'x');
    sm_buffer_puts(&in, end);
    assert_ok(sm_file_write("in", sm_buffer_span(&in), &err), &err);
    sm_buffer_free(&in);
}

static void an_over_long_line_is_named_by_its_start(void **state)
{
    (void)state;
    sm_stats stats;
    write_long_line("\"}");
    sm_io io = make_io("in", 1);
    io.max_document = 1000000;
    run_copy(&io, 0, &stats);
    assert_int_equal(stats.no_final_newline, 1);
    assert_int_equal(system("tail -c 120 rejects | grep -q '\"line\":2,\"offset\":13}'"), 0);
    io.rejects = NULL;
    io.quiet = false;
    assert_said(&io, &copy_job, 1, "in:2: too-long");
}

/* A source of two records, the second of which is damaged. */
static int open_two(void *shared, const char *name, sm_error *err)
{
    (void)name;
    (void)err;
    *(int *)shared = 0;
    return 0;
}

static int read_two(void *shared, sm_record *record, sm_arena *arena, sm_error *err)
{
    int *n = shared;
    (void)arena;
    (void)err;
    *record = (sm_record){.body = SM_SPAN("body"), .in_bytes = 4, .offset = 4 * *n};
    if (*n == 1) {
        record->bad = "bad-head";
        record->why = "no length is given";
    }
    return (*n)++ < 2;
}

static void close_two(void *shared)
{
    (void)shared;
}

static int emit_body(void *worker, const sm_record *record, sm_emit *emit, sm_error *err)
{
    (void)worker;
    (void)err;
    sm_emit_document(emit, SM_SPAN("id"), record->body, (sm_span){0});
    return SM_KEEP;
}

static void a_bad_record_of_a_source_is_shown(void **state)
{
    (void)state;
    static const sm_source source = {open_two, read_two, close_two, emit_body, NULL};
    int n = 0;
    const sm_job job = {.shared = &n, .source = &source};
    sm_io io = make_io("in", 1);
    io.rejects = NULL;
    io.quiet = false;
    assert_said(&io, &job, 1, "in: byte 4: bad-head: no length is given");
}

/* A source with inputs of its own, the second of which cannot be had: small ones share a block, and each is still
 * called by its name. */
typedef struct own_inputs {
    int n; /* records of the present one */
    int next;
} own_inputs;

static int next_input(void *shared, const char **path, sm_error *err)
{
    static const char *const names[] = {"one", "no folder", "three"};
    own_inputs *own = shared;
    if (own->next == 3) return 0;
    *path = names[own->next++];
    if (own->next == 2) SM_FAIL(err, SM_EIO, "no folder: not there");
    return 1;
}

static void inputs_of_a_source_keep_their_names(void **state)
{
    (void)state;
    static const sm_source source = {open_two, read_two, close_two, emit_body, next_input};
    sm_stats stats;
    sm_error err = {0};
    for (int threads = 1; threads <= 4; threads *= 2) {
        own_inputs own = {0, 0};
        const sm_job job = {.shared = &own, .source = &source};
        sm_io io = make_io("in", threads);
        assert_ok(sm_run(&io, &job, &stats, &err), &err);
        assert_int_equal(stats.in.documents, 4);
        assert_int_equal(stats.out.documents, 2);
        assert_int_equal(stats.n_faults, 1);
        assert_string_equal(sm_stats_fault(&stats), "no folder: not there");
        sm_stats_free(&stats);
        assert_int_equal(system("grep -c '\"file\":\"one\"' rejects | grep -q 1"), 0);
        assert_int_equal(system("grep -c '\"file\":\"three\"' rejects | grep -q 1"), 0);
    }
}

static void two_outputs_of_one_name_are_refused(void **state)
{
    (void)state;
    sm_error err = {0};
    assert_ok(sm_file_write("in", SM_SPAN("{\"text\":\"a\"}\n"), &err), &err);
    (void)remove("out");
    sm_io io = make_io("in", 1);
    io.rejects = "out";
    assert_said(&io, &copy_job, 2, "out: the output and --rejects cannot both");
    io.rejects = NULL;
    io.stats = "out";
    assert_said(&io, &copy_job, 2, "the output and --stats");
    io.output = NULL;
    io.stats = io.rejects = "-";
    assert_said(&io, &copy_job, 2, "-: the output and --rejects");
    assert_false(sm_file_exists("out"));
    io.output = io.rejects = io.stats = "/dev/null";
    sm_stats stats;
    run_copy(&io, 0, &stats);
}

/* ended + ended is whole; what follows an end record is not; a tail behind it is no end record. */
static void end_records_of_joined_files_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        uint64_t documents;
        int exit;
    } cases[] = {
        {"cat ended ended > in", 2, 0},
        {"(cat ended; echo '{\"text\":\"b\"}') > in", 2, 1},
        {"(head -1 ended; cat ended) > in", 2, 1},
        {"(cat ended; tail -1 ended) > in", 1, 1},
        {"sed 's/}}$/}} x/' ended > in", 2, 1},
        {"sed 's/\"complete\":true/\"complete\":false/' ended > in", 1, 1},
        {"head -c -2 ended > in", 2, 1}, /* the end record itself is cut: a bad record */
        {"head -c -1 ended > in", 1, 0},
    };
    sm_error err = {0};
    sm_stats stats;
    assert_ok(sm_file_write("in", SM_SPAN("{\"text\":\"a\"}\n"), &err), &err);
    sm_io io = make_io("in", 1);
    io.end_record = true;
    run_copy(&io, 0, &stats);
    assert_int_equal(rename("out", "ended"), 0);
    io.end_record = false;
    io.require_end = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(system(cases[i].command), 0);
        run_copy(&io, cases[i].exit, &stats);
        assert_int_equal(stats.in.documents, cases[i].documents);
        assert_int_equal(stats.complete, cases[i].exit == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_the_bytes),
        cmocka_unit_test(the_earliest_failure_is_reported_and_nothing_renamed),
        cmocka_unit_test(the_earliest_document_counts_not_the_earliest_step),
        cmocka_unit_test(an_end_record_is_written_and_checked),
        cmocka_unit_test(an_over_long_line_goes_to_the_rejects),
        cmocka_unit_test(oddities_of_files_are_counted),
        cmocka_unit_test(an_over_long_line_is_named_by_its_start),
        cmocka_unit_test(a_bad_record_of_a_source_is_shown),
        cmocka_unit_test(inputs_of_a_source_keep_their_names),
        cmocka_unit_test(two_outputs_of_one_name_are_refused),
        cmocka_unit_test(end_records_of_joined_files_are_checked),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
