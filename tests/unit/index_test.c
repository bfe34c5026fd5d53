/* The index: killed at every step of its commit and run again, damaged at every byte of its manifest, locked, and opened
 * with other options.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include "store/manifest.h"

#include <dirent.h>
#include <seimai/dedup_index.h>
#include <seimai/file.h>
#include <seimai/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a folder for each test ----------------------------------------------------------------- */

static char home[1024];

static int enter(void **state)
{
    static char folder[] = "index-XXXXXX";
    (void)state;
    memcpy(folder, "index-XXXXXX", sizeof folder);
    if (!getcwd(home, sizeof home) || !mkdtemp(folder)) return -1;
    *state = folder;
    return chdir(folder);
}

static void remove_all(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[600];
        struct stat info;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        assert_int_equal(stat(path, &info), 0);
        if (S_ISDIR(info.st_mode))
            remove_all(path);
        else
            assert_int_equal(unlink(path), 0);
    }
    (void)closedir(dir);
    assert_int_equal(rmdir(folder), 0);
}

static int leave(void **state)
{
    if (chdir(home) != 0) return -1;
    remove_all(*state);
    return 0;
}

/* ---- one day -------------------------------------------------------------------------------- */

enum step { OPENED, STARTED, HALFWAY, WRITTEN, PREPARED, RENAMED, COMMITTED, CLOSED };

typedef struct day {
    const char *index, *output;
    uint32_t first, n; /* documents */
    enum step last;    /* the process is gone after this step */
    size_t memory;
} day;

/* Ten versions of each text: near-duplicates, and equal ones. */
static sm_span make_text(uint32_t number, char text[200])
{
    const uint64_t family = number % 97;
    for (size_t c = 0; c < 150; c++)
        text[c] = (char)('!' + sm_random_below(51, family, c, 90));
    (void)snprintf(text + 150, 50, "%03u", number % 7);
    return (sm_span){text, 153};
}

static void die_after(const day *d, enum step step)
{
    if (d->last == step) _exit(9);
}

static void write_kept(const day *d, sm_dedup *dedup, FILE *out, sm_hasher *input)
{
    sm_dedup_signer *signer = sm_dedup_signer_new(dedup);
    sm_arena arena = {0};
    sm_error err = {0};
    for (uint32_t i = d->first; i < d->first + d->n; i++) {
        char text[200], id[24];
        sm_dedup_item item;
        sm_match match;
        (void)snprintf(id, sizeof id, "%u", i);
        sm_arena_reset(&arena);
        sm_dedup_sign(signer, make_text(i, text), &arena, &item);
        sm_dedup_lookup(dedup, &item);
        assert_ok(sm_dedup_compare(signer, &item, &err), &err);
        sm_dedup_input_add(input, &item, sm_span_of(id));
        assert_ok(sm_dedup_decide(dedup, &item, sm_span_of(id), &match, &err), &err);
        if (match.kind == SM_MATCH_NONE) assert_true(fprintf(out, "%s\n", id) > 0);
        if (i == d->first + d->n / 2) die_after(d, HALFWAY);
    }
    sm_arena_free(&arena);
    sm_dedup_signer_free(signer);
}

/* What a rerun knows: here it hashes what it is about to read. */
static sm_hash128 hash_input(const day *d, const sm_dedup_options *options)
{
    sm_hasher *input = sm_hasher_new();
    sm_dedup *dedup = NULL;
    sm_arena arena = {0};
    sm_error err = {0};
    assert_ok(sm_dedup_new(&dedup, options, &err), &err);
    sm_dedup_signer *signer = sm_dedup_signer_new(dedup);
    for (uint32_t i = d->first; i < d->first + d->n; i++) {
        char text[200], id[24];
        sm_dedup_item item;
        (void)snprintf(id, sizeof id, "%u", i);
        sm_dedup_sign(signer, make_text(i, text), &arena, &item);
        sm_dedup_input_add(input, &item, sm_span_of(id));
    }
    const sm_hash128 hash = sm_hasher_value(input);
    sm_hasher_free(input);
    sm_dedup_signer_free(signer);
    sm_dedup_free(dedup);
    sm_arena_free(&arena);
    return hash;
}

static void run_day(const day *d)
{
    sm_dedup_options o = sm_dedup_defaults();
    const sm_dedup_given given = {0};
    sm_dedup_index *x = NULL;
    sm_dedup *dedup = NULL;
    sm_hash128 last = {0, 0};
    sm_error err = {0};
    char part[100];
    o.memory = d->memory;
    assert_ok(sm_dedup_index_open(&x, d->index, &o, &given, &err), &err);
    die_after(d, OPENED);
    const int repeats = sm_dedup_index_repeats(x, d->output, &last, &err);
    assert_ok(repeats, &err);
    const bool same =
        repeats && sm_hash128_equal(hash_input(d, sm_dedup_index_options(x)), last);
    assert_ok(sm_dedup_index_start(x, same, &dedup, &err), &err);
    die_after(d, STARTED);
    (void)snprintf(part, sizeof part, "%s.part", d->output);
    FILE *out = fopen(part, "wb");
    assert_non_null(out);
    sm_hasher *input = sm_hasher_new();
    write_kept(d, dedup, out, input);
    assert_int_equal(fclose(out), 0);
    die_after(d, WRITTEN);
    assert_ok(sm_dedup_index_prepare(x, d->output, part, sm_hasher_value(input), &err), &err);
    sm_hasher_free(input);
    die_after(d, PREPARED);
    assert_int_equal(rename(part, d->output), 0);
    die_after(d, RENAMED);
    assert_ok(sm_dedup_index_commit(x, &err), &err);
    die_after(d, COMMITTED);
    sm_dedup_index_close(x);
}

static void kill_day(const day *d)
{
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run_day(d);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
}

static sm_buffer read_all(const char *path)
{
    sm_buffer b = sm_buffer_make(1 << 20);
    sm_error err = {0};
    assert_ok(sm_file_read(path, &b, &err), &err);
    return b;
}

static void assert_same_file(const char *a, const char *b)
{
    sm_buffer x = read_all(a), y = read_all(b);
    assert_true(sm_span_equal(sm_buffer_span(&x), sm_buffer_span(&y)));
    sm_buffer_free(&x);
    sm_buffer_free(&y);
}

/* ---- the protocol --------------------------------------------------------------------------- */

static const day days[] = {
    {"want", "want.1", 0, 150, CLOSED, 1 << 20},
    {"want", "want.2", 100, 400, CLOSED, 1 << 20},
    {"want", "want.3", 0, 700, CLOSED, 1 << 20},
};

/* At any moment the old generation and no output, or the new one and the output; the rerun is as if nothing had been. */
static void a_run_that_was_killed_is_repeated_without_a_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        run_day(&days[i]);
    for (enum step step = OPENED; step <= COMMITTED; step++) {
        const size_t memory = step % 2 ? 1 << 20 : 0; /* 0: everything goes to runs at once */
        for (size_t i = 0; i < 3; i++) {
            const char *const outputs[] = {"out.1", "out.2", "out.3"};
            day d = days[i];
            d.index = "seen";
            d.output = outputs[i];
            d.memory = memory;
            d.last = step;
            kill_day(&d);
            assert_int_equal(sm_file_exists(d.output), step >= RENAMED);
            if (step >= RENAMED) assert_same_file(d.output, days[i].output);
            kill_day(&d); /* and once more */
            d.last = CLOSED;
            run_day(&d);
            assert_same_file(d.output, days[i].output);
        }
        sm_buffer json = sm_buffer_make(1 << 20);
        sm_error err = {0};
        assert_ok(sm_dedup_index_info("seen", true, &json, &err), &err);
        sm_buffer_putc(&json, '\0');
        assert_contains(json.p, "\"manifest\":{\"generation\":3,");
        sm_buffer_free(&json);
        remove_all("seen");
        for (size_t i = 1; i <= 3; i++) {
            const char name[] = {'o', 'u', 't', '.', (char)('0' + i), '\0'};
            assert_int_equal(unlink(name), 0);
        }
    }
}

/* Killed behind the rename, and the next day comes without a rerun: what the output holds counts as seen. */
static void an_output_that_is_there_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        run_day(&days[i]);
    day first = days[0], second = days[1];
    first.index = second.index = "seen";
    first.output = "out.1";
    second.output = "out.2";
    first.last = RENAMED;
    kill_day(&first);
    run_day(&second);
    assert_same_file("out.2", "want.2");
}

static size_t files_in(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    (void)closedir(dir);
    return n;
}

static void what_nobody_refers_to_is_removed(void **state)
{
    (void)state;
    day d = days[0];
    for (int i = 0; i < 3; i++) {
        d.last = PREPARED;
        d.memory = 0;
        kill_day(&d);
    }
    d.last = CLOSED;
    d.memory = 1 << 20;
    run_day(&d);
    assert_int_equal(files_in("want"),
                     6); /* lock, MANIFEST, documents, records, bands, texts */
}

static void the_lock_belongs_to_one_process(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    const sm_dedup_given given = {0};
    sm_dedup_index *x = NULL;
    sm_error err = {0};
    int status = 0;
    assert_ok(sm_dedup_index_open(&x, "seen", &o, &given, &err), &err);
    const pid_t child = fork();
    if (child == 0) {
        sm_dedup_index *second = NULL;
        const int refused = sm_dedup_index_open(&second, "seen", &o, &given, &err);
        _exit(refused == SM_ELIMIT && !second && strstr(err.text, "another process") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    sm_dedup_index_close(x);
    assert_ok(sm_dedup_index_open(&x, "seen", &o, &given, &err), &err);
    sm_dedup_index_close(x);
}

static void the_name_of_an_output_is_utf8(void **state)
{
    (void)state;
    sm_dedup_options o = sm_dedup_defaults();
    const sm_dedup_given given = {0};
    sm_dedup_index *x = NULL;
    sm_error err = {0};
    sm_hash128 last;
    assert_ok(sm_dedup_index_open(&x, "seen", &o, &given, &err), &err);
    assert_int_equal(sm_dedup_index_repeats(x, "\xFF\xFE", &last, &err), SM_EUSAGE);
    assert_contains(err.text, "UTF-8");
    sm_dedup_index_close(x);
}

/* ---- the manifest --------------------------------------------------------------------------- */

static void every_changed_byte_of_the_manifest_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        run_day(&days[i]);
    sm_buffer text = read_all("want/MANIFEST");
    index_manifest m;
    sm_error err = {0};
    assert_ok(manifest_parse(&m, "MANIFEST", sm_buffer_span(&text), &err), &err);
    assert_int_equal(m.generation, 2);
    index_manifest_free(&m);
    for (size_t i = 0; i < text.n; i++) {
        for (int bit = 0; bit < 8; bit += 3) {
            sm_error_clear(&err);
            text.p[i] = (char)(text.p[i] ^ 1 << bit);
            const int status = manifest_parse(&m, "MANIFEST", sm_buffer_span(&text), &err);
            /* a digit of the hash may be written in capitals: harmless */
            assert_true(status == SM_EHASH || status == SM_EFORMAT || bit == 5 || status == 0);
            if (status == 0) index_manifest_free(&m);
            assert_true(status < 0 || (i > 20 && i < 53));
            text.p[i] = (char)(text.p[i] ^ 1 << bit);
        }
        const sm_span cut = {text.p, i};
        assert_true(manifest_parse(&m, "MANIFEST", cut, &err) < 0);
    }
    sm_buffer_free(&text);
}

static int parse_json(const char *json, sm_error *err)
{
    char hex[SM_HASH_HEX + 1];
    sm_buffer text = sm_buffer_make(1 << 20);
    index_manifest m;
    sm_error_clear(err);
    sm_hash128_hex(sm_hash128_of(sm_span_of(json)), hex);
    sm_buffer_printf(&text, "seimai-dedup-index 1 %s\n%s", hex, json);
    const int status = manifest_parse(&m, "MANIFEST", sm_buffer_span(&text), err);
    if (status == SM_OK) index_manifest_free(&m);
    sm_buffer_free(&text);
    return status;
}

#define OPTIONS                                                                                \
    "\"options\":{\"threshold\":0.8,\"bands\":14,\"rows\":8,\"shingle\":5,\"words\":0,"        \
    "\"view\":\"ja\","                                                                         \
    "\"bucket_cap\":32,\"seed\":1,\"verify\":\"exact\",\"exact\":\"raw\",\"exact_only\":"      \
    "false,\"url\":false},"
#define NAMES "\"documents_file\":\"documents-1\",\"records_file\":\"records-2\","
#define STATE(extents, bands, removed)                                                         \
    "{\"documents\":9,\"pages\":1,\"record_bytes\":90,\"extents\":" extents                    \
    ",\"bands\":" bands ",\"texts\":[[\"texts-4\",0]],\"removed\":" removed "}"
#define WHOLE(now)                                                                             \
    "{\"generation\":1,\"next_file\":5," OPTIONS NAMES "\"now\":" now                          \
    ",\"before\":null,\"generations\":[]}"

static void a_manifest_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"[]", "generation"},
        {"{}", "generation"},
        {"{\"generation\":-1}", "out of range"},
        {"{\"generation\":1,\"next_file\":true}", "next_file"},
        {WHOLE(STATE("[]", "[]", "[]")), "extents: none"},
        {WHOLE(STATE("[[1,0]]", "[]", "[]")), "out of order"},
        {WHOLE(STATE("[[0,0],[5,0],[4,0]]", "[]", "[]")), "out of order"},
        {WHOLE(STATE("[[0,2]]", "[]", "[]")), "out of range"},
        {WHOLE(STATE("[[0,0]]", "[[\"bands-3\"]]", "[]")), "[name, level]"},
        {WHOLE(STATE("[[0,0]]", "[[\"../bands-3\",0]]", "[]")), "no name"},
        {WHOLE(STATE("[[0,0]]", "[[\"bands-3x\",0]]", "[]")), "no name"},
        {WHOLE(STATE("[[0,0]]", "[[\"bands-\",0]]", "[]")), "no name"},
        {WHOLE(STATE("[[0,0]]", "[[\"bands-3\",99]]", "[]")), "[name, level]"},
        {WHOLE(STATE("[[0,0]]", "[]", "[[4,4]]")), "removed"},
        {WHOLE(STATE("[[0,0]]", "[]", "[[4,10]]")), "out of range"},
        {WHOLE(STATE("[[0,0]]", "[]", "[[4,6],[5,7]]")), "removed"},
    };
    sm_error err = {0};
    assert_ok(parse_json(WHOLE(STATE("[[0,0]]", "[[\"bands-3\",1]]", "[[1,2]]")), &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse_json(cases[i].json, &err) < 0);
        assert_contains(err.text, "MANIFEST");
        assert_contains(err.text, cases[i].why);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)
    const struct CMUnitTest tests[] = {
        TEST(a_run_that_was_killed_is_repeated_without_a_trace),
        TEST(an_output_that_is_there_counts),
        TEST(what_nobody_refers_to_is_removed),
        TEST(the_lock_belongs_to_one_process),
        TEST(the_name_of_an_output_is_utf8),
        TEST(every_changed_byte_of_the_manifest_is_noticed),
        TEST(a_manifest_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
