/* A vocabulary and a text out of the input: encoding equals merging as it is defined, and decodes to the text.
 * The input: a byte of flags, 48 pairs of bytes (merges of two earlier tokens), the text.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <seimai/bpe_train.h>
#include <seimai/file.h>
#include <seimai/tokenizer.h>

#include "fuzz.h"

enum { MERGES = 48, LONGEST = 16, HEAD = 1 + 2 * MERGES, LONGEST_TEXT = 600 };

typedef struct piece {
    uint8_t bytes[LONGEST];
    size_t n;
} piece;

static void spell(sm_buffer *out, const piece *p)
{
    sm_buffer_putc(out, '"');
    for (size_t i = 0; i < p->n; i++)
        sm_buffer_printf(out, "\\u%04x", sm_character_of_byte(p->bytes[i]));
    sm_buffer_putc(out, '"');
}

/* The bytes of あ い 々 漢 é, a, b and space come first, so that most merges make something of text. */
static size_t units(piece *pieces)
{
    static const char bytes[] = "\xE3\x81\x82\x84\x80\x85\xE6\xBC\xA2\xC3\xA9"
                                "ab ";
    for (size_t i = 0; i + 1 < sizeof bytes; i++)
        pieces[i] = (piece){{(uint8_t)bytes[i]}, 1};
    return sizeof bytes - 1;
}

static void put_model(sm_buffer *file, const uint8_t *data)
{
    piece pieces[MERGES + 32];
    size_t n = units(pieces);
    sm_buffer merges = sm_buffer_make(1 << 16);
    const char *flag[] = {"false", "true"};
    sm_buffer_printf(
        file,
        "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
        "\"use_regex\":%s},\"model\":{\"type\":\"BPE\",\"ignore_merges\":%s,\"vocab\":{",
        flag[data[0] & 1], flag[data[0] >> 1 & 1]);
    for (unsigned b = 0; b < 256; b++) {
        spell(file, &(piece){{(uint8_t)b}, 1});
        sm_buffer_printf(file, ":%u,", b);
    }
    for (size_t i = 0, id = 256; i < MERGES; i++) {
        const piece *x = &pieces[data[1 + 2 * i] % n], *y = &pieces[data[2 + 2 * i] % n];
        piece made = *x;
        if (x->n + y->n > LONGEST) continue;
        memcpy(made.bytes + x->n, y->bytes, y->n);
        made.n += y->n;
        sm_buffer_puts(&merges, merges.n ? ",[" : "[");
        spell(&merges, x);
        sm_buffer_putc(&merges, ',');
        spell(&merges, y);
        sm_buffer_putc(&merges, ']');
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known |= pieces[k].n == made.n && memcmp(pieces[k].bytes, made.bytes, made.n) == 0;
        if (known) continue;
        pieces[n++] = made;
        spell(file, &made);
        sm_buffer_printf(file, ":%zu,", id++);
    }
    file->n--; /* the last comma */
    sm_buffer_puts(file, "},\"merges\":[");
    sm_buffer_put(file, sm_buffer_span(&merges));
    sm_buffer_puts(file, "]}}");
    sm_buffer_free(&merges);
}

static void check(const sm_tokenizer *tok, sm_span text)
{
    sm_encoder *e = sm_encoder_new();
    sm_ids fast = {0}, naive = {0};
    sm_buffer back = sm_buffer_make(LONGEST_TEXT);
    sm_tokenizer_encode(tok, e, text, &fast);
    sm_tokenizer_encode_naive(tok, e, text, &naive);
    require(fast.n == naive.n);
    require(fast.n == 0 || memcmp(fast.p, naive.p, fast.n * sizeof *fast.p) == 0);
    require(sm_tokenizer_decode(tok, fast.p, fast.n, true, &back, NULL) == 0);
    require(sm_span_equal(sm_buffer_span(&back), text));
    sm_buffer_free(&back);
    sm_ids_free(&fast);
    sm_ids_free(&naive);
    sm_encoder_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[64];
    sm_tokenizer *tok = NULL;
    if (n <= HEAD || n > HEAD + LONGEST_TEXT) return 0;
    sm_buffer file = sm_buffer_make(1 << 18);
    put_model(&file, data);
    (void)snprintf(path, sizeof path, "encode_fuzz.%ld.json", (long)getpid());
    require(sm_file_write(path, sm_buffer_span(&file), NULL) == 0);
    require(sm_tokenizer_load(&tok, path, NULL) == 0);
    (void)remove(path);
    check(tok, (sm_span){(const char *)data + HEAD, n - HEAD});
    sm_tokenizer_free(tok);
    sm_buffer_free(&file);
    return 0;
}
