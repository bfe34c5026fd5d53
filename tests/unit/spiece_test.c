/* SentencePiece models, made by hand: what loading, normalising, encoding and decoding must give, the fast
 * search against the slow one, and damaged files.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <seimai/file.h>
#include <seimai/random.h>
#include <seimai/tokenizer.h>

#include <unistd.h>

enum { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE };
enum { UNIGRAM = 1, BPE };

static char path[64];

/* ---- writing a .model ----------------------------------------------------------------------------- */

static void put_varint(sm_buffer *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sm_buffer_putc(b, (char)(v | 0x80));
    sm_buffer_putc(b, (char)v);
}

static void put_int(sm_buffer *b, uint32_t number, uint64_t v)
{
    put_varint(b, (uint64_t)number << 3);
    put_varint(b, v);
}

static void put_bytes(sm_buffer *b, uint32_t number, sm_span s)
{
    put_varint(b, (uint64_t)number << 3 | 2);
    put_varint(b, s.n);
    sm_buffer_put(b, s);
}

static void put_piece(sm_buffer *b, const char *string, float score, uint64_t type)
{
    sm_buffer piece = sm_buffer_make(1 << 10);
    char bits[4];
    uint32_t word = 0;
    memcpy(&word, &score, sizeof word);
    sm_put_u32(bits, word);
    put_bytes(&piece, 1, sm_span_of(string));
    put_varint(&piece, 2 << 3 | 5);
    sm_buffer_put(&piece, (sm_span){bits, 4});
    if (type != NORMAL) put_int(&piece, 3, type);
    put_bytes(b, 1, sm_buffer_span(&piece));
    sm_buffer_free(&piece);
}

typedef struct model {
    sm_buffer file;
    uint64_t type;
    bool byte_fallback, no_prefix, keep_spaces;
    sm_span charsmap;
} model;

static model start(uint64_t type, bool byte_fallback)
{
    model m = {.file = sm_buffer_make(1 << 22), .type = type, .byte_fallback = byte_fallback};
    put_piece(&m.file, "<unk>", 0, UNKNOWN);
    put_piece(&m.file, "<s>", 0, CONTROL);
    put_piece(&m.file, "</s>", 0, CONTROL);
    for (unsigned byte = 0; byte < 256 && byte_fallback; byte++) {
        char name[8];
        (void)snprintf(name, sizeof name, "<0x%02X>", byte);
        put_piece(&m.file, name, 0, BYTE);
    }
    return m;
}

/* Writes the rest of the file and loads it. */
static int load(model *m, sm_tokenizer **tok, sm_error *err)
{
    sm_buffer spec = sm_buffer_make(1 << 20);
    put_int(&spec, 3, m->type);
    put_int(&spec, 35, m->byte_fallback);
    put_bytes(&m->file, 2, sm_buffer_span(&spec));
    sm_buffer_clear(&spec);
    put_bytes(&spec, 2, m->charsmap);
    put_int(&spec, 3, !m->no_prefix);
    put_int(&spec, 4, !m->keep_spaces);
    put_bytes(&m->file, 3, sm_buffer_span(&spec));
    assert_ok(sm_file_write(path, sm_buffer_span(&m->file), err), err);
    sm_buffer_free(&spec);
    sm_buffer_free(&m->file);
    return sm_tokenizer_load(tok, path, err);
}

static sm_tokenizer *load_ok(model *m)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_ok(load(m, &tok, &err), &err);
    return tok;
}

/* ---- what comes out -------------------------------------------------------------------------------- */

/* The ids as the pieces' names, with | between them; a byte in hexadecimal. */
static void assert_pieces(const sm_tokenizer *tok, const char *text, const char *want)
{
    sm_ids ids = {0}, slow = {0};
    sm_buffer got = sm_buffer_make(1 << 16);
    sm_encoder *e = sm_encoder_new();
    sm_tokenizer_encode(tok, e, sm_span_of(text), &ids);
    sm_tokenizer_encode_naive(tok, e, sm_span_of(text), &slow);
    assert_int_equal(ids.n, slow.n);
    if (ids.n > 0) assert_memory_equal(ids.p, slow.p, ids.n * sizeof *ids.p);
    for (size_t i = 0; i < ids.n; i++) {
        const sm_span s = sm_tokenizer_bytes(tok, ids.p[i]);
        if (i > 0) sm_buffer_putc(&got, '|');
        if (s.n == 1 && ids.p[i] >= 3 && ids.p[i] < 259 && sm_tokenizer_size(tok) > 259)
            sm_buffer_printf(&got, "%02X", (unsigned)(uint8_t)*s.p);
        else
            sm_buffer_put(&got, s);
    }
    assert_span(sm_buffer_span(&got), want);
    sm_encoder_free(e);
    sm_ids_free(&ids);
    sm_ids_free(&slow);
    sm_buffer_free(&got);
}

static void assert_back(const sm_tokenizer *tok, const char *text, const char *want)
{
    sm_error err = {0};
    sm_ids ids = {0};
    sm_buffer back = sm_buffer_make(1 << 16);
    sm_encoder *e = sm_encoder_new();
    sm_tokenizer_encode(tok, e, sm_span_of(text), &ids);
    assert_ok(sm_tokenizer_decode(tok, ids.p, ids.n, false, &back, &err), &err);
    assert_span(sm_buffer_span(&back), want);
    sm_encoder_free(e);
    sm_ids_free(&ids);
    sm_buffer_free(&back);
}

/* ---- unigram ----------------------------------------------------------------------------------------- */

static void test_unigram(void **state)
{
    (void)state;
    model m = start(UNIGRAM, true);
    put_piece(&m.file, "▁", -5, NORMAL);
    put_piece(&m.file, "東京", -3, NORMAL);
    put_piece(&m.file, "東", -4, NORMAL);
    put_piece(&m.file, "京都", -2, NORMAL);
    put_piece(&m.file, "都", -6, NORMAL);
    put_piece(&m.file, "a", -1, NORMAL);
    put_piece(&m.file, "aa", -2, NORMAL);
    put_piece(&m.file, "<x>", 0, USER_DEFINED);
    m.keep_spaces = true;
    sm_tokenizer *tok = load_ok(&m);
    assert_int_equal(sm_tokenizer_eot(tok), 2);
    assert_int_equal(sm_tokenizer_find(tok, SM_SPAN("<s>")), 1);
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSLESS_TEXT);
    assert_null(sm_tokenizer_warning(tok));
    assert_pieces(tok, "東京都", " |東|京都"); /* -6 against -9 */
    assert_pieces(tok, "東京", " |東京");
    assert_pieces(tok, "aa", " |aa"); /* equal sums: the piece that began earlier */
    assert_pieces(tok, "aaa", " |a|aa");
    assert_pieces(tok, "京", " |E4|BA|AC");
    assert_pieces(tok, "<s>", " |3C|73|3E");
    assert_pieces(tok, "a<x>a", " |a|<x>|a");
    assert_pieces(tok, "", "");
    assert_pieces(tok, "\xFF", " |EF|BF|BD");
    assert_pieces(tok, "▁a", " | |a"); /* ▁ is a space */
    assert_back(tok, "  東京 京\n", "  東京 京\n");
    assert_back(tok, "<s>a", "<s>a");
    sm_tokenizer_free(tok);
}

/* Pieces about as long as the search can note in eight bits, and longer. */
static void test_long_pieces(void **state)
{
    (void)state;
    char text[3 * 600 + 1] = "", want[3 * 600 + 8];
    for (size_t i = 0; i < 600; i++)
        memcpy(text + 3 * i, "あ", 4);
    for (size_t length = 253; length <= 258; length++) {
        model m = start(UNIGRAM, true);
        put_piece(&m.file, "▁", -5, NORMAL);
        put_piece(&m.file, "あ", -3, NORMAL);
        put_piece(&m.file, text + 3 * (600 - length), -4, NORMAL);
        sm_tokenizer *tok = load_ok(&m);
        (void)snprintf(want, sizeof want, " |あ|あ|%s|%s", text + 3 * (600 - length),
                       text + 3 * (600 - length));
        assert_pieces(tok, text + 3 * (600 - 2 * length - 2), want);
        sm_tokenizer_free(tok);
    }
}

/* Without byte_fallback a run of unknown characters is one <unk>, which decodes to ⁇. */
static void test_unknown(void **state)
{
    (void)state;
    model m = start(UNIGRAM, false);
    put_piece(&m.file, "▁", -5, NORMAL);
    put_piece(&m.file, "a", -4, NORMAL);
    sm_tokenizer *tok = load_ok(&m);
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSY);
    assert_pieces(tok, "a東京a京", " |a| ⁇ |a| ⁇ ");
    assert_back(tok, "  a  東京 ", "a  ⁇ ");
    sm_tokenizer_free(tok);
}

/* Random pieces over three letters with scores that often tie: the fast search gives what the slow one gives. */
static void test_random_pieces(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        model m = start(UNIGRAM, seed % 2);
        put_piece(&m.file, "▁", -1, NORMAL);
        for (uint64_t i = 0; i < 60; i++) {
            char name[16] = "";
            size_t length = 1 + sm_random_below(1, seed, 3 * i, 5), n = 0;
            for (size_t k = 0; k < length; k++)
                n += (size_t)snprintf(
                    name + n, sizeof name - n, "%s",
                    (const char *[]){"a", "b", "あ"}[sm_random_below(2, seed, 16 * i + k, 3)]);
            (void)snprintf(name + n, sizeof name - n, "%c", (char)('A' + i % 26));
            if (i % 3) name[n] = '\0';
            bool known = false;
            const sm_span file = sm_buffer_span(&m.file);
            for (size_t at = 0; at + strlen(name) + 2 < file.n && !known; at++)
                known = file.p[at] == '\n' && (size_t)file.p[at + 1] == strlen(name) &&
                        memcmp(file.p + at + 2, name, strlen(name)) == 0;
            if (!known)
                put_piece(&m.file, name, -(float)sm_random_below(4, seed, i, 12) / 4 - 1,
                          NORMAL);
        }
        sm_tokenizer *tok = load_ok(&m);
        sm_encoder *e = sm_encoder_new();
        for (uint64_t t = 0; t < 60; t++) {
            sm_buffer text = sm_buffer_make(1 << 16);
            const size_t want = sm_random_below(5, seed, t, t % 10 ? 60 : 12000);
            for (uint64_t i = 0; text.n < want; i++)
                sm_buffer_puts(&text,
                               (const char *[]){"a", "b", "あ", "い", " ", "A", "\xE3",
                                                "a"}[sm_random_below(6 + t, seed, i, 8)]);
            sm_ids fast = {0}, slow = {0};
            sm_tokenizer_encode(tok, e, sm_buffer_span(&text), &fast);
            sm_tokenizer_encode_naive(tok, e, sm_buffer_span(&text), &slow);
            assert_int_equal(fast.n, slow.n);
            if (fast.n) assert_memory_equal(fast.p, slow.p, fast.n * sizeof *fast.p);
            sm_ids_free(&fast);
            sm_ids_free(&slow);
            sm_buffer_free(&text);
        }
        sm_encoder_free(e);
        sm_tokenizer_free(tok);
    }
}

/* ---- BPE ---------------------------------------------------------------------------------------------- */

static model bpe_model(bool byte_fallback)
{
    static const char *const pieces[] = {"ab", "bc", "abc", "▁a", "aa", "▁", "a", "b", "c"};
    model m = start(BPE, byte_fallback);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        put_piece(&m.file, pieces[i], -(float)i, NORMAL);
    return m;
}

static void test_bpe(void **state)
{
    (void)state;
    model m = bpe_model(true);
    put_piece(&m.file, "ca", 0, USER_DEFINED);
    sm_tokenizer *tok = load_ok(&m);
    assert_pieces(tok, "abc", " |abc");
    assert_pieces(tok, "bcab", " |b|ca|b"); /* a user-defined piece goes first */
    assert_pieces(tok, "aaaa", " a|aa|a");
    assert_pieces(tok, "a\xE6\xBC\xA2", " a|E6|BC|A2");
    assert_back(tok, "  a  b ", "a b");
    sm_tokenizer_free(tok);
    m = bpe_model(false);
    tok = load_ok(&m);
    assert_pieces(tok, "a漢字b", " a| ⁇ |b");
    sm_tokenizer_free(tok);
}

/* ---- normalising -------------------------------------------------------------------------------------- */

static void test_spaces(void **state)
{
    (void)state;
    model m = bpe_model(true);
    sm_tokenizer *squeezing = load_ok(&m);
    m = bpe_model(true);
    m.keep_spaces = m.no_prefix = true;
    sm_tokenizer *keeping = load_ok(&m);
    assert_pieces(squeezing, "  b   b  ", " |b| |b");
    assert_pieces(keeping, "  b ", " | |b| ");
    assert_pieces(squeezing, "   ", "");
    assert_int_equal(sm_tokenizer_fidelity(squeezing), SM_LOSSY);
    assert_int_equal(sm_tokenizer_fidelity(keeping), SM_LOSSLESS_TEXT);
    assert_back(keeping, "  b ", "  b ");
    const sm_hash128 a = sm_tokenizer_hash(squeezing), b = sm_tokenizer_hash(keeping);
    assert_false(sm_hash128_equal(a, b));
    sm_tokenizer_free(squeezing);
    sm_tokenizer_free(keeping);
}

/* A map in the layout of darts-clone: "x" becomes "a", "xy" becomes " b", and "あb", where あ alone is no rule,
 * becomes "a". */
static void test_charsmap(void **state)
{
    (void)state;
    enum { UNITS = 512 };
    const uint32_t leaf = UINT32_C(1) << 31, has_leaf = 1 << 8;
    uint32_t units[UNITS] = {0};
    char bytes[4 + 4 * UNITS + 5];
    units[0] = 256 << 10;                                      /* children of the root at 256 */
    units[256 ^ 'x'] = 'x' | has_leaf | (256 ^ 'x' ^ 0) << 10; /* … of "x" at 0 */
    units[0 ^ 0] = 256 << 10;
    units[256 ^ 0xE3] = 0xE3 | (256u ^ 0xE3 ^ 32)
                                   << 10; /* children of E3 at 32, of 81 at 96, of 82 at 16 */
    units[32 ^ 0x81] = 0x81 | (32u ^ 0x81 ^ 96) << 10;
    units[96 ^ 0x82] = 0x82 | (96u ^ 0x82 ^ 16) << 10;
    units[16 ^ 'b'] = 'b' | has_leaf | (16 ^ 'b' ^ 8) << 10;
    units[8] = leaf | 0;
    for (uint32_t i = 0; i < UNITS; i++)
        if (units[i] == 0) units[i] = 0x7F | 1u << 30; /* no label that is looked for */
    /* "x" at node n = 256 ^ 'x': its children lie at n ^ offset; choose offset n ^ 128. */
    const uint32_t n = 256 ^ 'x';
    units[n] = 'x' | has_leaf | (n ^ 128) << 10;
    units[128] = leaf | 0; /* value of "x" */
    units[128 ^ 'y'] = 'y' | has_leaf | (128 ^ 'y' ^ 64) << 10;
    units[64] = leaf | 2; /* value of "xy" */
    sm_put_u32(bytes, 4 * UNITS);
    for (size_t i = 0; i < UNITS; i++)
        sm_put_u32(bytes + 4 + 4 * i, units[i]);
    memcpy(bytes + 4 + sizeof units, "a\0 b", 5);
    model m = bpe_model(true);
    m.charsmap = (sm_span){bytes, sizeof bytes};
    sm_tokenizer *tok = load_ok(&m);
    assert_pieces(tok, "xb", " |ab");
    assert_pieces(tok, "xyxy", " |b| |b");
    assert_pieces(tok, "bx", " |b|a");
    assert_pieces(tok, "あbb", " |ab");
    assert_pieces(tok, "あab", " |E3|81|82|ab");
    assert_pieces(tok, "あ", " |E3|81|82");
    assert_pieces(tok, "いb", " |E3|81|84|b");
    assert_int_equal(sm_tokenizer_fidelity(tok), SM_LOSSY);
    sm_tokenizer_free(tok);
}

/* ---- what is refused ---------------------------------------------------------------------------------- */

static void assert_refused(model *m, int status, const char *why)
{
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    assert_int_equal(load(m, &tok, &err), status);
    assert_contains(err.text, why);
    assert_null(tok);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    model m = start(3, true); /* WORD */
    assert_refused(&m, SM_ENOSUP, "model_type");
    m = bpe_model(true);
    put_piece(&m.file, "q", 0, UNUSED);
    assert_refused(&m, SM_ENOSUP, "UNUSED");
    m = bpe_model(true);
    put_piece(&m.file, "aq", 0, NORMAL);
    assert_refused(&m, SM_ENOSUP, "no piece itself");
    m = bpe_model(true);
    put_piece(&m.file, "ab", 0, NORMAL);
    assert_refused(&m, SM_EFORMAT, "twice");
    m = bpe_model(true);
    put_piece(&m.file, "<unk2>", 0, UNKNOWN);
    assert_refused(&m, SM_EFORMAT, "unknown piece");
    m = bpe_model(true);
    put_piece(&m.file, "\xFF", 0, NORMAL);
    assert_refused(&m, SM_EFORMAT, "UTF-8");
    m = bpe_model(false);
    m.byte_fallback = true;
    assert_refused(&m, SM_EFORMAT, "every byte");
    m = bpe_model(true);
    m.charsmap = SM_SPAN("\xFF\xFF\xFF\xFF....");
    assert_refused(&m, SM_EFORMAT, "charsmap");
    m = bpe_model(true);
    put_piece(&m.file, "inf", (float)1e38 * 10, NORMAL);
    assert_refused(&m, SM_EFORMAT, "score");
}

/* Cut at every byte, and with bits turned over: an error or a tokenizer, never a fall. */
static void test_damage(void **state)
{
    (void)state;
    model m = bpe_model(false);
    sm_error err = {0};
    sm_buffer whole = sm_buffer_make(1 << 20);
    sm_tokenizer *tok = load_ok(&m);
    sm_tokenizer_free(tok);
    assert_ok(sm_file_read(path, &whole, &err), &err);
    sm_encoder *e = sm_encoder_new();
    for (size_t i = 0; i < 9 * whole.n; i++) {
        const bool cuts = i < whole.n;
        const size_t byte = cuts ? 0 : (i - whole.n) / 8;
        sm_error damage = {0};
        sm_ids ids = {0};
        if (!cuts) whole.p[byte] = (char)(whole.p[byte] ^ 1 << i % 8);
        const sm_span file = {whole.p, cuts ? i : whole.n};
        assert_ok(sm_file_write(path, file, &err), &err);
        if (sm_tokenizer_load(&tok, path, &damage) == 0) {
            sm_tokenizer_encode(tok, e, SM_SPAN("abc 漢 ab\xFF cab"), &ids);
            sm_tokenizer_free(tok);
        } else {
            assert_contains(damage.text, path);
        }
        sm_ids_free(&ids);
        if (!cuts) whole.p[byte] = (char)(whole.p[byte] ^ 1 << i % 8);
    }
    sm_encoder_free(e);
    sm_buffer_free(&whole);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "spiece_test.%ld.model", (long)getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)remove(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unigram),       cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_random_pieces), cmocka_unit_test(test_bpe),
        cmocka_unit_test(test_long_pieces),   cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_charsmap),      cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
