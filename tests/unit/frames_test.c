/* zstd's seekable format: pieces come back from any place, by any thread, and every damage is found.
 * What other programs make of it is asked in conformance/shards_test.py. SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/frames.h>
#include <seimai/parallel.h>
#include <seimai/random.h>

enum { FRAME = 1000, MOST = 20 * FRAME };

/* n bytes that compress a little. */
static void make_plain(char *plain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        plain[i] = (char)("精米は米を研ぐ"[i % 20] ^ (char)sm_random_below(3, i, 0, 4));
}

static void write_frames(const char *plain, size_t n, sm_buffer *file)
{
    sm_buffer table = sm_buffer_make(1 << 20);
    *file = sm_buffer_make(1 << 20);
    for (size_t at = 0; at < n; at += FRAME)
        sm_frames_put((sm_span){plain + at, n - at < FRAME ? n - at : FRAME}, 3, file, &table);
    sm_frames_seal(&table, file);
    sm_buffer_free(&table);
}

static void pieces_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, FRAME - 1, FRAME, FRAME + 1, 7 * FRAME, MOST};
    static char plain[MOST], got[MOST];
    make_plain(plain, MOST);
    for (size_t k = 0; k < 7; k++) {
        const size_t n = sizes[k];
        sm_buffer file, whole = sm_buffer_make(1 << 20);
        sm_frames f;
        sm_error err = {0};
        write_frames(plain, n, &file);
        assert_ok(sm_frames_open(&f, "f", sm_buffer_span(&file), FRAME, n, &err), &err);
        assert_int_equal(f.n, (n + FRAME - 1) / FRAME);
        sm_frame_cache *const cache = sm_frame_cache_new(3, FRAME);
        for (uint64_t i = 0; i < 400 && n; i++) {
            const size_t at = (size_t)sm_random_below(4, i, 0, n);
            const size_t take = (size_t)sm_random_below(4, i, 1, n - at + 1);
            assert_ok(sm_frame_cache_read(cache, &f, 5, at, got, take, &err), &err);
            assert_memory_equal(got, plain + at, take);
        }
        /* … and to a decoder that knows nothing of tables it is the plain bytes */
        assert_ok(sm_decode(SM_CODING_ZSTD, sm_buffer_span(&file), &whole, &err), &err);
        assert_int_equal(whole.n, n);
        if (n) assert_memory_equal(whole.p, plain, n);
        sm_frame_cache_free(cache);
        sm_frames_close(&f);
        sm_buffer_free(&file);
        sm_buffer_free(&whole);
    }
}

typedef struct shared {
    const char *plain;
    const sm_frames *frames;
    sm_frame_cache *cache;
} shared;

static int read_one(void *context, unsigned worker, size_t i, sm_error *err)
{
    const shared *const s = context;
    char got[3 * FRAME];
    const size_t at = (size_t)sm_random_below(6, i, 0, MOST - sizeof got);
    (void)worker;
    SM_TRY(sm_frame_cache_read(s->cache, s->frames, 0, at, got, sizeof got, err));
    if (memcmp(got, s->plain + at, sizeof got) == 0) return SM_OK;
    SM_FAIL(err, SM_EHASH, "item %zu differs", i);
}

static void threads_share_a_cache(void **state)
{
    (void)state;
    static char plain[MOST];
    sm_buffer file;
    sm_frames f;
    sm_error err = {0};
    make_plain(plain, MOST);
    write_frames(plain, MOST, &file);
    assert_ok(sm_frames_open(&f, "f", sm_buffer_span(&file), FRAME, MOST, &err), &err);
    shared s = {plain, &f, sm_frame_cache_new(4, FRAME)};
    assert_ok(sm_parallel(8, 5000, read_one, &s, &err), &err);
    sm_frame_cache_free(s.cache);
    sm_frames_close(&f);
    sm_buffer_free(&file);
}

/* Opening or decoding fails; what is decoded in spite of a damage is right (a bit that says nothing). */
static bool is_found(sm_span file, const char *plain, size_t n, sm_error *err)
{
    sm_frames f;
    char got[FRAME];
    bool found = sm_frames_open(&f, "f.zst", file, FRAME, n, err) < 0;
    for (uint32_t i = 0; !found && i < f.n; i++) {
        found = sm_frames_decode(&f, i, got, err) < 0;
        if (!found) assert_memory_equal(got, plain + (size_t)i * FRAME, sm_frames_size(&f, i));
    }
    sm_frames_close(&f);
    return found;
}

static void every_flipped_bit_is_found_or_harmless(void **state)
{
    (void)state;
    static char plain[3 * FRAME + 77];
    const size_t n = sizeof plain;
    sm_buffer file;
    size_t harmless = 0;
    make_plain(plain, n);
    write_frames(plain, n, &file);
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        sm_error err = {0};
        file.p[bit / 8] ^= (char)(1 << bit % 8);
        const bool found = is_found(sm_buffer_span(&file), plain, n, &err);
        if (found) assert_contains(err.text, "f.zst: ");
        harmless += !found;
        file.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_true(harmless <=
                4 * 16); /* what fills a frame's streams up to a byte, and an unused bit */
    sm_buffer_free(&file);
}

static void every_cut_is_found(void **state)
{
    (void)state;
    static char plain[3 * FRAME];
    sm_buffer file;
    make_plain(plain, sizeof plain);
    write_frames(plain, sizeof plain, &file);
    for (size_t n = 0; n < file.n; n++) {
        sm_error err = {0};
        char *const copy = sm_malloc(n + 1); /* so that reading past the end is noticed */
        memcpy(copy, file.p, n);
        assert_true(is_found((sm_span){copy, n}, plain, sizeof plain, &err));
        assert_true(err.code == SM_ETRUNC || err.code == SM_EFORMAT);
        sm_free(copy);
    }
    sm_error err = {0};
    sm_frames f;
    assert_int_equal(
        sm_frames_open(&f, "f", sm_buffer_span(&file), FRAME, sizeof plain + 1, &err),
        SM_EFORMAT); /* one byte more is another frame */
    sm_buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_back),
        cmocka_unit_test(threads_share_a_cache),
        cmocka_unit_test(every_flipped_bit_is_found_or_harmless),
        cmocka_unit_test(every_cut_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
