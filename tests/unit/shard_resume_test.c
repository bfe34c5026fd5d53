/* Runs that die: their shards stay, a rerun gives what an undisturbed run gives, and another input is named.
 * SPDX-License-Identifier: MIT */
#include "shard_documents.h"

#include <sys/stat.h>

static void assert_same_manifest(const char *a, const char *b)
{
    char left[2100], right[2100];
    (void)snprintf(left, sizeof left, "%s/manifest.json", a);
    (void)snprintf(right, sizeof right, "%s/manifest.json", b);
    assert_same_file(left, right);
}

/* A run that dies when it has appended n documents: as with kill -9, nothing is finished. */
static void die_after(const sm_shard_options *o, bool masks, uint64_t n)
{
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, o, &err), &err);
    append(w, masks, n, all);
    sm_shard_writer_abort(w);
}

static void finish(const sm_shard_options *o, bool masks)
{
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, o, &err), &err);
    append(w, masks, MANY, all);
    assert_ok(sm_shard_writer_commit(w, true, &err), &err);
}

/* 100: documents lie in several shards, behind which no rerun begins. */
static void check_reruns(bool masks, int64_t shard_tokens, const char *compress)
{
    const char *const dir = scratch();
    sm_shard_options o = options_of(inside(dir, "whole"), masks, shard_tokens);
    o.options = SM_SPAN("{\"a\":[1,0.25,null,true],\"精米\":{\"b\":\"\\n\"}}");
    o.compress = compress;
    const char *const whole = o.dir;
    finish(&o, masks);
    for (uint64_t n = 3; n < MANY; n += 19) {
        char name[32];
        (void)snprintf(name, sizeof name, "killed-%u", (unsigned)n);
        o.dir = inside(dir, name);
        die_after(&o, masks, n);
        die_after(&o, masks, n / 2); /* earlier than what is there */
        die_after(&o, masks, MANY);  /* and before the commit */
        finish(&o, masks);
        assert_same_set(o.dir, whole);
        assert_same_manifest(o.dir, whole);
    }
}

static void reruns_give_the_same_bytes(void **state)
{
    (void)state;
    for (int masks = 0; masks < 2; masks++) {
        check_reruns(masks, 100, "none");
        check_reruns(masks, 2000, "none");
        check_reruns(masks, 2000, "zstd");
    }
}

static void what_a_dead_run_left_says_so(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const sm_shard_options o = options_of(dir, false, 2000);
    die_after(&o, false, 40);
    sm_shards *const set = open_set(dir);
    sm_error err = {0};
    const sm_shards_info *const info = sm_shards_about(set);
    assert_true(info->unfinished && !info->complete && info->n_shards > 1);
    assert_true(info->documents > 10 && info->documents < 40);
    assert_int_equal(sm_shards_complete(set, &err), SM_ETRUNC);
    assert_contains(err.text, "did not finish");
    assert_int_equal(sm_shards_expect(set, o.tokenizer_hash, &err), SM_ETRUNC);
    sm_error faults[64] = {0};
    assert_ok(sm_shards_verify(set, 1, faults), faults); /* its shards are whole */
    sm_shards_close(set);
}

/* A file that was written again would be another one. */
static void kept_shards_are_not_written_again(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const sm_shard_options o = options_of(dir, false, 2000);
    struct stat kept, now;
    die_after(&o, false, 40);
    assert_int_equal(stat(inside(dir, "shard-00000.bin"), &kept), 0);
    finish(&o, false);
    assert_int_equal(stat(inside(dir, "shard-00000.bin"), &now), 0);
    assert_int_equal(now.st_ino, kept.st_ino);
    sm_shards *const set = open_set(dir);
    sm_error faults[64] = {0};
    assert_ok(sm_shards_verify(set, 1, faults), faults);
    sm_shards_close(set);
}

/* ---- another input --------------------------------------------------------------------------------- */

typedef void change(document *d);

static void change_id(document *d)
{
    d->doc.id = SM_SPAN("other");
}
static void change_token(document *d)
{
    d->ids[1]++;
}
static void change_length(document *d)
{
    d->doc.n--;
}
static void change_text(document *d)
{
    d->doc.text_bytes++;
}
static void change_mask(document *d)
{
    d->targets[0] ^= 1;
}
static void change_end(document *d)
{
    d->doc.end_is_context = true;
}

static void another_input_is_named(void **state)
{
    (void)state;
    static const struct {
        change *change;
        const char *says;
    } cases[] = {
        {change_id, "'other': its id"},          {change_token, "'文書-2': its token list"},
        {change_length, "'文書-2': its length"}, {change_text, "'文書-2': its text"},
        {change_mask, "'文書-2': its mask"},     {change_end, "'文書-2': its mask"}};
    const char *const dir = scratch();
    const sm_shard_options o = options_of(dir, true, 1500);
    die_after(&o, true, 40);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static document d;
        sm_shard_writer *w = NULL;
        sm_error err = {0};
        assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
        append(w, true, 2, all);
        make(&d, 2, true, 2);
        cases[i].change(&d);
        assert_int_equal(sm_shard_writer_append(w, &d.doc, &err), SM_EFORMAT);
        assert_contains(err.text, cases[i].says);
        sm_shard_writer_abort(w);
    }
    sm_shard_writer *w = NULL;
    sm_error err = {0};
    assert_ok(sm_shard_writer_open(&w, &o, &err), &err);
    append(w, true, 3, all);
    assert_int_equal(sm_shard_writer_commit(w, true, &err), SM_EFORMAT);
    assert_contains(err.text, "the input ends before");
    finish(&o, true); /* none of them did harm */
}

static void other_options_are_refused(void **state)
{
    (void)state;
    const char *const dir = scratch();
    const sm_shard_options base = options_of(dir, false, 2000);
    die_after(&base, false, 40);
    for (int i = 0; i < 6; i++) {
        sm_shard_options o = base;
        sm_shard_writer *w = NULL;
        sm_error err = {0};
        if (i == 0) o.shard_tokens++;
        if (i == 1) o.tokenizer_hash.lo++;
        if (i == 2) o.compress = "zstd";
        if (i == 3) o.eot--;
        if (i == 4) o.sources = NULL;
        if (i == 5) o.options = SM_SPAN("{\"seed\":1}");
        assert_int_equal(sm_shard_writer_open(&w, &o, &err), SM_EUSAGE);
        assert_null(w);
        assert_contains(err.text, "unfinished set that was begun with other options");
    }
}

/* ---- two sets of one run ----------------------------------------------------------------------------- */

static void open_pair(const char *dir, sm_shard_writer *pair[2], int want)
{
    sm_error err = {0};
    const sm_shard_options o[2] = {options_of(inside(dir, "train"), false, 2000),
                                   options_of(inside(dir, "valid"), false, 2000)};
    assert_int_equal(sm_shard_writers_open(pair, o, 2, &err), want);
}

static void append_pair(sm_shard_writer *pair[2])
{
    append(pair[0], false, MANY, not_valid);
    append(pair[1], false, MANY, valid);
}

/* A run that dies between its two commits leaves one finished set: the pair is not. */
static void a_pair_is_finished_when_both_are(void **state)
{
    (void)state;
    const char *const dir = scratch();
    sm_shard_writer *pair[2];
    open_pair(dir, pair, SM_OK);
    append_pair(pair);
    assert_ok(sm_shard_writer_commit(pair[0], true, NULL), NULL);
    sm_shard_writer_abort(pair[1]);

    open_pair(dir, pair, SM_OK);
    append_pair(pair);
    static document d;
    sm_error err = {0};
    make(&d, 0, false, 2);
    d.doc.id = SM_SPAN("one more");
    assert_int_equal(sm_shard_writer_append(pair[0], &d.doc, &err), SM_EFORMAT);
    assert_contains(err.text, "is finished and ends before it");
    sm_shard_writer_abort(pair[0]);
    sm_shard_writer_abort(pair[1]);

    open_pair(dir, pair, SM_OK);
    append_pair(pair);
    assert_ok(sm_shard_writer_commit(pair[0], true, NULL), NULL);
    assert_ok(sm_shard_writer_commit(pair[1], true, NULL), NULL);
    open_pair(dir, pair, SM_EUSAGE);
    assert_null(pair[0]);
    write_set(dir, "t", false, 2000, not_valid);
    write_set(dir, "v", false, 2000, valid);
    assert_same_set(inside(dir, "train"), inside(dir, "t"));
    assert_same_set(inside(dir, "valid"), inside(dir, "v"));
    assert_same_manifest(inside(dir, "train"), inside(dir, "t"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reruns_give_the_same_bytes),
        cmocka_unit_test(what_a_dead_run_left_says_so),
        cmocka_unit_test(kept_shards_are_not_written_again),
        cmocka_unit_test(another_input_is_named),
        cmocka_unit_test(other_options_are_refused),
        cmocka_unit_test(a_pair_is_finished_when_both_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
