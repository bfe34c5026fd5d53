/* Inflating: the fast library against zlib, however the bytes are cut, and files that go on behind damage.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <inflater.h>
#include <seimai/file.h>
#include <seimai/random.h>

#include <unistd.h>

enum { TEXT = 40000, STORED = 1 << 20 };

static const char *scratch(void)
{
    static char path[64];
    (void)snprintf(path, sizeof path, "/tmp/seimai-inflater-test-%ld", (long)getpid());
    return path;
}

/* Text with repetition and noise: `kind` chooses how much of either. */
static void make_text(char *p, size_t n, unsigned kind)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t x = sm_random_u64(kind, i, 0);
        const bool noise = kind == 0 || (kind == 1 && x % 4 == 0);
        p[i] = noise ? (char)(x >> 32) : "精米して白くなる。"[i % 27];
    }
}

static uint32_t adler(sm_span s)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < s.n; i++) {
        a = (a + (unsigned char)s.p[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* A gzip member as our own output writes it, or its deflated data in zlib's wrapper, or bare. */
static sm_span deflated(sm_span text, inflate_wrapper wrapper, char *out)
{
    enum { HEAD = 10, TRAILER = 8 };
    sm_output *file = NULL;
    sm_error err = {0};
    sm_buffer member = sm_buffer_make(STORED);
    char name[80], part_name[90];
    (void)snprintf(name, sizeof name, "%s.gz", scratch());
    (void)snprintf(part_name, sizeof part_name, "%s.part", name);
    assert_ok(sm_output_open(&file, name, &err), &err);
    sm_output_compress(file, text, &member);
    sm_output_abort(file);
    (void)unlink(part_name);
    const sm_span all = sm_buffer_span(&member);
    const sm_span raw = {all.p + HEAD, all.n - HEAD - TRAILER};
    const sm_span part = wrapper == INFLATE_GZIP ? all : raw;
    const size_t head = wrapper == INFLATE_ZLIB ? 2 : 0;
    const uint32_t sum = adler(text);
    memcpy(out, "\x78\x9C", head);
    memcpy(out + head, part.p, part.n);
    for (size_t i = 0; i < 2 * head; i++)
        out[head + part.n + i] = (char)(sum >> (24 - 8 * i));
    sm_buffer_free(&member);
    return (sm_span){out, part.n + 3 * head};
}

/* Inflates with `in` stored bytes at a time into `out` at a time; returns the status, and what is left in *stored. */
static int inflate_in_steps(const inflater_type *type, inflate_wrapper wrapper, sm_span *stored,
                            size_t in, size_t out, sm_buffer *text)
{
    void *inflater = type->open();
    const char *why = NULL;
    int rc = 1;
    type->begin(inflater, wrapper);
    while (rc > 0) {
        sm_span part = {stored->p, stored->n < in ? stored->n : in};
        const size_t before = part.n;
        size_t got = 0;
        char *room = sm_buffer_reserve(text, out);
        rc = type->step(inflater, &part, room, out, &got, &why);
        text->n += got;
        *stored = (sm_span){stored->p + (before - part.n), stored->n - (before - part.n)};
        if (rc > 0 && got == 0 && stored->n == 0) break;
    }
    type->close(inflater);
    return rc;
}

static void every_cut_gives_the_same(void **state)
{
    (void)state;
    static char text[TEXT], stored[STORED + 8];
    static const size_t steps[][2] = {{1, 1},    {1, 4096},        {7, 13},
                                      {4096, 1}, {STORED, STORED}, {100, 65536}};
    for (unsigned kind = 0; kind < 3; kind++)
        for (inflate_wrapper wrapper = INFLATE_GZIP; wrapper <= INFLATE_RAW; wrapper++)
            for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
                make_text(text, TEXT, kind);
                sm_span all = deflated((sm_span){text, TEXT}, wrapper, stored);
                memcpy(stored + all.n, "behind", 6);
                all.n += 6;
                sm_buffer out = sm_buffer_make(1 << 20);
                assert_int_equal(inflate_in_steps(inflater_best(), wrapper, &all, steps[s][0],
                                                  steps[s][1], &out),
                                 0);
                if (wrapper == INFLATE_GZIP) assert_span(all, "behind");
                assert_int_equal(out.n, TEXT);
                assert_memory_equal(out.p, text, TEXT);
                sm_buffer_free(&out);
            }
}

/* Whatever byte is wrong, both libraries see it, and agree where only the checksum tells. */
static void damage_is_seen_by_both(void **state)
{
    (void)state;
    static char text[2000], stored[STORED];
    size_t checksums = 0;
    make_text(text, sizeof text, 1);
    const sm_span whole = deflated((sm_span){text, sizeof text}, INFLATE_GZIP, stored);
    for (size_t at = 10; at < whole.n; at++) {
        int rc[2];
        stored[at] ^= 0x10;
        for (size_t k = 0; k < 2; k++) {
            sm_span all = whole;
            sm_buffer out = sm_buffer_make(1 << 20);
            rc[k] = inflate_in_steps(k ? &inflater_zlib : inflater_best(), INFLATE_GZIP, &all,
                                     512, 512, &out);
            sm_buffer_free(&out);
        }
        stored[at] ^= 0x10;
        assert_true(rc[0] != 0 && rc[1] != 0);
        if (at >= whole.n - 8) assert_true(rc[0] == SM_EHASH && rc[1] == SM_EHASH);
        checksums += rc[0] == SM_EHASH;
    }
    assert_true(checksums > 8);
}

/* ---- going on behind damage ------------------------------------------------------------------ */

/* Reads a file; where it is damaged, "!" and on. */
static void read_on(sm_span content, sm_buffer *text)
{
    sm_input *in = NULL;
    sm_error err = {0};
    int rc = 1;
    assert_ok(sm_file_write(scratch(), content, &err), &err);
    assert_ok(sm_input_open(&in, scratch(), &err), &err);
    while (rc > 0) {
        size_t got = 0;
        sm_error_clear(&err);
        rc = sm_input_read(in, sm_buffer_reserve(text, 300), 300, &got, &err);
        if (rc > 0) text->n += got;
        if (rc < 0 && sm_input_resume(in)) rc = 1;
        if (rc != 1 || got == 0) sm_buffer_putc(text, rc == 1 ? '!' : rc == 0 ? '.' : '?');
    }
    sm_input_close(in);
    (void)unlink(scratch());
}

/* Five members "one " … with what is done to the third. */
static void assert_reads_on(const char *want, int remove_from_third, int flip_from_third)
{
    static const char *const words[] = {"one ", "two ", "three ", "four ", "five "};
    static char member[STORED];
    sm_buffer file = sm_buffer_make(1 << 20), text = sm_buffer_make(1 << 20);
    for (size_t i = 0; i < 5; i++) {
        sm_span stored = deflated(sm_span_of(words[i]), INFLATE_GZIP, member);
        if (i == 2 && remove_from_third > 0) stored.n -= (size_t)remove_from_third;
        if (i == 2 && flip_from_third >= 0) member[flip_from_third] ^= 0x55;
        sm_buffer_put(&file, stored);
    }
    read_on(sm_buffer_span(&file), &text);
    assert_true(text.n >= strlen(want));
    assert_span(sm_buffer_span(&text), want);
    sm_buffer_free(&file);
    sm_buffer_free(&text);
}

static void reading_goes_on_behind_a_member(void **state)
{
    (void)state;
    assert_reads_on("one two three four five .", 0, -1);
    assert_reads_on("one two three !four five .", 0, 16 + 2); /* the checksum */
    assert_reads_on("one two !four five .", 0, 0);            /* the magic bytes */
    assert_reads_on("one two !four five .", 0, 10);           /* the type of the first block */
}

/* A member that was cut off reads the head of the next one as its own data, which is found again. */
static void a_cut_member_does_not_take_the_next_one(void **state)
{
    (void)state;
    assert_reads_on("one two three !four five .", 4, -1);
}

static void what_is_no_damage_stays(void **state)
{
    (void)state;
    static char member[STORED];
    sm_buffer text = sm_buffer_make(1 << 20);
    const sm_span stored = deflated(SM_SPAN("only"), INFLATE_GZIP, member);
    read_on((sm_span){stored.p, stored.n - 3}, &text);
    assert_span(sm_buffer_span(&text), "only?"); /* a cut file has nothing behind it */
    sm_buffer_clear(&text);
    memcpy(member + stored.n, "garbage garbage", 15);
    read_on((sm_span){stored.p, stored.n + 15}, &text);
    assert_span(sm_buffer_span(&text), "only?");
    sm_buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_gives_the_same),
        cmocka_unit_test(damage_is_seen_by_both),
        cmocka_unit_test(reading_goes_on_behind_a_member),
        cmocka_unit_test(a_cut_member_does_not_take_the_next_one),
        cmocka_unit_test(what_is_no_damage_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
