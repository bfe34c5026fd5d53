/* Shards: what is written is read back, windows are those of the ring, and every damage is found.
 * An independent reader of Megatron-LM's layout is tests/conformance/megatron_test.py.
 * SPDX-License-Identifier: MIT */
#include "shard_internal.h"
#include "test.h"

#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/shard.h>
#include <unistd.h>

enum { EOT = 0, MANY = 40 };

/* A folder that did not exist before. */
static const char *fresh_folder(void)
{
    static char path[1024];
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, sizeof path, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(path, NULL), NULL);
    (void)snprintf(path, sizeof path, "%s/scratch/shard-XXXXXX", build ? build : ".");
    assert_non_null(mkdtemp(path));
    return path;
}

static sm_shard_options options_in(const char *dir)
{
    return (sm_shard_options){.dir = dir,
                              .vocab_size = 1000,
                              .eot = EOT,
                              .bos = -1,
                              .pad = -1,
                              .has_tokenizer = true,
                              .tokenizer_hash = {1, 2},
                              .tokenizer_name = "ja1k",
                              .shard_tokens = 100};
}

/* A corpus whose tokens are a function of (document, place): lengths 0 … 60, one of 350. */
typedef struct corpus {
    uint32_t stream[4096]; /* all tokens, EOT among them */
    size_t n;
    size_t length[MANY];
    uint32_t ids[MANY][400];
} corpus;

static corpus *make_corpus(bool eot)
{
    static corpus c;
    c.n = 0;
    for (size_t d = 0; d < MANY; d++) {
        c.length[d] = d == 17 ? 350 : sm_random_below(5, d, 0, 61);
        if (d == 3) c.length[d] = 0;
        for (size_t i = 0; i < c.length[d]; i++) {
            c.ids[d][i] = 1 + (uint32_t)sm_random_below(5, d, i + 1, 999);
            c.stream[c.n++] = c.ids[d][i];
        }
        if (eot) c.stream[c.n++] = EOT;
    }
    return &c;
}

static void write_corpus(const corpus *c, const sm_shard_options *o)
{
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, o, &err), &err);
    for (size_t d = 0; d < MANY; d++) {
        char id[16];
        (void)snprintf(id, sizeof id, "文書-%zu", d);
        const sm_shard_doc doc = {.id = sm_span_of(id),
                                  .ids = c->ids[d],
                                  .n = c->length[d],
                                  .text_bytes = 3 * d + 1,
                                  .characters = d + 1};
        assert_ok(sm_shard_writer_append(w, &doc, &err), &err);
    }
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
}

static sm_shards *open_set(const char *dir)
{
    sm_shards *set = NULL;
    sm_error err = {0};
    assert_ok(sm_shards_open(&set, dir, &err), &err);
    return set;
}

static void assert_verified(const sm_shards *set)
{
    sm_error *faults = sm_calloc(sm_shards_about(set)->n_shards, sizeof *faults);
    const int status = sm_shards_verify(set, 1, faults);
    for (size_t i = 0; i < sm_shards_about(set)->n_shards; i++)
        if (faults[i].code) print_error("%s\n", faults[i].text);
    sm_free(faults);
    assert_int_equal(status, SM_OK);
}

/* ---- reading back ------------------------------------------------------------------------------ */

static void check_tokens(const sm_shards *set, const corpus *c)
{
    uint32_t got[4096];
    assert_int_equal(sm_shards_about(set)->tokens, c->n);
    sm_shards_read(set, 0, c->n, got);
    assert_memory_equal(got, c->stream, c->n * sizeof *got);
    for (size_t first = 0; first < c->n; first += 13) {
        const size_t n = c->n - first < 150 ? c->n - first : 150;
        sm_shards_read(set, first, n, got);
        assert_memory_equal(got, c->stream + first, n * sizeof *got);
    }
}

static void check_documents(const sm_shards *set, const corpus *c, bool eot)
{
    uint64_t token = 0;
    size_t d = 0;
    for (uint64_t i = 0; i < sm_shards_about(set)->sequences; i++) {
        sm_shards_doc doc;
        uint64_t found = 0;
        char id[16];
        assert_ok(sm_shards_document(set, i, &doc, NULL), NULL);
        (void)snprintf(id, sizeof id, "文書-%zu", d);
        assert_span(doc.id, id);
        assert_int_equal(doc.first, token);
        assert_int_equal(doc.text_bytes, doc.continues ? 0 : 3 * d + 1);
        assert_int_equal(doc.characters, doc.continues ? 0 : d + 1);
        if (!doc.continues && !doc.continued) assert_int_equal(doc.n, c->length[d] + eot);
        for (uint64_t t = 0; t < doc.n; t++) {
            assert_ok(sm_shards_find(set, token + t, &found, NULL), NULL);
            assert_int_equal(found, i);
        }
        token += doc.n;
        d += !doc.continued;
    }
    assert_int_equal(d, MANY);
    assert_int_equal(token, c->n);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (int eot = 0; eot < 2; eot++) {
        const corpus *c = make_corpus(eot);
        sm_shard_options o = options_in(fresh_folder());
        o.eot = eot ? EOT : -1;
        write_corpus(c, &o);
        sm_shards *set = open_set(o.dir);
        const sm_shards_info *info = sm_shards_about(set);
        assert_true(info->complete && info->has_tokenizer && !info->has_targets);
        assert_int_equal(info->documents, MANY);
        assert_true(info->sequences > MANY); /* document 17 is longer than three shards */
        assert_int_equal(info->text_bytes, 3 * MANY * (MANY - 1) / 2 + MANY);
        assert_int_equal(info->token_bytes, 2);
        assert_string_equal(info->tokenizer_name, "ja1k");
        check_tokens(set, c);
        check_documents(set, c, eot);
        assert_verified(set);
        sm_shards_close(set);
    }
}

/* The ring by its definition: target k is token (k + phase) mod n, its input the token before it. */
static void windows_are_those_of_the_ring(void **state)
{
    (void)state;
    const corpus *c = make_corpus(true);
    const sm_shard_options o = options_in(fresh_folder());
    write_corpus(c, &o);
    sm_shards *set = open_set(o.dir);
    static const uint64_t lengths[] = {1, 7, 64, 1000, 4000};
    for (size_t k = 0; k < 5; k++) {
        const sm_windows w = {c->n, lengths[k], lengths[k] / 3};
        uint32_t input[4000], target[4000];
        float weight[4000];
        uint64_t weights = 0;
        for (uint64_t s = 0; s < sm_windows_count(&w); s++) {
            sm_shards_window(set, &w, s, input, target, weight);
            uint64_t here = 0;
            for (uint64_t t = 0; t < w.length; t++) {
                const uint64_t at = s * w.length + t;
                assert_int_equal(target[t], c->stream[(at + w.phase) % c->n]);
                assert_int_equal(input[t], c->stream[(at + w.phase + c->n - 1) % c->n]);
                assert_true(weight[t] == (at < c->n ? 1.0F : 0.0F));
                here += weight[t] != 0;
            }
            assert_int_equal(sm_shards_targets(set, &w, s), here);
            weights += here;
        }
        assert_int_equal(weights, c->n);
    }
    sm_shards_close(set);
}

static void without_eot_the_first_token_is_an_input_only(void **state)
{
    (void)state;
    sm_shard_options o = options_in(fresh_folder());
    o.eot = -1;
    write_corpus(make_corpus(false), &o);
    sm_shards *set = open_set(o.dir);
    const sm_windows w = {sm_shards_about(set)->tokens, 8, 0};
    uint32_t input[8], target[8];
    float weight[8];
    sm_shards_window(set, &w, 0, input, target, weight);
    assert_true(weight[0] == 0 && weight[1] == 1);
    assert_int_equal(sm_shards_targets(set, &w, 0), 7);
    sm_shards_close(set);
}

static void vocabularies_choose_the_dtype(void **state)
{
    (void)state;
    static const struct {
        uint32_t vocab;
        unsigned bytes;
    } cases[] = {{65499, 2}, {65500, 4}, {65536, 4}, {65537, 4}};
    for (size_t i = 0; i < 4; i++) {
        sm_shard_options o = options_in(fresh_folder());
        o.vocab_size = cases[i].vocab;
        sm_shard_writer *w = NULL;
        const uint32_t ids[3] = {1, cases[i].vocab - 1, 65498};
        const sm_shard_doc doc = {.id = SM_SPAN("a"), .ids = ids, .n = 3};
        assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
        assert_ok(sm_shard_writer_append(w, &doc, NULL), NULL);
        assert_ok(sm_shard_writer_commit(w, true, NULL), NULL);
        sm_shards *set = open_set(o.dir);
        uint32_t got[4];
        sm_shards_read(set, 0, 4, got);
        assert_memory_equal(got, ids, sizeof ids);
        assert_int_equal(got[3], EOT);
        assert_int_equal(sm_shards_about(set)->token_bytes, cases[i].bytes);
        assert_verified(set);
        sm_shards_close(set);
    }
}

/* ---- masks ---------------------------------------------------------------------------------------- */

static int write_masked(const char *dir, const uint8_t *masks, size_t n, sm_error *err)
{
    static const uint32_t ids[5] = {1, 2, 3, 4, 5};
    static const sm_shard_part parts[] = {{SM_PART_PROMPT, 0}, {SM_PART_RESPONSE, 3}};
    sm_shard_options o = options_in(dir);
    o.kind = "chat";
    sm_shard_writer *w = NULL;
    SM_TRY(sm_shard_writer_open(&w, &o, err));
    for (size_t d = 0; d < n; d++) {
        const sm_shard_doc doc = {.id = SM_SPAN("d"),
                                  .ids = ids,
                                  .n = 5,
                                  .targets = &masks[d],
                                  .parts = parts,
                                  .n_parts = 2};
        const int status = sm_shard_writer_append(w, &doc, err);
        if (status < 0) sm_shard_writer_abort(w);
        SM_TRY(status);
    }
    return sm_shard_writer_commit(w, true, err);
}

static void masks_become_weights(void **state)
{
    (void)state;
    static const uint8_t masks[3] = {0x18, 0x1F, 0x02};
    sm_error err = {0};
    const char *dir = fresh_folder();
    assert_ok(write_masked(dir, masks, 3, &err), &err);
    sm_shards *set = open_set(dir);
    const sm_windows w = {18, 18, 0};
    uint32_t input[18], target[18];
    float weight[18];
    sm_shards_window(set, &w, 0, input, target, weight);
    static const char want[] = "000111111111010000"; /* the EOT counts if the last token does */
    for (int t = 0; t < 18; t++)
        assert_int_equal(weight[t] != 0, want[t] == '1');
    assert_int_equal(sm_shards_targets(set, &w, 0), 10);
    assert_true(sm_shards_about(set)->has_targets);
    assert_verified(set);
    sm_shards_close(set);
}

static void masks_that_cannot_be_meant_are_refused(void **state)
{
    (void)state;
    static const uint8_t none[2] = {0x18, 0}, all[2] = {0x1F, 0x1F};
    sm_error err = {0};
    assert_int_equal(write_masked(fresh_folder(), none, 2, &err), SM_EFORMAT);
    assert_contains(err.text, "none of its tokens is a target");
    err = (sm_error){0};
    assert_int_equal(write_masked(fresh_folder(), all, 2, &err), SM_EFORMAT);
    assert_contains(err.text, "every token is a target");
}

/* ---- what a writer refuses ---------------------------------------------------------------------- */

static void bad_ids_are_named(void **state)
{
    (void)state;
    static const struct {
        uint32_t ids[3];
        const char *says;
    } cases[] = {{{1, 2, 1000}, "document 'x': token 2: id 1000 in a vocabulary of 1000"},
                 {{1, UINT32_MAX, 2}, "token 1: id 4294967295"},
                 {{7, EOT, 2}, "document 'x': token 1: the end token 0 inside"}};
    for (size_t i = 0; i < 3; i++) {
        const sm_shard_options o = options_in(fresh_folder());
        sm_shard_writer *w = NULL;
        sm_error err = {0};
        const sm_shard_doc doc = {.id = SM_SPAN("x"), .ids = cases[i].ids, .n = 3};
        assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
        assert_int_equal(sm_shard_writer_append(w, &doc, &err), SM_EFORMAT);
        assert_contains(err.text, cases[i].says);
        sm_shard_writer_abort(w);
        sm_shards *set = NULL;
        assert_int_equal(sm_shards_open(&set, o.dir, &err), SM_ENOENT);
    }
}

static void a_finished_set_is_not_overwritten(void **state)
{
    (void)state;
    sm_shard_options o = options_in(fresh_folder());
    write_corpus(make_corpus(true), &o);
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_int_equal(sm_shard_writer_open(&w, &o, &err), SM_EUSAGE);
    assert_contains(err.text, "finished set");
    o.dir = fresh_folder();
    o.eot = 1000;
    assert_int_equal(sm_shard_writer_open(&w, &o, NULL), SM_EUSAGE);
    o.eot = EOT;
    o.kind = "talk";
    assert_int_equal(sm_shard_writer_open(&w, &o, NULL), SM_EUSAGE);
    o.kind = "text";
    o.shard_tokens = 0;
    assert_int_equal(sm_shard_writer_open(&w, &o, NULL), SM_EUSAGE);
}

static void another_tokenizer_is_refused(void **state)
{
    (void)state;
    sm_shard_options o = options_in(fresh_folder());
    write_corpus(make_corpus(true), &o);
    sm_shards *set = open_set(o.dir);
    sm_error err = {0};
    assert_int_equal(sm_shards_expect(set, (sm_hash128){1, 2}, NULL), SM_OK);
    assert_int_equal(sm_shards_expect(set, (sm_hash128){1, 3}, &err), SM_EHASH);
    assert_contains(err.text, "another tokenizer");
    sm_shards_close(set);
}

static void empty_sets_and_cut_inputs_say_so(void **state)
{
    (void)state;
    const sm_shard_options o = options_in(fresh_folder());
    sm_shard_writer *w = NULL;
    assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
    assert_ok(sm_shard_writer_commit(w, false, NULL), NULL);
    sm_shards *set = open_set(o.dir);
    assert_int_equal(sm_shards_about(set)->tokens, 0);
    assert_int_equal(sm_shards_about(set)->n_shards, 0);
    assert_false(sm_shards_about(set)->complete);
    sm_error err = {0};
    assert_int_equal(sm_shards_expect(set, o.tokenizer_hash, &err), SM_ETRUNC);
    assert_verified(set);
    sm_shards_close(set);
}

/* ---- damage ------------------------------------------------------------------------------------------ */

typedef struct file_bytes {
    char path[1100];
    sm_buffer bytes;
} file_bytes;

static void load(file_bytes *f, const char *dir, const char *name)
{
    (void)snprintf(f->path, sizeof f->path, "%s/%s", dir, name);
    f->bytes = sm_buffer_make(1 << 20);
    assert_ok(sm_file_read(f->path, &f->bytes, NULL), NULL);
}

/* Writing without the sync of sm_file_write, which thousands of damages would wait for. */
static void put_bytes(const file_bytes *f, size_t first, size_t n)
{
    FILE *file = fopen(f->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)first, SEEK_SET), 0);
    assert_int_equal(fwrite(f->bytes.p + first, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Whether opening or verifying finds the damage, and names the file (or the one that contradicts it). */
static bool damage_is_found(const char *dir, const char *name, sm_error *found)
{
    sm_shards *set = NULL;
    *found = (sm_error){0};
    if (sm_shards_open(&set, dir, found) < 0) return strstr(found->text, name) != NULL;
    sm_error faults[16] = {0};
    assert_true(sm_shards_about(set)->n_shards < 16);
    const int status = sm_shards_verify(set, 1, faults);
    sm_shards_close(set);
    for (size_t i = 0; i < 16; i++)
        if (faults[i].code) *found = faults[i];
    return status < 0 && strstr(found->text, name);
}

static const char *const set_files[] = {
    "manifest.json",   "shard-00000.bin", "shard-00000.idx", "shard-00000.meta",
    "shard-00001.bin", "shard-00001.idx", "shard-00001.meta"};

static const char *small_set(void)
{
    sm_shard_options o = options_in(fresh_folder());
    o.shard_tokens = 900;
    write_corpus(make_corpus(true), &o);
    return o.dir;
}

static void every_flipped_bit_is_found(void **state)
{
    (void)state;
    const char *dir = small_set();
    for (size_t k = 0; k < 7; k++) {
        file_bytes f;
        load(&f, dir, set_files[k]);
        for (size_t i = 0; i < f.bytes.n; i += i < 256 ? 1 : 7) {
            const char mask = (char)(1 << i % 8);
            f.bytes.p[i] ^= mask;
            put_bytes(&f, i, 1);
            sm_error found;
            if (!damage_is_found(dir, set_files[k], &found)) {
                print_error("%s: byte %zu: '%s'\n", set_files[k], i, found.text);
                fail();
            }
            f.bytes.p[i] ^= mask;
            put_bytes(&f, i, 1);
        }
        sm_buffer_free(&f.bytes);
    }
    sm_shards *set = open_set(dir);
    assert_verified(set);
    sm_shards_close(set);
}

static void every_cut_is_found(void **state)
{
    (void)state;
    const char *dir = small_set();
    for (size_t k = 0; k < 7; k++) {
        file_bytes f;
        load(&f, dir, set_files[k]);
        for (size_t n = 0; n < f.bytes.n; n += n < 200 ? 1 : 23) {
            sm_error found;
            assert_int_equal(truncate(f.path, (off_t)n), 0);
            if (!damage_is_found(dir, set_files[k], &found)) {
                print_error("%s: cut at %zu: '%s'\n", set_files[k], n, found.text);
                fail();
            }
            assert_true(found.code == SM_ETRUNC || found.code == SM_EFORMAT);
            put_bytes(&f, 0, f.bytes.n);
        }
        sm_buffer_free(&f.bytes);
    }
}

static void files_of_another_set_are_found(void **state)
{
    (void)state;
    const char *dir = small_set();
    file_bytes a, b;
    static const char *const pairs[][2] = {{"shard-00000.idx", "shard-00001.idx"},
                                           {"shard-00000.meta", "shard-00001.meta"}};
    for (size_t i = 0; i < 2; i++) {
        sm_error found;
        load(&a, dir, pairs[i][0]);
        load(&b, dir, pairs[i][1]);
        assert_ok(sm_file_write(a.path, sm_buffer_span(&b.bytes), NULL), NULL);
        assert_true(damage_is_found(dir, pairs[i][0], &found));
        assert_ok(sm_file_write(a.path, sm_buffer_span(&a.bytes), NULL), NULL);
        sm_buffer_free(&a.bytes);
        sm_buffer_free(&b.bytes);
    }
}

/* A set whose checksums are right and whose content is not: written again with another vocabulary or end token. */
static void forge(const char *dir, uint32_t vocab_size, int64_t eot)
{
    sm_shards *const set = open_set(dir);
    manifest m = set->manifest;
    m.info.vocab_size = vocab_size;
    m.info.eot = eot;
    for (size_t i = 0; i < m.info.n_shards; i++) {
        meta altered = set->shards[i].meta;
        sm_buffer file = sm_buffer_make(1 << 20);
        altered.vocab_size = vocab_size;
        altered.eot = eot;
        meta_encode(&altered, &file);
        m.shards[i].files[FILE_META].xxh3 = sm_hash128_of(sm_buffer_span(&file));
        assert_ok(sm_file_write(set->shards[i].paths[FILE_META], sm_buffer_span(&file), NULL),
                  NULL);
        sm_buffer_free(&file);
    }
    sm_buffer json = sm_buffer_make(1 << 20);
    manifest_encode(&m, &json);
    assert_ok(sm_file_write(set->manifest_path, sm_buffer_span(&json), NULL), NULL);
    sm_buffer_free(&json);
    sm_shards_close(set);
}

static void what_checksums_do_not_tell_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *compress;
        uint32_t vocab_size;
        int64_t eot;
        const char *says;
    } cases[] = {{"none", 900, EOT, "in a vocabulary of 900"},
                 {"zstd", 900, EOT, "in a vocabulary of 900"},
                 {"none", 1000, 7, "does not end with the end token"},
                 {"zstd", 1000, 7, "does not end with the end token"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sm_shard_options o = options_in(fresh_folder());
        sm_error found;
        o.shard_tokens = 900;
        o.compress = cases[i].compress;
        write_corpus(make_corpus(true), &o);
        assert_false(damage_is_found(o.dir, "shard-", &found));
        forge(o.dir, cases[i].vocab_size, cases[i].eot);
        assert_true(damage_is_found(o.dir, "shard-0000", &found));
        assert_contains(found.text, cases[i].says);
    }
    /* In a set without an end token any id may stand anywhere; read as one with it, it stands inside. */
    sm_shard_options o = options_in(fresh_folder());
    static const uint32_t ids[] = {5, 3, 6, 3};
    const sm_shard_doc doc = {.id = SM_SPAN("x"), .ids = ids, .n = 4};
    sm_shard_writer *w = NULL;
    sm_error found;
    o.eot = -1;
    assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
    assert_ok(sm_shard_writer_append(w, &doc, NULL), NULL);
    assert_ok(sm_shard_writer_commit(w, true, NULL), NULL);
    forge(o.dir, 1000, 3);
    assert_true(damage_is_found(o.dir, "shard-00000.bin", &found));
    assert_contains(found.text, "the end token stands inside a document");
}

/* ---- from other formats --------------------------------------------------------------------------- */

static sm_shards *import(const char *text, int64_t eot, sm_error *err)
{
    const sm_shard_options base = options_in(fresh_folder());
    sm_shard_options o = base;
    o.has_tokenizer = false;
    o.tokenizer_hash = (sm_hash128){0};
    o.tokenizer_name = NULL;
    o.eot = eot;
    char path[1100];
    (void)snprintf(path, sizeof path, "%s/in.jsonl", o.dir);
    assert_ok(sm_file_write(path, sm_span_of(text), NULL), NULL);
    sm_shard_writer *w = NULL;
    assert_ok(sm_shard_writer_open(&w, &o, err), err);
    if (sm_import_ids(w, path, err) < 0) {
        sm_shard_writer_abort(w);
        return NULL;
    }
    assert_ok(sm_shard_writer_commit(w, true, err), err);
    return open_set(o.dir);
}

static void lists_of_ids_are_imported(void **state)
{
    (void)state;
    sm_error err = {0};
    sm_shards *set = import("{\"id\":\"a\",\"ids\":[5,6,7],\"text_bytes\":9}\n"
                            "\n"
                            "{\"ids\":[]}\n"
                            "{\"id\":12,\"ids\":[8]}",
                            EOT, &err);
    assert_non_null(set);
    uint32_t got[7];
    static const uint32_t want[7] = {5, 6, 7, EOT, EOT, 8, EOT};
    assert_int_equal(sm_shards_about(set)->tokens, 7);
    assert_int_equal(sm_shards_about(set)->documents, 3);
    assert_int_equal(sm_shards_about(set)->text_bytes, 9);
    assert_false(sm_shards_about(set)->has_tokenizer);
    sm_shards_read(set, 0, 7, got);
    assert_memory_equal(got, want, sizeof want);
    sm_shards_doc doc;
    assert_ok(sm_shards_document(set, 1, &doc, NULL), NULL);
    assert_span(doc.id, "3");
    assert_ok(sm_shards_document(set, 2, &doc, NULL), NULL);
    assert_span(doc.id, "12");
    assert_verified(set);
    sm_shards_close(set);

    static const char *const bad[][2] = {
        {"{\"ids\":[1]}\n{\"ids\":[1,-2]}\n", "jsonl:2: "},
        {"{\"ids\":[1]}\n{\"id", "jsonl:2: this is no JSON"},
        {"{\"id\":\"x\"}\n", "jsonl:1: ids is missing"},
        {"{\"ids\":[4,1000]}\n", "jsonl:1: document '1': token 1"}};
    for (size_t i = 0; i < 4; i++) {
        err = (sm_error){0};
        assert_null(import(bad[i][0], EOT, &err));
        assert_contains(err.text, bad[i][1]);
    }
}

static void bare_tokens_are_imported(void **state)
{
    (void)state;
    static const uint16_t raw[7] = {5, 6, 0, 0, 7, 8, 9};
    for (int eot = -1; eot <= 0; eot++) {
        sm_shard_options o = options_in(fresh_folder());
        o.eot = eot;
        char path[1100], bytes[15];
        for (size_t i = 0; i < 7; i++)
            sm_put_u16(bytes + 2 * i, raw[i]);
        bytes[14] = 0;
        (void)snprintf(path, sizeof path, "%s/in.bin", o.dir);
        assert_ok(sm_file_write(path, (sm_span){bytes, 14}, NULL), NULL);
        sm_shard_writer *w = NULL;
        assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
        assert_ok(sm_import_raw(w, path, 2, eot, NULL), NULL);
        assert_ok(sm_shard_writer_commit(w, true, NULL), NULL);
        sm_shards *set = open_set(o.dir);
        uint32_t got[8];
        const size_t n = eot < 0 ? 7 : 8; /* the tail is closed by an EOT */
        assert_int_equal(sm_shards_about(set)->tokens, n);
        assert_int_equal(sm_shards_about(set)->documents, eot < 0 ? 1 : 3);
        sm_shards_read(set, 0, n, got);
        for (size_t i = 0; i < 7; i++)
            assert_int_equal(got[i], raw[i]);
        sm_shards_close(set);

        o.dir = fresh_folder();
        (void)snprintf(path, sizeof path, "%s/in.bin", o.dir);
        assert_ok(sm_file_write(path, (sm_span){bytes, 15}, NULL), NULL);
        assert_ok(sm_shard_writer_open(&w, &o, NULL), NULL);
        assert_int_equal(sm_import_raw(w, path, 2, eot, NULL), SM_ETRUNC);
        sm_shard_writer_abort(w);
    }
}

/* ---- dividing ------------------------------------------------------------------------------------------ */

static void a_corpus_is_divided_by_its_keys(void **state)
{
    (void)state;
    static const struct {
        const char *record, *key, *want;
    } cases[] = {
        {"{\"id\":\"a\",\"text\":\"x\"}", NULL, "a"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"https://u@ja.example:8080/"
         "p?q\"}}",
         NULL, "ja.example"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"http://h\"}}", "id", "a"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"http://"
         "h\",\"dedup\":{\"cluster\":\"c7\"}}}",
         "auto", "c7"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"http://"
         "h\",\"dedup\":{\"cluster\":\"c7\"}}}",
         "host", "h"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"no url\",\"site\":4}}", NULL,
         "a"},
        {"{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"site\":4}}", "metadata.site", "4"},
    };
    sm_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *kind = NULL;
        size_t at = 0;
        sm_doc doc = {.record = sm_span_of(cases[i].record), .arena = &arena};
        assert_int_equal(sm_doc_parse(&doc, "text", &kind, &at), 1);
        assert_span(sm_split_key(&doc, cases[i].key), cases[i].want);
    }
    sm_arena_free(&arena);
    unsigned count = 0;
    for (int i = 0; i < 10000; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key-%d", i);
        const bool small = sm_split_is_validation(sm_span_of(key), 0.05);
        count += small;
        if (small) assert_true(sm_split_is_validation(sm_span_of(key), 0.2));
    }
    assert_in_range(count, 400, 600);
    assert_false(sm_split_is_validation(SM_SPAN("a"), 0));
    assert_true(sm_split_is_validation(SM_SPAN("a"), 1));
}

/* What a folder holds: the content of a file, or none. */
static void assert_file(const char *folder, const char *name, const char *want)
{
    sm_error err = {0};
    char path[1200];
    sm_buffer b = sm_buffer_make(1 << 10);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(sm_file_exists(path), want != NULL);
    if (want) assert_ok(sm_file_read(path, &b, &err), &err);
    if (want) assert_span(sm_buffer_span(&b), want);
    sm_buffer_free(&b);
}

/* A single file gets the name that a folder has for its kind; of FILE:NAME the name is kept. */
static void tokenizers_are_copied_whatever_file_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *content, *beside, *named, *as, *as_beside;
    } cases[] = {
        {" \n{}", "[]", "", "tokenizer.json", NULL},
        {"\n\x0E", "[]", "", "tokenizer.model", NULL},
        {"IQ== 0\n", NULL, "", "tokenizer.tiktoken", NULL},
        {"IQ== 0\n", "{\"x\":1}", "", "tokenizer.tiktoken", "{\"x\":1}"},
        {"IQ== 0\n", "{\"x\":1}", ":gpt2", "tokenizer.tiktoken", "{\"pretoken\":\"gpt2\"}\n"},
    };
    sm_error err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[1200], beside[1200], from[1200], to[1200];
        const char *folder = fresh_folder();
        (void)snprintf(file, sizeof file, "%s/any:name", folder);
        (void)snprintf(beside, sizeof beside, "%s/any:name.json", folder);
        (void)snprintf(from, sizeof from, "%s/any:name%s", folder, cases[i].named);
        (void)snprintf(to, sizeof to, "%s/to", folder);
        assert_ok(sm_file_write(file, sm_span_of(cases[i].content), &err), &err);
        if (cases[i].beside)
            assert_ok(sm_file_write(beside, sm_span_of(cases[i].beside), &err), &err);
        assert_ok(sm_tokenizer_files_copy(from, to, &err), &err);
        assert_file(to, cases[i].as, cases[i].content);
        assert_file(to, "tokenizer.tiktoken.json", cases[i].as_beside);
        (void)snprintf(from, sizeof from, "%s/nowhere", folder);
        assert_int_equal(sm_tokenizer_files_copy(from, to, &err), SM_ENOENT);
        sm_error_clear(&err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(windows_are_those_of_the_ring),
        cmocka_unit_test(without_eot_the_first_token_is_an_input_only),
        cmocka_unit_test(vocabularies_choose_the_dtype),
        cmocka_unit_test(masks_become_weights),
        cmocka_unit_test(masks_that_cannot_be_meant_are_refused),
        cmocka_unit_test(bad_ids_are_named),
        cmocka_unit_test(a_finished_set_is_not_overwritten),
        cmocka_unit_test(another_tokenizer_is_refused),
        cmocka_unit_test(empty_sets_and_cut_inputs_say_so),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_cut_is_found),
        cmocka_unit_test(files_of_another_set_are_found),
        cmocka_unit_test(what_checksums_do_not_tell_is_found),
        cmocka_unit_test(lists_of_ids_are_imported),
        cmocka_unit_test(bare_tokens_are_imported),
        cmocka_unit_test(a_corpus_is_divided_by_its_keys),
        cmocka_unit_test(tokenizers_are_copied_whatever_file_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
